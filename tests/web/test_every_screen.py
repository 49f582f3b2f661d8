"""Every screen in a real browser: complete, accessible, within 360 px, quiet, and readable without JavaScript."""

from __future__ import annotations

from typing import Any

import pytest
from application import SHOTS
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from screens import SCREENS

pytestmark = pytest.mark.slow
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(params=list(SCREENS))
def screen(request: Any) -> str:
    return str(request.param)


def test_a_screen_is_complete_and_raises_no_complaint(page: Page, screen: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.goto(SCREENS[screen])
    assert answer is not None
    assert answer.status == 200
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "ja"
    assert page.title().endswith("Mitasu")
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{screen}.png", full_page=True)
    assert complaints == []


def test_axe_finds_no_serious_fault_on_a_screen(page: Page, screen: str) -> None:
    page.goto(SCREENS[screen])
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}})
    serious = [
        f"{one['id']}: {one['help']} {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert serious == []


@pytest.mark.parametrize("width", [360, 320], ids=["360 px", "400 percent zoom of 1280 px"])
def test_a_screen_needs_no_sideways_scrolling(page: Page, screen: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(SCREENS[screen])
    wide = page.evaluate(
        """() => [...document.querySelectorAll('body *')].filter(e => !e.closest('.scroll, svg, pre, .visually-hidden, .skip')
             && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 120)).slice(0, 5)"""
    )
    assert wide == []
    if width == 360:
        page.screenshot(path=SHOTS / f"{screen}-360.png", full_page=True)


def test_a_screen_says_the_same_without_javascript(
    browser: Browser, page: Page, signed_in_state: Any, running: Any, screen: str
) -> None:
    window = browser.new_context(
        storage_state=signed_in_state, base_url=running.address, java_script_enabled=False, locale="ja-JP"
    )
    try:
        bare = window.new_page()
        answer = bare.goto(SCREENS[screen])
        assert answer is not None
        assert answer.status == 200
        page.goto(SCREENS[screen])
        assert bare.locator("h1").inner_text() == page.locator("h1").inner_text()
        assert bare.locator("main form, main a, main button, main table").count() > 0
    finally:
        window.close()


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, screen: str) -> None:
    page.goto(SCREENS[screen])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    seen = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => { const e = document.activeElement; const s = getComputedStyle(e);
               return [e.outerHTML.slice(0, 80), s.outlineStyle !== 'none' || s.boxShadow !== 'none'] }"""
        )
        seen.add(shown[0])
        assert shown[1] or shown[0].startswith("<body"), shown[0]
    assert len(seen) >= 2


def test_what_can_be_pressed_is_large_enough(page: Page, screen: str) -> None:
    page.goto(SCREENS[screen])
    small = page.evaluate(
        """() => [...document.querySelectorAll('button, .button, select, input:not([type=hidden]):not([type=checkbox]):not([type=radio])')]
             .filter(e => e.offsetParent && e.getBoundingClientRect().height < 43).map(e => e.outerHTML.slice(0, 120))"""
    )
    assert small == []
