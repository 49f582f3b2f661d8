"""Charges that exclude each other or come too often, by the billing rules of the rulebook.

The rules are those by which `mitasu.judge.bill` refuses; here they look at what was charged already. Clauses that need
what a claim file does not tell (which named amount, whether the card was used) are left out and named elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from mitasu.claims.codes import Meaning
from mitasu.dates import first_day, month_of, shift_month
from mitasu.facts import Institution
from mitasu.judge.clauses import ClauseReader
from mitasu.judge.encounters import Encounter
from mitasu.rulebook import Clause, Rulebook


class Spot(NamedTuple):
    """One time that a line was charged: in which month, on which day (None: not written), where it stands."""

    month: str
    day: date | None
    meaning: Meaning
    file: int
    receipt: int | None
    line: int

    @property
    def at(self) -> date:
        """A day to go by: its own, else the first of its month."""
        return self.day or first_day(self.month)


@dataclass(frozen=True, slots=True)
class Limit:
    """How often an addition may be charged: one clause, as it reads on a day."""

    clause: Clause
    counted: frozenset[str]
    first_month: str
    since: date | None

    def counts(self, spot: Spot, on: Spot) -> bool:
        """Whether an earlier charge uses up the limit for a later one."""
        if spot.meaning.addition not in self.counted:
            return False
        if self.clause.counting and spot.meaning.encounter not in self.clause.counting:
            return False
        if self.since is None:
            return self.first_month <= spot.month <= on.month
        return spot.day is not None and on.day is not None and spot.day >= self.since


class Repeats:
    """The limits and exclusions of an institution's additions, read once for each day that is asked."""

    def __init__(self, institution: Institution, rulebook: Rulebook) -> None:
        self.institution, self.rulebook = institution, rulebook
        self.reader = ClauseReader(institution, rulebook)
        self._limits: dict[tuple[str, str, date], tuple[Limit, ...]] = {}
        self._pairs: dict[tuple[str, str, str, str, str], Clause | None] = {}

    def limits(self, addition: str, encounter: str, day: date) -> tuple[Limit, ...]:
        """The limits of an addition at such an encounter on a day."""
        key = (addition, encounter, day)
        found = self._limits.get(key)
        if found is None:
            rule = self.rulebook.additions.get(addition)
            clauses = rule.billing.limits if rule else ()
            met = self.reader.of(clauses, Encounter("", "", day, encounter))
            found = self._limits[key] = tuple(_limit(addition, one, day) for one in met if not one.amount)
        return found

    def broken(self, spot: Spot, before: list[Spot]) -> tuple[Clause, Spot] | None:
        """The limit that a charge breaks, and the charge before it that used it up."""
        meaning = spot.meaning
        for limit in self.limits(meaning.addition, meaning.encounter, spot.at):
            for earlier in before:
                if limit.counts(earlier, spot):
                    return limit.clause, earlier
        return None

    def excluding(self, one: Meaning, other: Meaning, month: str) -> Clause | None:
        """The clause by which two additions may not both be charged in a month; None where they may."""
        key = (one.addition, one.encounter, other.addition, other.encounter, month)
        if key not in self._pairs:
            day = first_day(month)
            self._pairs[key] = self._forbids(one, other, day) or self._forbids(other, one, day)
        return self._pairs[key]

    def _forbids(self, owner: Meaning, other: Meaning, day: date) -> Clause | None:
        rule = self.rulebook.additions.get(owner.addition)
        clauses = rule.billing.exclusions if rule else ()
        met = self.reader.of(clauses, Encounter("", "", day, owner.encounter))
        return next((clause for clause in met if other.addition in clause.additions), None)

    def loser(self, one: Spot, other: Spot) -> tuple[Spot, Spot]:
        """Of two that exclude each other the one to take back, first: what gives way, else what pays less, else the later."""
        for yielding, kept in ((one, other), (other, one)):
            rule = self.rulebook.additions.get(yielding.meaning.addition)
            if rule is not None and kept.meaning.addition in rule.billing.gives_way_to:
                return yielding, kept
        less, more = sorted((one, other), key=lambda spot: (spot.meaning.points or 0, -spot.at.toordinal()))
        return less, more


def _limit(addition: str, clause: Clause, day: date) -> Limit:
    since: date | None = None
    if clause.days is not None:
        since = day - timedelta(days=clause.days - 1)
    elif clause.weeks is not None:
        since = day - timedelta(days=day.isoweekday() % 7 + 7 * (clause.weeks - 1))
    first = shift_month(month_of(day), 1 - clause.months)
    return Limit(clause, frozenset((addition, *clause.also_counting)), first, since)
