"""The card-use rate: outpatient receipts counted, the log of checks, and the notice of the payment fund.

Two official bases: R(m), persons who used the card over outpatient receipts, and O(m), checks by card over all checks
of the month. What counts for an addition is the rate that the fund notifies; own counts are an estimate and marked so,
as the fund counts receipts of all payers after review. Rates are exact fractions; two decimals are shown, cut off.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from mitasu.claims.charges import times_of
from mitasu.claims.checks import Month
from mitasu.claims.codes import CodeTable
from mitasu.claims.notice import CHECKS, RECEIPTS, Notice, Reading
from mitasu.claims.opened import Claims, Seen, matching, opened
from mitasu.claims.receipt import Receipt
from mitasu.dates import shift_month
from mitasu.facts import Institution

HOME_CARE = "home-care-dx"
CORRECTED = ("2024-11", "2025-04")
"""Months of results that may be corrected by home care, for claims of April to September 2025 (疑義解釈その24 問1)."""
HOME_CARE_CLAIMS, OUTPATIENT, NOTIFIED = (
    "home_care_dx_claims",
    "outpatient_receipts",
    "card_use_rate_notified_on",
)
REVIEWERS = {"1": "支払基金", "2": "国保連"}


def shown(rate: Fraction) -> str:
    """A rate in percent with two decimals, cut off.

    >>> shown(Fraction(3052854, 12669330)), shown(Fraction(2, 3))
    ('24.09', '66.66')
    """
    return str(cut(rate))


def cut(rate: Fraction) -> Decimal:
    """A rate in percent with two decimals, cut off."""
    return Decimal(10_000 * rate.numerator // rate.denominator).scaleb(-2)


@dataclass(frozen=True, slots=True)
class MonthUse:
    """A month: what was counted, and what was notified. None: not known.

    `receipts`: outpatient receipts in the files. `reviewers`: those whose file of the month after was among them, so
    that there is more than late claims; `doubled`: one of them twice. `persons`: who used the card, by the log.
    """

    month: str
    receipts: int | None = None
    reviewers: tuple[str, ...] = ()
    home_care: int | None = None
    checks: int | None = None
    cards: int | None = None
    persons: int | None = None
    notified_receipts: Reading | None = None
    notified_checks: Reading | None = None
    doubled: bool = False

    @property
    def by_receipts(self) -> Fraction | None:
        """R(m) by own counts; None where there are late claims only."""
        return _over(self.persons, self.receipts) if self.reviewers else None

    @property
    def by_checks(self) -> Fraction | None:
        """O(m) by own counts."""
        return _over(self.cards, self.checks)

    @property
    def outpatient(self) -> int | None:
        """Outpatient receipts: as notified, else as counted where there are more than late claims."""
        told = self.notified_receipts
        if told is not None and told.denominator is not None:
            return told.denominator
        return self.receipts if self.reviewers else None

    @property
    def correction(self) -> Fraction | None:
        """What home care adds to R(m); None where the month may not be corrected or a count is not known."""
        if not CORRECTED[0] <= self.month <= CORRECTED[1]:
            return None
        return _over(self.home_care, self.outpatient)

    @property
    def corrected(self) -> Fraction | None:
        """R(m) with what home care adds: the notified rate where there is one, else by own counts."""
        extra, told = self.correction, self.notified_receipts
        base = Fraction(told.rate) / 100 if told is not None and told.rate is not None else self.by_receipts
        return None if extra is None or base is None else base + extra

    @property
    def absent(self) -> tuple[str, ...]:
        """The payers, by name, whose file of this month was not among those counted."""
        if self.receipts is None:
            return ()
        return tuple(name for id_, name in REVIEWERS.items() if id_ not in self.reviewers)

    @property
    def whole(self) -> bool:
        """Whether the receipts were counted once and of both payers, so that a count of them can be recorded."""
        return self.receipts is not None and not self.absent and not self.doubled


def _over(part: int | None, whole: int | None) -> Fraction | None:
    return None if part is None or not whole else Fraction(part, whole)


class ReceiptCounter:
    """Counts outpatient receipts, and charges of 在宅医療DX情報活用加算, by month of service."""

    def __init__(self, codes: CodeTable) -> None:
        self.codes = codes
        self.receipts: dict[str, int] = {}
        self.reviewers: dict[str, set[str]] = {}
        self.home_care: dict[str, int] = {}
        self.doubled: set[str] = set()
        self._seen = Seen()

    def file(self, file: Claims) -> None:
        """Count an open claim file."""
        header, again = file.header, self._seen.again(file) is not None
        claimed, reviewer = ("", "") if header is None else (header.month, header.reviewer)
        for month in self.take(file.receipts()):
            if claimed in ("", shift_month(month, 1)):
                self.reviewers.setdefault(month, set()).add(reviewer)
            if again:
                self.doubled.add(month)

    def take(self, receipts: Iterable[Receipt]) -> set[str]:
        """Count receipts, each once, whoever pays; the months of service among them."""
        found: set[str] = set()
        for receipt in receipts:
            month = receipt.month
            if not month:
                continue
            found.add(month)
            self.receipts[month] = self.receipts.get(month, 0) + (not receipt.inpatient)
            self.home_care.setdefault(month, 0)
            meanings = self.codes.month(month)
            for item in receipt.items:
                meaning = meanings.get(item.code)
                if meaning is not None and meaning.addition == HOME_CARE and meaning.counts:
                    self.home_care[month] += times_of(item) or 0
        return found


def card_use(
    files: Iterable[str | Path | Claims] = (),
    checks: Mapping[str, Month] | None = None,
    notice: Notice | None = None,
    codes: CodeTable | None = None,
    institution: Institution | None = None,
    *,
    any_institution: bool = False,
) -> list[MonthUse]:
    """What is known of each month, in order. Files of another institution are refused where one is given."""
    counter = ReceiptCounter(codes or CodeTable.shipped())
    for file in opened(files):
        if institution is not None and not any_institution:
            matching(institution, file.header, Path(file.path).name)
        counter.file(file)
    log = checks or {}
    told = {(one.month, one.basis): one for one in (notice.readings if notice else ())}
    months = counter.receipts.keys() | log.keys() | {month for month, _ in told}
    return [
        MonthUse(
            month,
            counter.receipts.get(month),
            tuple(sorted(counter.reviewers.get(month, ()))),
            counter.home_care.get(month),
            log[month].checks if month in log else None,
            log[month].cards if month in log else None,
            _persons(log.get(month)),
            told.get((month, RECEIPTS)),
            told.get((month, CHECKS)),
            month in counter.doubled,
        )
        for month in sorted(months)
    ]


def _persons(month: Month | None) -> int | None:
    return None if month is None or month.persons is None else len(month.persons)


# ---- into the institution file or the ledger -----------------------------------------------------------------------


ORIGINS = {
    "notice": "利用率の通知",
    "claims": "レセプトで数えた在宅医療DX情報活用加算の回数",
    "estimate": "自院の件数による推計（通知ではない）",
}
"""Where a value comes from."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of a series for a month, with where it came from (`ORIGINS`) and the counts behind a rate."""

    series: str
    month: str
    value: Any
    origin: str
    numerator: int | None = None
    denominator: int | None = None


