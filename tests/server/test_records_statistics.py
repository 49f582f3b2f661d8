"""Statistics: every stay counted once at any number of digits, and nothing hidden that a subtraction could bring out."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.server.accounts.models import Site
from mitasu.server.records import sample
from mitasu.server.records.hiding import hidden, with_totals
from mitasu.server.records.models import Diagnosis, StaffMember, Stay
from mitasu.server.records.staffing import enough, needed, publish, why_not, year_before
from mitasu.server.records.statistics import (
    DIMENSIONS,
    HIDDEN,
    UNCODED,
    _crossed,
    bars,
    coding,
    icd_table,
    operations,
    published,
)
from mitasu.server.sites.judging import answer_of

LAST = date(2026, 10, 31)
FIRST = date(2025, 11, 1)


@pytest.fixture
def hospital(make_site: Any) -> Site:
    site: Site = make_site("hospital")
    sample.plant(site, 150, first=FIRST, last=LAST, events=False)
    return site


@pytest.mark.django_db
@pytest.mark.parametrize("dimension", DIMENSIONS)
@pytest.mark.parametrize("digits", [3, 4, 5])
def test_every_table_sums_to_the_stays(hospital: Site, digits: int, dimension: str) -> None:
    stay = Stay.objects.filter(discharged__isnull=False).first()
    assert stay is not None
    Diagnosis.objects.filter(stay=stay).delete()
    count = Stay.objects.filter(discharged__range=(FIRST, LAST)).count()
    found = icd_table(hospital, digits, dimension, FIRST, LAST)
    assert found.total == sum(found.cells.values()) == sum(found.by_code.values()) == count
    assert sum(found.by_column.values()) == count
    assert all(len(code) <= digits for code in found.codes if code != UNCODED)
    assert found.by_code[UNCODED] == 1
    assert found.rows()[-1][-1] == f"{count:,}"


@pytest.mark.django_db
def test_coding_and_operations_are_counted(hospital: Site) -> None:
    found = coding(hospital, FIRST, LAST)
    assert found.coded == found.stays == sum(found.by_length.values())
    assert found.detailed == found.coded - sum(number for _, number in found.short)
    assert {code for code, _ in found.short} <= {"J13", "I10", "A09"}
    counts = operations(hospital, FIRST, LAST)
    assert [number for *_, number in counts] == sorted((number for *_, number in counts), reverse=True)
    assert counts[0][1]


def test_a_small_count_is_hidden_with_the_smallest_others_it_would_follow_from_and_totals_stay() -> None:
    counts = Counter({("C34", "男"): 12, ("C34", "女"): 9, ("I21", "男"): 20, ("I21", "女"): 10})
    assert published(_crossed(counts, "sex"), 3).rows() == [
        ["C34", HIDDEN, HIDDEN, "21"],
        ["I21", HIDDEN, HIDDEN, "30"],
        ["計", "19", "32", "51"],
    ]


def test_a_code_that_is_rare_in_every_month_still_shows_its_year() -> None:
    counts = Counter({(code, f"2026-{month:02}"): 3 for code in ("C34", "I21") for month in range(1, 13)})
    shown = published(_crossed(counts, "month"), 3)
    assert shown.rows()[0][-1] == "36"
    assert shown.total == 72


def test_a_small_count_does_not_follow_from_the_table_with_fewer_digits() -> None:
    counts = Counter(
        {("C340", "男"): 20, ("C341", "男"): 9, ("C349", "男"): 30, ("I219", "男"): 40, ("I210", "男"): 4}
    )
    coarse = published(_crossed(Counter({("C34", "男"): 59, ("I21", "男"): 44}), "sex"), 3)
    assert coarse.by_code == {"C34": 59, "I21": 44}
    fine = published(_crossed(counts, "sex"), 4)
    assert [code for code, number in fine.by_code.items() if number is None] == [
        "C340",
        "C341",
        "I219",
        "I210",
    ]


def test_nothing_is_hidden_where_nothing_is_small() -> None:
    counts = Counter({("C34", "男"): 12, ("I21", "女"): 10})
    assert published(_crossed(counts, "sex"), 3).rows()[-1] == ["計", "10", "12", "22"]


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")),
        st.sampled_from((1, 2, 3, 9, 10, 30)),
        min_size=1,
        max_size=6,
    )
)
def test_no_hidden_count_can_be_worked_out_from_what_is_published(cells: dict[tuple[str, str], int]) -> None:
    """Beside every table there is another with the same published numbers, and each small count different in one."""
    full = with_totals(cells)
    away = hidden(cells)
    small = {place for place, number in full.items() if number < 10}
    assert small <= away
    assert small or not away
    inside = [place for place in away if "" not in place]
    differs: set[tuple[str, str]] = set()
    for steps in product((0, 1, -1), repeat=len(inside)):
        other = dict(cells)
        for place, step in zip(inside, steps, strict=True):
            other[place] += step
        if min(other.values()) >= 1:
            again = with_totals(other)
            if all(again[place] == number for place, number in full.items() if place not in away):
                differs |= {place for place in away if again[place] != full[place]}
    assert small <= differs


def test_bars_carry_their_numbers_and_hidden_ones_have_no_length() -> None:
    made, height = bars([("C34", 20), ("I21", 10), ("J13", None)])
    assert [(one.width, one.text) for one in made] == [(600.0, "20"), (300.0, "10"), (0.0, "-")]
    assert height > made[-1].y


# ---- staff -------------------------------------------------------------------------------------------------------


def test_one_manager_is_needed_for_every_two_thousand_discharges_begun() -> None:
    assert [needed(count) for count in (0, 1, 2000, 2001, 2005, 4000, 4075)] == [1, 1, 1, 2, 2, 2, 3]
    assert year_before(date(2026, 3, 31)) == (date(2025, 4, 1), date(2026, 3, 31))


def manager(**more: Any) -> StaffMember:
    given_ = {"employment": "full_time", "assignment": "dedicated", "first": date(2024, 4, 1), **more}
    return StaffMember(name="見本", **given_)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({}, ""),
        ({"employment": "part_time"}, "常勤ではありません"),
        ({"employment": "dispatched"}, "常勤ではありません"),
        ({"assignment": "concurrent"}, "専従でも専任でもありません"),
        ({"cancer_registry": True}, "がん登録の専従担当者です"),
        ({"last": LAST - timedelta(days=1)}, "この日は務めていません"),
    ],
)
def test_who_counts_as_a_manager(more: dict[str, Any], told: str) -> None:
    assert why_not(manager(**more), LAST) == told


def test_one_of_the_managers_is_exclusive_and_does_nothing_else() -> None:
    exclusive = manager(assignment="exclusive")
    assert enough([exclusive], 100, LAST)[0]
    assert not enough([manager()], 100, LAST)[0]
    for more in ({"clerk_assistant": True}, {"other_duties": True}):
        assert not enough([manager(assignment="exclusive", **more)], 100, LAST)[0]
    assert not enough([exclusive], 2005, LAST)[0]
    assert enough([exclusive, manager()], 2005, LAST)[0]


@pytest.mark.django_db
def test_the_managers_of_the_room_decide_the_standard_once_they_are_in_the_ledger(make_site: Any) -> None:
    site, on = make_site("hospital"), date(2026, 11, 22)
    for assignment in ("exclusive", "dedicated"):
        StaffMember.objects.create(
            site=site, name="見本", employment="full_time", assignment=assignment, first=date(2024, 4, 1)
        )
    publish(site, by=None)
    assert answer_of(site, on).of("record-management").level != "1"
    StaffMember.objects.create(
        site=site, name="例示", employment="full_time", assignment="dedicated", first=date(2024, 4, 1)
    )
    publish(site, by=None)
    assert answer_of(site, on).of("record-management").level == "1"
    assert publish(site, by=None) == []
