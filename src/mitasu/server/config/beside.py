"""Processes beside the application: started with it, started anew when they die, ended with it, also when it is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

STARTS_AGAIN_AFTER = 5.0
ENDS_WITHIN = 10.0
MODULES = ("mitasu.server.config.worker", "mitasu.server.config.keeper")


@contextmanager
def supervised() -> Iterator[None]:
    """All of them for as long as the block lasts."""
    with ExitStack() as stack:
        for module in MODULES:
            stack.enter_context(_kept(module))
        yield


@contextmanager
def _kept(module: str) -> Iterator[None]:
    ending = threading.Event()
    running: list[subprocess.Popen[bytes]] = []

    def keep() -> None:
        while not ending.is_set():
            try:
                running[:] = [subprocess.Popen([sys.executable, "-m", module])]  # noqa: S603 - our own module
            except OSError:  # no process is to be had just now
                ending.wait(STARTS_AGAIN_AFTER)
                continue
            while running[0].poll() is None and not ending.wait(0.5):
                pass
            ending.wait(STARTS_AGAIN_AFTER)

    thread = threading.Thread(target=keep, name=module, daemon=True)
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


def begin() -> None:
    """What such a process does first: it ends when told to (SIGTERM) or when its parent is gone, and sets Django up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then ends us
    signal.signal(signal.SIGTERM, _told_to_end)
    threading.Thread(target=_ended_with, args=[os.getppid()], daemon=True).start()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mitasu.server.config.settings")
    import django

    django.setup()


def _ended_with(parent: int) -> None:
    """Ends this process as soon as its parent is gone."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _told_to_end(*_: Any) -> None:
    raise SystemExit(0)
