"""The judgement: for an institution and a day, each addition with its status and every reason.

Claimable is the best level whose needs all hold. Where none holds, an unknown fact may still decide
(undetermined), or something is missing (not claimable). A lower level that holds is claimable even
where a higher one is unknown; what would decide the higher one is then named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.lazy import Lazy
from mitasu.judge.words import Words
from mitasu.rulebook import Addition, Question, Rulebook
from mitasu.rules.explain import Later, Memo, Reason, undecided
from mitasu.rules.fix import FixedLevel, State
from mitasu.rules.nodes import Any_, Fact, Holds, Nothing, Requires, Verdict
from mitasu.rules.rule import Period, Requirement

STATUSES = ("claimable", "not_claimable", "undetermined", "not_in_force", "not_applicable")
REQUIREMENT_STATUSES = ("met", "deemed", "unmet", "unknown", "not_applicable", "advisory_unmet", "pending")


@dataclass(frozen=True, slots=True)
class RequirementAnswer:
    """How one requirement stands, and why."""

    requirement: Requirement
    status: str
    until: date | None
    reason: Reason
    told: Lazy[str]
    lasts: Lazy[str]

    @property
    def why(self) -> str:
        """The reasons in words, made when they are first asked for."""
        return self.told.value

    @property
    def term(self) -> str:
        """Until when a measure (経過措置) carries a deemed answer, in words; empty where none does."""
        return self.lasts.value

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id


NO_TERM = Lazy.of("")
NO_ANSWERS: Lazy[tuple[RequirementAnswer, ...]] = Lazy.of(())


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer for one addition."""

    addition: str
    title: str
    status: str
    level: str | None = None
    points: Any = None
    yen: int | None = None
    pays_yen: bool = False
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    questions: tuple[Question, ...] = ()
    amounts: Mapping[str, str] = field(default_factory=dict)
    """Names of amounts that are not kinds of encounters."""
    state: State | None = None
    levels: tuple[tuple[FixedLevel, Reason], ...] = ()
    reported: int | None = None
    """Index of the level whose requirements are reported."""
    answers: Lazy[tuple[RequirementAnswer, ...]] = NO_ANSWERS

    @property
    def requirements(self) -> tuple[RequirementAnswer, ...]:
        """How each requirement stands at the reported level, made when it is first asked for."""
        return self.answers.value

    def requirement(self, id_: str) -> RequirementAnswer | None:
        """The answer for one requirement."""
        return next((answer for answer in self.requirements if answer.id == id_), None)

    @property
    def needed(self) -> tuple[RequirementAnswer, ...]:
        """The requirements on which the reported level rests."""
        ids = needed(self.levels[self.reported][1]) if self.reported is not None else []
        return tuple(answer for answer in self.requirements if answer.id in ids)

    def labels(self, ids: Iterable[str]) -> list[str]:
        """What requirements in force are called, at whatever level they are asked."""
        known = {one.id: one.label for one in self.state.requirements} if self.state is not None else {}
        return [known.get(id_, id_) for id_ in ids]

    @property
    def wholly_known(self) -> bool:
        """Whether it is known of all that the reported level needs; if not, more may be lacking than is missing."""
        return all(answer.status not in ("unknown", "pending") for answer in self.needed)

    @property
    def grade(self) -> str:
        """The weakest grade of what the answer rests on: A, B, C or I."""
        if self.state is None or self.state.period is None or self.reported is None:
            return "A"
        level = self.levels[self.reported][0].level
        used = [answer.requirement.grade for answer in self.needed]
        return max([self.state.period.grade, level.grade, *used], key="ABCI".index)

    @property
    def named(self) -> str:
        """The title with the level: 医療DX推進体制整備加算4."""
        return self.title + (self.level or "")


@dataclass(frozen=True, slots=True)
class Answer:
    """All judgements of an institution on a day."""

    on: date
    institution: Institution
    judgements: tuple[Judgement, ...]
    view: View = field(repr=False)
    rulebook: Rulebook = field(repr=False)

    def of(self, addition: str) -> Judgement:
        """The judgement of one addition (KeyError where it was not judged)."""
        for judgement in self.judgements:
            if judgement.addition == addition:
                return judgement
        raise KeyError(addition)


