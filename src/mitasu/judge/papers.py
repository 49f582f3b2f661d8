"""The papers of a filing: forms (届出の様式), forms of reports that come back (定例報告の様式), what is sent along.

A rule file lists them with sectors and days. A form is for the addition's own filing unless it names
the items it is for, such as a filing for higher points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.rulebook import Addition


@dataclass(frozen=True, slots=True)
class Form:
    """A form (様式) and the days for which it is in force; the same number comes back in a newer version."""

    number: str
    from_: date | None = None
    until: date | None = None

    @property
    def version(self) -> str:
        """What tells the version from others of the same number: the day from which it is in force."""
        return self.from_.isoformat() if self.from_ else ""


def form_versions(addition: Addition, sector: str, on: date, item: str | None = None) -> tuple[Form, ...]:
    """The forms with which to file an addition, or an item of it, in a sector that are in force on a day."""
    wanted = item or addition.id
    return tuple(
        Form(str(row["form"]), _set_day(row, "from"), _set_day(row, "until"))
        for row in _rows(addition, "forms", sector, on)
        if wanted in (row.get("items") or (addition.id,))
    )


def forms(addition: Addition, sector: str, on: date, item: str | None = None) -> tuple[str, ...]:
    """The numbers of the forms with which to file an addition, or an item of it, in a sector on a day."""
    return tuple(form.number for form in form_versions(addition, sector, on, item))


def report_forms(addition: Addition, sector: str, on: date) -> tuple[str, ...]:
    """The forms of the reports that come back for whoever has filed the addition."""
    return tuple(str(row["form"]) for row in _rows(addition, "reports", sector, on))


def attachments(addition: Addition, sector: str, on: date, level: str) -> tuple[str, ...]:
    """What is sent along when an addition is filed at a level."""
    rows = _rows(addition, "attachments", sector, on)
    return tuple(str(row["document"]) for row in rows if level in (row.get("levels") or (level,)))


def _rows(addition: Addition, key: str, sector: str, on: date) -> Iterator[Mapping[str, Any]]:
    for row in addition.filing.get(key, ()):
        start, end = _set_day(row, "from"), _set_day(row, "until")
        here = not row.get("sectors") or sector in row["sectors"]
        if here and (start is None or start <= on) and (end is None or on <= end):
            yield row


def _set_day(row: Mapping[str, Any], key: str) -> date | None:
    return None if row.get(key) is None else parse_date(row[key])
