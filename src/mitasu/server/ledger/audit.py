"""The audit trail: every view of a site's data, every change, every refusal, in one chain.

Every answer waits for its record, so the record is one statement: it finds the end of the chain, hashes and
inserts while nobody else can. SQLite lets one statement write at a time (in turn, see `turns`); PostgreSQL is
asked for a lock first.
"""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import connection
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.ledger.models import START, Audit
from mitasu.server.ledger.turns import turn

AUDIT_LOCK = 0x6D697461  # one number for the audit chain among PostgreSQL's advisory locks
TABLE = Audit._meta.db_table
FIELDS = "at, user_id, name, site_id, action, what, outcome, address, via, previous, digest"
CHAINED = (  # names of our own, and hexadecimal digits
    f"INSERT INTO {TABLE} ({FIELDS}) SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s, last.digest, {{}}"
    f" FROM (SELECT COALESCE((SELECT digest FROM {TABLE} ORDER BY id DESC LIMIT 1), '{START}') AS digest) AS last"
)
SAID = """%s || '"' || last.digest || '"]'"""
"""What is hashed: what the entry says and the hash before it, as `Audit.computed` puts them together."""
STATEMENTS = {
    "sqlite": CHAINED.format(f"sha256_hex({SAID})"),
    # Sent together the two are one transaction, and the second sees what stands when the lock is given.
    "postgresql": f"SELECT pg_advisory_xact_lock({AUDIT_LOCK}); "
    + CHAINED.format(f"encode(sha256(convert_to({SAID}, 'UTF8')), 'hex')"),
}


@receiver(connection_created)
def hashing(connection: Any, **_: Any) -> None:
    """SQLite is taught the hash of the chain."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("sha256_hex", 1, _sha256, deterministic=True)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
    entry = Audit(
        at=timezone.now(),
        user_id=known.pk if known else None,
        name=str(known or "")[:150],
        site_id=site.pk if site else None,
        action=action,
        what=what[:300],
        outcome=outcome,
        address=address,
        via=via,
    )
    values = (
        connection.ops.adapt_datetimefield_value(entry.at),
        entry.user_id,
        entry.name,
        entry.site_id,
        entry.action,
        entry.what,
        entry.outcome,
        entry.address,
        entry.via,
    )
    with turn(), connection.cursor() as cursor:
        cursor.execute(STATEMENTS[connection.vendor], [*values, entry.said()])


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