def entries(months: Iterable[MonthUse], notified_on: date | None, *, estimates: bool = False) -> list[Entry]:
    """What is worth recording: notified rates and receipts, own charges of home care, and estimates where asked for.

    An estimate never stands where a rate was notified, and receipts that are not whole give neither estimates nor counts.
    The day of the notice is that of its newest month.
    """
    found: list[Entry] = []
    newest = ""
    for one in months:
        receipts = one.receipts if one.whole else None
        for series, told, own in (
            (RECEIPTS, one.notified_receipts, (one.persons, receipts)),
            (CHECKS, one.notified_checks, (one.cards, one.checks)),
        ):
            if told is not None and told.rate is not None:
                found.append(Entry(series, one.month, told.rate, "notice", told.numerator, told.denominator))
                newest = one.month if series == RECEIPTS else newest
            elif estimates and (rate := _over(*own)) is not None and rate <= 1:
                found.append(Entry(series, one.month, cut(rate), "estimate", *own))
        correctable = CORRECTED[0] <= one.month <= CORRECTED[1]
        told = one.notified_receipts
        if told is not None and told.denominator is not None:
            found.append(Entry(OUTPATIENT, one.month, told.denominator, "notice"))
        elif estimates and receipts is not None and correctable:
            found.append(Entry(OUTPATIENT, one.month, receipts, "estimate"))
        if one.home_care is not None and one.whole and correctable:
            found.append(Entry(HOME_CARE_CLAIMS, one.month, one.home_care, "claims"))
    if notified_on is not None and newest:
        found.append(Entry(NOTIFIED, newest, notified_on, "notice"))
    return found
