"""Claim files for tests, line by line, and one read to its end. Nobody in them exists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mitasu.claims.reading import ClaimFile, open_claims
from mitasu.claims.receipt import Fault, Receipt

LINES = (
    "IR,1,13,1,9900010,,見本診療所（見本）,202505,00,00-0000-0000",
    "RE,1,1122,202504,見本　花子,2,19800102,,,,,2617,,12345,,,,,,,,01,,,,,08,,,,,,,,,,ミホン　ハナコ",
    "HO,  999901,９１２,３４５６７,2,450",
    "KO,99990001,9999999,,2,450",
    "SN,1,01,,,,01",
    "JD,1,,1,,1",
    "SY,9999001,20250402,1,10012002,,01",
    "SI,11,2,111000110,,,1,,,,,,,,1",
    "SI,,2,111703470,,301,1,,,,,,,,1",
    "SI,12,2,112007410,,76,1,,,,,,,,,,1",
    "SI,13,2,113999910,,73,1,,,,,,,,,,1",
    "CO,99,2,810000001,見本の文章",
    "GO,1,450,99",
)
"""A well-formed file: one receipt with an insurer and a public fund, two days of visits, trailing fields cut."""

Put = Callable[..., Path]


def as_bytes(lines: tuple[str, ...] | list[str]) -> bytes:
    """Lines as a claim file: Shift_JIS, CRLF, EOF byte."""
    return "".join(line + "\r\n" for line in lines).encode("cp932") + b"\x1a"


DENTAL = (
    "IR,1,13,3,9900010,,見本歯科（見本）,202505,,00,00-0000-0000",
    "RE,1,3112,202504,見本　花子,2,19800102",
    "HO,99990001,１,２,1,300",
    "JD,1,,1",
    "HS,1,2,3",
    "SS,1,2,3,4",
    "GO,1,300,99",
)
PHARMACY = (
    "YK,1,13,4,9900010,見本薬局（見本）,202505,00,00-0000-0000",
    "RE,1,4112,202504,見本　花子,2,19800102,,,13,1,9900010",
    "HO,99990001,１,２,1,120",
    "SH,1,1",
    "CZ,1,20250402",
    "IY,1,620999901,2.5",
    "KI,1,2",
    "GO,1,120,99",
)
DPC = (
    "IR,1,13,1,9900010,,見本病院（見本）,202505,00,00-0000-0000",
    "RE,1,1111,202504,見本　花子,2,19800102",
    "HO,99990001,１,２,3,9000",
    "BU,010010xx99x0xx",
    "SB,01,9999001",
    "HH,20250401,1,2,3",
    "SI,90,1,190999910,,1,1",
    "GO,1,9000,99",
)


@dataclass(frozen=True)
class Read:
    """What came out of a file."""

    file: ClaimFile
    receipts: list[Receipt]

    @property
    def faults(self) -> list[Fault]:
        return self.file.faults

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Line and code of every fault."""
        return [(fault.line, fault.code) for fault in self.faults]


def read(path: Path, *, after: ClaimFile | None = None, last: bool = True) -> Read:
    """Open, read, close."""
    with open_claims(path, after=after, last=last) as claims:
        return Read(claims, list(claims.receipts()))
