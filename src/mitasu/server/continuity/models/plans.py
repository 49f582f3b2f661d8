"""The tables of plans: versions of the BCP, drills, the contact tree, trainings, checklists, contracts.

What shows something to an inspector goes into the ledger as a document with its hash; here lies what people
work on, and what must not go there because it can never be deleted: names and telephone numbers of staff.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.db import models

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site


class PlanVersion(models.Model):
    """A version of the BCP. `topics`: by topic id, its text, owner and whether it is done (`plans.plan`).

    Once approved nothing of it changes any more; `digest` is the hash of what it says and stands in the
    ledger's entry `entry` as well, `document` the hash of its PDF.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="plan_versions")
    number = models.PositiveIntegerField()
    topics = models.JSONField(default=dict)
    outline = models.CharField(max_length=20)
    review_by = models.DateField(null=True)
    changed_at = models.DateTimeField(auto_now=True)
    changed_name = models.CharField(max_length=150, blank=True)
    approved_on = models.DateField(null=True)
    approved_name = models.CharField(max_length=150, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    document = models.CharField(max_length=64, blank=True)
    entry = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("site", "number"), name="one_plan_per_number"),)

    def save(self, *args: Any, **options: Any) -> None:
        """UsageError where the version was approved before."""
        if self.pk and PlanVersion.objects.filter(pk=self.pk, approved_on__isnull=False).exists():
            raise UsageError(f"第{self.number}版は承認済みなので変えられません。新しい版を作ってください。")
        super().save(*args, **options)


class Drill(models.Model):
    """A drill of the BCP. `participants`: rows of role and count. `entry` and `event`: its numbers in the ledger."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="bcp_drills")
    on = models.DateField()
    scenario = models.TextField()
    led_by = models.CharField(max_length=20)
    participants = models.JSONField(default=list)
    result = models.TextField(blank=True)
    found = models.BooleanField()
    findings = models.TextField(blank=True)
    reviewed = models.BooleanField()
    reviewed_on = models.DateField(null=True)
    entry = models.PositiveIntegerField(null=True)
    event = models.PositiveIntegerField(null=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering = ("-on", "-pk")


class Improvement(models.Model):
    """What a drill showed to be mended: who sees to it by which day, and when it was done and how."""

    drill = models.ForeignKey(Drill, models.CASCADE, related_name="improvements")
    what = models.CharField(max_length=500)
    owner = models.CharField(max_length=100)
    due = models.DateField()
    done_on = models.DateField(null=True)
    how = models.CharField(max_length=500, blank=True)
    missed = models.BooleanField(default=False)
    """Somebody stated that it was not done by its day."""

    class Meta:
        ordering = ("due", "pk")

    def late(self, today: date) -> bool:
        """Whether its day went by without it."""
        return self.done_on is None and self.due < today


class ContactTree(models.Model):
    """A version of the contact tree: rows of order, role, name, telephone and note; and when it was checked."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="contact_trees")
    number = models.PositiveIntegerField()
    rows = models.JSONField(default=list)
    made_at = models.DateTimeField(auto_now_add=True)
    made_name = models.CharField(max_length=150, blank=True)
    checked_on = models.DateField()
    checked_name = models.CharField(max_length=150, blank=True)
    entry = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("site", "number"), name="one_contact_tree_per_number"),
        )


class Training(models.Model):
    """A training in information security; its roster stands in `Attendee`, or only counts are known."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="security_trainings")
    on = models.DateField()
    title = models.CharField(max_length=200)
    content = models.TextField(blank=True)
    medium = models.CharField(max_length=20, blank=True)
    led_by_manager = models.BooleanField()
    asked = models.PositiveIntegerField(null=True)
    attended = models.PositiveIntegerField(null=True)
    roster = models.CharField(max_length=200, blank=True)
    """The name of the file that the roster came from; empty where there is none."""
    entry = models.PositiveIntegerField(null=True)
    event = models.PositiveIntegerField(null=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering = ("-on", "-pk")


class Attendee(models.Model):
    """Someone who was asked to a training, and the day on which they attended (None: not yet)."""

    training = models.ForeignKey(Training, models.CASCADE, related_name="attendees")
    code = models.CharField(max_length=40, blank=True)
    name = models.CharField(max_length=100)
    department = models.CharField(max_length=100, blank=True)
    attended_on = models.DateField(null=True)

    class Meta:
        ordering = ("department", "code", "name", "pk")


class OwnChecklist(models.Model):
    """The items of a year that a site loaded itself, as the text of its file."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="own_checklists")
    year = models.PositiveSmallIntegerField()
    text = models.TextField()
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(auto_now=True)
    loaded_name = models.CharField(max_length=150, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "year"), name="one_checklist_per_year"),)


class Sheet(models.Model):
    """A checklist that is answered: of a year, by the hospital (`party` empty) or by one vendor."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="checklist_sheets")
    year = models.PositiveSmallIntegerField()
    party = models.CharField(max_length=100, blank=True)
    definition = models.CharField(max_length=64)
    """Hash of the items that it was begun with."""

    class Meta:
        ordering = ("-year", "party")
        constraints = (models.UniqueConstraint(fields=("site", "year", "party"), name="one_sheet_per_party"),)


class Answer(models.Model):
    """An answer to an item; the latest counts, the earlier ones stay. `evidence`: number in the ledger."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="answers")
    item = models.CharField(max_length=40)
    value = models.CharField(max_length=5)
    on = models.DateField()
    target = models.DateField(null=True)
    evidence = models.PositiveIntegerField(null=True)
    note = models.CharField(max_length=500, blank=True)
    given_at = models.DateTimeField(auto_now_add=True)
    given_name = models.CharField(max_length=150, blank=True)

    class Meta:
        ordering = ("pk",)


class Signature(models.Model):
    """That someone signed a sheet as it stood; `digest` is the hash of its answers."""

    sheet = models.ForeignKey(Sheet, models.CASCADE, related_name="signatures")
    on = models.DateField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT)
    name = models.CharField(max_length=150)
    digest = models.CharField(max_length=64)
    entry = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)


class Contract(models.Model):
    """A contract or in-house rule with the clause that matters; the facts it proves stand in the ledger under `entry`."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="security_contracts")
    kind = models.CharField(max_length=10)
    title = models.CharField(max_length=200)
    party = models.CharField(max_length=200, blank=True)
    clause = models.CharField(max_length=100, blank=True)
    text = models.TextField()
    first_day = models.DateField()
    last_day = models.DateField(null=True)
    facts = models.JSONField(default=dict)
    entry = models.PositiveIntegerField(null=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        ordering = ("last_day", "pk")
