"""Commands and groups of commands whose `--help` tells of itself in Japanese, like every other option."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

Made = TypeVar("Made", bound=Callable[..., Any])
HELP = "この使い方を示して終わる"


class _Command(TyperCommand):
    def get_help_option(self, ctx: Any) -> Any:
        return _told(super().get_help_option(ctx))


class _Group(TyperGroup):
    def get_help_option(self, ctx: Any) -> Any:
        return _told(super().get_help_option(ctx))


def _told(option: Any) -> Any:
    if option is not None:
        option.help = HELP
    return option


class Commands(typer.Typer):
    """A group of commands; whatever is registered at it says in Japanese what `--help` does."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"cls": _Group, "rich_markup_mode": None, **options})

    def command(self, name: str | None = None, **options: Any) -> Callable[[Made], Made]:
        """Registers a command."""
        return super().command(name, **{"cls": _Command, **options})
