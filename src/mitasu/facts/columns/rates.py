"""The card-use rate in columns."""

from __future__ import annotations

from datetime import date

import polars as pl

from mitasu.dates import month_of, shift_month
from mitasu.rules.quantities import ONE_PERCENT


def best_card_use_rate(on: date, *, basis: str, corrected_until: str = "") -> pl.Expr:
    """See `facts.derived.best_card_use_rate`."""
    month = month_of(on)
    rates = []
    for back in (3, 4, 5):
        rate_month = shift_month(month, -back)
        rate = pl.col(f"card_use_rate_receipts@{rate_month}")
        if basis == "corrected" and rate_month <= corrected_until:
            claims, receipts = (
                pl.col(f"home_care_dx_claims@{rate_month}"),
                pl.col(f"outpatient_receipts@{rate_month}"),
            )
            share = pl.when(receipts > 0).then(100 * ONE_PERCENT * claims // receipts).otherwise(0)
            rate = rate + share.fill_null(0)
        late = (
            pl.col(f"card_use_rate_notified_on@{rate_month}") >= date.fromisoformat(f"{month}-01")
        ).fill_null(False)
        rates.append(pl.when(late).then(pl.lit(None, pl.Int64)).otherwise(rate))
    for back in (2, 3, 4) if basis == "either" else ():
        rates.append(pl.col(f"card_use_rate_checks@{shift_month(month, -back)}"))
    return pl.max_horizontal(rates)


FUNCTIONS = (best_card_use_rate,)
