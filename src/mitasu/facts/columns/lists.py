"""Conditions over lists of structs: filings, people, events of each row."""

from __future__ import annotations

import polars as pl


def field(name: str) -> pl.Expr:
    """A field of the structs in a list that is being evaluated."""
    return pl.element().struct.field(name)


def any_of(listed: pl.Expr, condition: pl.Expr) -> pl.Expr:
    """Whether an element of a list meets a condition: null where the list is null, or where only unknowns may."""
    sure = listed.list.eval(condition.fill_null(False)).list.any()
    maybe = listed.list.eval(condition.fill_null(True)).list.any()
    told = (
        pl.when(sure).then(pl.lit(True)).when(maybe).then(pl.lit(None, pl.Boolean)).otherwise(pl.lit(False))
    )
    return pl.when(listed.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)
