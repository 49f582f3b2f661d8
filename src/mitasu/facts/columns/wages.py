"""ベースアップ評価料 in columns: target staff, P1 and 【Ｂ】. Products of two figures need 128 bits."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from operator import add
from typing import Any, NamedTuple

import polars as pl

from mitasu.facts.columns.counts import serving
from mitasu.facts.columns.filings import filing_in_effect
from mitasu.facts.columns.lists import field
from mitasu.facts.derived.wages import (
    BANDS,
    BEFORE,
    COUNTS,
    DOCTORS,
    NO_BAND,
    NOT_IN_TABLE_4,
    OLD,
    PAYROLL,
    PER_MILLE,
    SELDOM,
    WHOLE,
)

UNKNOWN = pl.lit(None, pl.Boolean)


# ---- target staff ---------------------------------------------------------------------------------------


def target_staff_enough(
    on: date, *, scope: str, at_least: int | None = None, more_than: int | None = None
) -> pl.Expr:
    """See `facts.derived.target_staff_enough`."""
    sure, most = _target_staff(on, scope)

    def enough(fte: pl.Expr) -> pl.Expr:
        found = pl.lit(True)
        if at_least is not None:
            found = found & (fte >= at_least * WHOLE)
        return found & (fte > more_than * WHOLE) if more_than is not None else found

    told = pl.when(enough(sure) == enough(most)).then(enough(sure)).otherwise(UNKNOWN)
    return pl.when(pl.col("people").is_null()).then(UNKNOWN).otherwise(told)


def _target_staff(on: date, scope: str) -> tuple[pl.Expr, pl.Expr]:
    occupation, inside = field("occupation"), field("employment") != "contracted"
    if scope == "table_4":
        listed = ~occupation.is_in(list(NOT_IN_TABLE_4))
        counts = inside & listed & ~field("clerical_only") & ~field("officer").fill_null(False)
    else:
        counts = inside & ~(occupation.is_in(list(DOCTORS)) & (field("age") >= OLD))
    there = serving(on, "employee")
    fte = pl.when(field("fte") > WHOLE).then(pl.lit(WHOLE, pl.Int64)).otherwise(field("fte"))
    sure = pl.when(there & counts.fill_null(False)).then(fte.fill_null(0)).otherwise(0)
    most = pl.when(there & counts.fill_null(True)).then(fte.fill_null(WHOLE)).otherwise(0)
    people = pl.col("people")
    return people.list.eval(sure).list.sum(), people.list.eval(most).list.sum()


# ---- S, P1, W and B ---------------------------------------------------------------------------------------


class Figures(NamedTuple):
    """What a band is computed from; P1, W and claims of the counts that are known."""

    payroll: pl.Expr
    points: pl.Expr
    weight: pl.Expr
    claims: pl.Expr
    counted: pl.Expr
    """Whether every count is known."""

    @property
    def missing(self) -> pl.Expr:
        """Whether anything is not known."""
        return self.payroll.is_null() | ~self.counted

    @property
    def surplus(self) -> pl.Expr:
        """12 S - P1."""
        return self.payroll * PER_MILLE - self.points

    def reaches(self, band: pl.Expr) -> pl.Expr:
        """Whether B reaches the band."""
        least = (2 * _wide(band) - 1) * self.weight
        enough = (self.surplus > 0) & ((band == 1) | (2 * self.surplus >= least))
        unsure = enough & (self.missing | (self.weight == 0))
        return pl.when(self.payroll.is_null() | unsure).then(UNKNOWN).otherwise(enough)


def _wide(number: pl.Expr) -> pl.Expr:
    return number.cast(pl.Int128)


def _total(numbers: Iterable[pl.Expr]) -> pl.Expr:
    return reduce(add, numbers)


def _figures(when: str = "") -> Figures:
    counts = [(_wide(pl.col(id_ + when)), points, weight) for id_, points, weight in COUNTS]
    return Figures(
        _wide(pl.col(PAYROLL + when)),
        _total(count.fill_null(0) * points for count, points, _ in counts),
        _total(count.fill_null(0) * weight for count, _, weight in counts),
        _total(count.fill_null(0) for count, _, _ in counts),
        pl.all_horizontal([count.is_not_null() for count, _, _ in counts]),
    )


def base_up_1_insufficient(on: date) -> pl.Expr:
    """See `facts.derived.base_up_1_insufficient`."""
    figures = _figures()
    unsure = figures.payroll.is_null() | ((figures.surplus > 0) & figures.missing)
    return pl.when(unsure).then(UNKNOWN).otherwise(figures.surplus > 0)


def base_up_band_reached(on: date, *, band: int) -> pl.Expr:
    """See `facts.derived.base_up_band_reached`."""
    now, before = _figures().reaches(pl.lit(band)), _figures(BEFORE).reaches(pl.lit(band))
    stays = pl.col("band_calculated_before") & base_up_figures_steady(on)
    either = pl.when(now == before).then(now).otherwise(UNKNOWN)
    return pl.when(stays.is_null()).then(either).when(stays).then(before).otherwise(now)


def base_up_figures_steady(on: date) -> pl.Expr:
    """See `facts.derived.base_up_figures_steady`."""
    now, before = _figures(), _figures(BEFORE)
    nothing = _wide(pl.lit(0))
    fractions = (
        (now.payroll, before.payroll),
        (now.points, before.points),
        (now.claims, before.claims),
        (
            pl.max_horizontal(nothing, now.surplus) * before.weight,
            pl.max_horizontal(nothing, before.surplus) * now.weight,
        ),
    )
    steady = pl.all_horizontal([(9 * old <= 10 * new) & (10 * new <= 11 * old) for new, old in fractions])
    told = pl.when(now.missing).then(UNKNOWN).otherwise(steady)
    return pl.when(before.missing).then(pl.lit(False)).otherwise(told)


# ---- bands that are filed -----------------------------------------------------------------------------------


def _filed_band(on: date, item: str, lapses: Any) -> pl.Expr:
    found = pl.lit(0, pl.Int64)
    for band in range(1, BANDS + 1):
        filed = filing_in_effect(on, item=item, levels=(str(band),), lapses=lapses)
        found = pl.when(filed).then(pl.lit(band, pl.Int64)).otherwise(found)
    unstated = filing_in_effect(on, item=item, levels=NO_BAND, lapses=lapses)
    return pl.when(unstated.fill_null(True)).then(pl.lit(None, pl.Int64)).otherwise(found)


def base_up_filed_band_reached(on: date) -> pl.Expr:
    """See `facts.derived.base_up_filed_band_reached`."""
    filed = _filed_band(on, "base-up-2", ())
    told = pl.when(filed == 0).then(pl.lit(True)).otherwise(_figures().reaches(filed))
    return pl.when(filed.is_null()).then(UNKNOWN).otherwise(told)


def same_band_filed(on: date, *, item: str, other: str, lapses: Any = ()) -> pl.Expr:
    """See `facts.derived.same_band_filed`."""
    return _filed_band(on, item, lapses) == _filed_band(on, other, lapses)


# ---- since 2026-06 ----------------------------------------------------------------------------------------------


def base_up_staff_and_claims_steady(on: date) -> pl.Expr:
    """See `facts.derived.base_up_staff_and_claims_steady`."""
    now, before = _figures(), _figures(BEFORE)
    staff_before = pl.col("target_staff_fte_previous")
    sure, most = _target_staff(on, "everyone")
    staff = pl.when(sure == most).then(_less_than_a_tenth(staff_before, sure)).otherwise(UNKNOWN)
    claims = pl.when(now.counted).then(_less_than_a_tenth(before.claims, now.claims)).otherwise(UNKNOWN)
    unknown_before = staff_before.is_null() | ~before.counted
    return pl.when(unknown_before).then(pl.lit(False)).otherwise(claims & staff)


def _less_than_a_tenth(old: pl.Expr, new: pl.Expr) -> pl.Expr:
    return (new == old) | (10 * (new - old).abs() < old)


def inpatient_fees_seldom_claimed(on: date) -> pl.Expr:
    """See `facts.derived.inpatient_fees_seldom_claimed`."""
    number = pl.col("inpatient_fee_claims_monthly")
    fees = ("basic_inpatient_fee_in_use", "special_inpatient_fee_in_use", "short_stay_fee_in_use")
    none = pl.all_horizontal([~pl.col(id_).fill_null(True) for id_ in fees])
    told = pl.when(none).then(pl.lit(True)).otherwise(UNKNOWN)
    return pl.when(number.is_null()).then(told).otherwise(number < SELDOM)


FUNCTIONS = (
    base_up_1_insufficient,
    base_up_band_reached,
    base_up_figures_steady,
    base_up_filed_band_reached,
    base_up_staff_and_claims_steady,
    inpatient_fees_seldom_claimed,
    same_band_filed,
    target_staff_enough,
)
