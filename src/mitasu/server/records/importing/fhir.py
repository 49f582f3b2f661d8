"""A discharge summary as FHIR (JP eDischargeSummary: a document Bundle in JSON) as one row of the register.

Read are Patient, Encounter, Condition, Procedure and the Composition with its author. What kind of diagnosis
a condition is, is taken from the encounter where it says so and is 区分なし otherwise; the profession of the
author is not in the document's author and stays unknown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from mitasu.documents.tables import decoded
from mitasu.errors import InputError
from mitasu.server.records.importing.rows import (
    K_CODE,
    DiagnosisRow,
    OperationRow,
    Parsed,
    PatientRow,
    StayRow,
    SummaryRow,
    impossible,
    read_icd,
    read_postal,
)
from mitasu.server.records.models import DiagnosisRole, Sex, Step
from mitasu.server.records.names import operation_key

JAPAN = ZoneInfo("Asia/Tokyo")
GENDERS = {"male": Sex.MALE, "female": Sex.FEMALE, "other": Sex.OTHER, "unknown": Sex.OTHER}
USES = {"DD": DiagnosisRole.MAIN, "AD": DiagnosisRole.TRIGGER, "CM": DiagnosisRole.COMORBID}
"""Encounter.diagnosis.use (HL7 diagnosis-role): discharge, admission, comorbidity."""
PHONETIC = "SYL"
REPRESENTATION = "iso21090-EN-representation"


def parse(content: bytes, name: str, today: date) -> Parsed:
    """The stay of a document."""
    try:
        text, how = decoded(content, name)
        bundle = json.loads(text)
    except InputError as error:
        return Parsed(problems=[str(problem) for problem in error.problems])
    except (json.JSONDecodeError, RecursionError):
        return Parsed(
            problems=[f"{name}：JSONとして読めません。FHIRの退院時サマリー（Bundle）を選んでください。"]
        )
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        return Parsed(how, problems=["FHIRのBundleではありません（resourceTypeがBundleのJSONが要ります）。"])
    parsed = Parsed(how, lines=1)
    try:
        _Document(bundle, parsed, today).read()
    except (AttributeError, TypeError, KeyError, IndexError):
        parsed.problems.append("FHIRの形が崩れていて読めません。作ったシステムで出し直してください。")
    return parsed


class _Document:
    def __init__(self, bundle: Mapping[str, Any], parsed: Parsed, today: date) -> None:
        self.parsed, self.today = parsed, today
        self.resources: list[tuple[str, Mapping[str, Any]]] = [
            (str(entry.get("fullUrl", "")), entry["resource"])
            for entry in bundle.get("entry") or ()
            if isinstance(entry, dict) and isinstance(entry.get("resource"), dict)
        ]

    def of(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """The resources of a kind, in order."""
        return (resource for _, resource in self.resources if resource.get("resourceType") == kind)

    def one(self, kind: str, label: str) -> Mapping[str, Any] | None:
        """The only resource of a kind; a problem where there is none, or more than one."""
        found = list(self.of(kind))
        if len(found) != 1:
            self.parsed.problems.append(
                f"{label}（{kind}）が{len(found)}件あります。1件だけの文書を選んでください。"
            )
            return None
        return found[0]

    def named(self, reference: Any) -> Mapping[str, Any] | None:
        """What a reference points to, inside the document."""
        wanted = str((reference or {}).get("reference", ""))
        for url, resource in self.resources:
            if wanted and wanted in (url, f"{resource.get('resourceType')}/{resource.get('id')}"):
                return resource
        return None

    def problem(self, what: str, error: object) -> None:
        """Notes what cannot be read."""
        self.parsed.problems.append(f"{what}：{error}")

    def day(self, text: Any, what: str) -> date | None:
        """The day of a date or moment, in Japan."""
        if not text:
            return None
        moment = self.moment(text, what)
        return None if moment is None else moment.date()

    def moment(self, text: Any, what: str) -> datetime | None:
        """A FHIR date or moment as local time; the end of the day where it has no time."""
        value = str(text)
        try:
            if len(value) == 10:
                return datetime.fromisoformat(f"{value}T23:59:00")
            found = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            self.problem(what, f"「{value}」は日時として読めません。")
            return None
        return found.astimezone(JAPAN).replace(tzinfo=None) if found.tzinfo else found

    def read(self) -> None:
        """The row, where nothing that it needs is missing."""
        patient, encounter = self.one("Patient", "患者"), self.one("Encounter", "入院")
        if patient is None or encounter is None:
            return
        number = next(
            (str(one["value"]).strip() for one in patient.get("identifier") or () if one.get("value")), ""
        )
        period = encounter.get("period") or {}
        admitted = self.day(period.get("start"), "入院日")
        if not number:
            self.parsed.problems.append("患者番号（Patient.identifier）がありません。")
        if admitted is None:
            self.parsed.problems.append("入院日（Encounter.period.start）がありません。")
        if not number or admitted is None:
            return
        hospital = encounter.get("hospitalization") or {}
        row = StayRow(
            1,
            self.patient(patient, number),
            admitted,
            0,
            self.day(period.get("end"), "退院日"),
            _text(encounter.get("serviceType")),
            self.doctor(encounter),
            _text(hospital.get("admitSource")),
            "",
            _text(hospital.get("dischargeDisposition")),
            tuple(self.diagnoses(encounter)),
            tuple(self.operations()),
            tuple(self.summary()),
        )
        self.parsed.problems += impossible(row, self.today)
        self.parsed.rows.append(row)

    def patient(self, patient: Mapping[str, Any], number: str) -> PatientRow:
        """The patient with kanji, kana, day of birth, sex and address."""
        kanji = kana = ""
        for name in patient.get("name") or ():
            text = str(
                name.get("text") or " ".join([name.get("family", ""), *(name.get("given") or ())])
            ).strip()
            how = [
                one.get("valueCode")
                for one in name.get("extension") or ()
                if str(one.get("url")).endswith(REPRESENTATION)
            ]
            if PHONETIC in how:
                kana = kana or text
            else:
                kanji = kanji or text
        address: Mapping[str, Any] = next(iter(patient.get("address") or ()), {})
        told = str(
            address.get("text")
            or "".join([address.get("state", ""), address.get("city", ""), *(address.get("line") or ())])
        )
        postal = ""
        try:
            postal = read_postal(str(address.get("postalCode") or ""))
        except ValueError as error:
            self.problem("郵便番号", error)
        sex = GENDERS.get(str(patient.get("gender")))
        return PatientRow(
            number,
            kanji,
            kana,
            self.day(patient.get("birthDate"), "生年月日"),
            sex.value if sex else "",
            postal,
            told,
        )

    def doctor(self, encounter: Mapping[str, Any]) -> str:
        """The name of the doctor in charge: the encounter's participant."""
        for participant in encounter.get("participant") or ():
            found = self.named(participant.get("individual"))
            if found is not None and (name := self.practitioner(found)):
                return name
        return ""

    def practitioner(self, resource: Mapping[str, Any]) -> str:
        """The name of a practitioner, also by way of the role."""
        if resource.get("resourceType") == "PractitionerRole":
            found = self.named(resource.get("practitioner"))
            return self.practitioner(found) if found is not None else ""
        name: Mapping[str, Any] = next(iter(resource.get("name") or ()), {})
        return str(name.get("text") or " ".join([name.get("family", ""), *(name.get("given") or ())])).strip()

    def diagnoses(self, encounter: Mapping[str, Any]) -> Iterator[DiagnosisRow]:
        """The conditions with ICD-10 code and name, by role."""
        uses: dict[int, DiagnosisRole] = {}
        for one in encounter.get("diagnosis") or ():
            condition = self.named(one.get("condition"))
            codes = [coding.get("code") for coding in (one.get("use") or {}).get("coding") or ()]
            use = next((USES[code] for code in codes if code in USES), None)
            if condition is not None and use is not None:
                uses[id(condition)] = use
        counts: dict[str, int] = {}
        for condition in self.of("Condition"):
            code = condition.get("code") or {}
            icd = next(
                (
                    str(coding.get("code"))
                    for coding in code.get("coding") or ()
                    if "icd-10" in str(coding.get("system", "")).lower()
                    or "icd10" in str(coding.get("system", "")).lower()
                ),
                "",
            )
            try:
                read_icd(icd)
            except ValueError as error:
                self.problem("傷病名", error)
                continue
            name = _text(code)
            if not icd and not name:
                continue
            role = uses.get(id(condition), DiagnosisRole.OTHER).value
            counts[role] = counts.get(role, 0) + 1
            yield DiagnosisRow(role, counts[role], icd, name)

    def operations(self) -> Iterator[OperationRow]:
        """The procedures that carry a K code; others are no operations of the fee table."""
        seq = without = 0
        for procedure in self.of("Procedure"):
            codes = [str(one.get("code", "")) for one in (procedure.get("code") or {}).get("coding") or ()]
            code = next((one for one in codes if K_CODE.match(operation_key(one))), "")
            if not code:
                without += 1
                continue
            seq += 1
            when = procedure.get("performedDateTime") or (procedure.get("performedPeriod") or {}).get("start")
            yield OperationRow(seq, code, self.day(when, "手術日"), _text(procedure.get("code")))
        if without:
            self.parsed.notes.append(f"Kコードのない処置（Procedure）{without}件は、手術に数えません。")

    def summary(self) -> Iterator[SummaryRow]:
        """That the document was written; its author's profession is not in it."""
        composition = next(self.of("Composition"), None)
        if composition is None or not composition.get("date"):
            return
        at = self.moment(composition["date"], "作成日")
        authors = [self.named(one) for one in composition.get("author") or ()]
        author = next((name for one in authors if one is not None and (name := self.practitioner(one))), "")
        if at is not None:
            self.parsed.notes.append(
                "要約の作成者の職種は文書から分かりません。医師が作成したことを、入院の頁で記録してください。"
            )
            yield SummaryRow(Step.WRITTEN.value, at, author)


def _text(concept: Any) -> str:
    """A coded concept in words."""
    if not concept:
        return ""
    codings = concept.get("coding") or ()
    return str(concept.get("text") or next((one["display"] for one in codings if one.get("display")), ""))
