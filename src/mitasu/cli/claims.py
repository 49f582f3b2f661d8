"""レセプト on the command line: what is in a file, what it brings, what was claimed without right or missed."""

from __future__ import annotations

import typer

claims_app = typer.Typer(
    help="レセプトを読む・点検する・判定と突き合わせる。", no_args_is_help=True, rich_markup_mode=None
)
masters_app = typer.Typer(
    help="診療行為などのマスターを取り込む・比べる。", no_args_is_help=True, rich_markup_mode=None
)
