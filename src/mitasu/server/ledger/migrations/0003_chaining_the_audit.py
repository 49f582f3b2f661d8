"""PostgreSQL chains an entry of the audit trail in one call: under a lock, to the last entry that then stands.

The function is volatile, so that its second statement sees what was committed while it waited for the lock.
"""

from typing import Any

from django.db import migrations

LOCK = 0x6D697461  # one number for the audit chain among the advisory locks
NAMED = (
    "at timestamptz, by bigint, name text, site bigint, action text, what text, outcome text, address text,"
    " via text, said text"
)
APPEND = f"""
CREATE OR REPLACE FUNCTION ledger_audit_append({NAMED}) RETURNS void VOLATILE LANGUAGE plpgsql AS $$
DECLARE last text;
BEGIN
  PERFORM pg_advisory_xact_lock({LOCK});
  SELECT digest INTO last FROM ledger_audit ORDER BY id DESC LIMIT 1;
  last := COALESCE(last, repeat('0', 64));
  INSERT INTO ledger_audit
    (at, user_id, name, site_id, action, what, outcome, address, via, previous, digest)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, last,
    encode(sha256(convert_to($10 || '"' || last || '"]', 'UTF8')), 'hex'));
END $$
"""  # noqa: S608  (a constant)
FORGET = "DROP FUNCTION IF EXISTS ledger_audit_append"


def make(apps: Any, schema_editor: Any) -> None:
    """Makes the function."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(APPEND)


def unmake(apps: Any, schema_editor: Any) -> None:
    """Takes the function away."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(FORGET)


class Migration(migrations.Migration):
    dependencies = (("ledger", "0002_append_only"),)
    operations = (migrations.RunPython(make, unmake),)
