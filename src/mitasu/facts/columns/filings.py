"""Filings in columns."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from mitasu.dates import first_opening_day, months_between
from mitasu.facts.columns.lists import any_of, field

OPENING_DAYS = [first_opening_day(month) for month in months_between("2000-01", "2035-12")]
"""The first opening day of every month, on which an acceptance counts from that month's first."""


def _effective(accepted: pl.Expr) -> pl.Expr:
    start = accepted.dt.month_start()
    return pl.when(accepted.is_in(OPENING_DAYS)).then(start).otherwise(start.dt.offset_by("1mo"))


def filing_in_effect(
    on: date,
    *,
    item: str,
    levels: tuple[str | None, ...] | None = None,
    took_effect_from: date | None = None,
    standing_on: date | None = None,
    window: Any = (),
    lapses: Any = (),
    attribute: Any = (),
    optional_attribute: Any = (),
    relabel: Any = (),
) -> pl.Expr:
    """See `facts.derived.filing_in_effect`."""
    filings = pl.col("filings")
    special = dict(window)
    general = _effective(field("accepted"))
    is_item = (field("item") == item) & field("accepted").is_not_null()

    def counting(day: pl.Expr) -> pl.Expr:
        level = field("level")
        for since, renamed in relabel:
            if date.fromisoformat(since) <= on:
                older = day < date.fromisoformat(since)
                level = pl.when(older).then(level.replace(dict(renamed))).otherwise(level)
        found = is_item & (day <= (standing_on or on))
        found = found & ~(field("withdrawn") <= max(on, standing_on or on)).fill_null(False)
        if lapses and dict(lapses)["from"] <= (standing_on or on):
            found = found & (general >= dict(lapses)["took_effect_before"])
        if took_effect_from is not None:
            found = found & (day >= took_effect_from)
        if levels is not None:
            covered = level.is_in([named for named in levels if named is not None]).fill_null(False)
            found = found & (covered | level.is_null() if None in levels else covered)
        for name, value in [tuple(dict(attribute).values())] if attribute else []:
            found = found & (field(name) == value).fill_null(False)
        return found

    counts = counting(general)
    if special:
        month = first_opening_day(special["accepted_in"]).replace(day=1)
        in_time = (field("arrived") <= special["arrived_by"]).fill_null(False) & (
            field("accepted").dt.month_start() == month
        )
        retroactive = pl.min_horizontal(general, pl.lit(special["counts_from"]))
        special_day = pl.when(in_time).then(retroactive).otherwise(general)
        before = filings.list.eval(
            (is_item & (general < special["filed_before"])).fill_null(False)
        ).list.any()
        found = pl.when(before).then(_stated(filings, counting(special_day), optional_attribute))
        told = found.otherwise(_stated(filings, counts, optional_attribute))
    else:
        told = _stated(filings, counts, optional_attribute)
    return pl.when(filings.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def _stated(filings: pl.Expr, counts: pl.Expr, optional_attribute: Any) -> pl.Expr:
    some = filings.list.eval(counts.fill_null(False)).list.any()
    if not optional_attribute:
        return some
    wanted = dict(optional_attribute)
    states = field(wanted["name"]) == wanted["value"]
    right = filings.list.eval((counts & states).fill_null(False)).list.any()
    silent = filings.list.eval((counts & field(wanted["name"]).is_null()).fill_null(False)).list.any()
    stated = (
        pl.when(right).then(pl.lit(True)).when(silent).then(pl.lit(None, pl.Boolean)).otherwise(pl.lit(False))
    )
    return pl.when(some).then(stated).otherwise(pl.lit(False))


def filing_arrived(on: date, *, item: str, by: date) -> pl.Expr:
    """See `facts.derived.filing_arrived`."""
    condition = (field("item") == item) & (field("arrived") <= min(by, on)).fill_null(False)
    return any_of(pl.col("filings"), condition)


def fact_on(on: date, *, fact: str, day: date) -> pl.Expr:
    """See `facts.derived.fact_on`: the frame must carry the fact of that other day as `fact@day`."""
    return pl.col(f"{fact}@{day}")


def facility_kind(on: date) -> pl.Expr:
    """See `facts.derived.facility_kind`."""
    return pl.col("facility_kind")


FUNCTIONS = (facility_kind, fact_on, filing_arrived, filing_in_effect)
