"""What the readings of a tree do beside the truth tables: reasons, leaves, what is no node, frames of any height."""

from __future__ import annotations

from datetime import date
from typing import Any, get_args

import polars as pl
import pytest

from mitasu.rules.columns import column, verdicts
from mitasu.rules.explain import Explainer, Later, Reason, explain, undecided
from mitasu.rules.nodes import (
    LEAVES,
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    Dated,
    Deemed,
    Equals,
    Fact,
    Holds,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Requires,
    Verdict,
    When,
    children,
    facts_of,
)

A, B, C, BEDS = Fact("a"), Fact("b"), Fact("c"), Fact("beds")


def named(tree: Node, facts: dict[Any, Any]) -> list[Node]:
    return [leaf.node for leaf in undecided(explain(tree, facts))]


# ---- nodes --------------------------------------------------------------------------------------------


def test_verdicts_have_the_words_of_the_judgement_format_and_stand_from_worst_to_best() -> None:
    assert [verdict.word for verdict in Verdict] == ["unmet", "unknown", "deemed", "met", "not_applicable"]
    assert Verdict.UNMET < Verdict.UNKNOWN < Verdict.DEEMED < Verdict.MET < Verdict.NOT_APPLICABLE


def test_the_children_of_each_node_stand_in_reading_order() -> None:
    assert children(All((A, B))) == children(Any_((A, B))) == children(AtLeastNOf(1, (A, B))) == (A, B)
    assert children(Not(A)) == (A,)
    assert children(When(A, B)) == (A, B)
    assert children(Deemed(A, None, None)) == (A,)
    assert children(Deemed(A, B, None)) == (A, B)
    assert children(Requires("x")) == ()
    assert children(Requires("x", A)) == (A,)
    assert children(Dated(((date.min, A), (date.max, None)))) == (A,)


def test_leaves_and_only_they_and_nothing_have_no_children() -> None:
    assert set(LEAVES) < set(get_args(Node))
    for leaf in (A, AtLeast(BEDS, 1), Equals(BEDS, 1), OneOf(BEDS, (1,)), Holds("x"), Open("q"), Nothing()):
        assert children(leaf) == ()


def test_the_facts_of_a_tree_are_told_once_each_in_reading_order() -> None:
    tree = All(
        (
            Deemed(Not(A), AtLeast(BEDS, 1), Fact("free_until")),
            When(Equals(B, True), Requires("x", OneOf(BEDS, (1,)))),
            Dated(((date(2025, 4, 1), C),)),
            Holds("x"),
            A,
        )
    )
    assert [fact.id for fact in facts_of(tree)] == ["free_until", "a", "beds", "b", "c"]


def test_nodes_can_be_neither_changed_nor_extended() -> None:
    with pytest.raises(AttributeError):
        A.id = "b"
    with pytest.raises((AttributeError, TypeError)):
        A.note = "x"


# ---- reasons ------------------------------------------------------------------------------------------


def test_a_reason_has_the_leaves_of_its_tree_in_reading_order() -> None:
    tree = All((A, Any_((AtLeast(BEDS, 20), Not(B))), Deemed(C, Open("q"), None)))
    reason = explain(tree, {"a": True, "beds": 19})
    assert [leaf.node for leaf in reason.leaves()] == [A, AtLeast(BEDS, 20), B, C, Open("q")]
    assert [leaf.value for leaf in reason.leaves()] == [True, 19, None, None, None]


def test_facts_that_nobody_asks_for_do_no_harm() -> None:
    assert explain(A, {"a": True, "z": object()}).verdict is Verdict.MET


def test_a_compiled_tree_is_read_again_and_again() -> None:
    explainer = Explainer()
    tree = All((A, B))
    assert explainer.reader(tree) is explainer.reader(tree)
    found = [explainer.explain(tree, {"a": True, "b": b}).verdict for b in (True, False, None)]
    assert found == [Verdict.MET, Verdict.UNMET, Verdict.UNKNOWN]


def test_a_measure_whose_last_day_is_not_known_has_none() -> None:
    tree = Deemed(A, None, Fact("free_until"))
    for value in (None, Later(date(2025, 5, 15))):
        reason = explain(tree, {"a": False, "free_until": value})
        assert (reason.verdict, reason.until) == (Verdict.DEEMED, None)


@pytest.mark.parametrize("tree", [None, "posted", object(), 3])
def test_what_is_no_node_is_read_by_neither_reading(tree: Any) -> None:
    with pytest.raises(TypeError, match="not a node"):
        explain(tree, {})
    with pytest.raises(TypeError, match="not a node"):
        column(tree, lambda fact: pl.lit(None))


