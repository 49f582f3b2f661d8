"""Masters, the common calculation and the electronic fee table on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.app import AsJson, File, Rules, app
from mitasu.cli.claims import masters_app
from mitasu.cli.claims_money import Codes, table
from mitasu.cli.commands import Commands
from mitasu.cli.context import day, emit, load, month
from mitasu.errors import InputError, Problem, UsageError

tensu_app = Commands(help="規則を、ほかのプログラムが読める電子点数表にする。", no_args_is_help=True)
app.add_typer(masters_app, name="masters")
app.add_typer(tensu_app, name="tensu")

StoreFile = Annotated[
    Path | None,
    typer.Option("--store", metavar="FILE", help="マスターの保管のファイル（省くとデータの置き場所の中）"),
]


def _place(store: Path | None) -> Path:
    from mitasu.claims.masters import default_store

    return store or default_store()


@masters_app.command("import")
def masters_import(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="マスターのCSV、または配布されたままのzip")
    ],
    kind: Annotated[
        str | None,
        typer.Option("--kind", metavar="KIND", help="種類（名前から分からないとき。例 procedures）"),
    ] = None,
    edition: Annotated[
        str | None,
        typer.Option("--edition", metavar="DATE", help="版の日付（名前にないとき。例 2026-06-05）"),
    ] = None,
    store: StoreFile = None,
    as_json: AsJson = False,
) -> None:
    """公開されているマスターを取り込む。一つでも誤りがあれば、何も取り込まない。"""
    from datetime import datetime

    from mitasu.claims.masters import MasterFile, Store, edition_to_dict, read_masters
    from mitasu.cli import master_pages

    dated = day(edition) if edition else None
    masters: list[MasterFile] = []
    problems: list[Problem] = []
    for file in files:
        try:
            masters.extend(read_masters(file, kind, dated))
        except InputError as error:
            problems.extend(error.problems)
    if problems:
        raise InputError(problems)
    with Store.make(_place(store)) as opened:
        found = opened.add(masters, datetime.now().astimezone())
    if as_json:
        emit({"imported": [edition_to_dict(one.edition) | {"known": one.known} for one in found]})
    else:
        master_pages.imported(found)


@masters_app.command("list")
def masters_list(store: StoreFile = None, as_json: AsJson = False) -> None:
    """取り込んだ版の一覧: 種類、日付、行数、ハッシュ、どこまで読むか。"""
    from mitasu.claims.masters import Store, edition_to_dict
    from mitasu.cli import master_pages

    with Store.open(_place(store)) as opened:
        found = opened.editions()
    if as_json:
        emit({"editions": [edition_to_dict(edition) for edition in found]})
    else:
        master_pages.editions(found)


@masters_app.command("diff")
def masters_diff(
    first: Annotated[str, typer.Argument(metavar="EDITION", help="前の版（一覧の番号、または 種類@日付）")],
    second: Annotated[str, typer.Argument(metavar="EDITION", help="後の版")],
    store: StoreFile = None,
    as_json: AsJson = False,
) -> None:
    """二つの版を比べる: 加わった行、終わった行、変わった行とその欄。"""
    from mitasu.claims.masters import Store, difference, difference_to_dict
    from mitasu.cli import master_pages

    with Store.open(_place(store)) as opened:
        found = difference(opened, opened.edition(first), opened.edition(second))
    if as_json:
        emit(difference_to_dict(found))
    else:
        master_pages.difference(found)


@masters_app.command("find")
def masters_find(
    what: Annotated[str, typer.Argument(metavar="CODE|NAME", help="コード、または名前の一部")],
    on: Annotated[
        str | None,
        typer.Option("--on", metavar="MONTH", help="この月に有効なもの（2025-04）。省くと最も新しい版"),
    ] = None,
    store: StoreFile = None,
    as_json: AsJson = False,
) -> None:
    """コードか名前で、マスターの行を探す。見つからなければ終了コード1。"""
    from mitasu.claims.masters import Store, find
    from mitasu.claims.masters.difference import found_to_dict
    from mitasu.cli import master_pages

    if not what.strip():
        raise UsageError("コードか名前を書いてください。")
    when = month(on, "--on") if on else None
    with Store.open(_place(store)) as opened:
        found, warnings = find(opened, what.strip(), when)
    if as_json:
        emit({"found": [found_to_dict(one) for one in found], "warnings": warnings})
    else:
        master_pages.found(found, warnings, what.strip(), when)
    if not found:
        raise typer.Exit(1)


@masters_app.command("remove")
def masters_remove(
    edition: Annotated[
        str, typer.Argument(metavar="EDITION", help="取り除く版（一覧の番号、または 種類@日付）")
    ],
    store: StoreFile = None,
) -> None:
    """誤って取り込んだ版を、保管から取り除く（もとのファイルは消さない）。"""
    from mitasu.claims.masters import Store

    with Store.open(_place(store)) as opened:
        found = opened.edition(edition)
        opened.remove(found)
    typer.echo(f"{found.title}（{found.file}、{found.rows:,}行）を取り除きました。")


@masters_app.command("check")
def masters_check(
    store: StoreFile = None, codes: Codes = None, as_json: AsJson = False, rules: Rules = None
) -> None:
    """加算のコードの表を、取り込んだ診療行為マスターと突き合わせる。違いがあれば終了コード1。"""
    from mitasu.claims.masters import Store
    from mitasu.claims.masters.check import check, checked_to_dict
    from mitasu.cli import master_pages

    context = load(rules)
    with Store.open(_place(store)) as opened:
        if not opened.editions("procedures"):
            raise UsageError(
                "医科診療行為マスターがまだ取り込まれていません。mitasu masters import FILE で取り込めます。"
            )
        found = check(opened, table(context, codes).meanings, context.rulebook.titles)
    if as_json:
        emit(checked_to_dict(found))
    else:
        master_pages.checked(found)
    if found.differences:
        raise typer.Exit(1)


@masters_app.command("sample")
def masters_sample(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="書き出すフォルダー（新しい名前）")],
) -> None:
    """行がすべて架空の、小さなマスター一式を書き出す（練習と試験のため）。"""
    from mitasu.claims.masters import write_sample

    written = write_sample(out)
    typer.echo(f"{out} に架空のマスターを{len(written)}ファイル書きました。実在のコードではありません。")
    for path in written:
        typer.echo(f"  {path.name}")


@app.command()
def calc(
    file: File,
    encounters: Annotated[Path, typer.Argument(metavar="ENCOUNTERS", help="受診の一覧（YAMLまたはJSON）")],
    masters: Annotated[
        Path | None,
        typer.Option(
            "--masters", metavar="STORE", help="マスターの保管のファイル（省くと、取り込んであればそれ）"
        ),
    ] = None,
    codes: Codes = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """受診ごとに、基本料・加算・ほかの診療行為の点数と、窓口の自己負担を計算する。分からない額は不明とする。"""
    from contextlib import nullcontext

    from mitasu.claims.calculation import calculate, calculation_to_dict
    from mitasu.claims.masters import Lookup, Store
    from mitasu.cli import calculation_pages
    from mitasu.judge.bill import Biller
    from mitasu.judge.encounters import load_encounters

    context = load(rules)
    institution = context.institution(file)
    visits, history = load_encounters(encounters, context.rulebook)
    place = _place(masters)
    with Store.open(place) if masters or place.exists() else nullcontext() as opened:
        lookup = None if opened is None else Lookup(opened)
        biller = Biller(context.judge, institution)
        found = calculate(biller, visits, history, lookup=lookup, codes=table(context, codes))
    if as_json:
        emit(calculation_to_dict(found))
    else:
        calculation_pages.calculation(found, biller, context)


@tensu_app.callback()
def _tensu() -> None:
    """Keeps `export` a command of its own."""


@tensu_app.command("export")
def tensu_export(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="この日に有効な行だけ（省くと、すべての期間）")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", metavar="OUT", help="CSVで書き出す（UTF-8、BOMつき）")
    ] = None,
    json: Annotated[
        Path | None,
        typer.Option("--json", metavar="OUT", help="JSONで書き出す（どちらもなければ画面にJSON）"),
    ] = None,
    codes: Codes = None,
    rules: Rules = None,
) -> None:
    """規則を電子点数表として書き出す: コード、名前、点数、期間、要件、背反、回数。"""
    from mitasu.claims.fee_table import as_csv, as_json, fee_table
    from mitasu.facts.write import write_whole

    if csv and json:
        raise UsageError("--csv と --json は一緒に使えません。")
    when = day(on) if on else None
    context = load(rules)
    rows = fee_table(context.rulebook, table(context, codes).meanings, when)
    out = csv or json
    if out is None:
        typer.echo(as_json(rows, when), nl=False)
        return
    write_whole(out, as_csv(rows) if csv else as_json(rows, when))
    unknown = sum(row.points is None and row.yen is None for row in rows)
    typer.echo(
        f"{out} に{len(rows)}行を書きました（額が未確認の行は{unknown}行。空欄で、0点ではありません）。"
    )
