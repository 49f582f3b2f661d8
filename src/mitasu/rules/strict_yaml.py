"""YAML read strictly: only what a rule or an institution file needs, with the line of everything.

YAML 1.1 turns `on` into true, `010` into 8 and `12:30` into 750, keeps the last of two equal keys in
silence and can run code by tags. Here scalars follow a small table, duplicate keys, anchors, aliases,
tags, NaN and infinity are refused, numbers with a point stay exact (`Decimal`), and every mapping and
list remembers its lines, so that each later error can say where. JSON is read by the same reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import ReaderError

from mitasu.errors import InputError, Problem

MAX_BYTES = 20_000_000
MAX_DEPTH = 40

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it is there: eight times faster
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")
_DECIMAL = re.compile(r"[-+]?[0-9]+\.[0-9]*([eE][-+]?[0-9]{1,3})?|[-+]?[0-9]+[eE][-+]?[0-9]{1,3}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NOT_A_NUMBER = re.compile(r"[-+]?\.?(inf|nan|infinity)", re.IGNORECASE)
_DOUBTFUL = {"yes", "no", "on", "off", "y", "n"}
_PAIR = re.compile(r"\\\\|\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
# Strict encodings before lenient ones: almost any bytes pass as Shift_JIS, and any even number as UTF-16.
_ENCODINGS = (("euc_jp", "EUC-JP"), ("cp932", "Shift_JIS"), ("utf-16", "UTF-16"))


class NoDay(str):
    """A word that looks like an ISO day but is none (2025-02-30).

    Whoever wants a day says so and goes on with the next fault; a text it is not.
    """

    __slots__ = ()


class Table(dict[str, Any]):
    """A mapping that knows the line of each key; `line` is where it begins."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Rows(list[Any]):
    """A list that knows the line of each item; `line` is where it begins."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int = 0) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def line_of(value: object, key: str | int | None = None) -> int | None:
    """The line of a value read from a file, or of one key or item of it; None for plain Python values."""
    if isinstance(value, Table):
        return value.lines.get(key, value.line) if isinstance(key, str) else value.line
    if isinstance(value, Rows):
        return value.lines[key] if isinstance(key, int) and key < len(value.lines) else value.line
    return None


def read_file(path: str | Path) -> Any:
    """The content of a YAML or JSON file; InputError where it cannot be read strictly."""
    path = Path(path)
    try:
        size = path.stat().st_size
        data = path.read_bytes() if size <= MAX_BYTES else b""
    except IsADirectoryError:
        raise InputError(Problem("フォルダーです。ファイルの名前を書いてください。", str(path))) from None
    except FileNotFoundError:
        raise InputError(Problem("ファイルがありません。", str(path))) from None
    except PermissionError:
        raise InputError(Problem("読む権限がありません。", str(path))) from None
    except (OSError, ValueError) as error:
        raise InputError(Problem(f"ファイルを読めません（{error}）。", str(path))) from None
    if size > MAX_BYTES:
        told = f"ファイルが大きすぎます（{size // 1_000_000} MB）。{MAX_BYTES // 1_000_000} MBまで読めます。"
        raise InputError(Problem(told, str(path)))
    return read(decode(data, str(path)), str(path), json=path.suffix.lower() == ".json")


def decode(data: bytes, name: str) -> str:
    """Bytes as UTF-8 text (a BOM is dropped); another encoding is named in the error."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        guess = "UTF-8ではありません。"
        marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        for encoding, label in _ENCODINGS[-1:] if marked else _ENCODINGS:
            try:
                data.decode(encoding)
            except (UnicodeDecodeError, UnicodeError):
                continue
            guess = f"{label}で保存されているようです。"
            break
        raise InputError(
            Problem(f"{guess}文字コードをUTF-8にして保存し直してください。", name, line)
        ) from None
    if not text.strip():
        raise InputError(Problem("ファイルが空です。", name))
    return text


def read(text: str, name: str, *, json: bool = False) -> Any:
    """The content of YAML (or JSON) text as Table, Rows and scalars; InputError with file and line otherwise.

    >>> read("a: {on: 2025-04-01, rate: 44.9}", "x.yaml")
    {'a': {'on': datetime.date(2025, 4, 1), 'rate': Decimal('44.9')}}
    """
    if json:
        text = text.replace("\t", " ")  # white space in JSON, refused as indentation in YAML
        text = _PAIR.sub(_joined, text)  # one character in JSON, two broken ones in YAML
    reader = _Reader(name)
    try:
        return reader.document(yaml.parse(text, Loader=_Loader))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line: int | None = None if mark is None else mark.line + 1
        told = _told(str(getattr(error, "problem", None) or ""))
        if isinstance(error, ReaderError):
            line = text[: text.index(chr(error.character))].count("\n") + 1
            told = "使えない文字（制御文字）があります"
        elif "\t" in text and ("tab" in str(error) or _begins_with_tab(text, line)):
            told = "字下げにタブは使えません。空白を使ってください"
        raise InputError(Problem(f"YAMLとして読めません（{told}）。", name, line)) from None


