"""The worker beside the pages: it is there, comes back when it dies, and ends with the application."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from application import Running, started, stopped

pytestmark = pytest.mark.slow
MODULE = b"mitasu.server.config.worker"


def workers(of: int) -> list[int]:
    """The workers that a process started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if parent == of and MODULE in words:
            found.append(int(folder.name))
    return found


def lives(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def within(seconds: float, what: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.2)
    return False


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    running = started(tmp_path / "data")
    yield running
    stopped(running.process, signal.SIGKILL)


def test_a_worker_that_dies_is_started_anew(own: Running) -> None:
    main = own.process.pid
    assert within(60, lambda: len(workers(main)) == 1)
    [first] = workers(main)
    os.kill(first, signal.SIGKILL)
    assert within(60, lambda: bool(workers(main)) and workers(main) != [first])
    assert own.process.poll() is None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_worker_ends_with_the_application(own: Running, how: signal.Signals) -> None:
    main = own.process.pid
    assert within(60, lambda: len(workers(main)) == 1)
    [worker] = workers(main)
    time.sleep(2)
    os.kill(main, how)
    own.process.wait(60)
    assert within(60, lambda: not lives(worker))
