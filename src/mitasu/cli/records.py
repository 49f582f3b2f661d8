"""`mitasu records`: the register of health records at the terminal: import, search, lists, statistics.

`--as USER` acts with that user's permission; without it the one at the machine acts, who can read its files
anyway. Either way every look is in the audit trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import app
from mitasu.cli.commands import Commands
from mitasu.cli.context import console
from mitasu.cli.server import Data, _user, ready, site_named
from mitasu.errors import InputError, Problem, UsageError, reading, reason
from mitasu.text import nearest

records_app = Commands(help="診療録管理：一覧表・検索・退院時要約・統計。", no_args_is_help=True)
app.add_typer(records_app, name="records")


def under_records(name: str, told: str) -> typer.Typer:
    """A group of commands under `mitasu records`."""
    made = Commands(help=told, no_args_is_help=True)
    records_app.add_typer(made, name=name)
    return made


SiteName = Annotated[str, typer.Option("--site", metavar="SITE", help="施設の識別名")]
As = Annotated[
    str | None,
    typer.Option("--as", metavar="USER", help="この利用者の許可で行う。省くと、この機械を動かす人として行う"),
]
Conditions = Annotated[
    str, typer.Argument(metavar="CONDITIONS", help="条件（例：'icd:C34 かつ 年齢>=70'）。空なら全部")
]
SHOWN = 50
FILE_KINDS = ("table", "form1", "fhir", "idmap", "outpatient", "ef")


@dataclass(frozen=True, slots=True)
class Room:
    """A site's record room, entered by someone."""

    site: Any
    user: Any

    @property
    def records(self) -> Any:
        """What the one who acts may do here: all, where nobody was named."""
        from mitasu.server.accounts.models import Records
        from mitasu.server.records.access import permission_of

        return Records.KEEP if self.user is None else permission_of(self.user, self.site)

    def may_change(self) -> None:
        """UsageError, recorded, where the role of the one who acts is below 入力; the permission alone is to see."""
        from mitasu.server.accounts.models import Membership, Role

        if self.user is None:
            return
        role = (
            Membership.objects.filter(site=self.site, user=self.user).values_list("role", flat=True).first()
        )
        if role is None or role < Role.ENTER:
            self.audit("change", "mitasu records", outcome="refused")
            raise UsageError(
                f"利用者「{self.user.username}」の役割では、記録や変更はできません（「入力」以上が要ります）。"
            )

    def audit(self, action: str, what: str, outcome: str = "ok") -> None:
        """Records what was done, or refused."""
        from mitasu.server.ledger.audit import audit

        audit(action, what, user=self.user, site=self.site, outcome=outcome, via="cli")


def enter(site: str, name: str | None, data: Path | None, least: str = "keep") -> Room:
    """The room of a site; UsageError, recorded, where the user has no such permission."""
    ready(data)
    from mitasu.server.accounts.models import Records
    from mitasu.server.ledger.audit import audit
    from mitasu.server.records.access import RANK, permission_of

    place = site_named(site)
    if name is None:
        return Room(place, None)
    user = _user(name)
    if RANK[permission_of(user, place)] < RANK[Records(least)]:
        audit("view", "mitasu records", user=user, site=place, outcome="refused", via="cli")
        raise UsageError(f"利用者「{name}」には、この施設の診療録を扱う許可がありません。")
    return Room(place, user)


def read(file: Path) -> bytes:
    """A file's bytes; InputError where it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"読めません（{reading(error)}）。", str(file))) from None


def write(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all."""
    part = file.with_name(f".{file.name}.part")
    try:
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{file} に書けません（{reason(error)}）。") from None


def table(head: tuple[str, ...], rows: list[tuple[Any, ...]], empty: str = "ありません。") -> None:
    """Rows in columns."""
    from rich.table import Table

    if not rows:
        typer.echo(empty)
        return
    shown = Table(box=None, pad_edge=False)
    for name in head:
        shown.add_column(name, overflow="fold")
    for row in rows:
        shown.add_row(*("" if cell is None else str(cell) for cell in row))
    console().print(shown)


# ---- import -----------------------------------------------------------------------------------------------------


