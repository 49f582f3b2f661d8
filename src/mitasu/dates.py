"""Days and months: reading them as people write them, counting in months, opening days of the bureau.

Months are strings "YYYY-MM", as in every file of ours; days are `date`. Holidays are data
(`holidays.json`, 国民の祝日に関する法律), opening days leave out Saturdays, Sundays, holidays and the
closure of government offices from 29 December to 3 January (行政機関の休日に関する法律 1条).
"""

from __future__ import annotations

import json
import re
from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from mitasu.errors import UsageError
from mitasu.text import halfwidth

ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
ERA_STARTS = {2018: date(2019, 5, 1), 1988: date(1989, 1, 8), 1925: date(1926, 12, 25)}
ERA_ENDS = {1988: date(2019, 4, 30), 1925: date(1989, 1, 7)}

_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_WESTERN = re.compile(r"(\d{4})(?:年|/|\.)(\d{1,2})(?:月|/|\.)(\d{1,2})日?")
_ERA = re.compile(
    r"(令和|平成|昭和|R|H|S)\s*(\d{1,2}|元)\s*(?:年|\.|/|-)\s*(\d{1,2})\s*(?:月|\.|/|-)\s*(\d{1,2})\s*日?"
)
_MONTH = re.compile(r"(\d{4})(?:-|年|/|\.)(\d{1,2})月?")
_ERA_MONTH = re.compile(r"(令和|平成|昭和|R|H|S)\s*(\d{1,2}|元)\s*(?:年|\.|/|-)\s*(\d{1,2})\s*月?")


def parse_date(value: object) -> date:
    """A day from an ISO date, a Japanese era date or full-width digits; ValueError in Japanese otherwise.

    >>> parse_date("2025-04-01"), parse_date("令和7年4月1日") == parse_date("Ｒ７．４．１")
    (datetime.date(2025, 4, 1), True)
    >>> parse_date("2025-02-30")
    Traceback (most recent call last):
    ...
    ValueError: 「2025-02-30」という日はありません。
    """
    if type(value) is date:
        return value
    text = halfwidth(str(value)).replace("−", "-")
    if match := _ISO.fullmatch(text) or _WESTERN.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
        return _day(year, month, day, text)
    if match := _ERA.fullmatch(text):
        era = ERAS[match[1]]
        found = _day(_era_year(era, match[2]), int(match[3]), int(match[4]), text)
        if not _in_era(era, found, found):
            raise ValueError(f"「{value}」はその元号の期間にありません。西暦（2025-04-01）で書いてください。")
        return found
    raise ValueError(
        f"「{value}」は日付として読めません。2025-04-01、令和7年4月1日、R7.4.1 のように書いてください。"
    )


def parse_month(value: object) -> str:
    """A month "YYYY-MM" from a month or era month; ValueError in Japanese otherwise.

    >>> parse_month("２０２５－０４"), parse_month("令和7年4月"), parse_month("R7.4")
    ('2025-04', '2025-04', '2025-04')
    """
    text = halfwidth(str(value)).replace("−", "-")
    if match := _MONTH.fullmatch(text):
        year, month = int(match[1]), int(match[2])
    elif match := _ERA_MONTH.fullmatch(text):
        year, month = _era_year(ERAS[match[1]], match[2]), int(match[3])
    else:
        raise ValueError(f"「{value}」は月として読めません。2025-04、令和7年4月 のように書いてください。")
    if not (1 <= month <= 12 and 1900 <= year <= 2100):
        raise ValueError(f"「{value}」という月はありません。")
    found = f"{year:04d}-{month:02d}"
    if not match[1].isdigit() and not _in_era(ERAS[match[1]], first_day(found), last_day(found)):
        raise ValueError(f"「{value}」はその元号の期間にありません。西暦（2025-04）で書いてください。")
    return found


def _era_year(era: int, year: str) -> int:
    return era + (1 if year == "元" else int(year))


def _in_era(era: int, first: date, last: date) -> bool:
    return ERA_STARTS[era] <= last and (era not in ERA_ENDS or first <= ERA_ENDS[era])


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError(f"「{text}」という日はありません。") from None
    if not 1900 <= year <= 2100:
        raise ValueError(f"「{text}」は1900年から2100年までにありません。西暦か元号で書いてください。")
    return found


