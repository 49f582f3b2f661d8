"""Filings (届出): for each addition whether one is needed, why, on which form, and from when it counts.

The question is asked twice of the same rules: as things are, and as if every filing stood. What the
second answer allows and the first does not is what a filing would bring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.dates import first_day, first_opening_day, month_of, shift_month
from mitasu.facts import Filing, Institution, effective_from
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.marks import points_text
from mitasu.rulebook import Addition
from mitasu.rules.nodes import Fact, Node, facts_of

WORDS = {
    "needed": "届出が要る",
    "none": "不要",
    "again": "届出直し",
    "withdraw": "辞退を検討",
    "not_yet": "まだ届け出られない",
    "unknown": "未確認",
}


@dataclass(frozen=True, slots=True)
class FilingAnswer:
    """What to file for one addition: `action` is a key of `WORDS`."""

    addition: str
    title: str
    action: str
    why: str
    level: str | None = None
    pays: str = ""
    forms: tuple[str, ...] = ()
    attachments: str = ""
    claimable_from: date | None = None
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """The action in Japanese."""
        return WORDS[self.action]


def filing_answers(
    judge: Judge, institution: Institution, on: date, accepted: date | None = None
) -> list[FilingAnswer]:
    """What to file for each addition in force, if it were accepted on `accepted` (default: the day itself)."""
    answer = judge.judge(institution, on)
    found = []
    for judgement in answer.judgements:
        if judgement.status in ("not_in_force", "not_applicable") or judgement.state is None:
            continue
        addition = judge.rulebook.addition(judgement.addition)
        found.append(_one(judge, answer, judgement, addition, accepted or on))
    return found


def _one(judge: Judge, answer: Answer, now: Judgement, addition: Addition, accepted: date) -> FilingAnswer:
    if not addition.filing.get("required", True):
        return FilingAnswer(
            addition.id, now.title, "none", "この加算に届出はありません。基準に合っていれば算定できます。"
        )
    filed = with_filings(judge, answer, now)
    standing = [
        f for f in answer.institution.filings or () if f.item == addition.id and not _gone(f, answer.on)
    ]
    base = FilingAnswer(
        addition.id,
        now.title,
        "unknown",
        "基準を満たすかどうかが決まりません。",
        forms=forms(addition, answer.institution.sector, answer.on),
        attachments=str(addition.filing.get("note", "")),
        missing=filed.missing,
        unknown=tuple(id_ for id_ in filed.unknown if id_ != "filings"),
    )
    if filed.status == "undetermined":
        return base
    if filed.status != "claimable":
        return _short_of(base, now, filed, filed_before=bool(standing))
    base = replace(base, level=filed.level, pays=points_text(filed))
    if now.status == "claimable" and now.level == filed.level:
        return replace(base, action="none", why="いまの届出で、満たす基準の区分を算定できます。")
    waiting = [
        day for f in standing if f.accepted is not None and (day := effective_from(f.accepted)) > answer.on
    ]
    if waiting:
        why = f"受理済みの届出が{min(waiting)}から有効になります。"
        return replace(base, action="none", why=why, claimable_from=min(waiting))
    if standing:
        why = f"届け出た区分では{filed.named}を算定できません。新しい区分で届け出ます。"
        return replace(base, action="again", why=why, claimable_from=effective_from(accepted))
    why = "基準を満たしますが、届出がありません。"
    return replace(base, action="needed", why=why, claimable_from=effective_from(accepted))


def _short_of(base: FilingAnswer, now: Judgement, filed: Judgement, *, filed_before: bool) -> FilingAnswer:
    """The answer where a standard is not met, whatever is filed."""
    labels = "、".join(_label(filed, id_) for id_ in filed.missing)
    if not filed_before or now.status == "claimable":
        return replace(base, action="not_yet", why=f"先に{labels}を満たす必要があります。")
    if set(filed.missing) <= {"card-use-rate"}:
        why = f"{labels}が足りない月は算定しません。届出も辞退もいりません。"
        return replace(base, action="none", why=why)
    return replace(
        base, action="withdraw", why=f"届出はありますが、{labels}を満たしません。満たすまで算定できません。"
    )


def with_filings(judge: Judge, answer: Answer, judgement: Judgement) -> Judgement:
    """The judgement as if every filing that this addition asks of itself stood."""
    replaced: dict[Any, Any] = {}
    for fixed, _ in judgement.levels:
        for requirement in judgement.state.requirements if judgement.state else ():
            if requirement.kind == "filing":
                for fact in own_filings(fixed.requirements[requirement.id], judgement.addition):
                    replaced[fact.key] = True
    return judge.judge(answer.institution, answer.on, [judgement.addition], replaced).of(judgement.addition)


def own_filings(node: Node, addition: str) -> list[Fact]:
    """The facts of a tree that ask for a filing of the addition itself."""
    return [f for f in facts_of(node) if f.id == "filing_in_effect" and dict(f.args).get("item") == addition]


def forms(addition: Addition, sector: str, on: date) -> tuple[str, ...]:
    """The forms (様式) of an addition in a sector on a day."""
    rows = [
        row for row in addition.filing.get("forms", ()) if not row.get("sectors") or sector in row["sectors"]
    ]
    return tuple(str(row["form"]) for row in rows if _within(row, on))


def _within(row: Mapping[str, Any], on: date) -> bool:
    start, end = (
        None if row.get(key) is None else date.fromisoformat(str(row[key])) for key in ("from", "until")
    )
    return (start is None or start <= on) and (end is None or on <= end)


def _gone(filing: Filing, on: date) -> bool:
    return filing.withdrawn is not None and filing.withdrawn <= on


def _label(judgement: Judgement, id_: str) -> str:
    found = judgement.requirement(id_)
    return f"「{found.requirement.label}」" if found else id_


def accept_by(on: date) -> tuple[date, date]:
    """The next day by which a filing must be accepted, and the first day it then counts from.

    >>> accept_by(date(2026, 11, 22))
    (datetime.date(2026, 12, 1), datetime.date(2026, 12, 1))
    """
    month = month_of(on)
    if on <= first_opening_day(month):
        return first_opening_day(month), first_day(month)
    following = shift_month(month, 1)
    return first_opening_day(following), first_day(following)
