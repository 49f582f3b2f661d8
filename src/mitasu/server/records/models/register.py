"""The register (電子的な一覧表): patients, stays with diagnoses and operations, out-patient diseases, where they came from.

What is searched is kept beside what was written, in one normalised form (`mitasu.server.records.names`); what
was written is never changed by it. `Stay` repeats sex and age of its patient so that a search of stays looks
at one table.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site
from mitasu.server.records.names import code_key, grams, name_key

User = settings.AUTH_USER_MODEL


class Sex(models.TextChoices):
    """As the discharge form (様式1) codes it."""

    MALE = "1", "男"
    FEMALE = "2", "女"
    OTHER = "9", "その他・不明"


class ImportBatch(models.Model):
    """A file that was taken in: its hash, how many rows it had and what came of them."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    rows = models.PositiveIntegerField()
    made = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)
    """What was left undecided or out, in lines without names of patients."""
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-at",)


class Patient(models.Model):
    """A patient under the hospital's number; one known from DPC files only goes by `DPC:` and the pseudonymous number."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    number = models.CharField("患者番号", max_length=40)
    kanji = models.CharField("氏名", max_length=100, blank=True)
    kana = models.CharField("カナ氏名", max_length=100, blank=True)
    birth = models.DateField("生年月日", null=True)
    sex = models.CharField("性別", max_length=1, choices=Sex.choices, blank=True)
    postal = models.CharField("郵便番号", max_length=7, blank=True)
    address = models.CharField("住所", max_length=300, blank=True)
    names = models.CharField(max_length=220, blank=True)
    """Kanji and kana in their normalised forms, a space between: what a search of names looks into."""
    grams = models.TextField(blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "number"), name="one_patient_per_number"),)
        indexes = (models.Index(fields=("site", "postal"), name="records_by_postal"),)

    def __str__(self) -> str:
        return self.kanji or self.kana or self.number

    def keyed(self) -> Patient:
        """The patient with the columns that are searched made anew."""
        self.names = " ".join(filter(None, (name_key(self.kanji), name_key(self.kana))))
        self.grams = grams(self.names)
        return self

    def save(self, *args: Any, **options: Any) -> None:
        """Saves; the searched columns always fit the names."""
        self.keyed()
        super().save(*args, **options)


class Stay(models.Model):
    """One stay in hospital. `discharged` null: still in hospital. `count` tells stays of one admission day apart.

    `submitted`: the day that counts for the discharge summary, by `mitasu.server.records.summaries`; null: none.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="stays", db_index=False)
    admitted = models.DateField("入院日")
    count = models.PositiveSmallIntegerField("回数", default=0)
    discharged = models.DateField("退院日", null=True)
    department = models.CharField("担当診療科", max_length=60, blank=True)
    doctor = models.CharField("担当医", max_length=100, blank=True)
    doctor_user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    route = models.CharField("入院経路", max_length=60, blank=True)
    outcome = models.CharField("転帰", max_length=60, blank=True)
    destination = models.CharField("退院先", max_length=60, blank=True)
    sex = models.CharField(max_length=1, blank=True)
    age = models.PositiveSmallIntegerField("年齢", null=True)
    written = models.DateField(null=True)
    submitted = models.DateField(null=True)
    returned = models.BooleanField(default=False)
    batch = models.ForeignKey(ImportBatch, models.SET_NULL, null=True, related_name="+", db_index=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("patient", "admitted", "count"), name="one_stay_per_admission"),
        )
        indexes = (
            models.Index(fields=("site", "discharged"), name="records_by_discharged"),
            models.Index(fields=("patient", "site", "discharged"), name="records_by_patient"),
            models.Index(fields=("site", "admitted"), name="records_by_admitted"),
            models.Index(fields=("site", "department", "discharged"), name="records_by_department"),
            models.Index(fields=("site", "doctor", "discharged"), name="records_by_doctor"),
            models.Index(
                fields=("site", "discharged"),
                name="records_by_unsubmitted",
                condition=models.Q(submitted=None, discharged__isnull=False),
            ),
        )

    @property
    def days(self) -> int | None:
        """Days in hospital, both ends counted; None while in hospital."""
        return None if self.discharged is None else (self.discharged - self.admitted).days + 1


