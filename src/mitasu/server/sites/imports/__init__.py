"""What comes in as a file: each kind is read into a plan that says what would change, and is carried out only then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Carry = Callable[[Any, str], int]
"""Carries a plan out: who does it, and the hash of the stored file; how many entries were made."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would change: what, what it is now and what it would be."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do. With any problem it does nothing; `left` are rows that are not taken, with the reason."""

    how: str = ""
    changes: tuple[Change, ...] = ()
    left: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    carry: Carry | None = None

    @property
    def ready(self) -> bool:
        """Whether it may be carried out."""
        return not self.problems and bool(self.changes) and self.carry is not None
