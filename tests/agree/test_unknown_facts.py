"""What an unknown verdict promises: which answers would settle it, and that no answer overturns the rest.

A condition that may drop out (`When`) is answered "met" while it is unknown whether it applies: dropping
out of an `All` does no harm. In a branch of `Any_` it would take away support, so rules name the condition
beside what it needs there, and loading refuses those that do not; the trees of these tests, and every
shipped rule, keep to that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import assume, given, settings
from trees import VALUES, Row, Rows, lots, rows, seeds, trees, unknown_facts

from mitasu.facts import DERIVED, Institution, View
from mitasu.rulebook import Rulebook
from mitasu.rules.explain import Explainer, Later, Reason, undecided
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeastNOf,
    Deemed,
    Fact,
    Holds,
    Node,
    Not,
    Open,
    Requires,
    Verdict,
    When,
)
from mitasu.rules.placing import Placing

HOLDING = (Verdict.DEEMED, Verdict.MET, Verdict.NOT_APPLICABLE)


def answers(fact: Fact | Holds) -> tuple[Any, ...]:
    """What an unknown fact may turn out to be."""
    decided = (Verdict.UNMET, Verdict.DEEMED, Verdict.MET)
    return decided if isinstance(fact, Holds) else VALUES[fact]


def answered(row: Row, facts: list[Fact | Holds], random: Random) -> Row:
    return row | {fact.key: random.choice(answers(fact)) for fact in facts}


def named(reason: Reason) -> set[Any]:
    """The keys of the facts that an unknown verdict asks for."""
    found = set()
    for leaf in undecided(reason):
        node = leaf.node
        if not isinstance(node, Open):
            found.add(node.key if isinstance(node, Fact | Holds) else node.fact.key)
    return found


@settings(max_examples=300)
@given(trees("loose"), rows(), seeds)
def test_an_answer_never_overturns_what_is_decided(tree: Node, given: Rows, seed: int) -> None:
    assert not overturned(tree, given, seed)


@settings(max_examples=300)
@given(trees("firm"), rows(), seeds)
def test_where_a_part_must_not_drop_out_a_decided_verdict_stays_as_it_is(
    tree: Node, given: Rows, seed: int
) -> None:
    read, random = Explainer().reader(tree), lots(seed)
    for row in given.rows():
        before = read(row, {}).verdict
        unknown = unknown_facts(row)
        some = random.sample(unknown, random.randint(0, len(unknown)))
        after = read(answered(row, some, random), {}).verdict
        assert (
            before is Verdict.UNKNOWN or after is before or (before, after) == (Verdict.DEEMED, Verdict.MET)
        )


@settings(max_examples=300)
@given(trees(), rows())
def test_an_unknown_verdict_and_no_other_names_what_it_hangs_on(tree: Node, given: Rows) -> None:
    read = Explainer().reader(tree)
    for row in given.rows():
        reason = read(row, {})
        leaves = list(undecided(reason))
        assert bool(leaves) == (reason.verdict is Verdict.UNKNOWN)
        assert all(leaf.verdict is Verdict.UNKNOWN and not leaf.parts for leaf in leaves)


@settings(max_examples=300)
@given(trees("loose"), rows(), seeds)
def test_answers_that_are_not_asked_for_leave_an_unknown_verdict_unknown(
    tree: Node, given: Rows, seed: int
) -> None:
    read, random = Explainer().reader(tree), lots(seed)
    for row in given.rows():
        reason = read(row, {})
        if reason.verdict is Verdict.UNKNOWN:
            asked = named(reason)
            idle = [fact for fact in unknown_facts(row) if fact.key not in asked]
            assert read(answered(row, idle, random), {}).verdict is Verdict.UNKNOWN


@settings(max_examples=300)
@given(trees("loose"), rows(), seeds)
def test_answering_all_that_is_asked_for_settles_the_verdict(tree: Node, given: Rows, seed: int) -> None:
    read, random = Explainer().reader(tree), lots(seed)
    for row in given.rows():
        reason = read(row, {})
        if not any(isinstance(leaf.node, Open) for leaf in undecided(reason)):
            asked = named(reason)
            facts = [fact for fact in unknown_facts(row) if fact.key in asked]
            assert read(answered(row, facts, random), {}).verdict is not Verdict.UNKNOWN


@settings(max_examples=300)
@given(trees(), rows())
def test_a_verdict_is_pending_exactly_while_all_it_hangs_on_is(tree: Node, given: Rows) -> None:
    read = Explainer().reader(tree)
    for row in given.rows():
        reason = read(row, {})
        if reason.verdict is Verdict.UNKNOWN:
            waits = [leaf.value for leaf in undecided(reason)]
            pending = all(type(value) is Later for value in waits)
            assert reason.until == (max(value.until for value in waits) if pending else None)


@settings(max_examples=300)
@given(trees("loose"), trees("firm"))
def test_trees_that_keep_to_the_places_are_let_pass(loose: Node, firm: Node) -> None:
    assert not list(Placing().misplaced(loose))
    assert not list(Placing().misplaced(firm, firm=True))


@settings(max_examples=300)
@given(trees(), rows(), seeds)
def test_an_answer_never_overturns_what_is_decided_by_a_tree_that_is_let_pass(
    tree: Node, given: Rows, seed: int
) -> None:
    assume(not list(Placing().misplaced(tree)))
    assert not overturned(tree, given, seed)


A, B, C = (Fact(name) for name in "abc")


@pytest.mark.parametrize(
    "place",
    [
        lambda part: Any_((C, part)),
        lambda part: AtLeastNOf(1, (C, part)),
        Not,
        lambda part: When(part, C),
        lambda part: Deemed(C, part, None),
        lambda part: Any_((C, All((part,)))),
        lambda part: Any_((C, Requires("x", part))),
    ],
    ids=["any", "at_least_n_of", "not", "when", "if", "all in any", "requirement in any"],
)
def test_each_place_that_is_refused_would_be_overturned_and_what_to_write_instead_is_not(
    place: Callable[[Node], Node],
) -> None:
    refused, instead = place(When(A, B)), place(All((A, B)))
    assert list(Placing().misplaced(refused))
    assert not list(Placing().misplaced(instead))
    assert taken_back(refused)
    assert not taken_back(instead)


def taken_back(tree: Node) -> bool:
    """Whether some answer about a, b or c takes back what was decided while it was unknown."""
    read = Explainer().reader(tree)
    for known in product((None, True, False), repeat=3):
        before = read(dict(zip("abc", known, strict=True)), {}).verdict
        for answers in product((True, False), repeat=3):
            row = [answer if fact is None else fact for fact, answer in zip(known, answers, strict=True)]
            after = read(dict(zip("abc", row, strict=True)), {}).verdict
            if contradicts(before, after):
                return True
    return False


def contradicts(before: Verdict, after: Verdict) -> bool:
    """Whether a decided verdict does not stand: unmet stays unmet, what held goes on holding or drops out."""
    return (before is Verdict.UNMET and after is not Verdict.UNMET) or (
        before in HOLDING and after not in HOLDING
    )


def overturned(tree: Node, given: Rows, seed: int) -> bool:
    """Whether some answer takes back what was decided before it."""
    read, random = Explainer().reader(tree), lots(seed)
    for row in given.rows():
        before = read(row, {}).verdict
        unknown = unknown_facts(row)
        some = random.sample(unknown, random.randint(0, len(unknown)))
        after = read(answered(row, some, random), {}).verdict
        if contradicts(before, after):
            return True
    return False


def test_every_shipped_condition_keeps_what_may_drop_out_where_it_does_no_harm(rulebook: Rulebook) -> None:
    """On the trees of every legal state; loading looks at the rules as they are written."""

    def known(fact: Fact) -> bool:
        entry = rulebook.catalogue.get(fact.id)
        return entry is not None and entry.always_known

    placing = Placing(known=known)
    for addition in rulebook.additions.values():
        for sector in addition.sectors:
            timeline = rulebook.timeline(addition.id, sector)
            for day in timeline.dates:
                state = timeline.on(day)
                trees = [level.needs for level in state.levels] + [
                    tree for level in state.levels for tree in level.requirements.values()
                ]
                wrong = [tree for tree in trees if list(placing.misplaced(tree))]
                assert not wrong, f"{addition.id} {sector} {day}: {wrong[0]}"
                scope = state.applies_when
                assert scope is None or not list(placing.misplaced(scope, firm=True))


def test_what_is_called_always_known_is_known_of_the_barest_institution(rulebook: Rulebook) -> None:
    view = View(Institution("", "", "medical", "clinic"), date(2025, 4, 1), DERIVED)
    always = [entry.id for entry in rulebook.catalogue if entry.always_known]
    assert always == ["facility_kind"]
    assert all(view.get(id_) is not None for id_ in always)
