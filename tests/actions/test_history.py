"""履歴: since when each requirement has held, failed or been unknown, and what wrong claims would cost."""

from __future__ import annotations

import json
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from clinics import HOME, PROMOTION, SHARING, Run, Write, clinic, document, filing, trial_clinic

import mitasu as library
from mitasu.cli.demo import sample_path
from mitasu.dates import first_day, months_between
from mitasu.errors import InputError, UsageError
from mitasu.judge.claimed import Claimed, load_claimed, read_claimed
from mitasu.judge.history import Exposure, History, history
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

FILED = [filing(PROMOTION, "2025-03-10", level="1")]
GONE = [{"from": "2022-01-01", "to": "2025-07-15", "value": True}, {"from": "2025-07-16", "value": False}]
"""A poster that was taken down in the middle of July 2025."""


def looked(
    judge: Judge, *claims: Claimed, first: str = "2025-04", last: str = "2025-09", **parts: Any
) -> History:
    return history(judge, clinic(filings=FILED, **parts), PROMOTION, first, last, list(claims))


def exposed(judge: Judge, claim: Claimed, **parts: Any) -> Exposure | None:
    found = looked(judge, claim, **parts).exposures
    assert len(found) <= 1
    return found[0] if found else None


# ---- runs ----------------------------------------------------------------------------------------------------


def test_each_requirement_is_told_by_the_months_in_which_it_stood_the_same(judge: Judge) -> None:
    found = looked(judge, facts={"posted_in_facility": GONE})
    poster = [(run.status, run.first, run.last) for run in found.runs if run.id == "posted-in-facility"]
    assert poster == [("met", "2025-04", "2025-07"), ("unmet", "2025-08", "2025-09")]
    whole = [(run.status, run.first, run.last) for run in found.runs if run.id == ""]
    assert whole == [("claimable 1", "2025-04", "2025-07"), ("not_claimable", "2025-08", "2025-09")]


def test_the_reason_is_that_of_the_first_month(judge: Judge) -> None:
    found = looked(judge, facts={"posted_in_facility": GONE})
    failing = next(run for run in found.runs if run.id == "posted-in-facility" and run.status == "unmet")
    assert failing.why == "院内掲示：いいえ（2025-07-16から）"


def test_what_was_not_known_is_a_run_of_its_own(judge: Judge) -> None:
    since = [{"from": "2025-06-01", "value": True}]
    found = looked(judge, facts={"posted_in_facility": since}, last="2025-07")
    assert [(run.status, run.first, run.last) for run in found.runs if run.id == "posted-in-facility"] == [
        ("unknown", "2025-04", "2025-05"),
        ("met", "2025-06", "2025-07"),
    ]


@pytest.mark.parametrize("addition", [PROMOTION, HOME, SHARING, "medical-information-acquisition"])
def test_the_runs_are_the_judgements_month_by_month(judge: Judge, addition: str) -> None:
    institution = library.sample("paper-clinic")
    found = history(judge, institution, addition, "2024-04", "2026-11")
    for month in months_between("2024-04", "2026-11"):
        judgement = judge.judge(institution, first_day(month), [addition]).of(addition)
        wanted = {answer.id: answer.status for answer in judgement.requirements}
        wanted[""] = judgement.status + (f" {judgement.level}" if judgement.level else "")
        told = {run.id: run.status for run in found.runs if run.first <= month <= run.last}
        assert told == wanted, month


def test_runs_of_a_requirement_never_overlap_and_a_gap_is_not_bridged(judge: Judge) -> None:
    found = history(judge, library.sample("hospital"), "record-management", "2022-01", "2026-11")
    for id_ in {run.id for run in found.runs}:
        own = [run for run in found.runs if run.id == id_]
        assert all(run.first <= run.last for run in own)
        assert all(earlier.last < later.first for earlier, later in pairwise(own))


def test_months_out_of_order_are_refused(judge: Judge) -> None:
    with pytest.raises(UsageError, match="最初の月（2025-09）が最後の月（2025-04）より後です"):
        looked(judge, first="2025-09", last="2025-04")


# ---- exposure ------------------------------------------------------------------------------------------------


