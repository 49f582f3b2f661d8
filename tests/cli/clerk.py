"""A clerk at the terminal: what a command showed, and answers to what it asks."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """How a command went."""

    status: int
    out: str
    err: str


class Clerk(io.TextIOBase):
    """Standard input that reads the screen before it answers; None ends the input."""

    def __init__(self, screen: Callable[[], str], answer: Callable[[str], str | None]) -> None:
        self.screen, self.answer, self.seen = screen, answer, ""

    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]  # what input() calls
        shown = self.screen()
        self.seen += shown
        text = self.answer(shown)
        self.seen += f"{text}\n"
        return "" if text is None else f"{text}\n"


Command = Callable[..., Ran]
Interview = Callable[..., str]
Sample = Callable[[str], Path]
Write = Callable[..., Path]
