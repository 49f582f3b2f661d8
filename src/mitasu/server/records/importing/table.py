"""The register as a table (CSV of either encoding, Excel): one row a stay, columns found by their headings.

Only the patient's number is needed in every file. A table without admission days is a list of patients; one
with nothing but days of summaries adds these to the stays that are there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from mitasu.documents.cells import Cell
from mitasu.documents.tables import column_name, find_header, place, read_table, text_of
from mitasu.errors import InputError
from mitasu.server.records.importing.rows import (
    ROLE_WORDS,
    DiagnosisRow,
    OperationRow,
    Parsed,
    PatientRow,
    StayRow,
    SummaryRow,
    impossible,
    read_count,
    read_day,
    read_icd,
    read_k_code,
    read_moment,
    read_postal,
    read_profession,
    read_sex,
)
from mitasu.server.records.models import Step
from mitasu.server.records.models.register import age_on
from mitasu.text import nearest

WORDS = {
    "number": ["患者番号", "患者ID", "診察券番号", "ID"],
    "kana": ["カナ氏名", "氏名カナ", "フリガナ", "カナ"],
    "kanji": ["氏名", "患者氏名", "漢字氏名"],
    "birth": ["生年月日"],
    "age": ["年齢"],
    "sex": ["性別"],
    "postal": ["郵便番号"],
    "address": ["住所"],
    "admitted": ["入院日", "入院年月日"],
    "count": ["回数", "回数管理番号"],
    "discharged": ["退院日", "退院年月日"],
    "department": ["担当診療科", "診療科"],
    "doctor": ["担当医", "主治医"],
    "route": ["入院経路"],
    "outcome": ["転帰"],
    "destination": ["退院先"],
    "written": ["要約作成日"],
    "author": ["要約作成者"],
    "profession": ["要約作成者の職種", "職種"],
    "submitted": ["要約提出日"],
    "returned": ["要約差戻日"],
}
HEAD = (
    "患者番号", "氏名", "カナ氏名", "生年月日", "性別", "郵便番号", "住所", "入院日", "回数", "退院日", "担当診療科",
    "担当医", "入院経路", "転帰", "退院先", "主傷病ICD", "主傷病名", "入院契機ICD", "入院契機名", "医療資源ICD",
    "医療資源名", "併存ICD1", "併存名1", "続発ICD1", "続発名1", "手術コード1", "手術日1", "手術名1", "手術コード2",
    "手術日2", "手術名2", "要約作成日", "要約作成者", "要約作成者の職種", "要約提出日",
)  # fmt: skip
ASKED = {
    "kanji": "氏名",
    "birth": "生年月日",
    "sex": "性別",
    "postal": "郵便番号",
    "address": "住所",
    "discharged": "退院日",
    "department": "担当診療科",
    "doctor": "担当医",
}
"""The columns that the list of discharged patients needs (別添3第4の1(7)); diagnoses and operations come besides."""
_ICD = re.compile(r"(主傷病|入院契機|医療資源2|医療資源|併存|続発)?ICD(?:10|コード)?(\d{0,2})")
_NAME = re.compile(r"(主傷病|入院契機|医療資源2|医療資源|併存|続発|)(?:名|病名|傷病名|疾患名)(\d{0,2})")
_OPERATION = re.compile(r"(?:手術K?|K)(コード|日|名)(\d{0,2})")


def parse(content: bytes, name: str, today: date) -> Parsed:
    """The rows of a table."""
    try:
        read = read_table(content, name)
    except InputError as error:
        return Parsed(problems=[str(problem) for problem in error.problems])
    header = find_header(read.rows, WORDS)
    if header is None or "number" not in header[1]:
        told = "見出しの行が見つかりません。「患者番号」の列と、ほかに一つ以上の列が要ります。ひな形（CSV）を使えます。"
        return Parsed(read.how, problems=[told])
    start, columns = header
    parsed = Parsed(read.how, lines=len(read.rows) - start - 1)
    _Rows(read.rows, start, columns, parsed, today).read()
    stays = "admitted" in columns
    parsed.notes += _unread(_Rows(read.rows, start, columns, Parsed(), today))
    missing = [label for key, label in ASKED.items() if key not in columns]
    if stays and missing:
        parsed.notes.append(
            f"一覧表に要る列のうち、{'・'.join(missing)}がありません。取り込めますが、その項目はいまのままです。"
        )
    return parsed


def _unread(rows: _Rows) -> list[str]:
    """A note that names the columns which nothing is read from, so that none is left out unseen."""
    used = {*rows.columns.values(), *rows.icd.values(), *rows.names.values(), *rows.operations.values()}
    told = []
    for index, head in enumerate(rows.heads):
        if not head or index in used:
            continue
        free = [one for one in HEAD if one not in rows.heads]
        alike = [one for one in free if re.findall(r"\d+", one) == re.findall(r"\d+", head)]
        near = nearest(head, alike or free)
        again = "同じ見出しがもう一つあります" if head in rows.heads[:index] else ""
        about = again or (f"近いもの: {near}" if near else "")
        told.append(f"{column_name(index)}列「{head}」" + (f"（{about}）" if about else ""))
    if not told:
        return []
    return [f"読まない列があります：{'、'.join(told)}。ひな形の見出しに直すと読みます。"]


class _Rows:
    """Reads rows below a heading; collects problems with row and column."""

    def __init__(
        self, rows: list[list[Cell]], start: int, columns: dict[str, int], parsed: Parsed, today: date
    ) -> None:
        self.rows, self.start, self.columns, self.parsed, self.today = rows, start, columns, parsed, today
        self.heads = ["".join(unicodedata.normalize("NFKC", str(cell or "")).split()) for cell in rows[start]]
        taken = set(columns.values())
        self.icd = self._numbered(_ICD, taken)
        self.names = {
            key: at for key, at in self._numbered(_NAME, taken).items() if at not in self.icd.values()
        }
        self.operations = self._numbered(_OPERATION, taken)

    def _numbered(self, pattern: re.Pattern[str], taken: set[int]) -> dict[tuple[str, int], int]:
        found: dict[tuple[str, int], int] = {}
        for index, head in enumerate(self.heads):
            match = pattern.fullmatch(head)
            if match and index not in taken:
                found.setdefault((match[1] or "主傷病", int(match[2] or 1)), index)
        return found

    def read(self) -> None:
        """Every row; the same stay twice is a problem."""
        seen: dict[tuple[str, date | None, int], int] = {}
        for index, cells in enumerate(self.rows[self.start + 1 :], self.start + 1):
            if not any(cell not in (None, "") for cell in cells):
                continue
            row = self._row(index, cells)
            if row is None:
                continue
            key = (row.patient.number, row.admitted, row.count)
            if key in seen:
                told = "同じ日に再び入院したのなら「回数」の列で分けてください。" if row.admitted else ""
                self.problem(index, f"{seen[key]}行目と同じ患者番号・入院日の行です。{told}")
            seen.setdefault(key, row.line)
            for told in impossible(row, self.today):
                self.problem(index, told)
            self.parsed.rows.append(row)

    def problem(self, index: int, told: str, column: int | None = None) -> None:
        """Notes what is wrong with a row, or one cell of it."""
        where = f"{index + 1}行目" if column is None else place(index, column, self.heads[column])
        self.parsed.problems.append(f"{where}：{told}")

    def _row(self, index: int, cells: Sequence[Cell]) -> StayRow | None:
        def raw(column: int | None) -> str:
            cell = cells[column] if column is not None and column < len(cells) else None
            return "" if cell is None else (text_of(cell) if not isinstance(cell, str) else cell.strip())

        def of(key: str) -> str:
            return raw(self.columns.get(key))

        def read(reader: Callable[[str], Any], column: int | None) -> Any:
            try:
                return reader(raw(column))
            except ValueError as error:
                self.problem(index, str(error), column)
                return reader("")

        columns = self.columns
        number = text_of(of("number"))
        if not number:
            self.problem(index, "患者番号がありません。", columns["number"])
            return None
        patient = PatientRow(
            number,
            of("kanji"),
            of("kana"),
            read(read_day, columns.get("birth")),
            read(read_sex, columns.get("sex")),
            read(read_postal, columns.get("postal")),
            of("address"),
        )
        admitted = read(read_day, columns.get("admitted"))
        if "admitted" in columns and admitted is None and not text_of(of("admitted")).strip("0"):
            self.problem(index, "入院日がありません。", columns["admitted"])
        row = StayRow(
            index + 1,
            patient,
            admitted,
            read(read_count, columns.get("count")),
            read(read_day, columns.get("discharged")),
            of("department"),
            of("doctor"),
            of("route"),
            of("outcome"),
            of("destination"),
            tuple(self._diagnoses(raw, read)),
            tuple(self._operations(raw, read)),
            tuple(self._summary(index, raw, of)) if admitted else (),
            counted=bool(text_of(of("count"))),
        )
        age = text_of(of("age")).removesuffix("歳")
        if age and patient.birth and admitted and age != str(age_on(patient.birth, admitted)):
            at = age_on(patient.birth, admitted)
            self.problem(
                index, f"年齢{age}が、生年月日から数えた入院日の年齢（{at}歳）と違います。", columns["age"]
            )
        return row

    def _diagnoses(self, raw: Any, read: Any) -> list[DiagnosisRow]:
        found = []
        for role, seq in sorted(self.icd.keys() | self.names.keys()):
            icd = read(read_icd, self.icd.get((role, seq)))
            name = raw(self.names.get((role, seq)))
            if icd or name:
                found.append(DiagnosisRow(ROLE_WORDS[role].value, seq, icd, name))
        return found

    def _operations(self, raw: Any, read: Any) -> list[OperationRow]:
        found = []
        for seq in sorted({number for _, number in self.operations}):
            code = read(read_k_code, self.operations.get(("コード", seq)))
            on = read(read_day, self.operations.get(("日", seq)))
            name = raw(self.operations.get(("名", seq)))
            if code or name:
                found.append(OperationRow(seq, code, on, name))
        return found

    def _summary(self, index: int, raw: Any, of: Any) -> list[SummaryRow]:
        found = []
        for key, step in (
            ("written", Step.WRITTEN),
            ("submitted", Step.SUBMITTED),
            ("returned", Step.RETURNED),
        ):
            if not text_of(of(key)):
                continue
            column = self.columns[key]
            try:
                at = read_moment(of(key))
                column = self.columns.get("profession", column)
                profession = read_profession(of("profession")) if step == Step.WRITTEN else ""
            except ValueError as error:
                self.problem(index, str(error), column)
                continue
            found.append(SummaryRow(step.value, at, of("author") if step == Step.WRITTEN else "", profession))
        return found
