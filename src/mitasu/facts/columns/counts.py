"""Events and people in columns."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from mitasu.dates import add_months
from mitasu.facts.columns.lists import any_of, field


def _matching(wanted: Mapping[str, Any]) -> pl.Expr:
    found = pl.lit(True)
    for name, value in wanted.items():
        found = found & (field(name) == value)
    return found


def event_within(on: date, *, event: str, months: int, where: Any = ()) -> pl.Expr:
    """See `facts.derived.event_within`."""
    recent = (field("on") <= on) & (field("on") >= earliest(on, months))
    return any_of(pl.col(f"event:{event}"), recent & _matching(dict(where)))


def earliest(on: date, months: int) -> date:
    """The first day from which `months` months reach the day."""
    day = add_months(on, -months) - timedelta(days=3)
    while add_months(day, months) < on:
        day += timedelta(days=1)
    return day


def latest_event(on: date, *, event: str, where: Any, if_true: Any = ()) -> pl.Expr:
    """See `facts.derived.latest_event`."""
    events = pl.col(f"event:{event}")
    past = events.list.eval(pl.element().filter(field("on") <= on)).list.last()
    answer = pl.lit(True)
    for name, value in dict(where).items():
        answer = answer & (past.struct.field(name) == value)
    for asked, done in dict(if_true).items():
        undone = (past.struct.field(asked).fill_null(False)) & ~past.struct.field(done).fill_null(True)
        answer = answer & ~undone
    none = events.list.eval(field("on") <= on).list.any()
    told = pl.when(none.fill_null(False)).then(answer).otherwise(pl.lit(False))
    return pl.when(events.is_null()).then(pl.lit(None, pl.Boolean)).otherwise(told)


def serving(on: date, role: str) -> pl.Expr:
    from_, until = field("from"), field("until")
    within = (from_.is_null() | (from_ <= on)) & (until.is_null() | (until >= on))
    return (field("role") == role) & within


def people_with(
    on: date, *, role: str, assignment: tuple[str, ...] = (), employment: tuple[str, ...] = ()
) -> pl.Expr:
    """See `facts.derived.people_with`."""
    condition = serving(on, role)
    for name, wanted in (("assignment", assignment), ("employment", employment)):
        if wanted:
            condition = condition & field(name).is_in(list(wanted))
    people = pl.col("people")
    sure = people.list.eval(condition.fill_null(False).cast(pl.Int64)).list.sum()
    maybe = people.list.eval(condition.fill_null(True).cast(pl.Int64)).list.sum()
    return pl.when(sure == maybe).then(sure).otherwise(pl.lit(None, pl.Int64))


FUNCTIONS = (event_within, latest_event, people_with)
