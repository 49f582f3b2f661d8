"""The column reading: the same tree for every row of a frame, as one Polars expression.

A verdict is a small integer in the order of `Verdict`, so that `All` is the least of its parts and
`Any_` the greatest, with what is not applicable taken out of the way. A null in a fact's column is
unknown and nothing else is. `certain` counts unknown as not met, `possible` as met; both come from the
same expression. What a fact's column looks like is the caller's business (`column_of`).

Polars walks an expression as a tree: a part that is named twice in its parent is worked out twice, and
nested parents double again. So each part is named once and its verdict looked up in a truth table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
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
    children,
)

UNMET, UNKNOWN, DEEMED, MET, NOT_APPLICABLE = (pl.lit(int(verdict), pl.Int8) for verdict in Verdict)
ColumnOf = Callable[[Fact | Holds], pl.Expr]

# Truth tables by verdict: unmet, unknown, deemed, met, not applicable.
_OPPOSITE = (3, 1, 0, 0, 4)
_WHEN = (  # a row for each verdict of the condition, a column for each verdict of the part
    (4, 4, 4, 4, 4),
    (1, 1, 2, 3, 4),
    (0, 1, 2, 3, 4),
    (0, 1, 2, 3, 4),
    (4, 4, 4, 4, 4),
)
_DEEMED = (  # a row for each verdict of the part, a column for each verdict of the condition
    (0, 1, 2, 2, 0),
    (1, 1, 2, 2, 1),
    (2, 2, 2, 2, 2),
    (3, 3, 3, 3, 3),
    (4, 4, 4, 4, 4),
)
_RANK = (1, 2, 3, 4, 0)  # what is not applicable comes last
_VERDICT = (4, 0, 1, 2, 3)  # and back


def verdicts(frame: pl.DataFrame, trees: Mapping[str, Node], column_of: ColumnOf) -> pl.DataFrame:
    """The verdicts of named trees for every row of a frame, a column each.

    Each fact and each node that trees share is worked out once, from the leaves up; as one expression
    a deep tree would repeat its parts at every turn and grow without bound.

    >>> frame = pl.DataFrame({"posted": [True, None], "beds": [20, 19]})
    >>> posted = Fact("posted")
    >>> found = verdicts(frame, {"both": All((posted, AtLeast(Fact("beds"), 20)))}, lambda fact: pl.col(fact.id))
    >>> found["both"].to_list()
    [3, 0]
    """
    heights: dict[Node, int] = {}
    for tree in trees.values():
        _heights(tree, heights)
    leaves = {fact: f"fact {index}" for index, fact in enumerate(dict.fromkeys(_facts(heights)))}
    table = frame.with_columns([column_of(fact).alias(name) for fact, name in leaves.items()])
    names: dict[Node, str] = {}
    for height in range(max(heights.values(), default=-1) + 1):
        nodes = [node for node, found in heights.items() if found == height]
        fresh = {node: f"node {len(names) + index}" for index, node in enumerate(nodes)}

        def read(part: Node, names: Mapping[Node, str] = names) -> pl.Expr:
            return pl.col(names[part])

        table = table.with_columns(
            [
                _column(node, lambda fact: pl.col(leaves[fact]), read).alias(name)
                for node, name in fresh.items()
            ]
        )
        names |= fresh
    return table.select([pl.col(names[tree]).alias(name) for name, tree in trees.items()])


def _heights(node: Node, found: dict[Node, int]) -> int:
    if node not in found:
        found[node] = 1 + max((_heights(part, found) for part in children(node)), default=-1)
    return found[node]


def _facts(nodes: Iterable[Node]) -> Iterator[Fact | Holds]:
    for node in nodes:
        if isinstance(node, Fact | Holds):
            yield node
        elif isinstance(node, AtLeast | MoreThan | AtMost | LessThan | Equals | OneOf):
            yield node.fact


def column(node: Node, column_of: ColumnOf) -> pl.Expr:
    """The verdict of a date-free tree for every row, as an Int8 expression.

    >>> frame = pl.DataFrame({"posted": [True, True, None], "beds": [20, 19, 19]})
    >>> tree = All((Fact("posted"), AtLeast(Fact("beds"), 20)))
    >>> frame.select(column(tree, lambda fact: pl.col(fact.id)).alias("verdict"))["verdict"].to_list()
    [3, 0, 0]
    """

    def read(part: Node) -> pl.Expr:
        return column(part, column_of)

    return _column(node, column_of, read)


def _column(node: Node, column_of: ColumnOf, read: Callable[[Node], pl.Expr]) -> pl.Expr:
    match node:
        case Fact():
            return _leaf(column_of(node), node)
        case AtLeast(fact, limit):
            return _leaf(column_of(fact) >= _literal(limit), fact)
        case MoreThan(fact, limit):
            return _leaf(column_of(fact) > _literal(limit), fact)
        case AtMost(fact, limit):
            return _leaf(column_of(fact) <= _literal(limit), fact)
        case LessThan(fact, limit):
            return _leaf(column_of(fact) < _literal(limit), fact)
        case Equals(fact, value):
            return _leaf(column_of(fact) == _literal(value), fact)
        case OneOf(fact, values):
            return _leaf(column_of(fact).is_in(list(values)), fact)
        case Holds():
            return column_of(node).fill_null(UNKNOWN).cast(pl.Int8)
        case All(()):
            return MET
        case Any_(()):
            return UNMET
        case All(parts):
            return pl.min_horizontal([read(part) for part in parts])
        case Any_(parts):
            return _look_up(_VERDICT, pl.max_horizontal([_look_up(_RANK, read(part)) for part in parts]))
        case AtLeastNOf(n, parts):
            return _nth_best(n, [_look_up(_RANK, read(part)) for part in parts])
        case Not(part):
            return _look_up(_OPPOSITE, read(part))
        case When(condition, part):
            return _look_up(sum(_WHEN, ()), read(condition) * 5 + read(part))
        case Deemed(part, condition):
            holds = MET if condition is None else read(condition)
            return _look_up(sum(_DEEMED, ()), read(part) * 5 + holds)
        case Requires(_, part) if part is not None:
            return read(part)
        case Open():
            return UNKNOWN
        case Nothing() | Requires():
            return NOT_APPLICABLE
    raise TypeError(f"not a node to read in columns: {node!r}")


def first_level(levels: Sequence[tuple[int, pl.Expr]], *, counting_unknown: bool) -> pl.Expr:
    """The index of the first level that holds for each row, or null.

    `levels`: index and verdict column, best first. `counting_unknown`: unknown as met (the possible
    level) or as not met (the certain level).
    """
    least = Verdict.UNKNOWN if counting_unknown else Verdict.DEEMED
    found: pl.Expr = pl.lit(None, pl.Int8)
    for index, verdict in reversed(levels):
        found = pl.when(verdict >= int(least)).then(pl.lit(index, pl.Int8)).otherwise(found)
    return found


def _leaf(truth: pl.Expr, fact: Fact) -> pl.Expr:
    absent = NOT_APPLICABLE if fact.optional else UNKNOWN
    return pl.when(truth.is_null()).then(absent).when(truth).then(MET).otherwise(UNMET)


def _look_up(table: Sequence[int], index: pl.Expr) -> pl.Expr:
    if not index.meta.root_names():  # a constant stays one, so that it fits a frame of any height
        return pl.lit(table[pl.select(index).item()], pl.Int8)
    return pl.lit(pl.Series(table, dtype=pl.Int8)).gather(index)


def _nth_best(n: int, ranks: Sequence[pl.Expr]) -> pl.Expr:
    if not ranks:
        return MET if n == 0 else UNMET

    def reached(least: Verdict) -> pl.Expr:
        return pl.sum_horizontal([(rank >= _RANK[least]).cast(pl.Int32) for rank in ranks]) >= n

    ranked = (
        pl.when(reached(Verdict.MET))
        .then(MET)
        .when(reached(Verdict.DEEMED))
        .then(DEEMED)
        .when(reached(Verdict.UNKNOWN))
        .then(UNKNOWN)
        .otherwise(UNMET)
    )
    return pl.when(pl.max_horizontal(list(ranks)) == 0).then(NOT_APPLICABLE).otherwise(ranked)


def _literal(value: Any) -> pl.Expr:
    return pl.lit(value, pl.Date) if isinstance(value, date) else pl.lit(value)
