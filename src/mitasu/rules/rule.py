"""A rule as the engine sees it: requirements with their days, and periods with levels.

The rulebook turns each file into one `Rule` for each sector; here nothing is left of sectors. A rule
still has its dates inside; `fix` folds them away.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from mitasu.rules.nodes import Dated, DatedValue, Fact, Node, children


@dataclass(frozen=True, slots=True)
class Measure:
    """A transitional measure: what is deemed met from a day until a day (None: open-ended)."""

    from_: date | None
    until: date | Fact | None
    condition: Node | None = None
    note: str = ""
    cite: tuple[str, ...] = ()
    grade: str = "A"
    sectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement: what must hold, since when, and what its sources say of it."""

    id: str
    label: str
    need: Node
    text: str = ""
    kind: str = "institution"
    cite: tuple[str, ...] = ()
    grade: str = "A"
    rulings: tuple[str, ...] = ()
    from_: date | None = None
    until: date | None = None
    part_of: str | None = None
    soft: bool = False
    unverified: bool = False
    applies_when: Node | None = None
    deemed: tuple[Measure, ...] = ()
    remedy: str = ""
    note: str = ""

    @property
    def blocks(self) -> bool:
        """Whether an unmet answer can stand in the way of a level."""
        return self.kind != "advisory" and not self.unverified

    def conditions(self) -> tuple[Node, ...]:
        """Every condition that is read when the requirement is judged."""
        measures = (measure.condition for measure in self.deemed)
        return tuple(node for node in (self.need, self.applies_when, *measures) if node is not None)

    def exists_on(self, day: date) -> bool:
        """Whether the requirement is in force on the day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a period: what it needs and what it pays."""

    level: str
    needs: Node
    points: Any = None
    yen: Any = None
    params: Mapping[str, Any] = field(default_factory=dict)
    grade: str = "A"
    note: str = ""
    points_if: tuple[str, ...] = ()
    """Requirements that bring other points (`points_then`) where all hold; they never block."""
    points_then: Any = None


@dataclass(frozen=True, slots=True)
class Period:
    """A closed period and its levels, best first."""

    from_: date
    until: date | None
    levels: tuple[Level, ...]
    cite: tuple[str, ...] = ()
    grade: str = "A"
    note: str = ""
    encounter_points: tuple[Any, ...] = ()
    title: str = ""

    def covers(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return self.from_ <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Rule:
    """An addition for one sector: requirements in the order of the notice, periods in order of time."""

    id: str
    title: str
    requirements: tuple[Requirement, ...]
    periods: tuple[Period, ...]
    applies_when: Node | None = None

    def dates(self) -> tuple[date, ...]:
        """Every day on which the rule turns: the first day of each legal state, in order."""
        found: set[date] = set()
        for period in self.periods:
            found.add(period.from_)
            found.update(_after(period.until))
            for level in period.levels:
                found.update(_dates_in(level.needs))
                for value in level.params.values():
                    found.update(_limit_dates(value))
        for requirement in self.requirements:
            found.update({requirement.from_} - {None})  # type: ignore[arg-type]  # None is taken out
            found.update(_after(requirement.until))
            found.update(_dates_in(requirement.need))
            if requirement.applies_when is not None:
                found.update(_dates_in(requirement.applies_when))
            for measure in requirement.deemed:
                found.update({measure.from_} - {None})  # type: ignore[arg-type]  # None is taken out
                if isinstance(measure.until, date):
                    found.update(_after(measure.until))
                if measure.condition is not None:
                    found.update(_dates_in(measure.condition))
        if self.applies_when is not None:
            found.update(_dates_in(self.applies_when))
        first = min((period.from_ for period in self.periods), default=date.min)
        end = max((period.until or date.max for period in self.periods), default=date.max)
        return tuple(
            sorted(day for day in found if first <= day and (end == date.max or day <= end + timedelta(1)))
        )

    def requirement(self, id_: str) -> Requirement:
        """The requirement of that id (KeyError where there is none)."""
        for requirement in self.requirements:
            if requirement.id == id_:
                return requirement
        raise KeyError(id_)


def _after(day: date | None) -> set[date]:
    return set() if day is None else {day + timedelta(days=1)}


def _limit_dates(limit: Any) -> set[date]:
    return {day for day, _ in limit.steps} if isinstance(limit, DatedValue) else set()


def _dates_in(node: Node) -> set[date]:
    found = _limit_dates(getattr(node, "limit", None)) | _limit_dates(getattr(node, "value", None))
    for value in getattr(node, "values", ()):
        found |= _limit_dates(value)
    if isinstance(node, Dated):
        found |= {day for day, _ in node.steps}
    for part in children(node):
        found |= _dates_in(part)
    return found
