"""Fields of a record against its table: required, type, width, number of fields.

Values seen once and found right are remembered by field, within bounds, so that a second look is one look-up; what is
remembered goes with the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mitasu.claims.faults import Faults
from mitasu.claims.tables import Field, RecordTable
from mitasu.claims.values import read_day, read_month, read_text

REMEMBERED = 20_000
_DECIMAL = re.compile(rb"[0-9]+(\.[0-9]+)?")
_CODE = re.compile(rb"[0-9A-Za-z]+")
_PERSONAL_SHOWN = frozenset({None, "date"})


class Checker:
    """Checks the fields of one record of a table (`fields` known)."""

    def __init__(self, table: RecordTable) -> None:
        self.table = table
        self._fields = table.fields or ()
        self._right: tuple[set[bytes], ...] = tuple(
            set() if field.required else {b""} for field in self._fields
        )
        self._pairs = tuple(zip(self._fields, self._right, strict=True))

    def check(self, values: Sequence[bytes], line: int, faults: Faults) -> bool:
        """Check the values after the record's id; whether all were right."""
        right = True
        for value, good in zip(values, self._right, strict=False):
            if value not in good:
                right = self._each(values, line, faults)
                break
        if len(values) < len(self._fields):
            for field in self._fields[len(values) :]:
                if field.required:
                    faults.add(line, "required", self._missing(field))
                    right = False
        elif len(values) > len(self._fields) and not self.table.more:
            extra = len(values) - len(self._fields)
            faults.add(line, "too-many-fields", f"{self.table.id}の項目が決まりより{extra}多くあります。")
            right = False
        return right

    def _each(self, values: Sequence[bytes], line: int, faults: Faults) -> bool:
        right = True
        for value, (field, good) in zip(values, self._pairs, strict=False):
            if value in good:
                continue
            told = self._wrong(value, field)
            if told is None:
                if len(good) >= REMEMBERED:
                    good.clear()
                    if not field.required:
                        good.add(b"")
                good.add(value)
                continue
            right = False
            faults.add(line, *told)
        return right

    def _missing(self, field: Field) -> str:
        return f"{self.table.id}の{field.name}が空です。"

    def _wrong(self, value: bytes, field: Field) -> tuple[str, str] | None:
        """The code and sentence of what is wrong with a value that is not known to be right."""
        name = f"{self.table.id}の{field.name}"
        if not value:
            return "required", self._missing(field)
        shown = f"「{read_text(value[:40])}」" if field.personal in _PERSONAL_SHOWN else ""
        expected = _expected(value, field)
        if expected is not None:
            return "type", f"{name}{shown}が{expected}ではありません。"
        if field.type in ("month", "date", "spare"):
            return None
        if field.type == "insurer":
            if len(value) > 8:
                return "width", f"{name}が8桁ではありません（{len(value)}桁）。"
            if len(value) < 8 and field.fixed:
                return (
                    "insurer-width",
                    f"{name}が8桁に満たず、左が空白で埋められていません（{len(value)}桁）。",
                )
            return None
        if field.width is None:
            return None
        if len(value) > field.width or (field.fixed and len(value) != field.width):
            size = f"{field.width}バイト" if field.fixed else f"{field.width}バイトまで"
            return "width", f"{name}{shown}が{len(value)}バイトあります。{size}です。"
        return None


def _expected(value: bytes, field: Field) -> str | None:
    """What a value should have been, where it is not of its type."""
    match field.type:
        case "digits" | "times":
            return None if value.isdigit() else "数字"
        case "decimal":
            return None if _DECIMAL.fullmatch(value) else "数"
        case "code":
            return None if _CODE.fullmatch(value) else "コード（半角の英数字）"
        case "month":
            return None if read_month(value) else "年月（202504か、元号の50704の形）"
        case "date":
            return None if read_day(value) else "年月日（20250401か、元号の5070401の形）"
        case "insurer":
            return None if value.lstrip(b" ").isdigit() else "番号（数字）"
        case _:
            return None
