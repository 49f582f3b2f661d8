"""The application under load: requests a second and the slowest of a hundred, beside a bare Django page.

`python -m bench.web [home] [facts] [matrix] [judge]` starts the application with the samples and a head office
of many sites. A real client with several connections asks it for the pages of signed-in users and for a judgement
by the API; then the same bytes are asked of a bare Django page served by the same server with as many workers.
Every answer is a full one with status 200, and every one is in the audit trail, whose chain is verified at the end.
"""

from __future__ import annotations

import http.client
import itertools
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bench.head_office import SITES

CONNECTIONS, WORKERS = 4, 2
TURNS, SECONDS = 6, 1.0
"""Each page and the bare one are asked by turns, so many seconds at a time: what else the machine does strikes both."""
TOKENS = 40
"""So many tokens share the requests to the API, each of which is limited by the minute."""
Headers = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """What is asked; each request takes the next of the headers."""

    name: str
    method: str
    path: str
    headers: Sequence[Headers]
    body: str | None = None


@dataclass
class Load:
    """What a run measured."""

    times: list[float] = field(default_factory=list)
    took: float = 0.0
    bytes: int = 0

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return len(self.times) / self.took

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were answered."""
        return sorted(self.times)[int(len(self.times) * 0.99)] * 1000


def ask(port: int, page: Page, load: Load, seconds: float = SECONDS) -> None:
    """Asks over several connections for some seconds; an answer other than 200 ends the run."""
    wrong: list[str] = []
    headers = itertools.cycle(page.headers)
    start = time.monotonic()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.monotonic() < start + seconds and not wrong:
            asked = time.perf_counter()
            connection.request(page.method, page.path, page.body, dict(next(headers)))
            answer = connection.getresponse()
            content = answer.read()
            load.times.append(time.perf_counter() - asked)
            load.bytes = max(load.bytes, len(content))
            if answer.status != 200:
                wrong.append(f"{page.path}: {answer.status} {content[:200]!r}")
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(wrong[0])
    load.took += time.monotonic() - start


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


@contextmanager
def started(command: Sequence[str], log: Path, **more: str) -> Iterator[None]:
    """A server while the block runs."""
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **more}, stdout=out, stderr=out, start_new_session=True
        )  # fmt: skip
        try:
            yield
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(15)


def by_turns(port: int, page: Page, folder: Path) -> tuple[Load, Load]:
    """The page, and a bare one with as many bytes."""
    found, beside = Load(), Load()
    ask(port, page, found)
    place = folder / "bytes"
    place.write_bytes(b"x" * found.bytes)
    other = free_port()
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(other), "--workers", str(WORKERS),
               "--blocking-threads", "4", "--no-access-log", "--log-level", "error", "bench.bare:application"]  # fmt: skip
    with started(command, folder / "bare.log", BARE_BYTES=str(place)):
        wait_for(other)
        time.sleep(1)
        bare = Page("bare", "GET", "/", [{}])
        ask(other, bare, Load())
        found = Load()
        for _ in range(TURNS):
            ask(port, page, found)
            ask(other, bare, beside)
    return found, beside


def main() -> None:
    """Prints the table."""
    chosen = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="mitasu-bench-") as name:
        folder, port = Path(name), free_port()
        data = folder / "data"
        log = folder / "log"
        up = ["mitasu", "up", "--demo", "--port", str(port), "--data", str(data), "--workers", str(WORKERS)]
        with started(up, log):
            wait_for(port)
            time.sleep(1)
            run(port, data, log.read_text(), folder, chosen)


def run(port: int, data: Path, log: str, folder: Path, chosen: Sequence[str]) -> None:
    """Measures each page and the bare page with its bytes."""
    link = re.search(r"/sign-in/\S+", log)
    if link is None:
        raise RuntimeError(log)
    planted = json.loads(here("bench.head_office", str(data), str(TOKENS)))
    clerk, office = ([{"Cookie": signed_in(port, path)}] for path in (link[0], planted["link"]))
    programs = [
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for token in planted["tokens"]
    ]
    judged = json.dumps({"institution": sample(), "on": "2026-11-22"}, default=str)
    pages = [
        Page("home", "GET", "/s/hospital/", clerk),
        Page("facts", "GET", "/s/hospital/facts/", clerk),
        Page("matrix", "GET", "/sites/", office),
        Page("judge", "POST", "/api/v1/judge", programs, judged),
    ]
    engine = "PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite"
    print(
        f"{engine}, {CONNECTIONS} connections, {WORKERS} workers, {TURNS * SECONDS:.0f} s each, matrix of {SITES} sites"
    )
    print(f"{'page':8}{'requests/s':>12}{'p99 ms':>9}{'bytes':>9}{'bare/s':>9}{'p99 ms':>9}{'times':>7}")
    for page in pages:
        if chosen and page.name not in chosen:
            continue
        found, beside = by_turns(port, page, folder)
        print(
            f"{page.name:8}{found.a_second:12.0f}{found.p99:9.1f}{found.bytes:9}"
            f"{beside.a_second:9.0f}{beside.p99:9.1f}{beside.a_second / found.a_second:7.1f}",
            flush=True,
        )
    print(here("bench.head_office", str(data)).strip())


def here(*command: str) -> str:
    """What a module of this folder prints in a process of its own."""
    done = subprocess.run([sys.executable, "-m", *command], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def signed_in(port: int, link: str) -> str:
    """The cookies of whoever follows a sign-in link."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", link)
    answer = connection.getresponse()
    answer.read()
    given = [value.split(";")[0] for key, value in answer.getheaders() if key.lower() == "set-cookie"]
    return "; ".join(given)


def sample() -> Any:
    """A sample institution."""
    return yaml.safe_load(files("mitasu").joinpath("samples", "paper-clinic.yaml").read_text())


if __name__ == "__main__":
    main()
