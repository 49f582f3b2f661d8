"""The application under load: requests a second and the slowest of a hundred, beside a bare Django page.

A real client with several connections asks the started application for home, matrix, judge and facts; then
the same bytes are asked of a bare Django page served by the same server with as many workers.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

CONNECTIONS, SECONDS, WORKERS = 4, 4.0, 2


@dataclass(frozen=True)
class Load:
    """What a run measured."""

    a_second: float
    p99: float
    bytes: int


def under_load(
    port: int, method: str, path: str, headers: Mapping[str, str], body: str | None = None
) -> Load:
    """Asks over several connections for some seconds; an answer other than 200 ends the run."""
    times: list[float] = []
    sizes: set[int] = set()
    wrong: list[str] = []
    end = time.monotonic() + SECONDS

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while time.monotonic() < end and not wrong:
            start = time.perf_counter()
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            content = answer.read()
            times.append(time.perf_counter() - start)
            sizes.add(len(content))
            if answer.status != 200:
                wrong.append(f"{path}: {answer.status} {content[:200]!r}")

    threads = [threading.Thread(target=ask) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    times.sort()
    return Load(len(times) / SECONDS, times[int(len(times) * 0.99)] * 1000, max(sizes))


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Until something listens."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("nothing listens")


def bare(content: bytes, folder: Path) -> Load:
    """The bare page with these bytes."""
    place = folder / "bytes"
    place.write_bytes(content)
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
               "--workers", str(WORKERS), "--blocking-threads", "4", "--no-access-log", "--log-level", "error",
               "bench.bare:application"]  # fmt: skip
    server = subprocess.Popen(command, env={**os.environ, "BARE_BYTES": str(place)}, start_new_session=True)
    try:
        wait_for(port)
        time.sleep(1)
        under_load(port, "GET", "/", {})
        return under_load(port, "GET", "/", {})
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(15)


def main() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = folder / "data"
        port = free_port()
        up = [sys.executable, "-m", "mitasu", "up", "--demo", "--port", str(port), "--data", str(data)]
        log = (folder / "log").open("w+")
        server = subprocess.Popen(
            [*up, "--workers", str(WORKERS)], stdout=log, stderr=log, start_new_session=True
        )
        try:
            wait_for(port)
            time.sleep(1)
            run(port, data, (folder / "log").read_text(), folder)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(15)
            log.close()


def run(port: int, data: Path, log: str, folder: Path) -> None:
    """Measures each page and the bare page with its bytes."""
    link = re.search(r"/sign-in/\S+", log)
    if link is None:
        raise RuntimeError(log)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", link[0])
    answer = connection.getresponse()
    answer.read()
    cookies = "; ".join(
        value.split(";")[0] for key, value in answer.getheaders() if key.lower() == "set-cookie"
    )
    token = subprocess.run(
        [sys.executable, "-m", "mitasu", "token", "add", "admin", "--title", "bench", "--scope", "read", "--data", str(data)],
        check=True, capture_output=True, text=True,
    ).stdout.strip()  # fmt: skip
    institution = json.loads(sample())
    person, program = (
        {"Cookie": cookies},
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    judged = json.dumps({"institution": institution, "on": "2026-11-22"})
    asked: list[tuple[str, str, str, Mapping[str, str], str | None]] = [
        ("home", "GET", "/s/hospital/", person, None),
        ("judge", "POST", "/api/v1/judge", program, judged),
    ]
    engine = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    print(f"{engine}, {CONNECTIONS} connections, {WORKERS} workers, {SECONDS:.0f} s each")
    print(f"{'page':8}{'requests/s':>12}{'p99 ms':>9}{'bytes':>9}{'bare/s':>9}{'times':>7}")
    for name, method, path, headers, body in asked:
        under_load(port, method, path, headers, body)
        found = under_load(port, method, path, headers, body)
        beside = bare(b"x" * found.bytes, folder)
        ratio = beside.a_second / found.a_second
        print(
            f"{name:8}{found.a_second:12.0f}{found.p99:9.1f}{found.bytes:9}{beside.a_second:9.0f}{ratio:7.1f}"
        )


def sample() -> str:
    """A sample institution as JSON."""
    import yaml

    text = files("mitasu").joinpath("samples", "paper-clinic.yaml").read_text()
    document: Any = yaml.safe_load(text)
    return json.dumps(document, default=str)


if __name__ == "__main__":
    main()