def age_on(birth: date | None, day: date) -> int | None:
    """Full years on a day.

    >>> age_on(date(2000, 2, 29), date(2001, 2, 28)), age_on(date(2000, 2, 29), date(2001, 3, 1))
    (0, 1)
    """
    if birth is None or day < birth:
        return None
    return day.year - birth.year - ((day.month, day.day) < (birth.month, birth.day))


class DiagnosisRole(models.TextChoices):
    """What a diagnosis is to the stay, as the discharge form has it."""

    MAIN = "main", "主傷病"
    TRIGGER = "trigger", "入院の契機"
    RESOURCE = "resource", "医療資源を最も投入"
    RESOURCE_2 = "resource2", "医療資源を2番目に投入"
    COMORBID = "comorbid", "入院時併存"
    COMPLICATION = "complication", "入院後発症"
    OTHER = "other", "区分なし"


class Diagnosis(models.Model):
    """A diagnosis of a stay: the ICD code as written and its key (capital letters and digits only); `key`: the name's."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", db_index=False)
    stay = models.ForeignKey(Stay, models.CASCADE, related_name="diagnoses", db_index=False)
    role = models.CharField(max_length=12, choices=DiagnosisRole.choices)
    seq = models.PositiveSmallIntegerField(default=1)
    icd_text = models.CharField("ICDコード", max_length=20, blank=True)
    icd = models.CharField(max_length=10, blank=True)
    name = models.CharField("病名", max_length=200, blank=True)
    key = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("stay", "role", "seq"), name="one_diagnosis_per_place"),
        )
        indexes = (
            models.Index(fields=("site", "icd", "stay", "role"), name="records_by_icd"),
            models.Index(fields=("site", "key", "stay"), name="records_by_disease"),
        )

    def keyed(self) -> Diagnosis:
        """The diagnosis with the columns that are searched made anew."""
        self.icd, self.key = code_key(self.icd_text), name_key(self.name)
        return self


class Operation(models.Model):
    """An operation during a stay: its number in the fee table (K code), day and name."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", db_index=False)
    stay = models.ForeignKey(Stay, models.CASCADE, related_name="operations", db_index=False)
    seq = models.PositiveSmallIntegerField(default=1)
    code_text = models.CharField("手術コード", max_length=20, blank=True)
    code = models.CharField(max_length=20, blank=True)
    on = models.DateField(null=True)
    name = models.CharField("手術名", max_length=200, blank=True)

    class Meta:
        ordering = ("stay", "seq")
        constraints = (models.UniqueConstraint(fields=("stay", "seq"), name="one_operation_per_place"),)
        indexes = (models.Index(fields=("site", "code", "stay"), name="records_by_code"),)


class Outpatient(models.Model):
    """A disease of an out-patient record, so that out-patient records can be found by disease (加算3, from 2026-06 加算2)."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", db_index=False)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="visits")
    first = models.DateField("初診日", null=True)
    last = models.DateField("最終診療日", null=True)
    department = models.CharField("診療科", max_length=60, blank=True)
    icd_text = models.CharField(max_length=20, blank=True)
    icd = models.CharField(max_length=10, blank=True)
    name = models.CharField("傷病名", max_length=200, blank=True)
    key = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("patient", "department", "icd", "name", "first"), name="one_outpatient_disease"
            ),
        )
        indexes = (
            models.Index(fields=("site", "icd", "last"), name="records_outpatient_icd"),
            models.Index(fields=("site", "key"), name="records_outpatient_disease"),
        )

    def keyed(self) -> Outpatient:
        """The visit with the columns that are searched made anew."""
        self.icd, self.key = code_key(self.icd_text), name_key(self.name)
        return self


class IdMap(models.Model):
    """The hospital's own map from the pseudonymous number of DPC files (データ識別番号) to its patients."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", db_index=False)
    outside = models.CharField("データ識別番号", max_length=20)
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="outside_numbers")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "outside"), name="one_patient_per_outside"),)
