"""Keeping and giving: records held back from disposal, disposed of, lent, and disclosed on request (診療情報の提供)."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site
from mitasu.server.records.models.register import Patient

User = settings.AUTH_USER_MODEL


class Hold(models.Model):
    """A patient's records are not to be disposed of (a lawsuit, a request, research) until the hold is lifted."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="holds")
    reason = models.CharField("理由", max_length=300)
    from_day = models.DateField("始まり")
    lifted = models.DateField("解除した日", null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-from_day", "-pk")


class Disposal(models.Model):
    """Records of a patient that were disposed of: which, completed when, under which period, how, by whose approval."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="disposals")
    what = models.CharField("対象", max_length=20)
    completed = models.DateField("完結の日")
    years = models.PositiveSmallIntegerField()
    on = models.DateField("廃棄した日")
    method = models.CharField("方法", max_length=100)
    approved_by = models.CharField("承認者", max_length=100)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    evidence = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("-on", "-pk")


class Loan(models.Model):
    """A record that was lent out of the record room."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="loans")
    what = models.CharField("貸し出すもの", max_length=100)
    borrower = models.CharField("借りる人・部署", max_length=100)
    purpose = models.CharField("目的", max_length=200)
    lent = models.DateField("貸出日")
    due = models.DateField("返却の期限")
    returned = models.DateField("返却日", null=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-lent", "-pk")


class Disclosure(models.Model):
    """A request for disclosure of records; where it stands is its last step."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="disclosures")
    received = models.DateField("受付日")
    applicant = models.CharField("請求した人と続柄", max_length=100)
    scope = models.CharField("求める範囲", max_length=300)
    due = models.DateField("回答の期限", null=True)

    class Meta:
        ordering = ("-received", "-pk")


class DisclosureStep(models.Model):
    """One step of a request, from receipt to answer."""

    class Kind(models.TextChoices):
        RECEIVED = "received", "受付"
        IDENTIFIED = "identified", "本人・代理権の確認"
        ASKED = "asked", "担当医の意見"
        DECIDED = "decided", "提供の決定"
        REFUSED = "refused", "提供しない決定"
        ANSWERED = "answered", "回答・提供"
        WITHDRAWN = "withdrawn", "取下げ"

    disclosure = models.ForeignKey(Disclosure, models.PROTECT, related_name="steps")
    kind = models.CharField("段階", max_length=12, choices=Kind.choices)
    on = models.DateField("日")
    note = models.CharField("内容", max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("on", "pk")
