"""Notices in the inbox: a day comes near, a paper ends, the law turns. One for each person and matter, never twice.

Whoever sees to a matter is told; where nobody does, everyone who may enter facts there. By mail goes at most one
digest a week, grouped, with why each came, and only where this installation can send mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.utils import timezone

from mitasu.dates import japanese_date
from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.accounts.roles import sites_of
from mitasu.server.sites.due import KINDS, Row, rows_of
from mitasu.server.sites.models import Notice, Task

STAGES = (3, 14)
"""A matter is told of when so many days are left, once for each."""
EARLY = {"evidence": (30,), "law": (30,)}
"""For these kinds earlier, and once."""
STAYING = ("grace", "duty", "event")
"""Deadlines that do not come back by themselves: a task keeps them in sight after their day."""
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Matter:
    """Something to tell of, and why now."""

    row: Row
    stage: int
    by_post: bool = False
    """Whether the day to post by comes near."""

    @property
    def key(self) -> str:
        """The same for the same matter on the same day at the same stage."""
        key = f"{self.row.key}@{self.row.day}@{self.stage}"
        return key if len(key) <= 150 else hashlib.sha256(key.encode()).hexdigest()


def collect(today: date) -> int:
    """Makes the notices that are due at all open sites; returns how many were new."""
    made = 0
    for site in Site.objects.filter(closed=False):
        rows = [row for row in rows_of(site, today) if row.state == Task.State.OPEN and not row.gone]
        _keep_in_sight(site, rows, today)
        for matter in _matters(rows, today):
            made += _told(site, matter)
    return made


def _matters(rows: list[Row], today: date) -> Iterator[Matter]:
    for row in rows:
        day = row.act_by(today)
        if day is None:
            continue
        stages = EARLY.get(row.kind, STAGES)
        stage = next((days for days in stages if 0 <= (day - today).days <= days), None)
        if stage is not None:
            yield Matter(row, stage, day == row.post_by)


def _told(site: Site, matter: Matter) -> int:
    row, made = matter.row, 0
    near = "投函の目安の日" if matter.by_post else KINDS[row.kind]
    for user, why in _readers(site, row):
        title = f"{row.title}（{japanese_date(row.day)}まで）" if row.day else row.title
        text = row.deadline.note if row.deadline else row.task.note if row.task else ""
        if row.post_by:
            text += f"郵送なら{japanese_date(row.post_by)}までに投函します。"
        _, new = Notice.objects.get_or_create(
            user=user,
            key=f"{site.pk}:{matter.key}",
            defaults={
                "site": site,
                "title": title[:300],
                "text": text,
                "why": f"{why}{near}まで{matter.stage}日以内になりました。"[:300],
            },
        )
        made += new
    return made


def _readers(site: Site, row: Row) -> Iterator[tuple[User, str]]:
    members = Membership.objects.select_related("user").filter(site=site, user__is_active=True)
    if row.owner is not None:
        for member in members.filter(user=row.owner):
            yield member.user, "あなたが担当です。"
            return
    for member in members.filter(role__gte=Role.ENTER):
        yield member.user, f"{site.name}で{Role(member.role).label}の役割があります。"


def _keep_in_sight(site: Site, rows: list[Row], today: date) -> None:
    """A task for what ends within three days, so that it is late afterwards and not gone; none for what was settled."""
    near = {
        row.key: row
        for row in rows
        if row.kind in STAYING and row.day is not None and 0 <= (row.day - today).days <= STAGES[0]
    }
    for key, row in near.items():
        values = {"title": row.title[:300], "addition": row.addition, "source": row.kind, "due": row.day}
        Task.objects.update_or_create(
            site=site,
            key=key,
            defaults={"due": row.day, "state": Task.State.OPEN, "done_at": None},
            create_defaults=values,
        )
    untouched = Task.objects.filter(
        site=site,
        source__in=STAYING,
        due__gte=today,
        owner=None,
        note="",
        made_by=None,
        state=Task.State.OPEN,
    )
    untouched.exclude(key__in=[row.key for row in rows if row.deadline is not None]).delete()


# ---- inbox and mail ------------------------------------------------------------------------------------


def inbox_of(user: Any) -> QuerySet[Notice]:
    """The notices of a user, those about sites where the role is gone left out."""
    return Notice.objects.select_related("site").filter(Q(site=None) | Q(site__in=sites_of(user)), user=user)


def can_mail() -> bool:
    """Whether this installation can send mail."""
    return not settings.EMAIL_BACKEND.endswith("dummy.EmailBackend")


def digest_of(user: Any) -> str:
    """What has come since the last mail and is unread, grouped by site; empty where there is nothing."""
    rows = list(inbox_of(user).filter(read_at=None, mailed_at=None).order_by("site__name", "made_at", "pk"))
    if not rows:
        return ""
    lines = [f"{user}さん", "", f"Mitasuのお知らせが{len(rows)}件あります。"]
    place = None
    for row in rows:
        name = row.site.name if row.site else "全体"
        if name != place:
            lines += ["", f"■ {name}"]
            place = name
        lines += [f"・{row.title}", *([f"　{row.text}"] if row.text else []), f"　なぜ届いたか：{row.why}"]
    return "\n".join(
        [*lines, "", "このメールは多くても週に1通です。内容はMitasuの「お知らせ」で見られます。", ""]
    )


def send_digests(today: date) -> int:
    """Mails a digest to everyone who has something new and had no mail for a week; returns how many were sent."""
    if not can_mail():
        return 0
    sent = 0
    for user in User.objects.filter(is_active=True).exclude(email=""):
        last = Notice.objects.filter(user=user).exclude(mailed_at=None).order_by("-mailed_at").first()
        if last is not None and last.mailed_at and timezone.localtime(last.mailed_at).date() > today - WEEK:
            continue
        waiting = list(inbox_of(user).filter(read_at=None, mailed_at=None).values_list("pk", flat=True))
        text = digest_of(user)
        if not text:
            continue
        send_mail(f"Mitasu：お知らせ{len(waiting)}件", text, None, [user.email])
        Notice.objects.filter(pk__in=waiting).update(mailed_at=timezone.now())
        sent += 1
    return sent
