"""The watcher: a process of its own that looks at the light and tells when it turns, also when nothing else runs.

What stopped cannot say so. The watcher shares nothing with the scheduler but the database; a page shows when it
last looked, so that a watcher that stopped is seen as well.
"""

from __future__ import annotations

import json
import os
from datetime import datetime

from django.conf import settings
from django.core.mail import send_mail

from mitasu.server.accounts.models import Membership, Role, Site
from mitasu.server.continuity.devices import Devices
from mitasu.server.continuity.keys import room
from mitasu.server.continuity.media import probed
from mitasu.server.continuity.models.backups import Look, Target
from mitasu.server.continuity.status import SIGNS, WORDS, Alarm, Light, alarms, light


def watched(site: Site) -> bool:
    """Whether there is anything to look at."""
    return Target.objects.filter(site=site, active=True).exists()


def looked(site: Site, at: datetime, devices: Devices) -> Look:
    """Looks at a site: probes its media, works out the light, tells by mail when it turns red."""
    probed(site, devices, at)
    before = Look.objects.filter(site=site).first()
    since = before.since if before else at
    Look.objects.update_or_create(
        site=site,
        defaults={"at": at, "light": before.light if before else Light.GREY, "since": since},
    )
    found = alarms(site, at)
    now = light(site, at, found)
    turned = before is None or before.light != now
    look, _ = Look.objects.update_or_create(
        site=site,
        defaults={
            "at": at,
            "light": now,
            "since": at if turned else since,
            "told": [one.what for one in found],
        },
    )
    if turned and now == Light.RED:
        _mail(site, found)
    return look


def written(looks: list[Look]) -> None:
    """Writes what was seen where other monitors can read it: `continuity/light.json` in the data folder."""
    rows = [
        {"site": look.site.slug, "light": look.light, "at": look.at.isoformat(), "told": look.told}
        for look in looks
    ]
    path = room() / "light.json"
    fresh = path.with_suffix(f".new{os.getpid()}")
    fresh.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
    fresh.replace(path)


def _mail(site: Site, found: list[Alarm]) -> None:
    """Tells those who may act; without a mail server nothing is sent."""
    members = Membership.objects.filter(site=site, role__gte=Role.APPROVE, user__is_active=True)
    to = [address for address in members.values_list("user__email", flat=True) if address]
    if to:
        text = "\n".join(f"{SIGNS[one.light]} {one.what}\n   {one.remedy}" for one in found)
        title = f"【{site.name}】バックアップ：{WORDS[Light.RED]}"
        send_mail(title, text, getattr(settings, "DEFAULT_FROM_EMAIL", None), to, fail_silently=True)
