"""Tables as files: CSV and Excel, read within limits and written so that a spreadsheet runs nothing.

Reading takes UTF-8 (with or without BOM), UTF-16 and Shift_JIS (cp932) and says where a file cannot be
read; an Excel file is measured before it is opened. Writing neutralises what a spreadsheet would take for
a formula, and refuses a character that cp932 does not have with its row, column and code.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mitasu.documents.cells import Cell, neutral
from mitasu.documents.workbook import PACKED, workbook_rows
from mitasu.errors import InputError, Problem
from mitasu.text import halfwidth

Rows = list[list[Cell]]

MOST_BYTES = 20_000_000
MOST_ROWS = 50_000
MOST_COLUMNS = 200
MOST_LETTERS = 32_767
"""What a cell of a spreadsheet holds at most."""

CSV_TYPE = "text/csv"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ENCODINGS = {
    "utf-8-sig": "UTF-8（BOM付き。Excelでそのまま開けます）",
    "cp932": "Shift_JIS（cp932。古いソフト用）",
}
_TWINS = str.maketrans("〜−‖—¢£¬✕", "～－∥―￠￡￢×")
"""One character of JIS X 0208 with two code points: cp932 knows the second. And our own mark ✕, which it lacks."""


@dataclass(frozen=True, slots=True)
class Read:
    """A table as read: its rows from the first on, and how it was encoded, in words."""

    rows: Rows
    how: str


# ---- places ----------------------------------------------------------------------------------------------


def column_name(index: int) -> str:
    """The letters of a column, counted from 0.

    >>> column_name(0), column_name(25), column_name(26)
    ('A', 'Z', 'AA')
    """
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def place(row: int, column: int, head: str = "") -> str:
    """Where a cell is, both counted from 0: 3行目・B列（受理番号）."""
    return f"{row + 1}行目・{column_name(column)}列" + (f"（{head}）" if head else "")


# ---- reading ---------------------------------------------------------------------------------------------


def read_table(content: bytes, name: str, most: int = MOST_ROWS) -> Read:
    """The rows of a CSV or Excel file, told apart by what is in it; InputError otherwise."""
    how, rows = open_table(content, name, most)
    found = list(rows)
    while found and not any(cell not in (None, "") for cell in found[-1]):
        found.pop()
    if not found:
        raise InputError(Problem("表に行がありません。", name))
    return Read(found, how)


def open_table(
    content: bytes, name: str, most: int = MOST_ROWS, *, every_sheet: bool = False
) -> tuple[str, Iterator[list[Cell]]]:
    """How a file is encoded and its rows one by one, for tables too long to hold; the rows raise InputError too.

    Of an Excel file the first sheet that holds any rows is read, or every one, one after the other.
    """
    if not content:
        raise InputError(Problem("ファイルが空です。", name))
    if len(content) > MOST_BYTES:
        told = f"ファイルが大きすぎます（{len(content):,}バイト）。{MOST_BYTES:,}バイトまで読めます。"
        raise InputError(Problem(told, name))
    if content.startswith(PACKED):
        rows = workbook_rows(content, name, most=most, widest=MOST_COLUMNS, every_sheet=every_sheet)
        return "Excel", _within(rows, name, most)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        told = "古い形のExcel（.xls）か、パスワードの付いたファイルです。パスワードを外し、.xlsx で保存し直してください。"
        raise InputError(Problem(told, name))
    text, how = decoded(content, name)
    return how, _within(_csv_rows(text, name), name, most)


def decoded(content: bytes, name: str) -> tuple[str, str]:
    """The text of a file and its encoding in words; InputError naming row and byte where no encoding fits."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return content.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError as error:
            raise _undecodable(content, error, name) from None
    try:
        return content.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError as first:
        try:
            return content.decode("cp932"), "Shift_JIS"
        except UnicodeDecodeError as second:
            raise _undecodable(content, max(first, second, key=lambda error: error.start), name) from None


def _undecodable(content: bytes, error: UnicodeDecodeError, name: str) -> InputError:
    before = content[: error.start]
    row = before.count(b"\n")
    column = before[before.rfind(b"\n") + 1 :].count(b",")
    told = (
        f"{place(row, column)}に、UTF-8でもShift_JISでも読めない文字（0x{content[error.start]:02X}）があります。"
        "UTF-8のCSVか、Excel（.xlsx）で保存し直してください。"
    )
    return InputError(Problem(told, name, row + 1))


def _csv_rows(text: str, name: str) -> Iterator[list[Cell]]:
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        told = "文字ではないデータ（NUL）があります。CSVかExcelで出し直してください。"
        raise InputError(Problem(told, name, row))
    first = text.split("\n", 1)[0]
    delimiter = "\t" if "\t" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield list(cells)
    except csv.Error:
        told = "CSVとして読めません（引用符の対応がおかしいか、長すぎる欄があります）。表計算ソフトで開いて保存し直してください。"
        raise InputError(Problem(told, name, reader.line_num)) from None


def _within(rows: Iterator[list[Cell]], name: str, most: int) -> Iterator[list[Cell]]:
    """The rows, refused as soon as the table grows beyond the limits."""
    for index, row in enumerate(rows):
        if index >= most:
            raise InputError(Problem(f"行が多すぎます（{most:,}行まで）。分けて取り込んでください。", name))
        if len(row) > MOST_COLUMNS:
            told = f"{index + 1}行目の列が多すぎます（{MOST_COLUMNS}列まで）。"
            raise InputError(Problem(told, name, index + 1))
        for column, cell in enumerate(row):
            if isinstance(cell, str) and len(cell) > MOST_LETTERS:
                told = f"{place(index, column)}の文字が長すぎます（{len(cell):,}字）。"
                raise InputError(Problem(told, name, index + 1))
        yield row


