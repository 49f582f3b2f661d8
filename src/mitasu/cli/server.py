"""Looking after the application from its machine: users, tokens, the regular round, the doctor, snapshots."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import app
from mitasu.cli.commands import Commands
from mitasu.cli.context import console, day
from mitasu.errors import UsageError
from mitasu.folders import data_folder
from mitasu.text import nearest

user_app = Commands(help="画面の利用者を管理する。", no_args_is_help=True)
token_app = Commands(help="プログラムのための合言葉（APIトークン）を管理する。", no_args_is_help=True)
app.add_typer(user_app, name="user")
app.add_typer(token_app, name="token")

Data = Annotated[
    Path | None,
    typer.Option("--data", help="データの置き場所（既定: 環境変数 MITASU_DATA か利用者のデータフォルダ）"),
]
Name = Annotated[str, typer.Argument(metavar="NAME", help="利用者名")]
ROLES = {"view": "閲覧", "enter": "入力", "approve": "承認", "admin": "管理"}


def ready(data: Path | None) -> None:
    """Django set up on a database that has been migrated; UsageError where none has been made yet."""
    from django.apps import apps

    from mitasu.server.config import serve

    folder = data.resolve() if data is not None else data_folder()
    missing = UsageError(
        f"{folder} にデータベースがまだありません。置き場所が違えば --data で指定し、はじめてなら先に mitasu up で始めてください。"
    )
    if not (apps.ready or os.environ.get("DATABASE_URL") or (folder / "mitasu.sqlite3").exists()):
        raise missing  # before anything is made there
    serve.prepare(data, demo=False)
    if not serve.made():
        raise missing


def _user(name: str) -> Any:
    from mitasu.server.accounts.models import User

    user = User.objects.filter(username=name).first()
    if user is None:
        near = nearest(name, User.objects.values_list("username", flat=True))
        raise UsageError(
            f"利用者「{name}」はいません。{f'近いもの: {near}。' if near else ''}mitasu user list で見られます。"
        )
    return user


def site_named(slug: str) -> Any:
    """The site of that name; UsageError naming the nearest where there is none."""
    from mitasu.server.accounts.models import Site

    site = Site.objects.filter(slug=slug).first()
    if site is None:
        near = nearest(slug, Site.objects.values_list("slug", flat=True))
        raise UsageError(f"施設「{slug}」はありません。{f'近いもの: {near}。' if near else ''}")
    return site


def _audit(what: str, site: Any = None) -> None:
    from mitasu.server.ledger.audit import audit

    audit("change", what, site=site, via="cli")


@user_app.command("add")
def user_add(
    name: Name,
    shown: Annotated[str, typer.Option(help="画面に出る名前")] = "",
    site: Annotated[str | None, typer.Option(help="役割を持つ施設の識別名")] = None,
    role: Annotated[str, typer.Option(help=f"役割（{'、'.join(ROLES)}）")] = "view",
    data: Data = None,
) -> None:
    """利用者を作り、一度だけ使えるサインインのリンクを出す。"""
    ready(data)
    from mitasu.server.accounts.models import Membership, Role, SignInLink, User

    if role not in ROLES:
        raise UsageError(f"役割「{role}」はありません。{'、'.join(ROLES)} のどれかです。")
    place = site_named(site) if site else None
    if User.objects.filter(username=name).exists():
        raise UsageError(f"利用者「{name}」はもういます。")
    user = User.objects.create_user(name, shown=shown)
    if place is not None:
        Membership.objects.create(user=user, site=place, role=Role[role.upper()])
    _audit(f"利用者を作る：{name}", place)
    typer.echo(
        f"利用者「{name}」を作りました。サインインのリンク（一度だけ、60分以内）: /sign-in/{SignInLink.made(user)}/"
    )


@user_app.command("list")
def user_list(data: Data = None) -> None:
    """利用者と、施設ごとの役割を一覧にする。"""
    ready(data)
    from mitasu.server.accounts.models import Role, User

    for user in User.objects.prefetch_related("memberships__site").order_by("username"):
        roles = "、".join(f"{one.site.slug}（{Role(one.role).label}）" for one in user.memberships.all())
        typer.echo(f"{user.username}\t{user.shown}\t{'' if user.is_active else '停止中'}\t{roles}")


@user_app.command("link")
def user_link(name: Name, data: Data = None) -> None:
    """一度だけ使えるサインインのリンクを出す。"""
    ready(data)
    from mitasu.server.accounts.models import SignInLink

    user = _user(name)
    if not user.is_active:
        raise UsageError(f"利用者「{name}」は停止中です。mitasu user on {name} で戻せます。")
    _audit(f"サインインのリンクを出す：{name}")
    typer.echo(f"/sign-in/{SignInLink.made(user)}/")


@user_app.command("off")
def user_off(name: Name, data: Data = None) -> None:
    """利用者を止める：入れなくなり、トークンも効かなくなる。記録は残る。"""
    _switched(name, data, active=False, done="止め")


@user_app.command("on")
def user_on(name: Name, data: Data = None) -> None:
    """止めた利用者を戻す。"""
    _switched(name, data, active=True, done="戻し")


def _switched(name: str, data: Path | None, *, active: bool, done: str) -> None:
    """Lets a user in or keeps them out, and says so; `done`: the verb before ました."""
    ready(data)
    user = _user(name)
    user.is_active = active
    user.save(update_fields=["is_active"])
    _audit(f"利用者を{'戻す' if active else '止める'}：{name}")
    typer.echo(f"利用者「{name}」を{done}ました。")


@user_app.command("role")
def user_role(
    name: Name,
    site: Annotated[str, typer.Argument(metavar="SITE", help="施設の識別名")],
    role: Annotated[str, typer.Argument(metavar="ROLE", help=f"役割（{'、'.join(ROLES)}、none: 外す）")],
    data: Data = None,
) -> None:
    """利用者の、施設での役割を変える。"""
    ready(data)
    from mitasu.server.accounts.models import Membership, Role

    if role not in ROLES and role != "none":
        raise UsageError(f"役割「{role}」はありません。{'、'.join(ROLES)}、none のどれかです。")
    user, place = _user(name), site_named(site)
    if role == "none":
        Membership.objects.filter(user=user, site=place).delete()
    else:
        Membership.objects.update_or_create(user=user, site=place, defaults={"role": Role[role.upper()]})
    _audit(f"役割を変える：{name} {role}", place)
    typer.echo(f"{place.name}での「{name}」の役割を変えました。")


@token_app.command("add")
def token_add(
    name: Name,
    title: Annotated[str, typer.Option(help="何のためのトークンか")],
    scope: Annotated[
        list[str], typer.Option(help="できること（read、facts、filings、admin。何度でも書ける）")
    ],
    site: Annotated[str | None, typer.Option(help="この施設だけ")] = None,
    days: Annotated[int, typer.Option(help="何日有効か", min=1, max=3650)] = 365,
    data: Data = None,
) -> None:
    """利用者のトークンを作る。合言葉は一度だけ表示される。"""
    ready(data)
    from datetime import timedelta

    from django.utils import timezone

    from mitasu.server.accounts.models import SCOPES, ApiToken

    for one in scope:
        if one not in SCOPES:
            near = nearest(one, SCOPES)
            raise UsageError(
                f"「{one}」という権限はありません。{f'近いもの: {near}。' if near else ''}{'、'.join(SCOPES)} のどれかです。"
            )
    user, place = _user(name), site_named(site) if site else None
    secret = ApiToken.made(user, title, scope, site=place, expires_at=timezone.now() + timedelta(days=days))
    _audit(f"トークンを作る：{name} {title}", place)
    typer.echo(secret)


@token_app.command("list")
def token_list(data: Data = None) -> None:
    """トークンを一覧にする（合言葉は出ない）。"""
    ready(data)
    from mitasu.server.accounts.models import ApiToken

    for token in ApiToken.objects.select_related("user", "site"):
        state = (
            "取り消し済み"
            if token.revoked_at
            else f"{token.expires_at:%Y-%m-%d}まで"
            if token.expires_at
            else ""
        )
        place = token.site.slug if token.site else "すべての施設"
        typer.echo(
            f"{token.hint}…\t{token.user.username}\t{token.name}\t{'、'.join(token.scopes)}\t{place}\t{state}"
        )


@token_app.command("revoke")
def token_revoke(
    hint: Annotated[
        str, typer.Argument(metavar="HINT", help="トークンの初めの数文字（mitasu token list に出る）")
    ],
    data: Data = None,
) -> None:
    """トークンを取り消す。"""
    ready(data)
    from django.utils import timezone

    from mitasu.server.accounts.models import ApiToken

    found = list(ApiToken.objects.filter(hint__startswith=hint.rstrip("…"), revoked_at=None))
    if len(found) != 1:
        raise UsageError(
            f"「{hint}」に当たる有効なトークンは{len(found)}件です。mitasu token list で確かめてください。"
        )
    ApiToken.objects.filter(pk=found[0].pk).update(revoked_at=timezone.now())
    _audit(f"トークンを取り消す：{found[0].user.username} {found[0].name}")
    typer.echo("取り消しました。")


@app.command()
def tick(
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="この日として回る。省くと今日")
    ] = None,
    data: Data = None,
) -> None:
    """定時の仕事を一回りする：台帳の検証、一覧の用意、知らせ。cron などから毎日呼ぶ。"""
    ready(data)
    from mitasu.server.config.round import go_round

    report = go_round(day(on))
    for line in report.lines:
        typer.echo(line)
    if report.broken:
        raise typer.Exit(1)


@app.command()
def doctor(data: Data = None) -> None:
    """動く用意ができているかを調べ、直し方とともに示す。"""
    from mitasu.server.config import serve

    serve.prepare(data, demo=False)
    from mitasu.server.config.doctor import examine

    screen = console()
    findings = examine()
    for finding in findings:
        screen.print(f"{'○' if finding.well else '✕'} {finding.what}", soft_wrap=True, highlight=False)
        if finding.remedy:
            screen.print(f"   {finding.remedy}", soft_wrap=True, highlight=False)
    if not all(finding.well for finding in findings):
        raise typer.Exit(1)


@app.command()
def snapshot(
    target: Annotated[Path, typer.Argument(metavar="FOLDER", help="写しを置くフォルダ（新しく作られる）")],
    data: Data = None,
) -> None:
    """この製品のデータベース・文書・鍵・控えの、時点のそろった写しを作り、読み返して確かめる。動いている間にもできる。"""
    ready(data)
    from mitasu.server.ledger.snapshot import snapshot as copied

    typer.echo(copied(target))


@app.command()
def restore(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="mitasu snapshot が作ったフォルダか、世代から戻したもの")
    ],
    documents: Annotated[
        Path | None, typer.Option(help="文書のフォルダ（世代から戻し、別の所にあるとき）")
    ] = None,
    data: Data = None,
) -> None:
    """写しから、空の場所に戻し、台帳を検証する。今あるデータの上には戻さない。"""
    from mitasu.server.config import serve

    serve.prepare(data, demo=False, fresh=True)
    from mitasu.server.ledger.snapshot import restored

    typer.echo(restored(source, documents))
