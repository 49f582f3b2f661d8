"""The arithmetic of the base-up fees, held to fractions at and around every limit, in both readings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.facts import DERIVED, Institution, View
from mitasu.facts.columns import DERIVED_COLUMNS, frame
from mitasu.facts.derived import wages
from mitasu.facts.institution import Filing, Person, Span
from mitasu.rulebook import Catalogue, Rulebook
from mitasu.rules.quantities import ONE_PERCENT

ON = date(2025, 3, 1)
LATER = date(2026, 7, 1)
IDS = [id_ for id_, _, _ in wages.COUNTS]
FEE = (6, 2, 28, 7, 10, 2, 41, 10)
WEIGHT = (8, 1, 8, 8, 8, 1, 8, 8)
EXAMPLES = settings(max_examples=60, derandomize=True, deadline=None)
FEW = settings(max_examples=25, derandomize=True, deadline=None)


@cache
def catalogue() -> Catalogue:
    return Rulebook.shipped().catalogue


def place(facts: Mapping[str, Any], **more: Any) -> Institution:
    spans = {id_: (Span(value),) for id_, value in facts.items() if value is not None}
    return Institution("見本", "1310000023", "medical", "clinic", spans, **more)


def scalar(name: str, institution: Institution, on: date = ON, **arguments: Any) -> Any:
    return DERIVED[name](View(institution, on, DERIVED), **arguments).value


def both(name: str, institution: Institution, on: date = ON, **arguments: Any) -> Any:
    """The value that both readings give."""
    value = scalar(name, institution, on, **arguments)
    table = frame([institution], catalogue(), on)
    assert table.select(DERIVED_COLUMNS[name](on, **arguments).alias("found"))["found"].to_list() == [value]
    return value


def figures(payroll: int | None, tenths: Iterable[int | None], when: str = "") -> dict[str, Any]:
    """Facts of a calculation: yen, and counts in tenths of a visit."""
    counts = [None if count is None else count * ONE_PERCENT // 10 for count in tenths]
    return {"payroll_target_monthly" + when: payroll} | {
        id_ + when: count for id_, count in zip(IDS, counts, strict=True)
    }


def points(tenths: Iterable[int]) -> Fraction:
    return sum((Fraction(count, 10) * fee for count, fee in zip(tenths, FEE, strict=True)), Fraction(0))


def weight(tenths: Iterable[int]) -> Fraction:
    return sum((Fraction(count, 10) * w for count, w in zip(tenths, WEIGHT, strict=True)), Fraction(0))


def b_value(payroll: int, tenths: list[int]) -> Fraction:
    rest = Fraction(12, 1000) * payroll - 10 * points(tenths)
    return max(Fraction(0), rest / (10 * weight(tenths)))


def band_of(b: Fraction) -> int:
    """The band of 別表5, as its table reads."""
    if b <= 0:
        return 0
    edges = [Fraction(edge) / 10 for edge in (15, 25, 35, 45, 55, 65, 75)]
    return 1 + sum(b >= edge for edge in edges)


visits = st.lists(st.integers(0, 30_000), min_size=8, max_size=8).filter(any)


def payroll_at(b: Fraction, tenths: list[int]) -> int:
    """The least whole payroll at which B is reached."""
    return math.ceil((10 * points(tenths) + b * 10 * weight(tenths)) / Fraction(12, 1000))


@EXAMPLES
@given(visits, st.integers(-2, 2))
def test_the_first_fee_is_short_of_twelve_thousandths_of_the_payroll(tenths: list[int], off: int) -> None:
    payroll = max(0, math.floor(10 * points(tenths) / Fraction(12, 1000)) + off)
    found = both("base_up_1_insufficient", place(figures(payroll, tenths)))
    assert found == (10 * points(tenths) < Fraction(12, 1000) * payroll)


@EXAMPLES
@given(visits, st.integers(1, 8), st.integers(-1, 1))
def test_a_band_is_reached_at_its_lower_edge(tenths: list[int], band: int, off: int) -> None:
    edge = Fraction(0) if band == 1 else Fraction(2 * band - 1, 2)
    payroll = max(0, payroll_at(edge, tenths) + off)
    institution = place(figures(payroll, tenths) | {"band_calculated_before": False})
    wanted = band_of(b_value(payroll, tenths))
    for other in range(1, 9):
        assert scalar("base_up_band_reached", institution, band=other) == (other <= wanted)
    assert both("base_up_band_reached", institution, band=band) == (band <= wanted)


@pytest.mark.parametrize("band", range(1, 9))
def test_exactly_at_the_edge_the_band_holds_and_below_it_does_not(band: int) -> None:
    tenths = [1500, 6000, 0, 0, 0, 0, 0, 0]
    payroll = 1_750_000 + 750_000 * (2 * band - 1) if band > 1 else 1_750_001
    for yen, reached in ((payroll, True), (payroll - 1, False)):
        institution = place(figures(yen, tenths) | {"band_calculated_before": False})
        assert both("base_up_band_reached", institution, band=band) is reached


@EXAMPLES
@given(visits, st.integers(0, 10**12), st.sets(st.integers(0, 8), min_size=1, max_size=3), st.integers(1, 8))
def test_what_is_decided_without_a_figure_holds_whatever_it_is(
    tenths: list[int], payroll: int, hidden: set[int], band: int
) -> None:
    shown: list[int | None] = [None if i in hidden else count for i, count in enumerate(tenths)]
    yen = None if 8 in hidden else payroll
    institution = place(figures(yen, shown) | {"band_calculated_before": False})
    full = place(figures(payroll, tenths) | {"band_calculated_before": False})
    for name, arguments in (("base_up_1_insufficient", {}), ("base_up_band_reached", {"band": band})):
        found = both(name, institution, **arguments)
        assert found is not True
        if found is False:
            assert scalar(name, full, **arguments) is False
    assert both("base_up_band_reached", institution, band=band) is None or yen is not None


def test_without_a_visit_there_is_no_band_to_tell() -> None:
    nothing = [0] * 8
    known = {"band_calculated_before": False}
    assert both("base_up_band_reached", place(figures(1, nothing) | known), band=1) is None
    assert both("base_up_band_reached", place(figures(0, nothing) | known), band=1) is False


# ---- the tenth -----------------------------------------------------------------------------------------------


def within(old: Fraction, new: Fraction) -> bool:
    """Nine to eleven tenths of before, both ends in."""
    return Fraction(9, 10) * old <= new <= Fraction(11, 10) * old


def steady(was: tuple[int, list[int]], now: tuple[int, list[int]]) -> bool:
    pairs = [
        (Fraction(was[0]), Fraction(now[0])),
        (points(was[1]), points(now[1])),
        (Fraction(sum(was[1])), Fraction(sum(now[1]))),
        (b_value(*was), b_value(*now)),
    ]
    return all(within(old, new) for old, new in pairs)


ratios = st.sampled_from([Fraction(1), Fraction(9, 10), Fraction(11, 10), Fraction(19, 20), Fraction(21, 20)])
tens = st.lists(st.integers(0, 3_000).map(lambda n: 10 * n), min_size=8, max_size=8).filter(any)


@EXAMPLES
@given(tens, st.integers(1, 8), ratios, ratios, st.integers(-1, 1), st.integers(0, 7), st.integers(-1, 1))
def test_the_four_figures_stay_within_a_tenth(
    before: list[int], b: int, size: Fraction, pay: Fraction, yen: int, which: int, tenth: int
) -> None:
    payroll = payroll_at(Fraction(b), before)
    counts = [int(count * size) for count in before]
    counts[which] = max(0, counts[which] + tenth)
    new = max(0, math.floor(payroll * pay) + yen)
    if not any(counts):
        return
    facts = figures(new, counts) | figures(payroll, before, "_previous") | {"band_calculated_before": True}
    institution = place(facts)
    stays = steady((payroll, before), (new, counts))
    assert both("base_up_figures_steady", institution) == stays
    judged = band_of(b_value(payroll, before) if stays else b_value(new, counts))
    for band in range(1, 9):
        assert scalar("base_up_band_reached", institution, band=band) == (band <= judged)
    assert both("base_up_band_reached", institution, band=max(1, judged)) == (judged > 0)


@EXAMPLES
@given(tens, st.integers(1, 8), st.sampled_from([Fraction(9, 10), Fraction(11, 10)]), st.integers(-1, 1))
def test_b_alone_may_reach_the_tenth(before: list[int], b: int, ratio: Fraction, off: int) -> None:
    payroll = payroll_at(Fraction(b), before)
    new = payroll_at(b_value(payroll, before) * ratio, before) + off
    facts = figures(new, before) | figures(payroll, before, "_previous")
    assert both("base_up_figures_steady", place(facts)) == steady((payroll, before), (new, before))


@EXAMPLES
@given(tens, tens, st.sampled_from([True, False, None]), st.booleans(), st.booleans(), st.integers(1, 8))
def test_the_band_is_told_only_where_every_possible_past_agrees(
    before: list[int], counts: list[int], calculated: bool | None, old: bool, payroll: bool, band: int
) -> None:
    facts = figures(5_000_000 if payroll else None, counts) | {"band_calculated_before": calculated}
    facts |= figures(5_000_000, before, "_previous") if old else {}
    found = both("base_up_band_reached", place(facts), band=band)
    if found is None:
        assert calculated is None or not payroll
        return
    for past in (True, False) if calculated is None else (calculated,):
        for yen in (5_000_000,) if payroll else (0, 5_000_000, 500_000_000):
            world = facts | {"payroll_target_monthly": yen, "band_calculated_before": past}
            assert scalar("base_up_band_reached", place(world), band=band) == found


def test_figures_of_before_that_are_missing_leave_nothing_to_lean_on() -> None:
    now = figures(6_250_000, [1500, 6000, 0, 0, 0, 0, 0, 0])
    some = {"payroll_target_monthly_previous": 6_250_000}
    assert both("base_up_figures_steady", place(now | some)) is False


def test_the_largest_figures_that_a_file_may_hold_do_not_overflow() -> None:
    most = [10**13] * 8
    facts = figures(10**12, most) | figures(10**12, most, "_previous") | {"band_calculated_before": True}
    assert both("base_up_figures_steady", place(facts)) is True
    assert both("base_up_1_insufficient", place(facts)) is False


# ---- since 2026-06 -----------------------------------------------------------------------------------------------


@EXAMPLES
@given(tens, st.sampled_from([-1, 1]), st.integers(-1, 1), st.integers(1, 80), st.integers(-1, 1))
def test_a_tenth_or_more_asks_for_a_new_calculation(
    before: list[int], sign: int, off: int, staff: int, more: int
) -> None:
    counts, total = list(before), sum(before)
    counts[before.index(max(before))] += sign * (total // 10) + off
    if min(counts) < 0:
        return
    fte = staff * ONE_PERCENT // 10
    new = max(0, staff * ONE_PERCENT // 10 + staff * ONE_PERCENT // 100 + more)
    people = (*(nurse(ONE_PERCENT) for _ in range(new // ONE_PERCENT)), nurse(new % ONE_PERCENT))
    facts = figures(1, counts) | figures(1, before, "_previous") | {"target_staff_fte_previous": fte}
    moved = any(
        now != old and abs(Fraction(now) - old) >= Fraction(old, 10)
        for old, now in ((total, sum(counts)), (fte, new))
    )
    assert both("base_up_staff_and_claims_steady", place(facts, people=people), LATER) == (not moved)


@pytest.mark.parametrize("number", [0, 29, 30, 31, None])
@pytest.mark.parametrize("uses", list(product([True, False, None], repeat=3)))
def test_in_patient_fees(number: int | None, uses: tuple[bool | None, ...]) -> None:
    ids = ("basic_inpatient_fee_in_use", "special_inpatient_fee_in_use", "short_stay_fee_in_use")
    facts = dict(zip(ids, uses, strict=True)) | {"inpatient_fee_claims_monthly": number}
    wanted = (
        number < 30 if number is not None else True if not any(use is not False for use in uses) else None
    )
    assert both("inpatient_fees_seldom_claimed", place(facts), LATER) is wanted


# ---- target staff ----------------------------------------------------------------------------------------------------


def nurse(fte: int) -> Person:
    return Person("employee", "full_time", None, {"occupation": "nurse", "fte": fte, "clerical_only": False})


def counted(person: Person, scope: str) -> bool:
    """Who counts, as the notices list it, everything being known."""
    occupation, attributes = person.attributes["occupation"], person.attributes
    if person.employment == "contracted":
        return False
    if scope == "table_4":
        office = attributes["clerical_only"] or occupation == "clerk"
        return occupation not in ("doctor", "dentist") and not office and not attributes.get("officer")
    return occupation not in ("doctor", "dentist") or attributes["age"] < 40


def worlds(person: Person) -> Iterator[Person]:
    """Every person that this one may be."""
    a = person.attributes
    employments = (person.employment,) if person.employment else ("full_time", "contracted")
    occupations = (a["occupation"],) if "occupation" in a else ("nurse", "clerk", "doctor")
    clerical = (a["clerical_only"],) if "clerical_only" in a else (True, False)
    hours = (a["fte"],) if "fte" in a else (0, ONE_PERCENT)
    ages = (a["age"],) if "age" in a else (39, 40)
    for employment, occupation, office, fte, age in product(employments, occupations, clerical, hours, ages):
        told = {"occupation": occupation, "clerical_only": office, "fte": fte, "age": age}
        yield Person("employee", employment, None, dict(a) | told)


@st.composite
def staff(draw: st.DrawFn) -> Person:
    attributes: dict[str, Any] = {
        "occupation": draw(
            st.sampled_from([None, "nurse", "medical_clerk_assistant", "clerk", "doctor", "dentist"])
        ),
        "clerical_only": draw(st.sampled_from([None, True, False, False])),
        "officer": draw(st.sampled_from([None, None, True, False])),
        "fte": draw(st.sampled_from([None, 1, 5_000, 9_999, 10_000, 10_000])),
        "age": draw(st.sampled_from([None, 39, 40])),
    }
    employment = draw(st.sampled_from([None, "full_time", "part_time", "dispatched", "contracted"]))
    given_ = {name: value for name, value in attributes.items() if value is not None}
    return Person("employee", employment, None, given_)


@EXAMPLES
@given(st.lists(staff(), max_size=2), st.sampled_from(["table_4", "everyone"]), st.integers(0, 2))
def test_target_staff_are_told_only_where_everyone_they_may_be_agrees(
    people: list[Person], scope: str, limit: int
) -> None:
    answers: dict[str, set[bool]] = {"at_least": set(), "more_than": set()}
    for world in product(*(list(worlds(person)) for person in people)):
        total = sum(Fraction(p.attributes["fte"], ONE_PERCENT) for p in world if counted(p, scope))
        answers["at_least"].add(total >= limit)
        answers["more_than"].add(total > limit)
    for argument, found in answers.items():
        wanted = found.pop() if len(found) == 1 else None
        arguments = {"scope": scope, argument: limit}
        assert both("target_staff_enough", place({}, people=tuple(people)), **arguments) is wanted


def test_nobody_counts_for_more_than_one_and_only_while_there() -> None:
    long = Person("employee", "full_time", None, nurse(ONE_PERCENT).attributes, date(2025, 3, 2), None)
    gone = Person("employee", "full_time", None, nurse(ONE_PERCENT).attributes, None, date(2025, 2, 28))
    institution = place({}, people=(nurse(20_000), long, gone))
    assert both("target_staff_enough", institution, scope="table_4", at_least=2) is False
    assert both("target_staff_enough", institution, scope="table_4", at_least=1) is True
    assert both("target_staff_enough", place({}), scope="table_4", at_least=1) is None


# ---- bands that are filed ------------------------------------------------------------------------------------------------


filing = st.builds(
    lambda item, level, month: Filing(item, level, date(2024, month, 1), date(2024, month, 20)),
    st.sampled_from(["base-up-2", "dental-base-up-2", "base-up-1"]),
    st.sampled_from([None, "1", "3", "8", "12", "24"]),
    st.integers(4, 12),
)


@FEW
@given(st.lists(filing, max_size=4), st.sampled_from([date(2024, 8, 1), ON]))
def test_the_best_band_filed(filings: list[Filing], on: date) -> None:
    def best(item: str) -> int | None:
        there = [
            f for f in filings if f.item == item and f.accepted is not None and on >= next_month(f.accepted)
        ]
        if any(f.level is None for f in there):
            return None
        return max((int(f.level) for f in there if f.level is not None), default=0)

    own, other = best("base-up-2"), best("dental-base-up-2")
    institution = place(figures(6_250_000, [1500, 6000, 0, 0, 0, 0, 0, 0]), filings=tuple(filings))
    same = both("same_band_filed", institution, on, item="base-up-2", other="dental-base-up-2")
    assert same is (None if None in (own, other) else own == other)
    wanted = None if own is None else own <= 3  # B is 3.0
    assert both("base_up_filed_band_reached", institution, on) is wanted


def next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def test_a_filing_that_ended_has_no_band() -> None:
    lapses = (("took_effect_before", date(2026, 6, 1)), ("from", date(2026, 6, 1)))
    old = Filing("dental-base-up-2", "3", date(2024, 5, 17), date(2024, 5, 31))
    new = Filing("base-up-2", "12", date(2026, 5, 15), date(2026, 6, 1))
    institution = place({}, filings=(old, new))
    arguments: dict[str, Any] = {"item": "dental-base-up-2", "other": "base-up-1", "lapses": lapses}
    assert both("same_band_filed", institution, date(2026, 5, 31), **arguments) is False
    assert both("same_band_filed", institution, date(2026, 6, 1), **arguments) is True
    assert both("same_band_filed", place({}), ON, item="base-up-2", other="base-up-1") is None
