"""The commands, each a few lines: what is asked is read, the core is called, the answer is shown.

Heavy modules (rich) are imported where they are used, so that a command starts quickly.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.commands import Commands
from mitasu.cli.context import day, emit, load, month
from mitasu.errors import UsageError

app = Commands(
    name="mitasu",
    help="施設基準と加算を、施設ごと・日ごとに理由つきで判定します。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
rules_app = Commands(help="規則を読む・比べる・点検する。", no_args_is_help=True)
facts_app = Commands(help="事実の目録を読む。", no_args_is_help=True)
app.add_typer(rules_app, name="rules")
app.add_typer(facts_app, name="facts")

File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", help="施設ファイル（YAMLまたはJSON）。画面の施設なら、代わりに --site 識別名"
    ),
]
On = Annotated[
    str | None,
    typer.Option("--on", metavar="DATE", help="判定する日（2025-04-01、令和7年4月1日、R7.4.1）。省くと今日"),
]
Rules = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="FOLDER", help="付属の規則に加える規則のフォルダー（何度でも書ける）"),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSONで出す")]


@app.command()
def judge(
    file: File,
    on: On = None,
    addition: Annotated[
        list[str] | None, typer.Option("--addition", metavar="ID", help="この加算だけ（何度でも書ける）")
    ] = None,
    as_json: AsJson = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Markdownで出す")] = False,
    from_: Annotated[
        str | None, typer.Option("--from", metavar="MONTH", help="月ごとの移り変わりの最初の月（2024-06）")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", metavar="MONTH", help="月ごとの移り変わりの最後の月")
    ] = None,
    rules: Rules = None,
) -> None:
    """どの加算を何点で算定できるか、理由とともに判定する。"""
    context = load(rules)
    institution = context.institution(file)
    wanted = context.additions(addition)
    if as_json and markdown:
        raise UsageError("--json と --markdown は一緒に使えません。")
    if from_ or to:
        if on:
            raise UsageError("--on と --from・--to は一緒に使えません。")
        from mitasu.cli import timeline

        first, last = month(from_ or to, "--from" if from_ else "--to"), month(to or from_, "--to")
        timeline.show(context, institution, first, last, wanted, as_json=as_json, markdown=markdown)
        return
    answer = context.judge.judge(institution, day(on), wanted)
    if as_json:
        from mitasu.judge.serial import answer_to_dict

        emit(answer_to_dict(answer))
        return
    from mitasu.cli import show

    if markdown:
        typer.echo(show.answer_markdown(answer))
    else:
        show.answer(answer, context, everything=addition is not None)


@app.command()
def why(
    file: File,
    addition: Annotated[
        str, typer.Argument(metavar="ADDITION", help="加算のid（mitasu rules list で見られる）")
    ],
    on: On = None,
    rules: Rules = None,
) -> None:
    """一つの加算の要件を通知の順に、根拠・事実・差・直し方とともに示す。"""
    from mitasu.cli import why as page

    context = load(rules)
    institution = context.institution(file)
    context.rulebook.addition(addition)
    page.show(context, context.judge.judge(institution, day(on), [addition]), addition)


@app.command()
def missing(file: File, on: On = None, as_json: AsJson = False, rules: Rules = None) -> None:
    """まだ分かっていない事実のうち、答えを変えうるものを、尋ねる順に挙げる。"""
    from mitasu.judge.interview import asks

    context = load(rules)
    answer = context.judge.judge(context.institution(file), day(on))
    found = asks(answer, context.rulebook)
    if as_json:
        rows = [
            {
                "id": ask.id,
                "question": ask.question,
                "decides": list(ask.decides),
                "months": list(ask.months),
                "items": list(ask.items),
            }
            for ask in found
        ]
        emit({"on": answer.on.isoformat(), "unknown": rows})
        return
    from mitasu.cli import show

    show.asks(answer, found, context)


@app.command()
def ask(file: File, on: On = None, rules: Rules = None) -> None:
    """分からない事実を一つずつ尋ね、答えを施設ファイルに書き戻す（注釈と順序はそのまま）。"""
    from mitasu.cli.ask import interview

    interview(load(rules), file, day(on))


@app.command()
def bill(
    file: File,
    encounters: Annotated[Path, typer.Argument(metavar="ENCOUNTERS", help="受診の一覧（YAMLまたはJSON）")],
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """受診ごとに、算定できる加算と、できない理由・決まり・出典を示す。"""
    from mitasu.judge.bill import Biller
    from mitasu.judge.encounters import load_encounters

    context = load(rules)
    institution = context.institution(file)
    visits, history = load_encounters(encounters, context.rulebook)
    biller = Biller(context.judge, institution)
    bills = biller.bills(visits, history)
    if as_json:
        from mitasu.judge.serial import bills_to_dict

        emit(bills_to_dict(bills))
        return
    from mitasu.cli import show

    show.bills(bills, biller, context)


@app.command()
def cases(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="事例のファイル（YAML）")],
    rules: Rules = None,
) -> None:
    """事例を実行し、違った事例を理由とともに示す。違いがあれば終了コード1。"""
    from mitasu.cli.cases import run

    raise typer.Exit(run(load(rules), files))


@app.command()
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="書き出す施設ファイル（YAML）")],
    sector: Annotated[
        str,
        typer.Option(
            "--sector", metavar="SECTOR", help="medical 医科 / dental 歯科 / pharmacy 調剤 / nursing 訪問看護"
        ),
    ] = "medical",
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="KIND", help="hospital / clinic_with_beds / clinic / pharmacy / station"
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="施設の名前")] = "",
    rules: Rules = None,
) -> None:
    """注釈つきの施設ファイルを、部門と種類に合わせて書き出す。"""
    from mitasu.cli.new import write

    write(load(rules), file, sector, kind, name)


@app.command()
def demo(on: On = None) -> None:
    """見本の三施設を、今日と制度が変わった日について判定する。"""
    from mitasu.cli.demo import show

    show(load(), day(on))


@rules_app.command("list")
def rules_list(on: On = None, as_json: AsJson = False, rules: Rules = None) -> None:
    """規則の一覧: 加算、部門、その日に有効か。"""
    from mitasu.cli import rules as page

    page.listing(load(rules), day(on), as_json=as_json)


@rules_app.command("show")
def rules_show(
    addition: Annotated[str, typer.Argument(metavar="ID", help="加算のid")],
    on: On = None,
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="SECTOR", help="部門（省くと、その加算の最初の部門）")
    ] = None,
    rules: Rules = None,
) -> None:
    """一つの規則を、ある日の姿で示す: 点数・要件・経過措置・届出・出典。"""
    from mitasu.cli import rules as page

    page.show(load(rules), addition, day(on), sector)


@rules_app.command("diff")
def rules_diff(
    addition: Annotated[str, typer.Argument(metavar="ID", help="加算のid")],
    first: Annotated[str, typer.Argument(metavar="D1", help="前の日")],
    second: Annotated[str, typer.Argument(metavar="D2", help="後の日")],
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="SECTOR", help="部門（省くと全部）")
    ] = None,
    rules: Rules = None,
) -> None:
    """二つの日のあいだで、規則の何が変わったか。"""
    from mitasu.cli import rules as page

    page.diff(load(rules), addition, day(first), day(second), sector)


@rules_app.command("check")
def rules_check(
    path: Annotated[
        Path | None, typer.Argument(metavar="PATH", help="規則のファイルかフォルダー（省くと付属の規則）")
    ] = None,
    rules: Rules = None,
) -> None:
    """規則を厳密に読み、誤りと、足りない事例をすべて報告する。あれば終了コード1。"""
    from mitasu.cli import rules as page

    raise typer.Exit(page.check(path, tuple(rules or ())))


@facts_app.command("list")
def facts_list(
    sector: Annotated[
        str | None, typer.Option("--sector", metavar="SECTOR", help="この部門のものだけ")
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(
            "--kind", metavar="KIND", help="fact / series / event / role / encounter / filing / filing_item"
        ),
    ] = None,
    as_json: AsJson = False,
    rules: Rules = None,
) -> None:
    """事実の目録: id、名前、種類、型、単位。"""
    from mitasu.cli import facts

    facts.listing(load(rules), sector, kind, as_json=as_json)


@facts_app.command("show")
def facts_show(
    id_: Annotated[str, typer.Argument(metavar="ID", help="事実のid")], rules: Rules = None
) -> None:
    """一つの事実: 問い、型、書き方、どの要件で使うか。"""
    from mitasu.cli import facts

    facts.show(load(rules), id_)
