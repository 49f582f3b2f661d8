"""Carrying a plan out: everything of it or nothing, and joining pseudonymous numbers to the hospital's patients."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing import form1
from mitasu.server.records.importing.plan import AT_ONCE, KEEP, PATIENT, STAY, TAKE, Plan, chunks, plan
from mitasu.server.records.models import (
    Diagnosis,
    IdMap,
    ImportBatch,
    Operation,
    Patient,
    Stay,
    SummaryEvent,
)
from mitasu.server.records.models.register import age_on
from mitasu.server.records.search.compiled import analysed
from mitasu.server.records.summaries import recount

LARGE = 1000
"""After so many changed rows the database is told anew how its tables are made up."""


def carry(
    site: Site, kind: str, content: bytes, name: str, *, today: date, take: str = "", by: Any = None
) -> tuple[ImportBatch, Plan]:
    """Takes a file in, all or nothing; UsageError where it has problems, or conflicts that nobody decided."""
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        made = plan(site, kind, content, name, today=today, take=take)
        if made.problems:
            raise UsageError(f"取り込めません。直すところが{len(made.problems)}あります。{made.problems[0]}")
        if made.conflicts and take not in (KEEP, TAKE):
            raise UsageError(
                f"一覧表と食い違うところが{len(made.conflicts)}あります。どちらを残すかを選んでください。"
            )
        return _write(site, made, by), made


def _write(site: Site, made: Plan, by: Any) -> ImportBatch:
    batch = ImportBatch.objects.create(
        site=site, kind=made.kind, name=made.name[:200], digest=made.digest, rows=len(made.parsed.rows),
        made=len(made.new_stays), changed=len(made.changed_stays) + len(made.changed_patients), same=made.same,
        report=[*made.notes, *(f"食い違い{len(made.conflicts)}件" for _ in made.conflicts[:1])], by=by,
    )  # fmt: skip
    Patient.objects.bulk_create([one.keyed() for one in made.new_patients.values()], batch_size=AT_ONCE)
    Patient.objects.bulk_update(
        [one.keyed() for one in made.changed_patients.values()], [*PATIENT, "names", "grams"], batch_size=200
    )
    for stay in [*made.new_stays, *made.changed_stays.values()]:
        stay.batch = batch
    for stay in made.new_stays:
        stay.sex, stay.age = stay.patient.sex, age_on(stay.patient.birth, stay.admitted)
    Stay.objects.bulk_create(made.new_stays, batch_size=AT_ONCE)
    if made.changed_patients:
        _repeat_patients(made)
    Stay.objects.bulk_update(
        list(made.changed_stays.values()), [*STAY, "doctor_user", "sex", "age", "batch"], batch_size=200
    )
    Diagnosis.objects.bulk_create(made.diagnoses, batch_size=AT_ONCE)
    Operation.objects.bulk_create(made.operations, batch_size=AT_ONCE)
    for event in made.events:
        event.recorded_by = by
    SummaryEvent.objects.bulk_create(made.events, batch_size=AT_ONCE)
    Diagnosis.objects.bulk_update(made.changed_diagnoses, ["icd_text", "icd", "name", "key"], batch_size=200)
    Operation.objects.bulk_update(
        made.changed_operations, ["code_text", "code", "on", "name"], batch_size=200
    )
    recount(site, {event.stay_id for event in made.events})
    if made.changes >= LARGE:
        transaction.on_commit(analysed)
    return batch


def _repeat_patients(made: Plan) -> None:
    """Sex and age once more at the stays of patients of whom something became known."""
    for chunk in chunks(list(made.changed_patients.values())):
        by_id = {one.pk: one for one in chunk}
        stays = list(Stay.objects.filter(patient__in=list(by_id)))
        for stay in stays:
            patient = by_id[stay.patient_id]
            stay.sex, stay.age = patient.sex, age_on(patient.birth, stay.admitted)
            if stay.pk in made.changed_stays:
                again = made.changed_stays[stay.pk]
                again.sex, again.age = stay.sex, stay.age
        Stay.objects.bulk_update(stays, ["sex", "age"], batch_size=200)


def map_numbers(site: Site, numbers: dict[str, str]) -> tuple[int, int]:
    """Takes in an id map: how many pseudonymous numbers were joined to patients, how many were so already.

    A patient known from DPC files only becomes the patient of the map; UsageError where a number is mapped to
    someone else already.
    """
    joined = same = 0
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        before = {one.outside: one for one in IdMap.objects.filter(site=site).select_related("patient")}
        for outside, number in numbers.items():
            if outside in before:
                if before[outside].patient.number != number:
                    raise UsageError(
                        f"データ識別番号{outside}は、もう患者{before[outside].patient.number}に結ばれています。"
                    )
                same += 1
                continue
            _join(site, outside, number)
            joined += 1
    return joined, same


def _join(site: Site, outside: str, number: str) -> None:
    patient = Patient.objects.filter(site=site, number=number).first()
    alias = Patient.objects.filter(site=site, number=form1.PREFIX + outside).first()
    if patient is None and alias is not None:
        alias.number = number
        alias.save()
        patient = alias
    elif patient is None:
        patient = Patient.objects.create(site=site, number=number)
    elif alias is not None:
        for name in PATIENT:  # what the DPC file knew fills what the list did not say
            setattr(patient, name, getattr(patient, name) or getattr(alias, name))
        patient.save()
        for stay in Stay.objects.filter(patient=alias):
            if Stay.objects.filter(patient=patient, admitted=stay.admitted, count=stay.count).exists():
                raise UsageError(
                    f"患者{number}に同じ入院日（{stay.admitted}）の入院がもうあります。様式1を取り込み直す前に、どちらかを直してください。"
                )
            stay.patient = patient
            stay.sex, stay.age = patient.sex or stay.sex, age_on(patient.birth, stay.admitted) or stay.age
            stay.save(update_fields=["patient", "sex", "age"])
        alias.delete()
    IdMap.objects.create(site=site, outside=outside, patient=patient)