class Judge:
    """Judges institutions by one rulebook, whose compiled trees all its judges share."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.explainer = rulebook.explainer
        self.words = Words(rulebook)

    def judge(
        self,
        institution: Institution,
        on: date,
        additions: Iterable[str] | None = None,
        replaced: Mapping[Any, Any] | None = None,
    ) -> Answer:
        """The judgements of an institution on a day; `replaced`: facts by key that are put in place of its own."""
        memo: Memo = {}
        judged: dict[str, Judgement] = {}
        standing: dict[str, Standing] = {}

        def judgement(id_: str, view: View) -> Judgement:
            if id_ not in judged:
                found = judged[id_] = self._one(self.rulebook.addition(id_), view, memo)
                standing[id_] = Standing(found.status, found.level, found.state, bool(found.unknown))
            return judged[id_]

        def holds(view: View, addition: str, level: str) -> Verdict:
            if addition not in standing:
                judgement(addition, view)
            return standing[addition].at(level)

        view = View(institution, on, DERIVED, replaced, holds)
        wanted = self.rulebook.order if additions is None else tuple(additions)
        found = tuple([judgement(id_, view) for id_ in wanted])
        judged.clear()  # the view lives as long as reasons may be asked for; it must not hold what holds it
        return Answer(on, institution, found, view, self.rulebook)

    def _one(self, addition: Addition, view: View, memo: Memo) -> Judgement:
        institution = view.institution
        title = addition.title_in(institution.sector)
        if institution.sector not in addition.sectors or (
            addition.kinds and institution.kind not in addition.kinds
        ):
            return Judgement(addition.id, title, "not_applicable")
        state = self.rulebook.state(addition.id, institution.sector, view.on)
        if not state.levels:
            return Judgement(
                addition.id, title, "not_in_force" if state.rule.periods else "not_applicable", state=state
            )
        questions = tuple([q for q in addition.questions if q.stands_on(view.on, institution.sector)])
        applies = (
            None if state.applies_when is None else self.explainer.explain(state.applies_when, view, memo)
        )
        if applies is not None and applies.verdict in (Verdict.UNMET, Verdict.NOT_APPLICABLE):
            return Judgement(addition.id, title, "not_applicable", state=state)
        levels = tuple([(level, self.explainer.explain(level.needs, view, memo)) for level in state.levels])
        asked = () if applies is None else tuple(self.needs(applies, view))
        return self._judgement(addition, title, state, levels, questions, view, memo, asked)

    def _judgement(
        self,
        addition: Addition,
        title: str,
        state: State,
        levels: tuple[tuple[FixedLevel, Reason], ...],
        questions: tuple[Question, ...],
        view: View,
        memo: Memo,
        asked: tuple[str, ...],
    ) -> Judgement:
        choice = _choose(levels, bool(asked))
        fixed = levels[choice.reported][0]
        claimable = choice.status == "claimable"
        points, raising = self._points(fixed, view, memo) if claimable else (None, [])
        open_ = [*(levels[i][1] for i in choice.open), *raising]
        return Judgement(
            addition.id,
            (state.period.title if state.period else "") or title,
            choice.status,
            fixed.level.level if claimable else None,
            points_of(state.period, points, view.institution.sector) if claimable else None,
            fixed.level.yen if claimable else None,
            view.institution.sector == "nursing",
            choice.missing,
            tuple(dict.fromkeys((*asked, *self.deciding(open_, view)))),
            questions,
            addition.amounts,
            state,
            levels,
            choice.reported,
            Lazy(lambda: tuple(self.answers(state, fixed, view, memo))),
        )

    def _points(self, fixed: FixedLevel, view: View, memo: Memo) -> tuple[Any, list[Reason]]:
        """A level's points, the other ones where all that brings them holds; and what leaves that open."""
        level, trees = fixed.level, fixed.requirements
        reasons = [self.explainer.explain(trees[id_], view, memo) for id_ in level.points_if if id_ in trees]
        worst = min((reason.verdict for reason in reasons), default=Verdict.UNMET)
        if worst >= Verdict.DEEMED:
            return level.points_then, []
        return level.points, reasons if worst is Verdict.UNKNOWN else []

    def answers(self, state: State, level: FixedLevel, view: View, memo: Memo) -> Iterable[RequirementAnswer]:
        """How each requirement in force stands, as the level asks it."""
        for requirement in state.requirements:
            reason = self.explainer.explain(level.requirements[requirement.id], view, memo)
            if isinstance(reason.node, Nothing):
                continue
            status = _status(requirement, reason)
            until = reason.until if status in ("deemed", "pending") else None
            yield RequirementAnswer(requirement, status, until, reason, *self.telling(reason, view))

    def telling(self, reason: Reason, view: View) -> tuple[Lazy[str], Lazy[str]]:
        """The reasons in words, and until when they hold, made when they are first asked for."""
        why = Lazy(lambda: self.words.why(reason, view))
        return why, Lazy(lambda: self.words.term(reason)) if reason.verdict is Verdict.DEEMED else NO_TERM

    def deciding(self, reasons: Iterable[Reason], view: View) -> list[str]:
        """The ids of unknown facts on which these verdicts hang, those of the fewest first."""
        sets = [list(self.needs(reason, view)) for reason in reasons]
        return list(dict.fromkeys(id_ for found in sorted(sets, key=len) for id_ in found))

    def needs(self, reason: Reason, view: View) -> Iterable[str]:
        """The ids of the unknown facts on which an unknown verdict hangs, each once."""
        found: dict[str, None] = {}
        for leaf in undecided(reason):
            if isinstance(leaf.value, Later):
                continue
            node = leaf.node
            if isinstance(node, Fact | Holds):
                key = node.key
            elif isinstance(node, Requires | Nothing) or not hasattr(node, "fact"):
                continue
            else:
                key = node.fact.key
            found.update(dict.fromkeys(view.needs(key)))
        return found


