"""Invented stays, the same for the same seed: for the demonstration, the tests and the measurements.

Everybody here is made up: family names are those of forms (見本, 例示 …) and a few common ones, the rest is drawn
by a seeded generator.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from mitasu.facts.summaries import last_in_time
from mitasu.server.accounts.models import Membership, Records, Site
from mitasu.server.records.models import (
    Diagnosis,
    DiagnosisRole,
    Operation,
    Outpatient,
    Patient,
    Profession,
    Sex,
    StaffMember,
    Stay,
    Step,
    SummaryEvent,
)
from mitasu.server.records.models.register import age_on
from mitasu.server.records.names import operation_key

FAMILIES = (
    ("見本", "ミホン"), ("例示", "レイジ"), ("髙橋", "タカハシ"), ("高橋", "タカハシ"), ("佐藤", "サトウ"), ("大野", "オオノ"),
    ("伊藤", "イトウ"), ("渡邊", "ワタナベ"), ("渡辺", "ワタナベ"), ("山﨑", "ヤマザキ"), ("山崎", "ヤマサキ"), ("齋藤", "サイトウ"),
    ("試験", "シケン"), ("架空", "カクウ"), ("仮名", "カメイ"), ("雛形", "ヒナガタ"), ("想定", "ソウテイ"), ("濱田", "ハマダ"),
)  # fmt: skip
GIVEN = (
    ("太郎", "タロウ", "1"), ("次郎", "ジロウ", "1"), ("一朗", "イチロウ", "1"), ("健", "ケン", "1"), ("丈", "ジョー", "1"),
    ("花子", "ハナコ", "2"), ("春子", "ハルコ", "2"), ("由美", "ユミ", "2"), ("京香", "キョウカ", "2"), ("マリー", "マリー", "2"),
)  # fmt: skip
DEPARTMENTS = ("内科", "外科", "整形外科", "循環器内科", "脳神経外科", "小児科", "産婦人科", "泌尿器科")
DISEASES = (
    ("C34.1", "上葉肺癌"), ("C34.9", "肺癌"), ("C18.7", "S状結腸癌"), ("C16.9", "胃癌"), ("I21.9", "急性心筋梗塞"),
    ("I50.0", "うっ血性心不全"), ("I63.9", "脳梗塞"), ("J18.9", "肺炎"), ("J13", "肺炎球菌肺炎"), ("K35.8", "急性虫垂炎"),
    ("K80.0", "胆石性急性胆のう炎"), ("S72.00", "大腿骨頸部骨折"), ("M17.1", "変形性膝関節症"), ("N20.1", "尿管結石"),
    ("E11.9", "2型糖尿病"), ("I10", "高血圧症"), ("O80.0", "自然頭位分娩"), ("G40.9", "てんかん"), ("A09", "感染性胃腸炎"),
    ("N39.0", "尿路感染症"),
)  # fmt: skip
OPERATIONS = (
    ("K514-2", "胸腔鏡下肺悪性腫瘍手術"), ("K719-3", "腹腔鏡下結腸悪性腫瘍切除術"), ("K546", "経皮的冠動脈形成術"),
    ("K046", "骨折観血的手術"), ("K082", "人工関節置換術"), ("K672-2", "腹腔鏡下胆嚢摘出術"), ("K718-2", "腹腔鏡下虫垂切除術"),
    ("K781", "経尿道的尿路結石除去術"), ("K898", "帝王切開術"), ("K655", "胃切除術"),
)  # fmt: skip
POSTAL = ("0600001", "0600002", "0610001", "0620011", "0640805", "0010010", "0700030")
AT_ONCE = 5000


@dataclass(slots=True)
class Made:
    """Rows that belong together, not saved."""

    patients: list[Patient]
    stays: list[Stay]
    diagnoses: list[Diagnosis]
    operations: list[Operation]
    events: list[SummaryEvent]


def drawn(
    site: Site, count: int, *, first: date, last: date, seed: int = 1, share: int = 94
) -> Iterator[Made]:
    """Stays that began from `first` to `last`, in batches; `share` percent of the summaries come within 14 days.

    Nothing lies after `last`: whoever has not left by then is in hospital.
    """
    chance = random.Random(seed)  # noqa: S311 - invented data, repeatable
    span = (last - first).days
    patients: list[Patient] = []
    number = 0
    for start in range(0, count, AT_ONCE):
        made = Made([], [], [], [], [])
        for _ in range(min(AT_ONCE, count - start)):
            number += 1
            if patients and chance.random() < 0.3:
                patient = chance.choice(patients)
            else:
                patient = _patient(site, chance, number, last)
                patients.append(patient)
                made.patients.append(patient)
            _stay(made, chance, patient, first + timedelta(days=chance.randint(0, span)), number, last, share)
        yield made


def _patient(site: Site, chance: random.Random, number: int, last: date) -> Patient:
    kanji, kana = chance.choice(FAMILIES)
    given, given_kana, sex = chance.choice(GIVEN)
    return Patient(
        site=site, number=f"{number:07d}", kanji=f"{kanji}　{given}", kana=f"{kana}　{given_kana}",
        birth=last - timedelta(days=chance.randint(20 * 365, 98 * 365)), sex=Sex(sex).value,
        postal=chance.choice(POSTAL), address=f"見本県架空市{chance.randint(1, 20)}丁目",
    ).keyed()  # fmt: skip


def _stay(
    made: Made, chance: random.Random, patient: Patient, admitted: date, count: int, last: date, share: int
) -> None:
    left: date | None = admitted + timedelta(days=min(int(chance.expovariate(1 / 12)), 180))
    if left is not None and left > last:
        left = None
    department = chance.choice(DEPARTMENTS)
    stay = Stay(
        site=patient.site, patient=patient, admitted=admitted, count=count % 32_000, discharged=left,
        department=department, doctor=f"{department}医師{chance.randint(1, 5)}", sex=patient.sex,
        age=age_on(patient.birth, admitted), route="家庭から", outcome=chance.choice(("治癒", "軽快", "不変", "死亡")),
    )  # fmt: skip
    made.stays.append(stay)
    main, *others = chance.sample(DISEASES, chance.randint(1, 4))
    for role, disease in ((DiagnosisRole.MAIN, main), (DiagnosisRole.RESOURCE, main)):
        made.diagnoses.append(_diagnosis(stay, role, 1, disease))
    for seq, disease in enumerate(others, 1):
        made.diagnoses.append(_diagnosis(stay, DiagnosisRole.COMORBID, seq, disease))
    if chance.random() < 0.55:
        code, name = chance.choice(OPERATIONS)
        made.operations.append(
            Operation(
                site=patient.site,
                stay=stay,
                seq=1,
                code_text=code,
                code=operation_key(code),
                on=admitted,
                name=name,
            )
        )
    if left is not None:
        _summary(made, chance, stay, left, last, share)


def _diagnosis(stay: Stay, role: DiagnosisRole, seq: int, disease: tuple[str, str]) -> Diagnosis:
    return Diagnosis(
        site=stay.site, stay=stay, role=role.value, seq=seq, icd_text=disease[0], name=disease[1]
    ).keyed()


def _summary(made: Made, chance: random.Random, stay: Stay, left: date, last: date, share: int) -> None:
    """Written by a physician and handed in a day later, mostly in time."""
    late = chance.random() * 100 >= share
    handed = (
        last_in_time(left) + timedelta(days=chance.randint(1, 10))
        if late
        else left + timedelta(days=chance.randint(1, 13))
    )
    written = handed - timedelta(days=1)
    stay.written = written if written <= last else None
    stay.submitted = handed if handed <= last else None
    for step, day, known in ((Step.WRITTEN, written, stay.written), (Step.SUBMITTED, handed, stay.submitted)):
        if known:
            wrote = step == Step.WRITTEN
            made.events.append(
                SummaryEvent(
                    site=stay.site, stay=stay, step=step.value,
                    at=timezone.make_aware(datetime.combine(day, time(17, 0))),
                    author=stay.doctor if wrote else "", profession=Profession.PHYSICIAN.value if wrote else "",
                )
            )  # fmt: skip


def plant(
    site: Site,
    count: int = 300,
    *,
    first: date,
    last: date,
    seed: int = 1,
    share: int = 94,
    events: bool = True,
) -> int:
    """Puts drawn stays into the register of a site; how many."""
    planted = 0
    with transaction.atomic():
        for made in drawn(site, count, first=first, last=last, seed=seed, share=share):
            Patient.objects.bulk_create(made.patients, batch_size=AT_ONCE)
            Stay.objects.bulk_create(made.stays, batch_size=AT_ONCE)
            Diagnosis.objects.bulk_create(made.diagnoses, batch_size=AT_ONCE)
            Operation.objects.bulk_create(made.operations, batch_size=AT_ONCE)
            if events:
                SummaryEvent.objects.bulk_create(made.events, batch_size=AT_ONCE)
            planted += len(made.stays)
        _visits(site, seed, last)
    return planted


MANAGERS = (
    ("見本 専", "full_time", "exclusive"),
    ("見本 任", "full_time", "dedicated"),
    ("例示 任", "full_time", "dedicated"),
    ("例示 非", "part_time", "dedicated"),
)


def plant_demo(site: Site, user: Any, today: date) -> None:
    """The register of the sample hospital: some 300 stays, its managers, and the user as the one who keeps it."""
    plant(site, 300, first=today - timedelta(days=120), last=today)
    for name, employment, assignment in MANAGERS:
        StaffMember.objects.create(
            site=site, name=name, employment=employment, assignment=assignment, first=date(2024, 4, 1)
        )
    Membership.objects.filter(site=site, user=user).update(records=Records.KEEP)


def _visits(site: Site, seed: int, last: date) -> None:
    """Out-patient diseases of some of the patients."""
    chance = random.Random(seed + 1)  # noqa: S311 - invented data, repeatable
    visits = []
    for patient in Patient.objects.filter(site=site).order_by("pk")[:200]:
        icd, name = chance.choice(DISEASES)
        begun = last - timedelta(days=chance.randint(30, 900))
        visit = Outpatient(
            site=site, patient=patient, first=begun, last=last - timedelta(days=chance.randint(0, 29)),
            department=chance.choice(DEPARTMENTS), icd_text=icd, name=name,
        )  # fmt: skip
        visits.append(visit.keyed())
    Outpatient.objects.bulk_create(visits)
