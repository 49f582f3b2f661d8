"""A file that cannot be read at all is refused in a sentence, with the line where there is one."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from institution_files import HEAD, Faults, Read

from mitasu.errors import InputError
from mitasu.facts import load_institution
from mitasu.rulebook import Rulebook

Refusal = Callable[..., str]


@pytest.fixture
def refusal(tmp_path: Path, rulebook: Rulebook) -> Refusal:
    """What is said of a file (with these bytes) that is refused for one reason, from the line on."""

    def refuse(path: Path | str, data: bytes | None = None) -> str:
        target = tmp_path / path
        if data is not None:
            target.write_bytes(data)
        with pytest.raises(InputError) as raised:
            load_institution(target, rulebook)
        (problem,) = raised.value.problems
        assert problem.file == str(target)
        return str(problem).removeprefix(str(target))

    return refuse


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"   ", b"\xef\xbb\xbf", b"# only a remark\n", b"---\n", b"null\n", b"~"]
)
def test_an_empty_file_is_called_empty(refusal: Refusal, data: bytes) -> None:
    assert refusal("empty.yaml", data) == ": ファイルが空です。"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp932", "Shift_JIS"), ("shift_jis", "Shift_JIS"), ("euc_jp", "EUC-JP"), ("utf-16", "UTF-16")],
)
def test_a_file_in_another_encoding_names_it(refusal: Refusal, encoding: str, name: str) -> None:
    text = HEAD + "facts:\n  online_claims: true   # オンライン請求をしている\n"
    assert f"{name}で保存されているようです。" in refusal("clinic.yaml", text.encode(encoding))


def test_a_file_in_another_encoding_names_the_first_line_that_is_not_utf_8(refusal: Refusal) -> None:
    text = "institution:\n  sector: medical\n  name: 見本内科\n"
    assert refusal("clinic.yaml", text.encode("cp932")).startswith(":3: ")


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    assert load_institution(path, rulebook).name == "見本内科"


def test_a_file_with_windows_line_ends_is_read(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes((HEAD + "facts:\n  beds: 3\n  onlin_claims: true\n").replace("\n", "\r\n").encode())
    with pytest.raises(InputError, match=r"clinic.yaml:7: "):
        load_institution(path, rulebook)


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path, refusal: Refusal) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    assert refusal("huge.yaml") == ": ファイルが大きすぎます（50 MB）。20 MBまで読めます。"


@pytest.mark.parametrize(
    ("text", "told", "line"),
    [
        ("facts: &a\n  beds: 1\n", "アンカー（&）", 5),
        ("facts:\n  beds: &b 1\n", "アンカー（&）", 6),
        ("facts: *a\n", "別名（*）", 5),
        ("facts: !!python/object/apply:os.system [echo]\n", "タグ", 5),
        ("facts:\n  beds: !!int 3\n", "タグ", 6),
        ("facts:\n  beds: !!python/name:os.system\n", "タグ", 6),
        ("facts:\n  <<: {beds: 1}\n", "取り込み（<<）", 6),
        ("facts:\n  beds: 1\n  beds: 2\n", "「beds」が二度書かれています（一度目は6行目）", 7),
        ("facts: {beds: 1}\nfacts: {beds: 2}\n", "「facts」が二度", 6),
        ("facts:\n  online_claims: yes\n", "true / false", 6),
        ("facts:\n  online_claims: no\n", "true / false", 6),
        ("facts:\n\tbeds: 1\n", "タブ", 6),
        ("facts: {beds: 1\n", "YAMLとして読めません", 6),
        ("facts:\n  beds: 1\n beds: 2\n", "YAMLとして読めません", 7),
        ("---\nfacts: {}\n", "文書が二つ以上", 5),
        ("facts:\n  beds: 010\n", "0で始まる数", 6),
        ("facts:\n  beds: 9999999999999999999999\n", "大きすぎます", 6),
        ("facts: \x00\n", "使えない文字", 5),
        ("? [a]\n: 1\n", "項目名は文字", 5),
    ],
)
def test_what_yaml_can_do_beyond_data_is_refused_with_its_line(
    faults: Faults, text: str, told: str, line: int
) -> None:
    (problem,) = faults(text)
    assert told in problem.message
    assert problem.line == line


def test_a_tag_runs_nothing(faults: Faults, tmp_path: Path) -> None:
    proof = tmp_path / "ran"
    faults(f"facts: !!python/object/apply:os.mkdir [{proof}]\n")
    assert not proof.exists()


def test_nesting_without_end_is_refused(faults: Faults) -> None:
    (problem,) = faults("facts: " + "[" * 5000 + "]" * 5000)
    assert "入れ子が深すぎます" in problem.message


def test_a_json_file_is_read_as_well(read: Read) -> None:
    document = {
        "institution": {"name": "見本内科", "code": "1311234567", "sector": "medical", "kind": "clinic"},
        "facts": {"online_claims": True, "e_prescription": [{"from": "2025-04-01", "value": False}]},
        "series": {"card_use_rate_receipts": {"2025-03": 45.5}},
        "events": {"bcp_drill": []},
        "people": None,
        "filings": [{"item": "home-care-dx", "level": "1", "accepted": "令和7年4月1日"}],
    }
    found = read(json.dumps(document, indent="\t"), head="", name="clinic.json")
    assert found.series["card_use_rate_receipts"] == {"2025-03": 455_000}
    assert found.people is None
    assert found.filings is not None
    assert found.filings[0].accepted == read(json.dumps(document), head="", name="b.yaml").filings[0].accepted  # type: ignore[index]  # there is one


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            '{"institution": {"name": "x", "sector": "medical", "kind": "clinic"},\n "facts": {"beds": NaN}}',
            2,
        ),
        ('{"institution": {"name": "x", "sector": "medical", "kind": "clinic"},\n "facts": {"bed": 1}}', 2),
        ('{"institution": {"name": "x", "sector": "medical", "kind": "clinic"},\n "institution": {}}', 2),
        ('{"institution": {"name": "x",\n', 2),
    ],
)
def test_a_fault_in_a_json_file_has_its_line_too(faults: Faults, text: str, line: int) -> None:
    assert [problem.line for problem in faults(text, head="", name="clinic.json")] == [line]


def test_a_directory_is_called_one(refusal: Refusal) -> None:
    assert "フォルダーです" in refusal(".")


def test_a_missing_file_is_called_missing(refusal: Refusal) -> None:
    assert refusal("nowhere.yaml") == ": ファイルがありません。"


def test_a_file_below_a_file_is_no_file(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("x")
    assert "ファイルを読めません" in refusal("a.yaml/b.yaml")


def test_a_name_that_is_too_long_is_refused(refusal: Refusal) -> None:
    assert "ファイルを読めません" in refusal("a" * 300 + ".yaml")


def test_a_link_to_itself_is_refused(refusal: Refusal, tmp_path: Path) -> None:
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    assert "ファイルを読めません" in refusal("loop.yaml")


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, rulebook: Rulebook) -> None:
    path = tmp_path / "secret.yaml"
    path.write_text(HEAD)
    path.chmod(0)
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        with pytest.raises(InputError, match="読む権限がありません"):
            load_institution(path, rulebook)
    finally:
        os.seteuid(was)
