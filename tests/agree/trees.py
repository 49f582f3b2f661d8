"""Random conditions and random facts for them.

Limits and values come from the same few numbers, so that a fact often stands exactly at its limit, one
below or one above. About one fact in four is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

import polars as pl
from hypothesis import strategies as st

from mitasu.rules.explain import Later
from mitasu.rules.fix import fold
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    DatedValue,
    Deemed,
    Equals,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Requires,
    Verdict,
    When,
)

DAYS = (date(2025, 3, 31), date(2025, 4, 1), date(2025, 4, 2), date(2025, 10, 1))
COUNTS = (0, 1, 2, 3)
SHARES = (299_999, 300_000, 300_001)
WORDS = ("daily", "weekly", "none")
LATER = (Later(date(2025, 5, 15)), Later(date(2025, 6, 15)))

TRUTHS = (Fact("a"), Fact("b"), Fact("c"), Fact("filed", (("item", "x"),)), Fact("filed", (("item", "y"),)))
OPTIONAL = (Fact("detail", optional=True), Fact("filed", (("item", "z"),), optional=True))
BEDS, DOCTORS, RATE, JOINED = Fact("beds"), Fact("doctors", optional=True), Fact("rate"), Fact("joined")
BACKUP = Fact("backup")
OTHERS = (Holds("other"), Holds("other", "1"))
VALUES: dict[Fact | Holds, tuple[Any, ...]] = {
    **dict.fromkeys((*TRUTHS, *OPTIONAL), (True, False)),
    BEDS: COUNTS,
    DOCTORS: COUNTS,
    RATE: SHARES,
    JOINED: DAYS,
    BACKUP: WORDS,
    **dict.fromkeys(OTHERS, tuple(Verdict)),
}
TYPES = {bool: pl.Boolean, int: pl.Int64, str: pl.String, date: pl.Date, Verdict: pl.Int8}

_LIMITS = {BEDS: COUNTS, DOCTORS: COUNTS, RATE: SHARES, JOINED: DAYS}
_COMPARED = tuple(
    kind(fact, limit)
    for fact, limits in _LIMITS.items()
    for limit in limits
    for kind in (AtLeast, MoreThan, AtMost, LessThan)
)
_MATCHED = (
    *(Equals(fact, value) for fact in (BEDS, RATE, JOINED, BACKUP, TRUTHS[0]) for value in VALUES[fact][:2]),
    *(OneOf(fact, VALUES[fact][1:3]) for fact in (BEDS, DOCTORS, RATE, JOINED, BACKUP)),
    OneOf(BEDS, ()),
)
_DATED_LIMITS = (
    AtLeast(BEDS, DatedValue(((DAYS[0], 1), (DAYS[2], 3)))),
    Equals(BACKUP, DatedValue(((DAYS[1], "daily"), (DAYS[2], None), (DAYS[3], "none")))),
)
LEAVES = (*TRUTHS, *TRUTHS, *OPTIONAL, *_COMPARED, *_MATCHED, *OTHERS, Open("q"), Nothing())


def _grown(parts: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(parts, max_size=4).map(tuple)
    until = st.sampled_from((None, *DAYS, JOINED))
    return st.one_of(
        several.map(All),
        several.map(Any_),
        st.builds(AtLeastNOf, st.integers(0, 4), several),
        parts.map(Not),
        st.builds(When, parts, parts),
        st.builds(Deemed, parts, st.none() | parts, until),
        st.builds(_dated, parts, st.none() | parts),
    )


def _dated(first: Node, second: Node | None) -> Node:
    return Dated(((DAYS[1], first), (DAYS[2], second)))


_written = st.recursive(st.sampled_from((*LEAVES, *_DATED_LIMITS)), _grown, max_leaves=12)
_with_requirements = st.recursive(
    st.sampled_from((*LEAVES, Requires("first"), Requires("second"), Requires("absent"))), _grown, max_leaves=12
)


@st.composite
def trees(draw: st.DrawFn) -> Node:
    """A date-free tree of any nodes, made by fixing one with dates and requirements to a day."""
    day = draw(st.sampled_from(DAYS))
    needs = {id_: fold(draw(_written), day, lambda id_: Nothing()) for id_ in ("first", "second")}
    return fold(draw(_with_requirements), day, lambda id_: needs.get(id_, Nothing()))


Row = dict[Any, Any]


@dataclass(frozen=True)
class Rows:
    """Random facts of several institutions; drawn by a seed, which shows well in a failure."""

    seed: int
    count: int = 30
    pending: bool = True

    def rows(self) -> list[Row]:
        """The facts by key; what is unknown is left out."""
        random = Random(self.seed)  # noqa: S311  (nothing secret)
        found = []
        for _ in range(self.count):
            row = {}
            for fact, values in VALUES.items():
                chance = random.random()
                if chance < 0.72:
                    row[fact.key] = random.choice(values)
                elif chance < 0.8 and self.pending and isinstance(fact, Fact) and not fact.optional:
                    row[fact.key] = random.choice(LATER)
            found.append(row)
        return found


def rows(pending: bool = True) -> st.SearchStrategy[Rows]:
    """Random facts."""
    return st.builds(Rows, st.integers(0, 10**6), pending=st.just(pending))


def frame(rows: list[Row]) -> pl.DataFrame:
    """The facts as columns; what is unknown or pending is null."""
    return pl.DataFrame(
        [
            pl.Series(
                str(fact.key),
                [None if isinstance(row.get(fact.key), Later) else row.get(fact.key) for row in rows],
                dtype=TYPES[type(values[0])],
            )
            for fact, values in VALUES.items()
        ]
    )


def column_of(fact: Fact | Holds) -> pl.Expr:
    """The column of a fact in the frame."""
    return pl.col(str(fact.key))


def unknown_facts(row: Mapping[Any, Any]) -> list[Fact | Holds]:
    """The facts that are unknown or pending; absent optional facts are not unknown."""
    return [
        fact
        for fact in VALUES
        if not (isinstance(fact, Fact) and fact.optional) and (row.get(fact.key) is None or type(row[fact.key]) is Later)
    ]
