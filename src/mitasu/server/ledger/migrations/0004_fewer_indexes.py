"""What every answer waits for needlessly while its record goes into the audit trail.

Indexes: the trail is read by site and time; entries are read by site and number, which has an index of its own
(PostgreSQL took the one on the site alone to find the last entry, and sorted all). Constraints: to check that user
and site are there, PostgreSQL locks their rows with every record; they are never deleted, and the trail would have
to outlive them if they were. All go by themselves, since altering the columns would make SQLite's tables anew,
without their triggers; SQLite, which checks without locking, keeps its constraints.
"""

from typing import Any

from django.conf import settings
from django.db import migrations, models
from django.db.models.deletion import PROTECT

INDEXES = {
    "ledger_audit_user_id_63517fa2": ("ledger_audit", "user_id"),
    "ledger_audit_site_id_98c039d0": ("ledger_audit", "site_id"),
    "ledger_entry_site_id_419f413e": ("ledger_entry", "site_id"),
}
CONSTRAINTS = {
    "ledger_audit_user_id_63517fa2_fk_accounts_user_id": ("user_id", "accounts_user"),
    "ledger_audit_site_id_98c039d0_fk_accounts_site_id": ("site_id", "accounts_site"),
}


def free(apps: Any, schema_editor: Any) -> None:
    """Takes the constraints of the trail away."""
    if schema_editor.connection.vendor == "postgresql":
        for name in CONSTRAINTS:
            schema_editor.execute(f"ALTER TABLE ledger_audit DROP CONSTRAINT {name}")


def bind(apps: Any, schema_editor: Any) -> None:
    """Makes them anew."""
    if schema_editor.connection.vendor == "postgresql":
        for name, (column, table) in CONSTRAINTS.items():
            schema_editor.execute(
                f"ALTER TABLE ledger_audit ADD CONSTRAINT {name} FOREIGN KEY ({column}) "
                f"REFERENCES {table} (id) DEFERRABLE INITIALLY DEFERRED"
            )


def key(model: str, to: str, **more: Any) -> migrations.AlterField:
    """A foreign key as the models have it now."""
    named = to.rpartition(".")[2].lower()
    return migrations.AlterField(
        model, named, models.ForeignKey(db_index=False, on_delete=PROTECT, to=to, **more)
    )


class Migration(migrations.Migration):
    dependencies = (("ledger", "0003_chaining_the_audit"),)
    operations = (
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunPython(free, bind),
                *[
                    migrations.RunSQL(
                        f"DROP INDEX IF EXISTS {name}", f"CREATE INDEX {name} ON {table} ({column})"
                    )
                    for name, (table, column) in INDEXES.items()
                ],
            ],
            state_operations=[
                key("audit", settings.AUTH_USER_MODEL, db_constraint=False, null=True),
                key("audit", "accounts.site", db_constraint=False, null=True),
                key("entry", "accounts.site", related_name="entries"),
            ],
        ),
    )
