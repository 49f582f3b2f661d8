"""Starting and stopping the real application."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

SHOTS = Path(__file__).parents[2] / "build" / "screenshots"
STARTS_WITHIN = 60


@dataclass(frozen=True)
class Running:
    """A started application: its address, its data folder and the path of its first sign-in link."""

    address: str
    data: Path
    link: str
    process: subprocess.Popen[str]


def started(data: Path, *options: str, **environment: str) -> Running:
    """Starts `mitasu up` on a free port and waits until it answers."""
    log = data.parent / f"{data.name}.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "mitasu", "up", "--port", "0", "--data", str(data), *options],
            stdout=output, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )  # fmt: skip
    end = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < end:
        text = log.read_text()
        found = re.search(r"(http://localhost:\d+)(/sign-in/\S+)", text)
        if process.poll() is not None:
            raise AssertionError(f"the application did not start:\n{text}")
        if found and answers(f"{found[1]}/health"):
            return Running(found[1], data, found[2], process)
        time.sleep(0.1)
    stopped(process)
    raise AssertionError(f"the application did not answer within {STARTS_WITHIN} s:\n{log.read_text()}")


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=2) as response:  # noqa: S310 - our own address
            return bool(response.status == 200)
    except OSError:
        return False


def stopped(process: subprocess.Popen[str], how: int = signal.SIGTERM) -> None:
    """Ends an application with all its workers."""
    try:
        os.killpg(process.pid, how)
        process.wait(15)
    except ProcessLookupError:
        pass
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(15)
