"""What belongs to other tables (diagnoses, operations, patients) as a set of stays or of patients, and how large it is.

A set is looked up by an index of its own, once (`x IN (...)`), or for one stay after another (`EXISTS`). Which of
the two is quick depends on how large the set is, and on what else there is to narrow a search: SQLite does not weigh
that by itself, so that it is weighed here (`compiled`); both find the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from django.db import connection
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.lookups import In
from django.db.models.sql.datastructures import BaseTable

from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Diagnosis, Operation, Patient, Stay
from mitasu.server.records.names import grams_query, name_key, name_keys
from mitasu.server.records.search.conditions import Condition

COMPARE = {"is": "", "from": "__gte", "to": "__lte", "above": "__gt", "below": "__lt"}
NAMES_TABLE = "records_names"
LARGE_STAYS, LARGE_PATIENTS = 100_000, 30_000
"""A set of more rows costs more to look up whole than stay by stay, where something else narrows the search."""
BY_NUMBER = "records_stay_searched"


class Unindexed(Func):
    """A number in a form that no index is looked up for (SQLite)."""

    template = "+%(expressions)s"
    arity = 1


class _ByNumber(BaseTable):
    """The table of stays, read by the index that has them in the order of their numbers (SQLite)."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, Any]:
        sql, asked = super().as_sql(compiler, connection)
        return f"{sql} INDEXED BY {BY_NUMBER}", asked


def by_number(stays: QuerySet[Stay]) -> QuerySet[Stay]:
    """The same stays of a site, read in the order of their numbers: diagnoses and operations lie in that order too."""
    stays = stays.all()
    name = stays.query.get_initial_alias()
    stays.query.alias_map[name] = _ByNumber(Stay._meta.db_table, name)
    return stays


@dataclass(frozen=True)
class Members:
    """Rows that refer to what a condition holds for: their column `refers`, which is the stay or the patient."""

    rows: QuerySet[Any]
    refers: str

    @property
    def of_stays(self) -> bool:
        """Whether these are stays; otherwise patients."""
        return self.refers == "stay"

    @property
    def most(self) -> int:
        """As many as are not yet large."""
        return LARGE_STAYS if self.of_stays else LARGE_PATIENTS

    def whole(self) -> Any:
        """The stays or patients themselves, to be looked up once."""
        return self.rows.values(self.refers).query

    @cached_property
    def large(self) -> bool:
        """Whether there are more than a few; no more of them is counted than it takes to know."""
        return self.rows.order_by()[: self.most + 1].count() > self.most

    def driving(self) -> Q:
        """Stays that are in the set; where little else narrows the search, the database begins with it."""
        return Q(**{"pk__in" if self.of_stays else "patient__in": self.whole()})

    def checking(self) -> Q:
        """The same, asked of each stay that everything else left over."""
        if self.of_stays:
            return Q(Exists(self.rows.filter(stay=OuterRef("pk"))))
        return Q(In(Unindexed(F("patient")), self.whole()))


@dataclass(frozen=True)
class Named(Members):
    """Patients whose names contain what the full-text index of SQLite is `asked` for."""

    asked: str

    found: ClassVar[str] = f"SELECT rowid FROM {NAMES_TABLE} WHERE {NAMES_TABLE} MATCH %s"  # noqa: S608 - ours

    def whole(self) -> Any:
        """The patients, as the index has them; of whatever site: the stays are of one."""
        return RawSQL(self.found, (self.asked,))  # noqa: S611 - the text is a parameter, written as code points

    @cached_property
    def large(self) -> bool:
        """Whether there are more than a few."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM ({self.found} LIMIT %s)", (self.asked, self.most + 1))  # noqa: S608 - ours
            return bool(cursor.fetchone()[0] > self.most)


def begins(field: str, text: str) -> Q:
    """A column that begins with a text of capital letters, digits and hyphens, in the form that uses its index."""
    if connection.vendor == "postgresql":
        return Q(**{f"{field}__startswith": text})
    return Q(**{f"{field}__gte": text, f"{field}__lt": text[:-1] + chr(ord(text[-1]) + 1)})


class Sets:
    """The sets that the conditions of one search ask for, each made and counted once.

    `checked`: some set is asked stay by stay, which is quick in the order of the stays' numbers only.
    """

    def __init__(self, site: Site) -> None:
        self._site, self._made = site, dict[Condition, Members | None]()
        self.checked = False

    def of(self, one: Condition) -> Members | None:
        """The set that a condition asks for; None where it asks for the stay itself."""
        if one not in self._made:
            self._made[one] = _members(self._site, one)
        return self._made[one]


def _members(site: Site, one: Condition) -> Members | None:
    value = one.value
    diagnoses, operations = Diagnosis.objects.filter(site=site), Operation.objects.filter(site=site)
    patients = Patient.objects.filter(site=site)
    match one.field:
        case "icd":
            return Members(diagnoses.filter(begins("icd", value)), "stay")
        case "main" | "resource":
            return Members(diagnoses.filter(begins("icd", value), role=one.field), "stay")
        case "disease":
            return Members(diagnoses.filter(called(site, Diagnosis, name_key(value))), "stay")
        case "op":
            return Members(operations.filter(begins("code", value)), "stay")
        case "operated":
            days = Q(on__isnull=False)
            if one.operator != "none":
                days = Q(**{f"on{COMPARE[one.operator]}": value})
            return Members(operations.filter(days), "stay")
        case "postal":
            return Members(patients.filter(begins("postal", value)), "pk")
        case "number":
            return Members(patients.filter(number=value), "pk")
        case "name":
            return _named(patients, value)
        case _:
            return None


def called(site: Site, model: Any, part: str) -> Q:
    """Diseases whose name contains a text (as keys): each name that occurs is looked at once, not each row.

    Names are stepped through by the index (site, key), from each to the next; a register has thousands of names for
    millions of rows.
    """
    table = connection.ops.quote_name(model._meta.db_table)
    position = "strpos" if connection.vendor == "postgresql" else "instr"
    names = RawSQL(  # noqa: S611 - site and text are parameters
        f"WITH RECURSIVE names(name) AS (SELECT min(key) FROM {table} WHERE site_id = %s UNION ALL "  # noqa: S608 - ours
        f"SELECT (SELECT min(key) FROM {table} WHERE site_id = %s AND key > names.name) "
        "FROM names WHERE names.name IS NOT NULL) "
        f"SELECT name FROM names WHERE {position}(name, %s) > 0",
        (site.pk, site.pk, part),
    )
    return Q(key__in=names)


def _named(patients: QuerySet[Patient], text: str) -> Members:
    """Names that contain a text, whatever its width, kana or old characters."""
    keys = [key for key in name_keys(text) if key] or [name_key(text)]
    if not any(keys):
        return Members(patients.none(), "pk")
    if connection.vendor == "sqlite":
        return Named(patients, "pk", " OR ".join(grams_query(key) for key in keys))
    like = Q()
    for key in keys:
        like |= Q(names__contains=key)
    return Members(patients.filter(like), "pk")