@records_app.command("import")
def import_(
    kind: Annotated[
        str,
        typer.Argument(
            metavar="KIND",
            help="table 一覧表 / form1 様式1 / fhir / idmap 対応表 / outpatient 外来 / ef 照合だけ",
        ),
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="ファイル")],
    site: SiteName,
    carry: Annotated[
        bool, typer.Option("--carry", help="取り込む。付けなければ、変わるところを示すだけ")
    ] = False,
    take: Annotated[
        str,
        typer.Option(
            "--take",
            metavar="keep|take",
            help="食い違うとき、一覧表の値を残す（keep）かファイルの値にする（take）か",
        ),
    ] = "",
    as_: As = None,
    data: Data = None,
) -> None:
    """ファイルを一覧表に取り込む。まず直すところと変わるところを示し、--carry で取り込む。"""
    room = enter(site, as_, data)
    if carry:
        room.may_change()
    content, today = read(file), date.today()
    if take not in ("", "keep", "take"):
        raise UsageError(f"--take「{take}」は使えません。keep か take です。")
    if kind not in FILE_KINDS:
        near = nearest(kind, FILE_KINDS)
        told = f"近いもの: {near}。" if near else ""
        raise UsageError(f"種類「{kind}」はありません。{told}{'、'.join(FILE_KINDS)} のどれかです。")
    if kind == "ef":
        _compare(room, content, file.name)
    elif kind == "idmap":
        _map(room, content, file.name, carry=carry)
    elif kind == "outpatient":
        _outpatient(room, content, file.name, today, carry=carry)
    else:
        _table(room, kind, content, file.name, today, carry=carry, take=take)


def _table(room: Room, kind: str, content: bytes, name: str, today: date, *, carry: bool, take: str) -> None:
    from mitasu.server.records.importing import carrying
    from mitasu.server.records.importing import plan as plans

    found = plans.plan(room.site, kind, content, name, today=today, take=take)
    for note in found.notes:
        typer.echo(f"・{note}")
    _fail(found.problems, name)
    for label, count in found.counts:
        typer.echo(f"{label}\t{count:,}件")
    for one in found.conflicts[:SHOWN]:
        typer.echo(
            f"食い違い {one.line}行目 {one.what} {one.label}: 一覧表「{one.before}」 ファイル「{one.after}」"
        )
    if not carry:
        wanted = "--carry" if take or not found.conflicts else "--take（keep か take）と --carry"
        typer.echo(
            f"まだ取り込んでいません。{wanted} を付けると取り込みます。"
            if found.ready
            else "変わるところはありません。"
        )
        return
    batch, _ = carrying.carry(room.site, kind, content, name, today=today, take=take, by=room.user)
    told = f"取り込みました（新しい入院{batch.made}、埋まったところ{batch.changed}、同じ{batch.same}）。"
    room.audit("import", f"診療録：{told}")
    typer.echo(told)


def _fail(problems: list[str], name: str) -> None:
    if problems:
        raise InputError([Problem(one.removeprefix(f"{name}: "), name) for one in problems[:1000]])


def _map(room: Room, content: bytes, name: str, *, carry: bool) -> None:
    from mitasu.server.records.importing import idmap
    from mitasu.server.records.importing.joining import map_numbers

    _, numbers, problems = idmap.parse(content, name)
    _fail(problems, name)
    found = map_numbers(room.site, numbers, dry=not carry)
    for line in [*found.told, *found.differing[:SHOWN]]:
        typer.echo(f"・{line}")
    if not carry:
        typer.echo("まだ取り込んでいません。--carry を付けると取り込みます。")
        return
    room.audit("import", f"診療録：対応{found.joined}件")
    typer.echo(f"対応{found.joined}件を取り込みました（同じもの{found.same}件）。")


def _outpatient(room: Room, content: bytes, name: str, today: date, *, carry: bool) -> None:
    from mitasu.server.records.outpatient import take_in

    new, same, problems = take_in(room.site, content, name, today=today, dry=not carry)
    _fail(problems, name)
    if carry:
        room.audit("import", f"診療録：外来の傷病名{new}件")
    typer.echo(
        f"{new:,}件{'を取り込みました' if carry else 'が加わります。--carry を付けると取り込みます'}（同じもの{same:,}件）。"
    )


def _compare(room: Room, content: bytes, name: str) -> None:
    from mitasu.server.records.importing.ef import compare

    found = compare(room.site, content, name)
    _fail(found.problems, name)
    room.audit("search", f"EF統合ファイルとの照合：{found.stays}入院、違い{len(found.differences)}件")
    rows = [
        (one.stay.patient.number, one.stay.admitted, one.code, one.name, one.only_in)
        for one in found.differences
    ]
    table(("患者番号", "入院日", "Kコード", "名称", "あるのは"), rows, "違いはありません。")
    typer.echo(
        f"比べた入院{found.stays}件、解釈番号が空の行{found.without_code}、一覧表に当たらない入院{len(found.unknown_stays)}件。"
    )
    for line in found.unknown_stays[:SHOWN]:
        typer.echo(f"・{line}")


