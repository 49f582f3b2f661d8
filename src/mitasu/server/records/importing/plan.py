"""What a file would do to the register, shown before it is carried out.

An empty field of the register is filled; a field that says something else than the file is a conflict. A
conflict is shown with both values, and the file is taken in only once a person has said which of the two
holds. The same file a second time changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing import fhir, form1, table
from mitasu.server.records.importing.rows import Parsed, PatientRow, StayRow
from mitasu.server.records.models import (
    Diagnosis,
    DiagnosisRole,
    Doctor,
    IdMap,
    ImportBatch,
    Operation,
    Patient,
    RoomSettings,
    Sex,
    Stay,
    SummaryEvent,
)
from mitasu.server.records.names import code_key, operation_key

KINDS = {
    "table": "一覧表・患者の一覧（CSV、Excel）",
    "form1": "DPC 様式1",
    "fhir": "FHIR 退院時サマリー（JSON）",
}
KEEP, TAKE = "keep", "take"
AT_ONCE = 2000
PATIENT = {
    "kanji": "氏名", "kana": "カナ氏名", "birth": "生年月日", "sex": "性別", "postal": "郵便番号", "address": "住所",
}  # fmt: skip
STAY = {
    "discharged": "退院日", "department": "担当診療科", "doctor": "担当医", "route": "入院経路", "outcome": "転帰",
    "destination": "退院先",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field of the register that says something else than the file."""

    line: int
    what: str
    label: str
    before: str
    after: str


@dataclass(slots=True)
class Plan:
    """What would change. With a problem nothing is done; with a conflict nothing until it is said which side holds."""

    kind: str
    name: str
    digest: str
    parsed: Parsed
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    new_patients: dict[str, Patient] = field(default_factory=dict)
    changed_patients: dict[int, Patient] = field(default_factory=dict)
    new_stays: list[Stay] = field(default_factory=list)
    changed_stays: dict[int, Stay] = field(default_factory=dict)
    diagnoses: list[Diagnosis] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    changed_diagnoses: list[Diagnosis] = field(default_factory=list)
    changed_operations: list[Operation] = field(default_factory=list)
    events: list[SummaryEvent] = field(default_factory=list)
    same: int = 0

    @property
    def changes(self) -> int:
        """How many rows of the register would be made or changed."""
        return sum(
            len(one)
            for one in (
                self.new_patients, self.changed_patients, self.new_stays, self.changed_stays, self.diagnoses,
                self.operations, self.changed_diagnoses, self.changed_operations, self.events,
            )
        )  # fmt: skip

    @property
    def ready(self) -> bool:
        """Whether it may be carried out once conflicts are decided."""
        return not self.problems and bool(self.changes or self.conflicts)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """What would be done, in words with numbers."""
        return [
            ("新しい患者", len(self.new_patients)),
            ("患者の項目が埋まる", len(self.changed_patients)),
            ("新しい入院", len(self.new_stays)),
            ("入院の項目が埋まる", len(self.changed_stays)),
            ("加わる傷病名", len(self.diagnoses)),
            ("加わる手術", len(self.operations)),
            ("加わる要約の記録", len(self.events)),
            ("いまと同じ行", self.same),
            ("食い違い", len(self.conflicts)),
        ]


def read(site: Site, kind: str, content: bytes, name: str, today: date) -> Parsed:
    """The rows of a file of a kind."""
    if kind == "table":
        return table.parse(content, name, today)
    if kind == "fhir":
        return fhir.parse(content, name, today)
    if kind != "form1":
        raise UsageError(f"「{kind}」という種類はありません。{'、'.join(KINDS)} のどれかです。")
    numbers = dict(IdMap.objects.filter(site=site).values_list("outside", "patient__number"))
    return form1.parse(content, name, today, settings=RoomSettings.of(site), numbers=numbers)


def plan(site: Site, kind: str, content: bytes, name: str, *, today: date, take: str = "") -> Plan:
    """What a file would do; `take`: KEEP or TAKE where conflicts have been decided."""
    parsed = read(site, kind, content, name, today)
    digest = hashlib.sha256(content).hexdigest()
    made = Plan(kind, name, digest, parsed, list(parsed.problems), list(parsed.notes))
    if not made.problems:
        _Comparing(site, made, take).compare()
    before = ImportBatch.objects.filter(site=site, digest=digest).first()
    if before is not None:
        made.notes.insert(
            0, f"このファイルは{timezone.localtime(before.at):%Y-%m-%d %H:%M}に一度取り込んでいます。"
        )
    return made


