"""Random conditions and random facts for them.

Limits and values come from the same few numbers, so that a fact often stands exactly at its limit, one
below or one above. About one fact in four is unknown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any, Literal

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
Leaves = Sequence[Sequence[Node]]
Where = Literal["anywhere", "loose", "firm"]
TYPES = {bool: pl.Boolean, int: pl.Int64, str: pl.String, date: pl.Date, Verdict: pl.Int8}

_LIMITS = {BEDS: COUNTS, DOCTORS: COUNTS, RATE: SHARES, JOINED: DAYS}
_COMPARED = [
    kind(fact, limit)
    for fact, limits in _LIMITS.items()
    for limit in limits
    for kind in (AtLeast, MoreThan, AtMost, LessThan)
]
_MATCHED = [
    *(Equals(fact, value) for fact in (BEDS, RATE, JOINED, BACKUP, TRUTHS[0]) for value in VALUES[fact][:2]),
    *(OneOf(fact, VALUES[fact][1:3]) for fact in (BEDS, DOCTORS, RATE, JOINED, BACKUP)),
    OneOf(BEDS, ()),
]
_DATED_VALUES = [
    AtLeast(BEDS, DatedValue(((DAYS[0], 1), (DAYS[2], 3)))),
    Equals(BACKUP, DatedValue(((DAYS[1], "daily"), (DAYS[2], None), (DAYS[3], "none")))),
    OneOf(RATE, (DatedValue(((DAYS[0], SHARES[0]), (DAYS[2], SHARES[1]))), SHARES[2])),
]
_REQUIRED = [Requires("first"), Requires("second"), Requires("absent")]
_LEAVES = (
    TRUTHS,
    TRUTHS,
    OPTIONAL,
    _COMPARED,
    _COMPARED,
    _MATCHED,
    _DATED_VALUES,
    OTHERS,
    [Open("q"), Nothing()],
)
_KINDS = (All, All, Any_, Any_, AtLeastNOf, Not, When, When, Deemed, Deemed, Dated)


seeds = st.integers(0, 10**9)


def lots(seed: int) -> Random:
    """A source of choices that a seed decides."""
    return Random(seed)  # noqa: S311  (nothing secret)


def grow(random: Random, depth: int, leaves: Leaves, where: Where = "anywhere") -> Node:
    """A tree of any nodes, its dates and requirements still inside.

    `where`: "anywhere", or in a tree of well-placed `When`: "loose" where a part may drop out and "firm"
    where it must not, because dropping out would take away support (`Any_`, `Not`, conditions).
    """
    if depth == 0 or random.random() < 0.05:
        return random.choice(random.choice(leaves))

    def part(place: Where = where) -> Node:
        return grow(random, depth - 1, leaves, place)

    firm: Where = "anywhere" if where == "anywhere" else "firm"
    kind = random.choice(_KINDS)
    count = random.choice((0, 1, 2, 2, 2, 3, 3, 4))
    match kind.__name__:
        case "When" if where != "firm":
            return When(part(firm), part())
        case "All" if where == "firm" and random.random() < 0.5:
            return All((random.choice(TRUTHS), *(part("loose") for _ in range(count))))
        case "All" | "When":
            return All(tuple(part() for _ in range(count)))
        case "Any_":
            return Any_(tuple(part(firm) for _ in range(count)))
        case "AtLeastNOf":
            return AtLeastNOf(random.choice(range(count + 2)), tuple(part(firm) for _ in range(count)))
        case "Deemed":
            return Deemed(part(), random.choice((None, part(firm))), random.choice((None, *DAYS, JOINED)))
        case "Dated":
            return Dated(((DAYS[1], part()), (DAYS[2], random.choice((None, part())))))
    return Not(part(firm))


@st.composite
def trees(draw: st.DrawFn, where: Where = "anywhere") -> Node:
    """A date-free tree of any nodes, made by fixing one with dates and requirements to a day.

    It grows from a seed: drawn branch by branch, nearly all trees would be tiny. A failure still shrinks
    to the least depth at which it shows.
    """
    depth, random = draw(st.integers(2, 4)), lots(draw(seeds))
    day = random.choice(DAYS)
    firm: Where = "anywhere" if where == "anywhere" else "firm"
    needs = {id_: fold(grow(random, 2, _LEAVES, firm), day, _nothing) for id_ in ("first", "second")}
    return fold(grow(random, depth, (*_LEAVES, _REQUIRED), where), day, lambda id_: needs.get(id_, Nothing()))


def _nothing(id_: str) -> Node:
    return Nothing()


Row = dict[Any, Any]


@dataclass(frozen=True)
class Rows:
    """Random facts of several institutions; drawn by a seed, which shows well in a failure."""

    seed: int
    count: int = 30

    def rows(self) -> list[Row]:
        """The facts by key; what is unknown is left out."""
        random = lots(self.seed)
        found = []
        for _ in range(self.count):
            row = {}
            for fact, values in VALUES.items():
                chance = random.random()
                if chance < 0.72:
                    row[fact.key] = random.choice(values)
                elif chance < 0.8 and isinstance(fact, Fact) and not fact.optional:
                    row[fact.key] = random.choice(LATER)
            found.append(row)
        return found


def rows() -> st.SearchStrategy[Rows]:
    """Random facts."""
    return st.builds(Rows, seeds)


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
    return [fact for fact in VALUES if not getattr(fact, "optional", False) and _unknown(row.get(fact.key))]


def _unknown(value: Any) -> bool:
    return value is None or value is Verdict.UNKNOWN or isinstance(value, Later)
