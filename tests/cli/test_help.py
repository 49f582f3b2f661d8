"""The help of every command ends in Japanese: what `--help` does is told like every other option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer
from clerk import Command

from mitasu.cli.app import app


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The words of every command and group."""
    yield path
    for name, one in getattr(found, "commands", {}).items():
        yield from commands(one, (*path, name))


EVERY = list(commands(typer.main.get_command(app)))


def test_there_are_commands_in_groups() -> None:
    assert {("judge",), ("rules", "show"), ("records", "staff", "list")} <= set(EVERY)


@pytest.mark.parametrize("words", EVERY, ids=" ".join)
def test_what_help_does_is_told_in_japanese(mitasu: Command, words: tuple[str, ...]) -> None:
    ran = mitasu(*words, "--help")
    assert ran.status == 0
    assert "この使い方を示して終わる" in ran.out
    assert "Show this message" not in ran.out
