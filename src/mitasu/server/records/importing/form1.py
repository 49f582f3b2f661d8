"""DPC 様式1 (tab-separated, cp932, one fact a line): stays from its codes, for the patients that the id map names.

様式1 has neither name, nor address beyond the postal code, nor the doctor in charge; what is missing is
counted and said. Of operations (A007010) the places of code and day changed with the years and are not
documented here: they are read only where the hospital has set them from the year's 調査実施説明資料.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mitasu.documents.tables import decoded
from mitasu.errors import InputError
from mitasu.server.records.importing.rows import (
    DiagnosisRow,
    OperationRow,
    Parsed,
    PatientRow,
    StayRow,
    impossible,
    read_count,
    read_day,
    read_icd,
    read_k_code,
    read_postal,
    read_sex,
)
from mitasu.server.records.models import DiagnosisRole, RoomSettings

COLUMNS = 8
"""施設コード, データ識別番号, 入院年月日, 回数管理番号, 統括診療情報番号, コード, バージョン, 連番; payloads 1 … 9 follow."""
ROLES = {
    "A006010": DiagnosisRole.MAIN,
    "A006020": DiagnosisRole.TRIGGER,
    "A006030": DiagnosisRole.RESOURCE,
    "A006031": DiagnosisRole.RESOURCE_2,
    "A006040": DiagnosisRole.COMORBID,
    "A006050": DiagnosisRole.COMPLICATION,
}
PREFIX = "DPC:"
"""Before the pseudonymous number of a patient whom the id map does not name yet."""


@dataclass(slots=True)
class _Stay:
    """What is said of one stay, over all its 様式1 (統括番号) and lines."""

    line: int
    outside: str
    admitted: str
    count: str
    birth: str = ""
    sex: str = ""
    postal: str = ""
    discharged: str = ""
    destination: str = ""
    outcome: str = ""
    department: str = ""
    diagnoses: dict[tuple[str, int], tuple[int, str, str]] = field(default_factory=dict)
    operations: dict[tuple[str, int], tuple[int, tuple[str, ...]]] = field(default_factory=dict)


def parse(
    content: bytes, name: str, today: date, *, settings: RoomSettings, numbers: dict[str, str]
) -> Parsed:
    """The stays of a file; `numbers`: the patient's number by pseudonymous number, where the id map has it."""
    try:
        text, how = decoded(content, name)
    except InputError as error:
        return Parsed(problems=[str(problem) for problem in error.problems])
    parsed = Parsed(how)
    stays = _stays(text, parsed)
    unread = _operations_unread(stays, settings)
    for stay in stays.values():
        _row(stay, parsed, settings, numbers, today)
    nameless = sum(row.patient.number.startswith(PREFIX) for row in parsed.rows)
    count = len(parsed.rows)
    if count:
        parsed.notes.append(
            f"様式1だけでは3項目が埋まりません：氏名{count}件、住所（郵便番号の先）{count}件、担当医{count}件。"
            "患者番号の対応表と、患者の一覧（CSV）かFHIRの退院時サマリーで補ってください。"
        )
    if nameless:
        parsed.notes.append(
            f"データ識別番号の対応表にない入院が{nameless}件あります。対応表を取り込むまで「{PREFIX}番号」の患者とします。"
        )
    if unread:
        parsed.notes.append(
            f"手術（A007010）{unread}行は読みません。Kコードと手術日が何番目のペイロードかは年度の調査実施説明資料によります。"
            "「設定」に書くと読みます。"
        )
    return parsed


def _stays(text: str, parsed: Parsed) -> dict[tuple[str, ...], _Stay]:
    found: dict[tuple[str, ...], _Stay] = {}
    seen: set[tuple[str, ...]] = set()
    for number, line in enumerate(text.split("\n"), 1):
        cells = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and not cells[0].strip().isdigit()):
            continue
        parsed.lines += 1
        if len(cells) < COLUMNS:
            parsed.problems.append(
                f"{number}行目：列が{len(cells)}しかありません。様式1はタブ区切りで{COLUMNS}列とペイロードです。"
            )
            continue
        office, outside, admitted, count, whole, code, _, seq = (cell.strip() for cell in cells[:COLUMNS])
        if (place := (office, outside, admitted, count, whole, code, seq)) in seen:
            parsed.problems.append(
                f"{number}行目：同じ入院・統括番号・コード（{code}）・連番（{seq}）の行が二度あります。"
            )
            continue
        seen.add(place)
        try:
            number_of = max(1, read_count(seq))
        except ValueError as error:
            parsed.problems.append(f"{number}行目（連番）：{error}")
            continue
        stay = found.setdefault((office, outside, admitted, count), _Stay(number, outside, admitted, count))
        payload = tuple(cell.strip() for cell in cells[COLUMNS:]) + ("",) * 9
        _noted(stay, number, whole, code, number_of, payload, parsed)
    return found