def text_of(cell: Cell) -> str:
    """A cell as half-width text without blanks around it; empty for an empty one."""
    if cell is None:
        return ""
    return halfwidth(cell.isoformat() if isinstance(cell, date) else str(cell))


def _bare(cell: Cell) -> str:
    """A heading without blanks, breaks and brackets' width."""
    return "".join(unicodedata.normalize("NFKC", str(cell or "")).split())


def find_header(
    rows: Sequence[Sequence[Cell]], words: Mapping[str, Sequence[str]], *, within: int = 60
) -> tuple[int, dict[str, int]] | None:
    """The row that names most columns (`words`: what each may be called), and the column of each; None where none names two.

    A heading counts where it is one of the words, or begins with one.
    """
    wanted = {key: [_bare(word) for word in found] for key, found in words.items()}
    best: tuple[int, dict[str, int]] | None = None
    for index, row in enumerate(rows[:within]):
        heads = [_bare(cell) for cell in row]
        columns: dict[str, int] = {}
        for key, names in wanted.items():
            column = _column(heads, names, set(columns.values()))
            if column is not None:
                columns[key] = column
        if len(columns) >= min(2, len(words)) and (best is None or len(columns) > len(best[1])):
            best = (index, columns)
    return best


def _column(heads: Sequence[str], names: Sequence[str], taken: set[int]) -> int | None:
    for matches in (str.__eq__, str.startswith):
        for name in names:
            for column, head in enumerate(heads):
                if column not in taken and head and matches(head, name):
                    return column
    return None


# ---- writing ---------------------------------------------------------------------------------------------


def shown(cell: Cell) -> str:
    """A cell as text for CSV: numbers and days as they are, text neutralised."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "はい" if cell else "いいえ"
    if isinstance(cell, date):
        return cell.isoformat()
    return neutral(cell) if isinstance(cell, str) else str(cell)


def write_csv(
    head: Sequence[str], rows: Iterable[Sequence[Cell]], *, encoding: str = "utf-8-sig", name: str = "CSV"
) -> bytes:
    """A CSV file (CRLF); InputError with row, column and character where cp932 lacks one."""
    if encoding not in ENCODINGS:
        raise InputError(
            Problem(
                f"文字コード「{encoding}」では書けません。{' か '.join(ENCODINGS)} を選んでください。", name
            )
        )
    table = [[shown(cell) for cell in row] for row in (head, *rows)]
    if encoding == "cp932":
        table = [[cell.translate(_TWINS) for cell in row] for row in table]
        problems = [
            problem for index, row in enumerate(table) for problem in _unwritable(index, row, table[0], name)
        ]
        if problems:
            raise InputError(problems)
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(table)
    return written.getvalue().encode(encoding)


def _unwritable(index: int, row: Sequence[str], head: Sequence[str], name: str) -> Iterable[Problem]:
    for column, cell in enumerate(row):
        for letter in dict.fromkeys(cell):
            try:
                letter.encode("cp932")
            except UnicodeEncodeError:
                label = head[column] if index and column < len(head) else ""
                yield Problem(
                    f"{place(index, column, label)}の「{letter}」（U+{ord(letter):04X}）はShift_JISにありません。"
                    "UTF-8を選ぶか、別の字に直してください。",
                    name,
                    index + 1,
                )


def write_xlsx(
    sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[Cell]]]],
    *,
    title: str,
    landscape: bool = False,
) -> bytes:
    """An Excel file: by sheet its heading and rows. Headings frozen, A4, one page wide, days as days, text as text."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(
        written,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title})
    font = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
    formats = {
        "head": book.add_format(
            {**font, "bold": True, "bottom": 1, "bg_color": "#F2F2F2", "text_wrap": True}
        ),
        "text": book.add_format({**font, "text_wrap": True}),
        "day": book.add_format({**font, "num_format": "yyyy-mm-dd", "align": "left"}),
        "number": book.add_format({**font, "num_format": "#,##0"}),
        "decimal": book.add_format({**font, "num_format": "#,##0.0###"}),
    }
    for name, (head, rows) in sheets.items():
        sheet = book.add_worksheet("".join(letter for letter in name if letter not in "[]:*?/\\")[:31])
        _filled(sheet, head, rows, formats)
        sheet.freeze_panes(1, 1)
        sheet.set_paper(9)
        if landscape:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_footer("&L&A&R&P / &N")
    book.close()
    return written.getvalue()


def _filled(
    sheet: Any, head: Sequence[str], rows: Iterable[Sequence[Cell]], formats: Mapping[str, Any]
) -> None:
    widths = [_width(text) for text in head]
    for column, text in enumerate(head):
        sheet.write_string(0, column, text, formats["head"])
    for index, row in enumerate(rows, 1):
        for column, cell in enumerate(row):
            _written(sheet, index, column, cell, formats)
            if column < len(widths):
                widths[column] = max(widths[column], _width(shown(cell)))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(max(width + 2, 8), 48))


def _written(sheet: Any, row: int, column: int, cell: Cell, formats: Mapping[str, Any]) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, bool):
        sheet.write_string(row, column, shown(cell), formats["text"])
    elif isinstance(cell, date):
        sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), formats["day"])
    elif isinstance(cell, int) and abs(cell) < 10**15:
        sheet.write_number(row, column, cell, formats["number"])
    elif isinstance(cell, float | Decimal):
        sheet.write_number(row, column, float(cell), formats["decimal"])
    else:
        sheet.write_string(row, column, str(cell)[:MOST_LETTERS], formats["text"])


def _width(text: str) -> int:
    """How wide a text is in half-width letters: of several lines the widest."""
    return max(
        (
            sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in line)
            for line in text.split("\n")
        ),
        default=0,
    )
