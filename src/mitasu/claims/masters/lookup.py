"""What a master says in a month: the edition that speaks of it, and the rows valid in it.

The edition of a month is the newest one dated on or before its last day: that is what was in force then,
and codes change their meaning, so a newer edition must not answer for an older month. Where every edition
is newer, the oldest of them answers, and a warning says so. A code whose row was changed only after the
month (変更年月日) is looked for in the editions before; a code that ended before the month has no row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from mitasu.claims.masters.layouts import layouts
from mitasu.claims.masters.reading import Row
from mitasu.claims.masters.store import Edition, Store
from mitasu.dates import first_day, last_day


@dataclass(frozen=True, slots=True)
class Found:
    """A row, and the edition that holds it."""

    edition: Edition
    row: Row


class Lookup:
    """Look-ups in a store; what had to be said about the editions used is kept in `warnings`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._used: dict[int, Edition] = {}
        self._late: dict[str, dict[str, None]] = {}
        self._editions: dict[str, list[Edition]] = {}

    def edition(self, kind: str, month: str) -> Edition | None:
        """The edition that answers for a month, None where the kind was never imported."""
        found = self._before(kind, month)
        return self._using(found[0], month) if found else None

    def as_of(self, kind: str, month: str, code: str, day: date | None = None) -> list[Found]:
        """The rows of a code that are valid in a month (on a day of it), of the newest edition that covers it."""
        first, last = (first_day(month), last_day(month)) if day is None else (day, day)
        for edition in self._before(kind, month):
            rows = self.store.coded(edition, code)
            valid = [row for row in rows if _valid(row, first, last)]
            changed_later = rows and all(row.from_ > last.isoformat() for row in rows)
            if valid or not changed_later:
                self._using(edition, month)
                return [Found(edition, row) for row in valid]
        return []

    @property
    def editions(self) -> list[Edition]:
        """Every edition that answered."""
        return [self._used[id_] for id_ in sorted(self._used)]

    @property
    def warnings(self) -> list[str]:
        """What a reader has to know of the editions that answered."""
        found = [
            f"{month}の版がないため、ある中で最も古い版で調べました（{'、'.join(titles)}）。内容がその月と違うことがあります。"
            for month, titles in sorted(self._late.items())
        ]
        tables: dict[date, list[str]] = {}
        for edition in self.editions:
            if edition.layout.family == "電子点数表":
                tables.setdefault(edition.dated, []).append(edition.layout.title)
        if len(tables) > 1:
            told = "、".join(
                f"{day}版（{'・'.join(sorted(set(names)))}）" for day, names in sorted(tables.items())
            )
            found.append(f"電子点数表の版が混ざっています: {told}")
        return found

    def _before(self, kind: str, month: str) -> list[Edition]:
        """The editions that may answer for a month, the first to ask first."""
        if kind not in self._editions:
            self._editions[kind] = self.store.editions(kind)
        every = self._editions[kind]
        before = [edition for edition in every if edition.dated <= last_day(month)]
        return before[::-1] or every[:1]

    def _using(self, edition: Edition, month: str) -> Edition:
        self._used[edition.id] = edition
        if edition.dated > last_day(month):
            self._late.setdefault(month, {})[edition.layout.title] = None
        return edition


def in_force(row: Row, month: str) -> bool:
    """Whether a row is valid on some day of a month."""
    return _valid(row, first_day(month), last_day(month))


def _valid(row: Row, first: date, last: date) -> bool:
    """Whether a row is valid on some day of a span; a day that no column tells does not shut it out."""
    began = not row.from_ or row.from_ <= last.isoformat()
    return began and (not row.until or row.until >= first.isoformat())


def find(store: Store, what: str, month: str | None, most: int = 50) -> tuple[list[Found], list[str]]:
    """Rows of a code, or whose name holds a text, in every kind; and what has to be said of the editions.

    With a month the edition of that month answers; otherwise the newest.
    """
    lookup = Lookup(store)
    found: list[Found] = []
    for kind in layouts():
        editions = store.editions(kind)
        if not editions:
            continue
        edition = lookup.edition(kind, month) if month else editions[-1]
        if edition is None:
            continue
        if what.isascii() and what.isdigit():
            hits = (
                lookup.as_of(kind, month, what)
                if month
                else [Found(edition, r) for r in store.coded(edition, what)]
            )
            if not edition.layout.code and not edition.layout.nth:
                hits = [Found(edition, row) for row in store.named(edition, what, most)]
        else:
            rows = store.named(edition, what, most)
            hits = [Found(edition, row) for row in rows if month is None or in_force(row, month)]
        found.extend(hits)
    return found[:most], lookup.warnings if month else []
