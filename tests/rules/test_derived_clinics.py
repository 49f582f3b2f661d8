"""What clinics count, against naive counting: twelve months, distinct hosts, shares in fractions, whole months."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.facts import DERIVED, Institution, View
from mitasu.facts.columns import DERIVED_COLUMNS, frame
from mitasu.facts.derived.clinics import whole_months
from mitasu.facts.institution import Event, Filing, Span
from mitasu.rulebook import Rulebook

CATALOGUE = Rulebook.shipped().catalogue
HOSPITAL, ASSOCIATION = "level_1_hospital", "medical_association"
DAYS = (date(2024, 2, 29), date(2025, 2, 28), date(2025, 3, 31), date(2025, 4, 1), date(2026, 6, 15))
same_every_time = settings(derandomize=True, deadline=None, max_examples=150)
days = st.sampled_from(DAYS)
backs = st.one_of(st.integers(-40, 420), st.sampled_from([-1, 0, 1, 364, 365, 366, 367]))


def place(
    facts: dict[str, int | None] | None = None,
    events: dict[str, Iterable[Event]] | None = None,
    filings: Iterable[Filing] | None = None,
) -> Institution:
    spans = {id_: (Span(value),) for id_, value in (facts or {}).items() if value is not None}
    held = {id_: tuple(sorted(found, key=lambda event: event.on)) for id_, found in (events or {}).items()}
    listed = None if filings is None else tuple(filings)
    return Institution("見本", "1310000001", "medical", "clinic", spans, {}, held, None, listed)


def both(name: str, institutions: list[Institution], on: date, **args: Any) -> list[Any]:
    """The value of a derived fact for each institution, which both readings must share."""
    found = [DERIVED[name](View(institution, on, DERIVED), **args).value for institution in institutions]
    table = frame(institutions, CATALOGUE, on).select(found=DERIVED_COLUMNS[name](on, **args))
    assert table["found"].to_list() == found
    return found


def anniversary(day: date, years: int = 1) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 2, 28)


def in_year(day: date, on: date) -> bool:
    return day <= on <= anniversary(day)


def decided(answers: set[bool]) -> bool | None:
    return answers.pop() if len(answers) == 1 else None


# ---- trainings ---------------------------------------------------------------------------------------


@same_every_time
@given(
    days,
    st.lists(
        st.lists(st.tuples(backs, st.sampled_from([True, False, None])), max_size=5), min_size=1, max_size=8
    ),
)
def test_trainings_are_counted_as_by_hand(on: date, several: list[list[tuple[int, bool | None]]]) -> None:
    def by_hand(rows: list[tuple[int, bool | None]]) -> bool | None:
        choices = [[apart] if apart is not None else [True, False] for _, apart in rows]
        recent = [in_year(on - timedelta(back), on) for back, _ in rows]
        return decided(
            {
                sum(1 for now, apart in zip(recent, chosen, strict=True) if now and apart) >= 2
                for chosen in product(*choices)
            }
        )

    def event(back: int, apart: bool | None) -> Event:
        return Event(on - timedelta(back), {} if apart is None else {"separate_from_safety": apart})

    institutions = [place(events={"infection_training": [event(*row) for row in rows]}) for rows in several]
    assert both("infection_trainings_enough", institutions, on) == [by_hand(rows) for rows in several]


def test_no_list_of_trainings_is_unknown() -> None:
    assert both(
        "infection_trainings_enough", [place(), place(events={"infection_training": []})], DAYS[3]
    ) == [None, False]


# ---- conferences -------------------------------------------------------------------------------------

host = st.sampled_from(["甲", "乙", "丙", None])
kind = st.sampled_from([HOSPITAL, ASSOCIATION, None])


@same_every_time
@given(
    days,
    st.lists(
        st.tuples(st.sampled_from([None, 0, 1, 2, 3]), st.lists(st.tuples(backs, host, kind), max_size=4)),
        min_size=1,
        max_size=8,
    ),
)
def test_conferences_are_counted_as_by_hand(
    on: date, several: list[tuple[int | None, list[tuple[int, str | None, str | None]]]]
) -> None:
    def by_hand(partners: int | None, rows: list[tuple[int, str | None, str | None]]) -> bool | None:
        recent = [row for row in rows if in_year(on - timedelta(row[0]), on)]
        choices = [
            list(
                product(
                    [host] if host else ["甲", "乙", "丙", f"another {index}"],
                    [kind] if kind else [HOSPITAL, ASSOCIATION],
                )
            )
            for index, (_, host, kind) in enumerate(recent)
        ]
        answers = set()
        for chosen in product(*choices):
            hospitals = {host for host, kind in chosen if kind == HOSPITAL}
            for number in [partners] if partners is not None else range(10):
                answers.add(len(chosen) >= 2 and (number < 2 or len(hospitals) >= number))
        return decided(answers)

    def event(back: int, host: str | None, kind: str | None) -> Event:
        told = {"host": host, "host_kind": kind}
        return Event(on - timedelta(back), {name: value for name, value in told.items() if value})

    institutions = [
        place(
            {"infection_partner_hospitals": partners}, {"infection_conference": [event(*row) for row in rows]}
        )
        for partners, rows in several
    ]
    assert both("infection_conferences_enough", institutions, on) == [by_hand(*row) for row in several]


def test_a_year_of_conferences_ends_on_the_day() -> None:
    on = date(2025, 4, 1)

    def two(first: date) -> Institution:
        return place(
            {"infection_partner_hospitals": 0},
            {
                "infection_conference": [
                    Event(first, {"host_kind": ASSOCIATION}),
                    Event(on, {"host_kind": ASSOCIATION}),
                ]
            },
        )

    assert both("infection_conferences_enough", [two(date(2024, 4, 1)), two(date(2024, 3, 31)), place()], on) == [
        True, False, None,
    ]  # fmt: skip


# ---- the best three tenths ---------------------------------------------------------------------------

numbers = st.one_of(st.none(), st.integers(0, 40), st.integers(0, 3000))


@same_every_time
@given(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=60))
def test_the_rank_is_compared_as_a_fraction(rows: list[tuple[int | None, int | None]]) -> None:
    def by_hand(rank: int | None, clinics: int | None) -> bool | None:
        if rank is None or clinics is None or rank == 0:
            return None
        return clinics > 0 and Fraction(rank, clinics) <= Fraction(30, 100)

    institutions = [place({"surveillance_rank": rank, "surveillance_clinics": n}) for rank, n in rows]
    assert both("surveillance_top_30_percent", institutions, DAYS[3]) == [by_hand(*row) for row in rows]


@pytest.mark.parametrize("clinics", [1, 3, 4, 9, 10, 11, 99, 100, 101, 3333])
def test_the_last_rank_within_and_the_first_outside(clinics: int) -> None:
    last = clinics * 3 // 10
    rows = [place({"surveillance_rank": rank, "surveillance_clinics": clinics}) for rank in (last, last + 1)]
    assert both("surveillance_top_30_percent", rows, DAYS[3]) == [True if last else None, False]


# ---- care facilities ---------------------------------------------------------------------------------

visits = st.lists(st.tuples(backs, st.sampled_from(["里", "丘", "森", None])), max_size=14)
no_names_missing = st.lists(st.tuples(backs, st.sampled_from(["里", "丘", "森"])), max_size=40)


def conferences(on: date, rows: Iterable[tuple[int, str | None]]) -> Institution:
    return place(
        events={
            "care_facility_conference": [
                Event(on - timedelta(back), {} if name is None else {"facility": name}) for back, name in rows
            ]
        }
    )


@same_every_time
@given(days, st.lists(st.one_of(visits, no_names_missing), min_size=1, max_size=8))
def test_the_facility_with_the_fewest_conferences(
    on: date, several: list[list[tuple[int, str | None]]]
) -> None:
    def by_hand(rows: list[tuple[int, str | None]]) -> int | None:
        past = [(on - timedelta(back), name) for back, name in rows if back >= 0]
        names = {name for _, name in past}
        if None in names:
            return None
        return min(
            (sum(1 for day, at in past if at == name and in_year(day, on)) for name in names), default=0
        )

    found = both("fewest_facility_conferences", [conferences(on, rows) for rows in several], on)
    assert found == [by_hand(rows) for rows in several]


def days_of(year: int, month: int) -> list[date]:
    return [date(year, month, day) for day in range(1, monthrange(year, month)[1] + 1)]


@same_every_time
@given(days, st.sets(st.integers(0, 13)), st.sets(st.integers(0, 13)), st.booleans(), st.integers(1, 28))
def test_a_conference_in_every_whole_month(
    on: date, left_out: set[int], left_out_there: set[int], second: bool, day: int
) -> None:
    months = [divmod(on.year * 12 + on.month - 1 - back, 12) for back in range(13, -1, -1)]
    months = [(year, month + 1) for year, month in months]
    whole = [month for month in months if all(in_year(found, on) for found in days_of(*month))]
    assert whole_months(on) == [f"{y:04d}-{m:02d}" for y, m in whole]
    rows = []
    for name, gaps in (("里", left_out), ("丘", left_out_there)):
        if name == "里" or second:
            rows.extend(
                ((on - date(*month, day)).days, name)
                for index, month in enumerate(months)
                if index not in gaps
            )
    held = {(name, (on - timedelta(back)).timetuple()[:2]) for back, name in rows if back >= 0}
    names = {name for name, _ in held}
    by_hand = bool(names) and all((name, month) in held for name in names for month in whole)
    assert both("facility_conferences_monthly", [conferences(on, rows)], on) == [by_hand]


@pytest.mark.parametrize(
    ("on", "first", "last", "number"),
    [
        (date(2025, 3, 31), "2024-04", "2025-03", 12),
        (date(2025, 4, 1), "2024-04", "2025-03", 12),
        (date(2025, 4, 2), "2024-05", "2025-03", 11),
        (date(2025, 4, 29), "2024-05", "2025-03", 11),
        (date(2025, 4, 30), "2024-05", "2025-04", 12),
        (date(2024, 2, 29), "2023-03", "2024-02", 12),
        (date(2025, 2, 28), "2024-03", "2025-02", 12),
    ],
)
def test_whole_months(on: date, first: str, last: str, number: int) -> None:
    found = whole_months(on)
    assert (found[0], found[-1], len(found)) == (first, last, number)


def test_no_list_of_conferences_is_unknown() -> None:
    on = DAYS[3]
    assert both("fewest_facility_conferences", [place(), conferences(on, [])], on) == [None, 0]
    assert both("facility_conferences_monthly", [place(), conferences(on, []), conferences(on, [(3, None)])], on) == [
        None, False, None,
    ]  # fmt: skip


# ---- filing anew -------------------------------------------------------------------------------------

ITEM = "comprehensive-care-addition"
filed = st.tuples(
    st.sampled_from([ITEM, "comprehensive-care-fee"]),
    st.one_of(st.none(), st.integers(-40, 800), st.sampled_from([729, 730, 731, 732])),
    st.one_of(st.none(), st.integers(-5, 40)),
)


@same_every_time
@given(days, st.lists(st.one_of(st.none(), st.lists(filed, max_size=4)), min_size=1, max_size=8))
def test_the_latest_filing_of_two_years(
    on: date, several: list[list[tuple[str, int | None, int | None]] | None]
) -> None:
    def by_hand(rows: list[tuple[str, int | None, int | None]] | None) -> bool | None:
        if rows is None:
            return None
        standing = [
            on - timedelta(back) for item, back, gone in rows
            if item == ITEM and back is not None and back >= 0 and (gone is None or gone < 0)
        ]  # fmt: skip
        return bool(standing) and on <= anniversary(max(standing), 2)

    def filing(item: str, back: int | None, gone: int | None) -> Filing:
        return Filing(
            item,
            accepted=None if back is None else on - timedelta(back),
            withdrawn=None if gone is None else on - timedelta(gone),
        )

    institutions = [
        place(filings=None if rows is None else [filing(*row) for row in rows]) for rows in several
    ]
    found = both("filed_within", institutions, on, item=ITEM, months=24)
    assert found == [by_hand(rows) for rows in several]


@pytest.mark.parametrize(
    ("accepted", "last"),
    [
        (date(2024, 6, 3), date(2026, 6, 3)),
        (date(2024, 2, 29), date(2026, 2, 28)),
        (date(2023, 3, 31), date(2025, 3, 31)),
    ],
)
def test_two_years_to_the_day(accepted: date, last: date) -> None:
    institution = place(filings=[Filing(ITEM, accepted=accepted)])
    for on, wanted in ((last, True), (last + timedelta(1), False)):
        assert both("filed_within", [institution], on, item=ITEM, months=24) == [wanted]


# ---- what a filing of any level covers ---------------------------------------------------------------


def test_a_filing_without_level_counts_within_a_window_too() -> None:
    args: dict[str, Any] = {
        "item": "comprehensive-care-fee",
        "levels": ("1", None),
        "lapses": (("took_effect_before", date(2024, 6, 1)), ("from", date(2024, 10, 1))),
        "window": (
            ("filed_before", date(2024, 6, 1)), ("arrived_by", date(2024, 10, 15)), ("accepted_in", "2024-10"),
            ("counts_from", date(2024, 10, 1)),
        ),
    }  # fmt: skip
    old = Filing("comprehensive-care-fee", None, date(2022, 3, 1), date(2022, 3, 31))
    anew = Filing("comprehensive-care-fee", None, date(2024, 10, 15), date(2024, 10, 31))
    late = Filing("comprehensive-care-fee", None, date(2024, 10, 16), date(2024, 10, 31))
    lower = Filing("comprehensive-care-fee", "2", date(2024, 10, 15), date(2024, 10, 31))
    rows = [place(filings=found) for found in ([old], [old, anew], [old, late], [anew], [old, lower])]
    assert both("filing_in_effect", rows, date(2024, 9, 30), **args) == [True, True, True, False, True]
    assert both("filing_in_effect", rows, date(2024, 10, 1), **args) == [False, True, False, False, False]
    assert both("filing_in_effect", rows, date(2024, 11, 1), **args) == [False, True, True, True, False]


@pytest.mark.parametrize("first", [None, date(2012, 4, 1)])
def test_where_a_level_is_asked_for_a_filing_that_names_none_does_not_count(first: date | None) -> None:
    accepted = date(2022, 3, 31)
    rows = [place(filings=[Filing("after-hours", level, accepted, accepted)]) for level in ("1", "2", None)]
    for levels, wanted in (
        (("1",), [True, False, False]),
        (("1", None), [True, False, True]),
        (("2", "1"), [True, True, False]),
        (None, [True, True, True]),
    ):
        found = both(
            "filing_in_effect", rows, accepted, item="after-hours", levels=levels, took_effect_from=first
        )
        assert found == [False, False, False]
        later = both(
            "filing_in_effect",
            rows,
            date(2025, 4, 1),
            item="after-hours",
            levels=levels,
            took_effect_from=first,
        )
        assert later == wanted
