"""The command as a clerk meets it: run it, read what it says, answer what it asks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from clerk import Clerk, Command, Interview, Ran, Sample, Write

from mitasu.cli import run
from mitasu.cli.demo import sample_path


@pytest.fixture
def mitasu(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run the command in this process."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Ran(status, shown.out, shown.err)

    return call


@pytest.fixture
def interview(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Interview:
    """Run `mitasu ask` and answer: with a list of answers (then the input ends), or with a function of the question."""

    def call(
        file: Path,
        on: str,
        answers: list[str] | Callable[[str], str | None],
        *more: object,
        status: int = 0,
    ) -> str:
        given = iter(answers) if isinstance(answers, list) else None
        clerk = Clerk(
            lambda: capsys.readouterr().out,
            (lambda shown: next(given, None)) if given is not None else answers,  # type: ignore[arg-type]  # a list is no function
        )
        monkeypatch.setattr(sys, "stdin", clerk)
        assert run(["ask", str(file), "--on", on, *map(str, more)]) == status
        return clerk.seen + capsys.readouterr().out

    return call


@pytest.fixture
def sample() -> Sample:
    """The file of a sample institution."""
    return sample_path


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file and give its path."""

    def put(text: str | bytes, name: str = "clinic.yaml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put
