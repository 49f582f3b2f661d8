"""制度の変化: what the law changed between two days, for these institutions, and which filings are due."""

from __future__ import annotations

import json
from datetime import date

import pytest
from clinics import HOME, PROMOTION, RECORDS, SHARING, Run, Write, clinic, document, filing

import mitasu as library
from mitasu.errors import UsageError
from mitasu.judge.changes import Move, moves, rule_changes, turning_days
from mitasu.judge.judgement import Judge

OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
JUNE = (date(2026, 5, 31), date(2026, 6, 1))
APRIL = (date(2025, 3, 31), date(2025, 4, 1))


def moved(judge: Judge, first: date, last: date, **parts: object) -> dict[str, Move]:
    return {move.after.addition: move for move in moves(judge, clinic(**parts), first, last)}


# ---- 1 June 2026 -----------------------------------------------------------------------------------------------


def test_in_june_2026_one_addition_ends_another_begins_and_its_filing_is_due(judge: Judge) -> None:
    facts = {"security_guideline": True, "e_prescription_stated_on_website": True, "free_statement": True}
    found = moved(judge, *JUNE, filings=[OLD], facts=facts, rate=80.0)
    ending, beginning = found[PROMOTION], found[SHARING]
    assert (ending.before.status, ending.after.status, ending.on) == (
        "claimable",
        "not_in_force",
        date(2026, 6, 1),
    )
    assert (beginning.before.status, beginning.after.status) == ("not_in_force", "not_claimable")
    assert beginning.filing is not None
    assert (beginning.filing.action, beginning.filing.claimable_from) == ("needed", date(2026, 6, 1))
    assert ending.filing is None


def test_what_changed_in_june_2026_is_told_addition_by_addition(judge: Judge) -> None:
    lines = {row.addition: row.lines for row in rule_changes(judge, *JUNE, [clinic()])}
    assert "この日から始まる。" in lines[SHARING]
    assert lines[PROMOTION] == ("前の日で終わり、この日からは算定できない。",)
    assert any("経過措置: 2026-05-31まで → 当面の間" in line for line in lines[HOME])


# ---- 1 April 2025 ----------------------------------------------------------------------------------------------


def test_in_april_2025_the_points_move_with_the_level(judge: Judge) -> None:
    found = moved(judge, *APRIL, filings=[OLD], rate=35.0)[PROMOTION]
    assert (found.before.level, found.before.points) == ("1", 11)
    assert (found.after.level, found.after.points) == ("5", 9)
    assert found.filing is not None
    assert (found.filing.action, found.filing.level) == ("again", "2")
    assert found.filing.claimable_from == date(2025, 4, 1)


def test_what_was_filed_in_time_does_not_fall(judge: Judge) -> None:
    done = filing(PROMOTION, "2025-03-26", level="1")
    found = moved(judge, *APRIL, filings=[OLD, done], rate=35.0)[PROMOTION]
    assert (found.after.level, found.after.points, found.filing) == ("2", 11, None)


def test_what_changed_in_april_2025_is_told(judge: Judge) -> None:
    rows = {row.addition: row for row in rule_changes(judge, *APRIL, [clinic()])}
    assert rows[PROMOTION].days == (date(2025, 4, 1),)
    assert "区分4（10点）が加わる。" in rows[PROMOTION].lines
    assert "区分1: 点数 11点 → 12点" in rows[PROMOTION].lines


# ---- for these institutions only -------------------------------------------------------------------------------


def test_additions_of_other_sectors_and_kinds_are_left_out(judge: Judge) -> None:
    told = rule_changes(judge, *JUNE, [clinic()])
    assert {row.sector for row in told} == {"medical"}
    assert RECORDS not in {row.addition for row in told}
    with_hospital = rule_changes(judge, *JUNE, [clinic(), library.sample("hospital")])
    assert RECORDS in {row.addition for row in with_hospital}


def test_without_institutions_every_sector_is_told(judge: Judge) -> None:
    assert {row.sector for row in rule_changes(judge, *JUNE)} == {"medical", "dental", "pharmacy", "nursing"}


