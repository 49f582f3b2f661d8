"""Discharge summaries: day 14 and day 15, and a month's discharges in whole counts."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.dates import month_of
from mitasu.facts import Institution
from mitasu.facts.summaries import (
    Discharge,
    MonthOfSummaries,
    closes,
    last_in_time,
    month_of_summaries,
    standing,
)
from mitasu.judge.judgement import Judge

LONG_AFTER = date(2025, 12, 31)
CASES = {
    "GC014 day 14": ("2025-04-10", "2025-04-24", "on_time"),
    "GC015 day 15": ("2025-04-10", "2025-04-25", "late"),
    "GC016 day 14 across the end of February": ("2025-02-20", "2025-03-06", "on_time"),
    # written on 2025-04-20; only the day on which it is handed in counts
    "GC019 written in time but handed in on day 15": ("2025-04-10", "2025-04-25", "late"),
    "day 15 across the end of February": ("2025-02-20", "2025-03-07", "late"),
    "day 14 across a leap day": ("2024-02-20", "2024-03-05", "on_time"),
    "handed in on the day of discharge": ("2025-04-10", "2025-04-10", "on_time"),
    "handed in before discharge": ("2025-04-10", "2025-04-09", "on_time"),
}


@pytest.mark.parametrize(("discharged", "submitted", "expected"), CASES.values(), ids=CASES)
def test_a_summary_is_in_time_until_the_fourteenth_day(
    discharged: str, submitted: str, expected: str
) -> None:
    found = Discharge(date.fromisoformat(discharged), date.fromisoformat(submitted))
    assert standing(found, LONG_AFTER) == expected


def test_until_the_fourteenth_day_has_ended_a_summary_is_open() -> None:
    missing, late = Discharge(date(2025, 4, 10)), Discharge(date(2025, 4, 10), date(2025, 4, 25))
    for discharge in (missing, late):
        assert standing(discharge, date(2025, 4, 24)) == "open"
        assert standing(discharge, date(2025, 4, 25)) == "late"


days = st.dates(date(2025, 3, 1), date(2025, 5, 31))
discharges = st.builds(
    lambda day, after: Discharge(day, None if after is None else day + timedelta(after)),
    days,
    st.one_of(st.none(), st.integers(-2, 20)),
)


@settings(derandomize=True, deadline=None)
@given(st.lists(discharges, max_size=30), days)
def test_a_month_is_counted_as_by_hand_and_closes_with_its_last_discharge(
    found: list[Discharge], on: date
) -> None:
    month = "2025-04"
    own = [row for row in found if month_of(row.discharged) == month]
    counts = month_of_summaries(found, month, on)
    by_hand = Counter(standing(row, on) for row in own if row.discharged <= on)
    assert counts == MonthOfSummaries(by_hand.total(), by_hand["on_time"], by_hand["late"])
    after = month_of_summaries(found, month, closes(month) + timedelta(days=1))
    assert after.due == len(own) == after.in_time + after.overdue
    assert all(last_in_time(row.discharged) <= closes(month) for row in own)


@pytest.mark.parametrize(("late", "status"), [(1, "met"), (2, "unmet")])
def test_the_counts_of_a_month_are_what_the_standard_is_judged_from(
    judge: Judge, late: int, status: str
) -> None:
    """Nine in ten to the last summary: 9 of 10 suffice, 8 of 10 do not."""
    day = date(2025, 3, 10)
    found = [Discharge(day, day + timedelta(15 if row < late else 14)) for row in range(10)]
    series = month_of_summaries(found, "2025-03", date(2025, 4, 14)).series("2025-03")
    hospital = Institution("見本病院", "", "medical", "hospital", series=series)
    judged = judge.judge(hospital, date(2025, 4, 14), ["record-management"]).of("record-management")
    summaries = judged.requirement("summaries-within-14-days")
    assert summaries is not None
    assert summaries.status == status
