"""How a code charged on a day stands by the institution's judgement of that day.

Every distinct day and code is judged once, when it is first asked for; a file of a hundred thousand receipts has a
few hundred of them. What is not known is never "without right": it is undetermined, and the unknown facts are named.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mitasu.claims.codes import Meaning
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.amounts import by_kind
from mitasu.judge.history import decided
from mitasu.judge.judgement import Answer, Judge, Judgement, unmet
from mitasu.rules.explain import Explainer, Reason
from mitasu.rules.fix import FixedLevel, fold
from mitasu.rules.nodes import Nothing, Verdict

KINDS = {
    "right": "算定できる",
    "without_right": "基準を満たしていない",
    "not_applicable": "この施設は対象でない",
    "not_in_force": "この日には制度がない",
    "ended": "コードの期間の外",
    "level_too_high": "区分が高すぎる",
    "level_too_low": "区分が低い",
    "wrong_level": "区分が違う",
    "twice": "回数の限度を超える",
    "excluded": "併せて算定できない",
    "undetermined": "判断できない",
    "unconfirmed": "コード未確認",
}
"""How a charge may stand."""
REPAID = ("ended", "not_in_force", "not_applicable", "without_right", "twice", "excluded", "level_too_high")
"""Kinds of findings that mean repaying, in the order in which they are looked at."""


@dataclass(frozen=True, slots=True)
class Named:
    """A requirement, rule or fact with its label, and why it stands as it does."""

    id: str
    label: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a code stands on a day: `due` what was right to charge (points; None not known), `right` at which level."""

    kind: str
    due: int | None = None
    why: str = ""
    right: str | None = None
    failed: tuple[Named, ...] = ()
    unknown: tuple[Named, ...] = ()
    sources: tuple[str, ...] = ()
    grade: str = "A"


@dataclass(frozen=True, slots=True)
class Open:
    """An addition that may be charged for a kind of encounter on a day: its level and the least it pays.

    `points` None: whether it may be charged is not known. `varies`: more may be due, the encounter decides.
    """

    addition: str
    title: str
    level: str
    points: int | None
    varies: bool = False


