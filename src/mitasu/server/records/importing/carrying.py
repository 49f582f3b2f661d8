"""Carrying a plan out: everything of it or nothing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing.plan import AT_ONCE, KEEP, PATIENT, STAY, TAKE, Plan, chunks, plan
from mitasu.server.records.models import (
    Diagnosis,
    ImportBatch,
    Operation,
    Patient,
    RoomSettings,
    Stay,
    SummaryEvent,
)
from mitasu.server.records.models.register import age_on
from mitasu.server.records.search.compiled import analysed
from mitasu.server.records.summaries import recount, state_of

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
                f"一覧表と食い違うところが{len(made.conflicts)}件あります。どちらを残すかを選んでください"
                "（命令では --take keep 一覧表の値を残す、--take take ファイルの値にする）。"
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
    known_before = {event.stay_id for event in made.events if event.stay_id}
    _count_new(site, made)
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
    recount(site, known_before)
    if made.changes >= LARGE:
        transaction.on_commit(analysed)
    return batch


def _count_new(site: Site, made: Plan) -> None:
    """Which days count for the summaries of stays that are only now made, all of whose events this file brings."""
    settings, events = RoomSettings.of(site), defaultdict(list)
    for event in made.events:
        events[id(event.stay)].append(event)
    for stay in made.new_stays:
        found = state_of(events[id(stay)], settings)
        stay.written, stay.submitted, stay.returned = found.written, found.submitted, found.returned


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
