"""The full-text index of names: FTS5 kept by triggers on SQLite; on PostgreSQL trigrams, where the extension is there.

PostgreSQL also needs indexes of its own for the beginnings of codes (`LIKE 'C34%'`), whatever its collation.
"""

from typing import Any

from django.db import migrations, transaction
from django.db.utils import Error

TABLE = "records_names"
PATIENTS = "records_patient"
ADDED = f"INSERT INTO {TABLE}(rowid, grams) VALUES (new.id, new.grams);"  # noqa: S608 - names of our own
BEGINNINGS = {
    "records_icd_begins": "records_diagnosis (site_id, icd varchar_pattern_ops, stay_id)",
    "records_code_begins": "records_operation (site_id, code varchar_pattern_ops, stay_id)",
    "records_postal_begins": "records_patient (site_id, postal varchar_pattern_ops)",
    "records_visit_begins": "records_outpatient (site_id, icd varchar_pattern_ops)",
}
GONE = f"INSERT INTO {TABLE}({TABLE}, rowid, grams) VALUES ('delete', old.id, old.grams);"  # noqa: S608 - names of our own


def build(apps: Any, schema_editor: Any) -> None:
    """Makes the index."""
    if schema_editor.connection.vendor == "postgresql":
        for name, columns in BEGINNINGS.items():
            schema_editor.execute(f"CREATE INDEX {name} ON {columns}")
        try:
            with transaction.atomic(using=schema_editor.connection.alias):
                schema_editor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                schema_editor.execute(f"CREATE INDEX {TABLE} ON {PATIENTS} USING gin (names gin_trgm_ops)")
        except Error:  # the account may not make extensions: names are then searched without an index
            return
        return
    schema_editor.execute(
        f"CREATE VIRTUAL TABLE {TABLE} USING fts5("
        f"grams, content='{PATIENTS}', content_rowid='id', tokenize='ascii', prefix='5')"
    )
    for name, when, what in (
        ("added", "INSERT", ADDED),
        ("changed", "UPDATE OF grams", GONE + ADDED),
        ("gone", "DELETE", GONE),
    ):
        schema_editor.execute(f"CREATE TRIGGER {TABLE}_{name} AFTER {when} ON {PATIENTS} BEGIN {what} END")


def drop(apps: Any, schema_editor: Any) -> None:
    """Takes it away."""
    if schema_editor.connection.vendor == "postgresql":
        for name in (TABLE, *BEGINNINGS):
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")
        return
    for name in ("added", "changed", "gone"):
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_{name}")
    schema_editor.execute(f"DROP TABLE IF EXISTS {TABLE}")


class Migration(migrations.Migration):
    dependencies = (("records", "0001_initial"),)
    operations = (migrations.RunPython(build, drop),)
