"""Writing to the ledger what names numbers of the very batch: made anew if someone else wrote in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Entry

TRIES = 5


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
