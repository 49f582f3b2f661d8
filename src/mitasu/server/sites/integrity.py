"""Is the ledger of a site still what was recorded? Checked once a day and whenever something has moved.

The chain is read again only when its head has moved or a file's size or time of change differ from the last
check, and then only those files that were touched, so that pages can ask each time. Each day begins anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.ledger import anchors
from mitasu.server.ledger.documents import path_of
from mitasu.server.ledger.models import Entry
from mitasu.server.ledger.verify import Break, verify
from mitasu.server.sites.judging import Kept, head_of

Trace = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Check:
    """What a verification found, and when it was made."""

    at: datetime
    breaks: tuple[Break, ...]


_checks, _files = Kept[Check](256), Kept[tuple[str, ...]](256)
_read = Kept[Trace](65536)
"""By file: its size and time of change when it was last read and found to be what was recorded."""


def check_of(site: Site, today: date | None = None) -> Check:
    """The verification of today, made now if nothing of it is known or something has moved since."""
    day, traces = today or timezone.localdate(), _traces(site)
    key = _key(site, day, traces)
    found = _checks.get(key)
    if found is not None:
        return found
    unread = {digest for digest, trace in traces.items() if trace and _read.get((day, digest)) == trace}
    return _made(site, day, traces, verify(site, unread=unread))


def check_now(site: Site) -> Check:
    """A verification that reads everything, made now; pages show it from then on."""
    return _made(site, timezone.localdate(), _traces(site), verify(site))


def _made(site: Site, day: date, traces: Mapping[str, Trace | None], breaks: list[Break]) -> Check:
    if not breaks:
        for digest, trace in traces.items():
            if trace is not None:
                _read.put((day, digest), trace)
    return _checks.put(_key(site, day, traces), Check(timezone.now(), tuple(breaks)))


def _key(site: Site, day: date, traces: Mapping[str, Trace | None]) -> tuple[object, ...]:
    return site.pk, day, head_of(site), anchors.path().exists(), tuple(traces.items())


def _traces(site: Site) -> Mapping[str, Trace | None]:
    """Size and time of change of each file that the site's ledger names (None: it is gone)."""
    key = (site.pk, head_of(site))
    found = _files.get(key)
    if found is None:
        entries = Entry.objects.filter(site=site).exclude(document="")
        found = _files.put(key, tuple(sorted(set(entries.values_list("document", flat=True)))))
    return {digest: _trace(path_of(digest)) for digest in found}


def _trace(path: Path) -> Trace | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size
