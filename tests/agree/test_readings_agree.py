"""Random trees over random facts: the explaining reading and the column readings say the same."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from trees import Rows, column_of, frame, rows, trees

from mitasu.rules.columns import column, first_level, verdicts
from mitasu.rules.explain import Explainer, Reason
from mitasu.rules.nodes import Node, Verdict, children


def explained(tree: Node, given: Rows) -> list[Verdict]:
    read = Explainer().reader(tree)
    return [read(row, {}).verdict for row in given.rows()]


@settings(max_examples=300)
@given(trees(), rows())
def test_a_tree_has_the_same_verdict_in_both_readings(tree: Node, given: Rows) -> None:
    table = frame(given.rows()).with_columns(column(tree, column_of).alias("verdict"))
    assert table["verdict"].to_list() == explained(tree, given)


@settings(max_examples=100)
@given(st.lists(trees(), min_size=1, max_size=3), rows())
def test_trees_read_together_have_the_verdicts_they_have_alone(several: list[Node], given: Rows) -> None:
    trees = {str(index): tree for index, tree in enumerate(several)}
    found = verdicts(frame(given.rows()), trees, column_of)
    assert found.to_dict(as_series=False) == {name: explained(tree, given) for name, tree in trees.items()}


@settings(max_examples=60)
@given(st.lists(trees(), min_size=1, max_size=4), rows())
def test_the_certain_and_the_possible_level_are_those_picked_by_hand(
    several: list[Node], given: Rows
) -> None:
    table = frame(given.rows()).with_columns(
        column(tree, column_of).alias(f"level {index}") for index, tree in enumerate(several)
    )
    levels = [(index, pl.col(f"level {index}")) for index in range(len(several))]
    found = table.select(
        certain=first_level(levels, counting_unknown=False),
        possible=first_level(levels, counting_unknown=True),
    )
    by_level = [explained(tree, given) for tree in several]
    for row, (certain, possible) in enumerate(found.iter_rows()):
        held = [verdicts[row] for verdicts in by_level]
        assert certain == next(
            (i for i, v in enumerate(held) if v not in (Verdict.UNMET, Verdict.UNKNOWN)), None
        )
        assert possible == next((i for i, v in enumerate(held) if v is not Verdict.UNMET), None)
        assert certain is None or (possible is not None and possible <= certain)


@settings(max_examples=100)
@given(trees(), rows())
def test_a_reason_is_the_tree_with_a_verdict_at_every_node(tree: Node, given: Rows) -> None:
    def same_shape(reason: Reason, node: Node) -> bool:
        below = children(node)
        return (
            reason.node == node
            and len(reason.parts) == len(below)
            and all(same_shape(part, child) for part, child in zip(reason.parts, below, strict=True))
        )

    read = Explainer().reader(tree)
    assert all(same_shape(read(row, {}), tree) for row in given.rows())
