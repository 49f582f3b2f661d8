"""The values of fields: digits, months and days as claim files write them, western or by era.

Older files (before about 2020) write days as GYYMMDD and months as GYYMM, G from 1 明治 to 5 令和.
Source: 記録条件仕様（医科）別表; the first year of each era by law.
"""

from __future__ import annotations

from datetime import date

ERA_BEFORE = {b"1": 1867, b"2": 1911, b"3": 1925, b"4": 1988, b"5": 2018}
"""The year before the first of each era."""


def read_day(value: bytes) -> date | None:
    """A day from YYYYMMDD or GYYMMDD; None where it is none.

    >>> read_day(b"20250401"), read_day(b"5070401") == read_day(b"20250401"), read_day(b"20250230")
    (datetime.date(2025, 4, 1), True, None)
    """
    if not value.isdigit():
        return None
    try:
        if len(value) == 8:
            return date.fromisoformat(value.decode())
        if len(value) == 7 and value[:1] in ERA_BEFORE:
            return date(ERA_BEFORE[value[:1]] + int(value[1:3]), int(value[3:5]), int(value[5:]))
    except ValueError:
        pass
    return None


def read_month(value: bytes) -> str:
    """A month "YYYY-MM" from YYYYMM or GYYMM; "" where it is none.

    >>> read_month(b"202504"), read_month(b"50704"), read_month(b"202513")
    ('2025-04', '2025-04', '')
    """
    if not value.isdigit():
        return ""
    if len(value) == 6:
        year, month = int(value[:4]), int(value[4:])
    elif len(value) == 5 and value[:1] in ERA_BEFORE:
        year, month = ERA_BEFORE[value[:1]] + int(value[1:3]), int(value[3:])
    else:
        return ""
    return f"{year:04d}-{month:02d}" if 1 <= month <= 12 and year >= 1868 else ""


def read_number(value: bytes) -> int | None:
    """A whole number of at most 15 digits; None where it is none (also where it is empty).

    >>> read_number(b"076"), read_number(b""), read_number(b"-1")
    (76, None, None)
    """
    return int(value) if value.isdigit() and len(value) <= 15 else None


def read_text(value: bytes) -> str:
    """Text as claim files encode it (cp932); what cannot be read becomes U+FFFD."""
    return value.decode("ascii") if value.isascii() else value.decode("cp932", "replace")
