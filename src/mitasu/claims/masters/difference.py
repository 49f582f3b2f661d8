"""What two editions of a master say differently: rows added, ended, changed, and in which columns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from mitasu.claims.masters.lookup import Found
from mitasu.claims.masters.reading import Row
from mitasu.claims.masters.store import Edition, Store
from mitasu.errors import UsageError

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that is in both editions and not the same: column, before, after."""

    before: Row
    after: Row
    columns: tuple[tuple[int, str, str, str], ...]
    """Position, what the column is called, the cell before, the cell after."""


@dataclass(frozen=True, slots=True)
class Difference:
    """From one edition to the next. `ended`: gone, or given a last day (the row as it stands after, if it does)."""

    first: Edition
    second: Edition
    added: tuple[Row, ...]
    ended: tuple[Row, ...]
    changed: tuple[Changed, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.ended or self.changed)


def difference(store: Store, first: Edition, second: Edition) -> Difference:
    """What changed from one edition to another of the same kind.

    Rows are told apart by code (both codes of a pair); where no source says which column that is, by
    everything they hold, so that such a row is added or ended and never changed.
    """
    if first.kind != second.kind:
        raise UsageError(f"種類の違う版は比べられません（{first.title}と{second.title}）。")
    before, after = _keyed(store, first), _keyed(store, second)
    added = [row for key, row in after.items() if key not in before]
    ended = [row for key, row in before.items() if key not in after]
    changed: list[Changed] = []
    for key, row in after.items():
        old = before.get(key)
        if old is None or old.cells == row.cells:
            continue
        positions = range(1, max(len(old.cells), len(row.cells)) + 1)
        differing = [n for n in positions if old.cell(n) != row.cell(n)]
        if row.until and not old.until:
            ended.append(row)
            if differing == [second.layout.until]:  # that it ended is all there is to say
                continue
        columns = tuple((n, second.layout.column(n), old.cell(n), row.cell(n)) for n in differing)
        changed.append(Changed(old, row, columns))
    return Difference(first, second, tuple(added), tuple(ended), tuple(changed))


def _keyed(store: Store, edition: Edition) -> dict[Key, Row]:
    """The rows of an edition by what tells them apart; of rows alike in that, each has its number."""
    layout = edition.layout
    found: dict[Key, Row] = {}
    alike: Counter[Key] = Counter()
    for row in store.rows(edition):
        key: Key = row.cells
        if layout.key:
            key = tuple(row.cell(column) for column in layout.key)
        elif row.code:
            key = (row.code, row.other)
        alike[key] += 1
        found[(*key, str(alike[key]))] = row
    return found


def difference_to_dict(found: Difference) -> dict[str, Any]:
    """The difference as plain data."""
    return {
        "first": edition_to_dict(found.first),
        "second": edition_to_dict(found.second),
        "added": [row_to_dict(row) for row in found.added],
        "ended": [row_to_dict(row) for row in found.ended],
        "changed": [
            row_to_dict(one.after)
            | {
                "columns": [
                    {"position": position, "name": name, "before": old, "after": new}
                    for position, name, old, new in one.columns
                ]
            }
            for one in found.changed
        ],
    }


def edition_to_dict(edition: Edition) -> dict[str, Any]:
    """An edition as plain data."""
    return {
        "id": edition.id,
        "kind": edition.kind,
        "title": edition.layout.title,
        "family": edition.layout.family,
        "dated": edition.dated.isoformat(),
        "sha256": edition.sha256,
        "file": edition.file,
        "imported_at": edition.imported_at,
        "rows": edition.rows,
        "columns": edition.columns,
        "first_change": None if edition.first_change is None else edition.first_change.isoformat(),
        "last_change": None if edition.last_change is None else edition.last_change.isoformat(),
        "reading": edition.layout.reading,
    }


def row_to_dict(row: Row) -> dict[str, Any]:
    """A row as plain data, without its cells."""
    return {
        "line": row.line,
        "code": row.code,
        "other": row.other,
        "name": row.name,
        "from": row.from_ or None,
        "until": row.until or None,
    }


def found_to_dict(found: Found) -> dict[str, Any]:
    """A row that was found as plain data: its edition, its named columns, and every cell as it stood."""
    layout = found.edition.layout
    named = {
        name: found.row.cell(position)
        for position, name in layout.columns.items()
        if found.row.cell(position) != ""
    }
    return row_to_dict(found.row) | {
        "kind": found.edition.kind,
        "edition": found.edition.id,
        "dated": found.edition.dated.isoformat(),
        "columns": named,
        "cells": list(found.row.cells),
    }
