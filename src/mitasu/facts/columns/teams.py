"""Teams in columns."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from mitasu.facts.columns.counts import serving
from mitasu.facts.columns.lists import any_of, field
from mitasu.facts.derived.teams import CHILD_STAFF, DEDICATED


def someone_in_role(
    on: date,
    *,
    role: str,
    assignment: tuple[str, ...] = (),
    employment: tuple[str, ...] = (),
    years: int = 0,
    where: Any = (),
) -> pl.Expr:
    """See `facts.derived.someone_in_role`."""
    condition = serving(on, role)
    for name, wanted in (("assignment", assignment), ("employment", employment)):
        if wanted:
            condition = condition & field(name).is_in(list(wanted))
    if years:
        condition = condition & (field("experience_years") >= years)
    for name, value in dict(where).items():
        condition = condition & (field(name) == value)
    return any_of(pl.col("people"), condition)


def child_support_staff(on: date) -> pl.Expr:
    """See `facts.derived.child_support_staff`."""
    people, occupation = pl.col("people"), field("occupation")
    dedicated = serving(on, "child_psychiatry_staff") & field("assignment").is_in(list(DEDICATED))
    sure, maybe = dedicated.fill_null(False), dedicated.fill_null(True)

    def professions(counted: pl.Expr) -> pl.Expr:
        return people.list.eval(occupation.filter(counted & occupation.is_not_null())).list.n_unique()

    number = people.list.eval(maybe.cast(pl.Int64)).list.sum()
    unstated = people.list.eval(maybe & occupation.is_null()).list.any()
    possible = (number >= CHILD_STAFF) & ((professions(maybe) >= CHILD_STAFF) | unstated)
    told = (
        pl.when(professions(sure) >= CHILD_STAFF)
        .then(pl.lit(True))
        .when(possible)
        .then(pl.lit(None, pl.Boolean))
        .otherwise(pl.lit(False))
    )
    return pl.when(people.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


FUNCTIONS = (child_support_staff, someone_in_role)
