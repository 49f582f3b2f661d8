"""The five marks and the answer sentence: a judgement in one look and in one line.

○ 算定可 / ◇ 経過措置で可（〜日） / △ あとn, あとn以上 / ✕ 不可 / ？ 未確認. Never by the symbol alone: symbol and word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from mitasu.facts import Institution
from mitasu.judge.amounts import in_points, in_yen
from mitasu.judge.grace import last_day
from mitasu.judge.judgement import Answer, Judgement, RequirementAnswer, open_requirements, unmet
from mitasu.judge.words import OPEN_ENDED
from mitasu.rulebook import ENCOUNTER_KINDS
from mitasu.rules.explain import Reason
from mitasu.rules.nodes import Node, Param, Verdict, children, facts_of

NEAR = 3
"""With up to so many requirements missing an addition is near (△), beyond that it is out of reach (✕)."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Symbol and word of a judgement; `until`: the last day of the grace it rests on."""

    symbol: str
    word: str
    until: date | None = None

    def __str__(self) -> str:
        return f"{self.symbol} {self.word}"


def mark(judgement: Judgement) -> Mark:
    """The mark of a judgement."""
    if judgement.status == "claimable" and judgement.reported is not None:
        reason = judgement.levels[judgement.reported][1]
        if reason.verdict is Verdict.DEEMED:
            return Mark("◇", f"経過措置で可（{_term(reason)}）", reason.until)
        return Mark("○", "算定可")
    if judgement.status == "undetermined":
        return Mark("？", "未確認")
    if judgement.status == "not_claimable":
        lacking = len(judgement.missing)
        if not 1 <= lacking <= NEAR:
            return Mark("✕", "不可")
        return Mark("△", f"あと{lacking}{'' if judgement.wholly_known else '以上'}")
    return Mark("－", "制度なし" if judgement.status == "not_in_force" else "対象外")


def _term(reason: Reason) -> str:
    day = last_day(reason)
    return OPEN_ENDED if day is None else f"〜{day}" if isinstance(day, date) else "終わりの日は未確認"


def points_text(judgement: Judgement) -> str:
    """What a claimable addition pays: 10点, 初診15点・再診2点, 50円; empty where nothing is paid."""
    if judgement.pays_yen and judgement.status == "claimable":
        return in_yen(judgement.yen)
    return in_points(judgement.points, ENCOUNTER_KINDS | dict(judgement.amounts))


def day_name(day: date) -> str:
    """The day as a sentence begins with it: the month on its first day, otherwise the day."""
    return f"{day.year}年{day.month}月" + ("" if day.day == 1 else f"{day.day}日")


def answer_sentence(answer: Answer) -> str:
    """The answer in one sentence: 「2025年4月: 医療DX推進体制整備加算4（10点）を算定できます。」"""
    claimable = [_named(j) for j in answer.judgements if j.status == "claimable" and points_text(j)]
    start = f"{day_name(answer.on)}: "
    if claimable:
        return start + "、".join(claimable) + "を算定できます。"
    open_ = [j.title for j in answer.judgements if j.status == "undetermined"]
    if open_:
        return start + f"未確認の事項があり、{some(open_)}を算定できるか決められません。"
    return start + "算定できる加算はありません。"


def some(titles: Sequence[str], most: int = 3) -> str:
    """Titles in a row; of many the first few and how many there are.

    >>> some(["甲加算", "乙加算", "丙加算", "丁加算"])
    '甲加算、乙加算、丙加算など4件'
    """
    return "、".join(titles[:most]) + (f"など{len(titles)}件" if len(titles) > most else "")


def _named(judgement: Judgement) -> str:
    return f"{judgement.named}（{points_text(judgement)}）"


def shown_first(judgements: Iterable[Judgement]) -> list[Judgement]:
    """The judgements that concern the institution on the day; those not in force or not for it left out."""
    return [j for j in judgements if j.status not in ("not_in_force", "not_applicable")]


def never_filed(judgement: Judgement, institution: Institution) -> bool:
    """Whether an addition is out of the question for now: it has to be filed, and no filing of it is listed."""
    if judgement.status != "not_claimable" or institution.filings is None:
        return False
    missing = [answer for answer in judgement.requirements if answer.id in judgement.missing]
    asked = {dict(fact.args).get("item") for answer in missing for fact in facts_of(answer.requirement.need)}
    listed = {filing.item for filing in institution.filings}
    return judgement.addition in asked and judgement.addition not in listed


def first_reason(judgement: Judgement) -> str:
    """The one reason to show in a table: what is missing, unknown or deemed; else the number that chose the level."""
    if judgement.status == "not_claimable":
        answers = [answer for id_ in judgement.missing if (answer := judgement.requirement(id_)) is not None]
        return _short(answers[0]) if answers else ""
    needed = judgement.needed
    if judgement.status == "undetermined":
        open_ = next((answer for answer in needed if answer.status in ("unknown", "pending")), None)
        return _short(open_) if open_ else "対象かどうかが未確認"
    deemed = next((answer for answer in needed if answer.status == "deemed"), None)
    if deemed is not None:
        return f"{deemed.requirement.label}の経過措置（{deemed.term}）"
    chose = next((answer for answer in needed if _chooses_level(answer.requirement.need)), None)
    return _short(chose) if chose else "すべての要件を満たす"


def fallen(judgement: Judgement, institution: Institution, on: date) -> str:
    """Why an addition does not pay at the level that was filed: 「届出は区分1：14日以内の要約提出が足りない」.

    Empty where it does, and where no level was filed. The filing is the last that was accepted by the day.
    """
    standing = [
        filing
        for filing in institution.filings or ()
        if filing.item == judgement.addition
        and filing.accepted is not None
        and filing.accepted <= on
        and (filing.withdrawn is None or filing.withdrawn > on)
    ]
    if judgement.status != "claimable" or not standing or judgement.reported is None:
        return ""
    filed = max(standing, key=lambda filing: filing.accepted or on).level
    above = judgement.levels[: judgement.reported]
    reason = next((reason for level, reason in above if level.level.level == filed), None)
    if reason is None:
        return ""
    short, open_ = unmet(reason), open_requirements(reason)
    named = some(judgement.labels(short or open_))
    return f"届出は区分{filed}：{named}が{'足りない' if short else '未確認'}" if named else ""


def _short(answer: RequirementAnswer) -> str:
    """A requirement and its reason, without the fact's own label where there is only one fact."""
    label, (first, *rest) = answer.requirement.label, answer.why.split("／")
    if "：" in first and not rest:
        first = first.split("：", 1)[1]
    return f"{label}：{first}{'（ほか）' if rest else ''}" if first else label


def _chooses_level(node: Node) -> bool:
    """Whether a limit of the condition differs between levels."""
    return isinstance(getattr(node, "limit", None), Param) or any(
        _chooses_level(part) for part in children(node)
    )
