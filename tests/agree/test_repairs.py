"""Repairs of random trees: put in place they do what they promise, and nothing in them is idle."""

from __future__ import annotations

from itertools import combinations

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from trees import BACKUP, BEDS, DAYS, OPTIONAL, RATE, TRUTHS, Row, Rows, grow, lots, rows, seeds

from mitasu.rules.explain import Later, explain
from mitasu.rules.fix import fold
from mitasu.rules.nodes import (
    AtLeast,
    AtMost,
    Deemed,
    Equals,
    Fact,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Requires,
    Verdict,
    children,
)
from mitasu.rules.repair import Repair, repairs

HOLDING = (Verdict.DEEMED, Verdict.MET, Verdict.NOT_APPLICABLE)
LEAVES = (
    TRUTHS,
    OPTIONAL,
    [AtLeast(BEDS, 2), MoreThan(BEDS, 2), AtMost(RATE, 300_000), LessThan(RATE, 300_000)],
    [Equals(BACKUP, "daily"), OneOf(BACKUP, ("weekly", "none"))],
)


def facts_in(node: Node) -> list[Fact]:
    """The fact of every leaf, as often as it stands there."""
    below = children(node)
    if below:
        return [fact for part in below for fact in facts_in(part)]
    fact = node if isinstance(node, Fact) else getattr(node, "fact", None)
    return [] if fact is None else [fact]


@st.composite
def trees_without_repetition(draw: st.DrawFn) -> Node:
    """A tree in which no fact stands twice: there repairs are exact."""
    tree = fold(grow(lots(draw(seeds)), 2, LEAVES, "loose"), DAYS[1], lambda id_: Nothing())
    facts = facts_in(tree)
    assume(len(facts) == len(set(facts)))
    return tree


def verdict(tree: Node, row: Row, repair: Repair) -> Verdict:
    return explain(tree, row | {change.key: change.value for change in repair}).verdict


def known_or_not(given: Rows) -> list[Row]:
    return [
        {key: value for key, value in row.items() if not isinstance(value, Later)} for row in given.rows()
    ]


@settings(max_examples=80)
@given(trees_without_repetition(), rows())
def test_every_repair_put_in_place_makes_the_tree_hold(tree: Node, given: Rows) -> None:
    for row in known_or_not(given):
        for repair in repairs(explain(tree, row)):
            assert verdict(tree, row, repair) in HOLDING


@settings(max_examples=80)
@given(trees_without_repetition(), rows())
def test_no_change_of_a_repair_can_be_spared(tree: Node, given: Rows) -> None:
    for row in known_or_not(given):
        for repair in repairs(explain(tree, row)):
            for fewer in combinations(repair, len(repair) - 1) if repair else ():
                assert verdict(tree, row, fewer) not in HOLDING


@settings(max_examples=80)
@given(trees_without_repetition(), rows())
def test_what_holds_needs_no_repair_and_the_fewest_changes_come_first(tree: Node, given: Rows) -> None:
    for row in known_or_not(given):
        reason = explain(tree, row)
        found = repairs(reason)
        assert (found == [()]) == (reason.verdict in HOLDING)
        assert [len(repair) for repair in found] == sorted(len(repair) for repair in found)
        assert all(change.was == row.get(change.key) for repair in found for change in repair)


def test_a_requirement_is_repaired_and_broken_through_its_condition() -> None:
    required = Requires("posting", Fact("a"))
    for tree, wanted in ((required, True), (Not(required), False)):
        (repair,) = repairs(explain(tree, {"a": not wanted}))
        assert [(change.key, change.value, change.was) for change in repair] == [("a", wanted, not wanted)]


def test_what_an_open_question_or_a_measure_holds_back_cannot_be_repaired() -> None:
    assert repairs(explain(Open("q"), {})) == []
    assert repairs(explain(Not(Deemed(Fact("a"), None, None)), {"a": False})) == []
