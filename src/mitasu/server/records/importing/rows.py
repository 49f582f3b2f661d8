"""What a file says, row by row, before the register is looked at: patients, stays, diagnoses, operations, summaries.

Every reader ends in these; nothing here touches the database. A value that cannot be read is a problem with
its row and column, and a file with a problem is not taken in at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from mitasu.dates import parse_date
from mitasu.server.records.models import (
    Diagnosis,
    DiagnosisRole,
    Operation,
    Patient,
    Profession,
    Sex,
    Stay,
    SummaryEvent,
)
from mitasu.server.records.names import operation_key, postal_key
from mitasu.text import halfwidth, nearest

ICD = re.compile(r"[A-Z][0-9]{2}[0-9A-Z]{0,4}")
ICD_TEXT = re.compile(r"[A-Z][0-9]{2}[-. ]?[0-9A-Z]{0,4} ?[†*+]?")
MOST_COUNT = 999
"""Stays of one day, and numbers of diagnoses and operations of a kind, do not come to more."""
K_CODE = re.compile(r"K[0-9]{3}(-[0-9]+)*")
EIGHT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
CLOCK = re.compile(r"(.*?)[ T]+([0-9]{1,2}):([0-9]{2})(?::[0-9]{2})?")
SEXES = {
    "1": Sex.MALE, "男": Sex.MALE, "男性": Sex.MALE, "m": Sex.MALE, "male": Sex.MALE,
    "2": Sex.FEMALE, "女": Sex.FEMALE, "女性": Sex.FEMALE, "f": Sex.FEMALE, "female": Sex.FEMALE,
    "9": Sex.OTHER, "その他": Sex.OTHER, "不明": Sex.OTHER, "other": Sex.OTHER, "unknown": Sex.OTHER,
}  # fmt: skip
PROFESSIONS = {
    "医師": Profession.PHYSICIAN,
    "歯科医師": Profession.DENTIST,
    "看護師": Profession.NURSE,
    "その他": Profession.OTHER,
}
END_OF_DAY = time(23, 59)
"""When something happened of which only the day is said: it does not count as earlier than it may have been."""


@dataclass(frozen=True, slots=True)
class PatientRow:
    """A patient as a file has them; empty: the file does not say."""

    number: str
    kanji: str = ""
    kana: str = ""
    birth: date | None = None
    sex: str = ""
    postal: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    """A diagnosis: its role, its place among those of the role, the code as written, the name."""

    role: str
    seq: int
    icd_text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class OperationRow:
    """An operation: its place, the K code as written, day and name."""

    seq: int
    code_text: str
    on: date | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """Something that happened to the summary."""

    step: str
    at: datetime
    author: str = ""
    profession: str = ""


@dataclass(frozen=True, slots=True)
class StayRow:
    """A stay; `admitted` None: the row only tells of the patient. `line` counts from 1."""

    line: int
    patient: PatientRow
    admitted: date | None = None
    count: int = 0
    discharged: date | None = None
    department: str = ""
    doctor: str = ""
    route: str = ""
    outcome: str = ""
    destination: str = ""
    diagnoses: tuple[DiagnosisRow, ...] = ()
    operations: tuple[OperationRow, ...] = ()
    summary: tuple[SummaryRow, ...] = ()
    counted: bool = False
    """Whether the file says which stay of the day it is (`count`)."""


@dataclass(slots=True)
class Parsed:
    """A file as read: rows, problems by row, and notes about what it lacks."""

    how: str = ""
    rows: list[StayRow] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    lines: int = 0


@lru_cache(8192)
def read_day(text: str) -> date | None:
    """A day of a file; None for an empty one and for 00000000 (not yet); ValueError otherwise.

    >>> read_day("20250401"), read_day("00000000"), read_day("R7.4.1")
    (datetime.date(2025, 4, 1), None, datetime.date(2025, 4, 1))
    """
    text = halfwidth(text)
    if text in ("", "0", "00000000"):
        return None
    if match := EIGHT.fullmatch(text):
        text = "-".join(match.groups())
    return parse_date(text.removesuffix(" 00:00:00"))


def read_moment(text: str) -> datetime:
    """A day with or without the time; without it, the end of the day. Without a zone: local time is put by the caller."""
    match = CLOCK.fullmatch(halfwidth(text))
    day = read_day(match[1] if match else text)
    if day is None:
        raise ValueError(f"「{text}」は日時として読めません。2025-04-01 17:30 のように書いてください。")
    if match and not (int(match[2]) < 24 and int(match[3]) < 60):
        raise ValueError(f"「{text}」という時刻はありません。")
    return datetime.combine(day, time(int(match[2]), int(match[3])) if match else END_OF_DAY)


def read_sex(text: str) -> str:
    """The code of a sex; ValueError naming what may stand there."""
    if not text:
        return ""
    found = SEXES.get(halfwidth(text).lower())
    if found is None:
        raise ValueError(
            f"「{text}」は性別として読めません。男、女、その他（または1、2、9）で書いてください。"
        )
    return str(found.value)


def read_postal(text: str) -> str:
    """Seven digits; ValueError otherwise."""
    key = postal_key(text)
    if text and len(key) != 7:
        raise ValueError(f"「{text}」は郵便番号として読めません。7けたで書いてください（060-0001）。")
    return key


def read_icd(text: str) -> str:
    """An ICD code as written; ValueError where it is none."""
    if text and not ICD_TEXT.fullmatch(halfwidth(text).upper()):
        raise ValueError(f"「{text}」はICDコードとして読めません。C34.1 のように書いてください。")
    return text


def read_k_code(text: str) -> str:
    """A K code as written; ValueError where it is none."""
    if text and not K_CODE.match(operation_key(text)):
        raise ValueError(
            f"「{text}」は手術コード（医科点数表の区分番号）として読めません。K514-2 のように書いてください。"
        )
    return text


def read_profession(text: str) -> str:
    """A profession's id; ValueError with the nearest."""
    if not text:
        return ""
    found = PROFESSIONS.get(halfwidth(text))
    if found is None:
        near = nearest(text, PROFESSIONS)
        told = f"近いもの: {near}。" if near else ""
        raise ValueError(f"「{text}」は職種として読めません。{told}{'、'.join(PROFESSIONS)} のどれかです。")
    return str(found.value)


