"""From when a step counts: filings after review or within a window, rates months later, by the rules of that day."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from clinics import PROMOTION, SHARING, clinic, filing, rates

import mitasu
from mitasu.judge.filing_facts import turns_between
from mitasu.judge.improve import Improvement, improvements
from mitasu.judge.judgement import Judge
from mitasu.judge.lead import latest_start

OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
RATE = "使える月のうち最も高いマイナ保険証利用率を"


def steps(judge: Judge, on: str, addition: str = PROMOTION, **parts: Any) -> list[Improvement]:
    found = improvements(judge, clinic(**parts), date.fromisoformat(on), {})
    return [step for step in found if step.addition == addition]


def of_level(found: list[Improvement], level: str) -> Improvement:
    (step,) = (step for step in found if step.level == level)
    return step


# ---- rates -----------------------------------------------------------------------------------------------------


def test_a_rate_of_this_month_counts_three_months_later_by_the_limits_of_that_month(judge: Judge) -> None:
    """From October 2025 level 1 asks for 60 percent instead of 45."""
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    step = of_level(steps(judge, "2025-07-20", filings=filed, rate=20.0), "1")
    assert step.step.words == (f"{RATE}60.0%以上にする（いま20.0%）",)
    assert (step.claimable_from, step.law_from, step.files) == (date(2025, 10, 1), date(2025, 10, 1), False)


def test_a_rate_without_a_turn_before_it_is_told_by_the_limits_of_today(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    step = of_level(steps(judge, "2025-11-10", filings=filed, rate=30.0), "1")
    assert step.step.words == (f"{RATE}60.0%以上にする（いま30.0%）",)
    assert (step.claimable_from, step.law_from) == (date(2026, 2, 1), None)


def test_a_rate_on_which_the_claim_of_other_months_rests_counts_two_months_later(judge: Judge) -> None:
    """Until January 2025 the rate by checks of two months before could be used."""
    filed = [filing(PROMOTION, "2024-05-31")]
    step = of_level(steps(judge, "2024-10-15", filings=filed, rate=5.0), "2")
    assert (step.claimable_from, step.law_from) == (date(2024, 12, 1), None)


def test_with_a_filing_the_later_of_the_two_days_counts(judge: Judge) -> None:
    step = of_level(steps(judge, "2025-11-10", filings=[], rate=30.0), "1")
    assert step.files
    assert step.claimable_from == date(2026, 2, 1)
    step = of_level(steps(judge, "2025-11-10", filings=[], rate=70.0), "1")
    assert step.claimable_from == date(2025, 12, 1)


# ---- filings ---------------------------------------------------------------------------------------------------


def test_a_refiling_within_its_window_counts_from_the_day_that_the_window_says(judge: Judge) -> None:
    """Filed again by 4 April 2025 and accepted in April: from 1 April; later: from May or June."""
    starts = {
        on: of_level(steps(judge, on, filings=[OLD]), "1").claimable_from
        for on in ("2025-04-02", "2025-04-04", "2025-04-07")
    }
    assert starts == {
        "2025-04-02": date(2025, 4, 1),
        "2025-04-04": date(2025, 4, 1),
        "2025-04-07": date(2025, 5, 1),
    }


def test_what_begins_when_a_filing_would_count_is_a_step(judge: Judge) -> None:
    found = steps(judge, "2026-05-10", SHARING, filings=[OLD], facts={"free_statement": True})
    step = of_level(found, "2")
    assert (step.claimable_from, step.law_from) == (date(2026, 6, 1), date(2026, 6, 1))
    assert step.forms == ("基本 別添7 様式1の6",)
    late = steps(judge, "2026-05-20", SHARING, filings=[OLD], facts={"free_statement": True})
    assert of_level(late, "2").claimable_from == date(2026, 7, 1), "accepted on 3 June"


def test_what_begins_and_needs_no_waiting_counts_from_its_first_day(judge: Judge) -> None:
    filed = [OLD, filing(SHARING, "2026-05-08", arrived="2026-05-07", level="1")]
    facts = {"free_statement": True, "posted_in_facility": False}
    found = steps(judge, "2026-05-20", SHARING, filings=filed, facts=facts)
    step = of_level(found, "2")
    assert step.step.words == ("院内掲示を「はい」にする",)
    assert (step.claimable_from, step.files) == (date(2026, 6, 1), False)


def test_what_ends_before_it_would_count_is_no_step(judge: Judge) -> None:
    assert steps(judge, "2026-05-20", filings=[]) == []
    assert steps(judge, "2026-04-10", filings=[]) != []


def test_a_fact_that_may_be_changed_at_once_is_told_by_the_rules_of_today(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    found = steps(judge, "2025-09-20", filings=filed, facts={"posted_in_facility": False})
    (step,) = (step for step in found if step.level == "1" and step.claimable_from is None)
    assert step.law_from is None


@pytest.mark.parametrize("on", ["2024-05-20", "2025-03-20", "2025-08-31", "2026-02-10", "2026-05-20"])
@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_no_rule_turns_between_the_rules_of_a_step_and_its_first_day(
    judge: Judge, name: str, on: str
) -> None:
    institution, day = mitasu.sample(name), date.fromisoformat(on)
    for step in improvements(judge, institution, day, {}):
        start = step.claimable_from or day
        assert start <= latest_start(day)
        assert turns_between(judge, institution, step.addition, step.law_from or day, start) == []


def test_a_rate_that_is_there_already_for_the_month_to_come_is_no_step(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    series = {"card_use_rate_receipts": rates(20.0) | {"2025-06": 61.0}}
    assert [
        step for step in steps(judge, "2025-07-20", filings=filed, series=series) if step.level == "1"
    ] == []
