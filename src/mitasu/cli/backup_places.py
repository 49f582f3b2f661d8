"""What is backed up, and where to: targets and sources on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mitasu.cli.backup import backup_app
from mitasu.cli.commands import Commands
from mitasu.cli.continuity import (
    Data,
    SiteName,
    TargetName,
    at_site,
    audited,
    now,
    shown,
    source_named,
    target_named,
)
from mitasu.errors import UsageError

target_app = Commands(help="保管先を管理する。", no_args_is_help=True)
source_app = Commands(help="バックアップの対象を管理する。", no_args_is_help=True)
backup_app.add_typer(target_app, name="target")
backup_app.add_typer(source_app, name="source")


@target_app.command("add")
def target_add(
    name: TargetName,
    site: SiteName,
    label: Annotated[str, typer.Option(help="画面に出る名前")],
    medium: Annotated[str, typer.Option(help="媒体：disk、nas、removable、host、cloud")],
    location: Annotated[
        str, typer.Option(help="場所：/フォルダー、sftp:利用者@機械:/フォルダー、rest:http://機械:ポート/")
    ] = "",
    append_only: Annotated[
        bool, typer.Option("--append-only", help="消せず、書き換えられない保管先である")
    ] = False,
    keep: Annotated[int, typer.Option(help="残す世代数", min=3)] = 14,
    every: Annotated[int, typer.Option(help="間隔（時間）", min=1)] = 24,
    grace: Annotated[int, typer.Option(help="遅れてよい時間", min=0)] = 6,
    copy_from: Annotated[str, typer.Option("--copy-from", help="この保管先の世代を写す")] = "",
    key_file: Annotated[Path | None, typer.Option(help="今ある保管先の鍵のファイル（省くと作る）")] = None,
    credentials_file: Annotated[
        Path | None, typer.Option(help="rest のサーバーの「利用者:パスワード」を書いたファイル")
    ] = None,
    data: Data = None,
) -> None:
    """保管先を加え、鍵を作る。"""
    place = at_site(site, data)
    from mitasu.server.continuity.setting_up import new_target

    target = new_target(
        place, name, label, medium, location, append_only=append_only, keep=keep, every_hours=every,
        grace_hours=grace, origin=copy_from, key_file=key_file, credentials_file=credentials_file,
    )  # fmt: skip
    audited(f"保管先を加える：{name}", place)
    typer.echo(
        f"保管先「{target.label}」を加えました。鍵は {target.key} です。"
        "mitasu backup escrow で、2人以上に預けてください。"
    )


@target_app.command("list")
def target_list(site: SiteName, data: Data = None) -> None:
    """保管先と、いまのようすを一覧にする。"""
    place = at_site(site, data)
    from mitasu.server.continuity.health import healths

    for one in healths(place, now()):
        last = shown(one.last.at) if one.last else "まだない"
        claims = "　追記だけ" if one.target.append_only else ""
        typer.echo(
            f"{one.target.name}\t{one.target.label}\t{one.target.get_medium_display()}{claims}\t"
            f"{len(one.generations)}世代\t最後 {last}"
        )


@target_app.command("change")
def target_change(
    name: TargetName,
    site: SiteName,
    label: Annotated[str | None, typer.Option(help="画面に出る名前")] = None,
    keep: Annotated[int | None, typer.Option(help="残す世代数（3以上）")] = None,
    every: Annotated[int | None, typer.Option(help="何時間ごとに取るか")] = None,
    grace: Annotated[int | None, typer.Option(help="何時間まで遅れてよいか")] = None,
    data: Data = None,
) -> None:
    """保管先の名前、残す数、間隔を直す。書いたものだけが変わり、世代の記録は続く。"""
    place = at_site(site, data)
    from mitasu.server.continuity.setting_up import changed_target

    if (label, keep, every, grace) == (None,) * 4:
        raise UsageError("直すところを --label、--keep、--every、--grace で書いてください。")
    target = target_named(place, name)
    changed_target(target, label=label, keep=keep, every_hours=every, grace_hours=grace)
    audited(f"保管先を直す：{name}", place)
    told = f"{target.keep}世代、{target.schedule.every_hours}時間ごと、遅れは{target.schedule.grace_hours}時間まで"
    typer.echo(f"保管先「{target.label}」を直しました（{told}）。")


@target_app.command("key")
def target_key(
    name: TargetName,
    site: SiteName,
    key_file: Annotated[Path, typer.Option(help="取り出した鍵を書いたファイル（mitasu backup unseal）")],
    credentials_file: Annotated[
        Path | None, typer.Option(help="rest のサーバーの「利用者:パスワード」を書いたファイル")
    ] = None,
    data: Data = None,
) -> None:
    """預けていた鍵を、今ある保管先に戻す（新しい機械に移したとき）。開けることを確かめてから使う。"""
    place = at_site(site, data)
    from mitasu.server.continuity.jobs import engine
    from mitasu.server.continuity.setting_up import key_back

    target = target_named(place, name)
    count = key_back(target, key_file, engine(), credentials_file)
    audited(f"保管先の鍵を戻す：{name}", place)
    typer.echo(f"保管先「{target.label}」の鍵を戻しました。写し{count}個を開けました。")


@target_app.command("off")
def target_off(name: TargetName, site: SiteName, data: Data = None) -> None:
    """保管先を使うのをやめる（世代の記録は残り、保管先のデータには触れない）。"""
    place = at_site(site, data)
    target = target_named(place, name)
    target.active = False
    target.save(update_fields=["active"])
    audited(f"保管先をやめる：{name}", place)
    typer.echo(f"保管先「{target.label}」を使うのをやめました。")


@source_app.command("add")
def source_add(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="対象の識別名")],
    site: SiteName,
    label: Annotated[str, typer.Option(help="画面に出る名前")],
    kind: Annotated[
        str,
        typer.Option(help="種類：own この製品、sqlite、postgresql、directory フォルダー、dump 書き出し先"),
    ],
    place: Annotated[str, typer.Option(help="場所（パスか postgresql://利用者@機械/名前）")] = "",
    covers: Annotated[
        list[str] | None, typer.Option(help="何のデータか：charts、orders、claims（何度でも書ける）")
    ] = None,
    sentinel: Annotated[
        list[str] | None, typer.Option(help="必ず入っているはずのファイルか表（何度でも書ける）")
    ] = None,
    newest: Annotated[str, typer.Option(help="最後の取引の時刻が入る 表.列")] = "",
    fresh_hours: Annotated[int, typer.Option(help="書き出しは何時間以内のものか", min=1)] = 26,
    data: Data = None,
) -> None:
    """バックアップの対象を加える。"""
    where = at_site(site, data)
    from mitasu.server.continuity.setting_up import new_source

    source, doubts = new_source(
        where, name, label, kind, place, covers=covers or (), sentinels=sentinel or (), newest=newest,
        fresh_hours=fresh_hours,
    )  # fmt: skip
    audited(f"バックアップの対象を加える：{name}", where)
    typer.echo(f"対象「{source.label}」を加えました。")
    for doubt in doubts:
        typer.echo(f"注意: {doubt}", err=True)


@source_app.command("list")
def source_list(site: SiteName, data: Data = None) -> None:
    """バックアップの対象を一覧にする。"""
    place = at_site(site, data)
    for one in place.backup_sources.filter(active=True):
        typer.echo(f"{one.name}\t{one.label}\t{one.get_kind_display()}\t{one.place}\t{'、'.join(one.covers)}")


@source_app.command("off")
def source_off(
    name: Annotated[str, typer.Argument(metavar="SOURCE", help="対象の識別名")],
    site: SiteName,
    data: Data = None,
) -> None:
    """対象から外す。"""
    place = at_site(site, data)
    source = source_named(place, name)
    source.active = False
    source.save(update_fields=["active"])
    audited(f"バックアップの対象から外す：{name}", place)
    typer.echo(f"対象「{source.label}」を外しました。")
