"""The first record of a claim file: which institution, which month, which volume (IR, or YK of a pharmacy)."""

from __future__ import annotations

from mitasu.claims.receipt import ClaimKind, Header
from mitasu.claims.values import read_month, read_text


def header_of(values: list[bytes], line: int, kind: ClaimKind) -> Header:
    """The header from the fields of its record, the record's id at place 0; trailing fields may be cut."""

    def text(place: int) -> str:
        return read_text(values[place]) if place < len(values) else ""

    name, month, volume = (5, 6, 7) if values[0] == b"YK" else (6, 7, 8)
    if kind == "dental" and values[0] == b"IR":
        volume = 9  # after the field of filings
    found = read_month(values[month]) if month < len(values) else ""
    return Header(line, kind, text(1), text(2), text(3), text(4), text(name), found, text(volume))
