"""Psychiatry in columns."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from mitasu.facts.columns.counts import serving
from mitasu.facts.columns.lists import field
from mitasu.facts.derived.psychiatry import (
    ALL_CLAIMS,
    DESIGNATED_DUTIES,
    EARLY_CLAIMS,
    EMERGENCY_DUTIES,
    FIRST_CLAIMS,
    LONG_CLAIMS,
)
from mitasu.rules.quantities import ONE_PERCENT

UNKNOWN = pl.lit(None, pl.Boolean)


def _known(ids: Iterable[str]) -> pl.Expr:
    return pl.sum_horizontal([pl.col(id_).fill_null(0) for id_ in ids])


def _some_missing(ids: Iterable[str]) -> pl.Expr:
    return pl.any_horizontal([pl.col(id_).is_null() for id_ in ids])


def early_psychotherapy_share(on: date, *, share: int) -> pl.Expr:
    """See `facts.derived.early_psychotherapy_share`."""
    total = pl.col(ALL_CLAIMS)
    enough = 100 * ONE_PERCENT * _known(EARLY_CLAIMS) >= share * total
    return (
        pl.when(total.is_null())
        .then(UNKNOWN)
        .when(total == 0)
        .then(pl.lit(False))
        .when(enough)
        .then(pl.lit(True))
        .when(_some_missing(EARLY_CLAIMS))
        .then(UNKNOWN)
        .otherwise(pl.lit(False))
    )


def first_claims_per_psychiatrist(on: date, *, least: int) -> pl.Expr:
    """See `facts.derived.first_claims_per_psychiatrist`."""
    known = _known(FIRST_CLAIMS)
    high = pl.when(~_some_missing(FIRST_CLAIMS)).then(known)
    return _for_each(least, 1, known, high)


def weighted_first_claims_per_psychiatrist(on: date, *, least: int) -> pl.Expr:
    """See `facts.derived.weighted_first_claims_per_psychiatrist`."""
    low = high = pl.lit(0, pl.Int64)
    for whole, part in LONG_CLAIMS.items():
        low = low + pl.coalesce(whole, part, pl.lit(0)) + pl.col(part).fill_null(0)
        high = high + pl.col(whole) + pl.coalesce(part, whole)
    return _for_each(least, 2, low, high)


def _for_each(least: int, times: int, low: pl.Expr, high: pl.Expr) -> pl.Expr:
    """`high` null: no upper bound is known."""
    doctors = pl.col("psychiatrists")
    needed = times * least * doctors
    return (
        pl.when(doctors.is_null())
        .then(UNKNOWN)
        .when(doctors == 0)
        .then(pl.lit(False))
        .when(low >= needed)
        .then(pl.lit(True))
        .when((high < needed).fill_null(False))
        .then(pl.lit(False))
        .otherwise(UNKNOWN)
    )


# ---- 精神保健指定医 ----------------------------------------------------------------------------------


def _number(condition: pl.Expr) -> pl.Expr:
    return pl.col("people").list.eval(condition.cast(pl.Int64)).list.sum()


def _some(condition: pl.Expr) -> pl.Expr:
    return pl.col("people").list.eval(condition).list.any()


def designated_duties_done(on: date) -> pl.Expr:
    """See `facts.derived.designated_duties_done`."""
    full_time = field("employment") == "full_time"
    done = field("designated_duties_last_12_months") >= DESIGNATED_DUTIES
    there = serving(on, "designated_psychiatrist")
    active = _number(there & (full_time & done).fill_null(False))
    might = _number(there & (full_time & done).fill_null(True))
    idle = _number(there & (full_time & ~done).fill_null(False))
    might_be_idle = _number(there & (full_time & ~done).fill_null(True))
    told = (
        pl.when((active >= 2) | ((active == 1) & (might_be_idle == 0)))
        .then(pl.lit(True))
        .when((might >= 2) | ((might == 1) & (idle == 0)))
        .then(UNKNOWN)
        .otherwise(pl.lit(False))
    )
    return pl.when(pl.col("people").is_null()).then(UNKNOWN).otherwise(told)


def online_psychiatrists_on_duty(on: date) -> pl.Expr:
    """See `facts.derived.online_psychiatrists_on_duty`."""
    there = serving(on, "designated_psychiatrist")
    duty = (field("emergency_duties_last_12_months") >= EMERGENCY_DUTIES) | (
        field("designated_duties_last_12_months") >= DESIGNATED_DUTIES
    )
    marked = there & field("treats_online").fill_null(False)
    unsaid = there & field("treats_online").is_null()

    def all_of(treating: pl.Expr) -> pl.Expr:
        failing = _some(treating & ~duty.fill_null(True))
        open_ = _some(treating & duty.is_null())
        return pl.when(failing).then(pl.lit(False)).when(open_).then(UNKNOWN).otherwise(pl.lit(True))

    told = pl.when(_some(marked)).then(all_of(marked)).when(_some(unsaid)).then(all_of(unsaid))
    return pl.when(pl.col("people").is_null()).then(UNKNOWN).otherwise(told.otherwise(pl.lit(False)))


FUNCTIONS = (
    designated_duties_done,
    early_psychotherapy_share,
    first_claims_per_psychiatrist,
    online_psychiatrists_on_duty,
    weighted_first_claims_per_psychiatrist,
)
