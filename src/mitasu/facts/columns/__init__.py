"""Facts in columns: institutions as one frame, and every derived fact as a Polars expression over it.

The frame of a day has one row for each institution: a column for each fact (its value on the day, null
where unknown), one for each series and month (`card_use_rate_receipts@2025-01`), and lists of structs
for what is counted (`filings`, `people`, `event:bcp_drill`; null where the institution did not list
any). Derived facts here have the names and arguments of those in `derived`; a test holds the two to
each other row by row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import polars as pl

from mitasu.facts.columns.counts import event_within, latest_event, people_with
from mitasu.facts.columns.filings import facility_kind, fact_on, filing_arrived, filing_in_effect
from mitasu.facts.columns.frame import frame
from mitasu.facts.columns.rates import best_card_use_rate
from mitasu.facts.columns.records import record_managers_enough, summaries_on_time
from mitasu.facts.columns.sharing import (
    enough_e_prescribers,
    network_free_until,
    network_in_free_period,
    network_site_fresh,
    other_prescribers_covered,
)
from mitasu.rulebook import Catalogue
from mitasu.rules.columns import ColumnOf
from mitasu.rules.nodes import Fact, Holds

DERIVED_COLUMNS: Mapping[str, Callable[..., pl.Expr]] = {
    function.__name__: function
    for function in (
        best_card_use_rate, enough_e_prescribers, event_within, facility_kind, fact_on, filing_arrived, filing_in_effect,
        latest_event, network_free_until, network_in_free_period, network_site_fresh, other_prescribers_covered,
        people_with, record_managers_enough, summaries_on_time,
    )
}  # fmt: skip


def column_of(catalogue: Catalogue, on: date) -> ColumnOf:
    """What `rules.columns` needs: a fact as an expression over a frame of the day."""

    def find(fact: Fact | Holds) -> pl.Expr:
        if isinstance(fact, Holds):
            return pl.lit(None, pl.Int8)
        entry = catalogue.get(fact.id)
        if entry is not None and entry.kind == "derived":
            return DERIVED_COLUMNS[fact.id](on, **dict(fact.args))
        return pl.col(fact.id)

    return find


__all__ = ["DERIVED_COLUMNS", "column_of", "frame"]
