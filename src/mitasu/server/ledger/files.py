"""Institution files into the ledger and out of it: a round trip loses nothing that the file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from mitasu.dates import parse_date, parse_month
from mitasu.facts import load_institution
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known, document_of, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind


def import_document(
    site: Site,
    document: Mapping[str, Any],
    *,
    by: Any = None,
    via: str = "web",
    expected: str | None = None,
) -> list[Entry]:
    """Takes over an institution file (as a mapping): what it lists takes the place of what the ledger lists.

    Facts, series, events and lists that the file does not name stay as they are. InputError with every fault.
    """
    load_institution(document, rulebook())
    found = known(site)
    drafts = [*_cleared(document, found), *_said(document)]
    return append(site, drafts, by=by, via=via, expected=expected)


def export_document(site: Site) -> dict[str, Any]:
    """The institution file of what the ledger says now."""
    return document_of(known(site))


def _cleared(document: Mapping[str, Any], found: Known) -> Iterator[Draft]:
    """Retractions of what the file states anew."""
    named = {key: set(document.get(key) or {}) for key in ("facts", "series", "events")}
    for entry in found.entries.values():
        anew = (
            (entry.kind == Kind.FACT and entry.subject in named["facts"])
            or (entry.kind == Kind.EVENT and entry.subject in named["events"])
            or (entry.kind == Kind.LISTING and entry.subject.partition(".")[2] in named["events"])
            or (entry.kind == Kind.PERSON and document.get("people") is not None)
            or (entry.kind == Kind.FILING and document.get("filings") is not None)
            or (entry.kind == Kind.LISTING and document.get(entry.subject) is not None)
        )
        if anew:
            yield Draft(Kind.RETRACTION, body={"reason": "施設ファイルの取り込み"}, replaces=entry.number)


def _said(document: Mapping[str, Any]) -> Iterator[Draft]:
    yield Draft(Kind.INSTITUTION, body=dict(document["institution"]))
    for id_, value in (document.get("facts") or {}).items():
        if value is not None:
            yield from _facts(id_, value)
    for id_, months in (document.get("series") or {}).items():
        for month, value in (months or {}).items():
            if value is not None:
                yield Draft(Kind.SERIES, id_, {"month": parse_month(month), "value": value})
    for id_, rows in (document.get("events") or {}).items():
        if rows is not None:
            yield Draft(Kind.LISTING, f"events.{id_}")
            for row in rows:
                on = parse_date(row["on"])
                yield Draft(Kind.EVENT, id_, {**row, "on": on}, on, on)
    for key, kind in (("people", Kind.PERSON), ("filings", Kind.FILING)):
        if document.get(key) is not None:
            yield Draft(Kind.LISTING, key)
            for row in document[key]:
                yield Draft(kind, str(row["role" if kind == Kind.PERSON else "item"]), row)


def _facts(id_: str, value: Any) -> Iterator[Draft]:
    if not isinstance(value, list):
        yield Draft(Kind.FACT, id_, {"value": value})
        return
    for row in value:
        if row.get("value") is not None:
            body = {"value": row["value"], **({"proof": row["proof"]} if row.get("proof") else {})}
            yield Draft(Kind.FACT, id_, body, _day(row.get("from")), _day(row.get("to")))


def _day(value: Any) -> date | None:
    return None if value is None else parse_date(value)