FAULTS = (
    (
        "mapping values are not allowed",
        "「:」をここに書けません。字下げか、引用符の要る「:」がないかを確かめてください",
    ),
    ("expected ':'", "「:」がありません。「名前: 値」の形で書いてください"),
    ("did not find expected key", "字下げが前の行と合っていません"),
    ("expected <block end>", "字下げが前の行と合っていません"),
    ("did not find expected ',' or", "かっこが閉じられていないか、「,」がありません"),
    ("expected ',' or", "かっこが閉じられていないか、「,」がありません"),
    ("expected node content", "値が途中で終わっています。かっこが閉じられているかを確かめてください"),
    ("unexpected end of stream", "引用符が閉じられていません"),
    ("found undefined alias", "「*」で始まる値には引用符を付けてください"),
)
"""What the library says of a text that is no YAML, and what that means to whoever wrote it."""


def _told(problem: str) -> str:
    return next((words for said, words in FAULTS if said in problem), "字下げや記号を確かめてください")


def _begins_with_tab(text: str, line: int | None) -> bool:
    lines = text.split("\n")
    return line is not None and line <= len(lines) and re.match(r" *\t", lines[line - 1]) is not None


def _joined(match: re.Match[str]) -> str:
    """The character that a JSON pair of escapes stands for; anything else as it is."""
    if match[1] is None:
        return match[0]
    return bytes.fromhex(match[1] + match[2]).decode("utf-16-be")


class _Reader:
    """Builds values from parser events, one document, no aliases."""

    def __init__(self, name: str) -> None:
        self.name = name

    def refuse(self, message: str, event: Any) -> InputError:
        return InputError(Problem(message, self.name, event.start_mark.line + 1))

    def document(self, events: Iterator[Any]) -> Any:
        value: Any = None
        found = False
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if found:
                    raise self.refuse("文書が二つ以上あります（---）。一つにしてください。", event)
                value = self.value(next(events), events, 0)
                found = True
        if not found or value is None:
            raise InputError(Problem("ファイルが空です。", self.name))
        return value

    def value(self, event: Any, events: Iterator[Any], depth: int) -> Any:
        if isinstance(event, yaml.AliasEvent):
            raise self.refuse("別名（*）は使えません。値をそのまま書いてください。", event)
        if event.anchor is not None:
            raise self.refuse("アンカー（&）は使えません。値をそのまま書いてください。", event)
        if event.tag is not None:
            raise self.refuse(f"タグ（{event.tag}）は使えません。", event)
        if depth > MAX_DEPTH:
            raise self.refuse(f"入れ子が深すぎます（{MAX_DEPTH}段まで）。", event)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(event, events, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, events, depth)
        return self.scalar(event)

    def mapping(self, start: Any, events: Iterator[Any], depth: int) -> Table:
        table = Table(start.start_mark.line + 1)
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                return table
            if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None or event.tag is not None:
                raise self.refuse("項目名は文字で書いてください。", event)
            key = event.value
            if key == "<<":
                raise self.refuse("取り込み（<<）は使えません。値をそのまま書いてください。", event)
            if key in table:
                raise self.refuse(f"「{key}」が二度書かれています（一度目は{table.lines[key]}行目）。", event)
            table.lines[key] = _line(event)
            table[key] = self.value(next(events), events, depth + 1)
        raise AssertionError("the parser ends every mapping")

    def sequence(self, start: Any, events: Iterator[Any], depth: int) -> Rows:
        rows = Rows(start.start_mark.line + 1)
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                return rows
            rows.lines.append(_line(event))
            rows.append(self.value(event, events, depth + 1))
        raise AssertionError("the parser ends every sequence")

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if not event.implicit[0]:  # quoted or a block: text as it stands
            return text
        if text in ("", "~", "null", "Null", "NULL"):
            return None
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        if text.lower() in _DOUBTFUL:
            raise self.refuse(
                f"「{text}」は真偽か文字か分かりません。true / false、または引用符を付けて書いてください。",
                event,
            )
        if _INTEGER.fullmatch(text):
            if len(text) > 18:
                raise self.refuse(f"「{text[:20]}…」は大きすぎます。", event)
            return int(text)
        if _LEADING_ZERO.fullmatch(text):
            raise self.refuse(
                f'「{text}」は0で始まる数です。番号なら引用符を付けてください（"{text}"）。', event
            )
        if _DECIMAL.fullmatch(text):
            return Decimal(text)
        if _NOT_A_NUMBER.fullmatch(text):
            raise self.refuse(f"「{text}」は数ではありません。分からない値は書かないでください。", event)
        if _DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                return NoDay(text)
        return text
