"""Days and months as people write them, months counted, and the opening days of the bureau."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from importlib.resources import files

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.dates import (
    add_months,
    first_day,
    first_opening_day,
    is_opening_day,
    japanese_date,
    japanese_month,
    last_day,
    month_of,
    months_between,
    parse_date,
    parse_month,
    shift_month,
)

SHOWA, HEISEI, REIWA = date(1926, 12, 25), date(1989, 1, 8), date(2019, 5, 1)
days = st.dates(SHOWA, date(2100, 12, 31))
months = st.dates(SHOWA, date(2090, 12, 31)).map(month_of)


# ---- reading days -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-01",
        "2025-4-1",
        "2025/4/1",
        "2025.4.1",
        "2025年4月1日",
        "２０２５年４月１日",
        "２０２５－０４－０１",
        "２０２５−０４−０１",
        "　2025-04-01 ",
        "令和7年4月1日",
        "令和７年４月１日",
        "令和 7 年 4 月 1 日",
        "㋿7年4月1日",
        "R7.4.1",
        "Ｒ７．４．１",
        "R7/4/1",
        "R7-04-01",
        "R07.04.01",
    ],
)
def test_a_day_is_read_in_every_way_people_write_it(text: str) -> None:
    assert parse_date(text) == date(2025, 4, 1)


def test_a_day_is_left_as_it_is() -> None:
    assert parse_date(date(2025, 4, 1)) == date(2025, 4, 1)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昭和元年12月25日", SHOWA),
        ("昭和1年12月25日", SHOWA),
        ("S64.1.7", date(1989, 1, 7)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("平成元年1月8日", HEISEI),
        ("H1.1.8", HEISEI),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("令和元年5月1日", REIWA),
        ("令和1年5月1日", REIWA),
        ("令和6年2月29日", date(2024, 2, 29)),
    ],
)
def test_the_first_and_last_days_of_an_era_are_read(text: str, day: date) -> None:
    assert parse_date(text) == day


@pytest.mark.parametrize(
    "text",
    [
        "昭和元年12月24日",
        "昭和64年1月8日",
        "平成元年1月7日",
        "平成31年5月1日",
        "H40.1.1",
        "令和元年4月30日",
        "R0.1.1",
    ],
)
def test_a_day_outside_its_era_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"「{text}」はその元号の期間にありません。"):
        parse_date(text)


@pytest.mark.parametrize(
    "text",
    [
        "2025-02-29",
        "2025-02-30",
        "2025-04-31",
        "2025-13-01",
        "2025-00-01",
        "2025-01-00",
        "令和7年2月29日",
        "R7.13.1",
    ],
)
def test_a_day_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="という日はありません"):
        parse_date(text)


@pytest.mark.parametrize("text", ["1899-12-31", "2101-01-01", "0007-04-01", "令和90年1月1日"])
def test_a_day_outside_1900_to_2100_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="1900年から2100年まで"):
        parse_date(text)


@pytest.mark.parametrize("text", ["1900-01-01", "2100-12-31"])
def test_the_first_and_the_last_day_that_can_be_read(text: str) -> None:
    assert parse_date(text).isoformat() == text


@pytest.mark.parametrize(
    "value",
    [
        "",
        "きのう",
        "2025",
        "2025-04",
        "7年4月1日",
        "大正15年1月1日",
        "r7.4.1",
        "20250401",
        20250401,
        None,
        True,
    ],
)
def test_anything_else_is_no_day_and_the_message_shows_how_to_write_one(value: object) -> None:
    with pytest.raises(
        ValueError, match=r"日付として読めません。2025-04-01、令和7年4月1日、R7\.4\.1 のように"
    ):
        parse_date(value)


def test_a_moment_is_no_day() -> None:
    with pytest.raises(ValueError, match="日付として読めません"):
        parse_date(datetime(2025, 4, 1, 12, 0))


@given(days)
def test_a_day_written_in_japanese_is_read_back(day: date) -> None:
    assert parse_date(japanese_date(day)) == day


@given(days)
def test_a_day_written_in_iso_is_read_back(day: date) -> None:
    assert parse_date(day.isoformat()) == day


def test_days_are_written_by_era_and_before_showa_by_year() -> None:
    assert japanese_date(date(2025, 4, 1)) == "令和7年4月1日"
    assert japanese_date(REIWA) == "令和元年5月1日"
    assert japanese_date(REIWA - timedelta(days=1)) == "平成31年4月30日"
    assert japanese_date(HEISEI) == "平成元年1月8日"
    assert japanese_date(HEISEI - timedelta(days=1)) == "昭和64年1月7日"
    assert japanese_date(SHOWA) == "昭和元年12月25日"
    assert japanese_date(SHOWA - timedelta(days=1)) == "1926年12月24日"


# ---- reading months -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "2025-04",
        "2025-4",
        "2025/4",
        "2025.4",
        "2025年4月",
        "２０２５年４月",
        "２０２５－０４",
        "２０２５−０４",
        "令和7年4月",
        "令和 7 年 4 月",
        "R7.4",
        "Ｒ７．４",
        "R7-04",
    ],
)
def test_a_month_is_read_in_every_way_people_write_it(text: str) -> None:
    assert parse_month(text) == "2025-04"


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("昭和64年1月", "1989-01"),
        ("平成元年1月", "1989-01"),
        ("平成31年4月", "2019-04"),
        ("令和元年5月", "2019-05"),
    ],
)
def test_a_month_that_touches_its_era_is_read(text: str, month: str) -> None:
    assert parse_month(text) == month


@pytest.mark.parametrize(
    "text", ["昭和64年2月", "昭和元年11月", "平成31年5月", "平成40年1月", "令和元年4月", "R0.4"]
)
def test_a_month_outside_its_era_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=f"「{text}」はその元号の期間にありません。"):
        parse_month(text)


@pytest.mark.parametrize("text", ["2025-00", "2025-13", "1899-12", "2101-01", "令和7年13月"])
def test_a_month_that_does_not_exist_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="という月はありません"):
        parse_month(text)


@pytest.mark.parametrize("value", ["", "4月", "2025", "2025-04-01", "202504", 202504, None, date(2025, 4, 1)])
def test_anything_else_is_no_month(value: object) -> None:
    with pytest.raises(ValueError, match="月として読めません。2025-04、令和7年4月 のように"):
        parse_month(value)


@pytest.mark.parametrize("text", ["1900-01", "2100-12"])
def test_the_first_and_the_last_month_that_can_be_read(text: str) -> None:
    assert parse_month(text) == text


@given(months)
def test_a_month_is_read_back_in_every_writing(month: str) -> None:
    assert parse_month(month) == month
    assert parse_month(japanese_month(month)) == month


# ---- counting -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("month", "by", "wanted"),
    [
        ("2025-01", 0, "2025-01"),
        ("2025-01", -1, "2024-12"),
        ("2024-12", 1, "2025-01"),
        ("2025-01", -3, "2024-10"),
        ("2025-04", 12, "2026-04"),
        ("2025-04", -16, "2023-12"),
    ],
)
def test_months_are_counted_over_the_turn_of_the_year(month: str, by: int, wanted: str) -> None:
    assert shift_month(month, by) == wanted


@given(months, st.integers(-240, 120))
def test_a_month_shifted_there_and_back_is_the_same(month: str, by: int) -> None:
    assert shift_month(shift_month(month, by), -by) == month


@given(months)
def test_a_month_ends_the_day_before_the_next_begins(month: str) -> None:
    assert last_day(month) + timedelta(days=1) == first_day(shift_month(month, 1))
    assert month_of(first_day(month)) == month_of(last_day(month)) == month


def test_february_ends_on_the_29th_in_a_leap_year_only() -> None:
    assert [last_day(f"{year}-02").day for year in (2000, 2023, 2024, 2025, 2100)] == [29, 28, 29, 28, 28]


def test_months_between_holds_both_ends_and_none_where_they_are_crossed() -> None:
    assert months_between("2024-11", "2025-02") == ["2024-11", "2024-12", "2025-01", "2025-02"]
    assert months_between("2025-02", "2025-02") == ["2025-02"]
    assert months_between("2025-03", "2025-02") == []


@pytest.mark.parametrize(
    ("day", "by", "wanted"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 30), 1, date(2025, 2, 28)),
        (date(2025, 1, 28), 1, date(2025, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_adding_months_keeps_the_day_or_takes_the_last_of_a_shorter_month(
    day: date, by: int, wanted: date
) -> None:
    assert add_months(day, by) == wanted


# ---- opening days -------------------------------------------------------------------------------------


def test_the_table_of_holidays_agrees_with_the_holidays_library() -> None:
    table = json.loads(files("mitasu").joinpath("holidays.json").read_text("utf-8"))
    known = holidays.country_holidays("JP", years=range(2000, 2036))
    assert (table["from"], table["until"]) == (2000, 2035)
    assert table["days"] == sorted(day.isoformat() for day in known)


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        (date(2024, 12, 27), True),
        (date(2024, 12, 28), False),
        (date(2024, 12, 29), False),
        (date(2024, 12, 30), False),
        (date(2024, 12, 31), False),
        (date(2025, 1, 1), False),
        (date(2025, 1, 2), False),
        (date(2025, 1, 3), False),
        (date(2025, 1, 6), True),
        (date(2025, 12, 26), True),
        (date(2025, 12, 29), False),
        (date(2026, 12, 28), True),
        (date(2027, 1, 4), True),
        (date(2025, 5, 2), True),
        (date(2025, 5, 3), False),
        (date(2025, 5, 6), False),
        (date(2025, 5, 7), True),
        (date(2025, 4, 5), False),
        (date(2025, 4, 6), False),
        (date(2025, 4, 7), True),
        (date(2019, 4, 30), False),
        (date(2019, 5, 1), False),
        (date(2019, 5, 2), False),
    ],
)
def test_offices_close_at_week_ends_on_holidays_and_over_the_new_year(day: date, opens: bool) -> None:
    assert is_opening_day(day) is opens


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2024-06", date(2024, 6, 3)),
        ("2025-01", date(2025, 1, 6)),
        ("2025-03", date(2025, 3, 3)),
        ("2025-04", date(2025, 4, 1)),
        ("2025-05", date(2025, 5, 1)),
        ("2025-11", date(2025, 11, 4)),
        ("2019-05", date(2019, 5, 7)),
    ],
)
def test_the_first_opening_day_of_a_month(month: str, day: date) -> None:
    assert first_opening_day(month) == day


def test_from_2022_to_2030_offices_open_on_the_days_that_the_law_does_not_close() -> None:
    closed = holidays.country_holidays("JP", years=range(2022, 2031))

    def opens(day: date) -> bool:
        new_year = (day.month == 12 and day.day >= 29) or (day.month == 1 and day.day <= 3)
        return day.isoweekday() not in (6, 7) and day not in closed and not new_year

    every_day = [date(2022, 1, 1) + timedelta(days=number) for number in range(9 * 365 + 2)]
    assert every_day[-1] == date(2030, 12, 31)
    assert [day for day in every_day if is_opening_day(day)] == [day for day in every_day if opens(day)]
    for month in months_between("2022-01", "2030-12"):
        assert first_opening_day(month) == next(
            day for day in every_day if month_of(day) == month and opens(day)
        )


@pytest.mark.parametrize("day", [date(1999, 12, 31), date(2036, 1, 1)])
def test_outside_the_table_of_holidays_no_answer_is_guessed(day: date) -> None:
    with pytest.raises(ValueError, match=f"{day.year}年の祝日の表がありません（2000年から2035年まで）"):
        is_opening_day(day)
