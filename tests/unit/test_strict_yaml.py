"""YAML and JSON read strictly: every refusal tells file and line, every value is what it looks like."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.errors import InputError, Problem
from mitasu.rules.strict_yaml import MAX_BYTES, MAX_DEPTH, NoDay, decode, line_of, read, read_file


def refused(text: str, *, json: bool = False) -> Problem:
    """The one problem for which a text is refused."""
    with pytest.raises(InputError) as caught:
        read(text, "a.yaml", json=json)
    (problem,) = caught.value.problems
    assert problem.file == "a.yaml"
    return problem


def file_refused(path: Path) -> Problem:
    with pytest.raises(InputError) as caught:
        read_file(path)
    (problem,) = caught.value.problems
    assert problem.file == str(path)
    return problem


# ---- what values mean ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("True", True),
        ("TRUE", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-0", 0),
        ("+3", 3),
        ("-12", -12),
        ("999999999999999999", 999_999_999_999_999_999),
        ("44.9", Decimal("44.9")),
        ("44.90", Decimal("44.90")),
        ("5.", Decimal(5)),
        ("1e3", Decimal(1000)),
        ("2025-04-01", date(2025, 4, 1)),
        ("'010'", "010"),
        ('"yes"', "yes"),
        ("'2025-04-01'", "2025-04-01"),
        ("12:30", "12:30"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        (".5", ".5"),
        ("2025-4-1", "2025-4-1"),
        ("2025-04-01T09:00:00", "2025-04-01T09:00:00"),
        ("45%", "45%"),
        ("=", "="),
        ("電子処方箋", "電子処方箋"),
        ("|\n  on\n  off\n", "on\noff\n"),
        (">-\n  yes\n", "yes"),
        ("[1, two, 3.0]", [1, "two", Decimal("3.0")]),
        ("{}", {}),
        ("[]", []),
    ],
)
def test_a_value_is_what_it_looks_like(text: str, value: object) -> None:
    found = read(f"key: {text}", "a.yaml")["key"]
    assert found == value
    assert type(found) is type(value) or isinstance(found, dict | list)


@pytest.mark.parametrize("text", ["2025-02-29", "2025-02-30", "2025-13-01", "0000-01-01", "2025-04-00"])
def test_a_day_that_does_not_exist_is_left_to_whoever_wants_a_day(text: str) -> None:
    found = read(f"key: {text}", "a.yaml")["key"]
    assert (found, type(found)) == (text, NoDay)
    assert type(read(f'key: "{text}"', "a.yaml")["key"]) is str


def test_keys_are_words_even_where_yaml_sees_more_in_them() -> None:
    assert list(read("on: 1\nyes: 2\n010: 3\n2025-04-01: 4\nnull: 5\n1: 6", "a.yaml")) == [
        "on",
        "yes",
        "010",
        "2025-04-01",
        "null",
        "1",
    ]


def test_a_number_with_a_point_stays_exact() -> None:
    assert str(read("rate: 0.1000000000000000055", "a.yaml")["rate"]) == "0.1000000000000000055"


def test_a_document_may_begin_and_end_with_its_marks() -> None:
    assert read("%YAML 1.1\n---\na: 1\n...\n", "a.yaml") == {"a": 1}


def test_a_document_may_be_a_list_or_a_word() -> None:
    assert read("- 1\n- 2\n", "a.yaml") == [1, 2]
    assert read("word", "a.yaml") == "word"


def test_a_byte_order_mark_and_windows_line_ends_are_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    found = read_file(path)
    assert (found, found.lines) == ({"a": 1, "b": 2}, {"a": 1, "b": 2})


# ---- where values stand -------------------------------------------------------------------------------


def test_mappings_and_lists_know_their_lines() -> None:
    found = read("# a comment\nfacts:\n  posted: true\n  beds: 19\nrows:\n  - 1\n\n  - {a: 2}\n", "a.yaml")
    assert (line_of(found), line_of(found, "facts"), line_of(found, "rows")) == (2, 2, 5)
    assert (line_of(found["facts"], "posted"), line_of(found["facts"], "beds")) == (3, 4)
    assert (line_of(found["rows"], 0), line_of(found["rows"], 1)) == (6, 8)
    assert line_of(found["rows"][1], "a") == 8


def test_a_key_or_item_that_is_not_there_has_the_line_of_the_whole() -> None:
    found = read("first: 1\nfacts:\n  posted: true\nrows:\n  - 1", "a.yaml")
    assert line_of(found["facts"], "beds") == 3
    assert line_of(found["rows"], 7) == line_of(found["rows"]) == 5


def test_plain_values_have_no_line() -> None:
    assert line_of({"a": 1}, "a") is None
    assert line_of("word") is None


# ---- refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "「a」が二度書かれています（一度目は1行目）。"),
        ("rows:\n  - {b: 1}\n  - {b: 1, b: 2}\n", 3, "「b」が二度書かれています（一度目は3行目）。"),
        ('"a": 1\na: 2\n', 2, "「a」が二度書かれています（一度目は1行目）。"),
        ("a: 1\nb: &kept 2\n", 2, "アンカー（&）は使えません。"),
        ("a: &kept\n  b: 1\n", 1, "アンカー（&）は使えません。"),
        ("a: &kept [1]\n", 1, "アンカー（&）は使えません。"),
        ("a: 1\nb: *kept\n", 2, "別名（*）は使えません。"),
        ("- *kept\n", 1, "別名（*）は使えません。"),
        ("a: 1\n<<: {b: 2}\n", 2, "取り込み（<<）は使えません。"),
        ("a: 1\n<<: *kept\n", 2, "取り込み（<<）は使えません。"),
        ("a: 1\n? [b]\n: 2\n", 2, "項目名は文字で書いてください。"),
        ("? {b: 1}\n: 2\n", 1, "項目名は文字で書いてください。"),
        ("&kept a: 1\n", 1, "項目名は文字で書いてください。"),
        ("!!str a: 1\n", 1, "項目名は文字で書いてください。"),
        ("*kept : 1\n", 1, "項目名は文字で書いてください。"),
        ("a: 1\nb: !!str 2\n", 2, "タグ（tag:yaml.org,2002:str）は使えません。"),
        ("a: !local 2\n", 1, "タグ（!local）は使えません。"),
        ('a: ! "2"\n', 1, "タグ（!）は使えません。"),
        ("a: ! 2\n", 1, "タグ（!）は使えません。"),
        ("a: !!set {b, c}\n", 1, "タグ（tag:yaml.org,2002:set）は使えません。"),
        ("a: !!binary aGVsbG8=\n", 1, "タグ（tag:yaml.org,2002:binary）は使えません。"),
        (
            "a: 1\nb: !!python/object/apply:os.system [ls]\n",
            2,
            "タグ（tag:yaml.org,2002:python/object/apply:os.system）は使えません。",
        ),
        ("a: !!python/name:os.system\n", 1, "タグ（tag:yaml.org,2002:python/name:os.system）は使えません。"),
        ("a: 1\n---\nb: 2\n", 2, "文書が二つ以上あります（---）。一つにしてください。"),
        ("a: 1234567890123456789\n", 1, "「1234567890123456789…」は大きすぎます。"),
    ],
)
def test_what_could_be_misread_is_refused_with_its_line(text: str, line: int, message: str) -> None:
    problem = refused(text)
    assert problem.line == line
    assert problem.message.startswith(message)


@pytest.mark.parametrize("word", ["yes", "Yes", "YES", "no", "No", "on", "ON", "off", "Off", "y", "N"])
def test_words_that_yaml_takes_for_truth_are_refused(word: str) -> None:
    problem = refused(f"a: 1\nb: {word}\n")
    assert problem.line == 2
    assert problem.message.startswith(f"「{word}」は真偽か文字か分かりません。true / false、または引用符")


@pytest.mark.parametrize("number", ["010", "00", "-07", "+08", "0123456789"])
def test_a_number_that_begins_with_zero_is_refused(number: str) -> None:
    problem = refused(f"a: 1\ncode: {number}\n")
    assert problem.line == 2
    assert problem.message == (
        f'「{number}」は0で始まる数です。番号なら引用符を付けてください（"{number}"）。'
    )


@pytest.mark.parametrize(
    "number", [".nan", ".NaN", "NaN", "nan", ".inf", "-.inf", "+.INF", "inf", "Infinity"]
)
def test_nan_and_infinity_are_refused(number: str) -> None:
    problem = refused(f"a: 1\nrate: {number}\n")
    assert (problem.line, problem.message) == (
        2,
        f"「{number}」は数ではありません。分からない値は書かないでください。",
    )


@pytest.mark.parametrize("text", ["", " \n\n", "# only a comment\n", "---\n", "null\n", "~"])
def test_an_empty_document_is_refused(text: str) -> None:
    assert refused(text).message == "ファイルが空です。"


@pytest.mark.parametrize("text", ["a:\n\t- b\n", "a: 1\n\tb: 2\n", "a:\n  \tb: 2\n"])
def test_a_tab_as_indentation_is_refused_and_named(text: str) -> None:
    problem = refused(text)
    assert (problem.line, problem.message) == (
        2,
        "YAMLとして読めません（字下げにタブは使えません。空白を使ってください）。",
    )


def test_a_tab_elsewhere_is_not_blamed_for_another_fault() -> None:
    problem = refused('note: "a\tb"\nb: @x\n')
    assert problem.line == 2
    assert "タブ" not in problem.message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [1, 2\nc: 3\n", 3),
        ("a: 1\n  b: 2\n", 2),
        ("a: 1\nb: 'open\n", 3),
        ("a: 1\nb: @x\n", 2),
        ("a: 1\nb\n", 3),
        ("a: {b: 1\n", 2),
    ],
)
def test_broken_yaml_is_refused_at_its_line(text: str, line: int) -> None:
    problem = refused(text)
    assert problem.line == line
    assert problem.message.startswith("YAMLとして読めません（")


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b"])
def test_a_control_character_is_refused_at_its_line(character: str) -> None:
    problem = refused(f"名前: 見本\nb: {character}x\n")
    assert (problem.line, problem.message) == (
        2,
        "YAMLとして読めません（使えない文字（制御文字）があります）。",
    )


def test_nesting_may_be_deep_but_not_without_end() -> None:
    deepest = "[" * MAX_DEPTH + "1" + "]" * MAX_DEPTH
    found = read(deepest, "a.yaml")
    for _ in range(MAX_DEPTH):
        (found,) = found
    assert found == 1
    assert refused(f"[{deepest}]").message == "入れ子が深すぎます（40段まで）。"


def test_mappings_may_be_as_deep_as_lists() -> None:
    deepest = "{a: " * MAX_DEPTH + "1" + "}" * MAX_DEPTH
    assert str(read(deepest, "a.yaml")).count("a") == MAX_DEPTH
    assert refused(f"{{a: {deepest}}}").message == "入れ子が深すぎます（40段まで）。"


@pytest.mark.parametrize("mark", ["[", "{a: ", "- "])
def test_a_bomb_of_brackets_is_refused_at_once(mark: str) -> None:
    assert refused(mark * 10_000).message == "入れ子が深すぎます（40段まで）。"


# ---- encodings ----------------------------------------------------------------------------------------

SAMPLES = (
    "name: A\n名前: 見本内科クリニック\n",
    "name: A\nname2: 医療法人社団　山田歯科医院\nfacts: {}\n",
    "name: A\n名前: ひらがなとカタカナ\n",
    "name: A\n備考: 令和7年4月1日から、電子処方箋を発行する。\n",
)


@pytest.mark.parametrize("text", SAMPLES)
@pytest.mark.parametrize(
    ("encoding", "name"), [("cp932", "Shift_JIS"), ("shift_jis", "Shift_JIS"), ("euc_jp", "EUC-JP")]
)
def test_another_encoding_is_refused_and_named(text: str, encoding: str, name: str) -> None:
    with pytest.raises(InputError) as caught:
        decode(text.encode(encoding), "a.yaml")
    assert str(caught.value) == (
        f"a.yaml:2: {name}で保存されているようです。文字コードをUTF-8にして保存し直してください。"
    )


@pytest.mark.parametrize("text", [*SAMPLES, "a: 1\nname: 東京\n"])
def test_utf_16_is_refused_and_named(text: str) -> None:
    with pytest.raises(InputError, match=r"^a\.yaml:1: UTF-16で保存されているようです。"):
        decode(text.encode("utf-16"), "a.yaml")


def test_the_machine_dependent_characters_of_windows_are_known_as_shift_jis() -> None:
    with pytest.raises(InputError, match="Shift_JIS"):
        decode("名前: ①髙橋㈱\n".encode("cp932"), "a.yaml")


def test_bytes_of_no_known_encoding_are_refused() -> None:
    with pytest.raises(InputError, match=r"^a\.yaml:2: UTF-8ではありません。文字コードを"):
        decode(b"a: 1\nb: \x80\x81\xff\xfe\x00", "a.yaml")


def test_jis_is_refused_for_its_control_characters() -> None:
    assert refused("a: 1\n名前: 見本\n".encode("iso2022_jp").decode("ascii")).line == 2


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused_as_input(data: bytes) -> None:
    with suppress(InputError):  # any other exception is a failure
        read(decode(data, "a.yaml"), "a.yaml")


@given(st.text(alphabet=" \t\n-:?,[]{}#&*!|>'\"%@`aé１日0.9~<=\\", max_size=40))
def test_any_text_is_read_or_refused_as_input(text: str) -> None:
    for as_json in (False, True):
        with suppress(InputError):
            read(text, "a.yaml", json=as_json)


# ---- JSON ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.json", "A.JSON"])
def test_json_is_read_by_the_same_reader(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text('{"a": 1,\n\t"b": [true, null, 2.5],\n\t"c": {"on": "yes"}}', encoding="utf-8")
    found = read_file(path)
    assert found == {"a": 1, "b": [True, None, Decimal("2.5")], "c": {"on": "yes"}}
    assert (line_of(found, "a"), line_of(found, "b"), line_of(found["c"], "on")) == (1, 2, 3)


@pytest.mark.parametrize("indent", [None, 2, "\t"])
@pytest.mark.parametrize("as_ascii", [True, False])
def test_what_python_writes_as_json_is_read_back(indent: int | str | None, as_ascii: bool) -> None:
    value = {
        "名前": "𠮷野家 髙橋",
        "path": "C:\\u3042\\n",
        "quote": '"',
        "tab": "a\tb",
        "slash": "a/b",
        "none": None,
    }
    text = json.dumps(value, ensure_ascii=as_ascii, indent=indent)
    assert read(text, "a.json", json=True) == value


def test_only_json_joins_two_escapes_to_one_character(tmp_path: Path) -> None:
    text = '{"name": "\\ud842\\udfb7野"}'
    for name in ("a.json", "a.yaml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read_file(tmp_path / "a.json") == {"name": "𠮷野"}
    assert file_refused(tmp_path / "a.yaml").line == 1


def test_compact_json_and_escaped_slashes_are_read() -> None:
    assert read('{"a":1,"b":"x\\/y","c":[1,2]}', "a.json", json=True) == {"a": 1, "b": "x/y", "c": [1, 2]}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"a": 1,\n "a": 2}', 2, "「a」が二度書かれています（一度目は1行目）。"),
        ('{"a": NaN}', 1, "「NaN」は数ではありません。"),
        ('{"a": 1,\n "b": -Infinity}', 2, "「-Infinity」は数ではありません。"),
        ('{"a": 010}', 1, "「010」は0で始まる数です。"),
        ('{"a": [1, 2}', 1, "YAMLとして読めません"),
    ],
)
def test_json_is_refused_for_the_same_reasons(text: str, line: int, message: str) -> None:
    problem = refused(text, json=True)
    assert problem.line == line
    assert problem.message.startswith(message)


def test_half_a_pair_of_escapes_is_refused() -> None:
    assert refused('{"a": "\\ud83d"}', json=True).line == 1


# ---- files --------------------------------------------------------------------------------------------


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert file_refused(tmp_path / "missing.yaml").message == "ファイルがありません。"


def test_a_directory_is_refused(tmp_path: Path) -> None:
    assert file_refused(tmp_path).message == "フォルダーです。ファイルの名前を書いてください。"


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf \n")
    assert file_refused(path).message == "ファイルが空です。"


def test_a_file_beyond_20_mb_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1_000_000)
    assert file_refused(path).message == "ファイルが大きすぎます（21 MB）。20 MBまで読めます。"


def test_a_file_of_just_20_mb_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n" + b" " * (MAX_BYTES - 5))
    assert read_file(path) == {"a": 1}


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a: 1")
    path.chmod(0)
    user = os.geteuid()
    if user == 0:  # root may read everything, so the file is read as nobody
        os.seteuid(65534)
    try:
        assert file_refused(path).message == "読む権限がありません。"
    finally:
        os.seteuid(user)


def test_a_name_that_no_file_can_have_is_refused() -> None:
    assert file_refused(Path("a\0.yaml")).message.startswith("ファイルを読めません（")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [\n", "かっこが閉じられて"),
        ("a: [1, 2}\n", "かっこが閉じられて"),
        ("a: b: c\n", "「:」をここに書けません"),
        ("a:\n  b: 1\n c: 2\n", "字下げが前の行と合っていません"),
        ('a: "b\n', "引用符が閉じられていません"),
        ("a: 1\nb\n", "「:」がありません"),
        ("a: %x\n", "字下げや記号を確かめてください"),
    ],
)
def test_what_is_no_yaml_is_told_in_japanese(text: str, told: str) -> None:
    message = refused(text).message
    assert told in message
    assert not any(letter.islower() and letter.isascii() for letter in message), "no words of the library"
