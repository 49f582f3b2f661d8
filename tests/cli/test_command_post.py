"""`mitasu post`: what to post as a list, a poster, HTML or text; and the check of a page that was published."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from clerk import Command, Sample, Write

ON = ("--on", "2026-11-22")


def test_each_sentence_is_told_with_the_requirement_and_its_source(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("post", sample("paper-clinic"), *ON)
    assert (ran.status, ran.err) == (0, "")
    for told in (
        "電子的診療情報連携体制整備加算3（初診4点・再診2点）を算定しています。",
        "院内掲示: 電子的診療情報連携体制整備加算3の要件「院内掲示」（満たす）",
        "ウェブサイト: 電子的診療情報連携体制整備加算3の要件「ウェブサイト掲載」（満たす）",
        "基本別添1第1の8の1(7)ウ",
        "参考です。",
    ):
        assert told in ran.out


def test_what_changes_with_the_month_has_its_day(mitasu: Command, sample: Sample) -> None:
    out = mitasu("post", sample("paper-clinic"), "--on", "2026-05-20").out
    assert "医療DX推進体制整備加算6（8点）を算定しています。　※2026-05-31まで" in out
    assert "電子的診療情報連携体制整備加算3（初診4点・再診2点）を算定しています。　※2026-06-01から" in out


def test_where_nothing_is_to_be_posted_it_says_so(mitasu: Command, write: Write) -> None:
    ran = mitasu("post", write("institution: {name: 見本, sector: medical, kind: clinic}\n"), *ON)
    assert (ran.status, ran.out) == (0, "見本: 令和8年11月22日に掲示する文はありません。\n")


def test_what_has_to_be_written_in_is_named_and_taken(mitasu: Command, sample: Sample) -> None:
    file = sample("childrens-clinic")
    assert "書き入れること: ネットワークの名称、" in mitasu("post", file, *ON).out
    ran = mitasu("post", file, *ON, "--fill", "network=みなと", "--fill", "partners=港中央病院", "--text")
    assert "「みなと」に参加し、港中央病院と" in ran.out
    wrong = mitasu("post", file, *ON, "--fill", "netwrk=みなと")
    assert (wrong.status, "network" in wrong.err) == (2, True)


def test_the_poster_the_html_and_the_text_are_written(
    mitasu: Command, sample: Sample, tmp_path: Path
) -> None:
    html, pdf = tmp_path / "page.html", tmp_path / "poster.pdf"
    ran = mitasu("post", sample("hospital"), *ON, "--html", html, "--pdf", pdf, "--size", "A3")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.splitlines() == [f"{html} に書き出しました。", f"{pdf} に書き出しました。"]
    assert html.read_text("utf-8").startswith('<section lang="ja"')
    assert pdf.read_bytes().startswith(b"%PDF-")
    text = mitasu("post", sample("hospital"), *ON, "--text").out
    assert "・当院は、電子処方箋に対応する医療機関です。" in text
    assert text.startswith("施設基準に関するお知らせ\n白樺記念病院\n")


def test_as_json_it_is_what_the_list_says(mitasu: Command, sample: Sample) -> None:
    found = json.loads(mitasu("post", sample("paper-clinic"), *ON, "--json").out)
    assert found["on"] == "2026-11-22"
    assert {row["id"] for row in found["postings"]} >= {
        "eis-name",
        "eis-information",
        "eis-card",
        "eis-statement",
    }
    assert found["postings"][1]["places"][0] == {
        "place": "wall",
        "requirement": "posted-in-facility",
        "label": "院内掲示",
        "status": "met",
        "until": None,
    }


@pytest.fixture
def published(mitasu: Command, sample: Sample, tmp_path: Path) -> Path:
    """The page of the paper clinic, as it should be."""
    file = tmp_path / "page.html"
    mitasu("post", sample("paper-clinic"), *ON, "--html", file)
    return file


def test_a_page_as_it_should_be_passes(mitasu: Command, sample: Sample, published: Path) -> None:
    ran = mitasu("post", sample("paper-clinic"), *ON, "--check", published)
    assert (ran.status, ran.err) == (0, "")
    assert "直すところはありません。" in ran.out


def test_a_page_that_lacks_a_sentence_or_has_an_old_one_is_told_with_status_1(
    mitasu: Command, sample: Sample, published: Path
) -> None:
    lines = [line for line in published.read_text("utf-8").splitlines() if "明細書" not in line]
    published.write_text("\n".join(lines).replace("整備加算3", "整備加算1"), "utf-8")
    ran = mitasu("post", sample("paper-clinic"), *ON, "--check", published)
    assert ran.status == 1
    assert "✕ ない　当院では、算定した項目と金額の分かる明細書を、無償でお渡ししています。" in ran.out
    assert "要件「院内掲示」、「ウェブサイト掲載」" in ran.out
    assert "△ 古い　当院は、電子的診療情報連携体制整備加算1" in ran.out
    assert "いま算定できるのは電子的診療情報連携体制整備加算3です。" in ran.out
    assert "直すところ: 2" in ran.out
    found = json.loads(mitasu("post", sample("paper-clinic"), *ON, "--check", published, "--json").out)
    assert found["drift"] == 2
    assert [row["named"] for row in found["stale"]] == ["電子的診療情報連携体制整備加算1"]


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (("--size", "B5"), 2, "A4かA3"),
        (("--pdf", "x.pdf", "--url", "example.jp"), 2, "https:// から"),
        (("--check", "nowhere.html"), 3, "nowhere.html"),
        (("--fill", "network"), 2, "NAME=TEXT"),
        (("--pdf", "no/such/folder/x.pdf"), 3, "書き込めません"),
        (("--html", "no/such/folder/x.html"), 3, "書き込めません"),
    ],
)
def test_wrong_use_is_told(
    mitasu: Command, sample: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...], status: int, told: str,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    ran = mitasu("post", sample("paper-clinic"), *ON, *arguments)
    assert (ran.status, ran.out) == (status, "")
    assert told in ran.err
    assert list(tmp_path.iterdir()) == []
