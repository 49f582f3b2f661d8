"""Reading a master: which kind it is, of which edition, and its rows, each checked by form.

The kind is told by the name of the file and held to the content; where both part ways nothing is imported.
Rows come one by one, so that the largest table needs no more memory than its text.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from mitasu.claims.masters.archive import contents
from mitasu.claims.masters.layouts import OPEN, Layout, layouts
from mitasu.errors import InputError, Problem, UsageError
from mitasu.text import nearest

MOST_FAULTS = 20
_STAMP = re.compile(r"(?<!\d)(20\d{2})(\d{2})(\d{2})(?!\d)")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its line in the file, what look-ups use, and every cell as it stood.

    `from_` and `until` are ISO days, "" where there is none or where no source names the column.
    """

    line: int
    code: str
    other: str
    name: str
    from_: str
    until: str
    cells: tuple[str, ...]

    def cell(self, position: int) -> str:
        """The cell of a column, counted from 1; "" where there is none."""
        return self.cells[position - 1] if 0 < position <= len(self.cells) else ""


@dataclass(frozen=True, slots=True)
class MasterFile:
    """A file that is a master: `place` names it in messages, `dated` is the day of its edition."""

    place: str
    name: str
    layout: Layout
    dated: date
    sha256: str
    text: str


def read_masters(path: Path, kind: str | None = None, dated: date | None = None) -> list[MasterFile]:
    """Every master in a file or zip; InputError where one is none, or not the kind it is said to be."""
    if kind is not None and kind not in layouts():
        near = nearest(kind, layouts())
        told = f"近いもの: {near}" if near else f"書けるもの: {'、'.join(layouts())}"
        raise UsageError(f"マスターの種類「{kind}」はありません。{told}")
    found: list[MasterFile] = []
    problems: list[Problem] = []
    for name, data in contents(path):
        place = str(path) if name == path.name else f"{path}（{name}）"
        try:
            text = _decoded(data, place)
            layout = _layout(name, text, place, kind)
            day = dated or _stamp(name) or _stamp(path.name)
            if day is None:
                told = "版の日付が名前にありません。--edition 2026-06-05 のように書き添えてください。"
                raise InputError(Problem(told, place))
            found.append(MasterFile(place, name, layout, day, hashlib.sha256(data).hexdigest(), text))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    return found


def rows_of(master: MasterFile) -> Iterator[Row]:
    """The rows of a master; after the last, or after many faults, InputError with every fault found."""
    reading = _Rows(master)
    yield from reading.rows()
    if reading.problems:
        raise InputError(reading.problems)


class _Rows:
    def __init__(self, master: MasterFile) -> None:
        self.layout, self.place = master.layout, master.place
        self.text = master.text
        self.problems: list[Problem] = []
        self.width = self.layout.width
        self.code, self.other = self.layout.code, self.layout.other

    def rows(self) -> Iterator[Row]:
        reader = csv.reader(StringIO(self.text, newline=""), strict=True)
        line = 0
        try:
            for cells in reader:
                line, first = reader.line_num, line + 1
                if not cells or cells == ["\x1a"]:  # an empty line, or the end mark of old systems
                    continue
                row = self._row(first, cells)
                if row is not None:
                    yield row
                elif len(self.problems) >= MOST_FAULTS:
                    self._fault(first, f"誤りが{MOST_FAULTS}を超えたので、ここで読むのをやめました。")
                    return
        except csv.Error as error:
            self._fault(reader.line_num, f"CSVとして読めません（{_in_words(error)}）。")
            return
        if line == 0 or not self.width:
            self._fault(None, "行がありません。")

    def _row(self, line: int, cells: list[str]) -> Row | None:
        layout = self.layout
        if not self.width:
            self.width = len(cells)
        if len(cells) != self.width or len(cells) < layout.least:
            least = f"{layout.least}以上" if not layout.width and len(cells) < layout.least else self.width
            self._fault(line, f"欄の数が違います（{len(cells)}。{layout.title}は{least}）。")
            return None
        if layout.nth and not self.code and not self._locate(line, cells):
            return None
        faults = len(self.problems)
        code, other = self._code(line, cells, self.code), self._code(line, cells, self.other)
        for column, words in layout.words.items():
            if cells[column - 1].strip() not in words:
                told = f"{layout.column(column)}（第{column}欄）が{'・'.join(words)}のどれでもありません（{cells[column - 1]}）。"
                self._fault(line, told)
        if layout.letter == "S" and cells[1].strip() != "S":
            self._fault(line, f"マスター種別（第2欄）が S ではありません（{cells[1]}）。")
        from_, until = self._day(line, cells, layout.from_), self._day(line, cells, layout.until)
        if len(self.problems) > faults:
            return None
        name = cells[layout.name - 1].strip() if layout.name else ""
        return Row(line, code, other, name, from_, until, tuple(cells))

    def _locate(self, line: int, cells: list[str]) -> bool:
        """Find the columns that are known by their form only."""
        form = [
            n for n, cell in enumerate(cells, 1) if re.fullmatch(rf"\d{{{self.layout.codes}}}", cell.strip())
        ]
        if len(form) < max(self.layout.nth.values()):
            told = f"{self.layout.codes}桁のコードの欄が足りません（{len(form)}。{max(self.layout.nth.values())}要ります）。"
            self._fault(line, told)
            return False
        self.code, self.other = form[self.layout.nth["code"] - 1], form[self.layout.nth["other"] - 1]
        return True

    def _code(self, line: int, cells: list[str], column: int) -> str:
        if not column:
            return ""
        code = cells[column - 1].strip()
        if not re.fullmatch(rf"\d{{{self.layout.codes}}}", code, re.ASCII):
            name = self.layout.column(column)
            self._fault(
                line, f"{name}（第{column}欄）が{self.layout.codes}桁の数字ではありません（{code[:20]}）。"
            )
        return code

    def _day(self, line: int, cells: list[str], column: int) -> str:
        """A day of validity as ISO text; "" where it is open."""
        written = cells[column - 1].strip() if column else ""
        if written in OPEN:
            return ""
        try:
            if len(written) != 8:
                raise ValueError
            return date(int(written[:4]), int(written[4:6]), int(written[6:])).isoformat()
        except ValueError:
            name = self.layout.column(column)
            self._fault(
                line, f"{name}（第{column}欄）が日付（20250401の形）ではありません（{written[:20]}）。"
            )
            return ""

    def _fault(self, line: int | None, message: str) -> None:
        self.problems.append(Problem(message, self.place, line))


