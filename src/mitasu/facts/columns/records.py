"""Health-record management in columns."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl

from mitasu.dates import last_day, month_of, shift_month
from mitasu.facts.columns.counts import serving
from mitasu.facts.columns.lists import field
from mitasu.facts.derived.records import DISCHARGES_PER_MANAGER
from mitasu.rules.quantities import ONE_PERCENT


def record_managers_enough(on: date) -> pl.Expr:
    """See `facts.derived.record_managers_enough`."""
    counts = (
        serving(on, "record_manager")
        & (field("employment") == "full_time")
        & field("assignment").is_in(["exclusive", "dedicated"])
        & ~field("cancer_registry").fill_null(False)
    )
    exclusive = (
        counts
        & (field("assignment") == "exclusive")
        & ~field("clerk_assistant").fill_null(False)
        & ~field("other_duties").fill_null(False)
    )
    people = pl.col("people")
    number = people.list.eval(counts.fill_null(False).cast(pl.Int64)).list.sum()
    some = people.list.eval(exclusive.fill_null(False)).list.any()
    discharges = pl.col("discharges_last_12_months")
    needed = pl.max_horizontal(pl.lit(1), (discharges + DISCHARGES_PER_MANAGER - 1) // DISCHARGES_PER_MANAGER)
    enough = pl.when(discharges.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(number >= needed)
    told = pl.when(some).then(enough).otherwise(pl.lit(False))
    return pl.when(people.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def summaries_on_time(on: date, *, series: str, days: int, share: int, overdue: str = "") -> pl.Expr:
    """See `facts.derived.summaries_on_time`; a month still pending is null here."""
    month = shift_month(month_of(on), -1)
    due, done = pl.col(f"summaries_due@{month}"), pl.col(f"{series}@{month}")
    hundred = 100 * ONE_PERCENT
    closed = pl.lit(on >= last_day(month) + timedelta(days=days))
    late = pl.col(f"{overdue}@{month}") if overdue else pl.lit(None, pl.Int64)
    lost = ((due - late) * hundred < share * due).fill_null(False)
    enough = done * hundred >= share * due
    told = (
        pl.when(enough)
        .then(pl.lit(True))
        .when(closed | lost)
        .then(pl.lit(False))
        .otherwise(pl.lit(None, pl.Boolean))
    )
    told = pl.when(due.is_null() | done.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)
    return pl.when(due == 0).then(pl.lit(True)).otherwise(told)


FUNCTIONS = (record_managers_enough, summaries_on_time)
