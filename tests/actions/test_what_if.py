"""もしも: the difference of two judgements, without touching the file."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from clinics import PROMOTION, Run, Write, clinic, document, filing, of

import mitasu as library
from mitasu.errors import UsageError
from mitasu.judge.improve import known_facts, parse_changes, what_if
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

ON = date(2025, 5, 12)
FILED = [filing(PROMOTION, "2025-03-10", level="1")]


def test_what_moves_is_told_with_the_requirements_that_moved(judge: Judge) -> None:
    found = what_if(judge, clinic(filings=FILED), ON, {"posted_in_facility": False})
    row = next(row for row in found if row.before.addition == PROMOTION)
    assert (row.before.status, row.before.level, row.after.status) == ("claimable", "1", "not_claimable")
    assert row.moved == ("posted-in-facility",)


def test_the_difference_is_that_of_two_judgements(judge: Judge) -> None:
    changes = {"e_prescription": False}
    found = what_if(judge, clinic(filings=FILED), ON, changes)
    for row in found:
        before = judge.judge(clinic(filings=FILED), ON).of(row.before.addition)
        after = judge.judge(clinic(filings=FILED, facts=changes), ON).of(row.before.addition)
        assert (row.before.status, row.before.level) == (before.status, before.level)
        assert (row.after.status, row.after.level, row.after.points) == (
            after.status,
            after.level,
            after.points,
        )


def test_nothing_moves_where_nothing_changes(judge: Judge) -> None:
    assert what_if(judge, clinic(filings=FILED), ON, {"posted_in_facility": True}) == []


def test_with_visits_the_difference_is_told_in_yen(judge: Judge) -> None:
    found = what_if(judge, clinic(filings=FILED), ON, {"e_prescription": False}, {"first_visit": 50})
    row = next(row for row in found if row.after.addition == PROMOTION)
    assert (row.before.points, row.after.points) == (12, 10)
    assert (row.gain.yen_a_month, row.gain.inputs) == (-1000, "初診50回×-2点×10円")


def test_neither_the_file_nor_the_institution_changes(mitasu: Run, write: Write, judge: Judge) -> None:
    path = write(document(filings=FILED))
    before = (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
    ran = mitasu(
        "improve", path, "--on", ON, "--set", "posted_in_facility=false", "--set", "e_prescription=いいえ"
    )
    assert (ran.status, ran.err) == (0, "")
    assert "もし posted_in_facility=false、e_prescription=いいえ なら" in ran.out
    assert "院内掲示: 満たす → 満たさない" in ran.out
    assert ran.out.rstrip().endswith("施設ファイルは変えていません。")
    assert (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns) == before
    institution = library.sample("paper-clinic")
    what_if(judge, institution, ON, {"e_prescription": True})
    assert institution == library.sample("paper-clinic")


def test_a_change_that_moves_nothing_says_so(mitasu: Run, write: Write) -> None:
    ran = mitasu("improve", write(document(filings=FILED)), "--on", ON, "--set", "posted_in_facility=はい")
    assert ran.status == 0
    assert "判定は変わりません。" in ran.out


def test_a_judgement_that_only_rests_on_something_else_is_not_shown_as_moved(
    mitasu: Run, write: Write
) -> None:
    path = write(document(filings=FILED))
    ran = mitasu("improve", path, "--on", ON, "--set", "emr_sharing=true", "--visits", "initial=10")
    assert "医療DX推進体制整備加算: ◇ 経過措置で可（〜2026-05-31） 1 12点 → ○ 算定可 1 12点" in ran.out
    assert "円、年" not in ran.out
    ran = mitasu("improve", path, "--on", ON, "--set", "posted_dx_initiatives=false")
    assert "医療DX推進体制整備加算: ◇ 経過措置で可（〜2026-05-31） 1 12点（変わりません）" in ran.out


def test_values_are_read_in_their_own_type(rulebook: Rulebook) -> None:
    written = [
        "e_prescription = はい",
        "under6_share_2024=３０．５％",
        "network_joined_on=令和8年7月6日",
        "network_kind=none",
    ]
    assert parse_changes(written, rulebook) == {
        "e_prescription": True,
        "under6_share_2024": 305_000,
        "network_joined_on": date(2026, 7, 6),
        "network_kind": "none",
    }


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (["e_prescripton=true"], "近いもの: e_prescription"),
        (["e_prescription"], "fact=value の形で"),
        (["e_prescription=maybe"], "真偽（true / false）ではありません"),
        (["under6_share_2024=101"], "100%を超えています"),
        (["under6_share_2024=-3"], "0%より小さく"),
        (["discharges_last_12_months=-1"], "負の数です。0以上で書いて"),
        (["network_kind=regional"], "近いもの: regional_network"),
        (["network_joined_on=2025-02-30"], "という日はありません"),
        (["card_use_rate_receipts=45"], "置き換えられるのは事実"),
        (["medical-dx-promotion=1"], "目録にありません"),
        (["e_prescription=true", "e_prescription=false"], "二度書かれています"),
    ],
)
def test_wrong_changes_are_refused_with_the_remedy(rulebook: Rulebook, written: list[str], told: str) -> None:
    with pytest.raises(UsageError, match="--set") as raised:
        parse_changes(written, rulebook)
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("value", "told"), [(-1, "負の数です。0以上"), ("-30000", "負の数です"), (1.5, "0以上の円の整数")]
)
def test_a_payroll_below_zero_or_in_parts_of_a_yen_is_refused(
    trial_book: Rulebook, value: Any, told: str
) -> None:
    assert known_facts({"trial_payroll": "１２３４"}, trial_book) == {"trial_payroll": 1234}
    with pytest.raises(UsageError, match="trial_payroll") as raised:
        known_facts({"trial_payroll": value}, trial_book)
    assert told in str(raised.value)


def test_in_python_the_facts_are_a_mapping() -> None:
    changes: dict[str, Any] = {"posted_in_facility": False}
    found = library.what_if(document(filings=FILED), changes, on="2025-05-12", visits={"initial": 10})
    row = next(row for row in found if row.after.addition == PROMOTION)
    assert row.gain.yen_a_month == -1200
    with pytest.raises(library.UsageError, match="近いもの: posted_in_facility"):
        library.what_if(document(), {"posted_in_facilty": False}, on="2025-05-12")


def test_an_addition_is_found_once(judge: Judge) -> None:
    found = what_if(judge, clinic(filings=FILED), ON, {"posted_in_facility": False})
    assert of([row.after for row in found], PROMOTION).missing == ("posted-in-facility",)