# ---- what is asked ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tree", "facts", "asked"),
    [
        (A, {}, [A]),
        (A, {"a": True}, []),
        (All((A, B)), {}, [A, B]),
        (All((A, B)), {"b": False}, []),
        (All((A, B)), {"b": True}, [A]),
        (Any_((A, B)), {}, [A, B]),
        (Any_((A, B)), {"b": True}, []),
        (Any_((All((A, B)), C)), {"b": False}, [C]),
        (All((Any_((A, B)), C)), {"b": True}, [C]),
        (AtLeastNOf(2, (A, B, C)), {"a": True}, [B, C]),
        (AtLeastNOf(2, (A, B, C)), {"a": False, "b": False}, []),
        (Not(Any_((A, B))), {"a": False}, [B]),
        (When(A, B), {}, [A, B]),
        (When(A, B), {"b": True}, []),
        (When(A, B), {"b": False}, [A]),
        (When(A, B), {"a": False}, []),
        (All((When(A, B), C)), {"b": True}, [C]),
        (Deemed(A, B, None), {}, [A, B]),
        (Deemed(A, B, None), {"a": False}, [B]),
        (Deemed(A, B, None), {"b": False}, [A]),
        (Deemed(A, None, None), {}, []),
        (Requires("x", AtLeast(BEDS, 20)), {}, [AtLeast(BEDS, 20)]),
        (All((A, Open("q"))), {"a": True}, [Open("q")]),
        (All((Holds("x"), A)), {"a": True}, [Holds("x")]),
        (Nothing(), {}, []),
    ],
)
def test_only_facts_that_can_still_change_the_answer_are_asked_for(
    tree: Node, facts: dict[Any, Any], asked: list[Node]
) -> None:
    assert named(tree, facts) == asked


def test_a_pending_value_is_among_what_the_answer_hangs_on() -> None:
    later = Later(date(2025, 5, 15))
    (leaf,) = undecided(explain(All((A, B)), {"a": later, "b": True}))
    assert leaf == Reason(Verdict.UNKNOWN, A, (), later, date(2025, 5, 15))


# ---- columns ------------------------------------------------------------------------------------------

CONSTANT = (Nothing(), Open("q"), All(()), Any_(()), AtLeastNOf(0, ()), AtLeastNOf(1, ()), Requires("x"))
WRAPPED = (
    Not,
    lambda tree: When(tree, tree),
    lambda tree: Deemed(tree, tree, None),
    lambda tree: Any_((tree, tree)),
)


@pytest.mark.parametrize("tree", [*CONSTANT, *(wrap(tree) for wrap in WRAPPED for tree in CONSTANT)], ids=str)
@pytest.mark.parametrize("height", [0, 1, 3])
def test_a_tree_without_facts_fits_a_frame_of_any_height(tree: Node, height: int) -> None:
    frame = pl.DataFrame({"a": pl.Series([True] * height, dtype=pl.Boolean)})
    wanted = [explain(tree, {}).verdict] * height
    assert frame.with_columns(column(tree, lambda fact: pl.col(fact.id)).alias("v"))["v"].to_list() == wanted
    together = verdicts(frame, {"alone": tree, "beside": Any_((tree, A))}, lambda fact: pl.col(fact.id))
    assert together.height == height


def test_a_verdict_takes_one_byte() -> None:
    frame = pl.DataFrame({"a": [True, None], "b": [None, False]})
    for tree in (A, All((A, B)), Any_((A, B)), AtLeastNOf(1, (A, B)), Not(A), When(A, B), Deemed(A, B, None)):
        assert frame.select(column(tree, lambda fact: pl.col(fact.id))).dtypes == [pl.Int8]


@pytest.mark.parametrize(
    "deeper",
    [Not, lambda tree: When(B, tree), lambda tree: Deemed(tree, B, None), lambda tree: Any_((tree, B))],
    ids=["not", "when", "deemed", "any"],
)
def test_a_deep_tree_does_not_grow_without_bound(deeper: Any) -> None:
    tree: Node = A
    for _ in range(24):
        tree = deeper(tree)
    frame = pl.DataFrame({"a": [True, False, None], "b": [True, None, False]})
    found = frame.select(column(tree, lambda fact: pl.col(fact.id)).alias("v"))["v"].to_list()
    assert found == [explain(tree, row).verdict for row in frame.to_dicts()]
    assert verdicts(frame, {"v": tree}, lambda fact: pl.col(fact.id))["v"].to_list() == found
