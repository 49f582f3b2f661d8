"""Every example in README and handbook comes out as shown, and every file shown can be read."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest
from handbook import DATED, NOT_RUN, ROOT, Block, blocks, commands, is_python_example, name, pages, refreshed

from mitasu.errors import InputError
from mitasu.facts import read_institution
from mitasu.facts.read import TOP
from mitasu.judge.cases import load_cases
from mitasu.judge.encounters import read_encounters
from mitasu.rulebook import Rulebook
from mitasu.rulebook.keys import TOP as RULE
from mitasu.rules.strict_yaml import read

LANGUAGES = {"console", "python", "yaml", "text", ""}
BLOCKS = [block for page in pages() for block in blocks(page)]
CONSOLE = [block for block in BLOCKS if block.language == "console"]
YAML = [block for block in BLOCKS if block.language == "yaml"]
WITH_EXAMPLES = sorted({block.page for block in CONSOLE + [b for b in BLOCKS if is_python_example(b)]})
REFUSED = {"wrong.yaml"}
"""Files that are shown because they are refused."""


@pytest.mark.parametrize("page", WITH_EXAMPLES, ids=name)
def test_shown_outputs_are_what_comes_out(page: Path, tmp_path: Path) -> None:
    was, now = page.read_text("utf-8").splitlines(), refreshed(page, tmp_path).splitlines()
    told = "\n".join(difflib.unified_diff(was, now, "shown", "comes out", lineterm=""))
    assert was == now, f"{told}\n\nIf this is right: python tests/docs/update.py {name(page)}"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.place)
def test_a_block_has_a_language_that_is_tested(block: Block) -> None:
    assert block.language in LANGUAGES
    assert block.language != "python" or is_python_example(block), (
        "python is shown as >>> examples, so that it is run"
    )


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: block.place)
def test_a_command_is_run_or_known(block: Block) -> None:
    targets = [line.split(":")[0] for line in (ROOT / "Makefile").read_text("utf-8").splitlines()]
    for command in commands(block):
        if command.is_run:
            continue
        assert command.words[0] in NOT_RUN, f"$ {command.line}"
        assert not command.shown, "an output that is not tested is not shown"
        assert command.words[0] != "make" or set(command.words[1:]) <= set(targets)
        assert command.words[0] != ".venv/bin/python" or (ROOT / command.words[1]).exists()


@pytest.mark.parametrize("block", CONSOLE, ids=lambda block: block.place)
def test_no_output_depends_on_the_day(block: Block) -> None:
    for command in commands(block):
        dated = any(command.line.startswith(f"mitasu {word}") for word in DATED)
        assert not dated or "--on" in command.words or "--from" in command.words, f"$ {command.line}"


@pytest.mark.parametrize("block", YAML, ids=lambda block: block.place)
def test_files_and_parts_of_files_can_be_read(block: Block, rulebook: Rulebook, tmp_path: Path) -> None:
    if block.saved_as in REFUSED:
        with pytest.raises(InputError):
            read_institution(read(block.text, block.place), rulebook, block.place)
        return
    content = read(_written_out(block.text), block.place)
    match kind_of(content):
        case "institution":
            read_institution(content, rulebook, block.place)
        case "part of an institution":
            head = {"name": "見本", "sector": "medical", "kind": "hospital"}
            read_institution({"institution": head} | content, rulebook, block.place)
        case "encounters":
            read_encounters(content, rulebook, block.place)
        case "cases":
            file = tmp_path / "block.cases.yaml"
            file.write_text(block.text, "utf-8")
            assert load_cases(file)
        case "rule":
            assert set(content) <= set(RULE)


def _written_out(text: str) -> str:
    """A block of the rule language with its place-holders as plain words, so that it can be read."""
    return text.replace("[…]", "[x]").replace("{…}", "{x: y}").replace(", …]", "]").replace(" …", " x")


def kind_of(content: Any) -> str:
    """What a yaml block is, by its keys."""
    rows = content if isinstance(content, list) else content.get("encounters", [])
    if rows and all(isinstance(row, dict) and "patient" in row for row in rows):
        return "encounters"
    if isinstance(content, list):
        return "rows"
    if "cases" in content:
        return "cases"
    if {"id", "periods"} <= content.keys():
        return "rule"
    if "institution" in content:
        return "institution"
    return "part of an institution" if content.keys() <= set(TOP) else "part of a rule"


def test_every_kind_of_file_is_shown_somewhere() -> None:
    kinds = {
        kind_of(read(_written_out(block.text), block.place))
        for block in YAML
        if block.saved_as not in REFUSED
    }
    assert {"institution", "part of an institution", "encounters", "cases", "rule", "part of a rule"} <= kinds
