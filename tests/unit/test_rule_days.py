"""The days on which a rule turns, and what a rule knows of its parts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitasu.rules.nodes import (
    All,
    AtLeast,
    Dated,
    DatedValue,
    Deemed,
    Equals,
    Fact,
    Node,
    Not,
    OneOf,
    Param,
    When,
)
from mitasu.rules.rule import Level, Measure, Period, Requirement, Rule

START, TURN, END = date(2024, 6, 1), date(2025, 4, 1), date(2026, 5, 31)
AFTER = date(2026, 6, 1)
RATE, POSTED = Fact("rate"), Fact("posted")


def days(
    *requirements: Requirement, needs: Node | None = None, applies_when: Node | None = None, **more: Any
) -> list[date]:
    """The turns of a rule of one period, without the first day of the period and the day after its last."""
    level = Level("1", needs or All(()), **more)
    found = Rule("x", "x", requirements, (Period(START, END, (level,)),), applies_when).dates()
    assert found[0] == START
    assert found[-1] == AFTER
    return list(found[1:-1])


def asked(**more: Any) -> Requirement:
    return Requirement("posting", "院内掲示", more.pop("need", POSTED), **more)


def test_a_rule_turns_on_the_first_day_of_a_period_and_the_day_after_its_last() -> None:
    assert days() == []


def test_periods_that_join_turn_once_and_a_gap_turns_twice() -> None:
    level = (Level("1", All(())),)
    joined = (Period(START, date(2025, 3, 31), level), Period(TURN, None, level))
    apart = (Period(START, date(2025, 3, 31), level), Period(date(2025, 10, 1), None, level))
    assert Rule("x", "x", (), joined).dates() == (START, TURN)
    assert Rule("x", "x", (), apart).dates() == (START, TURN, date(2025, 10, 1))


DATED = DatedValue(((START, 1), (TURN, 2)))


@pytest.mark.parametrize(
    "tree",
    [
        AtLeast(RATE, DATED),
        Equals(RATE, DATED),
        OneOf(RATE, (0, DATED)),
        Dated(((START, POSTED), (TURN, None))),
        Dated(((START, Dated(((TURN, POSTED),))),)),
        Not(AtLeast(RATE, DATED)),
        When(AtLeast(RATE, DATED), POSTED),
        When(POSTED, AtLeast(RATE, DATED)),
        Deemed(POSTED, AtLeast(RATE, DATED), None),
    ],
)
def test_a_rule_turns_where_a_condition_does_wherever_it_stands(tree: Node) -> None:
    assert days(needs=tree) == [TURN]
    assert days(asked(need=tree)) == [TURN]
    assert days(asked(applies_when=tree)) == [TURN]
    assert days(asked(deemed=(Measure(None, None, tree),))) == [TURN]
    assert days(applies_when=tree) == [TURN]


def test_a_rule_turns_where_a_parameter_does() -> None:
    assert days(needs=AtLeast(RATE, Param("rate")), params={"rate": DATED, "other": 3}) == [TURN]


def test_a_rule_turns_where_a_requirement_begins_and_the_day_after_it_ends() -> None:
    assert days(asked(from_=TURN)) == [TURN]
    assert days(asked(until=date(2025, 3, 31))) == [TURN]
    assert days(asked(from_=date(2024, 10, 1), until=date(2025, 3, 31))) == [date(2024, 10, 1), TURN]


def test_a_rule_turns_where_a_measure_begins_and_the_day_after_it_ends() -> None:
    assert days(asked(deemed=(Measure(TURN, None),))) == [TURN]
    assert days(asked(deemed=(Measure(None, date(2025, 3, 31)),))) == [TURN]
    assert days(asked(deemed=(Measure(None, Fact("free_until")),))) == []


def test_days_before_the_first_period_and_after_the_last_are_no_turns() -> None:
    assert days(asked(from_=date(2020, 4, 1), until=date(2030, 3, 31))) == []
    assert days(asked(from_=date(2024, 5, 31))) == []
    assert days(asked(from_=date(2026, 6, 2))) == []
    assert days(needs=Dated(((date(2020, 4, 1), POSTED), (TURN, None), (date(2030, 4, 1), POSTED)))) == [TURN]


def test_in_an_open_ended_period_every_later_day_is_a_turn() -> None:
    period = Period(START, None, (Level("1", Dated(((date(2099, 4, 1), POSTED),))),))
    assert Rule("x", "x", (), (period,)).dates() == (START, date(2099, 4, 1))


def test_a_rule_without_periods_never_turns_by_itself() -> None:
    assert Rule("x", "x", (), ()).dates() == ()


@pytest.mark.parametrize(
    ("day", "covered"),
    [(date(2024, 5, 31), False), (START, True), (END, True), (AFTER, False)],
)
def test_both_days_of_a_period_and_of_a_requirement_belong_to_it(day: date, covered: bool) -> None:
    assert Period(START, END, ()).covers(day) is covered
    assert asked(from_=START, until=END).exists_on(day) is covered


def test_without_days_a_requirement_always_exists_and_an_open_period_never_ends() -> None:
    assert asked().exists_on(date.min)
    assert asked().exists_on(date.max)
    assert Period(START, None, ()).covers(date.max)


@pytest.mark.parametrize(
    ("kind", "unverified", "blocks"),
    [
        ("institution", False, True),
        ("filing", False, True),
        ("advisory", False, False),
        ("institution", True, False),
    ],
)
def test_what_is_advisory_or_unverified_never_blocks(kind: str, unverified: bool, blocks: bool) -> None:
    assert asked(kind=kind, unverified=unverified).blocks is blocks


def test_a_requirement_is_found_by_its_id() -> None:
    rule = Rule("x", "x", (asked(),), ())
    assert rule.requirement("posting") is rule.requirements[0]
    with pytest.raises(KeyError, match="unknown"):
        rule.requirement("unknown")
