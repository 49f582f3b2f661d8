"""Discharge summaries: what happened to each, the months that were closed, the reminders that wait to be sent."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site
from mitasu.server.records.models.register import Stay

User = settings.AUTH_USER_MODEL


class Step(models.TextChoices):
    """What may happen to a discharge summary; written and submitted are two facts."""

    WRITTEN = "written", "作成"
    SUBMITTED = "submitted", "中央病歴管理室に提出"
    RETURNED = "returned", "差戻し"
    ACCEPTED = "accepted", "受領"


class Profession(models.TextChoices):
    """Who wrote it; a summary has to be a physician's (疑義解釈その1問34)."""

    PHYSICIAN = "physician", "医師"
    DENTIST = "dentist", "歯科医師"
    NURSE = "nurse", "看護師"
    OTHER = "other", "その他"


class SummaryEvent(models.Model):
    """One thing that happened to the summary of a stay. `author` and `profession` are said where it was written."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+", db_index=False)
    stay = models.ForeignKey(Stay, models.CASCADE, related_name="summary_events")
    step = models.CharField("したこと", max_length=10, choices=Step.choices)
    at = models.DateTimeField("日時")
    author = models.CharField("作成者", max_length=100, blank=True)
    profession = models.CharField("職種", max_length=10, choices=Profession.choices, blank=True)
    note = models.CharField("覚え書き", max_length=300, blank=True)
    taken_back = models.BooleanField(default=False)
    recorded_at = models.DateTimeField(auto_now_add=True)
    recorded_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("at", "pk")


class MonthClose(models.Model):
    """A month's discharge summaries as they were counted and put into the ledger; versions are never rewritten."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    version = models.PositiveSmallIntegerField()
    final = models.BooleanField()
    due = models.PositiveIntegerField()
    in_time = models.PositiveIntegerField()
    overdue = models.PositiveIntegerField()
    within_30 = models.PositiveIntegerField(null=True)
    rows = models.JSONField()
    """[stay, discharged, submitted or null, standing] for each discharge: no names."""
    reason = models.CharField("理由", max_length=300, blank=True)
    evidence = models.PositiveIntegerField()
    at = models.DateTimeField(auto_now_add=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("-month", "-version")
        constraints = (
            models.UniqueConstraint(fields=("site", "month", "version"), name="one_version_of_a_month"),
        )


class Reminder(models.Model):
    """A reminder to a doctor that waits to be sent: how many summaries, how many overdue; no patient is named in it."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    doctor = models.CharField(max_length=100)
    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="+")
    on = models.DateField()
    title = models.CharField(max_length=300)
    text = models.TextField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-on", "doctor")
        constraints = (models.UniqueConstraint(fields=("site", "doctor", "on"), name="one_reminder_per_day"),)
