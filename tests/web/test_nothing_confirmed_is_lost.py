"""Killed in the middle of writing, or with a full disk: what was confirmed is there, and nothing is half-written."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from application import Running, started, stopped

pytestmark = pytest.mark.slow


class Writer(threading.Thread):
    """Writes facts through the API one after another, and remembers those that were confirmed."""

    def __init__(self, running: Running, token: str, name: str) -> None:
        super().__init__(daemon=True)
        self.running, self.token, self.name = running, token, name
        self.confirmed: list[int] = []
        self.refused: list[str] = []

    def run(self) -> None:
        import requests

        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self.token}"
            for number in range(100_000):
                try:
                    answer = session.post(
                        f"{self.running.address}/api/v1/sites/hospital/events/security_training",
                        params={"on": "2026-11-20"}, json={}, timeout=10,
                        headers={"Idempotency-Key": f"{self.name}-{number}"},
                    )  # fmt: skip
                except requests.RequestException:
                    return
                if answer.status_code != 201:
                    self.refused.append(answer.text)
                    return
                self.confirmed.append(answer.json()["number"])


def command(*words: str, data: Path) -> str:
    started = [sys.executable, "-m", "mitasu", *words, "--data", str(data)]
    done = subprocess.run(started, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Running]:
    running = started(tmp_path / "data", "--demo")
    yield running
    stopped(running.process, signal.SIGKILL)


def entries_of(data: Path) -> set[int]:
    import sqlite3

    with sqlite3.connect(data / "mitasu.sqlite3") as database:
        rows = database.execute(
            "SELECT number FROM ledger_entry e JOIN accounts_site s ON s.id = e.site_id WHERE slug = 'hospital'"
        )
        return {number for (number,) in rows}


def test_a_server_that_is_killed_while_it_writes_has_kept_everything_it_confirmed(
    own: Running, tmp_path: Path
) -> None:
    token = command("token", "add", "admin", "--title", "試験", "--scope", "facts", data=own.data)
    writers = [Writer(own, token, f"w{number}") for number in range(3)]
    for writer in writers:
        writer.start()
    end = time.monotonic() + 30
    while time.monotonic() < end and sum(len(writer.confirmed) for writer in writers) < 30:
        time.sleep(0.05)
    os.killpg(own.process.pid, signal.SIGKILL)
    own.process.wait(10)
    for writer in writers:
        writer.join(30)
    confirmed = {number for writer in writers for number in writer.confirmed}
    assert [text for writer in writers for text in writer.refused] == []
    assert len(confirmed) >= 30
    assert confirmed <= entries_of(own.data)
    again = started(own.data)
    try:
        assert "検証しました" in command("tick", data=own.data)
    finally:
        stopped(again.process)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    mount = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)], capture_output=True
    )
    if mount.returncode:
        pytest.skip("this machine lets nobody mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_refuses_what_is_new_and_keeps_what_was_confirmed(small_disk: Path) -> None:
    data = small_disk / "data"
    running = started_on(small_disk, data)
    try:
        token = command("token", "add", "admin", "--title", "試験", "--scope", "facts", data=data)
        writer = Writer(running, token, "full")
        filler = small_disk / "filler"
        writer.start()
        end = time.monotonic() + 30
        while len(writer.confirmed) < 5 and time.monotonic() < end:
            time.sleep(0.05)
        assert len(writer.confirmed) >= 5, writer.refused
        with filler.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        writer.join(60)
        assert not writer.is_alive()
        confirmed = set(writer.confirmed)
    finally:
        stopped(running.process)
    filler.unlink()
    assert confirmed <= entries_of(data)
    again = started_on(small_disk, data)
    try:
        assert "検証しました" in command("tick", data=data)
    finally:
        stopped(again.process)


def started_on(disk: Path, data: Path) -> Any:
    """Started with its log beside the small disk, not on it."""
    link = disk.parent / "link"
    if not link.exists():
        link.mkdir()
    (link / "data").unlink(missing_ok=True)
    data.mkdir(exist_ok=True)
    (link / "data").symlink_to(data)
    return started(link / "data", "--demo")
