"""Disease and operation statistics: ICD at 3, 4 or 5 digits by month, department, sex or age; completeness of coding.

Every stay is counted once, under its main diagnosis, so that a table sums to the stays. What is published
hides counts from 1 to 9, and whatever else one could be worked out from (`hiding`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.db.models.functions import Substr

from mitasu.dates import month_of
from mitasu.server.accounts.models import Site
from mitasu.server.records.hiding import TOTAL, hidden
from mitasu.server.records.models import Diagnosis, DiagnosisRole, Operation, Sex, Stay

DIMENSIONS = {"month": "退院した月", "department": "担当診療科", "sex": "性別", "age": "年齢"}
DIGITS = (3, 4, 5)
HIDDEN = "-"
UNCODED = "（ICDなし）"
AGES = ((0, 4), (5, 14), (15, 24), (25, 34), (35, 44), (45, 54), (55, 64), (65, 74), (75, 84), (85, 199))


@dataclass(frozen=True, slots=True)
class Crossed:
    """Counts by code and dimension. `None` is a count that is hidden."""

    codes: tuple[str, ...]
    columns: tuple[str, ...]
    cells: dict[tuple[str, str], int | None]
    by_code: dict[str, int | None]
    by_column: dict[str, int | None]
    total: int | None

    def rows(self) -> list[list[Any]]:
        """Code, a count in each column, total; then the totals of the columns."""
        told = [
            [
                code,
                *(_shown(self.cells.get((code, column), 0)) for column in self.columns),
                _shown(self.by_code[code]),
            ]
            for code in self.codes
        ]
        return [*told, ["計", *(_shown(self.by_column[one]) for one in self.columns), _shown(self.total)]]


def _shown(count: int | None) -> str:
    return HIDDEN if count is None else f"{count:,}"


def discharged(site: Site, first: date, last: date) -> QuerySet[Stay]:
    """The stays that ended in a period."""
    return Stay.objects.filter(site=site, discharged__range=(first, last))


def icd_table(site: Site, digits: int, dimension: str, first: date, last: date) -> Crossed:
    """The stays that ended in a period by the main diagnosis's first digits and a dimension."""
    main = FilteredRelation("diagnoses", condition=Q(diagnoses__role=DiagnosisRole.MAIN, diagnoses__seq=1))
    stays = discharged(site, first, last).annotate(main=main).annotate(code=Substr("main__icd", 1, digits))
    column = {"month": "discharged"}.get(dimension, dimension)
    counts: Counter[tuple[str, str]] = Counter()
    for code, value, number in stays.values_list("code", column).annotate(number=Count("pk")).order_by():
        counts[code or UNCODED, _column(dimension, value)] += number
    return _crossed(counts, dimension)


def _column(dimension: str, value: Any) -> str:
    if dimension == "month":
        return month_of(value)
    if dimension == "sex":
        return Sex(value).label if value else "不明"
    if dimension == "age":
        found = next((band for band in AGES if value is not None and band[0] <= value <= band[1]), None)
        return (
            "不明"
            if found is None
            else f"{found[0]}歳以上"
            if found is AGES[-1]
            else f"{found[0]}～{found[1]}歳"
        )
    return str(value or "（なし）")


def _order(dimension: str, columns: Iterable[str]) -> tuple[str, ...]:
    if dimension == "age":
        names = [_column("age", low) for low, _ in AGES]
        return tuple(sorted(columns, key=lambda one: names.index(one) if one in names else len(names)))
    return tuple(sorted(columns))


def _crossed(counts: Counter[tuple[str, str]], dimension: str) -> Crossed:
    by_code: Counter[str] = Counter()
    by_column: Counter[str] = Counter()
    for (code, column), number in counts.items():
        by_code[code] += number
        by_column[column] += number
    codes = tuple(sorted(by_code, key=lambda code: (code == UNCODED, code)))
    return Crossed(
        codes,
        _order(dimension, by_column),
        dict(counts),
        dict(by_code),
        dict(by_column),
        sum(counts.values()),
    )


def published(table: Crossed, digits: int) -> Crossed:
    """A table of codes of so many digits as it may be published, also beside those with fewer digits."""
    away = hidden({place: number or 0 for place, number in table.cells.items()}, digits, DIGITS[0])
    return Crossed(
        table.codes,
        table.columns,
        {place: None if place in away else number for place, number in table.cells.items()},
        {code: None if (code, TOTAL) in away else number for code, number in table.by_code.items()},
        {column: None if (TOTAL, column) in away else number for column, number in table.by_column.items()},
        None if (TOTAL, TOTAL) in away else table.total,
    )


@dataclass(frozen=True, slots=True)
class Coding:
    """How completely stays are coded: by the number of characters of the main diagnosis's ICD code."""

    stays: int
    by_length: dict[int, int]
    short: tuple[tuple[str, int], ...]
    """Codes of three characters with their counts: some categories have no sub-category, which is not known here."""

    @property
    def coded(self) -> int:
        """Stays with a code."""
        return sum(self.by_length.values())

    @property
    def detailed(self) -> int:
        """Stays with a code of four or more characters."""
        return sum(number for length, number in self.by_length.items() if length >= 4)


def coding(site: Site, first: date, last: date) -> Coding:
    """How completely the stays that ended in a period are coded."""
    stays = discharged(site, first, last)
    main = Diagnosis.objects.filter(
        site=site, role=DiagnosisRole.MAIN, seq=1, stay__in=stays.values("pk")
    ).exclude(icd="")
    counts = Counter(dict(main.values_list("icd").annotate(number=Count("pk")).order_by()))
    by_length: Counter[int] = Counter()
    for code, number in counts.items():
        by_length[len(code)] += number
    short = tuple(sorted((code, number) for code, number in counts.items() if len(code) == 3))
    return Coding(stays.count(), dict(sorted(by_length.items())), short)


def operations(site: Site, first: date, last: date) -> list[tuple[str, str, int]]:
    """K code, a name and how many, of the operations of stays that ended in a period; most first."""
    stays = discharged(site, first, last).values("pk")
    found = Operation.objects.filter(site=site, stay__in=stays).exclude(code="").order_by()
    names = dict(found.values_list("code", "name"))
    counts = found.values_list("code").annotate(number=Count("pk"))
    return sorted(
        ((code, names.get(code, ""), number) for code, number in counts), key=lambda one: (-one[2], one[0])
    )


# ---- bars ---------------------------------------------------------------------------------------------------------

LEFT, WIDTH, STEP = 260, 600, 28


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart; a hidden count has no length."""

    label: str
    y: int
    width: float
    text: str

    @property
    def text_x(self) -> float:
        """Where its number stands."""
        return LEFT + self.width + 8


def bars(rows: Sequence[tuple[str, int | None]]) -> tuple[tuple[Bar, ...], int]:
    """Bars for labels and counts, and the chart's height."""
    most = max([number for _, number in rows if number] or [1])
    made = tuple(
        Bar(label[:18], 6 + STEP * index, round(WIDTH * (number or 0) / most, 1), _shown(number))
        for index, (label, number) in enumerate(rows)
    )
    return made, STEP * len(rows) + 12
