"""利用率: outpatient receipts, the log of checks, the notice, and what is recorded of them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from charging import FIRST, HOME_VISIT, Hand, clinic, item, receipt

from mitasu.claims.checks import read_checks
from mitasu.claims.notice import CHECKS, RECEIPTS, Notice, Reading, read_notice
from mitasu.claims.rates import MonthUse, card_use, cut, entries, shown
from mitasu.errors import InputError
from mitasu.facts.write import InstitutionFile

TODAY = date(2026, 11, 22)
LOG = """日付,種類,患者
2026-09-01,マイナ保険証,1
2026-09-02,マイナ保険証,１
2026-09-02,資格確認書,2
R8.9.3,card,3
2026/09/04,健康保険証,
2026-10-01,マイナ保険証,1
"""
NATIONAL = {
    "病院": (12_669_330, 3_052_854, 9_616_476, "24.10"),
    "医科診療所": (80_550_382, 9_267_062, 71_283_320, "11.50"),
    "歯科診療所": (13_779_140, 2_674_074, 11_105_066, "19.41"),
    "薬局": (88_689_767, 12_153_822, 76_535_945, "13.70"),
    "計": (195_688_619, 27_147_812, 168_540_807, "13.87"),
}
"""Checks, by card, by the old card, rate: the national figures of September 2024 as published."""


def logged(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "log.csv"
    path.write_text(text, encoding)
    return path


def test_case_21_the_national_table_adds_up_and_gives_the_published_rates() -> None:
    for checks, cards, others, published in NATIONAL.values():
        one = MonthUse("2024-09", checks=checks, cards=cards)
        assert cards + others == checks
        assert one.by_checks is not None
        assert f"{float(one.by_checks) * 100:.2f}" == published
        assert Decimal(published) - cut(one.by_checks) in (
            Decimal("0.00"),
            Decimal("0.01"),
        )  # we cut, they round
    for column in range(3):
        parts = [row[column] for name, row in NATIONAL.items() if name != "計"]
        assert sum(parts) == NATIONAL["計"][column]


def test_rates_are_exact_and_shown_cut_off() -> None:
    one = MonthUse("2026-09", receipts=3, persons=2, reviewers=("1", "2"))
    assert one.by_receipts == Fraction(2, 3)
    assert shown(Fraction(2, 3)) == "66.66"
    assert shown(Fraction(1)) == "100.00"


def test_persons_are_counted_and_not_checks(tmp_path: Path) -> None:
    found = read_checks(logged(tmp_path, LOG))
    september = found["2026-09"]
    assert (september.checks, september.cards, len(september.persons or ())) == (5, 3, 2)


def test_without_patients_the_persons_are_not_known(tmp_path: Path) -> None:
    bare = read_checks(logged(tmp_path, "date,kind\n2026-09-01,card\n2026-09-01,paper\n"))
    assert bare["2026-09"].persons is None
    one = card_use([Hand(receipt("2026-09", item(FIRST, 1)))], bare)[0]
    assert (one.by_receipts, one.by_checks) == (None, Fraction(1, 2))


def test_a_log_in_shift_jis_reads_the_same(tmp_path: Path) -> None:
    plain = read_checks(logged(tmp_path, LOG))
    other = read_checks(logged(tmp_path, LOG, "cp932"))
    assert {month: (one.checks, one.cards) for month, one in plain.items()} == {
        month: (one.checks, one.cards) for month, one in other.items()
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("日,種類\n2026-09-01,card\n", "log.csv:1: 最初の行に「日付」の列が一つ要ります"),
        ("日付,種類\n2026-09-31,card\n", "log.csv:2: 「2026-09-31」という日はありません"),
        ("日付,種類\n2026-09-01,マイナ保健証\n", "近いもの: マイナ保険証"),
        ("", "最初の行に"),
    ],
)
def test_a_faulty_log_is_refused_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError) as error:
        read_checks(logged(tmp_path, text))
    assert told in str(error.value)


def test_case_10_outpatient_receipts_are_those_whose_kind_ends_even() -> None:
    rows = [receipt("2026-09", item(FIRST, 1), kind=kind) for kind in ("1110", "1119", "1318")]
    assert card_use([Hand(*rows)])[0].receipts == 2


def test_both_payers_files_are_added_and_a_missing_one_is_told() -> None:
    one = Hand(receipt("2026-09", item(FIRST, 1)), month="2026-10")
    other = Hand(receipt("2026-09", item(FIRST, 1)), month="2026-10", reviewer="2")
    assert card_use([one])[0].absent == ("国保連",)
    both = card_use([one, other])[0]
    assert (both.receipts, both.reviewers, both.absent, both.whole) == (2, ("1", "2"), (), True)


def test_late_claims_alone_are_no_count_of_a_month(tmp_path: Path) -> None:
    log = read_checks(logged(tmp_path, LOG))
    files = [
        Hand(receipt("2026-09"), receipt("2026-10"), month="2026-11", reviewer=reviewer)
        for reviewer in ("1", "2")
    ]
    september, october = card_use(files, log)
    assert (september.receipts, september.reviewers, september.by_receipts) == (2, (), None)
    assert (october.receipts, october.by_receipts, october.whole) == (2, Fraction(1, 2), True)
    told = entries([september, october], None, estimates=True)
    assert [one.month for one in told if one.series == RECEIPTS] == ["2026-10"]


def test_a_file_and_its_copy_are_told_and_nothing_of_them_is_recorded() -> None:
    row = receipt("2025-04", item(HOME_VISIT, 5), item("114746310", 5))
    files = [Hand(row, month="2025-05", reviewer=reviewer) for reviewer in ("1", "2", "2")]
    (twice,) = card_use(files)
    assert (twice.doubled, twice.whole) == (True, False)
    assert entries([twice], None, estimates=True) == []
    assert entries(card_use(files[:2]), None)[0].value == 2


def test_more_persons_than_receipts_are_no_estimate(tmp_path: Path) -> None:
    log = read_checks(logged(tmp_path, LOG))
    files = [
        Hand(receipt("2026-09"), month="2026-10"),
        Hand(receipt("2026-09", kind="1111"), month="2026-10", reviewer="2"),
    ]
    (month,) = card_use(files, {"2026-09": log["2026-09"]})
    assert (month.persons, month.receipts, month.by_receipts) == (2, 1, Fraction(2))
    assert all(one.series != RECEIPTS for one in entries([month], None, estimates=True))


def test_home_care_corrects_the_results_of_the_months_that_allow_it() -> None:
    home = [receipt("2025-04", item(HOME_VISIT, 5), item("114746310", 5), patient="1")]
    others = [receipt("2025-04", item(FIRST, 5), patient=str(n)) for n in range(2, 11)]
    later = [receipt("2025-05", item(HOME_VISIT, 5), item("114746310", 5))]
    notice = Notice(
        [Reading("2025-04", RECEIPTS, Decimal("30")), Reading("2025-05", RECEIPTS, Decimal("30"))]
    )
    april, may = card_use([Hand(*home, *others, month="2025-05"), Hand(*later)], None, notice)
    assert april.correction == Fraction(1, 10)
    assert april.corrected == Fraction(4, 10)
    assert (may.home_care, may.correction, may.corrected) == (1, None, None)


def test_the_receipts_of_the_notice_come_before_our_own_count() -> None:
    row = receipt("2025-04", item(HOME_VISIT, 5), item("114746310", 5))
    notice = Notice([Reading("2025-04", RECEIPTS, Decimal("30"), 6, 20)])
    assert card_use([Hand(row)], None, notice)[0].correction == Fraction(1, 20)


def test_files_of_another_institution_are_refused() -> None:
    with pytest.raises(InputError, match="試しの内科"):
        card_use([Hand(receipt("2026-09"), code="1319900028")], institution=clinic())


# ---- what is recorded -----------------------------------------------------------------------------------------


def test_the_notice_is_recorded_and_estimates_only_where_asked_for_and_nothing_was_notified(
    tmp_path: Path,
) -> None:
    log = read_checks(logged(tmp_path, LOG))
    rows = [receipt("2026-09", patient=str(n)) for n in range(8)]
    notice = read_notice("2026年11月16日通知\n令和8年9月分 32.5%（利用件数 13件 / レセプト件数 40件）", TODAY)
    months = card_use(
        [
            Hand(*rows, month="2026-10"),
            Hand(receipt("2026-10"), month="2026-11"),
            Hand(receipt("2026-10", kind="1111"), month="2026-11", reviewer="2"),
        ],
        log,
        notice,
    )
    told = {(one.series, one.month): (one.value, one.origin) for one in entries(months, notice.notified_on)}
    assert told == {
        (RECEIPTS, "2026-09"): (Decimal("32.5"), "notice"),
        ("outpatient_receipts", "2026-09"): (40, "notice"),
        ("card_use_rate_notified_on", "2026-09"): (date(2026, 11, 16), "notice"),
    }
    more = {(one.series, one.month): one for one in entries(months, None, estimates=True)}
    assert more[RECEIPTS, "2026-09"].origin == "notice"
    assert (more[RECEIPTS, "2026-10"].value, more[RECEIPTS, "2026-10"].origin) == (
        Decimal("100.00"),
        "estimate",
    )
    assert more[CHECKS, "2026-09"].value == Decimal("60.00")


FILE = """\
# 私の診療所
institution: {name: 試しの内科, code: "1319900010", sector: medical, kind: clinic}
series:
  # 通知から
  card_use_rate_receipts: {"2026-07": 32.4, "2026-08": 32.1}   # 右の注釈
