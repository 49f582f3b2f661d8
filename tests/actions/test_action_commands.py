"""The commands on the screen: what they show first, and what they say where something is wrong."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from clinics import PROMOTION, Run, Write, document, filing

import mitasu as library
from mitasu.cli.action_pages import ORDER
from mitasu.judge.filings import WORDS

OLD = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
NOTICE = "参考です。地方厚生局の判断に代わるものではありません。"


@pytest.fixture
def path(write: Write) -> Path:
    """A clinic at level 4 that could be at level 1."""
    return write(document(filings=[OLD]))


# ---- what is shown -----------------------------------------------------------------------------------------------


def test_filings_show_what_is_to_be_done_first(mitasu: Run, path: Path) -> None:
    ran = mitasu("filings", path, "--on", "2025-05-12")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "試しの内科の届出（2025-05-12）"
    heads = [line for line in lines[1:] if line and not line.startswith(" ") and line != NOTICE]
    assert heads[0] == "届出直し"
    assert heads == [word for word in (WORDS[action] for action in ORDER) if word in heads]
    start = lines.index("  医療DX推進体制整備加算1（12点）［2025-06-01からの規則］  2025-06-01から算定")
    assert lines[start + 2] == "      届出の様式: 様式1の6"
    assert lines[start + 3].startswith("      注意: 月の最初の開庁日まで")
    assert lines[-1] == NOTICE


def test_every_action_has_its_place_on_the_screen() -> None:
    assert set(ORDER) == set(WORDS)


def test_so_many_steps_are_shown_as_asked_for(mitasu: Run, path: Path) -> None:
    whole = mitasu("improve", path, "--on", "2026-11-22", "--limit", "99")
    count = len(re.findall(r"^\d+\. ", whole.out, re.M))
    assert count > 2
    assert "ほかに" not in whole.out
    short = mitasu("improve", path, "--on", "2026-11-22", "--limit", "２")
    assert len(re.findall(r"^\d+\. ", short.out, re.M)) == 2
    assert f"ほかに{count - 2}件あります（--limit {count} ですべて）。" in short.out
    told = mitasu("improve", path, "--on", "2026-11-22", "--limit", "2", "--json")
    assert len(json.loads(told.out)["improvements"]) == count, "JSON has them all"


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5", "9999999"])
def test_a_limit_that_is_no_number_is_refused_in_japanese(mitasu: Run, path: Path, limit: str) -> None:
    ran = mitasu("improve", path, "--limit", limit)
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"エラー: --limit「{limit}」は数ではありません。1以上の整数で書いてください。\n"


def test_filings_tell_from_when_for_any_acceptance_day(mitasu: Run, path: Path) -> None:
    for accepted, start in (("2025-06-02", "2025-06-01"), ("令和7年6月3日", "2025-07-01")):
        ran = mitasu("filings", path, "--on", "2025-05-12", "--accepted", accepted, "--json")
        told = json.loads(ran.out)
        row = next(row for row in told["filings"] if row["addition"] == PROMOTION)
        assert (row["action"], row["claimable_from"]) == ("again", start)


def test_deadlines_show_days_left_kind_and_the_day_to_post_by(mitasu: Run, path: Path) -> None:
    ran = mitasu("deadlines", path, "--on", "2025-03-31")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("試しの内科の期限（2025-03-31から）")
    assert re.search(r"2025-04-04 +4日 +届出（必着） +2025-04-01", ran.out)


def test_a_paper_that_can_no_longer_be_posted_says_so(mitasu: Run, path: Path) -> None:
    ran = mitasu("deadlines", path, "--on", "2025-04-02", "--within", "3日")
    assert "郵送では" in ran.out
    assert "2025-04-01 " not in ran.out


def test_no_deadline_is_told_too(mitasu: Run, write: Write) -> None:
    ran = mitasu("deadlines", write(document(filings=[])), "--on", "2025-07-10", "--within", "1d")
    assert (ran.status, ran.out) == (0, "試しの内科: この期間に期限はありません。\n")


def test_json_and_calendar_together_keep_stdout_clean(mitasu: Run, path: Path, tmp_path: Path) -> None:
    ran = mitasu("deadlines", path, "--on", "2025-03-10", "--json", "--ics", tmp_path / "x.ics")
    assert ran.status == 0
    assert len(json.loads(ran.out)["deadlines"]) == (tmp_path / "x.ics").read_text("utf-8").count(
        "BEGIN:VEVENT"
    )
    assert "書き出しました" in ran.err


def test_improve_shows_steps_in_order_with_points_yen_inputs_and_first_day(mitasu: Run, path: Path) -> None:
    ran = mitasu("improve", path, "--on", "2025-05-12", "--visits", "initial=120")
    assert (ran.status, ran.err) == (0, "")
    assert re.search(
        r"^\d+\. 医療DX推進体制整備加算1［2025-06-01からの規則］  \+2点、月2,400円（年28,800円）  算定開始 2025-06-01$",
        ran.out,
        re.M,
    )
    assert "計算: 初診120回×2点×10円（月1回）" in ran.out
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", ran.out, re.M)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert ran.out.rstrip().endswith(NOTICE)


def test_improve_shows_ten_steps_unless_all_are_asked_for(mitasu: Run, path: Path) -> None:
    words = ("improve", path, "--on", "2025-05-12", "--visits", "initial=120,revisit=300")
    first, whole = (mitasu(*words, *option).out for option in ((), ("--limit", "999")))
    shown, every = (re.findall(r"^\d+\. (.+)", out, re.M) for out in (first, whole))
    assert len(every) > 10
    assert shown == every[:10]
    assert f"ほかに{len(every) - 10}件あります（--limit {len(every)} ですべて）。" in first
    assert "ほかに" not in whole


def test_a_difference_in_yen_is_shown_with_its_inputs(mitasu: Run, write: Write) -> None:
    path = write(document(filings=[filing(PROMOTION, "2025-03-10", level="1")]))
    options = ("--set", "e_prescription=false", "--visits", "initial=50")
    ran = mitasu("improve", path, "--on", "2025-05-12", *options)
    assert "月-1,000円、年-12,000円（初診50回×-2点×10円）" in ran.out


@pytest.mark.parametrize(
    "words",
    [
        ["filings"],
        ["deadlines"],
        ["improve", "--visits", "initial=120"],
        ["improve", "--set", "e_prescription=true"],
        ["history", PROMOTION, "--from", "2024-06", "--to", "2026-11"],
        ["changes", "--from", "2024-05-31", "--to", "2026-06-01"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
def test_no_command_shows_the_inside_of_the_program(
    mitasu: Run, write: Write, name: str, words: list[str]
) -> None:
    source = Path(library.__file__).parent / "samples" / f"{name}.yaml"
    dated = [] if "--from" in words else ["--on", "2026-11-22"]
    ran = mitasu(words[0], write(source.read_text("utf-8"), f"{name}.yaml"), *words[1:], *dated)
    assert (ran.status, ran.err) == (0, "")
    assert not re.search(r"None|True|False|Traceback|<\w+|\bnot_\w+|\bclaimable\b", ran.out)


# ---- what is wrong -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["filings", "FILE", "--on", "2025-02-30"], 2, "という日はありません"),
        (
            ["filings", "FILE", "--on", "2025-05-12", "--accepted", "2025-05-11"],
            2,
            "より前です。受理済みの届出は",
        ),
        (["filings", "FILE", "--on", "2036-01-05"], 2, "祝日の表がありません（2000年から2035年まで）"),
        (["filings", "FILE", "--on", "きのう"], 2, "日付として読めません"),
        (["deadlines", "FILE", "--within", "0d"], 2, "1から3660まで"),
        (["deadlines", "FILE", "--within", "90w"], 2, "90d のように"),
        (["deadlines", "FILE", "--within", "三月"], 2, "90d のように"),
        (["deadlines", "FILE", "--within", "-5"], 2, "90d のように"),
        (["deadlines", "FILE", "--within", "99999999999d"], 2, "90d のように"),
        (["deadlines", "FILE", "--on", "2035-12-20"], 2, "祝日の表がありません"),
        (["improve", "FILE", "--visits", "fist_visit=3"], 2, "近いもの: first_visit"),
        (["improve", "FILE", "--visits", "first_visit=-3"], 2, "0から1000000まで"),
        (["improve", "FILE", "--set", "e_prescripton=true"], 2, "近いもの: e_prescription"),
        (["improve", "FILE", "--set", "e_prescription"], 2, "fact=value の形で"),
        (["improve", "FILE", "--set", "under6_share_2024=120"], 2, "100%を超えています"),
        (["history", "FILE", "medical-dx"], 3, "近いもの: medical-dx-promotion"),
        (["history", "FILE", PROMOTION, "--from", "2025-05", "--to", "2025-04"], 2, "より後です"),
        (["history", "FILE", PROMOTION, "--from", "2025-13"], 2, "--from"),
        (["history", "FILE", PROMOTION, "--claimed", "NONE"], 3, "none.yaml"),
        (["history", "FILE", PROMOTION, "--claimed", "WRONG"], 3, "0から10000000まで"),
        (["changes", "FILE", "--from", "2025-04-01", "--to", "2025-04-01"], 2, "より前の日に"),
        (["changes", "FILE", "--from", "2025-04-02", "--to", "2025-04-01"], 2, "より前の日に"),
        (["changes", "NONE", "--from", "2025-04-01", "--to", "2025-04-02"], 3, "none.yaml"),
        (["changes", "FILE", "--from", "2025-04-01"], 2, "足りません"),
        (["deadlines", "BAD"], 3, "負の数です"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_what_is_wrong_is_told_in_japanese_without_traceback(
    mitasu: Run, path: Path, write: Write, tmp_path: Path, words: list[str], status: int, told: str
) -> None:
    files: dict[str, Any] = {
        "FILE": path,
        "NONE": tmp_path / "none.yaml",
        "WRONG": write('"2025-06": -3\n', "wrong.yaml"),
        "BAD": write(document(facts={"discharges_last_12_months": -1}), "bad.yaml"),
    }
    ran = mitasu(*(files.get(word, word) for word in words))
    assert (ran.status, ran.out) == (status, "")
    assert ran.err.startswith("エラー: ")
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert len(ran.err.splitlines()) <= 2


def test_a_calendar_is_not_written_over_another_file(mitasu: Run, path: Path) -> None:
    before = path.read_bytes()
    ran = mitasu("deadlines", path, "--on", "2025-03-10", "--ics", path)
    assert (ran.status, ran.out) == (3, "")
    assert "別の名前で書き出して" in ran.err
    assert path.read_bytes() == before
