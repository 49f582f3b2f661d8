"""Pictures of pages in the handbook: each is one that the browser tests make, and without it the page still stands."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from handbook import ROOT, pages

NAMED = re.compile(r"^:::\{screen\} (?P<name>\S+)\n:alt: (?P<alt>.+)\n:::$", re.MULTILINE)
WITH_PICTURES = (
    "screen-first-ten-minutes",
    "monthly-work",
    "filings-and-deadlines",
    "postings",
    "evidence-and-inspection",
    "head-office",
    "operation",
)


def constant(tree: ast.AST, name: str) -> ast.Dict:
    """A mapping that a module gives a name."""
    [found] = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and [getattr(one, "id", "") for one in node.targets] == [name]
    ]
    assert isinstance(found, ast.Dict)
    return found


def made() -> Iterator[str]:
    """The names of the pictures that the browser tests make: of every screen, and where a flow asks for one."""
    web = ROOT / "tests" / "web"
    for key in constant(ast.parse((web / "screens.py").read_text("utf-8")), "SCREENS").keys:
        assert isinstance(key, ast.Constant)
        yield key.value
        yield f"{key.value}-360"
    for file in web.glob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "picture":
                match node.args[1]:
                    case ast.Constant(value=str(name)):
                        yield f"flow-{name}"
                    case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue()]):
                        yield f"flow-{start}mouse"


def named(page: Path) -> list[tuple[str, str]]:
    text = page.read_text("utf-8")
    found = [(match["name"], match["alt"]) for match in NAMED.finditer(text)]
    assert len(found) == text.count("{screen}"), f"{page.name}: a screen without a name or words"
    return found


def test_every_picture_of_the_handbook_is_one_that_the_browser_tests_make() -> None:
    there = set(made())
    assert {"home", "home-360", "flow-6-law", "flow-2-month-mouse"} <= there
    asked = {name for page in pages() for name, _ in named(page)}
    assert asked
    assert asked <= there


@pytest.mark.parametrize("page", WITH_PICTURES)
def test_a_page_about_screens_shows_some_and_says_in_words_what_is_to_be_seen(page: str) -> None:
    found = named(ROOT / "docs" / f"{page}.md")
    assert found
    for _, alt in found:
        assert len(alt) >= 15
        assert re.search("[ぁ-ん]", alt)


def test_no_picture_is_in_the_repository() -> None:
    done = subprocess.run(
        ["git", "-C", str(ROOT), "ls-files", "docs", "build", "tests"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not [name for name in done.stdout.splitlines() if name.endswith((".png", ".jpg"))]


PAGE = "# 題\n\n:::{screen} home\n:alt: ホームの画面\n:::\n\n終わり\n"
CONFIGURATION = """
import sys
sys.path.insert(0, {extensions!r})
project = "x"
extensions = ["myst_parser", "screens"]
screens_folder = {pictures!r}
myst_enable_extensions = ["colon_fence"]
html_theme = "basic"
"""


def built(
    folder: Path, page: str = PAGE, picture: bool = False
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A handbook of one page, in a folder of its own."""
    docs, pictures = folder / "docs", folder / "build" / "screenshots"
    docs.mkdir(parents=True)
    (docs / "index.md").write_text(page, "utf-8")
    settings = {"extensions": str(ROOT / "docs" / "_ext"), "pictures": str(pictures)}
    (docs / "conf.py").write_text(CONFIGURATION.format(**settings), "utf-8")
    if picture:
        from PIL import Image

        pictures.mkdir(parents=True)
        Image.new("RGB", (20, 10), "navy").save(pictures / "home.png")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", str(docs), str(folder / "html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done, folder / "html"


@pytest.mark.slow
def test_a_picture_that_was_made_stands_in_the_page_with_its_words(tmp_path: Path) -> None:
    done, html = built(tmp_path, picture=True)
    assert done.returncode == 0, done.stderr
    text = (html / "index.html").read_text("utf-8")
    assert '<img alt="ホームの画面" class="screen" src="_images/home.png"' in text
    assert (html / "_images" / "home.png").exists()


@pytest.mark.slow
def test_without_the_picture_the_page_stands_without_a_gap(tmp_path: Path) -> None:
    done, html = built(tmp_path)
    assert done.returncode == 0, done.stderr
    text = (html / "index.html").read_text("utf-8")
    assert "終わり" in text
    assert "<img" not in text
    assert "<figure" not in text


@pytest.mark.slow
def test_a_picture_without_words_stops_the_build(tmp_path: Path) -> None:
    done, _ = built(tmp_path, PAGE.replace(":alt: ホームの画面\n", ""))
    assert done.returncode != 0
    assert ":alt: is missing" in done.stderr
