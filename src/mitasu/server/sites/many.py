"""Many sites at once: their heads in one query, what is known of them in another, never one query for each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from mitasu.facts import Institution, load_institution
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import Known, document_of, fold
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import START, Entry, Kind
from mitasu.server.sites.judging import Kept

AT_ONCE = 50
"""So many sites are read at a time, to hold few entries in memory."""
_readings = Kept[tuple[Institution | None, Mapping[str, int]]](2048)


class Row(NamedTuple):
    """What of an entry decides; hundreds of thousands are read at once, so that no more is."""

    site_id: int
    number: int
    kind: str
    subject: str
    first_day: date | None
    last_day: date | None
    content: str
    proof: int | None
    replaces: int | None
    digest: str

    @property
    def body(self) -> Any:
        """The content as a value."""
        return json.loads(self.content)


def with_heads(sites: QuerySet[Site]) -> QuerySet[Site]:
    """The sites, each with the hash of its last entry as `head`, in one query."""
    last = Entry.objects.filter(site=OuterRef("pk")).order_by("-number").values("digest")[:1]
    return sites.annotate(head=Coalesce(Subquery(last), Value(START)))  # type: ignore[no-redef]  # what a site remembers


def read(sites: Iterable[Any]) -> Iterator[tuple[Any, str, Institution | None, Mapping[str, int]]]:
    """Each of the sites with its head, the institution that its ledger makes and its visits; one query for fifty.

    The institution is None where the ledger says nothing of it yet.
    """
    wanted = list(sites)
    kept = [(site, _readings.get((site.pk, site.head))) for site in wanted]
    yield from ((site, site.head, *found) for site, found in kept if found is not None)
    missing = [site for site, found in kept if found is None]
    for start in range(0, len(missing), AT_ONCE):
        by_pk = {site.pk: site for site in missing[start : start + AT_ONCE]}
        rows = Entry.objects.filter(site__in=list(by_pk)).order_by("site_id", "number")
        entries = map(Row._make, rows.values_list(*Row._fields).iterator())
        folded = {pk: fold(group) for pk, group in groupby(entries, key=lambda row: row.site_id)}
        for pk, site in by_pk.items():
            known = folded.get(pk, Known(head=(0, START)))
            head = known.head[1]
            yield site, head, *_readings.put((pk, head), _reading(known))


def _reading(known: Known) -> tuple[Institution | None, Mapping[str, int]]:
    profile = known.last(Kind.PROFILE)
    visits = dict((profile.body.get("visits") if profile else None) or {})
    if known.last(Kind.INSTITUTION) is None:
        return None, visits
    return load_institution(document_of(known), rulebook()), visits


def institutions(sites: QuerySet[Site]) -> list[tuple[Any, Institution]]:
    """Every site with the institution that its ledger makes; sites whose ledger says nothing yet are left out."""
    found: list[Any] = list(with_heads(sites))
    made = {site.pk: institution for site, _, institution, _ in read(found)}
    return [(site, institution) for site in found if (institution := made[site.pk]) is not None]
