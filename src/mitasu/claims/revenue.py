"""What each addition of the rulebook brought: how often it was charged, points and yen.

Points come from the dated code table and never from the line (`charges` says why). Codes that are unconfirmed or stand
outside their period are counted apart and bring no points here: what is not known is not added up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from mitasu.claims.charges import Charge, Doubt, charges_of, doubts_of, times_of
from mitasu.claims.codes import CodeTable, Meaning
from mitasu.claims.opened import Claims, Seen
from mitasu.claims.receipt import Receipt
from mitasu.dates import first_day
from mitasu.judge.amounts import YEN_A_POINT
from mitasu.judge.claimed import Claimed
from mitasu.rulebook import Rulebook

BY = ("addition", "month", "department")


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """Charges of one code in one month: in- or outpatient, by department ("" not written)."""

    month: str
    meaning: Meaning
    inpatient: bool
    department: str
    count: int

    @property
    def points(self) -> int | None:
        """All points; None where the code may not be counted or its points are not known."""
        each = self.meaning.points
        return None if each is None or not self.meaning.counts else each * self.count

    @property
    def yen(self) -> int | None:
        """All yen, ten for a point."""
        return None if self.points is None else self.points * YEN_A_POINT


@dataclass(frozen=True, slots=True)
class Total:
    """A sum of rows: `points` of those that could be counted, `uncounted` how many charges could not."""

    key: tuple[str, ...]
    inpatient: bool
    count: int
    points: int
    uncounted: int

    @property
    def yen(self) -> int:
        """All yen, ten for a point."""
        return self.points * YEN_A_POINT


@dataclass(frozen=True, slots=True)
class Revenue:
    """The charges of claim files; `receipts` read, `doubts` what does not agree with the table or may be read twice."""

    rows: tuple[RevenueRow, ...]
    receipts: int
    months: tuple[str, ...]
    doubts: tuple[Doubt, ...]

    @property
    def points(self) -> int:
        """All points that could be counted."""
        return sum(row.points or 0 for row in self.rows)

    @property
    def yen(self) -> int:
        """All yen that could be counted."""
        return self.points * YEN_A_POINT

    def by(self, what: str) -> list[Total]:
        """Sums by addition and level, by month, or by department; in- and outpatient apart."""
        keys: dict[str, Callable[[RevenueRow], tuple[str, ...]]] = {
            "addition": lambda row: (row.meaning.addition, row.meaning.level or "", _standing(row.meaning)),
            "month": lambda row: (row.month,),
            "department": lambda row: (row.department,),
        }
        key = keys[what]
        sums: dict[tuple[tuple[str, ...], bool], list[int]] = {}
        for row in self.rows:
            found = sums.setdefault((key(row), row.inpatient), [0, 0, 0])
            found[0] += row.count
            if row.points is None:
                found[2] += row.count
            else:
                found[1] += row.points
        return [Total(place, inpatient, *found) for (place, inpatient), found in sorted(sums.items())]

    def claimed(self, addition: str, rulebook: Rulebook, sector: str) -> list[Claimed]:
        """The real counts of an addition by month, for the history of its judgement; unconfirmed codes are left out.

        A level that only the encounter decides is not a level of the judgement; then the points say which it was.
        """
        counts: dict[Claimed, int] = {}
        for row in self.rows:
            one = row.meaning
            if one.addition != addition or not one.confirmed:
                continue
            state = rulebook.state(addition, sector, first_day(row.month))
            levels = {fixed.level.level for fixed in state.levels}
            level = one.level if one.within and one.level in levels else None
            key = Claimed(row.month, None, level, one.encounter, one.points)
            counts[key] = counts.get(key, 0) + row.count
        found = [replace(key, count=count) for key, count in counts.items()]
        return sorted(
            found, key=lambda one: (one.month, one.encounter or "", one.level or "", one.points or 0)
        )


def _standing(meaning: Meaning) -> str:
    """ "" for a code that counts, else why it does not: outside or unconfirmed."""
    return "" if meaning.counts else "unconfirmed" if meaning.within else "outside"


class RevenueCounter:
    """Counts the charges of receipts, one file after the other."""

    def __init__(self, codes: CodeTable) -> None:
        self.codes = codes
        self.receipts = 0
        self._counts: dict[tuple[str, str, bool, str], int] = {}
        self._months: set[str] = set()
        self._doubts: list[Doubt] = []
        self._seen = Seen()

    def file(self, file: Claims) -> None:
        """Count an open claim file; a copy of one that was counted is told."""
        if (doubt := self._seen.again(file)) is not None:
            self._doubts.append(doubt)
        self.take(file.receipts(), Path(file.path).name)

    def take(self, receipts: Iterable[Receipt], file: str = "") -> None:
        """Count the receipts of one file. A receipt counts once, whoever pays for it."""
        for receipt in receipts:
            self.receipts += 1
            self._months.add(receipt.month)
            meanings = self.codes.month(receipt.month) if receipt.month else {}
            found = [charge for charge in charges_of(receipt, meanings) if charge.meaning.addition]
            if not receipt.month and any(item.code in self.codes.by_code for item in receipt.items):
                told = "診療年月が読めないため、加算を数えていません。"
                self._doubts.append(Doubt(file, receipt.line, receipt.number, "no-month", told))
            if found:
                self._charges(receipt, found, file)
                self._doubts.extend(doubts_of(receipt, meanings, file))

    def _charges(self, receipt: Receipt, found: list[Charge], file: str) -> None:
        department = receipt.departments[0] if receipt.departments else ""
        for charge in found:
            times = times_of(charge.item)
            if times is None:
                told = f"{charge.item.code}の回数が書かれていないため、数えていません。"
                self._doubts.append(Doubt(file, charge.item.line, receipt.number, "no-times", told))
                continue
            key = (receipt.month, charge.item.code, receipt.inpatient, department)
            self._counts[key] = self._counts.get(key, 0) + times

    def result(self) -> Revenue:
        """What was counted."""
        rows = [
            RevenueRow(month, self.codes.month(month)[code], inpatient, department, count)
            for (month, code, inpatient, department), count in sorted(self._counts.items())
        ]
        return Revenue(tuple(rows), self.receipts, tuple(sorted(self._months - {""})), tuple(self._doubts))
