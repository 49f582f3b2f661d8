"""The audit trail: every view of a site's data, every change, every refusal, in one chain.

Every answer waits for its record, so the record is one statement: it finds the end of the chain, hashes and
inserts while nobody else can. SQLite lets one statement write at a time (in turn, see `turns`); PostgreSQL is
asked for a lock first, by a function of the database that does all three.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.signals import connection_created
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.accounts.rows import first_row
from mitasu.server.ledger.models import START, Audit, said
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
IF_FOUND = {"sqlite": ", ({found}) AS found RETURNING 1", "postgresql": " FROM ({found}) AS found"}
"""What is added to a statement so that it records for a row that another statement finds, and gives a row then."""
Found = tuple[str, Sequence[Any]]


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
    found: Found | None = None,
) -> bool:
    """Records that someone did (view, change, export, sign-in …) or tried something; outcome `ok` or `refused`.

    `found`: a statement (of our own words, at most one row) with its values; it is recorded only if that gives a
    row, in one step with the finding. Whether it was recorded.
    """
    known = user if user is not None and user.is_authenticated else None
    own, at = connections[DEFAULT_DB_ALIAS], timezone.now()
    rest = (
        known.pk if known else None,
        str(known or "")[:150],
        site.pk if site else None,
        action,
        what[:300],
        outcome,
        address,
        via,
    )
    statement, more = (
        (STATEMENTS[own.vendor], ()) if found is None else (_if_found(own.vendor, found[0]), found[1])
    )
    with turn():
        values = [own.ops.adapt_datetimefield_value(at), *rest, said(at, *rest)]
        return first_row(statement, [*values, *more]) is not None or found is None


@cache
def _if_found(vendor: str, found: str) -> str:
    return STATEMENTS[vendor] + IF_FOUND[vendor].format(found=found)


def audit_request(
    request: HttpRequest, action: str, what: str, *, outcome: str = "ok", found: Found | None = None
) -> bool:
    """The same, with user, site and address of a request."""
    return audit(
        action,
        what,
        user=request.user,
        site=getattr(request, "site", None),
        outcome=outcome,
        address=request.META.get("REMOTE_ADDR", ""),
        found=found,
    )
