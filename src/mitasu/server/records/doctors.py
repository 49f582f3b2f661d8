"""Doctors of the register and their accounts: linked by a person, never by a likeness of names."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Doctor, Stay
from mitasu.text import nearest


def unlinked_doctors(site: Site) -> list[str]:
    """The doctors of the register without an account."""
    linked = Doctor.objects.filter(site=site).values("name")
    names = Stay.objects.filter(site=site).exclude(doctor="").exclude(doctor__in=linked)
    return sorted(set(names.values_list("doctor", flat=True).distinct()))


def unlink_doctor(site: Site, name: str) -> int:
    """Takes a link back; how many stays are nobody's own any more. UsageError where there is none."""
    with transaction.atomic():
        if not Doctor.objects.filter(site=site, name=name).delete()[0]:
            known = Doctor.objects.filter(site=site).values_list("name", flat=True)
            near = nearest(name, known)
            raise UsageError(
                f"担当医「{name}」は、どの利用者とも結ばれていません。{f'近いもの: {near}。' if near else ''}"
            )
        return Stay.objects.filter(site=site, doctor=name).update(doctor_user=None)


def link_doctor(site: Site, name: str, user: Any) -> int:
    """Says whose account a doctor's name is; how many stays became theirs."""
    with transaction.atomic():
        Doctor.objects.update_or_create(site=site, name=name, defaults={"user": user})
        return Stay.objects.filter(site=site, doctor=name).update(doctor_user=user)
