"""An institution as its file describes it: facts in spans of time, series, events, people, filings.

What is absent is unknown. What is listed is complete: a role under `people`, a filing under `filings`,
an event under an event id that is present, and is not listed, does not exist. Values are checked
against the catalogue on the way in; nothing half-read comes out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Span:
    """A value and the days on which it held (closed; None: open). `proof`: what shows it."""

    value: Any
    from_: date | None = None
    until: date | None = None
    proof: str = ""
    line: int | None = None

    def covers(self, day: date) -> bool:
        """Whether the value held on the day."""
        return (self.from_ is None or self.from_ <= day) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day."""

    on: date
    attributes: Mapping[str, Any] = field(default_factory=dict)
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Someone in a role that a rule counts."""

    role: str
    employment: str | None = None
    assignment: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    from_: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing (届出): what, at which level, when it arrived, was accepted and withdrawn."""

    item: str
    level: str | None = None
    arrived: date | None = None
    accepted: date | None = None
    withdrawn: date | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Institution:
    """One institution. Percent are whole millionths; `people` and `filings` are None where not given."""

    name: str
    code: str
    sector: str
    kind: str
    facts: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    series: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    events: Mapping[str, tuple[Event, ...]] = field(default_factory=dict)
    people: tuple[Person, ...] | None = None
    filings: tuple[Filing, ...] | None = None
    file: str = ""

    def fact(self, id_: str, day: date) -> Span | None:
        """The span of a fact that covers the day, if its value is known."""
        for span in self.facts.get(id_, ()):
            if span.covers(day):
                return span
        return None
