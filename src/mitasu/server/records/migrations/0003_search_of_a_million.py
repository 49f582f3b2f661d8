"""Indexes for a search of a million stays; those that others hold already go.

SQLite reads the stays of a site in the order of their numbers from an index that has every column that is searched,
and asks the diagnoses and operations of one stay by others. PostgreSQL keeps its own way and needs neither.
"""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models

SEARCHED = {
    "records_stay_searched": (
        "records_stay (site_id, id, discharged, patient_id, sex, age, department, doctor, outcome, admitted, submitted)"
    ),
    "records_diagnosis_of_stay": "records_diagnosis (stay_id, icd, role, site_id)",
    "records_operation_of_stay": 'records_operation (stay_id, code, "on", site_id)',
}
TABLES = ("records_patient", "records_stay", "records_diagnosis", "records_operation", "records_outpatient")


def build(apps: Any, schema_editor: Any) -> None:
    """Makes the indexes, and tells SQLite of them."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for name, columns in SEARCHED.items():
        schema_editor.execute(f"CREATE INDEX {name} ON {columns}")
    for table in TABLES:  # as compiled.analysed
        schema_editor.execute(f"PRAGMA analysis_limit={0 if table == 'records_stay' else 1000}")
        schema_editor.execute(f"ANALYZE {table}")


def drop(apps: Any, schema_editor: Any) -> None:
    """Takes them away."""
    if schema_editor.connection.vendor == "sqlite":
        for name in SEARCHED:
            schema_editor.execute(f"DROP INDEX IF EXISTS {name}")


def unneeded(table: str) -> Any:
    """Drops the index of `stay` alone: the unique one begins with it."""

    def forget(apps: Any, schema_editor: Any) -> None:
        connection = schema_editor.connection
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, table)
        for name, one in found.items():
            if one["columns"] == ["stay_id"] and one["index"] and not one["unique"]:
                schema_editor.execute(f"DROP INDEX {connection.ops.quote_name(name)}")

    def again(apps: Any, schema_editor: Any) -> None:
        schema_editor.execute(f"CREATE INDEX {table}_of_stay ON {table} (stay_id)")

    return migrations.RunPython(forget, again)


def stay_of(model: str, related: str) -> Any:
    """`stay` without an index of its own, as Django knows it."""
    field = models.ForeignKey(
        db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name=related, to="records.stay"
    )
    return migrations.AlterField(model, "stay", field)


class Migration(migrations.Migration):
    dependencies = (("records", "0002_name_index"),)
    operations = (
        migrations.RemoveIndex("diagnosis", "records_by_icd"),
        migrations.AddIndex(
            "diagnosis", models.Index(fields=("site", "icd", "stay", "role"), name="records_by_icd")
        ),
        migrations.AddIndex(
            "diagnosis", models.Index(fields=("site", "key", "stay"), name="records_by_disease")
        ),
        migrations.AddIndex(
            "outpatient", models.Index(fields=("site", "key"), name="records_outpatient_disease")
        ),
        migrations.SeparateDatabaseAndState(
            (unneeded("records_diagnosis"), unneeded("records_operation")),
            (stay_of("diagnosis", "diagnoses"), stay_of("operation", "operations")),
        ),
        migrations.RunPython(build, drop),
    )
