"""The regular round (`mitasu tick`): what is done once a day, whether or not somebody looks at a page."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib.sessions.models import Session
from django.utils import timezone

from mitasu.errors import MitasuError
from mitasu.server.accounts.models import SignInLink, Site
from mitasu.server.config.worker import finish
from mitasu.server.continuity.jobs import due
from mitasu.server.ledger.verify import verify, verify_audit
from mitasu.server.records import reminders
from mitasu.server.sites import claim_uploads
from mitasu.server.sites.jobs import clear
from mitasu.server.sites.notices import collect, send_digests
from mitasu.server.sites.posting_state import remind
from mitasu.server.sites.standings import refresh


@dataclass(slots=True)
class Report:
    """What the round did, in lines; `broken`: something is wrong that someone has to see to."""

    lines: list[str] = field(default_factory=list)
    broken: bool = False


def go_round(today: date, at: datetime | None = None) -> Report:
    """Verifies the ledgers, backs up and proves what is due, sees to the tasks about postings, prepares the tables of
    sites, tells what comes near.

    Then the jobs that wait are done, and what has expired is cleared away.

    `at`: the moment for backups (None: now, whatever day is `today`). Doing it twice does no harm.
    """
    now = timezone.localtime()
    report = Report()
    for site in Site.objects.filter(closed=False):
        for found in verify(site):
            report.broken = True
            report.lines.append(f"✕ {site.name}: {found.what}")
    for found in verify_audit():
        report.broken = True
        report.lines.append(f"✕ {found.what}")
    if not report.broken:
        report.lines.append("○ 台帳と監査記録を検証しました。")
    for site in Site.objects.filter(closed=False):
        for line in due(site, at or now):
            report.broken |= not line.well
            report.lines.append(f"{'○' if line.well else '✕'} {site.name}: {line.text}")
        with suppress(MitasuError):  # a site that cannot be judged is told of where it is judged
            remind(site, today)
    ready = refresh(today)
    report.lines.append(f"○ {ready}施設の一覧を用意しました。")
    told, sent = collect(today), send_digests(today)
    report.lines.append(f"○ 知らせ{told}件、メール{sent}通。")
    reminded = [reminders.remind(site, today) for site in Site.objects.filter(closed=False)]
    if any(reminded):
        sent = sum(reminders.send(site) for site in Site.objects.filter(closed=False))
        report.lines.append(f"○ 退院時要約の督促{sum(map(len, reminded))}件、メール{sent}通。")
    jobs = finish()
    if jobs:
        report.lines.append(f"○ 待っていた仕事を{jobs}件しました。")
    clear(now)
    claim_uploads.clear(now)
    Session.objects.filter(expire_date__lt=now).delete()
    SignInLink.objects.filter(expires_at__lt=now).delete()
    return report
