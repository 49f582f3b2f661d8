"""What an audit of claim files finds, and its sums by month. Nothing here names a patient."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from mitasu.claims.charges import Doubt
from mitasu.claims.codes import Meaning
from mitasu.claims.standing import KINDS, REPAID, Named
from mitasu.judge.amounts import YEN_A_POINT


@dataclass(frozen=True, slots=True)
class Finding:
    """One charge that does not stand, or of which that cannot be told.

    `points`: what was charged (None: not known). `due`: what would have been right. `right`: at which level.
    """

    kind: str
    month: str
    day: date | None
    file: str
    receipt: int | None
    line: int
    code: str
    addition: str
    title: str
    level: str | None
    points: int | None
    due: int | None
    why: str
    right: str | None = None
    failed: tuple[Named, ...] = ()
    unknown: tuple[Named, ...] = ()
    rule: str = ""
    sources: tuple[str, ...] = ()
    grade: str = "A"

    @property
    def repaid(self) -> bool:
        """Whether it means repaying (what cannot be told does not)."""
        return self.kind in REPAID

    @property
    def yen(self) -> int | None:
        """The yen to repay; of what cannot be told the yen that hang on it. None where a part is not known."""
        if self.points is None or (self.kind == "level_too_high" and self.due is None):
            return None
        return (self.points - (self.due or 0)) * YEN_A_POINT

    @property
    def word(self) -> str:
        """The kind in Japanese."""
        return KINDS[self.kind]

    @property
    def named(self) -> str:
        """The addition with its level."""
        return self.title + (self.level or "")


class Missed(NamedTuple):
    """A visit at which an addition was open and not charged, or was charged at a lower level than was right."""

    month: str
    day: date | None
    file: str
    receipt: int | None
    line: int
    addition: str
    title: str
    level: str
    encounter: str
    points: int
    lower: str | None = None
    """The level that was charged, where one was."""

    @property
    def yen(self) -> int:
        """The yen not charged."""
        return self.points * YEN_A_POINT


@dataclass(frozen=True, slots=True)
class Charged:
    """How often a code was charged in a month; `title`: of its addition."""

    month: str
    meaning: Meaning
    count: int
    title: str

    @property
    def points(self) -> int | None:
        """All points; None where the code may not be counted."""
        return (
            self.meaning.points * self.count
            if self.meaning.counts and self.meaning.points is not None
            else None
        )


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file that was looked at: its month of claim, who reviews it, how many receipts and faults it had."""

    name: str
    code: str
    institution: str
    month: str
    reviewer: str
    volume: str
    receipts: int
    faults: int


@dataclass(frozen=True, slots=True)
class Untold:
    """What a claim file does not tell of an addition, so that what is missed is an upper bound."""

    addition: str
    title: str
    conditions: tuple[str, ...]
    bundles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonthSum:
    """A month of service: charged, to be repaid, undetermined, missed; counts and yen (as far as known).

    `unpriced`: charges whose yen are not among `charged_yen`, as the code is unconfirmed or outside its period.
    """

    month: str
    charged: int
    charged_yen: int
    unpriced: int
    repay: int
    repay_yen: int
    undetermined: int
    undetermined_yen: int
    missed: int
    missed_yen: int

    @property
    def priced_yen(self) -> int | None:
        """The yen charged; None where something was charged and of nothing the yen are known."""
        return None if 0 < self.charged == self.unpriced else self.charged_yen


@dataclass(frozen=True)
class Audit:
    """The outcome of comparing claim files with the judgements of an institution."""

    name: str
    code: str
    files: tuple[FileRead, ...]
    receipts: int
    patients: int
    charged: tuple[Charged, ...]
    findings: tuple[Finding, ...]
    missed: tuple[Missed, ...]
    unsettled: tuple[Missed, ...]
    """Visits at which it is not known whether the addition was open; never added up."""
    unconfirmed: tuple[tuple[str, str], ...]
    """Additions (id, title) for which a code is not confirmed in a month that was looked at."""
    untold: tuple[Untold, ...]
    doubts: tuple[Doubt, ...]

    @cached_property
    def months(self) -> tuple[MonthSum, ...]:
        """The sums of each month of service, in order."""
        return tuple(self._sums("", month) for month in self._months)

    @cached_property
    def _months(self) -> list[str]:
        found = {row.month for row in self.charged} | {row.month for row in self.findings}
        return sorted(found | {row.month for row in (*self.missed, *self.unsettled)})

    @cached_property
    def titles(self) -> dict[str, str]:
        """The title of each addition of which anything was found or charged, by id."""
        found = {row.meaning.addition: row.title for row in self.charged}
        found |= {row.addition: row.title for row in self.findings}
        return found | {row.addition: row.title for row in self.missed}

    @cached_property
    def additions(self) -> tuple[str, ...]:
        """The additions of which anything was found or charged, by id."""
        return tuple(sorted(self.titles))

    def of(self, addition: str) -> tuple[MonthSum, ...]:
        """The sums of each month for one addition."""
        return tuple(self._sums(addition, month) for month in self._months)

    def sum(self, addition: str) -> MonthSum:
        """The sums of all months for one addition."""
        return self._sums(addition, "")

    @cached_property
    def total(self) -> MonthSum:
        """The sums of all months."""
        return self._sums("", "")

    def _sums(self, addition: str, month: str) -> MonthSum:
        charged = [
            row
            for row in self.charged
            if (not month or row.month == month) and (not addition or row.meaning.addition == addition)
        ]
        found = self._picked.get((addition, month), _NONE)
        return MonthSum(
            month,
            sum(row.count for row in charged),
            sum((row.points or 0) * YEN_A_POINT for row in charged),
            sum(row.count for row in charged if row.points is None),
            *found,
        )

    @cached_property
    def _picked(self) -> dict[tuple[str, str], tuple[int, int, int, int, int, int]]:
        """Count and yen of repaid, undetermined and missed by addition and month, "" for all."""
        sums: dict[tuple[str, str], list[int]] = {}

        def add(place: int, rows: Iterable[Finding | Missed]) -> None:
            for row in rows:
                for key in {(row.addition, row.month), ("", row.month), (row.addition, ""), ("", "")}:
                    found = sums.setdefault(key, [0] * 6)
                    found[place] += 1
                    found[place + 1] += row.yen or 0

        add(0, (row for row in self.findings if row.repaid))
        add(2, (row for row in self.findings if row.kind == "undetermined"))
        add(4, self.missed)
        return {key: (one[0], one[1], one[2], one[3], one[4], one[5]) for key, one in sums.items()}


_NONE = (0, 0, 0, 0, 0, 0)
