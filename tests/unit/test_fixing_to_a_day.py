"""Rules fixed to a day: periods, states between the turns of the law, parameters, shared trees."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitasu.rules.fix import Timeline, fix, fold
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    Dated,
    DatedValue,
    Deemed,
    Equals,
    Fact,
    Holds,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Param,
    Requires,
    When,
)
from mitasu.rules.rule import Level, Measure, Period, Requirement, Rule

START, END = date(2024, 6, 1), date(2026, 5, 31)
POSTED = Fact("posted")
POSTING = Requirement("posting", "院内掲示", POSTED)


def rule(*requirements: Requirement, needs: Node | None = None, **more: Any) -> Rule:
    """A rule of one period and one level that needs every requirement."""
    level = Level("1", needs or All(tuple(Requires(requirement.id) for requirement in requirements)), **more)
    return Rule("x", "x", requirements, (Period(START, END, (level,)),))


def needs(rule: Rule, day: date) -> Node:
    return fix(rule, day).levels[0].needs


# ---- periods ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "levels"),
    [
        (date(2024, 5, 31), None),
        (date(2024, 6, 1), ["1"]),
        (date(2025, 3, 31), ["1"]),
        (date(2025, 4, 1), None),
        (date(2025, 9, 30), None),
        (date(2025, 10, 1), ["1", "2"]),
        (date(2030, 1, 1), ["1", "2"]),
    ],
)
def test_a_period_holds_both_its_days_and_between_periods_nothing_is_in_force(
    day: date, levels: list[str] | None
) -> None:
    first = Period(START, date(2025, 3, 31), (Level("1", All(())),))
    second = Period(date(2025, 10, 1), None, (Level("1", All(())), Level("2", All(()))))
    state = fix(Rule("x", "x", (), (first, second)), day)
    assert (None if state.period is None else [fixed.level.level for fixed in state.levels]) == levels
    assert bool(state.levels) == (levels is not None)


def test_a_rule_without_periods_is_never_in_force() -> None:
    timeline = Timeline(Rule("x", "x", (POSTING,), ()))
    state = timeline.on(date(2025, 4, 1))
    assert (state.period, state.levels, state.from_, state.until) == (None, (), date.min, None)


# ---- requirements -------------------------------------------------------------------------------------


def test_a_requirement_stands_in_the_needs_under_its_name() -> None:
    assert needs(rule(POSTING), START) == All((Requires("posting", POSTED),))


def test_what_is_asked_only_in_some_cases_is_asked_under_its_condition() -> None:
    own = Requirement("website", "掲載", Fact("on_website"), applies_when=Fact("own_website"))
    assert fix(rule(own), START).levels[0].requirements["website"] == When(
        Fact("own_website"), Fact("on_website")
    )


def test_a_measure_wraps_the_need_and_the_condition_of_application_wraps_both() -> None:
    measure = Measure(START, date(2025, 5, 31), Fact("was_there"), note="掲載の経過措置")
    own = Requirement(
        "website", "掲載", Fact("on_website"), applies_when=Fact("own_website"), deemed=(measure,)
    )
    deemed = Deemed(Fact("on_website"), Fact("was_there"), date(2025, 5, 31), "掲載の経過措置")
    assert fix(rule(own), START).levels[0].requirements["website"] == When(Fact("own_website"), deemed)


@pytest.mark.parametrize(
    ("day", "in_force"),
    [
        (date(2024, 9, 30), []),
        (date(2024, 10, 1), ["open-ended"]),
        (date(2025, 3, 31), ["open-ended"]),
        (date(2025, 4, 1), ["open-ended", "closed"]),
        (date(2025, 4, 30), ["open-ended", "closed"]),
        (date(2025, 5, 1), ["open-ended"]),
    ],
)
def test_only_measures_in_force_on_the_day_are_left(day: date, in_force: list[str]) -> None:
    measures = (
        Measure(date(2024, 10, 1), None, note="open-ended"),
        Measure(date(2025, 4, 1), date(2025, 4, 30), note="closed"),
    )
    tree = (
        fix(rule(Requirement("posting", "院内掲示", POSTED, deemed=measures)), day)
        .levels[0]
        .requirements["posting"]
    )
    notes = []
    while isinstance(tree, Deemed):
        notes.append(tree.note)
        tree = tree.part
    assert notes[::-1] == in_force
    assert tree == POSTED


def test_a_measure_without_first_day_has_always_been_and_one_until_a_fact_has_no_day_to_end() -> None:
    measures = (Measure(None, Fact("free_until")),)
    tree = fix(rule(Requirement("use", "活用", POSTED, deemed=measures)), END).levels[0].requirements["use"]
    assert tree == Deemed(POSTED, None, Fact("free_until"))


def test_the_condition_of_a_measure_is_fixed_too() -> None:
    condition = Dated(((date(2025, 4, 1), Fact("late")),))
    measured = Requirement("posting", "院内掲示", POSTED, deemed=(Measure(None, None, condition),))
    trees = [fix(rule(measured), day).levels[0].requirements["posting"] for day in (START, date(2025, 4, 1))]
    assert trees == [Deemed(POSTED, Nothing(), None), Deemed(POSTED, Fact("late"), None)]


def test_a_requirement_that_cannot_block_drops_out_of_the_needs_but_is_reported() -> None:
    advisory = Requirement("wish", "望ましい", POSTED, kind="advisory")
    unverified = Requirement("doubt", "出典なし", POSTED, unverified=True)
    level = fix(rule(advisory, unverified), START).levels[0]
    assert level.needs == All((Requires("wish", Nothing()), Requires("doubt", Nothing())))
    assert dict(level.requirements) == {"wish": POSTED, "doubt": POSTED}


def test_requirements_are_reported_in_the_order_of_the_notice() -> None:
    last_first = Requirement("c", "c", All((Requires("a"), Requires("b"))))
    requirements = (last_first, Requirement("b", "b", Fact("b")), Requirement("a", "a", Fact("a")))
    state = fix(rule(*requirements), START)
    assert list(state.levels[0].requirements) == ["c", "b", "a"]
    assert [requirement.id for requirement in state.requirements] == ["c", "b", "a"]


def test_a_requirement_outside_its_days_does_not_exist() -> None:
    passing = Requirement("passing", "x", POSTED, from_=date(2025, 4, 1), until=date(2025, 9, 30))
    for day, exists in (
        (date(2025, 3, 31), False),
        (date(2025, 4, 1), True),
        (date(2025, 9, 30), True),
        (date(2025, 10, 1), False),
    ):
        state = fix(rule(passing), day)
        assert bool(state.requirements) is exists
        assert state.levels[0].needs == All((Requires("passing", POSTED if exists else Nothing()),))


# ---- dated conditions and values, parameters ----------------------------------------------------------

RATE = Fact("rate")
CHANGING = DatedValue(((date(2024, 10, 1), 150_000), (date(2025, 4, 1), 450_000)))


@pytest.mark.parametrize(
    ("day", "limit"),
    [(date(2024, 10, 1), 150_000), (date(2025, 3, 31), 150_000), (date(2025, 4, 1), 450_000), (END, 450_000)],
)
def test_a_dated_limit_becomes_the_limit_of_the_day(day: date, limit: int) -> None:
    assert needs(rule(needs=AtLeast(RATE, CHANGING)), day) == AtLeast(RATE, limit)
    assert needs(rule(needs=Equals(RATE, CHANGING)), day) == Equals(RATE, limit)
    assert needs(rule(needs=OneOf(RATE, (CHANGING, 1))), day) == OneOf(RATE, (limit, 1))
    assert needs(rule(needs=AtLeast(RATE, Param("rate")), params={"rate": CHANGING}), day) == AtLeast(
        RATE, limit
    )


@pytest.mark.parametrize("kind", [AtLeast, Equals])
def test_a_comparison_without_a_limit_on_the_day_is_unmet(kind: type) -> None:
    never_met = Any_(())
    assert needs(rule(needs=kind(RATE, CHANGING)), date(2024, 9, 30)) == never_met
    assert needs(rule(needs=kind(RATE, DatedValue(((START, None),)))), START) == never_met
    assert needs(rule(needs=kind(RATE, Param("rate"))), START) == never_met
    assert needs(rule(needs=kind(RATE, Param("rate")), params={"rate": None}), START) == never_met
    assert needs(rule(needs=OneOf(RATE, (1, Param("rate")))), START) == never_met


def test_a_missing_parameter_takes_only_its_own_comparison_away() -> None:
    tree = Any_((AtLeast(RATE, Param("rate")), POSTED))
    assert needs(rule(needs=tree), START) == Any_((Any_(()), POSTED))


def test_a_parameter_of_zero_is_a_value() -> None:
    assert needs(rule(needs=AtLeast(RATE, Param("rate")), params={"rate": 0}), START) == AtLeast(RATE, 0)


def test_each_level_reads_a_requirement_with_its_own_parameters() -> None:
    use = Requirement("use", "利用率", AtLeast(RATE, Param("rate")))
    levels = tuple(
        Level(name, Requires("use"), params={"rate": rate}) for name, rate in (("1", 45), ("2", 30))
    )
    state = fix(Rule("x", "x", (use,), (Period(START, END, levels),)), START)
    assert [level.requirements["use"] for level in state.levels] == [AtLeast(RATE, 45), AtLeast(RATE, 30)]
    assert [level.needs for level in state.levels] == [
        Requires("use", AtLeast(RATE, 45)),
        Requires("use", AtLeast(RATE, 30)),
    ]


def test_arguments_of_a_fact_take_parameters_too() -> None:
    filed = Requirement(
        "filed", "届出", Fact("filing_in_effect", (("item", "x"), ("levels", Param("covering"))))
    )
    levels = tuple(
        Level(name, Requires("filed"), params={"covering": covering})
        for name, covering in (("1", ("1",)), ("2", ("1", "2")))
    )
    state = fix(Rule("x", "x", (filed,), (Period(START, END, levels),)), START)
    assert [level.requirements["filed"] for level in state.levels] == [
        Fact("filing_in_effect", (("item", "x"), ("levels", ("1",)))),
        Fact("filing_in_effect", (("item", "x"), ("levels", ("1", "2")))),
    ]


def test_a_fact_whose_argument_has_no_value_is_unmet_and_an_optional_fact_stays_optional() -> None:
    assert needs(rule(needs=Fact("filed", (("levels", Param("covering")),))), START) == Any_(())
    optional = Fact("filed", (("levels", Param("covering")),), optional=True)
    assert needs(rule(needs=optional, params={"covering": ("1",)}), START) == Fact(
        "filed", (("levels", ("1",)),), True
    )


def test_a_dated_condition_becomes_the_condition_of_the_day() -> None:
    tree = Dated(((date(2025, 4, 1), POSTED), (date(2025, 10, 1), None)))
    days = (date(2025, 3, 31), date(2025, 4, 1), date(2025, 9, 30), date(2025, 10, 1))
    assert [needs(rule(needs=tree), day) for day in days] == [Nothing(), POSTED, POSTED, Nothing()]


def test_dates_are_found_however_deep_they_stand() -> None:
    dated = Dated(((date(2025, 4, 1), POSTED),))
    deep = Not(When(dated, Any_((All((dated,)), Deemed(dated, dated, None)))))
    fixed = Not(When(POSTED, Any_((All((POSTED,)), Deemed(POSTED, POSTED, None)))))
    assert needs(rule(needs=deep), date(2025, 4, 1)) == fixed


def test_what_has_no_dates_stays_as_it_is() -> None:
    tree = All((Holds("y", "1"), Open("q"), Nothing(), OneOf(RATE, (1, 2)), Requires("x", POSTED)))
    assert fold(tree, START, lambda id_: Nothing()) == tree


def test_a_single_tree_is_fixed_with_requirements_given_by_the_caller() -> None:
    tree = All((Requires("given"), Dated(((START, POSTED),))))
    assert fold(tree, START, lambda id_: Fact(id_)) == All((Requires("given", Fact("given")), POSTED))


def test_whom_the_rule_is_for_is_fixed_to_the_day() -> None:
    whom = Dated(((date(2025, 4, 1), Fact("emergency")),))
    dated = Rule("x", "x", (), (Period(START, END, (Level("1", All(())),)),), whom)
    assert [fix(dated, day).applies_when for day in (START, date(2025, 4, 1))] == [
        Nothing(),
        Fact("emergency"),
    ]
    assert fix(rule(), START).applies_when is None


def test_whom_the_rule_is_for_rests_on_no_requirement() -> None:
    period = Period(START, END, (Level("1", All(())),))
    asked = Rule("x", "x", (POSTING,), (period,), Requires("posting"))
    assert fix(asked, START).applies_when == Requires("posting", Nothing())


# ---- shared trees -------------------------------------------------------------------------------------


def test_a_requirement_that_levels_ask_alike_is_one_object() -> None:
    levels = (
        Level("1", All((Requires("posting"), Requires("use"))), params={"rate": 45}),
        Level("2", Requires("posting"), params={"rate": 30}),
    )
    use = Requirement("use", "利用率", AtLeast(RATE, Param("rate")))
    first, second = fix(Rule("x", "x", (POSTING, use), (Period(START, END, levels),)), START).levels
    assert first.requirements["posting"] is second.requirements["posting"]
    assert first.requirements["use"] is not second.requirements["use"]
    assert isinstance(first.needs, All)
    assert isinstance(second.needs, Requires)
    assert first.needs.parts[0] is second.needs
    assert second.needs.part is second.requirements["posting"]


def test_equal_parts_of_one_tree_are_one_object() -> None:
    tree = needs(rule(needs=All((Not(Fact("a")), Any_((Not(Fact("a")), POSTED))))), START)
    assert isinstance(tree, All)
    assert isinstance(tree.parts[1], Any_)
    assert tree.parts[0] is tree.parts[1].parts[0]


# ---- timelines ----------------------------------------------------------------------------------------


def test_a_state_reaches_from_one_turn_of_the_law_to_the_day_before_the_next() -> None:
    timeline = Timeline(rule(needs=AtLeast(RATE, CHANGING)))
    assert timeline.dates == (START, date(2024, 10, 1), date(2025, 4, 1), date(2026, 6, 1))
    spans = [(timeline.on(day).from_, timeline.on(day).until) for day in timeline.dates]
    assert spans == [
        (START, date(2024, 9, 30)),
        (date(2024, 10, 1), date(2025, 3, 31)),
        (date(2025, 4, 1), END),
        (date(2026, 6, 1), None),
    ]
    before = timeline.on(date(2024, 5, 31))
    assert (before.from_, before.until, before.levels) == (date.min, date(2024, 5, 31), ())


def test_all_days_of_a_state_share_one_object() -> None:
    timeline = Timeline(rule(needs=AtLeast(RATE, CHANGING)))
    assert timeline.on(date(2024, 10, 1)) is timeline.on(date(2025, 3, 31))
    assert timeline.on(date(2025, 3, 31)) is not timeline.on(date(2025, 4, 1))
    assert timeline.on(date(2000, 1, 1)) is timeline.on(date(2024, 5, 31))


def test_a_timeline_tells_since_when_a_requirement_is_asked_as_it_is_now() -> None:
    use = Requirement(
        "use", "利用率", AtLeast(RATE, CHANGING), deemed=(Measure(date(2025, 6, 1), date(2025, 9, 30)),)
    )
    timeline = Timeline(rule(use, POSTING))
    day = date(2025, 10, 1)
    assert timeline.since(timeline.on(day), "use", 0) == date(2025, 4, 1)
    assert timeline.since(timeline.on(day), "posting", 0) == START


def test_a_requirement_that_paused_is_asked_since_it_came_back() -> None:
    came_back = Dated(((START, POSTED), (date(2025, 4, 1), None), (date(2025, 10, 1), POSTED)))
    timeline = Timeline(rule(Requirement("posting", "院内掲示", came_back)))
    assert timeline.since(timeline.on(END), "posting", 0) == date(2025, 10, 1)


def test_a_level_asks_since_the_day_when_any_level_asked_the_same() -> None:
    use = Requirement("use", "利用率", AtLeast(RATE, Param("rate")))

    def levels(*rates: int) -> tuple[Level, ...]:
        return tuple(Level(str(rate), Requires("use"), params={"rate": rate}) for rate in rates)

    periods = (
        Period(START, date(2025, 3, 31), levels(30, 15)),
        Period(date(2025, 4, 1), END, levels(45, 30)),
    )
    timeline = Timeline(Rule("x", "x", (use,), periods))
    state = timeline.on(END)
    assert [timeline.since(state, "use", level) for level in (0, 1)] == [date(2025, 4, 1), START]


def test_a_requirement_is_asked_no_longer_than_its_level_is_in_force() -> None:
    level = (Level("1", Requires("posting")),)
    periods = (Period(START, date(2025, 3, 31), level), Period(date(2025, 10, 1), None, level))
    timeline = Timeline(Rule("x", "x", (POSTING,), periods))
    assert timeline.since(timeline.on(END), "posting", 0) == date(2025, 10, 1)


def test_measures_and_changes_inside_other_requirements_do_not_change_since_when_one_is_asked() -> None:
    measured = Requirement(
        "use", "利用率", AtLeast(RATE, CHANGING), deemed=(Measure(None, date(2025, 9, 30)),)
    )
    both = Requirement(
        "both",
        "両方",
        When(POSTED, Any_((Not(All((Requires("use"),))), AtLeastNOf(1, (Deemed(POSTED, None, None),))))),
    )
    timeline = Timeline(rule(measured, both))
    assert timeline.since(timeline.on(END), "both", 0) == START
