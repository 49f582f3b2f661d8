"""A tree of conditions as one query over stays: every part says yes or no of a stay, so that ではない is exact.

What belongs to other tables (diagnoses, operations, patients) becomes a set of stays or patients, looked up
by an index of its own; beginnings of codes are ranges on SQLite and patterns with an index on PostgreSQL.
Names are looked up in the full-text index, exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.expressions import RawSQL

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Diagnosis, Operation, Patient, Stay
from mitasu.server.records.names import grams_query, name_key, name_keys
from mitasu.server.records.search.conditions import (
    MOST_CONDITIONS,
    Condition,
    Group,
    Node,
    Not,
    conditions_of,
)

COMPARE = {"is": "", "from": "__gte", "to": "__lte", "above": "__gt", "below": "__lt"}
PLAIN = {"admitted", "discharged", "age"}
NAMES_TABLE = "records_names"


def search(site: Site, node: Node, within: QuerySet[Stay] | None = None) -> QuerySet[Stay]:
    """The stays of a site (or those `within`) for which the conditions hold; no order."""
    if sum(1 for _ in conditions_of(node)) > MOST_CONDITIONS:
        raise UsageError(f"条件が多すぎます（{MOST_CONDITIONS}まで）。")
    stays = Stay.objects.filter(site=site) if within is None else within
    return stays.filter(_q(site, node))


def newest(stays: QuerySet[Stay]) -> QuerySet[Stay]:
    """In the order of lists: those in hospital and the latest discharges first."""
    return stays.order_by(F("discharged").desc(nulls_first=True), "-pk")


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what was found, and how many there are; the conditions were looked up once for both."""

    count: int
    stays: tuple[int, ...]
    number: int
    pages: int

    @property
    def has_other_pages(self) -> bool:
        """Whether there is more than this page."""
        return self.pages > 1

    @property
    def before(self) -> int | None:
        """The page before."""
        return self.number - 1 if self.number > 1 else None

    @property
    def after(self) -> int | None:
        """The page after."""
        return self.number + 1 if self.number < self.pages else None


def page_of(stays: QuerySet[Stay], number: int = 1, size: int = 50) -> Page:
    """A page of stays in the order of lists; the first where there is no such page."""
    number = max(1, number)
    ordered = newest(stays).annotate(found=Window(Count("pk"))).values_list("pk", "found")
    rows = list(ordered[(number - 1) * size : number * size])
    if not rows and number > 1:
        return page_of(stays, 1, size)
    count = rows[0][1] if rows else 0
    return Page(count, tuple(pk for pk, _ in rows), number, max(1, -(-count // size)))


def analysed() -> None:
    """Tells SQLite how its tables are made up, from a sample, so that it chooses indexes well after a large import."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL sees to it by itself
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA analysis_limit=1000")
        for table in (Patient, Stay, Diagnosis, Operation):
            cursor.execute(f"ANALYZE {table._meta.db_table}")


def _q(site: Site, node: Node) -> Q:
    match node:
        case Not(part):
            return ~_q(site, part)
        case Group("all", ()):
            return Q(pk__isnull=False)
        case Group("all", parts):
            found = Q()
            for part in parts:
                found &= _q(site, part)
            return found
        case Group(_, parts):
            found = Q(pk__in=[])
            for part in parts:
                found |= _q(site, part)
            return found
        case Condition():
            return _condition(site, node)
    raise AssertionError(node)


def begins(field: str, text: str) -> Q:
    """A column that begins with a text of capital letters, digits and hyphens, in the form that uses its index."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + chr(ord(text[-1]) + 1)})


def _condition(site: Site, one: Condition) -> Q:
    value = one.value
    match one.field:
        case "icd" | "main" | "resource":
            found = Diagnosis.objects.filter(begins("icd", value), site=site)
            if one.field != "icd":
                found = found.filter(role=one.field)
            return Q(pk__in=found.values("stay"))
        case "disease":
            return Q(pk__in=Diagnosis.objects.filter(site=site, key__contains=name_key(value)).values("stay"))
        case "op":
            return Q(pk__in=Operation.objects.filter(begins("code", value), site=site).values("stay"))
        case "operated":
            if one.operator == "none":
                return ~Q(pk__in=Operation.objects.filter(site=site, on__isnull=False).values("stay"))
            days = Operation.objects.filter(site=site, **{f"on{COMPARE[one.operator]}": value})
            return Q(pk__in=days.values("stay"))
        case "postal":
            return Q(patient__in=Patient.objects.filter(begins("postal", value), site=site).values("pk"))
        case "number":
            return Q(patient__in=Patient.objects.filter(site=site, number=value).values("pk"))
        case "name":
            return _named(site, value)
        case "days":
            return _stayed(one)
        case "summary":
            return Q(discharged__isnull=False, submitted__isnull=value == "out")
        case _:
            return _own(one)


def _own(one: Condition) -> Q:
    """A column of the stay itself."""
    if one.operator == "none":
        return Q(**{f"{one.field}__isnull": True})
    if one.field in PLAIN:
        return Q(**{f"{one.field}__isnull": False, f"{one.field}{COMPARE[one.operator]}": one.value})
    return Q(**{one.field: one.value})


def _stayed(one: Condition) -> Q:
    """Days in hospital, both ends counted; whoever is still there has none yet."""
    bounds = {"is": "exact", "from": "gte", "to": "lte", "above": "gt", "below": "lt"}
    last: Any = F("admitted") + Value(timedelta(days=one.value - 1))
    if connection.vendor == "sqlite":
        last = RawSQL("date(records_stay.admitted, %s)", (f"{one.value - 1:+d} days",))
    return Q(discharged__isnull=False, **{f"discharged__{bounds[one.operator]}": last})


def _named(site: Site, text: str) -> Q:
    """Names that contain a text, whatever its width, kana or old characters."""
    keys = [key for key in name_keys(text) if key] or [name_key(text)]
    if not any(keys):
        return Q(pk__in=[])
    if connection.vendor == "sqlite":
        asked = " OR ".join(grams_query(key) for key in keys)
        rows = RawSQL(  # noqa: S611 - the text is a parameter, written as code points
            f"SELECT rowid FROM {NAMES_TABLE} WHERE {NAMES_TABLE} MATCH %s",  # noqa: S608 - a name of our own
            (asked,),
        )
        return Q(patient__in=rows)
    like = Q()
    for key in keys:
        like |= Q(names__contains=key)
    return Q(patient__in=Patient.objects.filter(like, site=site).values("pk"))
