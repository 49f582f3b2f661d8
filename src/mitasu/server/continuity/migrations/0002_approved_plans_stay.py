"""Triggers that refuse UPDATE and DELETE on approved versions of the BCP, on SQLite and PostgreSQL.

SQLite loses a table's triggers where a later migration makes the table anew: that one has to make them again.
"""

from typing import Any

from django.db import migrations

TABLE = "continuity_planversion"
REFUSAL = "an approved version of the plan stays as it is"
APPROVED = "OLD.approved_on IS NOT NULL"
CHANGES = ("UPDATE", "DELETE")


def refuse(apps: Any, schema_editor: Any) -> None:
    """Makes the triggers."""
    postgresql = schema_editor.connection.vendor == "postgresql"
    if postgresql:
        schema_editor.execute(
            "CREATE OR REPLACE FUNCTION continuity_refuse() RETURNS trigger AS $$ "
            f"BEGIN RAISE EXCEPTION '{REFUSAL}'; END $$ LANGUAGE plpgsql"
        )
    for change in CHANGES:
        name = f"{TABLE}_no_{change.lower()}"
        if postgresql:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {TABLE} "
                f"FOR EACH ROW WHEN ({APPROVED}) EXECUTE FUNCTION continuity_refuse()"
            )
        else:
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {change} ON {TABLE} WHEN {APPROVED} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            )


def allow(apps: Any, schema_editor: Any) -> None:
    """Takes the triggers away."""
    for change in CHANGES:
        on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_no_{change.lower()}{on}")


class Migration(migrations.Migration):
    dependencies = (("continuity", "0001_initial"),)
    operations = (migrations.RunPython(allow, migrations.RunPython.noop), migrations.RunPython(refuse, allow))