class Choice(NamedTuple):
    """Which level an answer is about, what it lacks, and the levels that an unknown fact may still bring."""

    status: str
    reported: int
    missing: tuple[str, ...] = ()
    open: Sequence[int] = ()


def _choose(levels: Sequence[tuple[FixedLevel, Reason]], asked: bool) -> Choice:
    """The best level that holds, else the one that is nearest; `asked`: it is not known whether the rule applies.

    Of the levels that lack the same fewest requirements the lowest: its limits are the nearest to reach.
    """
    verdicts = [reason.verdict for _, reason in levels]
    holding = next((i for i, verdict in enumerate(verdicts) if verdict >= Verdict.DEEMED), None)
    open_ = [i for i, verdict in enumerate(verdicts[:holding]) if verdict is Verdict.UNKNOWN]
    if holding is not None:
        return Choice("undetermined" if asked else "claimable", holding, (), open_)
    lacking = {i: tuple(unmet(levels[i][1])) for i in open_ or range(len(levels))}
    fewest = min(lacking.values(), key=len)
    nearest = max(i for i, found in lacking.items() if found == fewest)
    return Choice("undetermined", nearest, (), open_) if open_ else Choice("not_claimable", nearest, fewest)


def unmet(reason: Reason) -> list[str]:
    """The ids of the requirements for want of which a level's needs are not met."""
    found: list[str] = []
    if isinstance(reason.node, Any_) and reason.verdict is not Verdict.UNMET:
        return found
    for part in (reason,) if isinstance(reason.node, Requires) else reason.parts:
        if not isinstance(part.node, Requires):
            found += unmet(part)
        elif part.verdict is Verdict.UNMET:
            found.append(part.node.requirement)
    return found


def open_requirements(reason: Reason) -> list[str]:
    """The ids of the requirements that leave a level's needs open, each once; none where the level is decided."""
    if reason.verdict is not Verdict.UNKNOWN:
        return []
    if isinstance(reason.node, Requires):
        return [reason.node.requirement]
    return list(dict.fromkeys(id_ for part in reason.parts for id_ in open_requirements(part)))


def needed(reason: Reason) -> list[str]:
    """The ids of the requirements that a level's needs name; of "one of several" those that hold."""
    if isinstance(reason.node, Requires):
        return [reason.node.requirement]
    if isinstance(reason.node, Any_):
        return [id_ for part in reason.parts if part.verdict is reason.verdict for id_ in needed(part)]
    return [id_ for part in reason.parts for id_ in needed(part)]


def points_of(period: Period | None, points: Any, sector: str) -> Any:
    """A level's points for the judgement: a number, or an object by encounter kind."""
    if period is None or not period.encounter_points:
        return points
    found: dict[str, Any] = {}
    for row in period.encounter_points:
        amount = row.points[sector]
        name = row.amount or row.level
        found[row.encounter] = {**found.get(row.encounter, {}), name: amount} if name else amount
    return (
        found
        if len(found) > 1 or any(isinstance(v, dict) for v in found.values())
        else next(iter(found.values()))
    )


def _status(requirement: Requirement, reason: Reason) -> str:
    if reason.verdict is Verdict.UNMET and requirement.kind == "advisory":
        return "advisory_unmet"
    if reason.verdict is Verdict.UNKNOWN and reason.until is not None:
        return "pending"
    return reason.verdict.word


class Standing(NamedTuple):
    """How an addition stands, for others that ask whether it holds."""

    status: str
    level: str | None
    state: State | None
    open: bool
    """Whether an unknown fact decides on a better level."""

    def at(self, level: str) -> Verdict:
        """Whether the addition holds at the level or better ("" for any level)."""
        if self.status == "undetermined":
            return Verdict.UNKNOWN
        if self.status != "claimable" or self.state is None:
            return Verdict.UNMET
        if not level:
            return Verdict.MET
        order = [fixed.level.level for fixed in self.state.levels]
        better = order.index(self.level or "") <= order.index(level) if level in order else False
        return Verdict.MET if better else Verdict.UNKNOWN if self.open else Verdict.UNMET
