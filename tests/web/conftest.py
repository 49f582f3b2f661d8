"""The real application, started as a user starts it, and Debian's Chromium in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from application import Running, started, stopped
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip


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
