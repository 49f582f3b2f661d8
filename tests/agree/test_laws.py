"""Laws that hold for every tree: order, duality, and how long a transitional measure carries a verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from trees import Row, Rows, rows, trees

from mitasu.rules.explain import Explainer, explain
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeastNOf,
    Deemed,
    Fact,
    Node,
    Not,
    Requires,
    Verdict,
    When,
    children,
)

several = st.lists(trees(), max_size=4).map(tuple)


def same(one: Node, other: Node, given: Rows, *, days: bool = True) -> bool:
    """Whether two trees have the same verdict, until the same day, whatever the facts."""
    explainer = Explainer()
    for row in given.rows():
        left, right = explainer.explain(one, row), explainer.explain(other, row)
        if left.verdict is not right.verdict or (days and left.until != right.until):
            return False
    return True


@settings(max_examples=60)
@given(several, rows())
def test_the_order_of_parts_does_not_matter(parts: tuple[Node, ...], given: Rows) -> None:
    turned = parts[::-1]
    assert same(All(parts), All(turned), given)
    assert same(Any_(parts), Any_(turned), given)
    assert all(same(AtLeastNOf(n, parts), AtLeastNOf(n, turned), given) for n in range(len(parts) + 2))


@settings(max_examples=100)
@given(several, rows())
def test_at_least_one_of_is_any(parts: tuple[Node, ...], given: Rows) -> None:
    assert same(AtLeastNOf(1, parts), Any_(parts), given)


@settings(max_examples=100)
@given(several, rows())
def test_as_many_as_there_are_parts_is_all_where_every_part_applies(
    parts: tuple[Node, ...], given: Rows
) -> None:
    explainer = Explainer()
    for row in given.rows():
        reasons = [explainer.explain(part, row) for part in parts]
        if all(reason.verdict is not Verdict.NOT_APPLICABLE for reason in reasons):
            counted, all_ = (
                explainer.explain(tree, row) for tree in (AtLeastNOf(len(parts), parts), All(parts))
            )
            assert (counted.verdict, counted.until) == (all_.verdict, all_.until)


@settings(max_examples=100)
@given(several, rows())
def test_more_of_the_same_parts_are_never_easier(parts: tuple[Node, ...], given: Rows) -> None:
    explainer = Explainer()
    for row in given.rows():
        found = [explainer.explain(AtLeastNOf(n, parts), row).verdict for n in range(1, len(parts) + 2)]
        assert found == sorted(found, reverse=True) or set(found) == {Verdict.NOT_APPLICABLE}


@settings(max_examples=100)
@given(several, rows())
def test_not_all_is_any_not_and_not_any_is_all_not(parts: tuple[Node, ...], given: Rows) -> None:
    opposite = tuple(Not(part) for part in parts)
    assert same(Not(All(parts)), Any_(opposite), given, days=False)
    assert same(Not(Any_(parts)), All(opposite), given, days=False)


@settings(max_examples=100)
@given(trees(), rows())
def test_one_part_alone_is_the_part(tree: Node, given: Rows) -> None:
    for alone in (
        All((tree,)),
        Any_((tree,)),
        AtLeastNOf(1, (tree,)),
        When(All(()), tree),
        Requires("x", tree),
    ):
        assert same(alone, tree, given)


@settings(max_examples=100)
@given(trees(), rows())
def test_a_measure_that_no_one_can_use_changes_nothing(tree: Node, given: Rows) -> None:
    assert same(Deemed(tree, Any_(()), date(2025, 4, 1)), tree, given)


def grows_only(node: Node) -> bool:
    """Whether more measures in force never make the verdict worse: none under `Not` or in a condition."""
    match node:
        case Not(part):
            return not has_measure(part)
        case When(condition, part) | Deemed(part, condition):
            return (condition is None or not has_measure(condition)) and grows_only(part)
    return all(grows_only(part) for part in children(node))


def has_measure(node: Node) -> bool:
    return isinstance(node, Deemed) or any(has_measure(part) for part in children(node))


def on(node: Node, day: date, row: Row) -> Node:
    """The tree as it will be on a day: without the measures that have ended by then."""
    match node:
        case Deemed(part, condition, until, note):
            last = row.get(until.key) if isinstance(until, Fact) else until
            if isinstance(last, date) and last < day:
                return on(part, day, row)
            return Deemed(on(part, day, row), condition, until, note)
        case All(parts) | Any_(parts) | AtLeastNOf(_, parts):
            return replace(node, parts=tuple(on(part, day, row) for part in parts))
        case When(condition, part) | Requires(condition, part) if part is not None:
            return type(node)(condition, on(part, day, row))
    return node


@settings(max_examples=300)
@given(trees(), rows())
def test_a_deemed_verdict_holds_on_its_last_day_and_not_on_the_next(tree: Node, given: Rows) -> None:
    assume(has_measure(tree) and grows_only(tree))
    holding = (Verdict.DEEMED, Verdict.MET, Verdict.NOT_APPLICABLE)
    explainer = Explainer()
    for row in given.rows():
        reason = explainer.explain(tree, row)
        if reason.verdict is Verdict.DEEMED:
            last = reason.until or date.max
            assert explain(on(tree, last, row), row).verdict in holding
            if reason.until is not None:
                assert explain(on(tree, last + timedelta(days=1), row), row).verdict not in holding
