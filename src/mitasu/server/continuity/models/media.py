"""Removable media: each a state machine with its events, so that "offline" is something seen and not said."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from mitasu.server.continuity.models.backups import Target


class MediumState(models.TextChoices):
    """Where a medium stands; the order of the states is the order of work."""

    REGISTERED = "registered", "登録した"
    ATTACHED = "attached", "つないだ"
    COPIED = "copied", "写した"
    VERIFIED = "verified", "読み返した"
    DETACHED = "detached", "切り離しを命じた"
    OFFLINE = "offline", "切り離されている"
    LOST = "lost", "なくした・廃棄した"


class Medium(models.Model):
    """A medium of a removable target, known by the UUID of its file system.

    `mark` and `counter`: the nonce and number last written on it; `listing`: SHA-256 over its list of files when
    it was last detached. The next attach compares them with what is on the medium.
    """

    target = models.ForeignKey(Target, models.PROTECT, related_name="media")
    label = models.CharField("ラベル", max_length=100)
    uuid = models.CharField("ファイルシステムのUUID", max_length=64)
    serial = models.CharField("製造番号", max_length=100, blank=True)
    shelf = models.CharField("保管場所", max_length=100, blank=True)
    seal = models.CharField("封印の番号", max_length=100, blank=True)
    state = models.CharField(max_length=20, choices=MediumState.choices, default=MediumState.REGISTERED)
    state_at = models.DateTimeField()
    attached_at = models.DateTimeField(null=True)
    mounted = models.CharField(max_length=500, blank=True)
    offline_since = models.DateTimeField(null=True)
    probed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    mark = models.CharField(max_length=64, blank=True)
    counter = models.PositiveIntegerField(default=0)
    listing = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ("target", "label")
        constraints = (models.UniqueConstraint(fields=("target", "uuid"), name="one_medium_per_uuid"),)

    def __str__(self) -> str:
        return self.label


class MediumEvent(models.Model):
    """Something that was done with a medium or seen of it; `alarm`: someone has to see to it."""

    medium = models.ForeignKey(Medium, models.PROTECT, related_name="events")
    at = models.DateTimeField()
    kind = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    told = models.CharField(max_length=500)
    alarm = models.BooleanField(default=False)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
