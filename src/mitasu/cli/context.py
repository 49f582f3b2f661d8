"""What every command needs: the rulebook, the judge, days and months as people type them, a console."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mitasu.cli.site import site_institution, site_name
from mitasu.dates import parse_date, parse_month
from mitasu.errors import UsageError
from mitasu.facts import Institution, load_institution
from mitasu.judge.judgement import Judge
from mitasu.rulebook import SECTORS, Rulebook
from mitasu.text import nearest

if TYPE_CHECKING:
    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Context:
    """The rulebook and a judge over it."""

    rulebook: Rulebook
    judge: Judge

    def institution(self, file: Path) -> Institution:
        """The institution in a file, or of a site of the application."""
        name = site_name(file)
        return (
            load_institution(file, self.rulebook) if name is None else site_institution(name, self.rulebook)
        )

    def additions(self, ids: Iterable[str] | None) -> list[str] | None:
        """The additions asked for, each known; None for all."""
        if not ids:
            return None
        return [self.rulebook.addition(id_).id for id_ in dict.fromkeys(ids)]

    def label(self, id_: str) -> str:
        """The Japanese name of a fact, addition or filing item."""
        return "届出の一覧" if id_ == "filings" else self.judge.words.name(id_)


def load(rules: Iterable[Path] | None = None) -> Context:
    """The shipped rulebook, with further rules where folders of them are given, and a judge."""
    folders = tuple(dict.fromkeys(rules or ()))
    rulebook = Rulebook.load(*folders) if folders else Rulebook.shipped()
    return Context(rulebook, Judge(rulebook))


def day(text: str | None) -> date:
    """A day as typed; today where nothing was typed."""
    if text is None:
        return date.today()
    try:
        return parse_date(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def month(text: str | None, option: str) -> str:
    """A month as typed."""
    try:
        return parse_month(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def known_sector(sector: str) -> str:
    """A sector's id; UsageError with the nearest where it is not one."""
    if sector not in SECTORS:
        near = nearest(sector, SECTORS)
        told = f"近いもの: {near}" if near else f"書けるもの: {'、'.join(SECTORS)}"
        raise UsageError(f"部門「{sector}」はありません。{told}")
    return sector


def console() -> Console:
    """Where tables go: the terminal's width, or 100 columns where there is no terminal."""
    from rich.console import Console

    class Screen(Console):
        """A console whose reader may go away (mitasu … | head)."""

        def on_broken_pipe(self) -> None:
            raise BrokenPipeError

    return Screen(
        width=None if sys.stdout.isatty() else 100, highlight=False, emoji=False, markup=False, soft_wrap=True
    )


def emit(value: Any) -> None:
    """Plain data as JSON on stdout."""
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)
