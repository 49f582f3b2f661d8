"""`mitasu bcp contact`, `manager` and `contract`: whom to call, who is responsible, what was agreed until when."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.bcp import bcp_app
from mitasu.cli.bcp_events import Number, Why
from mitasu.cli.commands import Commands
from mitasu.cli.context import day
from mitasu.cli.of_site import By, Data, Site, choice, day_or_none, noted, opened, read_bytes, write_bytes
from mitasu.errors import InputError, Problem, UsageError

contact_app = Commands(help="非常時の連絡網を管理する。", no_args_is_help=True)
manager_app = Commands(help="医療情報システム安全管理責任者を記録する。", no_args_is_help=True)
contract_app = Commands(help="契約・規程の条項と期限を記録する。", no_args_is_help=True)
bcp_app.add_typer(contact_app, name="contact")
bcp_app.add_typer(manager_app, name="manager")
bcp_app.add_typer(contract_app, name="contract")

HEADS = ("役割", "名前", "電話番号", "備考")


@contact_app.command("show")
def contact_show(site: Site, data: Data = None) -> None:
    """いまの連絡網を示す。"""
    place, _ = opened(site, data, "bcp contact show")
    from mitasu.server.continuity.plans import contacts

    tree = contacts.latest(place)
    noted(place, "view", "bcp contact show")
    if tree is None:
        typer.echo("連絡網がありません。")
        return
    typer.echo(f"第{tree.number}版　{tree.checked_on}に{tree.checked_name}が確かめました。")
    for index, row in enumerate(tree.rows, 1):
        typer.echo(f"{index}\t{row['role']}\t{row['name']}\t{row['telephone']}\t{row['note']}")


@contact_app.command("set")
def contact_set(
    file: Annotated[
        Path, typer.Argument(metavar="CSV", help=f"電話する順のCSV。見出しは「{','.join(HEADS)}」")
    ],
    site: Site,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="番号を確かめた日。省くと今日")
    ] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """連絡網を、ファイルのとおりにする。同じ内容なら、確かめたことだけを記録する。"""
    place, user = opened(site, data, "bcp contact set", by)
    from mitasu.server.continuity.plans import contacts

    tree = contacts.save(place, _contacts(file), day(on), today=day(None), by=user, via="cli")
    noted(place, "change", f"bcp contact set {tree.number}", user)
    typer.echo(f"連絡網第{tree.number}版（{len(tree.rows)}件）を記録しました。")


def _contacts(file: Path) -> list[dict[str, str]]:
    from mitasu.server.continuity.plans.roster import decoded

    text = decoded(read_bytes(file, 2_000_000), str(file))
    try:
        read = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = [(read.line_num, row) for row in read if any(row)]
    except csv.Error:
        told = 'CSVとして読めません。引用符（"）の対応を確かめ、表計算ソフトで保存し直してください。'
        raise InputError(Problem(told, str(file))) from None
    heads = [cell.strip() for cell in lines[0][1]] if lines else []
    lacking = [head for head in HEADS[:3] if head not in heads]
    if lacking:
        told = f"「{'、'.join(lacking)}」の列がありません。見出しは「{','.join(HEADS)}」です。"
        raise InputError(Problem(told, str(file), 1))
    keys = dict(zip(HEADS, ("role", "name", "telephone", "note"), strict=True))
    found, problems = [], []
    for line, row in lines[1:]:
        said = {keys[head]: cell.strip() for head, cell in zip(heads, row, strict=False) if head in keys}
        empty = [head for head in (HEADS[0], HEADS[2]) if not said.get(keys[head])]
        if empty:
            problems.append(Problem(f"{'と'.join(empty)}がありません。", str(file), line))
        found.append(said)
    if problems:
        raise InputError(problems)
    return found


@contact_app.command("export")
def contact_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="書き出すPDF")], site: Site, data: Data = None
) -> None:
    """紙に置く連絡網をPDFに書き出す。"""
    place, _ = opened(site, data, "bcp contact export")
    from mitasu.server.continuity.plans import contacts

    tree = contacts.latest(place)
    if tree is None:
        raise UsageError("連絡網がまだありません。mitasu bcp contact set で入れてください。")
    write_bytes(file, contacts.tree_pdf(tree))
    noted(place, "export", f"bcp contact export {tree.number}")
    typer.echo(f"{file} に連絡網第{tree.number}版を書きました。")


# ---- the security manager --------------------------------------------------------------------------------


@manager_app.command("list")
def manager_list(site: Site, data: Data = None) -> None:
    """台帳にある安全管理責任者を示す。"""
    place, _ = opened(site, data, "bcp manager list")
    from mitasu.server.continuity.plans import managers
    from mitasu.server.ledger.fold import known

    noted(place, "view", "bcp manager list")
    rows = managers.managers_of(known(place))
    for row in rows:
        typer.echo(
            f"記録{row.number}\t{managers.told(row)}\t{row.body.get('from') or ''}〜{row.body.get('to') or ''}"
        )
    if not rows:
        typer.echo("安全管理責任者の記録がありません。")


@manager_app.command("add")
def manager_add(
    site: Site,
    employment: Annotated[
        str, typer.Option("--employment", help="雇用（full_time、part_time、dispatched、contracted）")
    ],
    assignment: Annotated[str, typer.Option("--assignment", help="配置（exclusive、dedicated、concurrent）")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="いつから")],
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="いつまで")] = None,
    qualified: Annotated[
        bool | None, typer.Option("--qualified/--not-qualified", help="望ましいとされる資格の有無")
    ] = None,
    letter: Annotated[Path | None, typer.Option("--letter", metavar="FILE", help="辞令などの写し")] = None,
    start_list: Annotated[
        bool, typer.Option("--start-list", help="職員の一覧がまだないとき、この人から始める")
    ] = False,
    by: By = None,
    data: Data = None,
) -> None:
    """安全管理責任者の任命を記録する。名前は記録しない。"""
    place, user = opened(site, data, "bcp manager add", by)
    from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
    from mitasu.server.continuity.plans import managers
    from mitasu.server.ledger import documents

    choice(employment, EMPLOYMENT, "--employment")
    choice(assignment, ASSIGNMENT, "--assignment")
    if day(first) > day(None):
        raise UsageError("任命の日は、今日までの日にしてください。任命してから記録します。")
    entry = managers.appoint(
        place,
        employment=employment,
        assignment=assignment,
        first=day(first),
        last=day_or_none(last, "--to"),
        qualified=qualified,
        document=documents.store(read_bytes(letter)).digest if letter else "",
        file=letter.name if letter else "",
        start_list=start_list,
        by=user,
        via="cli",
    )
    noted(place, "change", "bcp manager add", user)
    typer.echo(f"任命を記録しました（証拠{entry.number}）。")


@manager_app.command("end")
def manager_end(
    number: Annotated[int, typer.Argument(metavar="N", help="記録の番号（list に出る）")],
    site: Site,
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="いつまで")],
    by: By = None,
    data: Data = None,
) -> None:
    """安全管理責任者の任期の終わりを記録する。"""
    place, user = opened(site, data, "bcp manager end", by)
    from mitasu.server.continuity.plans import managers

    managers.end(place, number, day(last), by=user, via="cli")
    noted(place, "change", f"bcp manager end {number}", user)
    typer.echo(f"記録{number}の終わりを記録しました。")


# ---- contracts -------------------------------------------------------------------------------------------


@contract_app.command("list")
def contract_list(
    site: Site,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="この日で見る。省くと今日")] = None,
    data: Data = None,
) -> None:
    """契約・規程を、期限の早い順に示す。"""
    place, _ = opened(site, data, "bcp contract list")
    from mitasu.server.continuity.plans import contracts

    noted(place, "view", "bcp contract list")
    words = {"expired": "✕ 期限切れ", "ending": "△ 近い期限", "valid": "○ 有効", "later": "… これから"}
    rows = contracts.held(place, day(on))
    for row in rows:
        one = row.contract
        proves = "、".join(f"{label}：{'はい' if value else 'いいえ'}" for label, value in row.proves)
        typer.echo(
            f"{words[row.state]}\t契約{one.pk}\t{one.title}\t{one.first_day}〜{one.last_day or ''}\t{proves}"
        )
    if not rows:
        typer.echo("契約・規程の記録がありません。")


@contract_app.command("add")
def contract_add(
    site: Site,
    kind: Annotated[str, typer.Option("--kind", help="種類（contract: 契約書、rules: 院内の規程）")],
    title: Annotated[str, typer.Option("--title", help="名前")],
    text: Annotated[str, typer.Option("--text", help="該当する条項の文")],
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="いつから")],
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="いつまで")] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option("--fact", help="示す事実（id=true または id=false）。何度でも書ける"),
    ] = None,
    party: Annotated[str, typer.Option("--party", help="相手の事業者")] = "",
    clause: Annotated[str, typer.Option("--clause", help="条項")] = "",
    document: Annotated[
        Path | None, typer.Option("--document", metavar="FILE", help="該当する頁の写し")
    ] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """契約・規程と、それで示す事実を記録する。期限を過ぎると、その事実は未確認に戻る。"""
    place, user = opened(site, data, "bcp contract add", by)
    from mitasu.server.continuity.plans import contracts
    from mitasu.server.ledger import documents

    made = contracts.add(
        place,
        kind=choice(kind, contracts.KINDS, "--kind"),
        title=title,
        text=text,
        first=day(first),
        last=day_or_none(last, "--to"),
        proves=dict(_fact(one, contracts.FACTS) for one in fact or ()),
        party=party,
        clause=clause,
        document=documents.store(read_bytes(document)).digest if document else "",
        file=document.name if document else "",
        by=user,
        via="cli",
    )
    noted(place, "change", f"bcp contract add {made.pk}", user)
    typer.echo(f"契約{made.pk}「{made.title}」を記録しました（証拠{made.entry}）。")


def _fact(text: str, known: Any) -> tuple[str, bool]:
    id_, _, value = text.partition("=")
    if value not in ("true", "false"):
        raise UsageError(f"--fact「{text}」は「id=true」か「id=false」の形で書いてください。")
    return choice(id_, known, "--fact"), value == "true"


@contract_app.command("withdraw")
def contract_withdraw(number: Number, site: Site, reason: Why, by: By = None, data: Data = None) -> None:
    """まちがって記録した契約・規程を取り消す。"""
    place, user = opened(site, data, "bcp contract withdraw", by)
    from mitasu.server.continuity.models.plans import Contract
    from mitasu.server.continuity.plans import contracts

    found = Contract.objects.filter(site=place, pk=number).first()
    if found is None:
        raise UsageError(f"契約{number}はありません。mitasu bcp contract list で番号を確かめてください。")
    contracts.take_back(found, reason, by=user, via="cli")
    noted(place, "change", f"bcp contract withdraw {number}", user)
    typer.echo(f"契約{number}を取り消しました。")
