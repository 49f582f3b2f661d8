"""What an unknown verdict promises: which answers would settle it, and that no answer overturns the rest.

A condition that may drop out (`When`) is answered "met" while it is unknown whether it applies: dropping
out of an `All` does no harm. In a branch of `Any_` it would take away support, so rules name the condition
beside what it needs there; the trees of these tests, and every shipped rule, keep to that.
"""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from trees import VALUES, Row, Rows, lots, rows, seeds, trees, unknown_facts, well_placed

from mitasu.rulebook import Rulebook
from mitasu.rules.explain import Explainer, Later, Reason, undecided
from mitasu.rules.nodes import Fact, Holds, Node, Open, Verdict

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
    read, random = Explainer().reader(tree), lots(seed)
    for row in given.rows():
        before = read(row, {}).verdict
        unknown = unknown_facts(row)
        some = random.sample(unknown, random.randint(0, len(unknown)))
        after = read(answered(row, some, random), {}).verdict
        assert before is not Verdict.UNMET or after is Verdict.UNMET
        assert before not in HOLDING or after in HOLDING


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


def test_every_shipped_condition_keeps_what_may_drop_out_where_it_does_no_harm(rulebook: Rulebook) -> None:
    for addition in rulebook.additions.values():
        for sector in addition.sectors:
            timeline = rulebook.timeline(addition.id, sector)
            for day in timeline.dates:
                state = timeline.on(day)
                trees = [level.needs for level in state.levels] + [
                    tree for level in state.levels for tree in level.requirements.values()
                ]
                wrong = [tree for tree in (*trees, state.applies_when) if tree and not well_placed(tree)]
                assert not wrong, f"{addition.id} {sector} {day}: {wrong[0]}"
