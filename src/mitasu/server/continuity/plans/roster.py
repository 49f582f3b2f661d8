"""Rosters in: who was asked to a training and who attended, from a CSV file (UTF-8 or cp932), every fault by its row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mitasu.dates import parse_date
from mitasu.errors import InputError, Problem
from mitasu.text import halfwidth, nearest

COLUMNS = {
    "code": ("職員番号", "職員コード", "番号"),
    "name": ("氏名", "名前", "職員名"),
    "department": ("所属", "部署", "部門"),
    "attended": ("出席", "出欠", "受講"),
    "on": ("受講日", "出席日", "修了日"),
}
HEAD = "職員番号,氏名,所属,出席,受講日"
YES = ("はい", "○", "〇", "出席", "受講", "済", "1")
NO = ("いいえ", "×", "欠席", "未受講", "未", "0", "")
MOST_BYTES, MOST_ROWS = 2_000_000, 5_000


@dataclass(frozen=True, slots=True)
class Person:
    """A row of a roster; `attended_on` None: not attended."""

    code: str
    name: str
    department: str
    attended_on: date | None


def read_roster(content: bytes, name: str, held_on: date, today: date) -> list[Person]:
    """The people of a roster; attended without a day counts for `held_on`. InputError with every fault."""
    rows = list(_rows(decoded(content, name), name))
    if not rows:
        raise InputError(Problem("表に行がありません。", name))
    columns = _columns(rows[0][1], name)
    problems: list[Problem] = []
    found: list[Person] = []
    seen: dict[tuple[str, ...], int] = {}
    for line, cells in rows[1:]:
        text = {
            key: halfwidth(cells[column]).strip() if column < len(cells) else ""
            for key, column in columns.items()
        }
        if not any(text.values()):
            continue
        person = _person(text, line, name, held_on, today, problems)
        if person is None:
            continue
        key = ("code", person.code) if person.code else ("name", person.name, person.department)
        if key in seen:
            told = f"「{person.code or person.name}」は{seen[key]}行目にもあります。一人一行にしてください。"
            problems.append(Problem(told, name, line))
        seen[key] = line
        found.append(person)
    if not found and not problems:
        problems.append(Problem("見出しの下に行がありません。", name, rows[0][0]))
    if problems:
        raise InputError(problems)
    return found


def decoded(content: bytes, name: str) -> str:
    """The text of a file in UTF-8 or cp932; InputError otherwise."""
    if len(content) > MOST_BYTES:
        raise InputError(Problem(f"ファイルが大きすぎます（{MOST_BYTES:,}バイトまで）。", name))
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if any(ord(letter) < 32 and letter not in "\t\r\n" for letter in text):
            break
        return text
    raise InputError(Problem("UTF-8でもShift_JISでも読めません。CSV（UTF-8）で保存し直してください。", name))


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        for count, cells in enumerate(reader):
            if count > MOST_ROWS:
                raise InputError(Problem(f"行が多すぎます（{MOST_ROWS:,}行まで）。", name))
            yield reader.line_num, cells
    except csv.Error:
        raise InputError(
            Problem(
                "CSVとして読めません（引用符の対応がおかしいか、長すぎる欄があります）。",
                name,
                reader.line_num,
            )
        ) from None


def _columns(heads: list[str], name: str) -> dict[str, int]:
    known = {word: key for key, words in COLUMNS.items() for word in words}
    columns: dict[str, int] = {}
    for index, head in enumerate(heads):
        key = known.get(halfwidth(head).strip())
        if key is not None:
            columns.setdefault(key, index)
    lacking = [COLUMNS[key][0] for key in ("name", "attended") if key not in columns]
    if lacking:
        near = next(
            (found for head in heads if head and (found := nearest(halfwidth(head).strip(), known))), None
        )
        told = f"「{'、'.join(lacking)}」の列がありません。見出しは「{HEAD}」です。"
        raise InputError(Problem(told, name, 1, nearest=near))
    return columns


def _person(
    text: dict[str, str], line: int, name: str, held_on: date, today: date, problems: list[Problem]
) -> Person | None:
    told = []
    if not text["name"]:
        told.append("氏名がありません。")
    attended, day, on = text["attended"], text.get("on", ""), None
    if attended not in (*YES, *NO):
        told.append(f"出席「{attended}」は読めません。「はい」か「いいえ」（○、×でもよい）にしてください。")
    try:
        on = parse_date(day) if day else held_on if attended in YES else None
    except ValueError as error:
        told.append(str(error))
    else:
        if day and attended in NO:
            told.append(f"出席が「{attended or '空'}」なのに受講日があります。どちらかを直してください。")
        elif on is not None and on > today:
            told.append("受講日が今日より後です。")
    if told:
        problems += [Problem(one, name, line) for one in told]
        return None
    return Person(text.get("code", "")[:40], text["name"][:100], text.get("department", "")[:100], on)
