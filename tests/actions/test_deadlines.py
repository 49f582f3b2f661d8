"""期限: everything with a day that concerns an institution, in order, with the day by which to act."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from clinics import HOME, PROMOTION, RECORDS, SHARING, clinic, days, filing, trial_clinic

import mitasu
from mitasu.errors import UsageError
from mitasu.facts import Event, Institution
from mitasu.judge.deadlines import deadlines
from mitasu.judge.due import KINDS, Deadline
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")


def found(judge: Judge, institution: Institution, on: str, within: int = 90, **wanted: Any) -> list[Deadline]:
    """The deadlines that are as wanted: kind, addition, or the start of the key."""
    rows = deadlines(judge, institution, date.fromisoformat(on), within)
    key = wanted.pop("key", "")
    chosen = (row for row in rows if all(getattr(row, name) == value for name, value in wanted.items()))
    return [row for row in chosen if row.key.startswith(key)]


def one(judge: Judge, institution: Institution, on: str, within: int = 90, **wanted: Any) -> Deadline:
    rows = found(judge, institution, on, within, **wanted)
    assert len(rows) == 1, rows
    return rows[0]


# ---- the list as a whole -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
@pytest.mark.parametrize("on", ["2024-06-01", "2025-03-10", "2025-05-20", "2026-05-10", "2026-11-22"])
def test_deadlines_lie_within_the_days_asked_in_order_each_once(judge: Judge, name: str, on: str) -> None:
    rows = found(judge, mitasu.sample(name), on, 120)
    first = date.fromisoformat(on)
    assert rows == sorted(rows, key=lambda row: row.day)
    assert all(first <= row.day <= first + timedelta(days=120) for row in rows)
    assert len({row.key for row in rows}) == len(rows)
    assert {row.kind for row in rows} <= set(KINDS)
    assert all(row.title and (row.post_by is None or row.post_by < row.day) for row in rows)


def test_the_last_day_asked_for_belongs_to_it(judge: Judge) -> None:
    institution = clinic(filings=[OLD], facts={"posted_on_website": False})
    wanted = {"kind": "grace", "key": f"grace/{PROMOTION}/posted-on-website"}
    assert one(judge, institution, "2025-05-01", 30, **wanted).day == date(2025, 5, 31)
    assert found(judge, institution, "2025-05-01", 29, **wanted) == []


@pytest.mark.parametrize("within", [0, -1, 3661])
def test_too_few_or_too_many_days_are_refused(judge: Judge, within: int) -> None:
    with pytest.raises(UsageError, match="1から3660までの整数"):
        deadlines(judge, clinic(), date(2025, 5, 1), within)


def test_days_beyond_the_table_of_holidays_are_refused(judge: Judge) -> None:
    with pytest.raises(UsageError, match="2036年の祝日の表がありません"):
        deadlines(judge, clinic(), date(2035, 11, 1), 90)


# ---- grace ---------------------------------------------------------------------------------------------------


def test_the_end_of_a_grace_that_the_answer_rests_on_is_told_with_its_remedy_and_source(judge: Judge) -> None:
    institution = clinic(filings=[OLD], facts={"posted_on_website": False})
    row = one(
        judge, institution, "2025-05-01", kind="grace", addition=PROMOTION, key=f"grace/{PROMOTION}/posted"
    )
    assert row.day == date(2025, 5, 31)
    assert row.title == "医療DX推進体制整備加算: ウェブサイト掲載の経過措置"
    assert "医療DX推進体制整備加算4を算定できません" in row.note
    assert "自院のウェブサイトに載せる" in row.note
    assert any(cite.startswith("S2") for cite in row.sources)
    assert row.post_by is None


def test_a_grace_that_another_takes_over_ends_with_the_last_of_them(judge: Judge) -> None:
    """The grace for the sharing service of 在宅医療DX情報活用加算 is replaced on its last day by one without an end."""
    institution = clinic(filings=[filing(HOME, "2024-05-31", level="2")], facts={"home_consent_system": True})
    assert judge.judge(institution, date(2026, 5, 10)).of(HOME).status == "claimable"
    assert found(judge, institution, "2026-05-10", kind="grace", addition=HOME) == []


def test_a_grace_that_ends_after_the_standard_is_met_is_no_deadline(judge: Judge) -> None:
    since = [
        {"from": "2024-06-01", "to": "2025-05-19", "value": False},
        {"from": "2025-05-20", "value": True},
    ]
    institution = clinic(filings=[OLD], facts={"posted_on_website": since})
    website = judge.judge(institution, date(2025, 5, 1)).of(PROMOTION).requirement("posted-on-website")
    assert website is not None
    assert website.status == "deemed"
    assert found(judge, institution, "2025-05-01", kind="grace", key=f"grace/{PROMOTION}/posted") == []


def test_a_grace_of_what_cannot_be_claimed_anyway_is_left_out(judge: Judge) -> None:
    institution = clinic(filings=[], facts={"posted_on_website": False})
    assert found(judge, institution, "2025-05-01", kind="grace", addition=PROMOTION) == []


def test_a_standard_that_pays_nothing_is_not_called_claimable(judge: Judge) -> None:
    institution = clinic(
        institution={"name": "試しの病院", "sector": "medical", "kind": "hospital"},
        facts={"emergency_view": False},
        filings=[filing("emergency-admission", "2022-09-26")],
    )
    row = one(judge, institution, "2025-03-10", kind="grace", addition="emergency-view")
    assert (row.day, row.title) == (date(2025, 3, 31), "救急時医療情報閲覧機能の経過措置")
    assert "救急時医療情報閲覧機能の基準を満たしません" in row.note


# ---- filings -------------------------------------------------------------------------------------------------


def test_a_filing_to_make_has_the_first_opening_day_as_its_last_day(judge: Judge) -> None:
    row = one(judge, clinic(), "2025-05-12", kind="filing", addition=PROMOTION)
    assert (row.day, row.post_by) == (date(2025, 6, 2), date(2025, 5, 28))
    assert row.title == "医療DX推進体制整備加算の届出"
    assert "2025-06-01から医療DX推進体制整備加算1（12点）を算定するには" in row.note
    assert "様式1の6" in row.note


def test_what_needs_no_filing_has_no_deadline(judge: Judge) -> None:
    filed = clinic(filings=[filing(PROMOTION, "2025-03-10", level="1")])
    assert found(judge, filed, "2025-05-12", kind="filing", addition=PROMOTION) == []


def test_the_window_of_april_2025_is_told_until_it_is_filed(judge: Judge) -> None:
    wanted = {"kind": "filing", "key": "refiling-2025-04/"}
    row = one(judge, clinic(filings=[OLD]), "2025-03-10", **wanted)
    assert (row.day, row.post_by, row.addition) == (date(2025, 4, 4), date(2025, 4, 1), PROMOTION)
    assert "2025-04-01から算定するために、この日までに着くこと" in row.note
    assert row.sources
    done = clinic(filings=[OLD, filing(PROMOTION, "2025-03-26", level="1")])
    assert found(judge, done, "2025-03-27", **wanted) == []
    assert found(judge, clinic(filings=[]), "2025-03-10", **wanted) == []


def test_the_window_of_june_2026_is_for_everyone_who_has_filed_anything(judge: Judge) -> None:
    row = one(judge, clinic(filings=[OLD]), "2026-05-07", key="filing-window-2026-06/")
    assert (row.day, row.addition) == (date(2026, 6, 1), None)
    assert "受付は2026-05-07から" in row.note
    assert "2026-05-18までの提出" in row.note
    assert found(judge, clinic(filings=[]), "2026-05-07", key="filing-window-2026-06/") == []


def test_a_window_is_for_filings_that_stand(trial_judge: Judge, trial_book: Rulebook) -> None:
    wanted = {"key": "trial-window/"}
    held = filing("trial-plain", "2024-07-10", level="2")
    assert one(trial_judge, trial_clinic(trial_book, filings=[held]), "2025-05-10", **wanted).day == date(
        2025, 6, 4
    )
    gone = trial_clinic(trial_book, filings=[{**held, "withdrawn": "2025-05-01"}])
    assert found(trial_judge, gone, "2025-05-10", **wanted) == []


def test_two_years_after_the_last_acceptance_it_is_filed_again(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    filings = [filing("trial-plain", day, level="2") for day in ("2023-07-20", "2024-08-10", "2027-01-10")]
    row = one(trial_judge, trial_clinic(trial_book, filings=filings), "2026-07-01", key="trial-again/")
    assert row.day == date(2026, 8, 10), "the acceptance of 2027 is not known yet"
    assert "前回の受理は2024-08-10" in row.note


def test_what_was_never_accepted_is_not_filed_again(trial_judge: Judge, trial_book: Rulebook) -> None:
    sent = trial_clinic(trial_book, filings=[filing("trial-plain", None, arrived="2024-07-10", level="2")])
    assert found(trial_judge, sent, "2026-07-01", key="trial-again/") == []


# ---- duties --------------------------------------------------------------------------------------------------


def test_yearly_duties_are_told_for_every_year_in_reach(trial_judge: Judge, trial_book: Rulebook) -> None:
    institution = trial_clinic(trial_book, filings=[filing("trial-plain", "2024-07-10", level="2")])
    rows = found(trial_judge, institution, "2025-05-01", 800, kind="duty", key="trial-check")
    assert [row.day for row in rows] == days("2025-08-31", "2026-08-31")
    assert [row.key for row in rows] == ["trial-check//2025", "trial-check//2026"]
    assert all(row.addition is None for row in rows)
    plans = found(trial_judge, institution, "2025-05-01", 800, kind="duty", key="trial-plan")
    assert [(row.day, row.addition) for row in plans] == [(date(2025, 6, 30), "trial-plain")], (
        "until May 2026"
    )


def test_a_duty_on_a_closed_day_is_posted_to_arrive_before_it(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    institution = trial_clinic(trial_book, filings=[filing("trial-plain", "2024-07-10", level="2")])
    row = one(trial_judge, institution, "2025-08-01", key="trial-check")
    assert (row.day, row.post_by) == (date(2025, 8, 31), date(2025, 8, 26))
    assert "閉庁日です。2025-08-29（開庁日）までに着くように" in row.note


def test_a_band_is_reckoned_each_quarter_until_the_rule_ends(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    institution = trial_clinic(trial_book, filings=[filing("trial-plain", "2024-07-10", level="2")])
    rows = found(trial_judge, institution, "2025-08-15", 365, key="trial-band/")
    assert [row.day for row in rows] == days("2025-09-30", "2025-12-31", "2026-03-31")
    assert "2025-12-26（開庁日）までに着く" in rows[1].note


def test_who_has_filed_nothing_has_no_duties(trial_judge: Judge, trial_book: Rulebook) -> None:
    assert found(trial_judge, trial_clinic(trial_book), "2025-05-01", 800, kind="duty") == []


def test_the_shipped_calendar_tells_the_report_of_record_management_until_2025(judge: Judge) -> None:
    hospital = mitasu.sample("hospital")
    row = one(judge, hospital, "2025-07-01", key="record-management-report")
    assert row.title == "診療録管理体制加算の8月の報告（様式17の2）"
    assert found(judge, hospital, "2026-07-01", key="record-management-report") == []
    assert one(judge, hospital, "2026-07-01", key="yearly-self-check").kind == "duty"


# ---- drills and trainings ------------------------------------------------------------------------------------


def training(*texts: str) -> dict[str, Any]:
    return {"events": {"security_training": [{"on": text} for text in texts]}}


def test_the_last_day_of_a_training_is_the_same_day_a_year_later(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    filings = [filing("trial-plain", "2024-07-10", level="1")]
    institution = trial_clinic(trial_book, filings=filings, **training("2023-01-10", "2024-09-12"))
    row = one(trial_judge, institution, "2025-08-01", kind="event", addition="trial-plain")
    assert (row.day, row.title) == (date(2025, 9, 12), "情報セキュリティ研修（試しの加算）")
    assert "この日を過ぎると「研修」を満たしません。研修を行う。" in row.note
    for day, level in ((row.day, "1"), (row.day + timedelta(days=1), "2")):
        assert trial_judge.judge(institution, day).of("trial-plain").level == level


def test_a_leap_day_is_followed_by_the_last_of_february(trial_judge: Judge, trial_book: Rulebook) -> None:
    institution = trial_clinic(
        trial_book, filings=[filing("trial-plain", "2023-07-10", level="1")], **training("2024-02-29")
    )
    assert one(trial_judge, institution, "2025-01-10", kind="event", addition="trial-plain").day == date(
        2025, 2, 28
    )


def test_a_training_that_is_followed_by_another_is_no_deadline(
    trial_judge: Judge, trial_book: Rulebook
) -> None:
    filings = [filing("trial-plain", "2024-07-10", level="1")]
    institution = trial_clinic(trial_book, filings=filings, **training("2024-09-12", "2025-08-30"))
    assert found(trial_judge, institution, "2025-08-01", kind="event", addition="trial-plain") == []


def test_a_training_under_grace_is_due_when_the_grace_ends(judge: Judge) -> None:
    """A hospital of 200 to 399 beds that had filed by March 2024 is deemed to train its staff until May 2025."""
    hospital = mitasu.sample("hospital")
    events = {**hospital.events, "security_training": (Event(date(2024, 5, 22), {"led_by_manager": True}),)}
    row = one(judge, replace(hospital, events=events), "2025-04-10", kind="event", addition=RECORDS)
    assert row.day == date(2025, 5, 31)


def test_use_of_a_network_lapses_after_two_months(judge: Judge) -> None:
    row = one(judge, mitasu.sample("childrens-clinic"), "2026-11-22", kind="event", addition=SHARING)
    assert row.day == date(2027, 1, 5)
    assert row.key == f"event/network_use/{SHARING}"


INFECTION = "outpatient-infection-control"
TWICE = {
    "infection_training": [{"on": day, "separate_from_safety": True} for day in ("2025-01-20", "2025-06-10")]
}
"""Two trainings; twice within twelve months are asked for."""


def test_what_is_asked_for_twice_a_year_lapses_with_the_first_of_the_two(judge: Judge) -> None:
    institution = trial_clinic(judge.rulebook, filings=[filing(INFECTION, "2024-07-10")], events=TWICE)
    row = one(judge, institution, "2025-12-01", kind="event", addition=INFECTION)
    assert (row.day, row.key) == (date(2026, 1, 20), f"event/infection_training/{INFECTION}")
    for day, status in ((row.day, "met"), (row.day + timedelta(days=1), "unmet")):
        training = judge.judge(institution, day, [INFECTION]).of(INFECTION).requirement("infection-training")
        assert training is not None
        assert training.status == status


def test_wages_are_planned_in_june_reported_in_august_and_the_band_is_reckoned_each_quarter(
    judge: Judge,
) -> None:
    filings = [
        filing(id_, "2024-06-03", level=level) for id_, level in (("base-up-1", None), ("base-up-2", "1"))
    ]
    institution = trial_clinic(judge.rulebook, filings=filings)
    rows = found(judge, institution, "2025-06-01", 120, kind="duty", addition="base-up-2")
    assert [(row.day, row.title) for row in rows] == [
        (date(2025, 6, 30), "外来・在宅ベースアップ評価料(Ⅱ): 賃金改善計画書の届出"),
        (date(2025, 6, 30), "評価料(Ⅱ)の区分の算出"),
        (date(2025, 8, 31), "外来・在宅ベースアップ評価料(Ⅱ): 賃金改善実績報告書（前年度分）"),
    ]


def test_comprehensive_care_is_filed_again_after_two_years(judge: Judge) -> None:
    institution = trial_clinic(judge.rulebook, filings=[filing("comprehensive-care-fee", "2024-09-27")])
    row = one(judge, institution, "2026-09-01", key="two-year-refiling/")
    assert (row.day, row.post_by) == (date(2026, 9, 27), date(2026, 9, 17))
    assert "2026-09-25（開庁日）までに着くように" in row.note


def test_what_is_neither_filed_nor_claimed_need_not_be_kept_up(judge: Judge) -> None:
    institution = trial_clinic(judge.rulebook, filings=[], events=TWICE)
    assert found(judge, institution, "2025-12-01", kind="event", addition=INFECTION) == []


# ---- summaries -----------------------------------------------------------------------------------------------


def test_a_month_of_summaries_closes_fourteen_days_after_its_last_day(judge: Judge) -> None:
    rows = found(judge, mitasu.sample("hospital"), "2025-02-10", 40, kind="cohort")
    assert [(row.day, row.title) for row in rows] == [
        (date(2025, 2, 14), "2025年1月退院分の14日以内の要約提出9割以上"),
        (date(2025, 3, 14), "2025年2月退院分の14日以内の要約提出9割以上"),
    ]
    assert "いま340件のうち321件" in rows[0].note


def test_a_level_that_asks_for_no_summaries_has_no_such_day(judge: Judge) -> None:
    hospital = mitasu.sample("hospital")
    low = tuple(replace(f, level="3") if f.item == RECORDS else f for f in hospital.filings or ())
    institution = replace(hospital, filings=low, facts={**hospital.facts, "electronic_chart": ()})
    assert judge.judge(institution, date(2026, 7, 1)).of(RECORDS).level == "2"
    assert found(judge, institution, "2026-07-01", kind="cohort") == []


# ---- the law turns -------------------------------------------------------------------------------------------


def test_what_begins_and_what_ends_is_told_with_the_command_that_shows_it(judge: Judge) -> None:
    rows = {row.addition: row for row in found(judge, clinic(filings=[OLD]), "2026-05-10", kind="law")}
    assert rows[SHARING].title == "電子的診療情報連携体制整備加算が始まる"
    assert rows[PROMOTION].title == "医療DX推進体制整備加算が終わる"
    assert {row.day for row in rows.values()} == {date(2026, 6, 1)}
    assert "mitasu changes --from 2026-05-31 --to 2026-06-01" in rows[SHARING].note
    assert rows[SHARING].sources


def test_a_change_of_what_is_neither_claimed_nor_filed_is_left_out(judge: Judge) -> None:
    told = {row.addition for row in found(judge, clinic(filings=[OLD]), "2025-03-10", kind="law")}
    assert PROMOTION in told
    assert HOME not in told
    assert RECORDS not in told