def read_count(text: str) -> int:
    """A small number, 0 where there is none; ValueError otherwise."""
    text = halfwidth(text)
    if not text:
        return 0
    if not (text.isascii() and text.isdigit()) or int(text[:9]) > MOST_COUNT:
        raise ValueError(f"「{text}」は回数として読めません。0から{MOST_COUNT}までの整数で書いてください。")
    return int(text)


def too_long(row: StayRow) -> list[str]:
    """What does not fit into the register: a text longer than its field, or one with a control character."""
    told = []
    said: list[tuple[Any, Any, tuple[str, ...]]] = [
        (row.patient, Patient, ("number", "kanji", "kana", "address")),
        (row, Stay, ("department", "doctor", "route", "outcome", "destination")),
        *((one, Diagnosis, ("icd_text", "name")) for one in row.diagnoses),
        *((one, Operation, ("code_text", "name")) for one in row.operations),
        *((one, SummaryEvent, ("author",)) for one in row.summary),
    ]
    for one, model, names in said:
        for name in names:
            field, text = model._meta.get_field(name), getattr(one, name)
            if len(text) > (field.max_length or 0):
                told.append(f"{field.verbose_name}が長すぎます（{len(text)}字。{field.max_length}字まで）。")
            if any(ord(letter) < 32 or 0xD800 <= ord(letter) <= 0xDFFF for letter in text):
                told.append(f"{field.verbose_name}に、文字ではないもの（制御文字など）があります。")
    return told


def impossible(row: StayRow, today: date) -> list[str]:
    """What cannot be of the days of a row."""
    found = too_long(row)
    birth, admitted, discharged = row.patient.birth, row.admitted, row.discharged
    if birth and birth > today:
        found.append(f"生年月日（{birth}）が今日より後です。")
    if admitted and admitted > today:
        found.append(f"入院日（{admitted}）が今日より後です。")
    if discharged and discharged > today:
        found.append(f"退院日（{discharged}）が今日より後です。予定の退院は書かないでください。")
    if admitted and discharged and discharged < admitted:
        found.append(f"退院日（{discharged}）が入院日（{admitted}）より前です。")
    if birth and admitted and admitted < birth:
        found.append(f"入院日（{admitted}）が生年月日（{birth}）より前です。")
    for operation in row.operations:
        if operation.on and admitted and operation.on < admitted:
            found.append(f"手術日（{operation.on}）が入院日（{admitted}）より前です。")
        if operation.on and discharged and operation.on > discharged:
            found.append(f"手術日（{operation.on}）が退院日（{discharged}）より後です。")
    for event in row.summary:
        if event.at.date() > today:
            found.append(f"要約の日（{event.at.date()}）が今日より後です。")
        if admitted and event.at.date() < admitted:
            found.append(f"要約の日（{event.at.date()}）が入院日（{admitted}）より前です。")
    return found


ROLE_WORDS = {
    "主傷病": DiagnosisRole.MAIN,
    "入院契機": DiagnosisRole.TRIGGER,
    "医療資源": DiagnosisRole.RESOURCE,
    "医療資源2": DiagnosisRole.RESOURCE_2,
    "併存": DiagnosisRole.COMORBID,
    "続発": DiagnosisRole.COMPLICATION,
}
