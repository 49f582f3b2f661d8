"""レセプト on the command line: what is in a file, what it brings, what was claimed without right or missed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.app import AsJson, app
from mitasu.cli.commands import Commands

claims_app = Commands(help="レセプトを読む・点検する・判定と突き合わせる。", no_args_is_help=True)
masters_app = Commands(help="診療行為などのマスターを取り込む・比べる。", no_args_is_help=True)
app.add_typer(claims_app, name="claims")

ClaimFiles = Annotated[
    list[Path], typer.Argument(metavar="FILE...", help="レセプトのファイル（RECEIPTC.UKEなど。何個でも）")
]
Rights = Annotated[
    bool, typer.Option("--i-have-rights", help="実在の患者のレセプトを読む権限があり、院内の決まりに沿う")
]


@claims_app.command()
def show(files: ClaimFiles, as_json: AsJson = False, rights: Rights = False) -> None:
    """ファイルの中身: 施設、請求月、レセプトの数と点数、記録の種類、見つかった誤り。"""
    from mitasu.cli import claim_files

    claim_files.show(claim_files.read(files, rights=rights), as_json=as_json)


@claims_app.command()
def check(files: ClaimFiles, as_json: AsJson = False, rights: Rights = False) -> None:
    """記録の決まり、回数、件数、合計点数を点検し、誤りを行の番号とともに示す。誤りがあれば終了コード1。"""
    from mitasu.cli import claim_files

    raise typer.Exit(claim_files.check(claim_files.read(files, rights=rights), as_json=as_json))


@claims_app.command()
def statistics(files: ClaimFiles, as_json: AsJson = False, rights: Rights = False) -> None:
    """ファイル全体の数: 記録、種別・診療科・診療月ごとのレセプト、点数、コードごとの回数。"""
    from mitasu.cli import claim_files

    claim_files.statistics(files, rights=rights, as_json=as_json)


@claims_app.command()
def anonymize(
    source: Annotated[Path, typer.Argument(metavar="IN", help="レセプトのファイル")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="書き出すファイル")],
    more: Annotated[
        list[str] | None,
        typer.Option(
            "--also", metavar="IN=OUT", help="同じ患者が同じ仮名になるように、一緒に匿名化するファイル"
        ),
    ] = None,
    rights: Rights = False,
) -> None:
    """患者が分からないように、名前・番号・日付・文章を置き換えたファイルを書き出す。"""
    from mitasu.cli import claim_files

    claim_files.anonymize(source, target, more or [], rights=rights)


@claims_app.command()
def generate(
    institution: Annotated[Path, typer.Argument(metavar="INSTITUTION", help="施設ファイル（医科）")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="書き出すフォルダー")],
    months: Annotated[str, typer.Option("--months", metavar="M1..M2", help="診療月（2025-04..2025-06）")],
    receipts: Annotated[
        int, typer.Option("--receipts", metavar="N", min=1, max=10_000_000, help="月のレセプトの数")
    ] = 100,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="同じ数なら同じ見本になる")] = 1,
    reviewer: Annotated[
        str, typer.Option("--reviewer", metavar="1|2", help="審査支払機関: 1 社保、2 国保")
    ] = "1",
    volumes: Annotated[
        int, typer.Option("--volumes", metavar="N", min=1, max=90, help="巻の数（マルチボリューム）")
    ] = 1,
    fault: Annotated[
        list[str] | None,
        typer.Option("--fault", metavar="NAME", help="植える誤り（何度でも書ける。一つ目の月に植える）"),
    ] = None,
) -> None:
    """実在しない患者の見本のレセプトを、施設の判定に合わせて月ごとに作る。"""
    from mitasu.cli import claim_files

    claim_files.generate(institution, out, months, receipts, seed, reviewer, volumes, fault or [])
