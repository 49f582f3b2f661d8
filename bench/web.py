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
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from bench.head_office import SITES
from mitasu.server.config.serve import THREADS

CONNECTIONS, WORKERS = 4, 2
TURNS, SECONDS = 6, 1.0
"""Each page and the bare one are asked by turns, so many seconds at a time: what else the machine does strikes both."""
BUDGET = 3.0
"""So many times as long as the bare page may home take."""
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
    cpu: float = 0.0
    """Seconds of processor time that the server took (that of a database server not counted)."""

    @property
    def cpu_each(self) -> float:
        """Milliseconds of processor time a request."""
        return self.cpu / len(self.times) * 1000

    @property
    def a_second(self) -> float:
        """Requests a second."""
        return len(self.times) / self.took

    @property
    def p99(self) -> float:
        """Milliseconds within which 99 of 100 were answered."""
        return sorted(self.times)[int(len(self.times) * 0.99)] * 1000


@dataclass(frozen=True)
class Server:
    """A started server: its port, and the session of its processes."""

    port: int
    session: int

    def cpu(self) -> float:
        """Seconds of processor time that its processes have taken so far."""
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                fields = stat.read_text().rpartition(")")[2].split()
                if int(fields[3]) == self.session:
                    ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")


def ask(server: Server, page: Page, load: Load) -> None:
    """Asks over several connections for some seconds; an answer other than 200 ends the run."""
    wrong: list[str] = []
    headers = itertools.cycle(page.headers)
    start, cpu = time.monotonic(), server.cpu()

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        while time.monotonic() < start + SECONDS and not wrong:
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
    load.cpu += server.cpu() - cpu


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
def started(command: Sequence[str], port: int, log: Path, **more: str) -> Iterator[Server]:
    """A server while the block runs, once it listens."""
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", *command], env={**os.environ, **more}, stdout=out, stderr=out, start_new_session=True
        )  # fmt: skip
        try:
            wait_for(port)
            time.sleep(1)
            yield Server(port, server.pid)
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(15)


def by_turns(server: Server, page: Page, folder: Path) -> tuple[Load, Load]:
    """The page, and a bare one with as many bytes."""
    found, beside = Load(), Load()
    ask(server, page, found)
    place = folder / "bytes"
    place.write_bytes(b"x" * found.bytes)
    other = free_port()
    command = ["granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(other), "--workers", str(WORKERS),
               "--blocking-threads", str(THREADS), "--no-access-log", "--log-level", "error", "bench.bare:application"]  # fmt: skip
    with started(command, other, folder / "bare.log", BARE_BYTES=str(place)) as bare:
        bytes_ = Page("bare", "GET", "/", [{}])
        ask(bare, bytes_, Load())
        found = Load()
        for _ in range(TURNS):
            ask(server, page, found)
            ask(bare, bytes_, beside)
    return found, beside


def main() -> int:
    """Prints the table; 1 where home is over its budget."""
    chosen = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix="mitasu-bench-") as name:
        folder, port = Path(name), free_port()
        data = folder / "data"
        log = folder / "log"
        up = ["mitasu", "up", "--demo", "--port", str(port), "--data", str(data), "--workers", str(WORKERS)]
        with started(up, port, log) as server:
            return run(server, data, log.read_text(), folder, chosen)


def run(server: Server, data: Path, log: str, folder: Path, chosen: Sequence[str]) -> int:
    """Measures each page and the bare page with its bytes; 1 where home is over its budget."""
    link = re.search(r"/sign-in/\S+", log)
    if link is None:
        raise RuntimeError(log)
    planted = json.loads(here("bench.head_office", str(data), str(TOKENS)))
    clerk, office = ([{"Cookie": signed_in(server.port, path)}] for path in (link[0], planted["link"]))
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
        f"{engine}, {CONNECTIONS} connections, {WORKERS} workers of {THREADS} threads, {TURNS * SECONDS:.0f} s each, matrix of {SITES} sites"
    )
    print(f"{'':8}{'the page':>30}{'bare':>27}{'':>9}{'':>7}")
    print(
        f"{'page':8}{'requests/s':>12}{'p99 ms':>9}{'CPU ms':>9}{'requests/s':>12}{'p99 ms':>9}{'CPU ms':>9}{'bytes':>9}{'times':>7}"
    )
    over = False
    for page in pages:
        if chosen and page.name not in chosen:
            continue
        found, beside = by_turns(server, page, folder)
        shown = "".join(f"{one.a_second:12.0f}{one.p99:9.1f}{one.cpu_each:9.2f}" for one in (found, beside))
        times = beside.a_second / found.a_second
        over |= page.name == "home" and times > BUDGET
        print(f"{page.name:8}{shown}{found.bytes:9}{times:7.1f}", flush=True)
    print(f"budget of home: {BUDGET:.0f} times the bare page{'  over budget' if over else ''}")
    print(here("bench.head_office", str(data)).strip())
    return int(over)


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
    raise SystemExit(main())
