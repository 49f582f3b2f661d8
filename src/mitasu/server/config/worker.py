"""The worker that does what pages ask for and what takes longer than a page may; `mitasu up` keeps one running.

It is a process of its own, so that a heavy job neither holds up pages nor takes them down with it.
"""

from __future__ import annotations

import os
import socket
import time

from mitasu.server.config.beside import begin

LOOKS_EVERY = 1.0


def name() -> str:
    """What this process is called in the jobs that it does."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def finish() -> int:
    """Does everything that waits, in this process; how many jobs."""
    from mitasu.server.sites.jobs import alive, drain
    from mitasu.server.sites.makers import MAKERS

    with alive(name()):
        return drain(name(), MAKERS)


def main() -> None:
    """Works until it is told to end."""
    begin()
    from django.db import DatabaseError, close_old_connections, connection

    from mitasu.server.sites.jobs import alive, work
    from mitasu.server.sites.makers import MAKERS

    with alive(name()):
        while True:
            try:
                close_old_connections()
                if work(name(), MAKERS):
                    continue
            except DatabaseError:
                connection.close()  # away for a moment: a job that was begun is found silent and done again
            time.sleep(LOOKS_EVERY)


if __name__ == "__main__":
    main()
