"""Suppose it were otherwise: other facts, people, another card-use rate, filings made; what each addition would bring.

Unlike a single step (`improve`), everything is supposed at once and every addition that concerns the
institution is told of, moved or not, so that two suppositions can be laid side by side. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mitasu.dates import month_of, shift_month
from mitasu.facts import Institution, Person
from mitasu.judge.filing_facts import own_filings
from mitasu.judge.improve import Difference, gain, visits_for
from mitasu.judge.interview import asks
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.marks import NEAR, never_filed
from mitasu.judge.reach import Step
from mitasu.judge.staff import facts_asked, staffed
from mitasu.rulebook import Entry, Rulebook
from mitasu.rules.nodes import Fact

RATE = "best_card_use_rate"
ALWAYS = ("e_prescription", "emr_sharing")
"""Facts that people want to try wherever they are asked for, even where nothing is missing."""
COUNTS = ("integer", "decimal")
MOST = 24
"""So many facts are offered at most, of those that concern additions filed or near, and of the others."""


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is supposed: facts by id with typed values, the rate in millionths, whether all filings are made, and people.

    `staff`: by role everybody who would be there; roles that are not named stay as they are.
    """

    facts: Mapping[str, Any] = field(default_factory=dict)
    rate: int | None = None
    filed: bool = False
    staff: Mapping[str, tuple[Person, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What would come of it: each addition before and after; yen a month and when the cost is earned back."""

    on: date
    differences: tuple[Difference, ...]
    cost: int = 0
    cost_a_month: int = 0

    @property
    def yen_a_month(self) -> int | None:
        """Yen gained a month, costs not counted; None where an addition moves whose visits were not given."""
        amounts = [yen_of(one) for one in self.differences]
        return None if None in amounts else sum(amount or 0 for amount in amounts)

    @property
    def net_a_month(self) -> int | None:
        """What is left of it after the monthly cost."""
        return None if self.yen_a_month is None else self.yen_a_month - self.cost_a_month

    @property
    def net_a_year(self) -> int | None:
        """What is left after twelve months, the cost that comes once counted in."""
        return None if self.net_a_month is None else 12 * self.net_a_month - self.cost

    @property
    def payback_months(self) -> int | None:
        """After how many months the cost is earned back; None where it never is, or that cannot be told."""
        net = self.net_a_month
        if net is None or net <= 0:
            return 0 if self.cost == 0 and net == 0 else None
        return -(-self.cost // net)

    @property
    def payback_month(self) -> str | None:
        """The month by whose end the cost is earned back."""
        months = self.payback_months
        return None if months is None else shift_month(month_of(self.on), max(months - 1, 0))


def yen_of(difference: Difference) -> int | None:
    """Yen gained a month by one addition; 0 where it pays the same as before, whatever the visits."""
    if not any(difference.gain.each.values()):
        return 0
    return difference.gain.yen_a_month


def suppose(
    judge: Judge,
    institution: Institution,
    on: date,
    supposed: Supposition,
    visits: Mapping[str, int],
    *,
    cost: int = 0,
    cost_a_month: int = 0,
) -> Outcome:
    """The judgements as they are and as they would be."""
    before = judge.judge(institution, on)
    replaced: dict[Any, Any] = dict(supposed.facts)
    if supposed.rate is not None:
        replaced |= dict.fromkeys(_rate_keys(before.judgements), supposed.rate)
    replaced |= staffed(before, supposed.staff, replaced)
    after = judge.judge(institution, on, replaced=replaced)
    if supposed.filed:
        for judgement in after.judgements:
            replaced |= {fact.key: wanted for fact, wanted in own_filings(judgement).items()}
        after = judge.judge(institution, on, replaced=replaced)
    found = []
    for old, new in zip(before.judgements, after.judgements, strict=True):
        if new.status not in ("not_in_force", "not_applicable"):
            found.append(_difference(judge.rulebook, institution.sector, old, new, visits))
    return Outcome(on, tuple(found), cost, cost_a_month)


def _difference(
    rulebook: Rulebook, sector: str, old: Judgement, new: Judgement, visits: Mapping[str, int]
) -> Difference:
    kinds = rulebook.addition(new.addition).billing.encounters.get(sector, ())
    was, will = (judgement.yen if judgement.pays_yen else judgement.points for judgement in (old, new))
    statuses = {answer.id: answer.status for answer in old.requirements}
    moved = tuple(answer.id for answer in new.requirements if statuses.get(answer.id) != answer.status)
    return Difference(
        old, new, moved, gain(was, will, kinds, visits_for(visits, new.addition, kinds), sector)
    )


def _rate_keys(judgements: Iterable[Judgement]) -> set[Any]:
    """The keys under which the rules of the day ask for the rate."""
    return {fact.key for fact in facts_asked(judgements) if fact.id == RATE}


def rate_of(answer: Answer) -> int | None:
    """The rate that counts on the day, in millionths; None where it is unknown or nothing asks for it."""
    for key in _rate_keys(answer.judgements):
        value = answer.view.get(key)
        if type(value) is int:
            return value
    return None


def asks_for_rate(answer: Answer) -> bool:
    """Whether any addition of the day asks for the rate."""
    return bool(_rate_keys(answer.judgements))


def is_close(judgement: Judgement, institution: Institution) -> bool:
    """Whether an addition is filed or near: what concerns it is worth trying first.

    Near is also one that was never filed, where few things are missing and all the rest is known.
    """
    if judgement.status in ("not_in_force", "not_applicable"):
        return False
    return not never_filed(judgement, institution) or (
        len(judgement.missing) <= NEAR and judgement.wholly_known
    )


def matters(answer: Answer, steps: Iterable[Step]) -> tuple[list[Entry], list[Entry]]:
    """The facts worth trying: those of the next steps, those unknown that decide, and a few always.

    First those that additions ask for which are filed or near, and apart from them those of the others.
    """
    catalogue = answer.rulebook.catalogue.of("fact")
    asked = {fact.id for fact in facts_asked(answer.judgements)}
    ids = [id_ for id_ in ALWAYS if id_ in asked]
    for step in steps:
        for change in step.changes:
            fact = change.node if isinstance(change.node, Fact) else getattr(change.node, "fact", None)
            if isinstance(fact, Fact) and not fact.args:
                ids.append(fact.id)
    close = [one for one in answer.judgements if is_close(one, answer.institution)]
    inputs = _inputs(answer.rulebook, close)
    ids += [ask.id for ask in asks(answer, answer.rulebook)]
    ids += [id_ for id_ in inputs if id_ in catalogue and catalogue[id_].type in COUNTS]
    first = {fact.id for fact in facts_asked(close)} | set(inputs)
    found = [catalogue[id_] for id_ in dict.fromkeys(ids) if id_ in catalogue]
    return [one for one in found if one.id in first][:MOST], [one for one in found if one.id not in first][
        :MOST
    ]


def _inputs(rulebook: Rulebook, judgements: Iterable[Judgement]) -> list[str]:
    """What the derived facts that these judgements ask for are computed from."""
    entries = (rulebook.catalogue.get(fact.id) for fact in facts_asked(judgements))
    return list(dict.fromkeys(id_ for entry in entries if entry is not None for id_ in entry.inputs))


def kinds_of(answer: Answer) -> list[str]:
    """The kinds of visits that the additions of the day are billed at, in order."""
    sector, book = answer.institution.sector, answer.rulebook
    found: dict[str, None] = {}
    for judgement in answer.judgements:
        if judgement.status not in ("not_in_force", "not_applicable"):
            found |= dict.fromkeys(book.addition(judgement.addition).billing.encounters.get(sector, ()))
    return list(found)
