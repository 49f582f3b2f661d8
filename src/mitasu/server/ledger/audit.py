"""The audit trail: every view of a site's data, every change, every refusal, in one chain."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.ledger.models import START, Audit

AUDIT_LOCK = 0x6D697461  # one number for the audit chain among PostgreSQL's advisory locks


def audit(
    action: str,
    what: str,
    *,
    user: Any = None,
    site: Site | None = None,
    outcome: str = "ok",
    address: str = "",
    via: str = "web",
) -> None:
    """Records that someone did (view, change, export, sign-in …) or tried something; outcome `ok` or `refused`."""
    known = user if user is not None and user.is_authenticated else None
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AUDIT_LOCK])
        last = Audit.objects.order_by("-pk").values_list("digest", flat=True).first()
        entry = Audit(
            at=timezone.now(),
            user=known,
            name=str(known or "")[:150],
            site=site,
            action=action,
            what=what[:300],
            outcome=outcome,
            address=address,
            via=via,
            previous=last or START,
        )
        entry.digest = entry.computed()
        entry.save(force_insert=True)


def audit_request(request: HttpRequest, action: str, what: str, *, outcome: str = "ok") -> None:
    """The same, with user, site and address of a request."""
    audit(
        action,
        what,
        user=request.user,
        site=getattr(request, "site", None),
        outcome=outcome,
        address=request.META.get("REMOTE_ADDR", ""),
    )
