"""`mitasu up`: the web application, from an empty folder to a page in one command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.app import app
from mitasu.cli.context import console


@app.command()
def up(
    demo: Annotated[bool, typer.Option("--demo", help="見本の施設を入れて始める")] = False,
    port: Annotated[int, typer.Option(help="待ち受けるポート（0: 空いている番号）", min=0, max=65535)] = 8750,
    data: Annotated[
        Path | None,
        typer.Option(help="データの置き場所（既定: 環境変数 MITASU_DATA か利用者のデータフォルダ）"),
    ] = None,
    workers: Annotated[int, typer.Option(help="働くプロセスの数", min=1, max=64)] = 2,
) -> None:
    """画面で使う：用意をして始め、アドレスと一度だけ使えるサインインのリンクを出す。"""
    from mitasu.server.config import serve

    port = serve.free_port(port)
    serve.prepare(data, demo=demo)
    serve.migrate()
    link = serve.first_link(demo=demo)
    screen = console()

    def ready() -> None:
        screen.print(f"画面: http://localhost:{port}/", soft_wrap=True, highlight=False)
        screen.print(
            f"最初のサインイン（一度だけ、60分以内）: http://localhost:{port}{link}",
            soft_wrap=True,
            highlight=False,
        )
        screen.print("止めるには Ctrl-C を押します。")

    serve.serve(port, ready, workers=workers)
