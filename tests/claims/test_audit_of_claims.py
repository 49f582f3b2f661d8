"""突き合わせ: what was charged without right, twice, beside what excludes it, too high; and what was missed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from charging import (
    CODE,
    FIRST,
    HOME,
    HOME_VISIT,
    JUDGE,
    PROMOTION,
    REVISIT,
    SHARED,
    SHARING,
    Hand,
    audited,
    clinic,
    days,
    item,
    kinds,
    receipt,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from mitasu.claims.audit import audit
from mitasu.claims.codes import CodeTable
from mitasu.claims.receipt import Insurer
from mitasu.errors import InputError
from mitasu.facts import read_institution
from mitasu.judge.bill import Biller
from mitasu.judge.encounters import Encounter
from mitasu.judge.judgement import Judge

GONE = [{"from": "2022-01-01", "to": "2025-07-15", "value": True}, {"from": "2025-07-16", "value": False}]
LEVEL_1, LEVEL_2, LEVEL_3, LEVEL_4 = "111703670", "111703770", "111703870", "111703470"


# ---- the judgement of the day ------------------------------------------------------------------------------


def test_what_was_claimable_is_no_finding() -> None:
    found = audited(clinic(), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)))
    assert (found.findings, found.unsettled) == ((), ())
    assert PROMOTION not in {one.addition for one in found.missed}
    assert [(row.count, row.points) for row in found.charged] == [(1, 12)]


def test_a_charge_without_right_names_the_requirement_that_failed_and_the_yen() -> None:
    found = audited(clinic(posted_in_facility=GONE), receipt("2025-08", item(FIRST, 5), item(LEVEL_1, 5)))
    one = found.findings[0]
    assert (one.kind, one.month, one.day, one.receipt, one.level) == (
        "without_right",
        "2025-08",
        date(2025, 8, 5),
        7,
        "1",
    )
    assert [(name.id, name.label) for name in one.failed] == [("posted-in-facility", "院内掲示")]
    assert one.yen == 120
    assert one.sources


def test_the_day_decides_and_not_the_month() -> None:
    rows = [
        receipt("2025-07", item(FIRST, day), item(LEVEL_1, day), patient=str(day)) for day in (14, 15, 16, 17)
    ]
    found = audited(clinic(posted_in_facility=GONE), *rows)
    assert days(found.findings) == ["2025-07-16", "2025-07-17"]


def test_a_level_too_high_costs_the_difference_to_the_right_one() -> None:
    found = audited(clinic(rate=35.0), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)))
    one = found.findings[0]
    assert (one.kind, one.right, one.points, one.due, one.yen) == ("level_too_high", "2", 12, 11, 10)
    assert [name.id for name in one.failed] == ["card-use-rate"]
    assert "加算2" in one.why


def test_a_level_too_low_is_money_missed() -> None:
    found = audited(clinic(rate=50.0), receipt("2025-06", item(FIRST, 5), item(LEVEL_3, 5)))
    assert found.findings == ()
    missed = [one for one in found.missed if one.addition == PROMOTION]
    assert [(one.level, one.lower, one.points, one.yen) for one in missed] == [("1", "3", 2, 20)]


def test_the_wrong_one_of_two_levels_that_pay_the_same_is_told_and_costs_nothing() -> None:
    """加算3 and 加算4 both pay 10 points; 加算3 needs the prescription, 加算4 the rate."""
    found = audited(clinic(rate=20.0), receipt("2025-06", item(FIRST, 5), item(LEVEL_4, 5)))
    assert [(one.kind, one.right, one.yen) for one in found.findings] == [("wrong_level", "3", 0)]
    assert found.total.repay == 0


def test_case_20_without_e_prescription_level_4_is_right_and_level_1_too_high() -> None:
    without = clinic(rate=50.0, e_prescription=False)
    assert audited(without, receipt("2025-05", item(FIRST, 5), item(LEVEL_4, 5))).findings == ()
    one = audited(without, receipt("2025-05", item(FIRST, 5), item(LEVEL_1, 5))).findings[0]
    assert (one.kind, one.right, one.yen) == ("level_too_high", "4", 20)


@pytest.mark.parametrize(
    ("month", "rates", "code", "kind"),
    [
        ("2024-10", {"2024-05": 12, "2024-06": 16, "2024-07": 14}, "111703470", None),  # case 15
        ("2025-02", {"2024-09": 19, "2024-10": 18, "2024-11": 17}, "111703370", None),  # case 16
        ("2025-02", {"2024-09": 19, "2024-10": 18, "2024-11": 17}, "111703570", "level_too_high"),
    ],
)
def test_cases_15_and_16_the_best_rate_that_counts_decides_the_level(
    month: str, rates: dict[str, float], code: str, kind: str | None
) -> None:
    from dataclasses import replace

    from mitasu.rules.quantities import percent

    filed = [{"item": PROMOTION, "accepted": "2024-05-31"}]
    base = clinic(filings=filed)
    series = {
        "card_use_rate_receipts": {key: percent(value) for key, value in rates.items()},
        "card_use_rate_checks": {"2024-08": percent(9), "2024-12": percent(80)},
    }
    found = audited(replace(base, series=series), receipt(month, item(FIRST, 5), item(code, 5)))
    assert kinds(found) == ([] if kind is None else [kind])


@pytest.mark.parametrize(("special", "kind"), [(True, None), (False, "without_right")])
def test_case_18_the_pediatric_exception_carries_22_percent(special: bool, kind: str | None) -> None:
    filed = [{"item": PROMOTION, "level": "3", "pediatric_special": special, "accepted": "2025-03-10"}]
    institution = clinic(rate=22.0, filings=filed, pediatric_outpatient_fee=True, under6_share_2024=60.0)
    found = audited(institution, receipt("2025-10", item(FIRST, 6), item(LEVEL_3, 6)))
    assert kinds(found) == ([] if kind is None else [kind])


def test_what_is_not_known_is_undetermined_and_never_without_right() -> None:
    found = audited(clinic(posted_in_facility=None), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)))
    one = found.findings[0]
    assert (one.kind, one.repaid, one.yen) == ("undetermined", False, 120)
    assert [(name.id, name.label) for name in one.unknown][:1] == [("posted_in_facility", "院内掲示")]
    assert found.total.repay_yen == 0
    assert found.total.undetermined_yen == 120


def test_a_higher_level_that_hangs_on_an_unknown_fact_is_undetermined() -> None:
    found = audited(
        clinic(mynaportal_consultation=None), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5))
    )
    one = found.findings[0]
    assert one.kind == "undetermined"
    assert [name.id for name in one.unknown] == ["mynaportal_consultation"]


def test_an_ended_code_is_told_with_its_period() -> None:
    found = audited(clinic(filings=SHARED), receipt("2026-06", item(FIRST, 5), item(LEVEL_1, 5)))
    one = found.findings[0]
    assert (one.kind, one.yen) == ("ended", 120)
    assert "2025年4月から2026年5月まで" in one.why


def test_unconfirmed_codes_are_no_findings() -> None:
    found = audited(clinic(), receipt("2026-06", item(HOME_VISIT, 5), item("114746310", 5)))
    assert found.findings == ()
    assert [(row.count, row.points) for row in found.charged] == [(1, None)]
    assert HOME in dict(found.unconfirmed)


def test_the_yen_of_unconfirmed_and_ended_codes_are_unknown_and_not_zero() -> None:
    home = receipt("2026-06", item(HOME_VISIT, 5), item("114746310", 5))
    found = audited(clinic(), home)
    assert (found.total.charged, found.total.unpriced, found.total.priced_yen) == (1, 1, None)
    ended = receipt("2026-06", item(FIRST, 5), item(LEVEL_1, 5), item("111704170", 5), patient="2")
    found = audited(clinic(filings=SHARED), home, ended)
    assert (found.total.charged, found.total.unpriced, found.total.priced_yen) == (3, 2, 90)
    assert found.sum(HOME).priced_yen is None
    assert found.titles == {
        HOME: "在宅医療DX情報活用加算",
        PROMOTION: "医療DX推進体制整備加算",
        SHARING: "電子的診療情報連携体制整備加算",
    }


# ---- limits and exclusions ----------------------------------------------------------------------------------


def test_case_8_the_second_charge_in_a_month_is_flagged() -> None:
    found = audited(
        clinic(),
        receipt("2025-06", item(FIRST, 5, 25), item(LEVEL_1, 5, 25)),
        receipt("2025-07", item(FIRST, 5), item(LEVEL_1, 5)),
    )
    assert kinds(found) == ["twice"]
    assert days(found.findings) == ["2025-06-25"]
    assert "2025-06-05" in found.findings[0].why


def test_a_patient_is_known_again_in_another_receipt_and_file_but_not_another_person() -> None:
    one = receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5))
    again = receipt("2025-06", item(FIRST, 20), item(LEVEL_1, 20), kind="1110")
    other = receipt("2025-06", item(FIRST, 20), item(LEVEL_1, 20), patient="2")
    assert kinds(audited(clinic(), one, again)) == ["twice"]
    assert kinds(audited(clinic(), one, other)) == []


def test_full_width_numbers_are_the_same_patient() -> None:
    wide = receipt("2025-06", item(FIRST, 20), item(LEVEL_1, 20))
    wide.insurers = [Insurer(1, True, "01130012", "１２", "１", "０１", None, None)]
    assert kinds(audited(clinic(), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)), wide)) == ["twice"]


def test_receipts_that_do_not_say_who_is_insured_are_never_taken_for_one_patient() -> None:
    rows = [receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)) for _ in range(2)]
    for row in rows:
        row.insurers = []
    assert kinds(audited(clinic(), *rows)) == []


def test_once_in_three_months_looks_across_months_and_files() -> None:
    rows = [
        receipt(month, item(REVISIT, 5), item("112708970", 5)) for month in ("2025-04", "2025-06", "2025-07")
    ]
    found = audited(clinic(), *rows)
    assert [(one.kind, one.month) for one in found.findings] == [("twice", "2025-06")]


def test_of_an_excluded_pair_the_cheaper_one_is_taken_back() -> None:
    found = audited(
        clinic(),
        receipt("2025-06", item(FIRST, 2), item(LEVEL_1, 2), item(HOME_VISIT, 20), item("114746310", 20)),
    )
    one = found.findings[0]
    assert (one.kind, one.addition, one.points, one.yen) == ("excluded", HOME, 11, 110)
    assert "医療DX推進体制整備加算1" in one.why


def test_statement_issuance_may_not_stand_where_the_new_addition_is_filed() -> None:
    rows = receipt("2026-07", item(REVISIT, 3), item("112015770", 3), item("112709570", 3))
    found = audited(clinic(filings=SHARED, rate=40.0), rows)
    assert [(one.kind, one.addition, one.yen) for one in found.findings] == [
        ("without_right", "statement-issuance", 10)
    ]
    without = audited(clinic(filings=[]), receipt("2026-07", item(REVISIT, 3), item("112015770", 3)))
    assert without.findings == ()


def test_a_charge_that_does_not_stand_uses_up_no_limit() -> None:
    back = [{"from": "2022-01-01", "to": "2025-06-09", "value": False}, {"from": "2025-06-10", "value": True}]
    found = audited(
        clinic(posted_in_facility=back), receipt("2025-06", item(FIRST, 5, 25), item(LEVEL_1, 5, 25))
    )
    assert [(one.kind, str(one.day)) for one in found.findings] == [("without_right", "2025-06-05")]


ENCOUNTERS = {
    "111703670": (PROMOTION, "first_visit"),
    "112708970": ("medical-information-acquisition", "revisit"),
    "111703270": ("medical-information-acquisition", "first_visit"),
    "114746310": (HOME, "home_visit"),
    "114741310": ("visiting-nursing-dx", "nursing_visit"),
}


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(sorted(ENCOUNTERS)),
            st.dates(date(2025, 5, 1), date(2025, 9, 28)),
            st.sampled_from("12"),
        ),
        max_size=8,
        unique_by=lambda one: (one[1], one[2]),
    )
)
def test_limits_are_those_by_which_the_bill_refuses(charged: list[tuple[str, date, str]]) -> None:
    """One addition at a time, so that exclusions stay out: what the bill refuses by a limit is charged twice."""
    institution = clinic(filings=[{"item": HOME, "level": "1", "accepted": "2025-03-10"}, *_ALL])
    for addition in {ENCOUNTERS[code][0] for code, _, _ in charged}:
        rows = sorted((one for one in charged if ENCOUNTERS[one[0]][0] == addition), key=lambda one: one[1])
        receipts = [receipt(f"{day:%Y-%m}", item(code, day.day), patient=who) for code, day, who in rows]
        found = audited(institution, *receipts)
        visits = [
            Encounter(f"{who}{day}", who, day, ENCOUNTERS[code][1], ATTRIBUTES) for code, day, who in rows
        ]
        bills = Biller(JUDGE, institution).bills(visits)
        refused = {
            bill.encounter.id
            for bill in bills
            for one in bill.refused
            if one.addition == addition and one.rule in LIMITS
        }
        flagged = {
            f"{who}{day}"
            for code, day, who in rows
            for one in found.findings
            if one.kind == "twice" and one.day == day and one.line in _lines_of(receipts, who, day)
        }
        assert flagged == refused


_ALL = [{"item": PROMOTION, "level": "1", "accepted": "2025-03-10"}]
LIMITS = {"monthly-limit", "interval-limit"}
ATTRIBUTES = {
    "card": True, "information": "obtained", "home_consent": True, "plan_used_information": True,
    "nurse_grade": "nurse", "online_consultation": False, "first_home_visit": False, "referral": False,
}  # fmt: skip


def _lines_of(receipts: list, who: str, day: date) -> set[int]:
    return {
        one.line
        for row in receipts
        if row.insurers[0].number == who and row.month == f"{day:%Y-%m}"
        for one in row.items
    }


# ---- days that are not written -------------------------------------------------------------------------------


def test_without_a_day_the_whole_month_must_agree() -> None:
    charged = item(LEVEL_1, times=1)
    assert kinds(audited(clinic(), receipt("2025-06", charged))) == []
    assert kinds(audited(clinic(posted_in_facility=GONE), receipt("2025-08", charged))) == ["without_right"]
    turn = audited(clinic(posted_in_facility=GONE), receipt("2025-07", charged))
    assert kinds(turn) == ["undetermined"]
    assert "日が書かれておらず" in turn.findings[0].why


def test_the_only_day_of_a_visit_is_the_day_of_its_charge() -> None:
    turn = audited(clinic(posted_in_facility=GONE), receipt("2025-07", item(LEVEL_1, times=1), visits=(20,)))
    assert [(one.kind, str(one.day)) for one in turn.findings] == [("without_right", "2025-07-20")]


# ---- missed ---------------------------------------------------------------------------------------------------


def test_a_first_visit_without_an_open_addition_is_missed_once_a_month() -> None:
    found = audited(clinic(), receipt("2025-06", item(FIRST, 5, 25)), receipt("2025-07", item(FIRST, 5)))
    promotion = [one for one in found.missed if one.addition == PROMOTION]
    assert [(one.month, one.level, one.yen) for one in promotion] == [
        ("2025-06", "1", 120),
        ("2025-07", "1", 120),
    ]
    assert {one.addition for one in found.missed} == {PROMOTION, "medical-information-acquisition"}


def test_nothing_is_missed_where_the_addition_was_shut() -> None:
    found = audited(clinic(posted_in_facility=GONE), receipt("2025-08", item(FIRST, 5)))
    assert PROMOTION not in {one.addition for one in found.missed}


def test_what_is_not_known_to_be_open_is_kept_apart_and_not_added_up() -> None:
    found = audited(clinic(posted_in_facility=None), receipt("2025-06", item(FIRST, 5)))
    assert {one.addition for one in found.unsettled} >= {PROMOTION}
    assert found.total.missed_yen == sum(one.yen for one in found.missed)


def test_an_addition_excluded_by_what_was_charged_is_not_missed() -> None:
    found = audited(clinic(), receipt("2025-06", item(FIRST, 5), item(HOME_VISIT, 20), item("114746310", 20)))
    assert found.missed == ()


def test_nor_one_that_an_unconfirmed_code_may_exclude() -> None:
    alone = receipt("2026-07", item(FIRST, 3))
    beside = receipt("2026-07", item(FIRST, 3), item(HOME_VISIT, 20), item("114746310", 20))
    shared = clinic(filings=SHARED, rate=40.0)
    assert [one.addition for one in audited(shared, alone).missed] == [SHARING]
    assert audited(shared, beside).missed == ()


def test_the_first_visit_of_a_second_department_is_not_missed() -> None:
    assert audited(clinic(), receipt("2025-06", item("111011810", 5))).missed == ()


def test_no_first_visit_is_missed_where_the_codes_of_the_month_are_not_known() -> None:
    """From June 2026 the codes of 初診 are known, those of 外来診療料 are not."""
    found = audited(clinic(filings=SHARED, rate=40.0), receipt("2026-07", item(FIRST, 3)))
    assert {one.addition for one in found.missed} == {SHARING}
    table = CodeTable([one for one in CodeTable.shipped().meanings if one.addition != SHARING], {})
    assert (
        audited(clinic(filings=SHARED, rate=40.0), receipt("2026-07", item(FIRST, 3)), codes=table).missed
        == ()
    )


def test_the_points_that_the_encounter_decides_are_taken_at_their_lowest() -> None:
    filed = [{"item": PROMOTION, "accepted": "2024-05-31"}]
    found = audited(clinic(filings=filed), receipt("2024-10", item(FIRST, 4)))
    acquisition = [one for one in found.missed if one.addition == "medical-information-acquisition"]
    assert [one.points for one in acquisition] == [1]


def test_it_is_said_what_a_claim_file_does_not_tell() -> None:
    found = audited(clinic(), receipt("2025-06", item(FIRST, 5)))
    told = {one.addition: one for one in found.untold}
    assert "オンライン診療では居宅同意取得型" in told["medical-information-acquisition"].conditions


def test_times_and_days_that_differ_are_told_and_the_days_looked_at() -> None:
    found = audited(clinic(), receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5, times=2)))
    assert (found.findings, [row.count for row in found.charged]) == ((), [1])
    assert [one.code for one in found.doubts] == ["times-differ"]


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from([LEVEL_1, LEVEL_3, "112708970", "114746310"]),
            st.integers(1, 28),
            st.sampled_from("12"),
        ),
        min_size=2,
        max_size=6,
    ),
    st.randoms(use_true_random=False),
)
def test_the_order_of_receipts_changes_nothing(charged: list[tuple[str, int, str]], random: Any) -> None:
    rows = [receipt("2025-07", item(code, day), patient=who) for code, day, who in charged]
    first = audited(clinic(posted_in_facility=GONE), *rows)
    random.shuffle(rows)
    again = audited(clinic(posted_in_facility=GONE), *rows)
    assert first.findings == again.findings
    assert first.total == again.total


# ---- sums, files -----------------------------------------------------------------------------------------------


def test_sums_by_month_are_those_of_the_findings() -> None:
    found = audited(
        clinic(posted_in_facility=GONE),
        receipt("2025-06", item(FIRST, 5, 25), item(LEVEL_1, 5, 25)),
        receipt("2025-08", item(FIRST, 5), item(LEVEL_1, 5), patient="2"),
    )
    sums = {one.month: (one.charged, one.charged_yen, one.repay, one.repay_yen) for one in found.months}
    assert sums == {"2025-06": (2, 240, 1, 120), "2025-08": (1, 120, 1, 120)}
    assert found.total.repay_yen == 240
    assert [one.repay_yen for one in found.of(PROMOTION)] == [120, 120]
    assert sum(one.yen or 0 for one in found.findings if one.repaid) == found.total.repay_yen


def test_a_file_of_another_institution_is_refused_naming_both(judge: Judge) -> None:
    file = Hand(receipt("2025-06", item(FIRST, 5)), code="1319900028")
    with pytest.raises(InputError) as error:
        audit(judge, clinic(), [file])
    assert "1319900028" in str(error.value)
    assert CODE in str(error.value)
    assert audit(judge, clinic(), [file], any_institution=True).receipts == 1


def test_a_file_without_a_readable_header_is_refused(judge: Judge) -> None:
    file = Hand(receipt("2025-06", item(FIRST, 5)))
    file.header = None
    with pytest.raises(InputError, match="どの施設のファイルか分かりません"):
        audit(judge, clinic(), [file])


def test_the_same_month_of_the_same_payer_twice_is_told(judge: Judge) -> None:
    row = receipt("2025-06", item(FIRST, 5))
    assert [one.code for one in audit(judge, clinic(), [Hand(row), Hand(row)]).doubts] == ["same-month-twice"]
    assert audit(judge, clinic(), [Hand(row), Hand(row, reviewer="2")]).doubts == ()


def test_a_late_claim_is_judged_by_the_day_of_service() -> None:
    file = Hand(receipt("2025-06", item(FIRST, 5), item(LEVEL_1, 5)), month="2026-07")
    found = audit(JUDGE, clinic(), [file], on=date(2026, 11, 22))
    assert (kinds(found), [one.month for one in found.months]) == ([], ["2025-06"])
    fallen = clinic(
        posted_on_website=[{"from": "2025-07-01", "value": False}, {"to": "2025-06-30", "value": True}]
    )
    assert audit(JUDGE, fallen, [file], on=date(2026, 11, 22)).findings == ()


def test_where_no_code_is_known_all_additions_are_named_as_unconfirmed() -> None:
    document = {
        "institution": {"name": "見本薬局", "code": "1349900010", "sector": "pharmacy", "kind": "pharmacy"}
    }
    pharmacy = read_institution(document, JUDGE.rulebook, "")
    found = audited(pharmacy, receipt("2025-06"))
    assert found.charged == ()
    assert PROMOTION in dict(found.unconfirmed)


def test_the_files_of_stays_by_dpc_and_of_the_rest_are_no_copies(judge: Judge) -> None:
    row = receipt("2025-06", item(FIRST, 5))
    stays = Hand(row)
    assert stays.header is not None
    stays.header = replace(stays.header, kind="dpc")
    assert audit(judge, clinic(), [Hand(row), stays]).doubts == ()