def test_each_turn_of_the_law_is_looked_at_on_its_own_day(judge: Judge) -> None:
    institution = library.sample("paper-clinic")
    first, last = date(2024, 5, 31), date(2026, 11, 22)
    days = turning_days(judge, "medical", first, last)
    assert days == sorted(set(days))
    assert all(first < day <= last for day in days)
    found = moves(judge, institution, first, last)
    assert {move.on for move in found} <= set(days)
    for move in found:
        after = judge.judge(institution, move.on).of(move.after.addition)
        assert (after.status, after.level, after.points) == (
            move.after.status,
            move.after.level,
            move.after.points,
        )


def test_why_nothing_can_be_claimed_by_law_is_no_move(judge: Judge) -> None:
    absent = {"not_in_force", "not_applicable"}
    for name in ("paper-clinic", "hospital"):
        for move in moves(judge, library.sample(name), date(2022, 9, 30), date(2026, 11, 22)):
            assert not {move.before.status, move.after.status} <= absent


def test_the_first_day_does_not_belong_to_it_and_the_last_does(judge: Judge) -> None:
    assert rule_changes(judge, date(2026, 6, 1), date(2026, 6, 2), [clinic()]) == []
    assert moves(judge, clinic(filings=[OLD]), date(2026, 6, 1), date(2026, 6, 2)) == []
    assert rule_changes(judge, *JUNE, [clinic()]) != []


@pytest.mark.parametrize("last", [date(2025, 4, 1), date(2025, 3, 1)])
def test_days_out_of_order_are_refused(judge: Judge, last: date) -> None:
    with pytest.raises(UsageError, match="より前にしてください"):
        rule_changes(judge, date(2025, 4, 1), last)
    with pytest.raises(UsageError, match="より前にしてください"):
        moves(judge, clinic(), date(2025, 4, 1), last)


# ---- the command -----------------------------------------------------------------------------------------------


def test_the_command_tells_rules_then_each_institution(mitasu: Run, write: Write) -> None:
    one = write(document(filings=[OLD], rate=35.0), "one.yaml")
    other = document(filings=[])
    other["institution"] = {"name": "もう一つの内科", "sector": "medical", "kind": "clinic"}
    ran = mitasu("changes", one, write(other, "other.yaml"), "--from", "2025-03-31", "--to", "2025-04-01")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(
        "2025-03-31（令和7年3月31日）から 2025-04-01（令和7年4月1日）までに変わったこと"
    )
    assert "区分4（10点）が加わる。" in ran.out
    head, _, tail = ran.out.partition("試しの内科の判定")
    assert "医療DX推進体制整備加算（医科）: 2025-04-01" in head
    assert "2025-04-01 医療DX推進体制整備加算: ◇ 経過措置で可（〜2026-05-31） 1 11点 → ◇ 経過措置で可" in tail
    assert "届出直し: " in tail
    assert "もう一つの内科の判定" in tail


def test_where_nothing_turned_it_says_so(mitasu: Run, write: Write) -> None:
    path = write(document(filings=[OLD]))
    ran = mitasu("changes", path, "--from", "2026-06-01", "--to", "2026-06-02")
    assert ran.status == 0
    assert "規則は変わっていません。" in ran.out
    assert "変わりません。" in ran.out


def test_as_json_it_names_institution_and_code(mitasu: Run, write: Write) -> None:
    path = write(document(filings=[OLD], rate=35.0))
    told = json.loads(mitasu("changes", path, "--from", "2025-03-31", "--to", "2025-04-01", "--json").out)
    move = next(move for move in told["moves"] if move["addition"] == PROMOTION)
    assert (move["institution"], move["code"], move["on"]) == ("試しの内科", "1319900010", "2025-04-01")
    assert move["before"] == {"status": "claimable", "level": "1", "points": 11}
    assert move["filing"]["action"] == "again"


def test_in_python_the_moves_are_given() -> None:
    found = library.changes(document(filings=[OLD], rate=35.0), from_="2025-03-31", to="令和7年4月1日")
    assert PROMOTION in [move.after.addition for move in found]
