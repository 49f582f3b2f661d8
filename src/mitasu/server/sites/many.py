"""Many sites at once: their heads in one query, what is known of them in another, never one query for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

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
_institutions = Kept[Institution](2048)


def with_heads(sites: QuerySet[Site]) -> QuerySet[Site]:
    """The sites, each with the hash of its last entry as `head`, in one query."""
    last = Entry.objects.filter(site=OuterRef("pk")).order_by("-number").values("digest")[:1]
    return sites.annotate(head=Coalesce(Subquery(last), Value(START)))  # type: ignore[no-redef]  # what a site remembers


def knowns(sites: Iterable[Any]) -> Iterator[tuple[Any, Known]]:
    """What is known of each of the sites; one query for fifty of them."""
    wanted = list(sites)
    for start in range(0, len(wanted), AT_ONCE):
        by_pk = {site.pk: site for site in wanted[start : start + AT_ONCE]}
        entries = Entry.objects.filter(site__in=list(by_pk)).order_by("site_id", "number")
        for pk, group in groupby(entries.iterator(), key=lambda entry: entry.site_id):
            yield by_pk[pk], fold(group)


def institutions(sites: QuerySet[Site]) -> list[tuple[Any, Institution]]:
    """Every site with the institution that its ledger makes; sites whose ledger says nothing yet are left out."""
    found: list[Any] = list(with_heads(sites))
    made = {site.pk: _institutions.get((site.pk, site.head)) for site in found}
    for site, known in knowns(site for site in found if made[site.pk] is None):
        if known.last(Kind.INSTITUTION) is not None:
            read = load_institution(document_of(known), rulebook())
            made[site.pk] = _institutions.put((site.pk, known.head[1]), read)
    return [(site, institution) for site in found if (institution := made[site.pk]) is not None]
