"""An addition as its file says it, and the rule it gives for one sector.

The file speaks of all sectors at once; the engine wants one rule without sectors. `Addition.rule`
leaves out what is not of the sector and puts the sector's points and parameters in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mitasu.rules.nodes import All, Node, Requires, facts_of
from mitasu.rules.rule import Level, Period, Requirement, Rule

Scope = tuple[str, ...]  # sectors, empty for all


@dataclass(frozen=True, slots=True)
class LevelText:
    """A level as the file says it: points, yen and parameters still by sector."""

    level: str
    needs: tuple[Node, ...]
    points: Mapping[str, Any]
    yen: Mapping[str, Any]
    params: Mapping[str, Any]
    sectors: Scope
    grade: str
    note: str
    points_if: Scope = ()
    """Requirements that bring other points (`points_then`) where all hold; they never block."""
    points_then: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EncounterPoints:
    """Points that the encounter decides: for which kind, at which level, when."""

    encounter: str
    level: str
    points: Mapping[str, Any]
    when: Node | None
    amount: str = ""


@dataclass(frozen=True, slots=True)
class PeriodText:
    """A period as the file says it."""

    from_: date
    until: date | None
    every_level: tuple[str, ...] | None
    levels: tuple[LevelText, ...]
    encounter_points: tuple[EncounterPoints, ...]
    cite: tuple[str, ...]
    grade: str
    note: str
    titles: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Clause:
    """What every clause of `billing` has: id, words, source, and when and where it holds."""

    id: str
    label: str
    text: str
    cite: tuple[str, ...]
    grade: str
    rulings: tuple[str, ...] = ()
    sectors: Scope = ()
    from_: date | None = None
    until: date | None = None
    encounters: tuple[str, ...] = ()
    need: Node | None = None
    choice: bool = False
    months: int = 1
    counting: tuple[str, ...] = ()
    also_counting: tuple[str, ...] = ()
    additions: tuple[str, ...] = ()
    days: int | None = None
    amount: str = ""
    weeks: int | None = None
    kinds: Scope = ()
    filed: str = ""
    once: bool = False

    def holds_for(self, sector: str, kind: str, day: date) -> bool:
        """Whether the clause speaks of such an encounter (`kind` "": of any kind)."""
        return (
            (not self.sectors or sector in self.sectors)
            and (not kind or not self.encounters or kind in self.encounters)
            and (self.from_ is None or self.from_ <= day)
            and (self.until is None or day <= self.until)
        )


@dataclass(frozen=True, slots=True)
class Billing:
    """How often and beside what an addition may be billed."""

    encounters: Mapping[str, Scope]
    conditions: tuple[Clause, ...] = ()
    limits: tuple[Clause, ...] = ()
    exclusions: tuple[Clause, ...] = ()
    gives_way_to: tuple[str, ...] = ()
    outside_bundles: tuple[str, ...] | None = None
    together_with: tuple[Clause, ...] = ()
    amounts: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the law leaves open, and what a person has to settle."""

    id: str
    text: str
    ask: str
    cite: tuple[str, ...] = ()
    requirement: str | None = None
    sectors: Scope = ()
    from_: date | None = None
    until: date | None = None

    def stands_on(self, day: date, sector: str) -> bool:
        """Whether the question touches a judgement of that day."""
        within = (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)
        return within and (not self.sectors or sector in self.sectors)


@dataclass(frozen=True, slots=True)
class Addition:
    """One addition: everything its file says."""

    id: str
    title: str
    titles: Mapping[str, str]
    sectors: Scope
    kinds: Scope
    cite: tuple[str, ...]
    grade: str
    requirements: tuple[tuple[Scope, Requirement], ...]
    every_level: tuple[str, ...]
    periods: tuple[PeriodText, ...]
    applies_when: Node | None = None
    billing: Billing = Billing({})
    questions: tuple[Question, ...] = ()
    filing: Mapping[str, Any] = field(default_factory=dict)
    codes: tuple[Mapping[str, Any], ...] = ()
    reminders: tuple[Clause, ...] = ()
    note: str = ""
    file: str = ""
    amounts: Mapping[str, str] = field(default_factory=dict)
    kept: dict[str, tuple[str, ...]] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was gathered from the rules and would be gathered again for every institution."""

    def title_in(self, sector: str) -> str:
        """The title that the addition has in a sector."""
        return self.titles.get(sector, self.title)

    @property
    def filed_levels(self) -> tuple[str, ...]:
        """Every level that a filing may name: those of all periods, and those renamed since they were filed."""
        if "filed_levels" not in self.kept:
            self.kept["filed_levels"] = self._filed_levels()
        return self.kept["filed_levels"]

    def _filed_levels(self) -> tuple[str, ...]:
        found = [level.level for period in self.periods for level in period.levels]
        for _, requirement in self.requirements:
            for fact in facts_of(All(requirement.conditions())):
                args = dict(fact.args)
                if args.get("item") == self.id:
                    found.extend(old for _, names in args.get("relabel", ()) for old, _ in names)
        return tuple(sorted(set(found), key=lambda level: (len(level), level)))

    def rule(self, sector: str) -> Rule:
        """The rule of one sector, with dates still inside."""
        requirements = tuple(
            _graces_in(r, sector) for sectors, r in self.requirements if not sectors or sector in sectors
        )
        periods = []
        for period in self.periods:
            every = self.every_level if period.every_level is None else period.every_level
            levels: list[Level] = []
            for text in period.levels:
                level = _level_in(text, sector, tuple(Requires(id_) for id_ in every), levels)
                if level is not None:
                    levels.append(level)
            if levels:
                points = tuple(p for p in period.encounter_points if sector in p.points)
                periods.append(
                    Period(
                        period.from_,
                        period.until,
                        tuple(levels),
                        period.cite,
                        period.grade,
                        period.note,
                        points,
                        period.titles.get(sector, ""),
                    )
                )
        return Rule(self.id, self.title_in(sector), requirements, tuple(periods), self.applies_when)


def _level_in(text: LevelText, sector: str, every: tuple[Node, ...], better: list[Level]) -> Level | None:
    if text.sectors and sector not in text.sectors:
        return None
    if (text.points or text.yen) and sector not in text.points and sector not in text.yen:
        return None
    params = {name: _in_sector(value, sector) for name, value in text.params.items()}
    # None: a filing that names no level, as those from before there were any, counts for each
    params["covering"] = (*(level.level for level in better), text.level, None)
    yen = text.yen.get(sector)
    return Level(
        text.level,
        All((*every, *text.needs)),
        text.points.get(sector),
        yen,
        params,
        text.grade,
        text.note,
        text.points_if if sector in text.points_then else (),
        text.points_then.get(sector),
    )


def _in_sector(value: Any, sector: str) -> Any:
    return value.get(sector) if isinstance(value, Mapping) else value


def _graces_in(requirement: Requirement, sector: str) -> Requirement:
    """A requirement with the transitional measures of one sector."""
    kept = tuple(
        measure for measure in requirement.deemed if not measure.sectors or sector in measure.sectors
    )
    return requirement if kept == requirement.deemed else replace(requirement, deemed=kept)
