"""What the law changed between two days, for these institutions only.

For each addition that turned in between: what changed in its rule, and for each institution how its
judgement moves if nothing is done, and which filing is due.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from mitasu.facts import Institution
from mitasu.judge.describe import differences
from mitasu.judge.filings import FilingAnswer, filing_answers
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
    judge: Judge, first: date, last: date, sectors: Iterable[str] = tuple(SECTORS)
) -> list[RuleChange]:
    """Every rule that turns after the first day and up to the last."""
    book = judge.rulebook
    found = []
    for sector in sectors:
        for id_, addition in book.additions.items():
            if sector not in addition.sectors:
                continue
            timeline = book.timeline(id_, sector)
            days = tuple(day for day in timeline.dates if first < day <= last)
            lines = differences(timeline.on(first), timeline.on(last), book) if days else []
            if lines:
                found.append(RuleChange(id_, addition.title_in(sector), sector, days, tuple(lines)))
    return found


def moves(judge: Judge, institution: Institution, first: date, last: date) -> list[Move]:
    """How an institution's judgements move on each day the law turns, and what is to be filed."""
    found = []
    for day in turning_days(judge, institution.sector, first, last):
        before = judge.judge(institution, day - timedelta(days=1))
        after = judge.judge(institution, day)
        filings = {answer.addition: answer for answer in filing_answers(judge, institution, day)}
        for old, new in _pairs(before, after):
            filing = filings.get(new.addition)
            due = filing if filing is not None and filing.action in ("needed", "again") else None
            if _key(old) != _key(new):
                found.append(Move(institution, day, old, new, due))
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


def _key(judgement: Judgement) -> tuple[str, str | None, str]:
    return judgement.status, judgement.level, str(judgement.points)
