"""One process at a target at a time: a lock of the operating system, which goes with its process however that ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.keys import room
from mitasu.server.continuity.models.backups import Target


@contextmanager
def alone(target: Target, *, staging: bool = False) -> Iterator[None]:
    """Holds the target (`staging`: and where its site's copies are made) while the block runs.

    EngineError(`locked`) where another process has it.
    """
    held = []
    try:
        for name in (*([f"site-{target.site_id}"] if staging else []), f"target-{target.pk}"):
            handle = os.open(room() / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            held.append(handle)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise EngineError(
                    "locked", f"「{target.label}」では、ほかの仕事が進んでいます。終わるのを待ってください。"
                ) from None
        yield
    finally:
        for handle in held:
            os.close(handle)
