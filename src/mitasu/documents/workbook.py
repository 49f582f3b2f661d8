"""An Excel file as rows: measured before it is opened, values only, nothing believed that it says of itself."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from mitasu.documents.cells import Cell
from mitasu.errors import InputError, Problem

MOST_UNPACKED = 300_000_000
MOST_PACKING = 150
"""So many times its size a file may unpack to; tables come to ten or thirty times, bombs to a thousand."""
UNSUSPECTED = 10_000_000
MOST_PARTS = 2_000
PACKED = b"PK\x03\x04"
"""With these bytes the file begins."""
BROKEN = "Excelとして読めません。ファイルが壊れているようです。開いて保存し直してください。"


def workbook_rows(
    content: bytes, name: str, *, most: int, widest: int, every_sheet: bool
) -> Iterator[list[Cell]]:
    """The rows of the first sheet that holds any, or of every sheet; one row and column more than the limits.

    InputError where the file is broken, or would unpack to too much.
    """
    _measured(content, name)
    return _rows(content, name, most, widest, every_sheet)


def _rows(content: bytes, name: str, most: int, widest: int, every_sheet: bool) -> Iterator[list[Cell]]:
    from openpyxl import load_workbook

    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()  # what a file says of its own size is not believed
                found = False
                for values in sheet.iter_rows(max_row=most + 1, max_col=widest + 1, values_only=True):
                    cells = [_value(value) for value in values]
                    while cells and cells[-1] in (None, ""):
                        cells.pop()
                    found = found or bool(cells)
                    yield cells
                if found and not every_sheet:
                    return
        finally:
            book.close()
    except Exception:  # a broken file breaks the reader anywhere in it
        raise InputError(Problem(BROKEN, name)) from None


def _measured(content: bytes, name: str) -> None:
    """Refuses an archive that would unpack to too much, or whose XML declares entities."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            size = sum(part.file_size for part in parts)
            packed = size > UNSUSPECTED and size > MOST_PACKING * len(content)
            if len(parts) > MOST_PARTS or size > MOST_UNPACKED or packed:
                told = f"展開すると大きすぎるファイルです（{size:,}バイト）。要る表だけを新しいファイルに写してください。"
                raise InputError(Problem(told, name))
            if not any(part.filename == "xl/workbook.xml" for part in parts):
                raise InputError(Problem("Excel（.xlsx）のファイルではありません。", name))
            if any(part.filename.endswith((".xml", ".rels")) and _declares(archive, part) for part in parts):
                raise InputError(Problem("Excelの中に、使えない定義（DOCTYPE）があります。", name))
    except InputError:
        raise
    # zipfile raises NotImplementedError for a way of packing it does not know, RuntimeError for a locked archive
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, OSError, EOFError, ValueError):
        raise InputError(Problem(BROKEN, name)) from None


def _declares(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> bool:
    """Whether a part's prologue declares anything; what follows the first element cannot."""
    with archive.open(part) as file:
        return b"<!DOCTYPE" in file.read(65_536).replace(b"\0", b"").upper()


def _value(value: Any) -> Cell:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if value is None or isinstance(value, str | int | float | date | bool):
        return value
    return str(value)
