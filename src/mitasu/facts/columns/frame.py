"""Institutions as one frame of a day: a row for each, lists of structs for what is counted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import polars as pl

from mitasu.dates import month_of, shift_month
from mitasu.facts.institution import Institution
from mitasu.rulebook import Catalogue, Entry
from mitasu.rulebook.catalogue import Attribute

TYPES = {
    "boolean": pl.Boolean(), "integer": pl.Int64(), "decimal": pl.Int64(), "yen": pl.Int64(), "percent": pl.Int64(),
    "date": pl.Date(), "enum": pl.String(), "text": pl.String(),
}  # fmt: skip
FILING = {
    "item": pl.String(),
    "level": pl.String(),
    "arrived": pl.Date(),
    "accepted": pl.Date(),
    "withdrawn": pl.Date(),
}
PERSON = {
    "role": pl.String(),
    "employment": pl.String(),
    "assignment": pl.String(),
    "from": pl.Date(),
    "until": pl.Date(),
}


def frame(
    institutions: Iterable[Institution],
    catalogue: Catalogue,
    on: date,
    *,
    also: Iterable[tuple[str, date]] = (),
) -> pl.DataFrame:
    """The institutions as of a day, one row each, in order; `also`: facts on other days (`fact_on`)."""
    rows = list(institutions)
    columns: dict[str, pl.Series] = {}
    columns["facility_kind"] = pl.Series([row.kind for row in rows], dtype=pl.String)
    for entry in catalogue.of("fact").values():
        values = [None if (span := row.fact(entry.id, on)) is None else span.value for row in rows]
        columns[entry.id] = pl.Series(entry.id, values, TYPES[entry.type])
    for fact, day in also:
        values = [None if (span := row.fact(fact, day)) is None else span.value for row in rows]
        columns[f"{fact}@{day}"] = pl.Series(values, dtype=pl.Boolean)
    for entry in catalogue.of("series").values():
        for back in range(1, 6):
            month = shift_month(month_of(on), -back)
            values = [row.series.get(entry.id, {}).get(month) for row in rows]
            columns[f"{entry.id}@{month}"] = pl.Series(values, dtype=TYPES[entry.type])
    filing = FILING | {entry.id: TYPES[entry.type] for entry in catalogue.of("filing").values()}
    columns["filings"] = pl.Series([_filings(row, filing) for row in rows], dtype=pl.List(pl.Struct(filing)))
    person = PERSON | _types(
        attribute for entry in catalogue.of("role").values() for attribute in entry.attributes
    )
    columns["people"] = pl.Series([_people(row, person) for row in rows], dtype=pl.List(pl.Struct(person)))
    for entry in catalogue.of("event").values():
        event = {"on": pl.Date()} | _types(entry.attributes)
        values = [_events(row, entry, event) for row in rows]
        columns[f"event:{entry.id}"] = pl.Series(values, dtype=pl.List(pl.Struct(event)))
    return pl.DataFrame(columns)


def _types(attributes: Iterable[Attribute]) -> dict[str, Any]:
    return {attribute.name: TYPES[attribute.type] for attribute in attributes}


def _filings(row: Institution, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    if row.filings is None:
        return None
    plain = [
        {
            "item": f.item,
            "level": f.level,
            "arrived": f.arrived,
            "accepted": f.accepted,
            "withdrawn": f.withdrawn,
        }
        | dict(f.attributes)
        for f in row.filings
    ]
    return [{field: found.get(field) for field in fields} for found in plain]


def _people(row: Institution, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    if row.people is None:
        return None
    plain = [
        {
            "role": p.role,
            "employment": p.employment,
            "assignment": p.assignment,
            "from": p.from_,
            "until": p.until,
        }
        | dict(p.attributes)
        for p in row.people
    ]
    return [{field: found.get(field) for field in fields} for found in plain]


def _events(row: Institution, entry: Entry, fields: Iterable[str]) -> list[dict[str, Any]] | None:
    events = row.events.get(entry.id)
    if events is None:
        return None
    return [
        {field: ({"on": event.on} | dict(event.attributes)).get(field) for field in fields}
        for event in events
    ]
