"""The audit trail: every view of a site's data, every change, every refusal, in one chain.

Every answer waits for its record, so the record is one statement: it finds the end of the chain, hashes and
inserts while nobody else can. SQLite lets one statement write at a time (in turn, see `turns`); PostgreSQL is
asked for a lock first, by a function of the database that does all three.
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
from mitasu.server.accounts.rows import first_row
from mitasu.server.ledger.models import START, Audit
from mitasu.server.ledger.turns import turn

TABLE = Audit._meta.db_table
FUNCTION = "ledger_audit_append"
"""What PostgreSQL chains an entry with (migration 0003): the plans within it are made once for each connection."""
FIELDS = "at, user_id, name, site_id, action, what, outcome, address, via, previous, digest"
LAST = f"SELECT COALESCE((SELECT digest FROM {TABLE} ORDER BY id DESC LIMIT 1), '{START}') AS digest"  # noqa: S608  (ours)
HASH = """sha256_hex(%s || '"' || last.digest || '"]')"""
STATEMENTS = {
    "sqlite": f"INSERT INTO {TABLE} ({FIELDS}) SELECT {'%s, ' * 9} last.digest, {HASH} FROM ({LAST}) AS last",  # noqa: S608  (ours)
    "postgresql": f"SELECT {FUNCTION}(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
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
    with turn():
        first_row(STATEMENTS[connection.vendor], [*values, entry.said()])


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
