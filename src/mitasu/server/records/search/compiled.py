"""A tree of conditions as one query over stays: every part says yes or no of a stay, so that ではない is exact.

What belongs to other tables (diagnoses, operations, patients) is a set of stays or patients (`sets`). PostgreSQL
weighs by itself how to look one up. SQLite does not: there a set is looked up whole where it is small, or where
nothing else narrows the search; a large one is asked of each stay that the other conditions left over, while the
stays are read in the order of their numbers, as the index of all that is searched (migration 0003) has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.db.models.expressions import RawSQL

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Diagnosis, Operation, Outpatient, Patient, Stay
from mitasu.server.records.search.conditions import (
    MOST_CONDITIONS,
    Condition,
    Group,
    Node,
    Not,
    conditions_of,
)
from mitasu.server.records.search.sets import COMPARE, Members, Sets, by_number

PLAIN = {"admitted", "discharged", "age"}


def search(site: Site, node: Node, within: QuerySet[Stay] | None = None) -> QuerySet[Stay]:
    """The stays of a site (or those `within`) for which the conditions hold; no order."""
    if sum(1 for _ in conditions_of(node)) > MOST_CONDITIONS:
        raise UsageError(f"条件が多すぎます（{MOST_CONDITIONS}まで）。")
    stays = (Stay.objects.all() if within is None else within).filter(site=site)
    sets = Sets(site)
    stays = stays.filter(_q(sets, node))
    return by_number(stays) if sets.checked else stays


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
    try:
        found, asked = stays.order_by().values_list("pk", "discharged").query.sql_with_params()
    except EmptyResultSet:  # the conditions exclude each other
        return Page(0, (), 1, 1)
    with connection.cursor() as cursor:
        # what was found is kept once, and counted and put in order from there
        cursor.execute(
            f"WITH found(id, discharged) AS ({found}) SELECT id, (SELECT count(*) FROM found) FROM found "  # noqa: S608 - by Django
            "ORDER BY discharged DESC NULLS FIRST, id DESC LIMIT %s OFFSET %s",
            (*asked, size, (number - 1) * size),
        )
        rows = cursor.fetchall()
    if not rows and number > 1:
        return page_of(stays, 1, size)
    count = rows[0][1] if rows else 0
    return Page(count, tuple(pk for pk, _ in rows), number, max(1, -(-count // size)))


def analysed() -> None:
    """Tells SQLite how its tables are made up, so that it chooses indexes well after a large import.

    The stays are read whole (a second or two for a million): from a sample, SQLite takes a site for a thousand stays
    and reads all of them where an index would do. The others are sampled.
    """
    if connection.vendor != "sqlite":
        return  # PostgreSQL sees to it by itself
    with connection.cursor() as cursor:
        for table, most in (
            (Patient, 1000),
            (Stay, 0),
            (Diagnosis, 1000),
            (Operation, 1000),
            (Outpatient, 1000),
        ):
            cursor.execute(f"PRAGMA analysis_limit={most}")
            cursor.execute(f"ANALYZE {table._meta.db_table}")


def _q(sets: Sets, node: Node, alone: bool = True) -> Q:
    """A condition or group; `alone`: nothing beside it narrows the search."""
    match node:
        case Not(part):
            return ~_q(sets, part, alone=False)
        case Group("all"):
            return _all(sets, tuple(_flat(node)), alone)
        case Group(_, parts):
            return _any(sets, parts, alone)
        case Condition():
            asked = sets.of(node)
            if asked is None:
                return _own(node)
            if node.operator == "none":
                return ~_member(sets, asked, alone=False)
            return _member(sets, asked, alone)
    raise AssertionError(node)


def _all(sets: Sets, parts: tuple[Node, ...], alone: bool) -> Q:
    """Conditions that all hold. One that leaves few narrows the search for those beside it.

    SQLite checks what it does not look up in the order it is written: what the stay itself tells comes first.
    """
    parts = tuple(sorted(parts, key=lambda part: _cost(sets, part)))
    if not parts:
        return Q(pk__isnull=False)
    narrowing = [alone and _narrows(sets, part) for part in parts]
    found = Q()
    for at, part in enumerate(parts):
        found &= _q(sets, part, alone and not any(narrowing[:at] + narrowing[at + 1 :]))
    return found


def _cost(sets: Sets, part: Node) -> int:
    """How much it takes to check a condition of a stay: nothing but its own columns, one set of stays, of patients, more."""
    asked = [sets.of(one) for one in conditions_of(part)]
    return sum(0 if one is None else 1 if one.of_stays else 2 for one in asked)


def _any(sets: Sets, parts: tuple[Node, ...], alone: bool) -> Q:
    """Conditions of which any holds; sets of stays that stand alone are looked up as one."""
    asked = [sets.of(part) for part in parts if isinstance(part, Condition) and part.operator != "none"]
    stays = [one for one in asked if one is not None and one.of_stays]
    if alone and len(stays) == len(parts) > 1:
        first, *others = (one.rows.order_by().values_list("stay") for one in stays)
        return Q(pk__in=first.union(*others, all=True))
    found = Q(pk__in=[])
    for part in parts:
        found |= _q(sets, part, alone=False)
    return found


def _narrows(sets: Sets, part: Node) -> bool:
    """Whether a condition is checked on the stay itself, or leaves few."""
    if not isinstance(part, Condition) or connection.vendor == "postgresql":
        return False
    asked = sets.of(part)
    return asked is None or (part.operator != "none" and not asked.large)


def _flat(node: Node) -> Iterator[Node]:
    """The parts of a group of which all hold, and of such groups in it."""
    if isinstance(node, Group) and node.how == "all":
        for part in node.parts:
            yield from _flat(part)
    else:
        yield node


def _member(sets: Sets, asked: Members, alone: bool) -> Q:
    """Being in a set, looked up in the way that is quick."""
    if alone or connection.vendor == "postgresql" or not asked.large:
        return asked.driving()
    sets.checked = True
    return asked.checking()


def _own(one: Condition) -> Q:
    """A column of the stay itself."""
    if one.field == "days":
        return _stayed(one)
    if one.field == "summary":
        return Q(discharged__isnull=False, submitted__isnull=one.value == "out")
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
