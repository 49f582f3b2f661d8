"""The legal states of random rules: a state made once for all its days says what each day by itself says."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from trees import SHARES, grow, lots, seeds

from mitasu.rules.explain import Explainer
from mitasu.rules.fix import Timeline, fix
from mitasu.rules.nodes import (
    AtLeast,
    DatedValue,
    Equals,
    Fact,
    Node,
    Nothing,
    OneOf,
    Param,
    Requires,
    children,
)
from mitasu.rules.rule import Level, Measure, Period, Requirement, Rule

TURNS = tuple(date(2025, month, day) for month in (3, 4, 5) for day in (1, 2, 15))
LEAVES = (
    [Fact("a"), Fact("b"), Fact("filed", (("rate", Param("rate")),))],
    [AtLeast(Fact("rate"), Param("rate")), OneOf(Fact("rate"), (Param("rate"), Param("other")))],
    [
        AtLeast(Fact("beds"), DatedValue(((TURNS[1], 1), (TURNS[4], 2)))),
        Equals(Fact("beds"), DatedValue(((TURNS[2], 1), (TURNS[6], 2)))),
        OneOf(Fact("beds"), (DatedValue(((TURNS[3], 1), (TURNS[7], 2))), 3)),
    ],
)


def _span(random: Random) -> tuple[date | None, date | None]:
    first, last = sorted(random.sample(TURNS, 2))
    return random.choice(((None, None), (first, None), (None, last), (first, last)))


def _requirement(random: Random, id_: str, below: list[str]) -> Requirement:
    named = [[Requires(name) for name in below]] if below else []

    def tree() -> Node:
        return grow(random, 2, (*LEAVES, *named))

    measures = []
    for _ in range(random.choice((0, 1, 2))):
        first, last = _span(random)
        measures.append(Measure(first, random.choice((last, Fact("joined"))), random.choice((None, tree()))))
    first, last = _span(random)
    return Requirement(
        id_,
        id_,
        tree(),
        from_=first,
        until=last,
        kind=random.choice(("institution", "institution", "advisory")),
        applies_when=random.choice((None, tree())),
        deemed=tuple(measures),
    )


def _level(random: Random, ids: list[str]) -> Level:
    rate = random.choice((None, SHARES[0], DatedValue(((TURNS[2], SHARES[0]), (TURNS[5], SHARES[1])))))
    return Level("1", grow(random, 1, [[Requires(id_) for id_ in ids]]), params={"rate": rate})


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A rule of three requirements and one to three periods, some with a gap between them."""
    random = lots(draw(seeds))
    ids = ["first", "second", "third"]
    requirements = [_requirement(random, id_, ids[:index]) for index, id_ in enumerate(ids)]
    periods = []
    starts = sorted(random.sample(TURNS, random.choice((1, 2, 3))))
    for start, following in zip(starts, [*starts[1:], None], strict=True):
        gap = random.choice((1, 5))
        until = random.choice((None, TURNS[-1])) if following is None else following - timedelta(days=gap)
        if until is None or until >= start:
            levels = tuple(_level(random, ids) for _ in range(random.choice((1, 2))))
            periods.append(Period(start, until, levels))
    return Rule("x", "x", tuple(requirements), tuple(periods), random.choice((None, grow(random, 1, LEAVES))))


def dateless(node: Node) -> bool:
    """Whether nothing below still waits for a day or a level."""
    values = [getattr(node, "limit", None), getattr(node, "value", None), *getattr(node, "values", ())]
    facts = [node] if isinstance(node, Fact) else [getattr(node, "fact", None)]
    values += [value for fact in facts if isinstance(fact, Fact) for _, value in fact.args]
    return not any(isinstance(value, DatedValue | Param) for value in values) and all(
        dateless(part) for part in children(node)
    )


@settings(max_examples=60)
@given(rules())
def test_the_state_of_a_day_is_the_rule_fixed_to_that_day(rule: Rule) -> None:
    timeline = Timeline(rule)
    day = date(2025, 2, 25)
    while day < date(2025, 5, 25):
        state, fixed = timeline.on(day), fix(rule, day)
        assert state.from_ <= day
        assert state.until is None or day <= state.until
        assert (state.period, state.levels) == (fixed.period, fixed.levels)
        if state.levels:
            assert (state.requirements, state.applies_when) == (fixed.requirements, fixed.applies_when)
        day += timedelta(days=1)


@settings(max_examples=60)
@given(rules())
def test_states_follow_each_other_without_gap_and_share_their_days(rule: Rule) -> None:
    timeline = Timeline(rule)
    day, seen = date.min, []
    while True:
        state = timeline.on(day)
        seen.append(state)
        assert state.from_ == day
        if state.until is None:
            break
        assert timeline.on(state.until) is state
        day = state.until + timedelta(days=1)
    assert [state.from_ for state in seen[1:]] == list(timeline.dates)


@settings(max_examples=60)
@given(rules())
def test_a_state_can_be_read_without_dates_or_parameters(rule: Rule) -> None:
    timeline, explainer = Timeline(rule), Explainer()
    for day in timeline.dates:
        for level in timeline.on(day).levels:
            for tree in (level.needs, *level.requirements.values()):
                assert dateless(tree)
                explainer.explain(tree, {})


@settings(max_examples=60)
@given(rules())
def test_equal_trees_of_levels_are_one_object(rule: Rule) -> None:
    timeline = Timeline(rule)
    for day in timeline.dates:
        seen: dict[Node, Node] = {}
        for level in timeline.on(day).levels:
            for id_, tree in level.requirements.items():
                if rule.requirement(id_).blocks and tree != Nothing():
                    assert seen.setdefault(tree, tree) is tree
