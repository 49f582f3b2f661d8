"""期限超過: what should have been filed or done again by a day that has passed stays on the list until it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from clinics import PROMOTION, RECORDS, Run, Write, clinic, filing, trial_clinic, trial_rule
from test_calendar_files import events as read_back

import mitasu as library
from mitasu.cli.demo import sample_path
from mitasu.documents.calendar import calendar_text
from mitasu.facts import Institution
from mitasu.judge.deadlines import deadlines
from mitasu.judge.due import Deadline
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

FILED = filing("trial-plain", "2024-08-10", level="2")


def late(judge: Judge, institution: Institution, on: str, within: int = 30) -> list[Deadline]:
    return [row for row in deadlines(judge, institution, date.fromisoformat(on), within) if row.overdue]


# ---- filed again every two years -------------------------------------------------------------------------------


def test_a_refiling_whose_day_has_passed_stays_on_the_list_with_that_day(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    institution = trial_clinic(trial_book, filings=[FILED])
    for on in ("2026-08-11", "2026-11-22", "2030-01-10"):
        (row,) = late(trial_judge, institution, on)
        assert (row.day, row.kind, row.post_by) == (date(2026, 8, 10), "filing", None)
        assert row.key == "trial-again/trial-plain", "the same as before the day"
        assert "前回の受理は2024-08-10。期限（2026-08-10）を過ぎています" in row.note
    (first, *_) = deadlines(trial_judge, institution, date(2026, 11, 22), 365)
    assert first.overdue, "what is overdue comes first"


def test_on_its_day_a_refiling_is_not_overdue_yet(trial_judge: Judge, trial_book: Rulebook) -> None:
    institution = trial_clinic(trial_book, filings=[FILED])
    assert late(trial_judge, institution, "2026-08-10") == []
    rows = deadlines(trial_judge, institution, date(2026, 8, 10), 30)
    assert [row.day for row in rows if row.key.startswith("trial-again/")] == [date(2026, 8, 10)]


@pytest.mark.parametrize(
    "more",
    [
        {"accepted": "2026-09-10"},
        {"arrived": "2026-09-01"},
        {"arrived": "2026-09-01", "accepted": "2026-10-02"},
    ],
    ids=["accepted", "sent", "sent and accepted later"],
)
def test_a_refiling_that_is_made_or_on_its_way_is_not_overdue(
    trial_judge: Judge, trial_book: Rulebook, more: dict[str, Any]
) -> None:
    made = {"item": "trial-plain", "level": "2", **more}
    institution = trial_clinic(trial_book, filings=[FILED, made])
    assert late(trial_judge, institution, "2026-09-20") == []


def test_what_was_sent_before_the_last_acceptance_is_no_new_filing(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    lost = {"item": "trial-plain", "level": "1", "arrived": "2024-07-01"}
    assert len(late(trial_judge, trial_clinic(trial_book, filings=[lost, FILED]), "2026-09-20")) == 1


def test_a_filing_that_was_withdrawn_is_not_due_again(trial_judge: Judge, trial_book: Rulebook) -> None:
    gone = {**FILED, "withdrawn": "2026-08-31"}
    institution = trial_clinic(trial_book, filings=[gone])
    assert len(late(trial_judge, institution, "2026-08-30")) == 1
    assert late(trial_judge, institution, "2026-08-31") == []


# ---- drills and trainings that lapsed ------------------------------------------------------------------------


def trained(book: Rulebook, *days: str, level: str = "1") -> Institution:
    events = {"security_training": [{"on": day} for day in days]}
    return trial_clinic(book, filings=[filing("trial-plain", "2026-07-10", level=level)], events=events)


def test_a_training_that_lapsed_is_overdue_since_the_last_day_on_which_it_sufficed(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    institution = trained(trial_book, "2023-05-01", "2025-09-12")
    (row,) = late(trial_judge, institution, "2026-11-22")
    assert (row.day, row.kind) == (date(2026, 9, 12), "event")
    assert row.key == "event/security_training/trial-plain", "the same as before it lapsed"
    assert row.note == "2026-09-12を過ぎ、「研修」を満たしていません。研修を行う。"
    held, lost = (
        trial_judge.judge(institution, day).of("trial-plain")
        for day in (row.day, row.day + timedelta(days=1))
    )
    assert (held.level, lost.level) == ("1", "2")


def test_a_training_that_brings_no_level_back_is_not_overdue(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    assert late(trial_judge, trained(trial_book, "2025-09-12", level="2"), "2026-11-22") == []


def test_a_training_that_never_was_has_no_day(trial_judge: Judge, trial_book: Rulebook) -> None:
    assert late(trial_judge, trained(trial_book), "2026-11-22") == []
    assert late(trial_judge, trained(trial_book, "2020-01-10"), "2026-11-22") == [], "too long ago"


def test_a_training_without_which_nothing_may_be_claimed_is_overdue_as_well(tmp_path: Any) -> None:
    trial_rule(tmp_path, "trial-plain")
    rule = tmp_path / "additions" / "trial-plain.yaml"
    text = rule.read_text("utf-8").replace("every_level: [claims,", "every_level: [training, claims,")
    rule.write_text(text, "utf-8")
    book = Rulebook.load(tmp_path)
    institution = trained(book, "2025-09-12")
    assert Judge(book).judge(institution, date(2026, 11, 22)).of("trial-plain").status == "not_claimable"
    (row,) = late(Judge(book), institution, "2026-11-22")
    assert row.day == date(2026, 9, 12)


def test_a_drill_that_lapsed_is_overdue_for_the_hospital_that_filed_for_it(judge: Judge) -> None:
    hospital = library.sample("hospital")
    drills = tuple(event for event in hospital.events["bcp_drill"] if event.on < date(2025, 1, 1))
    lapsed = replace(hospital, events={**hospital.events, "bcp_drill": drills})
    on = max(event.on for event in drills).replace(year=2025) + timedelta(days=40)
    (row,) = (row for row in late(judge, lapsed, on.isoformat()) if row.addition == RECORDS)
    assert row.day == max(event.on for event in drills).replace(year=2025)
    assert row.title.startswith(judge.words.name("bcp_drill"))


# ---- graces of what is filed ---------------------------------------------------------------------------------


def test_the_end_of_a_grace_is_told_even_in_a_month_whose_rate_falls_short(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    institution = clinic(filings=filed, facts={"posted_on_website": False}, rate=3.0)
    rows = deadlines(judge, institution, date(2025, 5, 1), 60)
    assert judge.judge(institution, date(2025, 5, 1)).of(PROMOTION).status == "not_claimable"
    assert f"grace/{PROMOTION}/posted-on-website" in [row.key for row in rows]


# ---- how it is shown -----------------------------------------------------------------------------------------


def test_the_calendar_keeps_the_day_and_says_that_it_has_passed() -> None:
    row = Deadline(date(2026, 8, 10), "filing", "届出直し", "急ぐ。", None, "k", overdue=True)
    (event,) = read_back(calendar_text(clinic(), [row])).values()
    assert event.dtstart.value == date(2026, 8, 10)
    assert event.summary.value == "［届出（必着）］届出直し（期限超過）"


def test_the_page_says_by_how_many_days(mitasu: Run, write: Write) -> None:
    text = sample_path("hospital").read_text("utf-8")
    latest = "    - {on: 2026-02-26, led_by: security_manager, reviewed: true, findings: false}\n"
    assert latest in text
    ran = mitasu("deadlines", write(text.replace(latest, "")), "--on", "2026-03-20")
    assert (ran.status, ran.err) == (0, "")
    (line,) = (line for line in ran.out.splitlines() if "日超過" in line)
    assert line.split()[:2] == ["2026-03-06", "14日超過"]
