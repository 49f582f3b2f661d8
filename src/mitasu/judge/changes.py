"""What the law changed between two days, for these institutions only.

For each addition that turned in between: what changed in its rule, and for each institution how its
judgement moves if nothing is done, and which filing is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.judge.describe import differences
from mitasu.judge.filings import TO_FILE, FilingAnswer, filing_answers
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.rulebook import SECTORS


@dataclass(frozen=True, slots=True)
class RuleChange:
    """What changed in one addition in one sector, and the days on which it turned."""

    addition: str
    title: str
    sector: str
    days: tuple[date, ...]
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """An institution's judgement of an addition on the day before the law turned and on that day, with the same facts."""

    institution: Institution
    on: date
    before: Judgement
    after: Judgement
    filing: FilingAnswer | None


def rule_changes(
    judge: Judge, first: date, last: date, institutions: Iterable[Institution] = ()
) -> list[RuleChange]:
    """Every rule that turns after the first day and up to the last; of additions for these institutions where any are given."""
    in_order(first, last)
    book, given = judge.rulebook, list(institutions)
    found = []
    for sector in dict.fromkeys(institution.sector for institution in given) if given else SECTORS:
        kinds = {institution.kind for institution in given if institution.sector == sector}
        for id_, addition in book.additions.items():
            if sector not in addition.sectors or (
                kinds and addition.kinds and not kinds & set(addition.kinds)
            ):
                continue
            timeline = book.timeline(id_, sector)
            days = tuple(day for day in timeline.dates if first < day <= last)
            lines = differences(timeline.on(first), timeline.on(last), book) if days else []
            if lines:
                found.append(RuleChange(id_, addition.title_in(sector), sector, days, tuple(lines)))
    return found


def in_order(first: date, last: date) -> None:
    """UsageError where the first of two days is not before the last."""
    if first >= last:
        raise UsageError(f"前の日（{first}）は後の日（{last}）より前にしてください。")


def moves(judge: Judge, institution: Institution, first: date, last: date) -> list[Move]:
    """How an institution's judgements move on each day the law turns, and what is to be filed."""
    in_order(first, last)
    found: list[Move] = []
    for day in turning_days(judge, institution.sector, first, last):
        before = judge.judge(institution, day - timedelta(days=1))
        after = judge.judge(institution, day)
        moved = [(old, new) for old, new in _pairs(before, after) if _key(old) != _key(new)]
        filings = filing_answers(judge, institution, day) if moved else []
        due = {answer.item: answer for answer in filings if answer.action in TO_FILE}
        found.extend(Move(institution, day, old, new, due.get(new.addition)) for old, new in moved)
    return found


def turning_days(judge: Judge, sector: str, first: date, last: date) -> list[date]:
    """The days after the first and up to the last on which a rule of the sector turns."""
    days = {
        day
        for id_, addition in judge.rulebook.additions.items()
        if sector in addition.sectors
        for day in judge.rulebook.timeline(id_, sector).dates
        if first < day <= last
    }
    return sorted(days)


def _pairs(before: Answer, after: Answer) -> Iterable[tuple[Judgement, Judgement]]:
    return zip(before.judgements, after.judgements, strict=True)


def _key(judgement: Judgement) -> tuple[str, str | None, str, int | None]:
    """What a user would call the answer; where nothing can be claimed by law it does not matter why."""
    absent = judgement.status in ("not_in_force", "not_applicable")
    status = "absent" if absent else judgement.status
    return status, judgement.level, str(judgement.points), judgement.yen
