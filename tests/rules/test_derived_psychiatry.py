"""The formulas of psychiatry against fractions, on both sides of every limit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.facts import DERIVED, Institution, View
from mitasu.facts.columns import DERIVED_COLUMNS, frame
from mitasu.facts.institution import Person, Span
from mitasu.rulebook import Rulebook
from mitasu.rules.quantities import percent

ON = date(2026, 6, 15)
CATALOGUE = Rulebook.shipped().catalogue
TOTAL = "psychotherapy_claims_6_months"
EARLY = tuple(f"psychotherapy_claims_{part}" for part in ("1_ro", "1_ha_1", "2_ro", "2_ha_1", "2_ha_2"))
AT_CLINIC, AT_HOME = "psychotherapy_claims_1_ro", "psychotherapy_claims_2_ro"
ROLE = "designated_psychiatrist"
same_every_time = settings(derandomize=True, deadline=None, max_examples=200)
maybe_count = st.one_of(st.none(), st.integers(0, 150))


def place(facts: Mapping[str, int | None], people: list[Person] | None = None) -> Institution:
    spans = {id_: (Span(value),) for id_, value in facts.items() if value is not None}
    return Institution(
        "見本", "1310000001", "medical", "clinic", spans, people=None if people is None else tuple(people)
    )


def both(name: str, institutions: list[Institution], **args: Any) -> list[bool | None]:
    """The value of a derived fact for each institution, which both readings must share."""
    found = [DERIVED[name](View(institution, ON, DERIVED), **args).value for institution in institutions]
    table = frame(institutions, CATALOGUE, ON).select(found=DERIVED_COLUMNS[name](ON, **args))
    assert table["found"].to_list() == found
    return found


def one(name: str, facts: Mapping[str, int | None], **args: Any) -> bool | None:
    return both(name, [place(facts)], **args)[0]


def either(value: Any, otherwise: Sequence[Any]) -> Sequence[Any]:
    """What a value may be: itself, or where it is not stated any of these."""
    return otherwise if value is None else [value]


def decided(answers: set[bool]) -> bool | None:
    return answers.pop() if len(answers) == 1 else None


# ---- the share -------------------------------------------------------------------------------------


def share_by_hand(facts: Mapping[str, int | None], least: Fraction) -> bool | None:
    """Lowest and highest share that the unknown counts leave open."""
    total = facts[TOTAL]
    if total is None:
        return None
    if total == 0:
        return False
    lowest = Fraction(sum(facts[id_] or 0 for id_ in EARLY), total)
    highest = lowest if all(facts[id_] is not None for id_ in EARLY) else Fraction(10**9)
    return decided({lowest >= least, highest >= least})


@same_every_time
@given(
    st.lists(
        st.fixed_dictionaries(
            {TOTAL: st.one_of(st.none(), st.integers(0, 4000)), **dict.fromkeys(EARLY, maybe_count)}
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(("5%", "2%")),
)
def test_the_share_is_that_of_fractions(rows: list[dict[str, int | None]], share: str) -> None:
    least = Fraction(int(share.removesuffix("%")), 100)
    found = both("early_psychotherapy_share", [place(row) for row in rows], share=percent(share))
    assert found == [share_by_hand(row, least) for row in rows]


@same_every_time
@given(st.integers(1, 3000), st.integers(-1, 1), st.sampled_from((5, 2)))
def test_the_share_turns_exactly_at_its_limit(total: int, off: int, hundredths: int) -> None:
    number = max(0, -(-hundredths * total // 100) + off)
    facts = {TOTAL: total, **dict.fromkeys(EARLY, 0), EARLY[0]: number}
    found = one("early_psychotherapy_share", facts, share=percent(f"{hundredths}%"))
    assert found is (Fraction(number, total) >= Fraction(hundredths, 100))


@pytest.mark.parametrize(
    ("number", "total", "met"), [(210, 4000, True), (200, 4000, True), (199, 4000, False), (200, 4001, False)]
)
def test_five_per_cent_by_example(number: int, total: int, met: bool) -> None:
    facts = {TOTAL: total, **dict.fromkeys(EARLY, 0), EARLY[3]: number}
    assert one("early_psychotherapy_share", facts, share=percent("5%")) is met


def test_without_a_claim_there_is_no_share() -> None:
    facts: dict[str, int | None] = {TOTAL: 0, **dict.fromkeys(EARLY, 0)}
    assert one("early_psychotherapy_share", facts, share=percent("2%")) is False


def test_the_unknown_counts_are_asked() -> None:
    facts = {TOTAL: 1000, **dict.fromkeys(EARLY, 0), EARLY[1]: None}
    found = DERIVED["early_psychotherapy_share"](View(place(facts), ON, DERIVED), share=percent("5%"))
    assert (found.value, found.needs) == (None, (EARLY[1],))


# ---- for each doctor -------------------------------------------------------------------------------


def weighted(number: int, long: int) -> Fraction:
    """第47の7の4(1)ウ: the long ones, and half of the others."""
    return long + Fraction(number - long, 2)


@st.composite
def claims(draw: st.DrawFn) -> dict[str, int | None]:
    """First treatments, those of 60 minutes among them, each perhaps unknown."""
    found: dict[str, int | None] = {"psychiatrists": draw(st.sampled_from((None, 0, 1, 2, 3)))}
    for whole in (AT_CLINIC, AT_HOME):
        number = draw(st.integers(0, 150))
        long = draw(st.integers(0, number))
        found[whole] = draw(st.sampled_from((number, number, None)))
        found[whole + "_1"] = draw(st.sampled_from((long, long, None)))
    return found


def ways(number: int | None, long: int | None) -> list[tuple[int, int]]:
    """The least and the most that what is not known may be."""
    numbers = either(number, [long or 0, 10**6])
    return [(found, part) for found in numbers for part in either(long, [0, found])]


@same_every_time
@given(st.lists(claims(), min_size=1, max_size=8), st.sampled_from((60, 24)))
def test_short_first_visits_count_half_as_in_fractions(rows: list[dict[str, int | None]], least: int) -> None:
    found = both("weighted_first_claims_per_psychiatrist", [place(row) for row in rows], least=least)
    for row, value in zip(rows, found, strict=True):
        doctors = row["psychiatrists"]
        if not doctors:
            assert value is (None if doctors is None else False)
            continue
        clinic, home = (ways(row[whole], row[whole + "_1"]) for whole in (AT_CLINIC, AT_HOME))
        each = [(weighted(*a) + weighted(*b)) / doctors for a, b in product(clinic, home)]
        assert value == decided({number >= least for number in each}), row


@same_every_time
@given(st.lists(claims(), min_size=1, max_size=8))
def test_first_visits_for_each_doctor_as_in_fractions(rows: list[dict[str, int | None]]) -> None:
    found = both("first_claims_per_psychiatrist", [place(row) for row in rows], least=60)
    for row, value in zip(rows, found, strict=True):
        doctors = row["psychiatrists"]
        if not doctors:
            assert value is (None if doctors is None else False)
            continue
        numbers = [either(row[whole], [0, 10**6]) for whole in (AT_CLINIC, AT_HOME)]
        assert value == decided({Fraction(sum(way), doctors) >= 60 for way in product(*numbers)}), row


@same_every_time
@given(st.integers(1, 5), st.integers(-2, 2), st.sampled_from((60, 24)), st.data())
def test_the_number_turns_exactly_at_its_limit(
    doctors: int, off: int, least: int, data: st.DataObject
) -> None:
    halves = 2 * least * doctors + off
    long = data.draw(st.integers(0, halves // 2))
    number = halves - long
    facts = {
        "psychiatrists": doctors,
        AT_CLINIC: number,
        AT_CLINIC + "_1": long,
        AT_HOME: 0,
        AT_HOME + "_1": 0,
    }
    found = one("weighted_first_claims_per_psychiatrist", facts, least=least)
    assert found is (weighted(number, long) / doctors >= least) is (off >= 0)


@pytest.mark.parametrize(("number", "met"), [(120, True), (119, False)])
def test_sixty_for_each_of_two_doctors_by_example(number: int, met: bool) -> None:
    facts = {"psychiatrists": 2, AT_CLINIC: number - 20, AT_HOME: 20}
    assert one("first_claims_per_psychiatrist", facts, least=60) is met


@pytest.mark.parametrize(("long", "met"), [(110, True), (109, False)])
def test_sixty_with_twenty_short_ones_by_example(long: int, met: bool) -> None:
    facts = {"psychiatrists": 2, AT_CLINIC: 130, AT_CLINIC + "_1": long, AT_HOME: 0, AT_HOME + "_1": 0}
    assert one("weighted_first_claims_per_psychiatrist", facts, least=60) is met


# ---- 精神保健指定医 --------------------------------------------------------------------------------------


def doctors() -> st.SearchStrategy[list[Person]]:
    def person(
        employment: str | None, duties: int | None, emergencies: int | None, online: bool | None
    ) -> Person:
        told = {
            "designated_duties_last_12_months": duties,
            "emergency_duties_last_12_months": emergencies,
            "treats_online": online,
        }
        return Person(ROLE, employment, "dedicated", {k: v for k, v in told.items() if v is not None})

    return st.lists(
        st.builds(
            person,
            st.sampled_from(("full_time", "full_time", "part_time", None)),
            st.sampled_from((0, 1, 2, None)),
            st.sampled_from((0, 5, 6, None)),
            st.sampled_from((True, False, None)),
        ),
        max_size=4,
    )


def duty_by_hand(staff: tuple[tuple[bool, bool], ...]) -> bool:
    """第47の7の4(5): one full-time 指定医 did a duty; two where two or more are full-time."""
    full_time = [done for is_full_time, done in staff if is_full_time]
    return sum(full_time) >= (2 if len(full_time) >= 2 else 1)


@same_every_time
@given(st.lists(doctors(), min_size=1, max_size=8))
def test_the_duties_of_the_full_time_ones_as_by_hand(staffs: list[list[Person]]) -> None:
    found = both("designated_duties_done", [place({}, people) for people in staffs])
    for people, value in zip(staffs, found, strict=True):
        each = [
            [
                (employment == "full_time", duties >= 1)
                for employment in either(person.employment, ["full_time", "part_time"])
                for duties in either(person.attributes.get("designated_duties_last_12_months"), [0, 1])
            ]
            for person in people
        ]
        assert value == decided({duty_by_hand(way) for way in product(*each)}), people


@same_every_time
@given(st.lists(doctors(), min_size=1, max_size=8))
def test_whoever_treats_online_did_a_duty_as_by_hand(staffs: list[list[Person]]) -> None:
    found = both("online_psychiatrists_on_duty", [place({}, people) for people in staffs])
    for people, value in zip(staffs, found, strict=True):
        marked = [person for person in people if person.attributes.get("treats_online") is True]
        treating = marked or [person for person in people if "treats_online" not in person.attributes]
        each = [
            [
                emergencies >= 6 or duties >= 1
                for emergencies in either(person.attributes.get("emergency_duties_last_12_months"), [0, 6])
                for duties in either(person.attributes.get("designated_duties_last_12_months"), [0, 1])
            ]
            for person in treating
        ]
        assert value == (decided({all(way) for way in product(*each)}) if treating else False), people


@pytest.mark.parametrize("name", ["designated_duties_done", "online_psychiatrists_on_duty"])
def test_without_a_list_of_people_nothing_is_known(name: str) -> None:
    found = DERIVED[name](View(place({}), ON, DERIVED))
    assert (found.value, found.needs) == (None, (ROLE,))
    assert both(name, [place({}), place({}, [])]) == [None, False]
