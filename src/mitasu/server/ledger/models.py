"""The ledger's tables: entries (one chain per site) and audit entries (one chain). Nothing is updated or deleted.

Triggers in the database refuse UPDATE and DELETE; the chain shows what got past them. What is wrong is
put right by a later entry that names the earlier one (`replaces`).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site

START = "0" * 64
"""What the first entry of a chain names as its predecessor."""


def canonical(value: Any) -> str:
    """JSON with sorted keys and no spaces: the same value is always the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


class Kind(models.TextChoices):
    """What an entry says."""

    INSTITUTION = "institution", "施設"
    PROFILE = "profile", "所在地など"
    FACT = "fact", "事実"
    SERIES = "series", "月ごとの値"
    EVENT = "event", "出来事"
    PERSON = "person", "職員"
    FILING = "filing", "届出"
    LISTING = "listing", "一覧はこれですべて"
    EVIDENCE = "evidence", "証拠"
    CONFIRMATION = "confirmation", "承認"
    RETRACTION = "retraction", "取り消し"
    POSTING = "posting", "掲示"
    NOTE = "note", "覚え書き"


class Entry(models.Model):
    """One thing that was recorded about a site. `content` is canonical JSON, whose bytes are in the hash.

    `subject`: id in the catalogue, or what the kind asks for. `first_day`/`last_day`: the days for which it
    holds (closed; null: open). `document`: SHA-256 of a stored file. `proof`: number of the evidence that
    shows it. `replaces`: number of the entry whose place this one takes.
    """

    site = models.ForeignKey(Site, models.PROTECT, related_name="entries", db_index=False)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subject = models.CharField(max_length=120, blank=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)
    content = models.TextField()
    document = models.CharField(max_length=64, blank=True)
    proof = models.PositiveIntegerField(null=True)
    replaces = models.PositiveIntegerField(null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True)
    recorded_name = models.CharField(max_length=150)
    via = models.CharField(max_length=10)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("site", "number"), name="one_entry_per_number"),)
        indexes = (models.Index(fields=("site", "kind", "subject")),)

    @property
    def body(self) -> Any:
        """The content as a value."""
        return json.loads(self.content)

    def computed(self) -> str:
        """The hash that the entry should have, over all it says and its predecessor's hash."""
        return hashlib.sha256(
            canonical(
                [
                    self.site_id,
                    self.number,
                    self.kind,
                    self.subject,
                    self.first_day,
                    self.last_day,
                    self.content,
                    self.document,
                    self.proof,
                    self.replaces,
                    self.recorded_at.isoformat(),
                    self.recorded_by_id,
                    self.recorded_name,
                    self.via,
                    self.previous,
                ]
            ).encode()
        ).hexdigest()


def head(site: Site) -> str:
    """The hash of a site's last entry; START where there is none."""
    return (
        Entry.objects.filter(site=site).order_by("-number").values_list("digest", flat=True).first() or START
    )


class Document(models.Model):
    """A stored file: its bytes lie in the documents folder under their SHA-256."""

    digest = models.CharField(max_length=64, primary_key=True)
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField(auto_now_add=True)


class Audit(models.Model):
    """Who saw, changed or was refused what, when and from where; one chain for the installation."""

    at = models.DateTimeField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, db_index=False, db_constraint=False
    )
    name = models.CharField(max_length=150, blank=True)
    site = models.ForeignKey(Site, models.PROTECT, null=True, db_index=False, db_constraint=False)
    action = models.CharField(max_length=20)
    what = models.CharField(max_length=300)
    outcome = models.CharField(max_length=20)
    address = models.CharField(max_length=45, blank=True)
    via = models.CharField(max_length=10)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering = ("pk",)
        indexes = (models.Index(fields=("site", "at")),)

    def computed(self) -> str:
        """The hash that the entry should have."""
        return hashlib.sha256(f'{self.said()}"{self.previous}"]'.encode()).hexdigest()

    def said(self) -> str:
        """All that the entry says (`said`)."""
        return said(
            self.at,
            self.user_id,
            self.name,
            self.site_id,
            self.action,
            self.what,
            self.outcome,
            self.address,
            self.via,
        )


def said(at: datetime, *rest: str | int | None) -> str:
    """What an entry of the audit trail says, in the order of its columns.

    It is the beginning of the JSON list that is hashed; the hash of the entry before ends it.
    """
    return canonical([at.isoformat(), *rest])[:-1] + ","