def _decoded(data: bytes, place: str) -> str:
    """The text of a file in Shift_JIS (cp932); InputError that names the encoding it has instead."""
    if not data.strip(b"\r\n\t \x1a"):
        raise InputError(Problem("ファイルが空です。", place))
    told = "マスターは Shift_JIS（cp932）です。配布されたままのファイルを指定してください（Excelで開いて保存し直すと変わります）。"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(Problem(f"文字コードが UTF-16 です。{told}", place))
    if b"\0" in data[:4096]:
        raise InputError(
            Problem("文字のファイルではありません。マスターの CSV か zip を指定してください。", place)
        )
    if data.startswith(b"\xef\xbb\xbf") or (not data.isascii() and _is_utf8(data)):
        raise InputError(Problem(f"文字コードが UTF-8 です。{told}", place))
    try:
        return data.decode("cp932")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InputError(Problem(f"Shift_JIS として読めない字があります。{told}", place, line)) from None


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _layout(name: str, text: str, place: str, kind: str | None) -> Layout:
    """The kind of a master, by what the user says or what the file is called, held to its content."""
    every = layouts()
    letter = _letter(text)
    inside = next((layout for layout in every.values() if letter and layout.letter == letter), None)
    if "歯科" in name or "調剤" in name:
        raise InputError(
            Problem("歯科・調剤のマスターはまだ読めません。医科のものを指定してください。", place)
        )
    named = (
        every[kind] if kind else next((layout for layout in every.values() if layout.is_named(name)), None)
    )
    if named is None and inside is None:
        told = "どのマスターか、名前からも中身からも分かりません。配布されたときの名前にするか、--kind で書き添えてください。"
        near = nearest(name, ("s_ALL20260605.csv", "03-1背反テーブル1.csv", "05算定回数テーブル.csv"))
        raise InputError(Problem(told, place, nearest=near))
    if named is not None and inside is not None and inside is not named:
        told = f"名前（または --kind）は{named.title}ですが、中身は{inside.title}です。"
        raise InputError(Problem(told, place, nearest=f"--kind {inside.kind}"))
    found = named or inside
    if found is None:
        raise AssertionError("one of the two is there")
    if found.letter and inside is None:
        told = f"{found.title}なら第2欄（マスター種別）は {found.letter} ですが、違います。"
        raise InputError(Problem(told, place, 1))
    return found


def _letter(text: str) -> str:
    """The master's letter (マスター種別) in the second column of the first row, "" where there is none."""
    try:
        first = next(csv.reader(StringIO(text, newline="")), [])
    except csv.Error:
        return ""
    letter = first[1].strip() if len(first) > 1 else ""
    return letter if re.fullmatch("[A-Z]", letter) else ""


def _stamp(name: str) -> date | None:
    """The day in the name of a file (s_ALL20260605.csv)."""
    for match in _STAMP.finditer(name):
        try:
            return date(int(match[1]), int(match[2]), int(match[3]))
        except ValueError:
            continue
    return None


def _in_words(error: csv.Error) -> str:
    told = str(error)
    if "unexpected end" in told:
        return '引用符（"）が閉じていません'
    if "field larger" in told:
        return "一つの欄が長すぎます"
    return '引用符（"）の使い方が違います' if "expected after" in told else told
