"""The day from which an accepted filing counts, the day by which to have it accepted, and the day to post it."""

from __future__ import annotations

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.errors import UsageError
from mitasu.facts import effective_from
from mitasu.judge.due import POST_DAYS, arrive_by, post_by
from mitasu.judge.filings import accept_by

CLOSED = holidays.country_holidays("JP", years=range(2021, 2032))
DAY = timedelta(days=1)
somewhen = st.dates(date(2022, 1, 1), date(2030, 12, 31))


def opens(day: date) -> bool:
    """Whether an office opens, told from the calendar alone."""
    new_year = (day.month, day.day) in {(12, 29), (12, 30), (12, 31), (1, 1), (1, 2), (1, 3)}
    return day.strftime("%a") not in ("Sat", "Sun") and day not in CLOSED and not new_year


def counts_from(accepted: date) -> date:
    """The first of the next month, or of the same where acceptance was on its first open day: told step by step."""
    before = accepted.replace(day=1)
    while before < accepted and not opens(before):
        before += DAY
    if before == accepted and opens(accepted):
        return accepted.replace(day=1)
    following = accepted
    while following.month == accepted.month:
        following += DAY
    return following


@given(somewhen)
def test_every_acceptance_day_counts_as_told_step_by_step(accepted: date) -> None:
    assert effective_from(accepted) == counts_from(accepted)


@given(somewhen)
def test_a_filing_counts_at_most_one_month_later_and_never_from_before_its_month(accepted: date) -> None:
    start = effective_from(accepted)
    assert start.day == 1
    assert accepted.replace(day=1) <= start <= accepted + timedelta(days=31)


@given(somewhen)
def test_no_later_acceptance_counts_as_early_as_the_day_told(on: date) -> None:
    by, start = accept_by(on)
    assert on <= by
    assert opens(by)
    assert effective_from(by) == start
    assert all(effective_from(by + n * DAY) > start for n in range(1, 40))
    assert all(effective_from(on + n * DAY) >= start for n in range((by - on).days))


@given(somewhen)
def test_what_is_posted_arrives_while_the_office_is_open(day: date) -> None:
    arrives, posted = arrive_by(day), post_by(day)
    assert opens(arrives)
    assert not any(opens(arrives + n * DAY) for n in range(1, (day - arrives).days + 1))
    assert sum(opens(posted + n * DAY) for n in range((arrives - posted).days)) == POST_DAYS


@pytest.mark.parametrize(
    ("accepted", "start"),
    [
        ("2025-03-31", "2025-04-01"),
        ("2025-04-01", "2025-04-01"),  # a Tuesday
        ("2025-04-02", "2025-05-01"),
        ("2025-06-02", "2025-06-01"),  # the first is a Sunday
        ("2025-05-01", "2025-05-01"),
        ("2025-05-07", "2025-06-01"),  # after the holidays: no longer the first open day
        ("2025-11-04", "2025-11-01"),  # Saturday, Sunday, Culture Day
        ("2024-12-27", "2025-01-01"),
        ("2025-01-06", "2025-01-01"),  # closed until the 5th
        ("2025-01-07", "2025-02-01"),
        ("2028-02-29", "2028-03-01"),
    ],
)
def test_weekends_holidays_and_the_turn_of_the_year(accepted: str, start: str) -> None:
    assert effective_from(date.fromisoformat(accepted)) == date.fromisoformat(start)


@pytest.mark.parametrize(
    ("on", "by", "start"),
    [
        ("2026-11-22", "2026-12-01", "2026-12-01"),
        ("2026-12-01", "2026-12-01", "2026-12-01"),
        ("2026-12-02", "2027-01-04", "2027-01-01"),
        ("2026-12-31", "2027-01-04", "2027-01-01"),
        ("2027-01-01", "2027-01-04", "2027-01-01"),
        ("2025-05-31", "2025-06-02", "2025-06-01"),
    ],
)
def test_the_next_day_by_which_to_be_accepted(on: str, by: str, start: str) -> None:
    assert [day.isoformat() for day in accept_by(date.fromisoformat(on))] == [by, start]


@pytest.mark.parametrize(
    ("day", "arrives", "posted"),
    [
        ("2025-04-04", "2025-04-04", "2025-04-01"),
        ("2025-08-31", "2025-08-29", "2025-08-26"),  # a Sunday
        ("2026-06-01", "2026-06-01", "2026-05-27"),  # a weekend lies between
        ("2025-01-06", "2025-01-06", "2024-12-25"),  # and the closed days of the year's end
        ("2025-05-07", "2025-05-07", "2025-04-30"),
    ],
)
def test_the_day_to_post_by(day: str, arrives: str, posted: str) -> None:
    assert arrive_by(date.fromisoformat(day)).isoformat() == arrives
    assert post_by(date.fromisoformat(day)).isoformat() == posted


@pytest.mark.parametrize("day", [date(1999, 12, 1), date(2035, 12, 28)])
def test_outside_the_table_of_holidays_the_user_is_told(day: date) -> None:
    with pytest.raises(UsageError, match=r"年の祝日の表がありません（2000年から2035年まで）。この範囲の日に"):
        accept_by(day)
