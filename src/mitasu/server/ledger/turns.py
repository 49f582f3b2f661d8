"""Writing to SQLite in turn: whoever wants to waits until it is free, instead of asking again and again.

SQLite lets one connection write at a time and has the others try anew after ever longer pauses, which under
load cost more than the writing. A lock of the process and one on a file beside the database wake the next
at once. They order those who come here, nothing else: SQLite's own lock still guards the data.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

_threads = Lock()


@contextmanager
def turn() -> Iterator[None]:
    """Holds the turn while the block runs; at once where the engine needs none, or a transaction already has it.

    Who writes within a transaction holds SQLite's lock and must not wait here for those who wait for that one.
    """
    own = connections[DEFAULT_DB_ALIAS]
    if own.vendor != "sqlite" or own.in_atomic_block:
        yield
        return
    file = _file(f"{settings.DATA}/writing.lock", os.getpid())
    with _threads:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


@cache
def _file(path: str, process: int) -> int:
    """The open file of a process: a lock taken by a process that forked is not its child's."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
