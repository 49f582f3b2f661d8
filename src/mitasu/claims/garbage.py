"""Reading a claim file without looking for garbage after every few hundred objects.

Receipts hold no cycles: they go when the last name for them goes. Yet everything that is remembered of a file counts as
new objects, and by Python's usual threshold (700) these are gone through again and again to find nothing, which takes
an eighth of the time of reading. So while any file is read the threshold of the youngest generation is higher: cycles
that the rest of the program makes meanwhile are still collected, only less often. The collector is never switched off.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock

RARELY = 100_000
"""New objects between two looks for garbage: more than is remembered of a month of a hospital, some ten megabytes."""
_lock = RLock()  # may be taken again where the collector, run in here, ends a reading that was left
_readings = 0
_usual = 0


@contextmanager
def rarely_collected() -> Iterator[None]:
    """Collect rarely until this and every other reading that has begun is over, in whichever thread and order.

    A threshold that is off (0), higher already, or set anew meanwhile is left as it is.
    """
    _begin()
    try:
        yield
    finally:
        _end()


def _begin() -> None:
    global _readings, _usual
    with _lock:
        _readings += 1
        youngest, *others = gc.get_threshold()
        if _readings == 1 and 0 < youngest < RARELY:
            _usual = youngest
            gc.set_threshold(RARELY, *others)


def _end() -> None:
    global _readings, _usual
    with _lock:
        _readings -= 1
        youngest, *others = gc.get_threshold()
        if _readings == 0 and _usual and youngest == RARELY:
            gc.set_threshold(_usual, *others)
        if _readings == 0:
            _usual = 0
