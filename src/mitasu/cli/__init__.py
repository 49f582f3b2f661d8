"""The `mitasu` command: parse, call, render. Exit status 0 done, 1 a case or check failed, 2 wrong use, 3 bad input."""

from __future__ import annotations

import os
import re
import sys
from io import TextIOWrapper
from typing import Any

import typer
from typer.exceptions import TyperException

from mitasu.cli import (  # noqa: F401  (their commands register themselves)
    actions,
    backup,
    backup_places,
    bcp,
    bcp_events,
    bcp_people,
    checklist,
    claims_money,
    masters,
    media,
    post,
    records,
    records_keeping,
    records_looking,
    records_people,
    records_room,
    server,
    up,
)
from mitasu.cli.app import app
from mitasu.cli.site import with_sites
from mitasu.errors import MitasuError

HELP = "使い方は mitasu --help で見られます。"


def main(arguments: list[str] | None = None) -> None:
    """Run the command and end the process with its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a console of another encoding lacks some of our signs
            stream.reconfigure(errors="replace")
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run the command; errors of the user go to stderr in Japanese, without traceback."""
    try:
        status = app(args=with_sites(arguments), prog_name="mitasu", standalone_mode=False)
        sys.stdout.flush()  # here, where a reader that has gone is no error
    except MitasuError as error:
        print(f"エラー: {error}", file=sys.stderr)
        return error.exit_status
    except TyperException as error:
        print(_usage(error), file=sys.stderr)
        return 2
    except typer.Abort:
        print("中断しました。", file=sys.stderr)
        return 130
    except (BrokenPipeError, SystemExit) as error:  # the reader of our output has gone (mitasu … | head)
        if isinstance(error, SystemExit) and not isinstance(error.__context__, BrokenPipeError):
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status if isinstance(status, int) else 0


def _usage(error: Any) -> str:
    """What was wrong with the command line, in Japanese. The library's own classes are told by name."""
    message = error.format_message()
    match type(error).__name__:
        case "NoArgsIsHelpError":
            return str(message)
        case "NoSuchOption":
            near = f"近いもの: {error.possibilities[0]}。" if error.possibilities else ""
            told = f"オプション「{error.option_name}」はありません。{near}"
        case "MissingParameter":
            about = (getattr(error.param, "help", None) or "").split("。")[0]
            told = f"「{_quoted(message)}」が足りません。{f'書くもの: {about}。' if about else ''}"
        case "BadOptionUsage" if message.endswith("does not take a value."):
            told = f"オプション「{error.option_name}」に値は付けられません。"
        case "BadOptionUsage":
            told = f"オプション「{error.option_name}」には値が要ります。"
        case _ if message.startswith("No such command"):
            near = message.partition("Did you mean")[2]
            told = f"命令「{_quoted(message)}」はありません。" + (
                f"近いもの: {_quoted(near)}。" if near else ""
            )
        case _ if message.startswith("Got unexpected extra argument"):
            told = f"余分な引数があります（{message.partition('argument')[2].removeprefix('(s)')[2:-1]}）。"
        case "BadParameter":
            told = _value(error, message)
        case _:
            told = message
    return f"エラー: {told}{HELP}"


def _value(error: Any, message: str) -> str:
    """What is wrong with the value of an option or argument: not a number, or outside its bounds."""
    found: list[Any] = getattr(error.__cause__, "errors", list)()
    if not found:
        return f"{message}。"
    wrong, bounds = found[0], found[0].get("ctx", {})
    match wrong["type"]:
        case "int_parsing" | "int_type" | "int_from_float":
            told = "整数ではありません"
        case "float_parsing" | "float_type":
            told = "数ではありません"
        case "greater_than_equal":
            told = f"小さすぎます（{bounds['ge']}以上）"
        case "less_than_equal":
            told = f"大きすぎます（{bounds['le']}以下）"
        case _:
            told = "使えません"
    return f"{_quoted(message)}「{wrong['input']}」は、{told}。"


def _quoted(message: str) -> str:
    """The first word that a message of the library quotes."""
    found = re.search(r"'([^']*)'", message)
    return found[1] if found else ""
