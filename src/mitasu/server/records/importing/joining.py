"""Joining the pseudonymous numbers of DPC files to the hospital's patients, and the stays known under both to one.

A patient known from DPC files only becomes the patient of the map. Where the list has the same stay already, what
the DPC file knew fills what the list left empty and the two become one; where both say something, the list's value
stays and is told: the DPC file taken in once more shows both values and asks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.importing import form1
from mitasu.server.records.importing.plan import PATIENT, STAY, shown
from mitasu.server.records.models import IdMap, Patient, Stay
from mitasu.server.records.models.register import age_on
from mitasu.server.records.names import code_key


@dataclass(slots=True)
class Joined:
    """How many numbers were joined to patients, how many were so already, how many stays were made one.

    `differing`: what the two said differently, in words; the list's value stayed.
    """

    joined: int = 0
    same: int = 0
    merged: int = 0
    differing: list[str] = field(default_factory=list)

    @property
    def told(self) -> list[str]:
        """In sentences."""
        found = [f"対応{self.joined:,}件（もう結ばれているもの{self.same:,}件）"]
        if self.merged:
            found.append(f"一覧表と様式1の両方にあった入院{self.merged:,}件を一つにします。")
        if self.differing:
            found.append(
                f"食い違い{len(self.differing):,}件は、一覧表の値を残します。"
                "様式1をもう一度取り込むと、両方の値を示して尋ねます。"
            )
        return found


def map_numbers(site: Site, numbers: dict[str, str], *, dry: bool = False) -> Joined:
    """Takes in an id map, or shows what it would do (`dry`); UsageError where a number is mapped to someone else."""
    found = Joined()
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        before = {one.outside: one for one in IdMap.objects.filter(site=site).select_related("patient")}
        for outside, number in numbers.items():
            if outside in before:
                if before[outside].patient.number != number:
                    raise UsageError(
                        f"データ識別番号{outside}は、もう患者{before[outside].patient.number}に結ばれています。"
                    )
                found.same += 1
                continue
            _join(site, outside, number, found)
            found.joined += 1
        if dry:
            transaction.set_rollback(True)
    return found


def _join(site: Site, outside: str, number: str, found: Joined) -> None:
    patient = Patient.objects.filter(site=site, number=number).first()
    alias = Patient.objects.filter(site=site, number=form1.PREFIX + outside).first()
    if patient is None and alias is not None:
        alias.number = number
        alias.save()
        patient = alias
    elif patient is None:
        patient = Patient.objects.create(site=site, number=number)
    elif alias is not None:
        _fill(patient, alias, PATIENT, f"患者{number}", found)
        patient.save()
        for stay in Stay.objects.filter(patient=alias).order_by("pk"):
            _moved(stay, patient, found)
        _handed_over(alias, patient)
        alias.delete()
    IdMap.objects.create(site=site, outside=outside, patient=patient)


def _handed_over(alias: Patient, patient: Patient) -> None:
    """Gives the patient all else that is known of the other: holds, disposals, loans, requests, diseases seen."""
    for rows in (alias.holds, alias.disposals, alias.loans, alias.disclosures, alias.outside_numbers):
        rows.update(patient=patient)
    for visit in alias.visits.all():
        same = {name: getattr(visit, name) for name in ("department", "icd", "name", "first")}
        if patient.visits.filter(**same).exists():
            visit.delete()
        else:
            visit.patient = patient
            visit.save(update_fields=["patient"])


def _moved(stay: Stay, patient: Patient, found: Joined) -> None:
    """Gives a stay to the patient, or makes it one with the stay of that day which the patient has."""
    there = list(Stay.objects.filter(patient=patient, admitted=stay.admitted).order_by("pk"))
    same = next((one for one in there if one.count == stay.count), None)
    same = there[0] if same is None and len(there) == 1 else same
    if same is None:
        stay.patient = patient
        age = age_on(patient.birth, stay.admitted)
        stay.sex, stay.age = patient.sex or stay.sex, stay.age if age is None else age
        stay.save(update_fields=["patient", "sex", "age"])
        return
    what = f"患者{patient.number}・入院日{stay.admitted}"
    _fill(same, stay, STAY, what, found)
    same.sex, same.age = patient.sex, age_on(patient.birth, same.admitted)
    same.save()
    known = {(one.role, one.seq): one for one in same.diagnoses.all()}
    for diagnosis in stay.diagnoses.all():
        before = known.get((diagnosis.role, diagnosis.seq))
        if before is None:
            diagnosis.stay = same
            diagnosis.save(update_fields=["stay"])
        elif (code_key(before.icd_text), before.name) != (code_key(diagnosis.icd_text), diagnosis.name):
            found.differing.append(
                f"{what} {diagnosis.get_role_display()}{diagnosis.seq}："
                f"一覧表「{before.icd_text} {before.name}」、様式1「{diagnosis.icd_text} {diagnosis.name}」"
            )
    operations = {(one.code, one.on) for one in same.operations.all()}
    last = max((one.seq for one in same.operations.all()), default=0)
    for operation in stay.operations.all():
        if (operation.code, operation.on) not in operations:
            last += 1
            operation.stay, operation.seq = same, last
            operation.save(update_fields=["stay", "seq"])
    stay.summary_events.update(stay=same)
    stay.delete()
    found.merged += 1


def _fill(
    ours: Patient | Stay, theirs: Patient | Stay, fields: dict[str, str], what: str, found: Joined
) -> None:
    """Fills what the list left empty; tells what the two say differently."""
    for name, label in fields.items():
        old, new = getattr(ours, name), getattr(theirs, name)
        if not new or new == old:
            continue
        if old:
            found.differing.append(
                f"{what} {label}：一覧表「{shown(name, old)}」、様式1「{shown(name, new)}」"
            )
        else:
            setattr(ours, name, new)