# ---- search ------------------------------------------------------------------------------------------------------


@records_app.command()
def search(
    conditions: Conditions,
    site: SiteName,
    limit: Annotated[int, typer.Option("--limit", help="示す件数", min=1, max=1000)] = 20,
    as_: As = None,
    data: Data = None,
) -> None:
    """一覧表を条件で検索する。"""
    room = enter(site, as_, data, "read")
    from mitasu.server.records.search.text import parse

    found_stays(room, parse(conditions), limit)


def found_stays(room: Room, node: Any, limit: int) -> None:
    """Prints what conditions find, newest first."""
    from mitasu.server.records.models import Stay
    from mitasu.server.records.search.compiled import page_of
    from mitasu.server.records.search.compiled import search as find
    from mitasu.server.records.search.conditions import told

    page = page_of(find(room.site, node), 1, limit)
    room.audit("search", f"診療録の検索：{page.count}件、条件「{told(node, masked=True)}」")
    by_id = {
        one.pk: one
        for one in Stay.objects.filter(pk__in=page.stays)
        .select_related("patient")
        .prefetch_related("diagnoses")
    }
    rows = []
    for pk in page.stays:
        one = by_id[pk]
        main = next(iter(one.diagnoses.all()), None)
        disease = f"{main.icd_text} {main.name}" if main else ""
        rows.append(
            (
                pk,
                one.patient.number,
                one.patient,
                one.admitted,
                one.discharged or "入院中",
                one.department,
                one.doctor,
                disease,
            )
        )
    typer.echo(f"{told(node)}：{page.count:,}件")
    table(("入院", "患者番号", "患者", "入院日", "退院日", "診療科", "担当医", "病名"), rows)


@records_app.command()
def extract(
    conditions: Conditions,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="書き出すファイル（.csv か .xlsx）")],
    site: SiteName,
    purpose: Annotated[str, typer.Option("--purpose", help="取り出す目的（記録に残ります）")],
    column: Annotated[
        list[str] | None, typer.Option("--column", help="列（何度でも書ける。省くと氏名と住所を除く全部）")
    ] = None,
    cp932: Annotated[bool, typer.Option("--cp932", help="CSVをShift_JISで書く")] = False,
    as_: As = None,
    data: Data = None,
) -> None:
    """条件に合う一覧を、目的を記録して取り出す。"""
    room = enter(site, as_, data)
    from mitasu.server.records.extraction import COLUMNS
    from mitasu.server.records.extraction import extract as take_out
    from mitasu.server.records.search.text import parse

    for one in column or ():
        if one not in COLUMNS:
            near = nearest(one, COLUMNS)
            raise UsageError(
                f"列「{one}」はありません。{f'近いもの: {near}。' if near else ''}{'、'.join(COLUMNS)}"
            )
    endings = {".csv": "cp932" if cp932 else "csv", ".xlsx": "xlsx"}
    if out.suffix not in endings:
        raise UsageError(f"「{out.name}」の形では書けません。.csv か .xlsx にしてください。")
    columns = column or [one for one in COLUMNS if one not in ("kanji", "kana", "address")]
    content, _, taken = take_out(
        room.site,
        parse(conditions),
        purpose=purpose,
        form=endings[out.suffix],
        columns=columns,
        user=room.user,
        via="cli",
    )
    write(out, content)
    typer.echo(f"{taken.rows:,}件を {out} に書き出しました（抽出{taken.pk}）。")


@records_app.command()
def outpatient(
    disease: Annotated[str, typer.Argument(metavar="DISEASE", help="ICDコードの先頭か、傷病名の一部")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """外来の診療録を病名で探す。"""
    room = enter(site, as_, data, "read")
    from mitasu.server.records.outpatient import MOST, find

    if not disease.strip():
        raise UsageError("ICDコードの先頭か、傷病名の一部を書いてください。")
    visits = find(room.site, disease)
    count = visits.count()
    room.audit("search", f"外来の検索：{count}件、病名「{disease[:100]}」")
    rows = [
        (one.patient.number, one.patient, one.icd_text, one.name, one.department, one.last)
        for one in visits[:MOST]
    ]
    typer.echo(f"「{disease}」：{count:,}件")
    table(("患者番号", "患者", "ICD", "傷病名", "診療科", "最終診療日"), rows)