def _noted(
    stay: _Stay, number: int, whole: str, code: str, seq: int, payload: tuple[str, ...], parsed: Parsed
) -> None:
    """Puts a line where it belongs; two 様式1 of a stay that contradict each other are a problem."""

    def once(attribute: str, value: str, what: str) -> None:
        before = getattr(stay, attribute)
        if value and before and before != value:
            parsed.problems.append(
                f"{number}行目：同じ入院で{what}が食い違います（{before}と{value}）。どちらかに直してください。"
            )
        elif value:
            setattr(stay, attribute, value)

    if code == "A000010":
        once("birth", payload[0], "生年月日")
        once("sex", payload[1], "性別")
        once("postal", payload[2], "郵便番号")
    elif code == "A000030":
        once("discharged", payload[0].strip("0") and payload[0], "退院日")
        once("destination", payload[1], "退院先")
        once("outcome", payload[2], "転帰")
    elif code == "A000040":
        once("department", payload[0], "診療科")
    elif code in ROLES:
        role = ROLES[code].value
        if not (payload[1] or payload[8]):
            return
        same = [one for one in stay.diagnoses.values() if one[1:] == (payload[1], payload[8])]
        if (
            role,
            seq,
        ) in stay.diagnoses and not same:  # another 様式1 of the stay: kept under a further number
            seq = 1 + max(number for of, number in stay.diagnoses if of == role)
        stay.diagnoses.setdefault((role, seq), (number, payload[1], payload[8]))
    elif code == "A007010":
        stay.operations[whole, seq] = (number, payload)


def _operations_unread(stays: dict[tuple[str, ...], _Stay], settings: RoomSettings) -> int:
    if settings.operation_code:
        return 0
    return sum(len(stay.operations) for stay in stays.values())


def _row(stay: _Stay, parsed: Parsed, settings: RoomSettings, numbers: dict[str, str], today: date) -> None:
    def read(reader: Callable[[str], Any], text: str, line: int, what: str) -> Any:
        try:
            return reader(text)
        except ValueError as error:
            parsed.problems.append(f"{line}行目（{what}）：{error}")
            return reader("")

    line = stay.line
    admitted = read(read_day, stay.admitted, line, "入院年月日")
    if admitted is None:
        parsed.problems.append(f"{line}行目：入院年月日がありません。")
        return
    if not stay.outside:
        parsed.problems.append(f"{line}行目：データ識別番号がありません。")
        return
    patient = PatientRow(
        numbers.get(stay.outside, PREFIX + stay.outside),
        birth=read(read_day, stay.birth, line, "生年月日"),
        sex=read(read_sex, stay.sex, line, "性別"),
        postal=read(read_postal, stay.postal, line, "郵便番号"),
    )
    diagnoses = tuple(
        DiagnosisRow(role, seq, read(read_icd, icd, at, "ICD"), name)
        for (role, seq), (at, icd, name) in sorted(stay.diagnoses.items())
    )
    row = StayRow(
        line,
        patient,
        admitted,
        read(read_count, stay.count, line, "回数管理番号"),
        read(read_day, stay.discharged, line, "退院年月日"),
        settings.departments.get(stay.department, stay.department),
        outcome=stay.outcome,
        destination=stay.destination,
        diagnoses=diagnoses,
        counted=True,
    )
    row = replace(row, operations=tuple(_operations(stay, settings, read)))
    parsed.problems += [f"{line}行目からの入院：{told}" for told in impossible(row, today)]
    parsed.rows.append(row)


def _operations(stay: _Stay, settings: RoomSettings, read: Any) -> list[OperationRow]:
    if not settings.operation_code:
        return []
    found: dict[tuple[str, date | None], OperationRow] = {}
    by_number: dict[int, int] = defaultdict(int)
    for (_, seq), (line, payload) in sorted(stay.operations.items()):
        code = read(read_k_code, payload[settings.operation_code - 1], line, "手術コード")
        day = payload[settings.operation_day - 1] if settings.operation_day else ""
        on = read(read_day, day, line, "手術日")
        name = payload[settings.operation_name - 1] if settings.operation_name else ""
        if not code or (code, on) in found:
            continue
        by_number[seq] += 1
        found[code, on] = OperationRow(len(found) + 1, code, on, name)
    return list(found.values())
