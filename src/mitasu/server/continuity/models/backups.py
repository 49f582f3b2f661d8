"""The tables of backups: where copies are kept, of what, and what was done and found.

The generations here are the product's own ledger. Their order is by our number, never by a client's clock, and
an engine's success does not make one: `state` says whether it was accepted, `reasons` why not.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site


class MediumKind(models.TextChoices):
    """On what a target keeps its copies: a method in the sense of the standard is one of these."""

    DISK = "disk", "サーバーのディスク"
    NAS = "nas", "NAS"
    REMOVABLE = "removable", "取り外す媒体（RDX、外付けディスクなど）"
    HOST = "host", "別の機械（追記だけできるサーバー）"
    CLOUD = "cloud", "クラウド"


class Target(models.Model):
    """A place where copies are kept. `append_only` is what is claimed; a canary tells whether it is so.

    `location`: as the engine takes it, without credentials. `key` and `credentials`: names of files in the folder
    of keys. `keep`: so many accepted generations are never forgotten (3 or more).
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="backup_targets")
    name = models.SlugField("識別名", max_length=40)
    label = models.CharField("名前", max_length=100)
    medium = models.CharField("媒体", max_length=20, choices=MediumKind.choices)
    location = models.CharField("場所", max_length=500)
    append_only = models.BooleanField("追記だけできる（消せず、書き換えられない）", default=False)
    key = models.CharField(max_length=100)
    credentials = models.CharField(max_length=100, blank=True)
    keep = models.PositiveSmallIntegerField("残す世代数", default=14)
    active = models.BooleanField(default=True)
    ready = models.BooleanField(default=False)
    held_since = models.DateTimeField(null=True)
    """Since when nothing may be forgotten here, because a change looked like ransomware."""
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("site", "pk")
        constraints = (models.UniqueConstraint(fields=("site", "name"), name="one_target_per_name"),)

    def __str__(self) -> str:
        return self.label


class SourceKind(models.TextChoices):
    """How a source is made consistent before the engine sees it."""

    OWN = "own", "この製品のデータ"
    SQLITE = "sqlite", "SQLite のファイル"
    POSTGRESQL = "postgresql", "PostgreSQL のデータベース"
    DIRECTORY = "directory", "フォルダー"
    DUMP = "dump", "ほかのシステムが書き出すフォルダー"


COVERS = {
    "charts": "電子カルテ",
    "orders": "オーダリング",
    "claims": "レセプト電算処理",
}
"""The systems that the standards name, and a source may be the data of."""


class Source(models.Model):
    """Something to be backed up.

    `place`: a path, or `postgresql://user@host/name` without a password. `sentinels`: what must be inside (paths
    below a directory; tables of a database). `newest`: `table.column` of the latest transaction. `fresh_hours`:
    a dump that is older does not count.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="backup_sources")
    name = models.SlugField("識別名", max_length=40)
    label = models.CharField("名前", max_length=100)
    kind = models.CharField("種類", max_length=20, choices=SourceKind.choices)
    place = models.CharField("場所", max_length=500, blank=True)
    covers = models.JSONField(default=list)
    sentinels = models.JSONField(default=list)
    newest = models.CharField(max_length=200, blank=True)
    fresh_hours = models.PositiveIntegerField(default=26)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ("site", "pk")
        constraints = (models.UniqueConstraint(fields=("site", "name"), name="one_source_per_name"),)

    def __str__(self) -> str:
        return self.label


class Schedule(models.Model):
    """How often a target gets a generation: made from the sources, or copied from another target (`origin`)."""

    target = models.OneToOneField(Target, models.CASCADE, related_name="schedule")
    origin = models.ForeignKey(Target, models.PROTECT, null=True, related_name="feeds")
    every_hours = models.PositiveIntegerField("間隔（時間）", default=24)
    grace_hours = models.PositiveIntegerField("遅れてよい時間", default=6)
    requested_at = models.DateTimeField(null=True)
    """A person asked for a run before its time."""


OUTCOMES = {
    "": "進行中",
    "accepted": "受け入れた",
    "rejected": "受け入れない",
    "quarantined": "隔離した",
    "nothing": "写すものがない",
    "failed": "失敗した",
    "interrupted": "途中で止まった",
}
"""How a run ends, in words."""


class Run(models.Model):
    """One attempt to make a generation, phase by phase. `log`: the end of what was said, without names and secrets."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="runs")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    phase = models.CharField(max_length=20)
    outcome = models.CharField(max_length=20, blank=True)
    code = models.CharField(max_length=20, blank=True)
    told = models.CharField(max_length=500, blank=True)
    log = models.TextField(blank=True)
    host = models.CharField(max_length=100)
    pid = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)

    @property
    def word(self) -> str:
        """How it ended, in a word."""
        return OUTCOMES.get(self.outcome, self.outcome)


class State(models.TextChoices):
    """What a generation is worth."""

    ACCEPTED = "accepted", "受け入れた"
    REJECTED = "rejected", "受け入れない"
    QUARANTINED = "quarantined", "隔離"


