"""The only way into the ledger: drafts are checked as a whole, then appended to the site's chain in one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from mitasu.errors import InputError, UsageError
from mitasu.facts import load_institution
from mitasu.server.accounts.models import Site
from mitasu.server.ledger import anchors
from mitasu.server.ledger.fold import document_of, fold
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import START, Entry, Kind, canonical

appended = Signal()
"""Sent with `site` after entries were appended, within the transaction of the writer if there is one."""
DECIDING = {Kind.INSTITUTION, Kind.FACT, Kind.SERIES, Kind.EVENT, Kind.PERSON, Kind.FILING, Kind.LISTING}


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be made; the fields are those of `Entry`."""

    kind: str
    subject: str = ""
    body: Any = field(default_factory=dict)
    first_day: date | None = None
    last_day: date | None = None
    document: str = ""
    proof: int | None = None
    replaces: int | None = None


def append(
    site: Site,
    drafts: Iterable[Draft],
    *,
    by: Any = None,
    via: str = "web",
    expected: str | None = None,
    check: Callable[[list[Any]], None] | None = None,
) -> list[Entry]:
    """Appends drafts to a site's chain, all or none; `by`: the user (None: the system).

    InputError where the institution that results could not be read; UsageError where a draft names an entry
    that is not there, or where `expected` (the head's hash that the writer had seen) is no longer the head.
    """
    site.head = None
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        rows: list[Any] = list(Entry.objects.filter(site=site).order_by("number"))
        head = rows[-1].digest if rows else START
        if expected is not None and expected != head:
            raise Stale("ほかの人が先に書き換えました。新しい内容を見てから、もう一度入力してください。")
        made = _chained(site, list(drafts), rows, by, via)
        if check is not None:
            check(rows + made)
        if any(_decides(entry, rows + made) for entry in made):
            _readable(rows + made)
        Entry.objects.bulk_create(made)
        if made:
            last = made[-1]
            transaction.on_commit(lambda: anchors.add(site.pk, last.number, last.digest))
    if made:
        appended.send(Site, site=site)
    return made


class Stale(UsageError):
    """The ledger moved on since the writer looked."""


def _chained(site: Site, drafts: list[Draft], rows: list[Any], by: Any, via: str) -> list[Entry]:
    previous, number = (rows[-1].digest, rows[-1].number) if rows else (START, 0)
    now = timezone.now()
    known = {row.number for row in rows}
    made = []
    for draft in drafts:
        number += 1
        for other in (draft.proof, draft.replaces):
            if other is not None and other not in known:
                raise UsageError(f"記録{other}はこの施設の台帳にありません。")
        entry = Entry(
            site=site,
            number=number,
            kind=draft.kind,
            subject=draft.subject,
            first_day=draft.first_day,
            last_day=draft.last_day,
            content=canonical(draft.body),
            document=draft.document,
            proof=draft.proof,
            replaces=draft.replaces,
            recorded_at=now,
            recorded_by=by,
            recorded_name=str(by or "システム")[:150],
            via=via,
            previous=previous,
        )
        entry.digest = previous = entry.computed()
        known.add(number)
        made.append(entry)
    return made


def _decides(entry: Entry, rows: list[Any]) -> bool:
    if entry.kind in DECIDING:
        return True
    return any(row.number == entry.replaces and row.kind in DECIDING | {Kind.EVIDENCE} for row in rows)


def _readable(rows: list[Any]) -> None:
    document = document_of(fold(rows))
    if not document["institution"]:
        raise InputError([])
    load_institution(document, rulebook())
