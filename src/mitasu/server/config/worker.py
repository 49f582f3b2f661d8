"""The worker that does what pages ask for and what takes longer than a page may; `mitasu up` keeps one running.

It is a process of its own, so that a heavy job neither holds up pages nor takes them down with it. Where it dies it
is started anew, where the application ends it ends too, also when the application was killed.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

COMMAND = [sys.executable, "-m", "mitasu.server.config.worker"]
LOOKS_EVERY = 1.0
STARTS_AGAIN_AFTER = 5.0
ENDS_WITHIN = 10.0


@contextmanager
def supervised() -> Iterator[None]:
    """A worker for as long as the block lasts."""
    ending = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not ending.is_set():
            try:
                running[:] = [subprocess.Popen(COMMAND)]  # noqa: S603 - our own module
            except OSError:  # no process is to be had just now
                ending.wait(STARTS_AGAIN_AFTER)
                continue
            while running[0].poll() is None and not ending.wait(0.5):
                pass
            ending.wait(STARTS_AGAIN_AFTER)

    thread = threading.Thread(target=keep, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
        for process in running:
            process.terminate()
            try:
                process.wait(ENDS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def name() -> str:
    """What this process is called in the jobs that it does."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def finish() -> int:
    """Does everything that waits, in this process; how many jobs."""
    from mitasu.server.sites.jobs import alive, drain
    from mitasu.server.sites.makers import MAKERS

    with alive(name()):
        return drain(name(), MAKERS)


def _ended_with(parent: int) -> None:
    """Ends this process as soon as its parent is gone."""
    while os.getppid() == parent:
        time.sleep(LOOKS_EVERY)
    os._exit(1)


def _told_to_end(*_: Any) -> None:
    raise SystemExit(0)


def main() -> None:
    """Works until it is told to end (SIGTERM) or its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    signal.signal(signal.SIGTERM, _told_to_end)
    threading.Thread(target=_ended_with, args=[os.getppid()], daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mitasu.server.config.settings")
    import django

    django.setup()
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
