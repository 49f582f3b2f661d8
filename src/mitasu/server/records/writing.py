"""Writing to the ledger what names numbers of the very batch: made anew if someone else wrote in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Model

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Entry

TRIES = 5


def saved(row: Model) -> Any:
    """Saves a row that people wrote; UsageError naming the field where a value does not fit it."""
    left = [
        field.name
        for field in row._meta.concrete_fields
        if field.is_relation or (field.null and getattr(row, field.attname) is None)
    ]
    try:
        row.clean_fields(exclude=left)
    except ValidationError as error:
        name, told = next(iter(error.message_dict.items()))
        label = row._meta.get_field(name).verbose_name  # type: ignore[union-attr]  # a field of its own
        raise UsageError(f"{label}：{told[0]}") from None
    row.save()
    return row


def written(site: Site, drafts: Callable[[Known], list[Draft]], *, by: Any, via: str) -> list[Entry]:
    """Appends what `drafts` makes of what is known; the first entry has the number after the last known."""
    for left in reversed(range(TRIES)):
        book = known(site)
        try:
            return append(site, drafts(book), by=by, via=via, expected=book.head[1] or None)
        except Stale:
            if not left:
                raise
    raise AssertionError("unreachable")