facts:
  online_claims: true
"""


def test_values_are_written_all_at_once_with_a_comment_and_nothing_else_moves(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text(FILE, "utf-8")
    values = [
        (("series", RECEIPTS, "2026-09"), Decimal("33.25")),
        (("series", RECEIPTS, "2026-08"), Decimal("32.1")),
        (("series", CHECKS, "2026-09"), 40),
    ]
    assert InstitutionFile(path).set_all(values, "2026-11-22 通知から") == 2
    expected = (
        FILE.replace("32.1}", '32.1, "2026-09": 33.25}')
        .replace("  card_use_rate_receipts", "  # 2026-11-22 通知から\n  card_use_rate_receipts")
        .replace("   # 右の注釈\n", '   # 右の注釈\n  card_use_rate_checks:\n    "2026-09": 40\n')
    )
    assert path.read_text("utf-8") == expected
    assert InstitutionFile(path).set_all(values, "もう一度") == 0
    assert path.read_text("utf-8") == expected


def test_where_there_is_no_series_yet_it_is_made(tmp_path: Path) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_text(FILE.split("series:")[0], "utf-8")
    assert (
        InstitutionFile(path).set_all([(("series", RECEIPTS, "2026-09"), Decimal("33.25"))], "通知から") == 1
    )
    assert path.read_text("utf-8").endswith(
        'series:\n  card_use_rate_receipts:\n    # 通知から\n    "2026-09": 33.25\n'
    )
