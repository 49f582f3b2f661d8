"""The two ways of working with a page: with the mouse, and with the keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Download, Locator, Page

MOST_TABS = 600
FOCUS_SHOWS = """() => { const e = document.activeElement, s = getComputedStyle(e);
  return e === document.body || s.outlineStyle !== 'none' || s.boxShadow !== 'none' ? '' : e.outerHTML.slice(0, 120) }"""


class Mouse:
    """Works by pointing, where things are found by the names that a screen reader says."""

    scripts = True
    """Whether the browser runs them."""

    def __init__(self, page: Page) -> None:
        self.page = page

    # ---- what is there -----------------------------------------------------------------------------------------

    def thing(self, name: str) -> Locator:
        """The button or link of exactly that name, in the main part of the page if it is there."""
        words = r"\s+".join(map(re.escape, name.split())).replace("：", r"\s*：")
        said = re.compile(rf"^\s*{words}\s*$")
        for place in (self.page.locator("main"), self.page.locator("body")):
            found = place.get_by_role("button", name=said).or_(place.get_by_role("link", name=said))
            if found.count():
                return found
        raise AssertionError(f"nothing here is called {name!r}: {self.page.url}")

    def field(self, label: str) -> Locator:
        """The field of exactly that label, whether or not something must be entered."""
        said = re.compile(rf"^\s*{re.escape(label)}(\s*(必須|任意))?\s*$")
        return self.page.get_by_label(said).and_(self.page.locator("input, select, textarea"))

    def heading(self) -> str:
        """What the page says first."""
        return self.page.locator("h1").inner_text()

    def says(self) -> str:
        """What the body of the page says."""
        return self.page.locator("main").inner_text()

    # ---- what is done ------------------------------------------------------------------------------------------

    def press(self, name: str) -> None:
        """Presses what leads to another page, and waits for that page."""
        with self.page.expect_navigation():
            self.hit(self.thing(name))

    def open(self, name: str) -> None:
        """Opens a part of the page that is folded."""
        summary = self.page.locator("summary").filter(has_text=re.compile(rf"^\s*{re.escape(name)}"))
        if not summary.locator("..").evaluate("e => e.open"):
            self.hit(summary)

    def download(self, name: str, seconds: int = 15) -> Download:
        """Presses what gives a file, and waits so long for it."""
        with self.page.expect_download(timeout=seconds * 1000) as got:
            self.hit(self.thing(name), seconds)
        return got.value

    def attach(self, label: str, file: Path) -> None:
        """Chooses a file."""
        with self.page.expect_file_chooser() as chooser:
            self.hit(self.field(label))
        chooser.value.set_files(file)

    def write(self, label: str, text: str) -> None:
        """Writes into a field in place of what is there."""
        self.field(label).fill(text)

    def tick(self, label: str) -> None:
        """Chooses one of several, or ticks a box."""
        self.field(label).check()

    def choose(self, label: str, option: str) -> None:
        """Chooses from a list."""
        self.field(label).select_option(label=option)

    def hit(self, target: Locator, seconds: int = 15) -> None:
        """A click, with so much time for what follows from it."""
        target.click(timeout=seconds * 1000)


class Keyboard(Mouse):
    """Works with Tab, Enter, Space, the arrows and typing only; wherever it stops, the focus can be seen."""

    def reach(self, target: Locator, alike: str = "e => e === document.activeElement") -> None:
        """Presses Tab until the focus is on the target."""
        target.wait_for()
        for _ in range(MOST_TABS):
            if target.evaluate(alike):
                return
            self.page.keyboard.press("Tab")
            unseen = self.page.evaluate(FOCUS_SHOWS)
            assert not unseen, f"the focus cannot be seen at {unseen}"
        raise AssertionError(f"Tab never reaches {target}")

    def hit(self, target: Locator, seconds: int = 15) -> None:
        """Enter on a link, Space elsewhere."""
        self.reach(target)
        self.page.keyboard.press("Enter" if target.evaluate("e => e.tagName") == "A" else "Space")

    def write(self, label: str, text: str) -> None:
        self.reach(self.field(label))
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def tick(self, label: str) -> None:
        """Into the group with Tab, along it with the arrows."""
        target = self.field(label)
        if target.get_attribute("type") == "radio":
            self.reach(target, "e => document.activeElement.name === e.name")
            for _ in range(MOST_TABS):
                if target.evaluate("e => e === document.activeElement"):
                    break
                self.page.keyboard.press("ArrowDown")
        self.reach(target)
        if not target.is_checked():
            self.page.keyboard.press("Space")
        assert target.is_checked()

    def choose(self, label: str, option: str) -> None:
        target = self.field(label)
        self.reach(target)
        self.page.keyboard.press("Home")
        for _ in range(target.locator("option").count()):
            if target.evaluate("e => e.selectedOptions[0].text") == option:
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"{label} offers no {option!r}")


HANDS: dict[str, Any] = {"mouse": Mouse, "keyboard": Keyboard}
