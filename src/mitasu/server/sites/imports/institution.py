"""Institution files in: every problem with its line, what would change in words, and a new site from a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.db import transaction

from mitasu.errors import InputError
from mitasu.facts import Institution, load_institution
from mitasu.facts.institution import Span
from mitasu.facts.read import read_institution
from mitasu.judge.words import Words
from mitasu.rules.strict_yaml import decode, read
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.files import export_document, import_document
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.imports import Change, Plan
from mitasu.server.sites.matrix import kind_name
from mitasu.server.sites.views.start import new_site

LISTS = {"people": "職員の一覧", "filings": "届出の一覧"}


def read_file(content: bytes, name: str) -> tuple[dict[str, Any], Institution]:
    """The institution file in an upload as a mapping and as an institution; InputError with every problem and its line."""
    document = read(decode(content, name), name, json=name.lower().endswith(".json"))
    institution = read_institution(document, rulebook(), name)
    return dict(document), institution


def plan(site: Site, content: bytes, name: str) -> Plan:
    """What a file would change at a site."""
    try:
        document, institution = read_file(content, name)
    except InputError as error:
        return Plan(problems=tuple(str(problem) for problem in error.problems))
    before = export_document(site)
    was = load_institution(before, rulebook()) if before.get("institution") else None
    notes = []
    if site.code and institution.code and site.code != institution.code:
        notes.append(
            f"医療機関コードが違います（いま {site.code}、ファイル {institution.code}）。"
            "ほかの施設のファイルではないか確かめてください。"
        )
    changes = tuple(_changes(was, institution, document))

    def carry(by: Any, digest: str) -> int:
        with transaction.atomic():
            made = import_document(site, document, by=by)
            Site.objects.filter(pk=site.pk).update(**named(institution))
        return len(made)

    return Plan("施設ファイル", changes, (), tuple(notes), (), carry)


def plan_new(content: bytes, name: str) -> tuple[Plan, Institution | None]:
    """What a new site made from a file would hold."""
    try:
        document, institution = read_file(content, name)
    except InputError as error:
        return Plan(problems=tuple(str(problem) for problem in error.problems)), None

    def carry(by: Any, digest: str) -> int:
        with transaction.atomic():
            site = new_site(dict(document["institution"]) | {"code": institution.code}, by=by)
            made.append(site)
            return len(import_document(site, document, by=by))

    made: list[Site] = []
    return Plan("施設ファイル", tuple(_changes(None, institution, document)), carry=carry), institution


def named(institution: Institution) -> dict[str, str]:
    """What the site itself says of its institution."""
    return {
        "name": institution.name,
        "code": institution.code,
        "sector": institution.sector,
        "kind": institution.kind,
        "prefecture": institution.code[:2],
    }


# ---- what would change, in words -----------------------------------------------------------------------------


def _changes(was: Institution | None, will: Institution, document: Mapping[str, Any]) -> Iterator[Change]:
    yield from _head(was, will)
    catalogue, words = rulebook().catalogue, Words(rulebook())
    for id_ in document.get("facts") or {}:
        entry = catalogue.get(id_)
        old, new = (was.facts.get(id_, ()) if was else ()), will.facts.get(id_, ())
        if [_said(span) for span in old] != [_said(span) for span in new]:
            label = entry.label if entry else id_
            yield Change(label, _spans(old, words, entry), _spans(new, words, entry))
    for id_ in document.get("series") or {}:
        entry = catalogue.get(id_)
        old_months, new_months = (was.series.get(id_, {}) if was else {}), will.series.get(id_, {})
        for month in sorted(new_months):
            if old_months.get(month) != new_months[month]:
                label = f"{entry.label if entry else id_}　{month}"
                before = words.value(old_months[month], entry) if month in old_months else "なし"
                yield Change(label, before, words.value(new_months[month], entry))
    for id_ in document.get("events") or {}:
        entry = catalogue.get(id_)
        old_events, new_events = (was.events.get(id_, ()) if was else ()), will.events.get(id_, ())
        if old_events != new_events or (was is not None and id_ not in was.events):
            label = f"{entry.label if entry else id_}（出来事の一覧）"
            yield Change(label, _days(old_events), _days(new_events))
    for key, label in LISTS.items():
        if document.get(key) is not None:
            old_rows = getattr(was, key) if was else None
            new_rows = getattr(will, key)
            if old_rows != new_rows:
                before = "なし" if old_rows is None else f"{len(old_rows)}件"
                yield Change(label, before, f"{len(new_rows or ())}件（この一覧に置き換わります）")


def _head(was: Institution | None, will: Institution) -> Iterator[Change]:
    rows = (
        ("施設の名前", was.name if was else "", will.name),
        ("医療機関コード", was.code if was else "", will.code),
        ("種類", kind_name(was.sector, was.kind) if was else "", kind_name(will.sector, will.kind)),
    )
    for what, before, after in rows:
        if before != after:
            yield Change(what, before or "なし", after or "なし")


def _said(span: Span) -> tuple[Any, ...]:
    return span.value, span.from_, span.until, span.proof


def _spans(spans: tuple[Span, ...], words: Words, entry: Any) -> str:
    return "；".join(_span(span, words, entry) for span in spans) or "なし"


def _span(span: Span, words: Words, entry: Any) -> str:
    days = f"{span.from_ or ''}〜{span.until or ''} " if span.from_ or span.until else ""
    return days + words.value(span.value, entry) + (f"（{span.proof}）" if span.proof else "")


def _days(events: Any) -> str:
    if not events:
        return "なし"
    return f"{len(events)}件（{events[0].on}〜{events[-1].on}）"