def test_claims_that_were_right_cost_nothing(judge: Judge) -> None:
    assert exposed(judge, Claimed("2025-05", 30, "1")) is None
    assert exposed(judge, Claimed("2025-05", 30)) is None, "nothing better than level 1 can have been claimed"
    assert exposed(judge, Claimed("2025-05", 30, "3")) is None, "a lower level than was right"


def test_claims_without_the_standard_cost_all_their_points(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-08", 30, "1"), facts={"posted_in_facility": GONE})
    assert found is not None
    assert (found.status, found.yen, found.inputs) == ("not_claimable", 30 * 12 * 10, "30回×12点×10円")
    assert found.why == "院内掲示（院内掲示：いいえ（2025-07-16から））"


def test_claims_at_too_high_a_level_cost_the_difference(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-05", 30, "1"), rate=20.0)
    assert found is not None
    assert (found.status, found.yen, found.inputs) == ("level_too_high", 30 * 2 * 10, "30回×2点×10円")
    assert found.why == "この月に算定できるのは区分3です。"


def test_whether_a_level_was_too_high_is_not_known_where_it_was_not_said(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-05", 30), rate=20.0)
    assert found is not None
    assert (found.status, found.yen) == ("level_not_said", None)


def test_an_unknown_fact_leaves_the_amount_open_and_is_named(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-05", 30, "1"), facts={"posted_in_facility": None})
    assert found is not None
    assert (found.status, found.yen) == ("undetermined", None)
    assert "posted_in_facility" in found.why


def test_a_level_that_does_not_exist_is_told_with_those_that_do(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-05", 30, "7"))
    assert found is not None
    assert (found.status, found.yen) == ("no_such_level", None)
    assert "区分1、区分2、区分3、区分4、区分5、区分6" in found.why


def test_claims_in_months_without_such_an_addition_have_no_known_amount(judge: Judge) -> None:
    found = exposed(judge, Claimed("2024-03", 30, "1"))
    assert found is not None
    assert (found.status, found.yen) == ("not_in_force", None)


def test_months_outside_the_history_are_looked_at_too(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-12", 1, "1"), facts={"posted_in_facility": GONE})
    assert found is not None
    assert found.yen == 120


def test_nothing_claimed_is_nothing_owed(judge: Judge) -> None:
    assert exposed(judge, Claimed("2025-08", 0, "1"), facts={"posted_in_facility": GONE}) is None


def test_the_sum_leaves_out_what_is_not_known(judge: Judge) -> None:
    claims = [Claimed("2025-08", 10, "1"), Claimed("2025-09", 10), Claimed("2024-03", 10)]
    found = looked(judge, *claims, facts={"posted_in_facility": GONE})
    assert [row.yen for row in found.exposures] == [1200, None, None]
    assert found.yen == 1200


def test_points_that_hang_on_the_encounter_need_it_said(judge: Judge) -> None:
    institution = library.sample("paper-clinic")
    claims = [Claimed("2026-10", 10, "2", kind) for kind in (None, "first_visit", "revisit", "emergency")]
    found = history(judge, institution, SHARING, "2026-10", "2026-10", claims)
    assert [(row.claimed.encounter, row.yen) for row in found.exposures] == [
        (None, None),
        ("first_visit", 10 * 5 * 10),
        ("revisit", 0),
        ("emergency", None),
    ]


def test_points_by_encounter_only_are_known_too(judge: Judge) -> None:
    """医療情報取得加算 has no points of its own, only those of the encounters: 1 for both in 2025."""
    claim = Claimed("2025-05", 10, None, "revisit")
    institution = clinic(facts={"posted_in_facility": False})
    (found,) = history(
        judge, institution, "medical-information-acquisition", "2025-05", "2025-05", [claim]
    ).exposures
    assert (found.status, found.yen, found.inputs) == ("not_claimable", 100, "10回×1点×10円")


def test_a_station_repays_in_yen(trial_judge: Judge, trial_book: Rulebook) -> None:
    station = trial_clinic(
        trial_book,
        institution={"name": "試しの訪問看護", "sector": "nursing", "kind": "station"},
        filings=[filing("trial-plain", "2024-07-10", level="1")],
        events={"security_training": []},
    )
    claims = [Claimed("2025-05", 30, "1"), Claimed("2024-07", 30, "2")]
    found = history(trial_judge, station, "trial-plain", "2025-05", "2025-05", claims)
    assert [(row.status, row.yen, row.inputs) for row in found.exposures] == [
        ("level_too_high", 600, "30回×20円"),
        ("not_claimable", 1500, "30回×50円"),
    ]


def test_months_without_a_count_tell_what_each_claim_would_cost(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-08", None, "1"), facts={"posted_in_facility": GONE})
    assert found is not None
    assert (found.status, found.yen, found.inputs) == ("not_claimable", None, "1回につき12点×10円")
    assert looked(judge, Claimed("2025-08"), facts={"posted_in_facility": GONE}).yen == 0


def test_the_points_claimed_tell_what_a_level_alone_does_not(judge: Judge) -> None:
    institution = library.sample("paper-clinic")
    claims = [Claimed("2026-10", 10, "2", None, points) for points in (9, 4, 2)]
    found = history(judge, institution, SHARING, "2026-10", "2026-10", claims)
    assert [(row.status, row.yen) for row in found.exposures] == [("level_too_high", None)] * 3
    claims = [Claimed("2026-10", 10, None, "first_visit", points) for points in (9, 4)]
    (row,) = history(judge, institution, SHARING, "2026-10", "2026-10", claims).exposures
    assert (row.status, row.yen, row.inputs) == ("points_too_high", 10 * 5 * 10, "10回×5点×10円")
    assert row.why == "この月に算定できるのは4点までです。"


def test_unknown_facts_tell_what_they_would_cost_at_worst(judge: Judge) -> None:
    found = exposed(judge, Claimed("2025-05", 30, "1"), facts={"posted_in_facility": None})
    assert found is not None
    assert found.yen is None
    assert found.why == (
        "未確認の事実で決まります: 院内掲示（posted_in_facility）。満たしていなければ3,600円です（30回×12点×10円）。"
    )


# ---- looking back ------------------------------------------------------------------------------------------


def test_what_was_to_be_decided_in_a_month_is_told_as_it_was_decided(judge: Judge) -> None:
    """Of the discharges of August 2025 fewer than nine tenths had their summary by 14 September."""
    hospital = library.sample("hospital")
    claim = [Claimed("2025-09", 10, "1")]

    def back(on: date | None) -> History:
        return history(judge, hospital, "record-management", "2025-08", "2025-10", claim, on)

    def told(found: History) -> list[tuple[str, str]]:
        return [(run.first, run.status) for run in found.runs if run.id == "summaries-within-14-days"]

    assert told(back(None)) == told(back(date(2025, 9, 13)))
    assert told(back(date(2025, 9, 13))) == [("2025-08", "met"), ("2025-09", "pending"), ("2025-10", "met")]
    assert told(back(date(2025, 9, 14))) == [("2025-08", "met"), ("2025-09", "unmet"), ("2025-10", "met")]
    (row,) = back(date(2026, 11, 22)).exposures
    assert (row.status, row.yen) == ("level_too_high", (140 - 30) * 10 * 10)


def test_the_command_looks_back_from_today(mitasu: Run, write: Write) -> None:
    path = write(sample_path("hospital").read_text("utf-8"))
    ran = mitasu("history", path, "record-management", "--from", "2025-09", "--to", "2025-09", "--json")
    runs = {run["id"]: run["status"] for run in json.loads(ran.out)["runs"]}
    assert runs["summaries-within-14-days"] == "unmet"


# ---- the file of claims ----------------------------------------------------------------------------------------


def test_claims_are_read_by_month_as_numbers_tables_and_lists(write: Write) -> None:
    path = write(
        '"2025-06": 30\n令和7年7月: {level: 1, count: 31}\n'
        '"2025-08": [{level: "1", count: 2}, {count: 3, encounter: revisit}]\n',
        "claimed.yaml",
    )
    assert load_claimed(path) == [
        Claimed("2025-06", 30),
        Claimed("2025-07", 31, "1"),
        Claimed("2025-08", 2, "1"),
        Claimed("2025-08", 3, None, "revisit"),
    ]
    path = write('"2025-06": {level: "１", points: 12}\n"2025-07":\n', "claimed.yaml")
    assert load_claimed(path) == [Claimed("2025-06", None, "1", None, 12), Claimed("2025-07")]
    assert load_claimed(write("- 2025-06\n- 令和7年7月\n", "months.yaml")) == [
        Claimed("2025-06"),
        Claimed("2025-07"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('"2025-06": -1\n', 1, "0から10000000までの整数"),
        ('"2025-06": 1.5\n', 1, "見つかったもの: 1.5"),
        ('"2025-06": true\n', 1, "0から10000000までの整数"),
        ('"2025-06": たくさん\n', 1, "見つかったもの: たくさん"),
        ('"2025-06": 1\n六月: 3\n', 2, "月として読めません"),
        ('"2025-13": 3\n', 1, "という月はありません"),
        ('"2025-06": 3\n令和7年6月: 4\n', 2, "2025-06が二度書かれています"),
        (
            '"2025-06": {points: -1}\n',
            1,
            "2025-06の1回の点数は0から1000000までの整数です（見つかったもの: -1）",
        ),
        ('"2025-06": {count: 3, levle: "1"}\n', 1, "近いもの: level"),
        ('"2025-06": {count: 3, level: [1]}\n', 1, "区分（level）は"),
        ('"2025-06": {count: 3, encounter: fist_visit}\n', 1, "近いもの: first_visit"),
        ("- 3\n", 1, "「3」は月として読めません"),
        ("- 2025-06\n- 2025-06\n", 2, "2025-06が二度書かれています"),
        ("たくさん\n", 1, "を並べます"),
    ],
)
def test_wrong_claims_are_refused_with_line_and_remedy(write: Write, text: str, line: int, told: str) -> None:
    with pytest.raises(InputError) as raised:
        load_claimed(write(text, "claimed.yaml"))
    assert told in str(raised.value)
    assert raised.value.problems[0].line == line


def test_every_wrong_claim_is_told_at_once(write: Write) -> None:
    with pytest.raises(InputError) as raised:
        load_claimed(write('"2025-06": -1\n"2025-07": x\n', "claimed.yaml"))
    assert [problem.line for problem in raised.value.problems] == [1, 2]


def test_claims_given_in_python_are_a_mapping(judge: Judge) -> None:
    assert read_claimed({"2025-06": {"count": 3, "level": "1"}}) == [Claimed("2025-06", 3, "1")]
    given = document(filings=FILED, facts={"posted_in_facility": GONE})
    found = library.history(
        given, PROMOTION, from_="2025-04", to="令和7年9月", claimed={"2025-08": {"count": 3, "level": 1}}
    )
    assert found.yen == 360
    with pytest.raises(InputError, match="0から10000000までの整数"):
        library.history(given, PROMOTION, from_="2025-04", to="2025-09", claimed={"2025-08": -3})
    with pytest.raises(UsageError, match="月として読めません"):
        library.history(given, PROMOTION, from_="spring", to="2025-09")


# ---- the command -----------------------------------------------------------------------------------------------


def test_the_command_shows_runs_and_what_may_have_to_be_repaid(mitasu: Run, write: Write) -> None:
    path = write(document(filings=FILED, facts={"posted_in_facility": GONE}))
    claimed = write('"2025-08": {level: "1", count: 30}\n"2025-09": 10\n', "claimed.yaml")
    ran = mitasu("history", path, PROMOTION, "--from", "2025-06", "--to", "2025-09", "--claimed", claimed)
    assert (ran.status, ran.err) == (0, "")
    assert "2025-08〜2025-09" in ran.out
    assert "3,600円" in ran.out
    assert "計算：30回×12点×10円" in ran.out
    assert "返還になりうる金額: 3,600円（金額の分かる月の合計）" in ran.out
    assert "月の1日の事実で判定しています" in ran.out


def test_the_last_two_years_are_shown_where_no_months_are_given(mitasu: Run, write: Write) -> None:
    ran = mitasu("history", write(document(filings=FILED)), PROMOTION)
    today = date.today()
    assert ran.status == 0
    assert f"{today.year - 2}-{today.month:02d}〜{today.year}-{today.month:02d}" in ran.out