def month_of(day: date) -> str:
    """The month of a day.

    >>> month_of(date(2025, 4, 30))
    '2025-04'
    """
    return f"{day.year:04d}-{day.month:02d}"


@cache
def shift_month(month: str, by: int) -> str:
    """The month `by` months later (earlier where negative).

    >>> shift_month("2025-01", -3)
    '2024-10'
    """
    year, index = divmod(int(month[:4]) * 12 + int(month[5:7]) - 1 + by, 12)
    return f"{year:04d}-{index + 1:02d}"


def first_day(month: str) -> date:
    """The first day of a month."""
    return date(int(month[:4]), int(month[5:7]), 1)


def last_day(month: str) -> date:
    """The last day of a month.

    >>> last_day("2024-02")
    datetime.date(2024, 2, 29)
    """
    year, index = int(month[:4]), int(month[5:7])
    return date(year, index, monthrange(year, index)[1])


def months_between(first: str, last: str) -> list[str]:
    """Every month from `first` to `last`, both included."""
    found = []
    while first <= last:
        found.append(first)
        first = shift_month(first, 1)
    return found


def add_months(day: date, by: int) -> date:
    """The same day of the month `by` months later, or that month's last day where it is shorter.

    >>> add_months(date(2025, 1, 31), 1)
    datetime.date(2025, 2, 28)
    """
    month = shift_month(month_of(day), by)
    return min(first_day(month) + timedelta(days=day.day - 1), last_day(month))


@cache
def _holidays() -> tuple[frozenset[date], int, int]:
    table = json.loads(files("mitasu").joinpath("holidays.json").read_text("utf-8"))
    return frozenset(date.fromisoformat(day) for day in table["days"]), table["from"], table["until"]


def is_opening_day(day: date) -> bool:
    """Whether government offices are open on the day (開庁日).

    >>> is_opening_day(date(2025, 4, 1)), is_opening_day(date(2025, 1, 3)), is_opening_day(date(2025, 5, 5))
    (True, False, False)
    """
    days, first, last = _holidays()
    if not first <= day.year <= last:
        raise UsageError(
            f"{day.year}年の祝日の表がありません（{first}年から{last}年まで）。この範囲の日にしてください。"
        )
    closed = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not closed and day not in days


@cache
def first_opening_day(month: str) -> date:
    """The first opening day of a month (最初の開庁日).

    >>> first_opening_day("2024-06"), first_opening_day("2025-01")
    (datetime.date(2024, 6, 3), datetime.date(2025, 1, 6))
    """
    day = first_day(month)
    while not is_opening_day(day):
        day += timedelta(days=1)
    return day


def japanese_date(day: date) -> str:
    """A day as official papers write it.

    >>> japanese_date(date(2025, 4, 1)), japanese_date(date(2019, 5, 1))
    ('令和7年4月1日', '令和元年5月1日')
    """
    for name, era in (("令和", 2018), ("平成", 1988), ("昭和", 1925)):
        if day >= ERA_STARTS[era]:
            year = day.year - era
            return f"{name}{'元' if year == 1 else year}年{day.month}月{day.day}日"
    return f"{day.year}年{day.month}月{day.day}日"


def japanese_month(month: str) -> str:
    """A month as people say it.

    >>> japanese_month("2025-04")
    '2025年4月'
    """
    return f"{int(month[:4])}年{int(month[5:7])}月"


_ISO_DAY = re.compile(r"(?<![0-9A-Za-z-])[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9A-Za-z-])")


def spoken_days(text: str) -> str:
    """A sentence with its ISO days as people write them.

    >>> spoken_days("加算は2026-05-31で終わりました。"), spoken_days("2026-13-01")
    ('加算は2026年5月31日で終わりました。', '2026-13-01')
    """
    return _ISO_DAY.sub(_spoken, text)


def _spoken(found: re.Match[str]) -> str:
    try:
        day = date.fromisoformat(found[0])
    except ValueError:
        return found[0]
    return f"{day.year}年{day.month}月{day.day}日"
