"""The keeper of backups: while the application runs, what is due is done at its hour, without cron.

It is a process of its own, as a backup takes long. What `mitasu tick` did meanwhile is not done again, as the rows
tell what is due. A site at which something failed is left alone for a while, unless a person asks for a run.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from mitasu.server.config.beside import begin

LOOKS_EVERY = 30.0
RESTS = timedelta(minutes=15)
_looked: dict[int, datetime] = {}
"""When this process last did what was due at a site."""


def keep(at: datetime) -> list[str]:
    """Does what is due at every open site, and looks for media; what came of it, in lines."""
    from mitasu.server.accounts.models import Site
    from mitasu.server.continuity.devices import Machine
    from mitasu.server.continuity.jobs import asked, due, waits
    from mitasu.server.continuity.media import probed

    lines = []
    for site in Site.objects.filter(closed=False):
        rested = at - _looked.get(site.pk, at - RESTS) >= RESTS
        if asked(site) or (rested and waits(site, at)):
            _looked[site.pk] = at
            lines += [line.text for line in due(site, at)]
        else:
            probed(site, Machine(), at)
    return lines


def main() -> None:
    """Keeps until it is told to end."""
    begin()
    from django.db import DatabaseError, close_old_connections, connection
    from django.utils import timezone

    while True:
        try:
            close_old_connections()
            keep(timezone.localtime())
        except DatabaseError:
            connection.close()  # away for a moment
        time.sleep(LOOKS_EVERY)


if __name__ == "__main__":
    main()
