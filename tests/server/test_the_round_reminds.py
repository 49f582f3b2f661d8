"""The regular round reminds doctors of summaries, once a day and by mail where there is an address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail

from mitasu.server.accounts.models import Site, User
from mitasu.server.config.round import go_round
from mitasu.server.records.models import Doctor, Patient, Reminder, Stay

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)


@pytest.fixture
def late(site: Site) -> Stay:
    patient = Patient.objects.create(site=site, number="1", kanji="見本　太郎")
    left = TODAY - timedelta(days=30)
    return Stay.objects.create(site=site, patient=patient, admitted=left, discharged=left, doctor="例示 一郎")


def test_the_round_reminds_once_a_day_and_names_no_patient(late: Stay) -> None:
    assert "○ 退院時要約の督促1件、メール0通。" in go_round(TODAY).lines
    assert not any("督促" in line for line in go_round(TODAY).lines)
    assert "見本" not in Reminder.objects.get().text


def test_a_doctor_with_an_address_is_written_to(late: Stay, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    user = User.objects.create_user("isha", email="isha@example.org")
    Doctor.objects.create(site=late.site, name="例示 一郎", user=user)
    assert "○ 退院時要約の督促1件、メール1通。" in go_round(TODAY).lines
    assert mail.outbox[0].to == ["isha@example.org"]
    assert "見本" not in mail.outbox[0].body
    assert Reminder.objects.get().sent_at is not None
