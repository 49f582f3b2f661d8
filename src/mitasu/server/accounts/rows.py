"""Rows that are read with every request, by statements composed once: putting an ORM query together takes longer.

PostgreSQL keeps the plan of such a statement for each connection, as planning takes longer than reading. Moments
are left out of rows: engines keep them differently, and they are read by themselves where somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection, models

M = TypeVar("M", bound=models.Model)


def first_row(statement: str, values: Sequence[Any]) -> Sequence[Any] | None:
    """The first row that a statement gives; None where it gives none."""
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.execute(statement, values)
            found: Sequence[Any] | None = cursor.fetchone()
            return found
        from psycopg import Cursor  # Django's own cursors send each statement to be planned anew

        with connection.wrap_database_errors, Cursor(connection.connection) as planned:
            planned.execute(statement, values, prepare=True)
            return planned.fetchone()


def columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a table that are read."""
    fields = model._meta.concrete_fields
    return tuple(field.attname for field in fields if not isinstance(field, models.DateTimeField))


def row_of(model: type[M], values: Sequence[Any]) -> M:
    """The row with the values of `columns`; SQLite's numbers become truth values where they are meant so."""
    fields = [field for field in model._meta.concrete_fields if not isinstance(field, models.DateTimeField)]
    read = [
        bool(value) if isinstance(field, models.BooleanField) else value
        for field, value in zip(fields, values, strict=True)
    ]
    found: M = model.from_db(connection.alias, [field.attname for field in fields], read)
    return found
