"""Triggers that refuse UPDATE and DELETE on what is append-only, on SQLite and PostgreSQL."""

from typing import Any

from django.db import migrations

TABLES = ("ledger_entry", "ledger_audit", "ledger_document")
REFUSAL = "append-only"


def refuse(apps: Any, schema_editor: Any) -> None:
    """Makes the triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION ledger_refuse() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
    for table in TABLES:
        for change in ("UPDATE", "DELETE"):
            name = f"{table}_no_{change.lower()}"
            if schema_editor.connection.vendor == "postgresql":
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
                    "FOR EACH ROW EXECUTE FUNCTION ledger_refuse()"
                )
            else:
                schema_editor.execute(
                    f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
                )


def allow(apps: Any, schema_editor: Any) -> None:
    """Takes the triggers away."""
    for table in TABLES:
        for change in ("update", "delete"):
            name = f"{table}_no_{change}"
            on = f" ON {table}" if schema_editor.connection.vendor == "postgresql" else ""
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


class Migration(migrations.Migration):
    dependencies = (("ledger", "0001_initial"),)
    operations = (migrations.RunPython(allow, migrations.RunPython.noop), migrations.RunPython(refuse, allow))