class Standings:
    """How codes stand at one institution; `on`: the day of looking back (what was decided by then counts)."""

    def __init__(self, judge: Judge, institution: Institution, on: date | None = None) -> None:
        self.judge, self.institution, self.on = judge, institution, on
        self.rulebook = judge.rulebook
        self._answers: dict[tuple[str, date], Answer] = {}
        self._standings: dict[tuple[str, date], Standing] = {}
        self._open: dict[tuple[str, str, date], Open | None] = {}

    def answer(self, addition: str, day: date) -> Answer:
        """The judgement of one addition on a day, with its view."""
        key = (addition, day)
        found = self._answers.get(key)
        if found is None:
            found = decided(self.judge, self.institution, addition, day, self.on)
            self._answers[key] = found
        return found

    def of(self, meaning: Meaning, day: date) -> Standing:
        """How a code with a meaning stands on a day."""
        key = (meaning.code, day)
        found = self._standings.get(key)
        if found is None:
            found = self._standings[key] = self._of(meaning, day)
        return found

    def _of(self, meaning: Meaning, day: date) -> Standing:
        if not meaning.within:
            title = self.rulebook.titles[meaning.addition]
            told = f"{title}{meaning.level or ''}のコードは{meaning.period}です。点数はその期間のものです。"
            return Standing("ended", 0, told, grade=meaning.grade)
        if not meaning.confirmed:
            return Standing(
                "unconfirmed", None, "この月のコードの意味は確認できていません。", grade=meaning.grade
            )
        if meaning.addition in self.rulebook.others:
            return self._other(meaning, day)
        answer = self.answer(meaning.addition, day)
        judgement = answer.of(meaning.addition)
        match judgement.status:
            case "not_in_force":
                return Standing("not_in_force", 0, f"{judgement.title}はこの日にはありません。")
            case "not_applicable":
                return Standing("not_applicable", 0, f"{judgement.title}の対象となる施設ではありません。")
            case "not_claimable":
                return self._without_right(judgement)
            case "undetermined":
                return self._undetermined(judgement)
        return self._level(meaning, answer, judgement)

    def _without_right(self, judgement: Judgement) -> Standing:
        answers = [found for id_ in judgement.missing if (found := judgement.requirement(id_)) is not None]
        failed = tuple(Named(one.id, one.requirement.label, one.why) for one in answers)
        sources = tuple(dict.fromkeys(cite for one in answers for cite in one.requirement.cite))
        why = "、".join(f"{one.label}（{one.why}）" for one in failed)
        return Standing("without_right", 0, why, None, failed, (), sources, judgement.grade)

    def _undetermined(self, judgement: Judgement, level: str | None = None) -> Standing:
        unknown = tuple(Named(id_, self.label(id_)) for id_ in judgement.unknown)
        names = "、".join(one.label for one in unknown) or "制度の解釈"
        what = "" if level is None else f"区分{level}を算定できるかは、"
        return Standing(
            "undetermined", None, f"{what}未確認の事実で決まります：{names}。", level, (), unknown
        )

    def _level(self, meaning: Meaning, answer: Answer, judgement: Judgement) -> Standing:
        """The charge at an addition that may be claimed: is its level the right one."""
        due = self._due(meaning, judgement)
        right = judgement.level or ""
        order = [fixed.level.level for fixed, _ in judgement.levels]
        if meaning.level is None or meaning.level not in order or meaning.level == right:
            return self._points(meaning, judgement)
        fixed, reason = judgement.levels[order.index(meaning.level)]
        if reason.verdict is Verdict.UNKNOWN:
            return self._undetermined(judgement, meaning.level)
        if reason.verdict < Verdict.DEEMED:
            failed = self._failed(answer, judgement, fixed, reason)
            why = f"この日に算定できるのは{judgement.named}です。" + "、".join(
                f"{one.label}（{one.why}）" for one in failed
            )
            same = due is not None and meaning.points is not None and due >= meaning.points
            kind, due = ("wrong_level", meaning.points) if same else ("level_too_high", due)
            return Standing(kind, due, why, right, failed, grade=judgement.grade)
        if due is not None and meaning.points is not None and due > meaning.points:
            return Standing("level_too_low", due, f"この日は{judgement.named}を算定できました。", right)
        return Standing("right", meaning.points, right=right, grade=judgement.grade)

    def _points(self, meaning: Meaning, judgement: Judgement) -> Standing:
        """The charge at the right level, or at one that only the encounter decides: are its points possible."""
        amounts = self._amounts(judgement, meaning.encounter)
        if meaning.points is not None and amounts and meaning.points > amounts[-1]:
            why = f"この日に算定できるのは{amounts[-1]}点までです。"
            return Standing("level_too_high", amounts[-1], why, judgement.level, grade=judgement.grade)
        return Standing("right", meaning.points, right=judgement.level, grade=judgement.grade)

    def _failed(
        self, answer: Answer, judgement: Judgement, fixed: FixedLevel, reason: Reason
    ) -> tuple[Named, ...]:
        """The requirements that a level of a judgement fails, with the reasons as this level asks them."""
        if judgement.state is None:
            return ()
        ids = unmet(reason)
        told = {one.id: one for one in self.judge.answers(judgement.state, fixed, answer.view, {})}
        return tuple(Named(id_, told[id_].requirement.label, told[id_].why) for id_ in ids if id_ in told)

    def _due(self, meaning: Meaning, judgement: Judgement) -> int | None:
        amounts = self._amounts(judgement, meaning.encounter)
        return amounts[0] if len(amounts) == 1 else None

    def _amounts(self, judgement: Judgement, encounter: str) -> tuple[int, ...]:
        kinds = self.rulebook.addition(judgement.addition).billing.encounters.get(self.institution.sector, ())
        return by_kind(judgement.points, kinds).get(encounter, ())

    def _other(self, meaning: Meaning, day: date) -> Standing:
        """An addition that is not judged itself: refused where one that is judged stands."""
        other = self.rulebook.others[meaning.addition]
        if not other.clause.holds_for(self.institution.sector, "", day):
            return Standing("right", meaning.points, grade=meaning.grade)
        tree = fold(other.refused_when, day, lambda id_: Nothing())
        verdict = Explainer().explain(tree, View(self.institution, day, DERIVED)).verdict
        told = other.clause.text or other.clause.label
        named = (Named(other.clause.id, other.clause.label, told),)
        if verdict >= Verdict.DEEMED:
            return Standing("without_right", 0, told, None, named, (), other.clause.cite, other.clause.grade)
        if verdict is Verdict.UNKNOWN:
            unknown = (Named("filings", self.label("filings")),)
            return Standing(
                "undetermined", None, f"{other.clause.label}：届出の一覧が未確認です。", None, (), unknown
            )
        return Standing("right", meaning.points, grade=meaning.grade)

    def open(self, addition: str, encounter: str, day: date) -> Open | None:
        """Whether an addition may be charged at such an encounter on a day, and the least that it pays; else None."""
        key = (addition, encounter, day)
        if key not in self._open:
            self._open[key] = self._opened(addition, encounter, day)
        return self._open[key]

    def _opened(self, addition: str, encounter: str, day: date) -> Open | None:
        judgement = self.answer(addition, day).of(addition)
        if judgement.status == "undetermined":
            return Open(addition, judgement.title, "", None)
        if judgement.status != "claimable":
            return None
        amounts = self._amounts(judgement, encounter)
        if not amounts:
            return None
        return Open(addition, judgement.title, judgement.level or "", amounts[0], len(amounts) > 1)

    def label(self, id_: str) -> str:
        """The Japanese name of a fact."""
        return "届出の一覧" if id_ == "filings" else self.judge.words.name(id_)
