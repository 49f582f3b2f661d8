"""The days of discharge summaries (退院時要約): whether one came in time, and a month's discharges in counts.

A summary is in time where it has been made and handed to the central record room (中央病歴管理室) within 14
days from the day after discharge, that day being the first (保医発0305第5号 別添3第4の1(8), 2024 and 2026
alike). A summary that was written in time and handed in later is late. What is asked for is 9 in 10 of a
month's discharges, so a month is kept in whole counts, and nothing is divided.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from mitasu.dates import last_day, month_of

IN_TIME = 14
"""Days within which a summary has to be handed in (別添3第4の1(8))."""


class Discharge(NamedTuple):
    """One discharge, and the day on which its summary was handed in; None: not yet."""

    discharged: date
    submitted: date | None = None


class MonthOfSummaries(NamedTuple):
    """A month's discharges as they stood on a day; what is neither in time nor overdue may still come in."""

    due: int
    in_time: int
    overdue: int

    def series(self, month: str) -> dict[str, dict[str, int]]:
        """The counts as the series of an institution file, from which the standard is judged."""
        return {
            "summaries_due": {month: self.due},
            "summaries_within_14_days": {month: self.in_time},
            "summaries_overdue": {month: self.overdue},
        }


def last_in_time(discharged: date, days: int = IN_TIME) -> date:
    """The last day on which the summary of a discharge is in time.

    >>> last_in_time(date(2025, 2, 20))
    datetime.date(2025, 3, 6)
    """
    return discharged + timedelta(days=days)


def standing(discharge: Discharge, on: date) -> str:
    """How a summary stood at the end of a day: on_time, late, or open while it may still come in time.

    >>> standing(Discharge(date(2025, 4, 10), submitted=date(2025, 4, 25)), on=date(2025, 4, 30))
    'late'
    """
    last = last_in_time(discharge.discharged)
    submitted = discharge.submitted
    if submitted is not None and submitted <= on:
        return "on_time" if submitted <= last else "late"
    return "late" if on > last else "open"


def closes(month: str, days: int = IN_TIME) -> date:
    """The day with which a month's discharges are all either in time or late.

    >>> closes("2025-04")
    datetime.date(2025, 5, 14)
    """
    return last_in_time(last_day(month), days)


def month_of_summaries(discharges: Iterable[Discharge], month: str, on: date) -> MonthOfSummaries:
    """The discharges of a month as they stood at the end of a day; later discharges are not known yet."""
    found = [
        standing(discharge, on)
        for discharge in discharges
        if month_of(discharge.discharged) == month and discharge.discharged <= on
    ]
    return MonthOfSummaries(len(found), found.count("on_time"), found.count("late"))
