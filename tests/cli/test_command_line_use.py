"""Wrong use of a command: exit status 2, one or two Japanese sentences on stderr, nothing on stdout."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clerk import Command, Sample, Write

LATIN = re.compile(r"\b(?:Missing|No such|unexpected|Option|requires|does not|Error|Usage|Traceback|Got)\b")
SENTENCES = re.compile(r"[。？]")
WRONG = [
    (["jugde"], "命令「jugde」はありません。近いもの: judge。"),
    (["zzz"], "命令「zzz」はありません。"),
    (["rules", "lsit"], "命令「lsit」はありません。近いもの: list。"),
    (["facts", "shw"], "近いもの: show。"),
    (["judge"], "「FILE」が足りません。"),
    (["why", "FILE"], "「ADDITION」が足りません。書くもの: 加算のid"),
    (["bill", "FILE"], "「ENCOUNTERS」が足りません。"),
    (["cases"], "「FILE...」が足りません。"),
    (["new"], "「FILE」が足りません。"),
    (["rules", "diff", "medical-dx-promotion", "2025-04-01"], "「D2」が足りません。"),
    (["rules", "show"], "「ID」が足りません。"),
    (["facts", "show"], "「ID」が足りません。"),
    (["judge", "FILE", "--jsn"], "オプション「--jsn」はありません。近いもの: --json。"),
    (["judge", "FILE", "--frm", "2025-04"], "近いもの: --from。"),
    (["judge", "FILE", "--on"], "オプション「--on」には値が要ります。"),
    (["judge", "FILE", "--json=1"], "オプション「--json」に値は付けられません。"),
    (["judge", "FILE", "two", "three"], "余分な引数があります（two three）。"),
    (["judge", "FILE", "two (2)"], "余分な引数があります（two (2)）。"),
    (["judge", "FILE", "--json", "--markdown"], "一緒に使えません"),
    (["judge", "FILE", "--on", "2025-04-01", "--from", "2025-04"], "一緒に使えません"),
    (["judge", "FILE", "--from", "2025-05", "--to", "2025-04"], "--to（2025-04）より後です"),
    (["judge", "FILE", "--from", "1950-01", "--to", "2025-04"], "月の数が多すぎます"),
    (["judge", "FILE", "--from", "2025-13"], "--from: 「2025-13」という月はありません。"),
    (["judge", "FILE", "--to", "H31.5"], "--to: 「H31.5」はその元号の期間にありません。"),
    (["judge", "FILE", "--on", "2025-02-30"], "「2025-02-30」という日はありません。"),
    (["judge", "FILE", "--on", "平成40年4月1日"], "その元号の期間にありません"),
    (["judge", "FILE", "--on", "きのう"], "日付として読めません"),
    (["why", "FILE", "medical-dx-promotion", "--on", ""], "日付として読めません"),
    (["missing", "FILE", "--on", "2025"], "日付として読めません"),
    (["ask", "FILE", "--on", "2025"], "日付として読めません"),
    (["demo", "--on", "x"], "日付として読めません"),
    (["rules", "list", "--on", "x"], "日付として読めません"),
    (["rules", "show", "medical-dx-promotion", "--on", "x"], "日付として読めません"),
    (["rules", "diff", "medical-dx-promotion", "2025-04-01", "x"], "日付として読めません"),
    (["rules", "show", "medical-dx-promotion", "--sector", "dentl"], "部門「dentl」はありません。近いもの: dental"),
    (["rules", "show", "medical-dx-promotion", "--sector", "nursing"], "この加算の部門は"),
    (["facts", "list", "--sector", "shika"], "部門「shika」はありません。書けるもの: medical、dental、pharmacy、nursing"),
    (["facts", "list", "--kind", "facts"], "種類「facts」はありません。近いもの: fact"),
    (["new", "a.yaml", "--sector", "pharmcy"], "近いもの: pharmacy"),
    (["new", "a.yaml", "--kind", "hospitl"], "近いもの: hospital"),
    (["new", "a.yaml", "--sector", "nursing", "--kind", "clinic"], "訪問看護の施設の種類に「clinic」はありません"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "told"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_wrong_use_ends_with_2_and_says_what_is_wrong(
    mitasu: Command,
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = mitasu(*(sample("paper-clinic") if word == "FILE" else word for word in arguments))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.startswith("エラー: ")
    assert told in ran.err
    assert not LATIN.search(ran.err)
    assert 1 <= len(SENTENCES.findall(ran.err)) <= 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [[], ["rules"], ["facts"]])
def test_no_command_at_all_shows_the_commands(mitasu: Command, arguments: list[str]) -> None:
    ran = mitasu(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert "list" in ran.err or "judge" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["judge"], ["why"], ["missing"], ["ask"], ["bill"], ["rules"], ["rules", "list"], ["rules", "show"],
        ["rules", "diff"], ["rules", "check"], ["cases"], ["facts"], ["facts", "list"], ["facts", "show"], ["new"], ["demo"],
    ],
)  # fmt: skip
def test_every_command_tells_what_it_does_in_japanese(mitasu: Command, arguments: list[str]) -> None:
    ran = mitasu(*arguments, "--help")
    assert (ran.status, ran.err) == (0, "")
    assert re.search(r"[ぁ-ん]", ran.out)


BAD = [
    (["judge", "nowhere.yaml"], "nowhere.yaml: ファイルがありません。"),
    (["why", "nowhere.yaml", "medical-dx-promotion"], "nowhere.yaml: ファイルがありません。"),
    (["missing", "."], "フォルダーです"),
    (["ask", "nowhere.yaml"], "nowhere.yaml: ファイルがありません。"),
    (["bill", "FILE", "nowhere.yaml"], "nowhere.yaml: ファイルがありません。"),
    (["bill", "nowhere.yaml", "nowhere.yaml"], "nowhere.yaml: ファイルがありません。"),
    (["cases", "nowhere.yaml"], "nowhere.yaml: ファイルがありません。"),
    (["rules", "check", "nowhere"], "nowhere: ファイルもフォルダーもありません。"),
    (["judge", "FILE", "--addition", "medical-dx-promotoin"], "近いもの: medical-dx-promotion"),
    (["why", "FILE", "home-care"], "加算「home-care」はありません。近いもの: home-care-dx"),
    (["why", "FILE", "statement-issuance"], "加算「statement-issuance」はありません。"),
    (["rules", "show", "emergency-veiw"], "近いもの: emergency-view"),
    (["rules", "diff", "emergency-veiw", "2025-04-01", "2025-05-01"], "近いもの: emergency-view"),
    (["facts", "show", "onlin_claims"], "近いもの: online_claims"),
    (["new", "nowhere/a.yaml"], "nowhere: フォルダーがありません。"),
    (["new", "/proc/a.yaml"], "書き込めません"),
    (["new", "a" * 300 + ".yaml"], "書き込めません"),
]


@pytest.mark.parametrize(("arguments", "told"), BAD, ids=[" ".join(row[0])[:60] for row in BAD])
def test_bad_input_ends_with_3_and_says_what_is_bad(
    mitasu: Command,
    sample: Sample,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = mitasu(*(sample("paper-clinic") if word == "FILE" else word for word in arguments))
    assert (ran.status, ran.out) == (3, "")
    assert ran.err.startswith("エラー: ")
    assert told in ran.err


def test_every_fault_of_a_file_is_printed_with_file_and_line(mitasu: Command, write: Write) -> None:
    path = write(
        "institution:\n  name: 見本\n  sector: medical\n  kind: clinc\nfacts:\n  onlin_claims: true\n"
    )
    ran = mitasu("judge", path)
    assert ran.status == 3
    assert ran.err.splitlines() == [
        f"エラー: {path}:4: 施設の種類（kind）「clinc」はありません。近いもの: clinic",
        f"{path}:6: 事実「onlin_claims」は目録にありません。近いもの: online_claims",
    ]


@pytest.mark.parametrize(
    "day",
    ["2026-06-01", "令和8年6月1日", "R8.6.1", "２０２６年６月１日", "Ｒ８．６．１", "2026/6/1", " 2026-6-1 "],
)
def test_the_day_may_be_typed_as_people_write_it(mitasu: Command, sample: Sample, day: str) -> None:
    ran = mitasu("judge", sample("paper-clinic"), "--on", day, "--json")
    assert ran.status == 0
    assert '"on": "2026-06-01"' in ran.out


@pytest.mark.parametrize("month", ["2025-04", "令和7年4月", "R7.4", "２０２５－０４"])
def test_the_month_may_be_typed_as_people_write_it(mitasu: Command, sample: Sample, month: str) -> None:
    ran = mitasu("judge", sample("paper-clinic"), "--from", month, "--to", month, "--json")
    assert ran.status == 0
    assert '"from": "2025-04"' in ran.out
