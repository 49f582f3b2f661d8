"""The record room: its people, its settings, the searches that were made and what was taken out of the register."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.server.accounts.models import Site

User = settings.AUTH_USER_MODEL


class StaffMember(models.Model):
    """A health-record manager (診療記録管理者) with the days of service and what else they do."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    name = models.CharField("氏名", max_length=100)
    employment = models.CharField("雇用の形", max_length=12, choices=list(EMPLOYMENT.items()))
    assignment = models.CharField("専従・専任", max_length=12, choices=list(ASSIGNMENT.items()))
    clerk_assistant = models.BooleanField("医師事務作業補助者を兼ねる", default=False)
    cancer_registry = models.BooleanField("がん登録の専従担当者である", default=False)
    other_duties = models.BooleanField("請求・受付など、ほかの業務をする", default=False)
    duties = models.CharField("業務", max_length=300, blank=True)
    first = models.DateField("始まり")
    last = models.DateField("終わり", null=True, blank=True)

    class Meta:
        ordering = ("first", "pk")


class Doctor(models.Model):
    """Whose account a doctor's name in the register belongs to; said by a person, never guessed from names."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    name = models.CharField("担当医", max_length=100)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(fields=("site", "name"), name="one_account_per_doctor"),)


class RoomSettings(models.Model):
    """How a hospital's record room counts and keeps, where the notice leaves it open."""

    class Counting(models.TextChoices):
        LAST = "last", "差戻しの後に提出し直した日（厳しい読み方）"
        FIRST = "first", "はじめに提出した日"

    site = models.OneToOneField(Site, models.PROTECT, related_name="+")
    counting = models.CharField(
        "差し戻した要約の提出日", max_length=10, choices=Counting.choices, default=Counting.LAST
    )
    dentists_count = models.BooleanField("歯科医師が作成した要約も数える", default=False)
    charts_years = models.PositiveSmallIntegerField("診療録の保存年数", default=5)
    others_years = models.PositiveSmallIntegerField("手術記録・看護記録などの保存年数", default=3)
    years_source = models.CharField(
        "保存年数の根拠", max_length=300, default="医師法第24条第2項、保険医療機関及び保険医療養担当規則第9条"
    )
    operation_code = models.PositiveSmallIntegerField("様式1のKコードのペイロード番号", null=True, blank=True)
    operation_day = models.PositiveSmallIntegerField("様式1の手術日のペイロード番号", null=True, blank=True)
    operation_name = models.PositiveSmallIntegerField("様式1の手術名のペイロード番号", null=True, blank=True)
    departments = models.JSONField("診療科コードの名前", default=dict, blank=True)
    answer_days = models.PositiveSmallIntegerField("開示請求に答える目安の日数", default=30)

    @classmethod
    def of(cls, site: Site) -> RoomSettings:
        """The settings of a site; the defaults where none were made."""
        return cls.objects.filter(site=site).first() or cls(site=site)


class Search(models.Model):
    """Conditions that someone searched by; with a name they are kept, without only for a while."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    name = models.CharField("名前", max_length=100, blank=True)
    conditions = models.JSONField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at",)


class Extraction(models.Model):
    """A list that left the register: by whom, what for, by which conditions, how many rows, which columns."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    user = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    purpose = models.CharField("目的", max_length=300)
    conditions = models.TextField()
    rows = models.PositiveIntegerField()
    form = models.CharField(max_length=10)
    columns = models.JSONField()
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at",)
