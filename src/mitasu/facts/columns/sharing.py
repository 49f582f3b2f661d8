"""Regional networks and e-prescriptions in columns."""

from __future__ import annotations

from datetime import date

import polars as pl

from mitasu.facts.columns.counts import earliest
from mitasu.facts.derived.sharing import EARLY_JOINERS, FREE_MONTHS


def network_free_until(on: date) -> pl.Expr:
    """See `facts.derived.network_free_until`."""
    joined = pl.col("network_joined_on")
    general = joined.dt.month_start().dt.offset_by(f"{FREE_MONTHS}mo").dt.month_end()
    early = pl.max_horizontal(general, pl.lit(EARLY_JOINERS[1]))
    return pl.when(joined <= EARLY_JOINERS[0]).then(early).otherwise(general)


def network_in_free_period(on: date) -> pl.Expr:
    """See `facts.derived.network_in_free_period`."""
    return (pl.col("network_joined_on") <= on) & (network_free_until(on) >= on)


def network_site_fresh(on: date) -> pl.Expr:
    """See `facts.derived.network_site_fresh`."""
    updated = pl.col("network_site_updated_on")
    return (updated <= on) & (updated >= earliest(on, 12))


def enough_e_prescribers(on: date) -> pl.Expr:
    """See `facts.derived.enough_e_prescribers`."""
    issuing, full_time = pl.col("full_time_e_prescribers"), pl.col("full_time_prescribers")
    only = pl.when(full_time.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(full_time == 1)
    told = pl.when(issuing >= 2).then(pl.lit(True)).when(issuing == 1).then(only).otherwise(pl.lit(False))
    return pl.when(issuing.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def other_prescribers_covered(on: date) -> pl.Expr:
    """See `facts.derived.other_prescribers_covered`."""
    everyone = (pl.col("full_time_e_prescribers") >= pl.col("full_time_prescribers")).fill_null(False)
    return pl.when(everyone).then(pl.lit(True)).otherwise(pl.col("others_issue_exchange_number"))


FUNCTIONS = (
    enough_e_prescribers,
    network_free_until,
    network_in_free_period,
    network_site_fresh,
    other_prescribers_covered,
)
