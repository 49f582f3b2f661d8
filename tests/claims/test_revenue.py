"""収入: counts, points and yen of additions, from the period table and never from the line."""

from __future__ import annotations

import pytest
from charging import FIRST, JUDGE, PROMOTION, REVISIT, clinic, item, receipt

from mitasu.claims.codes import CodeTable
from mitasu.claims.receipt import Insurer, Receipt
from mitasu.claims.revenue import Revenue, RevenueCounter
from mitasu.judge.claimed import Claimed
from mitasu.judge.history import history
from mitasu.rulebook import Rulebook


def counted(*receipts: Receipt) -> Revenue:
    counter = RevenueCounter(CodeTable.shipped())
    counter.take(receipts, "RECEIPTC.UKE")
    return counter.result()


@pytest.mark.parametrize(
    ("code", "month", "level", "yen"),
    [
        ("111703470", "2024-12", "1", 110),  # case 2 of the reference
        ("111703470", "2025-05", "4", 100),  # case 3
        ("111704170", "2026-06", "2", 90),  # case 7
    ],
)
def test_the_month_of_service_decides_what_a_code_brought(
    code: str, month: str, level: str, yen: int
) -> None:
    found = counted(receipt(month, item(FIRST, 5), item(code, 5, points=None)))
    assert [(row.meaning.level, row.count, row.yen) for row in found.rows] == [(level, 1, yen)]


def test_points_come_from_the_table_where_the_line_has_none_and_the_sum_of_the_unit_agrees() -> None:
    """Case 5 of the reference."""
    found = counted(receipt("2025-05", item(FIRST, 5), item("111703470", 5, points=301)))
    assert (found.points, found.doubts) == (10, ())


def test_a_unit_of_this_code_alone_that_says_otherwise_is_told() -> None:
    found = counted(receipt("2025-05", item(FIRST, 5, points=291), item("111703470", 5, points=11)))
    assert found.points == 10
    assert [(one.code, one.receipt) for one in found.doubts] == [("unit-points", 7)]
    assert "10点のはずですが、11点と書かれています" in found.doubts[0].message


def test_a_unit_with_a_line_whose_points_are_not_known_is_not_doubted() -> None:
    unknown = item(FIRST, 5)
    found = counted(receipt("2025-05", unknown, item("111011810", 5), item("111703470", 5, points=999)))
    assert found.doubts == ()


def test_times_count_and_not_lines() -> None:
    found = counted(receipt("2025-05", item("112708970", 5, 19)))
    assert [(row.count, row.points) for row in found.rows] == [(2, 2)]


def test_a_line_without_times_and_days_is_told_and_not_counted() -> None:
    found = counted(receipt("2025-05", item("112708970")))
    assert found.rows == ()
    assert [one.code for one in found.doubts] == ["no-times"]


def test_in_and_outpatients_are_apart() -> None:
    """Case 10 of the reference: 1110 and 1318 are outpatients, 1119 is a stay."""
    rows = [receipt("2025-05", item("111703470", 5), kind=kind) for kind in ("1110", "1119", "1318")]
    found = counted(*rows)
    assert [(total.inpatient, total.count) for total in found.by("addition")] == [(False, 2), (True, 1)]


def test_a_receipt_counts_once_whoever_pays() -> None:
    funds = [
        Insurer(2, False, "12130012", "", "9999999", "", 1, 301),
        Insurer(3, False, "51130012", "", "8", "", 1, 1),
    ]
    found = counted(receipt("2025-05", item("111703470", 5), kind="1212", insurers=funds))
    assert (found.receipts, found.points) == (1, 10)


def test_unconfirmed_and_ended_codes_are_counted_apart_and_bring_nothing() -> None:
    found = counted(
        receipt("2026-06", item("114706510", 5)), receipt("2026-06", item("111703470", 5)), receipt("2026-06")
    )
    totals = {total.key[2]: (total.count, total.points, total.uncounted) for total in found.by("addition")}
    assert totals == {"unconfirmed": (1, 0, 1), "outside": (1, 0, 1)}
    assert found.yen == 0


def test_sums_by_month_and_department_are_the_same_money() -> None:
    found = counted(
        receipt("2025-05", item("111703470", 5), departments=("01",)),
        receipt("2025-05", item("111703570", 5), departments=("10",)),
        receipt("2025-06", item("111703670", 5), departments=()),
    )
    assert {total.key: total.yen for total in found.by("month")} == {("2025-05",): 190, ("2025-06",): 120}
    assert {total.key: total.yen for total in found.by("department")} == {
        ("",): 120,
        ("01",): 100,
        ("10",): 90,
    }
    assert sum(total.yen for total in found.by("addition")) == found.yen == 310


def test_base_visits_are_no_revenue_of_additions() -> None:
    assert counted(receipt("2025-05", item(REVISIT, 5, points=75))).rows == ()


def test_an_ended_addition_that_was_charged_all_the_same_costs_all_of_it() -> None:
    found = counted(receipt("2026-06", item("111703670", 3), item("111703670", 4)))
    claimed = found.claimed("medical-dx-promotion", JUDGE.rulebook, "medical")
    told = history(JUDGE, clinic(), "medical-dx-promotion", "2026-06", "2026-06", claimed)
    assert [(one.status, one.yen) for one in told.exposures] == [("not_in_force", 240)]


def test_real_counts_serve_the_history(rulebook: Rulebook) -> None:
    found = counted(
        receipt("2025-05", item("111703470", 5)),
        receipt("2025-05", item("113707770", 5), patient="2"),
        receipt("2024-10", item("111703170", 5)),
    )
    assert found.claimed(PROMOTION, rulebook, "medical") == [Claimed("2025-05", 2, "4", "first_visit", 10)]
    level_of_the_encounter = found.claimed("medical-information-acquisition", rulebook, "medical")
    assert level_of_the_encounter == [Claimed("2024-10", 1, None, "first_visit", 3)]
