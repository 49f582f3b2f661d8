"""`mitasu bill`: what each encounter may carry, and for each refusal the rule and its source."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

import pytest
from clerk import Command, Sample, Write

import mitasu as library
from mitasu.judge.serial import bills_to_dict

VISITS = files("mitasu").joinpath("samples", "encounters.yaml")
SHORT = {
    "DX": {"medical-dx-promotion"},
    "取得": {"medical-information-acquisition"},
    "在宅": {"home-care-dx"},
    "連携": {"electronic-information-sharing"},
}
ROW = "- {id: a, patient: p, on: 2025-05-07, kind: first_visit}\n"


def test_json_is_what_the_python_call_gives(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("bill", sample("paper-clinic"), VISITS, "--json")
    assert (ran.status, ran.err) == (0, "")
    bills = library.bill(library.sample("paper-clinic"), str(VISITS))
    assert json.loads(ran.out) == bills_to_dict(bills)


def test_the_sample_is_billed_as_its_remarks_foretell(mitasu: Command, sample: Sample) -> None:
    billed = {
        row["encounter"]: row
        for row in json.loads(mitasu("bill", sample("paper-clinic"), VISITS, "--json").out)["bills"]
    }
    foretold = ""
    checked = 0
    for line in VISITS.read_text("utf-8").splitlines():
        if line.startswith("# ") and "→" in line:
            foretold = line.split("→", 1)[1]
        found = re.match(r"- \{id: (e\d+),", line)
        if not found:
            continue
        items = {(item["addition"], item["level"], item["points"]) for item in billed[found[1]]["items"]}
        wanted = re.findall(r"(DX|取得|在宅|連携)(\d?) (\d+)点", foretold)
        assert {(addition, points) for addition, _, points in items} == {
            (addition, int(points)) for short, _, points in wanted for addition in SHORT[short]
        }, found[1]
        for short, level, _ in wanted:
            if level:
                assert {(addition, level) for addition in SHORT[short]} <= {item[:2] for item in items}
        checked += 1
        foretold = ""
    assert checked == len(billed) == 33


def test_the_table_shows_points_refusals_and_sources(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("bill", sample("paper-clinic"), VISITS)
    assert (ran.status, ran.err) == (0, "")
    for told in ("○ 8点", "✕ 0点", "？ 未確認", "monthly-limit", "e33", "合計 "):
        assert told in ran.out
    total = sum(
        item["points"]
        for row in json.loads(mitasu("bill", sample("paper-clinic"), VISITS, "--json").out)["bills"]
        for item in row["items"]
    )
    assert f"合計 {total}点" in ran.out


def test_what_was_never_filed_is_told_in_one_line_for_all_additions(mitasu: Command, sample: Sample) -> None:
    path = sample("paper-clinic")
    table, _, below = mitasu("bill", path, VISITS).out.partition("受診によらず、施設として算定できない加算")
    assert "ベースアップ" not in table
    (line,) = (line for line in below.splitlines() if "届け出ていない加算" in line)
    assert "外来・在宅ベースアップ評価料(Ⅰ)" in line
    assert "抗菌薬適正使用体制加算" in line
    bills = json.loads(mitasu("bill", path, VISITS, "--json").out)["bills"]
    refused = {row["addition"] for bill in bills for row in bill["refused"]}
    assert {"base-up-1", "base-up-2", "after-hours", "comprehensive-care-fee"} <= refused


def test_what_the_standards_refuse_is_told_once_with_its_days(
    mitasu: Command, sample: Sample, write: Write
) -> None:
    days = ("2025-04-07", "2025-04-28", "2025-05-07")
    rows = "".join(ROW.replace("id: a", f"id: a{n}").replace("2025-05-07", day) for n, day in enumerate(days))
    ran = mitasu("bill", sample("paper-clinic"), write(rows, "v.yaml"))
    heading = ran.out.index("受診によらず、施設として算定できない加算")
    (line,) = (line for line in ran.out.splitlines() if "医療DX推進体制整備加算（2025" in line)
    assert line.startswith("  ✕ 医療DX推進体制整備加算（2025-04-07〜2025-04-28）: 施設基準を満たしません：")
    assert "［card-use-rate: " in line
    assert "施設基準" not in ran.out[:heading]


def test_an_encounter_without_any_addition_is_listed_too(
    mitasu: Command, sample: Sample, write: Write
) -> None:
    ran = mitasu(
        "bill",
        sample("paper-clinic"),
        write(ROW.replace("2025-05-07", "2024-05-07").replace("first_visit", "emergency"), "v.yaml"),
    )
    assert "算定できる加算はありません" in ran.out
    assert "合計 0点（0件）" in ran.out


def test_a_file_may_give_the_history_beside_the_encounters(
    mitasu: Command, sample: Sample, write: Write
) -> None:
    text = (
        "encounters:\n  "
        + ROW
        + "history:\n  - {patient: p, on: R7.5.1, addition: medical-dx-promotion, kind: first_visit}\n"
    )
    bills = json.loads(mitasu("bill", sample("paper-clinic"), write(text, "v.yaml"), "--json").out)["bills"]
    refused = {row["addition"]: row for row in bills[0]["refused"]}
    assert refused["medical-dx-promotion"]["rule"] == "monthly-limit"
    assert refused["medical-dx-promotion"]["sources"]


BAD = [
    ("- 1\n", "受診には", 1),
    ("a: 1\n", "「encounters」がありません", 1),
    ("ことば\n", "受診の一覧は", 1),
    (ROW.replace("kind: first_visit", "kind: first_vist"), "近いもの: first_visit", 1),
    (ROW.replace("2025-05-07", "2025-05-32"), "2025-05-32", 1),
    (ROW.replace("2025-05-07", "平成40年5月7日"), "その元号の期間にありません", 1),
    (ROW.replace("2025-05-07", ""), "「on」に値がありません", 1),
    (ROW.replace("patient: p", "patient: "), "「patient」に値がありません", 1),
    (ROW.replace("patient: p, ", ""), "「patient」がありません", 1),
    (ROW.replace("}", ", crad: true}"), "近いもの: card", 1),
    (ROW.replace("}", ", card: maybe}"), "「card」", 1),
    (ROW.replace("}", ", information: obtaned}"), "近いもの: obtained", 1),
    (ROW.replace("}", ", bundle: pediatric-outpatient}"), "近いもの: pediatric-outpatient-fee", 1),
    (ROW.replace("}", ", billed: [home-care]}"), "近いもの: home-care-dx", 1),
    (ROW.replace("}", ", billed: home-care-dx}"), "一覧（[ ]）", 1),
    (ROW + ROW, "「a」が二度", 2),
    ("encounters: []\nhistory:\n  - {patient: p, on: 2025-05-01, addition: home-care}\n", "近いもの: home-care-dx", 3),
    ("encounters: []\nhistory:\n  - {patient: p, on: , addition: home-care-dx}\n", "「on」に値がありません", 3),
    ("encounters: []\nhistory:\n  - {patient: p, on: 2025-05-01, addition: [a]}\n", "加算", 3),
    ("encounters: []\nhistory:\n  - {patient: p, on: 2025-05-01, addition: home-care-dx, kind: home_vist}\n", "近いもの: home_visit", 3),
    ("encounters: []\nhistory:\n  - home-care-dx\n", "history には", 3),
    ("encounters: []\nhistroy: []\n", "近いもの: history", 2),
]  # fmt: skip


@pytest.mark.parametrize(("text", "told", "line"), BAD, ids=[row[0][:70] for row in BAD])
def test_bad_encounters_are_refused_with_file_and_line(
    mitasu: Command, sample: Sample, write: Write, text: str, told: str, line: int
) -> None:
    path = write(text, "visits.yaml")
    ran = mitasu("bill", sample("paper-clinic"), path)
    assert (ran.status, ran.out) == (3, "")
    assert told in ran.err
    assert ran.err.startswith(f"エラー: {path}:{line}: ")


def test_all_faults_of_the_encounters_are_reported_at_once(
    mitasu: Command, sample: Sample, write: Write
) -> None:
    rows: list[str] = [row for row, _, line in BAD if row.startswith("- {") and line == 1]
    text = "".join(row.replace("id: a", f"id: a{index}") for index, row in enumerate(rows))
    ran = mitasu("bill", sample("paper-clinic"), write(text, "visits.yaml"))
    assert ran.status == 3
    assert len(ran.err.splitlines()) == len(rows)


@pytest.mark.parametrize("day", ["2025-05-07", "令和7年5月7日", "R7.5.7", "２０２５年５月７日"])
def test_the_day_of_an_encounter_may_be_written_as_people_write_it(
    mitasu: Command, sample: Sample, write: Write, day: str
) -> None:
    found: Any = mitasu("bill", sample("paper-clinic"), write(ROW.replace("2025-05-07", day), "v.yaml"))
    assert found.status == 0
    assert "2025-05-07" in found.out
