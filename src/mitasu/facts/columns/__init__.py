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

from mitasu.facts.columns import clinics, counts, filings, psychiatry, rates, records, sharing, teams, wages
from mitasu.facts.columns.frame import frame
from mitasu.rulebook import Catalogue
from mitasu.rules.columns import ColumnOf
from mitasu.rules.nodes import Fact, Holds

MODULES = (clinics, counts, filings, psychiatry, rates, records, sharing, teams, wages)
DERIVED_COLUMNS: Mapping[str, Callable[..., pl.Expr]] = {
    function.__name__: function for module in MODULES for function in module.FUNCTIONS
}


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