class _Comparing:
    """Compares rows with the register; fills the plan."""

    def __init__(self, site: Site, made: Plan, take: str) -> None:
        self.site, self.plan, self.take = site, made, take
        rows = made.parsed.rows
        self.patients = {
            one.number: one
            for chunk in chunks(sorted({row.patient.number for row in rows}))
            for one in Patient.objects.filter(site=site, number__in=chunk)
        }
        ids = [one.pk for one in self.patients.values()]
        self.stays: dict[tuple[str, date, int], Stay] = {}
        numbers = {one.pk: one.number for one in self.patients.values()}
        self.diagnoses: dict[int, dict[tuple[str, int], Diagnosis]] = {}
        self.operations: dict[int, dict[int, Operation]] = {}
        self.events: dict[int, set[tuple[str, datetime]]] = {}
        for chunk in chunks(ids):
            for stay in Stay.objects.filter(patient__in=chunk):
                self.stays[numbers[stay.patient_id], stay.admitted, stay.count] = stay
            for diagnosis in Diagnosis.objects.filter(stay__patient__in=chunk):
                places = self.diagnoses.setdefault(diagnosis.stay_id, {})
                places[diagnosis.role, diagnosis.seq] = diagnosis
            for operation in Operation.objects.filter(stay__patient__in=chunk):
                self.operations.setdefault(operation.stay_id, {})[operation.seq] = operation
            for event in SummaryEvent.objects.filter(stay__patient__in=chunk):
                self.events.setdefault(event.stay_id, set()).add((event.step, event.at))
        self.by_day: dict[tuple[str, date], list[Stay]] = {}
        for (number, admitted, _), stay in self.stays.items():
            self.by_day.setdefault((number, admitted), []).append(stay)
        self.named = {(row.patient.number, row.admitted, row.count) for row in rows if row.counted}
        self.doctors = {one.name: one.user_id for one in Doctor.objects.filter(site=site)}

    def compare(self) -> None:
        """Every row in order."""
        for row in self.plan.parsed.rows:
            before = (self.plan.changes, len(self.plan.conflicts))
            patient = self.patient(row)
            if row.admitted is not None:
                self.stay(row, patient, row.admitted)
            self.plan.same += before == (self.plan.changes, len(self.plan.conflicts))

    def patient(self, row: StayRow) -> Patient:
        """The row's patient: new, filled, or as it was."""
        said = row.patient
        found = self.patients.get(said.number)
        if found is None:
            found = Patient(site=self.site, number=said.number, **_said(said, PATIENT))
            self.patients[said.number] = self.plan.new_patients[said.number] = found
            return found
        if self.filled(found, said, PATIENT, row.line, f"患者{said.number}") and found.pk is not None:
            self.plan.changed_patients[found.pk] = found
        return found

    def stay(self, row: StayRow, patient: Patient, admitted: date) -> None:
        """The row's stay with what belongs to it; a row without a count means the one stay of its day."""
        key = (row.patient.number, admitted, row.count)
        what = f"患者{row.patient.number}・入院日{admitted}"
        found = self.stays.get(key)
        if found is None and not row.counted:
            alike = [
                one
                for one in self.by_day.get(key[:2], ())
                if (row.patient.number, admitted, one.count) not in self.named
            ]
            if len(alike) > 1:
                self.plan.problems.append(
                    f"{row.line}行目：{what}の入院が、一覧表に{len(alike)}件あります。「回数」の列でどれかを書いてください。"
                )
                return
            found = alike[0] if alike else None
        if found is None:
            found = Stay(
                site=self.site, patient=patient, admitted=admitted, count=row.count, **_said(row, STAY)
            )
            found.doctor_user_id = self.doctors.get(found.doctor)
            self.plan.new_stays.append(found)
            self.stays[key] = found
        elif found.pk is None:
            self.plan.problems.append(f"{row.line}行目：{what}の入院が、このファイルに二度あります。")
            return
        elif self.filled(found, row, STAY, row.line, what):
            if found.discharged is not None and found.discharged < found.admitted:
                self.plan.problems.append(f"{row.line}行目：退院日が、一覧表の入院日より前です。")
            found.doctor_user_id = self.doctors.get(found.doctor, found.doctor_user_id)
            self.plan.changed_stays[found.pk] = found
        self.parts(row, found, what)

    def parts(self, row: StayRow, stay: Stay, what: str) -> None:
        """Diagnoses, operations and what happened to the summary."""
        known = self.diagnoses.get(stay.pk, {}) if stay.pk else {}
        for one in row.diagnoses:
            before = known.get((one.role, one.seq))
            new = Diagnosis(
                site=self.site, stay=stay, role=one.role, seq=one.seq, icd_text=one.icd_text,
                name=one.name,
            ).keyed()  # fmt: skip
            if before is None:
                self.plan.diagnoses.append(new)
            else:
                label = f"{DiagnosisRole(one.role).label}{one.seq}"
                self.part(row, before, new, ("icd_text", "name"), what, label, self.plan.changed_diagnoses)
        operations = self.operations.get(stay.pk, {}) if stay.pk else {}
        by_meaning = {(one.code, one.on): one for one in operations.values()}
        for op in row.operations:
            made = Operation(
                site=self.site, stay=stay, seq=op.seq, code_text=op.code_text, code=operation_key(op.code_text),
                on=op.on, name=op.name,
            )  # fmt: skip
            earlier = (by_meaning.get((made.code, made.on)) if made.code else None) or operations.get(op.seq)
            if earlier is None:
                self.plan.operations.append(made)
            else:
                fields = ("code_text", "on", "name")
                self.part(row, earlier, made, fields, what, f"手術{op.seq}", self.plan.changed_operations)
        seen = self.events.setdefault(stay.pk, set()) if stay.pk else set()
        for event in row.summary:
            at = timezone.make_aware(event.at)
            if (event.step, at) not in seen:
                seen.add((event.step, at))
                self.plan.events.append(
                    SummaryEvent(
                        site=self.site, stay=stay, step=event.step, at=at, author=event.author,
                        profession=event.profession,
                    )
                )  # fmt: skip

    def part(
        self,
        row: StayRow,
        before: Any,
        new: Any,
        fields: Sequence[str],
        what: str,
        label: str,
        changed: list[Any],
    ) -> None:
        """A diagnosis or operation that is there already: filled, or in conflict as one."""
        if all(
            not getattr(new, one) or _same(one, getattr(before, one), getattr(new, one)) for one in fields
        ):
            return
        if any(getattr(before, one) and not _same(one, getattr(before, one), getattr(new, one)) and getattr(new, one)
               for one in fields):  # fmt: skip
            told = [
                " ".join(filter(None, (str(getattr(one, name) or "") for name in fields)))
                for one in (before, new)
            ]
            self.plan.conflicts.append(Conflict(row.line, what, label, *told))
            if self.take != TAKE:
                return
        for name in fields:
            if getattr(new, name):
                setattr(before, name, getattr(new, name))
        if isinstance(before, Diagnosis):
            before.keyed()
        else:
            before.code = operation_key(before.code_text)
        changed.append(before)

    def filled(self, found: Any, said: Any, fields: dict[str, str], line: int, what: str) -> bool:
        """Fills empty fields; notes conflicts; says whether anything changed."""
        changed = False
        for name, label in fields.items():
            new, old = getattr(said, name), getattr(found, name)
            if not new or new == old:
                continue
            if old:
                self.plan.conflicts.append(Conflict(line, what, label, shown(name, old), shown(name, new)))
                if self.take != TAKE:
                    continue
            setattr(found, name, new)
            changed = True
        return changed


def _same(name: str, old: Any, new: Any) -> bool:
    if name == "icd_text":
        return code_key(old) == code_key(new)
    if name == "code_text":
        return operation_key(old) == operation_key(new)
    return bool(old == new)


def _said(row: StayRow | PatientRow, fields: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}


def shown(name: str, value: Any) -> str:
    """The value of a field in words."""
    return Sex(value).label if name == "sex" else str(value)


def chunks(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """The values so many at a time."""
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]
