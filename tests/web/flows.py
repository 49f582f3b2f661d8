"""What flows need: sites of their own with the facts of a sample, days that fit any today, pictures of the end."""

from __future__ import annotations

import secrets
import subprocess
import sys
from datetime import date, timedelta
from importlib.resources import files
from pathlib import Path

from application import SHOTS, Running
from hands import Mouse
from playwright.sync_api import Page

from mitasu.dates import is_opening_day

SHARING, RECORDS = "electronic-information-sharing", "record-management"


def own_name(kind: str = "診療所") -> str:
    """A name that no other test has."""
    return f"流れの{kind}{secrets.token_hex(3)}"


def own_site(page: Page, folder: Path, sample: str = "paper-clinic", name: str = "") -> str:
    """A new site with everything that a sample says, registered from a file; its address."""
    told = Path(str(files("mitasu").joinpath("samples", f"{sample}.yaml"))).read_text(encoding="utf-8")
    before, _, after = told.partition("\n  name: ")
    name = name or own_name()
    file = folder / f"{name}.yaml"
    file.write_text(f"{before}\n  name: {name}\n{after.partition(chr(10))[2]}", encoding="utf-8")
    hand = Mouse(page)
    page.goto("/start/")
    hand.press("ファイルから登録")
    page.locator("input[type=file]").set_input_files(file)
    hand.press("中身を確かめる")
    hand.press("この内容で施設を登録する")
    found = page.url.partition("/s/")[2].partition("/")[0]
    assert found, f"no site came of the file: {hand.says()}"
    return f"/s/{found}/"


def sign_in_link(running: Running) -> str:
    """A link for the administrator that nobody has followed yet."""
    command = [sys.executable, "-m", "mitasu", "user", "link", "admin", "--data", str(running.data)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return running.address + "/sign-in/" + done.stdout.partition("/sign-in/")[2].split()[0]


def last_opening_day(day: date) -> date:
    """The last day up to this one on which the office was open."""
    while not is_opening_day(day):
        day -= timedelta(days=1)
    return day


def picture(page: Page, name: str) -> None:
    """The whole page as a picture."""
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"flow-{name}.png", full_page=True)
