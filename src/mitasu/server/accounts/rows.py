"""Rows that are read with every request, by statements composed once: putting an ORM query together takes longer.

PostgreSQL keeps the plan of such a statement for each connection, as planning takes longer than reading. Moments
are left out of rows: engines keep them differently, and they are read by themselves where somebody asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models

M = TypeVar("M", bound=models.Model)


def first_row(statement: str, values: Sequence[Any]) -> Sequence[Any] | None:
    """The first row that a statement gives; None where it gives none."""
    own: Any = connections[DEFAULT_DB_ALIAS]
    own.ensure_connection()
    own.validate_no_broken_transaction()
    with own.wrap_database_errors:
        if own.vendor != "postgresql":
            found: Sequence[Any] | None = own.connection.execute(_marked(statement), values).fetchone()
            return found
        cursor = _planned(own, statement)
        cursor.execute(statement, values, prepare=True)
        row: Sequence[Any] | None = cursor.fetchone()
        return row


def _planned(own: Any, statement: str) -> Any:
    """The cursor of a statement: kept with the connection, it also remembers how values are written and read.

    Django's own cursors send each statement to be planned anew.
    """
    from psycopg import Cursor

    kept: tuple[Any, dict[str, Any]] | None = getattr(own, "planned", None)
    if kept is None or kept[0] is not own.connection:
        kept = own.planned = (own.connection, {})
    if statement not in kept[1]:
        kept[1][statement] = Cursor(own.connection)
    return kept[1][statement]


@cache
def _marked(statement: str) -> str:
    """With the marks of SQLite where values go."""
    return statement.replace("%s", "?")


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
    found: M = model.from_db(DEFAULT_DB_ALIAS, [field.attname for field in fields], read)
    return found
