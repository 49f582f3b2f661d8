"""The real application, started as a user starts it, and Debian's Chromium in front of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
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


@pytest.fixture(scope="session")
def running(tmp_path_factory: Any) -> Iterator[Running]:
    """The application with the sample institutions."""
    application = started(tmp_path_factory.mktemp("web") / "data", "--demo")
    yield application
    stopped(application.process)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a screen."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def signed_in_state(running: Running, browser: Browser) -> Any:
    """The cookies of someone who followed the first link."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(running.address + running.link)
    state = context.storage_state()
    context.close()
    return state


@pytest.fixture
def context(browser: Browser, signed_in_state: Any, running: Running) -> Iterator[BrowserContext]:
    """A signed-in window of 1280 px."""
    window = browser.new_context(
        storage_state=signed_in_state,
        base_url=running.address,
        viewport={"width": 1280, "height": 900},
        locale="ja-JP",
    )
    window.set_default_timeout(15_000)
    yield window
    window.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """A page of that window; what its console complains of fails the test at the end."""
    return context.new_page()
