"""What people do about a site besides recording facts: tasks, filings under way, what-if scenarios, notices.

None of this decides anything: what decides stands in the ledger.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from mitasu.server.accounts.models import Site

User = settings.AUTH_USER_MODEL


class Task(models.Model):
    """Something to do. `key`: that of the deadline it was made from, or its own; one task per key and site."""

    class State(models.TextChoices):
        OPEN = "open", "まだ"
        DONE = "done", "済んだ"
        DROPPED = "dropped", "しない"

    site = models.ForeignKey(Site, models.CASCADE, related_name="tasks")
    key = models.CharField(max_length=200)
    title = models.CharField("すること", max_length=300)
    note = models.TextField("覚え書き", blank=True)
    addition = models.CharField("加算", max_length=60, blank=True)
    source = models.CharField(max_length=20, default="person")
    due = models.DateField("期限", null=True)
    owner = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, verbose_name="担当", related_name="+"
    )
    state = models.CharField("状態", max_length=10, choices=State.choices, default=State.OPEN)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("due", "pk")
        constraints = (models.UniqueConstraint(fields=("site", "key"), name="one_task_per_key"),)


class Road(models.Model):
    """The road of one filing (届出) from check to acceptance; what was sent and accepted stands in the ledger too.

    `entry`: number of the ledger's filing entry once it was sent. `steps`: days on which a person ticked a step.
    """

    site = models.ForeignKey(Site, models.CASCADE, related_name="roads")
    addition = models.CharField(max_length=60)
    level = models.CharField(max_length=10, blank=True)
    form = models.CharField("様式", max_length=100, blank=True)
    form_version = models.CharField("様式の版", max_length=60, blank=True)
    steps = models.JSONField(default=dict)
    sent_on = models.DateField(null=True)
    method = models.CharField("送り方", max_length=20, blank=True)
    receipt = models.CharField("受付番号", max_length=100, blank=True)
    entry = models.PositiveIntegerField(null=True)
    closed_at = models.DateTimeField(null=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-made_at",)


class Scenario(models.Model):
    """A saved what-if: other facts, visits and costs; reading it never touches the ledger."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="scenarios")
    name = models.CharField("名前", max_length=100)
    on = models.DateField()
    changes = models.JSONField(default=dict)
    visits = models.JSONField(default=dict)
    cost = models.PositiveBigIntegerField(null=True)
    cost_a_month = models.PositiveBigIntegerField(null=True)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (models.UniqueConstraint(fields=("site", "name"), name="one_scenario_per_name"),)


class Skip(models.Model):
    """A question that someone put off (あとで) or did not know (わからない)."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="skips")
    question = models.CharField(max_length=120)
    unknown = models.BooleanField(default=False)
    made_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "question"), name="one_skip_per_question"),)


class Standing(models.Model):
    """A site's judgements on a day in short, for tables of many sites; valid for one head and one rulebook."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="standings")
    on = models.DateField()
    head = models.CharField(max_length=64)
    rulebook = models.CharField(max_length=64)
    rows = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "on"), name="one_standing_per_day"),)


class CalendarItem(models.Model):
    """What a calendar feed said of a deadline last: SEQUENCE grows when the day moves, what is gone is cancelled."""

    site = models.ForeignKey(Site, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    day = models.DateField()
    title = models.CharField(max_length=300)
    sequence = models.PositiveIntegerField(default=0)
    cancelled = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("site", "key"), name="one_calendar_item_per_key"),)


class Notice(models.Model):
    """A message in someone's inbox, with why it came."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notices")
    site = models.ForeignKey(Site, models.CASCADE, null=True)
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    text = models.TextField(blank=True)
    why = models.CharField(max_length=300)
    made_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_notice_per_key"),)


class Idempotency(models.Model):
    """What a POST of the API with an Idempotency-Key was answered, so that a repetition is answered the same."""

    user = models.ForeignKey(User, models.CASCADE)
    key = models.CharField(max_length=200)
    request = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("user", "key"), name="one_answer_per_key"),)


class Job(models.Model):
    """Work that takes longer than a page may, and the file it makes for whoever asked; kept for a day.

    `wanted`: what was asked, as plain data. `step` of `steps`: how far it is, `told`: with what, in words; in a
    job that failed, why. `beat_at`: when its worker last said that it lives.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "順番を待っています"
        RUNNING = "running", "作成中"
        DONE = "done", "できました"
        FAILED = "failed", "作れませんでした"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    site = models.ForeignKey(Site, models.CASCADE, related_name="jobs")
    user = models.ForeignKey(User, models.CASCADE, related_name="jobs")
    kind = models.CharField(max_length=20)
    title = models.CharField(max_length=300)
    wanted = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    step = models.PositiveSmallIntegerField(default=0)
    steps = models.PositiveSmallIntegerField(default=1)
    told = models.TextField(blank=True)
    file = models.CharField("ファイルの名前", max_length=300, blank=True)
    media_type = models.CharField(max_length=100, blank=True)
    note = models.CharField(max_length=300, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    worker = models.CharField(max_length=100, blank=True)
    made_at = models.DateTimeField(auto_now_add=True)
    beat_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-made_at",)
        indexes = (models.Index(fields=("state", "made_at"), name="job_next"),)

    @property
    def open(self) -> bool:
        """Whether it is still to be done."""
        return self.state in (Job.State.WAITING, Job.State.RUNNING)
