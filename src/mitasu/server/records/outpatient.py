"""Out-patient records by disease: a table of diseases comes in, and records are found by ICD code or name.

The notice asks for it of 加算3 (from 2026-06: 加算2), out-patient records included (疑義解釈その1問34).
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from mitasu.documents.cells import Cell
from mitasu.documents.tables import find_header, place, read_table, text_of
from mitasu.errors import InputError, Problem
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing.rows import ICD, read_day, read_icd
from mitasu.server.records.models import Outpatient, Patient
from mitasu.server.records.names import code_key, name_key
from mitasu.server.records.search.sets import begins, called

WORDS = {
    "number": ["患者番号", "患者ID", "診察券番号"],
    "first": ["初診日", "開始日"],
    "last": ["最終診療日", "最終来院日"],
    "department": ["診療科"],
    "icd": ["ICD", "ICDコード", "ICD10"],
    "name": ["傷病名", "病名"],
}
HEAD = ("患者番号", "診療科", "ICD", "傷病名", "初診日", "最終診療日")
MOST = 200
AT_ONCE = 2000


def find(site: Site, text: str) -> QuerySet[Outpatient]:
    """Out-patient diseases by the beginning of an ICD code, or by a part of the name."""
    found = Outpatient.objects.filter(site=site).select_related("patient").order_by("-last", "pk")
    key = code_key(text)
    if ICD.match(key) or (len(key) <= 3 and key[:1].isalpha() and key == text.strip().upper()):
        return found.filter(begins("icd", key))
    name = name_key(text)
    return found.filter(called(site, Outpatient, name)) if name else found.none()


def take_in(site: Site, content: bytes, name: str, *, today: date, dry: bool) -> tuple[int, int, list[str]]:
    """Out-patient diseases of a table: how many are new, how many are there, problems by row. Nothing with a problem."""
    read = read_table(content, name)
    header = find_header(read.rows, WORDS)
    if header is None or "number" not in header[1] or not header[1].keys() & {"icd", "name"}:
        raise InputError(Problem(f"見出しの行が見つかりません。列は「{'、'.join(HEAD)}」です。", name))
    start, columns = header
    problems: list[str] = []
    rows: list[tuple[str, Outpatient]] = []
    for index, cells in enumerate(read.rows[start + 1 :], start + 1):
        if any(cell not in (None, "") for cell in cells):
            found = _row(index, cells, columns, problems, today)
            if found is not None:
                rows.append((found[0], found[1].keyed()))
    return (*_kept(site, rows, problems, dry), problems)


def _row(
    index: int, cells: list[Cell], columns: dict[str, int], problems: list[str], today: date
) -> tuple[str, Outpatient] | None:
    def of(key: str) -> str:
        column = columns.get(key)
        return text_of(cells[column]) if column is not None and column < len(cells) else ""

    def read(reader: Any, key: str) -> Any:
        try:
            return reader(of(key))
        except ValueError as error:
            problems.append(f"{place(index, columns[key])}：{error}")
            return reader("")

    before = len(problems)
    number, icd = of("number"), read(read_icd, "icd")
    first, last = read(read_day, "first"), read(read_day, "last")
    if not number:
        problems.append(f"{index + 1}行目：患者番号がありません。")
    if not icd and not of("name"):
        problems.append(f"{index + 1}行目：ICDも傷病名もありません。")
    if first and last and last < first:
        problems.append(f"{index + 1}行目：最終診療日（{last}）が初診日（{first}）より前です。")
    if last and last > today:
        problems.append(f"{index + 1}行目：最終診療日（{last}）が今日より後です。")
    for key, most in (("number", 40), ("department", 60), ("name", 200)):
        if len(of(key)) > most:
            problems.append(f"{place(index, columns[key])}：長すぎます（{most}字まで）。")
    if len(problems) > before:
        return None
    return number, Outpatient(
        first=first, last=last, department=of("department"), icd_text=icd, name=of("name")
    )


def _kept(site: Site, rows: list[tuple[str, Outpatient]], problems: list[str], dry: bool) -> tuple[int, int]:
    patients = {one.number: one for one in Patient.objects.filter(site=site, number__in=[number for number, _ in rows])} if len(rows) < 5000 else {
        one.number: one for one in Patient.objects.filter(site=site)
    }  # fmt: skip
    missing = sorted({number for number, _ in rows if number not in patients})
    problems += [
        f"患者{number}が一覧表にありません。先に患者の一覧を取り込んでください。" for number in missing[:50]
    ]
    if missing:
        return 0, 0
    have = set(
        Outpatient.objects.filter(site=site).values_list("patient_id", "department", "icd", "name", "first")
    )
    new: list[Outpatient] = []
    for number, row in rows:
        row.site, row.patient = site, patients[number]
        key = (row.patient_id, row.department, row.icd, row.name, row.first)
        if key not in have:
            have.add(key)
            new.append(row)
    if not dry and not problems:
        with transaction.atomic():
            Outpatient.objects.bulk_create(new, batch_size=AT_ONCE)
    return len(new), len(rows) - len(new)
