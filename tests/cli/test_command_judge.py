"""`mitasu judge`: a table, Markdown or JSON for a day; month by month where the answer changes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from clerk import Command, Sample

import mitasu as library
from mitasu.judge.serial import answer_to_dict


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
@pytest.mark.parametrize("day", ["2024-05-31", "2025-04-01", "2026-06-01"])
def test_json_is_what_the_python_call_gives(mitasu: Command, sample: Sample, name: str, day: str) -> None:
    ran = mitasu("judge", sample(name), "--on", day, "--json")
    assert (ran.status, ran.err) == (0, "")
    assert json.loads(ran.out) == answer_to_dict(library.judge(library.sample(name), on=day))


def test_the_table_says_the_answer_first_then_what_is_missing(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("judge", sample("paper-clinic"), "--on", "2025-04-01")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "2025年4月: 医療情報取得加算（初診1点・再診1点）を算定できます。"
    assert "青葉台こもれび内科" in lines[1]
    for sign in ("◇ 経過措置で可", "△ あと1", "？ 未確認"):
        assert sign in ran.out
    assert any(
        line.startswith("✕ 医療DX推進体制整備加算") and "14.2%" in line and "→" in line for line in lines
    )
    assert any(line.startswith("？ 在宅医療DX情報活用加算") and "居宅同意取得型" in line for line in lines)
    assert lines[-1].startswith("参考です")


def test_what_is_not_in_force_or_not_for_it_is_left_out_of_the_table(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("judge", sample("paper-clinic"), "--on", "2025-04-01")
    assert "制度なし" not in ran.out
    assert "対象外" not in ran.out
    assert "救急時医療情報閲覧機能" not in ran.out


def test_what_is_asked_for_by_name_is_shown_even_where_it_does_not_apply(
    mitasu: Command, sample: Sample
) -> None:
    wanted = ("--addition", "emergency-view", "--addition", "electronic-information-sharing")
    ran = mitasu("judge", sample("paper-clinic"), "--on", "2025-04-01", *wanted)
    assert ran.status == 0
    assert "対象外" in ran.out
    assert "制度なし" in ran.out
    assert "医療情報取得加算" not in ran.out


def test_additions_come_in_the_order_asked_each_once(mitasu: Command, sample: Sample) -> None:
    wanted = ["home-care-dx", "medical-dx-promotion", "home-care-dx"]
    options = [word for id_ in wanted for word in ("--addition", id_)]
    ran = mitasu("judge", sample("paper-clinic"), "--on", "2025-04-01", "--json", *options)
    assert [found["addition"] for found in json.loads(ran.out)["judgements"]] == wanted[:2]


FILED = """\
institution: {name: 見本内科, sector: medical, kind: clinic}
filings:
  - {item: after-hours, level: "1", accepted: 2026-11-04}
