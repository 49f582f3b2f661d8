"""Reminders to doctors of summaries that are overdue or nearly so: one a doctor and day, naming no patient.

A reminder is kept and, where the doctor has an account with an address and mail is set up, sent. Making the
reminders of a day twice makes none anew.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from mitasu.dates import japanese_date
from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Doctor, Reminder, Stay
from mitasu.server.records.summaries import by_doctor, soon, waiting


def remind(site: Site, on: date) -> list[Reminder]:
    """Makes the reminders of a day that are not there yet."""
    accounts = {one.name: one.user for one in Doctor.objects.filter(site=site).select_related("user")}
    made = []
    for doctor, rows in by_doctor(soon(waiting(Stay.objects.filter(site=site), on))):
        late = sum(row.left < 0 for row in rows)
        title = f"退院時要約：期限切れ{late}件、期限の近いもの{len(rows) - late}件"
        lines = [
            f"{doctor or '担当医の記録なし'} 様",
            f"{japanese_date(on)}の時点で、{title}があります。",
            *(f"・{japanese_date(row.last)}まで（{row.state}）" for row in rows),
            "患者の名前はここには書きません。診療録の「退院時要約」の頁で見られます。",
        ]
        found, new = Reminder.objects.get_or_create(
            site=site, doctor=doctor, on=on,
            defaults={"user": accounts.get(doctor), "title": title, "text": "\n".join(lines)},
        )  # fmt: skip
        if new:
            made.append(found)
    return made


def send(site: Site) -> int:
    """Sends what waits to those who have an address, where mail is set up; how many were sent."""
    if settings.EMAIL_BACKEND.endswith("dummy.EmailBackend"):
        return 0
    count = 0
    for one in Reminder.objects.filter(site=site, sent_at=None).select_related("user"):
        user: Any = one.user
        if user is not None and user.is_active and user.email:
            count += send_mail(one.title, one.text, None, [user.email], fail_silently=True)
            one.sent_at = timezone.now()
            one.save(update_fields=["sent_at"])
    return count