class Generation(models.Model):
    """A copy at a target, as our own ledger has it. `number` orders those of a target; `at` is our clock's.

    `parts`: per source its name, covers, files and size. `witnesses`: paths and SHA-256 of files taken at random
    before the engine saw them. `changed` in ten-thousandths of the files, `entropy` in thousandths of a bit a byte.
    """

    target = models.ForeignKey(Target, models.PROTECT, related_name="generations")
    number = models.PositiveIntegerField()
    run = models.ForeignKey(Run, models.PROTECT, null=True, related_name="generations")
    origin = models.ForeignKey("self", models.PROTECT, null=True, related_name="copies")
    medium = models.ForeignKey("continuity.Medium", models.PROTECT, null=True, related_name="generations")
    snapshot = models.CharField(max_length=64)
    tree = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField()
    state = models.CharField(max_length=20, choices=State.choices)
    reasons = models.JSONField(default=list)
    files = models.PositiveBigIntegerField(default=0)
    size = models.PositiveBigIntegerField(default=0)
    added = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveIntegerField(null=True)
    entropy = models.PositiveIntegerField(null=True)
    parts = models.JSONField(default=list)
    witnesses = models.JSONField(default=list)
    engine = models.CharField(max_length=40, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    decided_reason = models.CharField(max_length=500, blank=True)
    decided_at = models.DateTimeField(null=True)
    missing_since = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("target", "number")
        constraints = (
            models.UniqueConstraint(fields=("target", "number"), name="one_generation_per_number"),
            models.UniqueConstraint(fields=("target", "snapshot"), name="one_generation_per_snapshot"),
        )

    @property
    def counts(self) -> bool:
        """Whether it is accepted and still there."""
        return self.state == State.ACCEPTED and self.forgotten_at is None and self.missing_since is None


class Proof(models.Model):
    """What every proof says: when, of what, whether it was well; `limits` are printed with it."""

    at = models.DateTimeField()
    well = models.BooleanField(null=True)
    seconds = models.PositiveIntegerField(default=0)
    log = models.TextField(blank=True)

    class Meta:
        abstract = True
        ordering = ("pk",)


class VerifySlice(Proof):
    """The structure, and every byte of part `part` of `of`, of a target's repository (or a medium's)."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="slices")
    medium = models.ForeignKey("continuity.Medium", models.PROTECT, null=True, related_name="slices")
    part = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField()


class SampleRestore(Proof):
    """Files taken at random and the sentinels, restored and hashed."""

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="samples")
    tried = models.PositiveIntegerField()
    wrong = models.PositiveIntegerField()


class FullRestore(Proof):
    """A whole generation restored to an empty place: files, databases and manifest examined. `found`: what was."""

    generation = models.ForeignKey(Generation, models.PROTECT, related_name="fulls")
    files = models.PositiveBigIntegerField()
    size = models.PositiveBigIntegerField()
    found = models.JSONField(default=list)


class CanaryProbe(Proof):
    """Attempts to delete and overwrite at a target: `well` if all were refused, None where it could not be told."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="canaries")
    tries = models.JSONField(default=list)
    identity = models.CharField(max_length=300)


class Escrow(models.Model):
    """That a target's key was wrapped for a custodian, and when that copy last opened the repository in a drill."""

    target = models.ForeignKey(Target, models.PROTECT, related_name="escrows")
    custodian = models.CharField("預かる人", max_length=100)
    fingerprint = models.CharField(max_length=16)
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)


class RestoreDrill(models.Model):
    """A drill on an empty place. RTO: declared → released; RPO: incident − newest transaction in what was restored."""

    site = models.ForeignKey(Site, models.PROTECT, related_name="restore_drills")
    target = models.ForeignKey(Target, models.PROTECT, related_name="drills")
    generation = models.ForeignKey(Generation, models.PROTECT, null=True, related_name="drills")
    declared_at = models.DateTimeField()
    incident_at = models.DateTimeField()
    place = models.CharField(max_length=500)
    escrow = models.ForeignKey(Escrow, models.PROTECT, null=True)
    newest_at = models.DateTimeField(null=True)
    newest_from = models.CharField(max_length=200, blank=True)
    released_at = models.DateTimeField(null=True)
    well = models.BooleanField(null=True)
    told = models.CharField(max_length=500, blank=True)
    led_by = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("pk",)

    @property
    def rto(self) -> Any:
        """From declaring to release; None before that."""
        return None if self.released_at is None else self.released_at - self.declared_at

    @property
    def rpo(self) -> Any:
        """What would have been lost; None where nothing inside tells."""
        return None if self.newest_at is None else self.incident_at - self.newest_at


class RestoreStep(models.Model):
    """One phase of a restore drill."""

    drill = models.ForeignKey(RestoreDrill, models.CASCADE, related_name="steps")
    phase = models.CharField(max_length=20)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    well = models.BooleanField(null=True)
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("drill", "phase"), name="one_step_per_phase"),)


class Look(models.Model):
    """What the watcher saw when it last looked at a site, and since when the light has been as it is."""

    site = models.OneToOneField(Site, models.CASCADE, related_name="backup_look")
    at = models.DateTimeField()
    light = models.CharField(max_length=10)
    since = models.DateTimeField()
    told = models.JSONField(default=list)
