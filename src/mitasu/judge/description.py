"""What `describe` gives: a legal state as lines of text, for pages and for the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mitasu.rulebook import GRADES
from mitasu.rules.rule import Requirement


@dataclass(frozen=True, slots=True)
class LevelLine:
    """A level: what it pays, the limits it sets itself, and the labels of all it needs.

    `raised`: what it pays where further requirements hold, and which; they never stand in its way.
    """

    level: str
    points: str
    raised: str
    thresholds: tuple[str, ...]
    needed: tuple[str, ...]
    grade: str
    note: str

    @property
    def name(self) -> str:
        """How a sentence names the level."""
        return f"区分{self.level}" if self.level else "この加算"

    @property
    def pays(self) -> str:
        """What it pays in one text, and what it would pay where more holds."""
        return (self.points or "点数なし") + (f"（{self.raised}）" if self.raised else "")

    @property
    def needs(self) -> str:
        """All it needs in one text, its own limits at the end."""
        limits = f"（{'、'.join(self.thresholds)}）" if self.thresholds else ""
        return "、".join(self.needed) + limits


@dataclass(frozen=True, slots=True)
class EncounterLine:
    """Points that the encounter decides."""

    encounter: str
    level: str
    points: str
    condition: str
    amount: str = ""

    @property
    def name(self) -> str:
        """How a sentence names the line: 初診・区分1."""
        level = f"区分{self.level}" if self.level else ""
        return "・".join(part for part in (self.encounter, level, self.amount) if part)


@dataclass(frozen=True, slots=True)
class GraceLine:
    """A transitional measure (経過措置) in force: its last day in words, and whom it is for (empty: everyone)."""

    term: str
    condition: str
    note: str
    grade: str
    cited: tuple[str, ...]

    def sentence(self, label: str) -> str:
        """The measure of a requirement in one sentence."""
        whom = f"（対象: {self.condition}）" if self.condition else ""
        return f"経過措置: 「{label}」は{self.term}満たすものとみなす{whom}。{self.note.removeprefix('当面の間。')}"


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """A requirement: its condition in words, the grace in force, sources and rulings in full."""

    requirement: Requirement
    asked: str
    applies_when: str
    graces: tuple[GraceLine, ...]
    cited: tuple[str, ...]
    rulings: tuple[str, ...]

    @property
    def id(self) -> str:
        """The requirement's id."""
        return self.requirement.id

    @property
    def label(self) -> str:
        """The requirement in a few words."""
        return self.requirement.label

    @property
    def condition(self) -> str:
        """What must hold, and when it is asked at all."""
        return f"次のときだけ（{self.applies_when}）→ {self.asked}" if self.applies_when else self.asked

    @property
    def sources(self) -> str:
        """All sources in one text."""
        return "；".join(self.cited)


@dataclass(frozen=True, slots=True)
class Description:
    """A legal state of an addition in one sector, levels best first; outside its periods it has none."""

    addition: str
    title: str
    from_: date
    until: date | None
    applies_when: str
    levels: tuple[LevelLine, ...]
    encounters: tuple[EncounterLine, ...]
    requirements: tuple[RequirementLine, ...]
    cited: tuple[str, ...]
    grade: str
    note: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What else has to be said of the state, a line each: whom it is for, grace, remarks, sources."""
        found = [f"対象: {self.applies_when}"] if self.applies_when else []
        for row in self.encounters:
            found.append(f"{row.name}: {row.points}" + (f"（{row.condition}）" if row.condition else ""))
        for line in self.requirements:
            found.extend(grace.sentence(line.label) for grace in line.graces)
        if self.note:
            found.append(f"備考: {self.note}")
        return (*found, f"根拠（{GRADES[self.grade]}）: {'；'.join(self.cited)}")
