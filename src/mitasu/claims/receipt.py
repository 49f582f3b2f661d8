"""What is in a claim file, as the other modules of this room see it: receipts, their items, and what was wrong.

Source: 電子レセプトの作成手引き (記録条件仕様), 医科, 令和4年4月版, and those of DPC, 歯科 and 調剤.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Severity = Literal["error", "warning", "note"]
ClaimKind = Literal["medical", "dpc", "dental", "dispensing"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as the specification asks: line (from 1), how bad, a stable ASCII code, a sentence."""

    line: int
    severity: Severity
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Header:
    """The institution and month of a claim file (record IR, or YK of a pharmacy). `month` is YYYY-MM, "" unreadable."""

    line: int
    kind: ClaimKind
    reviewer: str  # 審査支払機関: 1 社保基金, 2 国保連
    prefecture: str
    table: str  # 点数表: 1 医科, 3 歯科, 4 調剤
    number: str  # 7 digits
    name: str
    month: str
    volume: str

    @property
    def code(self) -> str:
        """The institution's code of 10 digits: prefecture 2, table 1, number 7."""
        return f"{self.prefecture}{self.table}{self.number}"


@dataclass(frozen=True, slots=True)
class Trailer:
    """The last record of a claim file (GO): how many receipts, how many points; None: not readable."""

    line: int
    count: int | None
    points: int | None
    volume: str


@dataclass(
    slots=True, unsafe_hash=True
)  # not changed once made; frozen would take five times as long to make
class Insurer:
    """Who pays: the main insurer (record HO, `main`) or a public fund (KO). Empty text and None: not written."""

    line: int
    main: bool
    payer: str
    symbol: str
    number: str
    branch: str
    days: int | None
    points: int | None


@dataclass(slots=True, unsafe_hash=True)  # as Insurer
class Item:
    """One line of what was done (SI, IY, TO; SS, GA …): `group` 診療識別 carried on from the first line of its group.

    `points` stands only in the last line of a unit (点数・回数算定単位); `times` in each. `days`: (day, times).
    """

    line: int
    record: str
    group: str
    burden: str
    code: str
    quantity: str
    points: int | None
    times: int | None
    days: tuple[tuple[int, int], ...]


@dataclass(slots=True, unsafe_hash=True)  # as Insurer
class Disease:
    """One disease (SY): `code` 0000999 is one without a code; `outcome` 転帰; `main` 主傷病."""

    line: int
    code: str
    start: date | None
    outcome: str
    modifiers: tuple[str, ...]
    main: bool


@dataclass(slots=True)
class Receipt:
    """One receipt (from its RE record to the next). `month` is the month of service, YYYY-MM, "" unreadable."""

    line: int
    number: int | None
    kind: str  # レセプト種別, 4 digits
    month: str
    sex: str
    born: date | None
    chart: str  # カルテ番号等
    departments: tuple[str, ...] = ()
    insurers: list[Insurer] = field(default_factory=list)
    visits: tuple[int, ...] = ()  # days of the month on which a visit is counted (record JD, value 1)
    items: list[Item] = field(default_factory=list)
    diseases: list[Disease] = field(default_factory=list)
    admitted: date | None = None
    notes: tuple[str, ...] = ()  # 特記事項, two digits each

    @property
    def points(self) -> int | None:
        """合計点数 of the main insurer, or of the first public fund where there is none; None: not written."""
        for one in self.insurers:
            if one.main:
                return one.points
        return self.insurers[0].points if self.insurers else None

    @property
    def inpatient(self) -> bool:
        """Whether the receipt is for a stay: the last digit of レセプト種別 is odd.

        >>> Receipt(1, 1, "1119", "2025-04", "1", None, "").inpatient
        True
        >>> Receipt(1, 1, "1318", "2025-04", "1", None, "").inpatient
        False
        """
        return self.kind[3:4] in ("1", "3", "5", "7", "9")
