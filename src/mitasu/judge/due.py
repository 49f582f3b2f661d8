"""A deadline: one day, what must have happened by it, and by when to post what goes on paper."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from mitasu.dates import is_opening_day
from mitasu.judge.judgement import Answer, Judgement

KINDS = {
    "grace": "経過措置の終わり",
    "filing": "届出（必着）",
    "duty": "毎年の届出・報告",
    "event": "実施の期限",
    "cohort": "退院時要約の締切",
    "law": "制度が変わる日",
}
POST_DAYS = 3
"""A paper is posted so many opening days before it must arrive."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day: what must have happened by it. `key` stays the same when the day moves."""

    day: date
    kind: str
    title: str
    note: str
    addition: str | None
    key: str
    post_by: date | None = None
    sources: tuple[str, ...] = ()
    overdue: bool = False
    """Whether the day has passed and what was due has not been done."""


def arrive_by(day: date) -> date:
    """The last opening day up to a day: what comes by paper reaches an open office.

    >>> arrive_by(date(2025, 8, 31))
    datetime.date(2025, 8, 29)
    """
    while not is_opening_day(day):
        day -= ONE_DAY
    return day


def post_by(day: date) -> date:
    """The day by which to post what must arrive on a day.

    >>> post_by(date(2025, 4, 4))
    datetime.date(2025, 4, 1)
    """
    day, left = arrive_by(day), POST_DAYS
    while left:
        day -= ONE_DAY
        left -= is_opening_day(day)
    return day


def on_paper(deadline: Deadline) -> Deadline:
    """A deadline of something on paper: when to post it, and what to do where the office is closed on the day."""
    note = deadline.note
    if not is_opening_day(deadline.day):
        note += f"この日は閉庁日です。{arrive_by(deadline.day)}（開庁日）までに着くように出します。"
    return replace(deadline, note=note, post_by=post_by(deadline.day))


def concerning(answer: Answer) -> list[Judgement]:
    """The judgements of additions in force for the institution."""
    return [j for j in answer.judgements if j.status not in ("not_in_force", "not_applicable")]


def held(answer: Answer) -> set[str]:
    """The items of which the institution has a filing that is not withdrawn."""
    filings = answer.institution.filings or ()
    return {f.item for f in filings if f.withdrawn is None or f.withdrawn > answer.on}


def own(answer: Answer) -> list[Judgement]:
    """The judgements of what the institution claims or has filed."""
    filed = held(answer)
    return [j for j in concerning(answer) if j.status == "claimable" or j.addition in filed]