"""


def test_what_was_never_filed_is_named_in_one_line_and_shown_where_it_is_asked_for(
    mitasu: Command, write: Any
) -> None:
    path = write(FILED)
    lines = mitasu("judge", path, "--on", "2026-11-22").out.splitlines()
    (waiting,) = (line for line in lines if line.startswith("－ 届け出ていない加算（"))
    told = [line for line in lines if line != waiting]
    for title in ("外来・在宅ベースアップ評価料(Ⅰ)", "地域包括診療加算"):
        assert title in waiting
        assert not any(title in line for line in told)
    assert "時間外対応" not in waiting
    assert any(line.startswith("✕ 時間外対応体制加算: 届出（") and "2026-12-01" in line for line in told)
    asked = mitasu("judge", path, "--on", "2026-11-22", "--addition", "base-up-1").out
    assert "✕ 外来・在宅ベースアップ評価料(Ⅰ): 届出（届出がありません）" in asked
    assert "届け出ていない加算（" not in asked


def test_filings_that_are_not_known_are_not_taken_for_none(mitasu: Command, write: Any) -> None:
    path = write(FILED.partition("filings:")[0])
    out = mitasu("judge", path, "--on", "2026-11-22").out
    assert "届け出ていない加算（" not in out
    assert "外来・在宅ベースアップ" in out


def test_markdown_is_one_table_whose_rows_have_five_cells(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("judge", sample("hospital"), "--on", "2026-06-01", "--markdown")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("# 白樺記念病院")
    rows = [line for line in ran.out.splitlines() if line.startswith("|")]
    assert len(rows) > 4
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}
    assert ran.out.rstrip().endswith("ありません。")


def test_a_bar_in_a_name_does_not_break_a_markdown_table(mitasu: Command, write: Any) -> None:
    path = write(
        "institution: {name: 見本, sector: medical, kind: clinic}\n"
        'facts: {online_claims: [{value: false, proof: "a|b"}]}\n'
    )
    ran = mitasu("judge", path, "--on", "2025-04-01", "--markdown")
    rows = [line for line in ran.out.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} == {6}


def test_without_a_day_it_is_today(mitasu: Command, sample: Sample) -> None:
    before = date.today()
    told = json.loads(mitasu("judge", sample("paper-clinic"), "--json").out)["on"]
    assert told in {before.isoformat(), date.today().isoformat()}


# ---- month by month --------------------------------------------------------------------------------------


def turns(mitasu: Command, path: Any, *options: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(mitasu("judge", path, *options, "--json").out)["turns"]
    return found


def test_the_timeline_tells_exactly_the_months_in_which_an_answer_changes(
    mitasu: Command, sample: Sample
) -> None:
    path = sample("paper-clinic")
    found = turns(mitasu, path, "--from", "2024-06", "--to", "2026-11")
    told = {(turn["addition"], turn["month"]): turn for turn in found}
    institution = library.sample("paper-clinic")
    before: dict[str, Any] = {}
    shown = {turn["addition"] for turn in found}
    for index in range(30):
        month = f"{2024 + (5 + index) // 12}-{(5 + index) % 12 + 1:02d}"
        for judgement in library.judge(institution, on=f"{month}-01").judgements:
            if judgement.addition not in shown:
                assert judgement.status in ("not_in_force", "not_applicable")
                continue
            state = (judgement.status, judgement.level, judgement.points)
            turn = told.get((judgement.addition, month))
            assert (turn is not None) == (before.get(judgement.addition) != state)
            if turn is not None:
                assert (turn["status"], turn["level"], turn["points"]) == state
                assert turn["why"]
            before[judgement.addition] = state


def test_the_timeline_says_what_moved(mitasu: Command, sample: Sample) -> None:
    found = turns(
        mitasu,
        sample("paper-clinic"),
        "--from",
        "2025-03",
        "--to",
        "2025-07",
        "--addition",
        "medical-dx-promotion",
    )
    assert [(turn["month"], turn["status"], turn["level"]) for turn in found] == [
        ("2025-03", "claimable", "3"),
        ("2025-04", "not_claimable", None),
        ("2025-05", "claimable", "6"),
        ("2025-06", "not_claimable", None),
    ]
    assert "14.2%" in found[1]["why"]
    assert "15.1%" in found[2]["why"]
    assert "ウェブサイト" in found[3]["why"]


def test_a_timeline_of_one_month_needs_only_one_end(mitasu: Command, sample: Sample) -> None:
    path = sample("paper-clinic")
    both = mitasu("judge", path, "--from", "2025-04", "--to", "2025-04").out
    assert mitasu("judge", path, "--from", "2025-04").out == both
    assert mitasu("judge", path, "--to", "2025-04").out == both


@pytest.mark.parametrize("option", [(), ("--markdown",)])
def test_the_timeline_is_shown_as_a_table_too(
    mitasu: Command, sample: Sample, option: tuple[str, ...]
) -> None:
    ran = mitasu("judge", sample("paper-clinic"), "--from", "2025-03", "--to", "2025-07", *option)
    assert (ran.status, ran.err) == (0, "")
    for word in ("青葉台こもれび内科", "2025-04", "△ あと1", "8点"):
        assert word in ran.out


def test_the_table_of_months_leaves_out_what_was_never_filed_and_says_so(mitasu: Command, write: Any) -> None:
    path = write(FILED)
    months = ("--from", "2026-11", "--to", "2026-12")
    table, _, below = mitasu("judge", path, *months).out.partition("届け出ていない加算は表に入れていません")
    assert "時間外対応" in table
    assert "ベースアップ" not in table
    assert "外来・在宅ベースアップ評価料(Ⅰ)" in below
    for option in ("--json", "--markdown"):
        assert "届け出ていない" not in mitasu("judge", path, *months, option).out
    assert "base-up-1" in {turn["addition"] for turn in turns(mitasu, path, *months)}
    assert "外来・在宅" in mitasu("judge", path, *months, "--addition", "base-up-1").out


def test_an_end_of_an_addition_is_told(mitasu: Command, sample: Sample) -> None:
    found = turns(mitasu, sample("paper-clinic"), "--from", "2026-05", "--to", "2026-06")
    last = {turn["addition"]: turn for turn in found if turn["month"] == "2026-06"}
    assert last["medical-dx-promotion"]["status"] == "not_in_force"
    assert "終わった" in last["medical-dx-promotion"]["why"]
    assert last["electronic-information-sharing"]["status"] == "claimable"
