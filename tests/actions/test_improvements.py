"""次の一歩: the smallest sets of changes for each better level, in points and yen, with lead time and conflicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from clinics import HOME, PROMOTION, SHARING, clinic, filing, trial_clinic, trial_rule
from hypothesis import given
from hypothesis import strategies as st

import mitasu
from mitasu.errors import UsageError
from mitasu.facts import Institution, effective_from
from mitasu.judge.amounts import by_kind, lowest, yen_each
from mitasu.judge.filing_facts import known_on
from mitasu.judge.improve import Improvement, gain, improvements, known_visits, parse_visits
from mitasu.judge.judgement import Judge
from mitasu.judge.lead import REVIEW
from mitasu.rulebook import Rulebook

ON = date(2025, 5, 12)


def steps(
    judge: Judge, institution: Institution, visits: Mapping[str, int] | None = None, addition: str = PROMOTION
) -> list[Improvement]:
    """The steps for one addition, in the order given."""
    return [step for step in improvements(judge, institution, ON, visits or {}) if step.addition == addition]


def refiled(judge: Judge, visits: Mapping[str, int] | None = None) -> Improvement:
    """The step of a clinic at level 6 that only has to file for level 3."""
    found = steps(judge, clinic(filings=[filing(PROMOTION, "2024-05-31")], rate=20.0), visits)
    (step,) = [step for step in found if step.level == "3"]
    return step


# ---- what a step is --------------------------------------------------------------------------------------------


def test_every_step_brings_the_level_it_promises(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        institution = mitasu.sample(name)
        for on in (date(2025, 4, 1), date(2026, 11, 22)):
            for step in improvements(judge, institution, on, {}):
                put = {change.key: change.value for change in step.step.changes}
                day = step.law_from or on
                known = known_on(institution, on) if step.law_from else institution
                reached = judge.judge(known, day, [step.addition], put).of(step.addition)
                assert (reached.status, reached.level) == ("claimable", step.level)
                assert step.step.words


def test_a_missing_filing_is_one_step_with_form_and_first_day(judge: Judge) -> None:
    step = refiled(judge)
    assert (step.level, step.step.words) == ("3", ("医療DX推進体制整備加算の届出（区分3以上）が有効になる",))
    assert (step.files, step.forms) == (True, ("様式1の6",))
    assert step.claimable_from == effective_from(ON + REVIEW) == date(2025, 6, 1)


def test_a_step_without_filing_counts_from_the_day_it_is_met(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    (step,) = steps(judge, clinic(filings=filed, facts={"posted_in_facility": False}))[:1]
    assert (step.files, step.forms, step.claimable_from) == (False, (), None)
    assert step.step.words == ("院内掲示を「はい」にする",)


def test_what_is_unknown_is_to_be_confirmed_first(judge: Judge) -> None:
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    found = steps(judge, clinic(filings=filed, facts={"mynaportal_consultation": None}, rate=70.0))
    assert any("（未確認: まず確かめる）" in words for step in found for words in step.step.words)


def test_the_best_level_has_no_next_step(judge: Judge) -> None:
    assert steps(judge, clinic(filings=[filing(PROMOTION, "2025-03-10", level="1")])) == []


def test_no_two_steps_read_the_same_and_one_filing_is_told_once(judge: Judge) -> None:
    found = improvements(judge, mitasu.sample("childrens-clinic"), date(2025, 4, 1), {})
    told = [(step.addition, step.step.words) for step in found]
    assert len(set(told)) == len(told)
    home = [step for step in found if step.addition == HOME and step.level == "1"]
    assert [words for step in home for words in step.step.words if "届出" in words] == [
        "在宅医療DX情報活用加算の届出（区分1以上）が有効になる"
    ]


def test_a_detail_of_the_form_is_named(judge: Judge) -> None:
    facts = {"pediatric_outpatient_fee": True, "under6_share_2024": 60.0}
    filed = [filing(PROMOTION, "2025-03-10", level="3")]
    found = steps(judge, clinic(filings=filed, facts=facts, rate=13.0))
    assert ("医療DX推進体制整備加算の届出（小児科特例の届出）が有効になる",) in [
        step.step.words for step in found
    ]


def test_a_filing_that_stands_in_the_way_is_not_to_be_made(tmp_path: Path) -> None:
    trial_rule(tmp_path, "trial-plain")
    rule = tmp_path / "additions" / "trial-plain.yaml"
    barred = "{all: [{fact: online_claims}, {not: {fact: filing_in_effect, with: {item: general-hospital}}}]}"
    rule.write_text(rule.read_text("utf-8").replace("{fact: online_claims}", barred), "utf-8")
    book = Rulebook.load(tmp_path)
    filings = [filing("trial-plain", "2024-07-10", level="2"), filing("general-hospital", "2024-07-10")]
    (step, *_) = steps(Judge(book), trial_clinic(book, filings=filings), {}, "trial-plain")
    assert step.step.words == ("総合入院体制加算の届出をしない",)
    assert (step.files, step.claimable_from) == (False, None)


def test_what_an_institution_is_cannot_be_changed(tmp_path: Path) -> None:
    trial_rule(tmp_path, "trial-plain")
    rule = tmp_path / "additions" / "trial-plain.yaml"
    hospital = "{any: [{fact: facility_kind, equals: hospital}, {all: [{fact: online_claims}, {fact: own_website}]}]}"
    rule.write_text(rule.read_text("utf-8").replace("{fact: online_claims}", hospital), "utf-8")
    book = Rulebook.load(tmp_path)
    institution = trial_clinic(
        book,
        facts={"online_claims": False, "own_website": False},
        filings=[filing("trial-plain", "2024-07-10", level="2")],
    )
    told = [
        step.step.words for step in steps(Judge(book), institution, {}, "trial-plain") if step.level == "2"
    ]
    assert told == [("オンライン請求を「はい」にする", "自ら管理するウェブサイトの有無を「はい」にする")]


def test_people_who_are_wanting_are_told_with_what_is_asked_of_them(tmp_path: Path) -> None:
    trial_rule(tmp_path, "trial-plain")
    rule = tmp_path / "additions" / "trial-plain.yaml"
    staff = "{fact: someone_in_role, with: {role: record_manager, assignment: [exclusive], years: 5}}"
    rule.write_text(rule.read_text("utf-8").replace("{fact: online_claims}", staff), "utf-8")
    book = Rulebook.load(tmp_path)
    institution = trial_clinic(book, filings=[filing("trial-plain", "2024-07-10", level="2")])
    told = [
        step.step.words for step in steps(Judge(book), institution, {}, "trial-plain") if step.level == "2"
    ]
    assert told == [("「診療記録管理者の条件に合う人の配置（専従、経験5年以上）」を満たす",)]


def test_a_filing_that_must_have_stood_in_the_past_is_no_step(judge: Judge) -> None:
    """A pharmacy that had filed 医療DX推進体制整備加算 on 31 May 2026 need not file again; another cannot make that good."""
    head = {"name": "試しの薬局", "sector": "pharmacy", "kind": "pharmacy"}
    more = {
        "electronic_dispensing_records": True,
        "security_guideline": True,
        "basic_dispensing_fee": "basic_1",
        "results_registered_same_day": True,
        "duplicate_check_in_use": True,
    }
    pharmacy = clinic(institution=head, facts=more, filings=[])
    found = improvements(judge, pharmacy, date(2026, 7, 1), {})
    told = [step.step.words for step in found if step.addition == SHARING]
    assert told == [("電子的診療情報連携体制整備加算の届出が有効になる",)]


# ---- points and yen --------------------------------------------------------------------------------------------


def test_yen_are_points_times_visits_times_ten_and_name_their_inputs(judge: Judge) -> None:
    step = refiled(judge, {"first_visit": 120})
    assert dict(step.gain.each) == {"first_visit": 2}, "10 points instead of 8"
    assert (step.gain.yen_a_month, step.gain.yen_a_year) == (120 * 2 * 10, 12 * 120 * 2 * 10)
    assert step.gain.inputs == "初診120回×2点×10円"


def test_without_the_visits_it_hangs_on_no_yen_are_told(judge: Judge) -> None:
    for visits in ({}, {"revisit": 400}):
        step = refiled(judge, visits)
        assert (step.gain.yen_a_month, step.gain.yen_a_year, step.gain.inputs) == (None, None, "")


def test_no_visits_are_no_yen(judge: Judge) -> None:
    step = refiled(judge, {"first_visit": 0})
    assert (step.gain.yen_a_month, step.gain.inputs) == (0, "初診0回×2点×10円")


def test_each_kind_of_visit_is_reckoned_for_itself(judge: Judge) -> None:
    hospital = mitasu.sample("hospital")
    found = improvements(judge, hospital, date(2026, 11, 22), {"first_visit": 120, "revisit": 400})
    step = next(step for step in found if step.addition == SHARING)
    assert dict(step.gain.each) == {"first_visit": 6, "revisit": 0}
    assert step.gain.yen_a_month == 120 * 6 * 10
    assert step.gain.inputs == "初診120回×6点×10円、再診400回×0点×10円"
    assert step.limits == ("月1回・初診と再診は同月に一方のみ",)


def test_a_station_is_paid_in_yen(trial_judge: Judge, trial_book: Rulebook) -> None:
    station = trial_clinic(
        trial_book,
        institution={"name": "試しの訪問看護", "sector": "nursing", "kind": "station"},
        filings=[filing("trial-plain", "2024-07-10", level="1")],
        events={"security_training": []},
    )
    (step,) = steps(trial_judge, station, {"nursing_visit": 30}, "trial-plain")
    assert dict(step.gain.each) == {"nursing_visit": 20}, "70 yen instead of 50"
    assert (step.gain.yen_a_month, step.gain.inputs) == (600, "訪問看護30回×20円")


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 10_000))
def test_a_gain_is_exact_and_symmetric(was: int, will: int, visits: int) -> None:
    there = gain(was, will, ("revisit",), {"revisit": visits}, "medical")
    back = gain(will, was, ("revisit",), {"revisit": visits}, "medical")
    assert there.yen_a_month == (will - was) * visits * 10
    assert there.yen_a_year == 12 * there.yen_a_month
    assert back.yen_a_month == -there.yen_a_month


def test_what_is_lost_for_a_kind_is_taken_off() -> None:
    found = gain(
        {"first_visit": 1, "revisit": 1},
        {"first_visit": 5},
        (),
        {"first_visit": 10, "revisit": 30},
        "medical",
    )
    assert found.yen_a_month == (4 * 10 - 30) * 10


def test_of_several_amounts_the_lowest_is_promised() -> None:
    assert lowest({"first_visit": {"1": 3, "2": 1}, "revisit": 1}, ()) == {"first_visit": 1, "revisit": 1}
    assert lowest({"single": 10, "same_building": 5}, ("home_visit",)) == {"home_visit": 5}
    assert lowest({"first_visit": {"1": None}}, ()) == {}
    assert lowest(None, ("revisit",)) == {}
    assert by_kind(7, ("first_visit", "revisit")) == {"first_visit": (7,), "revisit": (7,)}
    assert (yen_each("medical"), yen_each("pharmacy"), yen_each("nursing")) == (10, 10, 1)


# ---- order -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_the_most_yen_for_effort_come_first_and_upper_bounds_last(judge: Judge, name: str) -> None:
    visits = {"first_visit": 120, "revisit": 400, "home_visit": 30}
    found = improvements(judge, mitasu.sample(name), date(2026, 11, 22), visits)
    order = [(step.at_most, -(step.gain.yen_a_year or 0) / len(step.step.words)) for step in found]
    assert order == sorted(order)
    assert any(step.at_most for step in found)


def test_sure_steps_and_upper_bounds_both_appear_where_a_level_of_an_own_addition_is_within_reach(
    judge: Judge,
) -> None:
    visits = {"first_visit": 120, "revisit": 400, "home_visit": 30}
    for name in ("paper-clinic", "hospital"):
        found = improvements(judge, mitasu.sample(name), date(2026, 11, 22), visits)
        assert {step.at_most for step in found} == {True, False}, name


def test_an_addition_for_some_patients_is_an_upper_bound_until_its_own_claims_are_given(judge: Judge) -> None:
    institution = clinic(filings=[], facts={"home_consent_system": True})
    bound = steps(judge, institution, {"home_visit": 40}, HOME)[0]
    assert (bound.at_most, bound.gain.yen_a_month) == (True, 40 * 11 * 10)
    sure = steps(judge, institution, {"home_visit": 40, HOME: 3}, HOME)[0]
    assert (sure.at_most, sure.gain.yen_a_month) == (False, 3 * 11 * 10)
    assert sure.gain.inputs == "訪問診療3回×11点×10円"


# ---- conflicts -------------------------------------------------------------------------------------------------


def test_a_conflict_with_what_is_claimed_is_told_from_both_sides(judge: Judge) -> None:
    """在宅医療DX情報活用加算 excludes 医療DX推進体制整備加算; only the rule of the first says so."""
    filed = [filing(PROMOTION, "2025-03-10", level="1")]
    (home, *_) = steps(judge, clinic(filings=filed, facts={"home_consent_system": True}), {}, HOME)
    told = [text for text in home.conflicts if text.startswith("医療DX推進体制整備加算1とは")]
    assert told == [
        "医療DX推進体制整備加算1とは同じ月に併せて算定できません"
        "（医療DX推進体制整備加算1（12点）が在宅医療DX情報活用加算1（11点）より高い）"
    ]
    filed = [filing(HOME, "2025-03-10", level="1")]
    (step, *_) = steps(judge, clinic(filings=filed, facts={"home_consent_system": True}))
    assert any(text.startswith("在宅医療DX情報活用加算1とは同じ月に") for text in step.conflicts)


def test_a_better_level_of_what_is_claimed_does_not_conflict_with_itself(judge: Judge) -> None:
    step = refiled(judge)
    assert not any("医療DX推進体制整備加算" in text for text in step.conflicts)


# ---- the visits given --------------------------------------------------------------------------------------------


def test_visits_are_read_as_people_write_them(rulebook: Rulebook) -> None:
    written = " initial = 120、再診＝４００,home_visit=0, "
    assert parse_visits(written, rulebook) == {"first_visit": 120, "revisit": 400, "home_visit": 0}
    assert parse_visits(None, rulebook) == {}
    assert parse_visits(f"{HOME}=3", rulebook) == {HOME: 3}


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("fist_visit=1", "近いもの: first_visit"),
        ("home-care-d=1", "近いもの: home-care-dx"),
        ("xyz=1", "書けるもの: first_visit"),
        ("first_visit=-1", "0から1000000までの整数"),
        ("first_visit=1.5", "見つかったもの: 1.5"),
        ("first_visit=²", "見つかったもの: ²"),
        ("first_visit=99999999999999", "0から1000000までの整数"),
        ("first_visit", "見つかったもの: なし"),
        ("first_visit=1,first_visit=2", "二度書かれています"),
        ("initial=1,first_visit=2", "二度書かれています"),
    ],
)
def test_wrong_visits_are_refused_with_the_remedy(rulebook: Rulebook, written: str, told: str) -> None:
    with pytest.raises(UsageError, match="--visits") as raised:
        parse_visits(written, rulebook)
    assert told in str(raised.value)


@pytest.mark.parametrize("number", [-1, 1.5, "3", True, None, 10**7])
def test_visits_given_in_python_are_whole_numbers(rulebook: Rulebook, number: Any) -> None:
    with pytest.raises(UsageError, match="0から1000000までの整数"):
        known_visits({"first_visit": number}, rulebook)
