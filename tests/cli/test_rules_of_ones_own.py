"""`--rules FOLDER`: every command that judges takes a user's own rules beside the shipped ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clerk import Command, Interview, Write

from mitasu.rulebook import Rulebook

PACKAGE = Path(__file__).parent / "data" / "package"
ADDITION = "example-wheelchair"
TITLE = "見本・車いす対応加算（架空）"
CLINIC = """\
institution: {name: 見本クリニック, sector: medical, kind: clinic}
facts: {example_ramp: true, example_wheelchairs: 2}
filings: []
"""
VISITS = "- {id: a, patient: p1, on: 2025-06-05, kind: first_visit}\n"
SECOND = """\
id: example-lift
title: 見本・昇降機加算（架空）
sectors: [medical]
cite: ["example 第2"]
requirements:
  - {id: with-ramp, label: 車いす対応, cite: ["example 第2の1"], need: {holds: example-wheelchair}}
every_level: [with-ramp]
periods:
  - {from: 2025-04-01, cite: ["example 第2"], levels: [{level: "", points: {medical: 5}, needs: []}]}
"""


def test_an_addition_of_ones_own_is_judged(mitasu: Command, write: Write) -> None:
    ran = mitasu("judge", write(CLINIC), "--on", "2025-06-01", "--rules", PACKAGE, "--addition", ADDITION)
    assert (ran.status, ran.err) == (0, "")
    assert f"{TITLE}（3点）を算定できます" in ran.out


def test_facts_and_additions_of_ones_own_are_unknown_without_the_option(
    mitasu: Command, write: Write
) -> None:
    ran = mitasu("judge", write(CLINIC), "--on", "2025-06-01")
    assert ran.status == 3
    assert "「example_ramp」は目録にありません" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("judge", "FILE", "--from", "2026-03", "--to", "2026-04"), "見本・車いす対応"),
        (("why", "FILE", ADDITION, "--on", "2026-04-01"), "車いすを買い足す"),
        (("missing", "BARE", "--on", "2025-06-01"), "example_ramp"),
        (("bill", "FILE", "VISITS"), "合計 3点（1件）"),
        (("cases", PACKAGE / "additions" / f"{ADDITION}.cases.yaml"), "4 passed, 0 failed"),
        (("filings", "FILE", "--on", "2025-06-01"), "この加算に届出はありません"),
        (("deadlines", "FILE", "--on", "2026-03-01"), f"{TITLE}の規則が変わる"),
        (("improve", "FILE", "--on", "2026-04-01"), "貸し出せる車いすを3台以上にする（いま2台）"),
        (
            ("improve", "FILE", "--on", "2026-04-01", "--set", "example_wheelchairs=3"),
            "満たさない → 満たす",
        ),
        (("history", "FILE", ADDITION, "--from", "2026-03", "--to", "2026-04"), "2026-04〜2026-04"),
        (
            ("changes", "--from", "2026-03-31", "--to", "2026-04-01", "FILE"),
            "2台以上 → 貸し出せる車いすが3台",
        ),
        (("rules", "list", "--on", "2025-06-01"), ADDITION),
        (("rules", "show", ADDITION, "--on", "2025-06-01"), "入口にスロープがあること。"),
        (("rules", "diff", ADDITION, "2026-03-31", "2026-04-01"), "3台以上"),
        (("facts", "list", "--kind", "fact"), "example_wheelchairs"),
        (("facts", "show", "example_ramp"), "入口にスロープがありますか"),
    ],
    ids=lambda words: " ".join(map(str, words[:2])) if isinstance(words, tuple) else "",
)
def test_every_command_that_judges_takes_them(
    mitasu: Command, write: Write, words: tuple[str, ...], told: str
) -> None:
    bare = CLINIC.replace("{example_ramp: true, example_wheelchairs: 2}", "{}")
    files = {
        "FILE": write(CLINIC),
        "BARE": write(bare, "bare.yaml"),
        "VISITS": write(VISITS, "visits.yaml"),
    }
    ran = mitasu(*(files.get(word, word) for word in words), "--rules", PACKAGE)
    assert (ran.status, ran.err) == (0, "")
    assert told in ran.out


def test_a_new_file_and_the_interview_ask_for_their_facts(
    mitasu: Command, interview: Interview, tmp_path: Path
) -> None:
    path = tmp_path / "new.yaml"
    assert mitasu("new", path, "--rules", PACKAGE).status == 0
    assert "# example_wheelchairs: 0" in path.read_text("utf-8")
    given = tmp_path / "given.yaml"
    given.write_text("institution: {name: 見本, sector: medical, kind: clinic}\n", "utf-8")
    answers = {"入口にスロープがありますか": "はい", "貸し出せる車いすは何台ですか": "3"}

    def answer(shown: str) -> str | None:
        return next((told for asked, told in answers.items() if asked in shown), "")

    seen = interview(given, "2025-06-01", answer, "--rules", PACKAGE)
    assert all(question in seen for question in answers)
    ran = mitasu("judge", given, "--on", "2025-06-01", "--rules", PACKAGE, "--addition", ADDITION)
    assert f"{TITLE}（3点）を算定できます" in ran.out


def test_rules_of_several_folders_may_build_on_each_other(
    mitasu: Command, write: Write, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    write(SECOND, "second/additions/example-lift.yaml")
    both = ("--rules", PACKAGE, "--rules", second)
    ran = mitasu("judge", write(CLINIC), "--on", "2025-06-01", *both, "--json")
    points = {row["addition"]: row["points"] for row in json.loads(ran.out)["judgements"]}
    assert (points[ADDITION], points["example-lift"]) == (3, 5)
    alone = mitasu("judge", write(CLINIC), "--on", "2025-06-01", "--rules", second)
    assert alone.status == 3
    assert "example-lift.yaml:" in alone.err
    assert "「example-wheelchair」" in alone.err


def test_the_check_knows_the_rules_that_others_build_on(
    mitasu: Command, write: Write, tmp_path: Path
) -> None:
    second = tmp_path / "second"
    write(SECOND, "second/additions/example-lift.yaml")
    ran = mitasu("rules", "check", second, "--rules", PACKAGE)
    assert ran.status == 1
    told = [line for line in ran.out.splitlines() if "事例がありません" in line]
    assert told
    assert all("昇降機" in line for line in told), "only what is checked is asked for cases"
    count = len(Rulebook.shipped().additions) + 2
    assert ran.out.splitlines()[-1].startswith(f"規則{count}件、")


def test_the_same_folder_twice_is_taken_once(mitasu: Command, write: Write) -> None:
    ran = mitasu("judge", write(CLINIC), "--on", "2025-06-01", "--rules", PACKAGE, "--rules", f"{PACKAGE}/")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("made", [False, True], ids=["no folder", "an empty folder"])
def test_a_folder_without_rules_is_refused(mitasu: Command, write: Write, tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "nothing"
    if made:
        folder.mkdir()
    ran = mitasu("judge", write(CLINIC), "--rules", folder)
    assert ran.status == 3
    assert ran.err.startswith(f"エラー: {folder}: ")


def test_faulty_rules_are_refused_with_file_and_line_before_anything_is_judged(
    mitasu: Command, write: Write, tmp_path: Path
) -> None:
    rule = (PACKAGE / "additions" / f"{ADDITION}.yaml").read_text("utf-8")
    write(rule.replace("{fact: example_ramp}", "{fact: exampel_ramp}"), f"own/additions/{ADDITION}.yaml")
    for name in ("facts/example.yaml", "sources-example.yaml", "rulings-example.yaml"):
        write((PACKAGE / name).read_text("utf-8"), f"own/{name}")
    ran = mitasu("judge", write(CLINIC), "--rules", tmp_path / "own")
    assert (ran.status, ran.out) == (3, "")
    line = rule.splitlines().index("    need: {fact: example_ramp}") + 1
    assert f"{ADDITION}.yaml:{line}: " in ran.err
    assert "近いもの: example_ramp" in ran.err
