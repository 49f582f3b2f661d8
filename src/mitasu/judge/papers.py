"""The papers of a filing: forms (届出の様式), forms of reports that come back (定例報告の様式), what is sent along.

A rule file lists them with sectors and days. A form is for the addition's own filing unless it names
the items it is for, such as a filing for higher points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.rulebook import Addition


def forms(addition: Addition, sector: str, on: date, item: str | None = None) -> tuple[str, ...]:
    """The forms (様式) with which to file an addition, or an item of it, in a sector on a day."""
    rows = _rows(addition, "forms", sector, on)
    wanted = item or addition.id
    return tuple(str(row["form"]) for row in rows if wanted in (row.get("items") or (addition.id,)))


def report_forms(addition: Addition, sector: str, on: date) -> tuple[str, ...]:
    """The forms of the reports that come back for whoever has filed the addition."""
    return tuple(str(row["form"]) for row in _rows(addition, "reports", sector, on))


def attachments(addition: Addition, sector: str, on: date, level: str) -> tuple[str, ...]:
    """What is sent along when an addition is filed at a level."""
    rows = _rows(addition, "attachments", sector, on)
    return tuple(str(row["document"]) for row in rows if level in (row.get("levels") or (level,)))


def _rows(addition: Addition, key: str, sector: str, on: date) -> Iterator[Mapping[str, Any]]:
    for row in addition.filing.get(key, ()):
        start, end = (None if row.get(day) is None else parse_date(row[day]) for day in ("from", "until"))
        here = not row.get("sectors") or sector in row["sectors"]
        if here and (start is None or start <= on) and (end is None or on <= end):
            yield row
