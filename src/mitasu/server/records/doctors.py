"""Doctors of the register and their accounts: linked by a person, never by a likeness of names."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Doctor, Stay


def unlinked_doctors(site: Site) -> list[str]:
    """The doctors of the register without an account."""
    linked = Doctor.objects.filter(site=site).values("name")
    names = Stay.objects.filter(site=site).exclude(doctor="").exclude(doctor__in=linked)
    return sorted(set(names.values_list("doctor", flat=True).distinct()))


def link_doctor(site: Site, name: str, user: Any) -> int:
    """Says whose account a doctor's name is; how many stays became theirs."""
    with transaction.atomic():
        Doctor.objects.update_or_create(site=site, name=name, defaults={"user": user})
        return Stay.objects.filter(site=site, doctor=name).update(doctor_user=user)
