"""届出 where the rules turn before a filing made now would count: what is to be filed follows the rules to come."""

from __future__ import annotations

from datetime import date
from typing import Any

from clinics import PROMOTION, SHARING, clinic, filing

import mitasu
from mitasu.judge.deadlines import deadlines
from mitasu.judge.filings import FilingAnswer, filing_answers
from mitasu.judge.judgement import Judge

MAY = date(2026, 5, 20)
JUNE = date(2026, 6, 1)
OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
READY = {"free_statement": True}


def rows(
    judge: Judge, addition: str, on: date, accepted: date | None = None, **parts: Any
) -> list[FilingAnswer]:
    found = filing_answers(judge, clinic(facts=READY, **parts), on, accepted)
    return [row for row in found if row.addition == addition]


def test_an_addition_that_begins_with_the_month_that_follows_is_filed_now(judge: Judge) -> None:
    (row,) = rows(judge, SHARING, MAY, filings=[OLD])
    assert (row.action, row.claimable_from, row.law_from) == ("needed", JUNE, JUNE)
    assert row.forms == ("基本 別添7 様式1の6",)


def test_accepted_too_late_for_that_month_it_counts_from_the_next(judge: Judge) -> None:
    (row,) = rows(judge, SHARING, MAY, date(2026, 6, 2), filings=[OLD])
    assert (row.action, row.claimable_from) == ("needed", date(2026, 7, 1))


def test_a_month_before_it_is_not_told_yet(judge: Judge) -> None:
    assert rows(judge, SHARING, date(2026, 4, 20), filings=[OLD]) == []


def test_what_ends_before_a_filing_would_count_is_not_to_be_filed(judge: Judge) -> None:
    (row,) = rows(judge, PROMOTION, MAY, filings=[])
    assert (row.action, row.claimable_from) == ("none", None)
    assert row.why == "この加算は2026-06-01からありません。いま届け出ても、算定できる日がありません。"
    (row,) = rows(judge, PROMOTION, MAY, filings=[OLD], rate=75.0)
    assert row.action == "none"


def test_a_filing_that_suffices_until_the_rules_turn_is_told_beside_the_one_that_follows(
    judge: Judge,
) -> None:
    """Levels 1 to 3 of April 2025 ask for a filing on the new form."""
    now, coming = rows(judge, PROMOTION, date(2025, 3, 20), filings=[OLD])
    assert (now.action, now.level, now.law_from) == ("none", "1", None)
    assert (coming.action, coming.claimable_from, coming.law_from) == (
        "again",
        date(2025, 4, 1),
        date(2025, 4, 1),
    )


def test_a_filing_under_review_when_the_rules_turn_is_waited_for(judge: Judge) -> None:
    sent = filing(SHARING, "2026-05-28", arrived="2026-05-15", level="2")
    (row,) = rows(judge, SHARING, MAY, filings=[OLD, sent])
    assert (row.action, row.claimable_from) == ("none", JUNE)
    assert "2026-05-15到着" in row.why
    late = filing(SHARING, "2026-06-20", arrived="2026-06-05", level="2")
    (row,) = rows(judge, SHARING, MAY, filings=[OLD, late])
    assert row.action == "needed", "nothing has been sent yet"


def test_the_last_day_to_arrive_is_told_for_what_begins(judge: Judge) -> None:
    found = deadlines(judge, clinic(facts=READY, filings=[OLD]), date(2026, 5, 10), 30)
    (row,) = (row for row in found if row.key == f"filing/{SHARING}")
    assert (row.day, row.post_by) == (JUNE, date(2026, 5, 27))
    assert "様式1の6" in row.note


def test_a_window_of_the_calendar_stands_in_place_of_the_general_day(judge: Judge) -> None:
    found = deadlines(judge, clinic(filings=[OLD]), date(2025, 3, 20), 30)
    told = [(row.key, row.day) for row in found if row.kind == "filing" and row.addition == PROMOTION]
    assert told == [(f"refiling-2025-04/{PROMOTION}", date(2025, 4, 4))]


def test_nothing_is_filed_that_is_not_in_force_when_it_counts(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        institution = mitasu.sample(name)
        for month in range(1, 13):
            for row in filing_answers(judge, institution, date(2026, month, 20)):
                if row.claimable_from is not None:
                    state = judge.rulebook.state(row.addition, institution.sector, row.claimable_from)
                    assert state.levels, row
