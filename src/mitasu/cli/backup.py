"""Backups on the command line: everything that a page can do, and the work itself."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import AsJson, app
from mitasu.cli.commands import Commands
from mitasu.cli.context import emit
from mitasu.cli.continuity import (
    Data,
    SiteName,
    TargetName,
    at_site,
    audited,
    handed,
    now,
    passphrase,
    safe,
    shown,
    target_named,
)
from mitasu.cli.server import ready
from mitasu.errors import UsageError

backup_app = Commands(help="バックアップを設定し、取り、確かめる。", no_args_is_help=True)
app.add_typer(backup_app, name="backup")
Passphrase = Annotated[
    Path | None, typer.Option("--passphrase-file", help="合言葉を書いたファイル（省くと尋ねる）")
]
Reason = Annotated[str, typer.Option("--reason", help="理由（記録に残る）")]


@backup_app.command("run")
def run(
    site: SiteName,
    target: Annotated[
        list[str] | None, typer.Argument(metavar="TARGET...", help="保管先（省くとすべて）")
    ] = None,
    data: Data = None,
) -> None:
    """いまバックアップを取る（または写す）。受け入れなかった世代があれば終了コード1。"""
    place = at_site(site, data)
    from mitasu.server.continuity import jobs
    from mitasu.server.continuity.models.backups import MediumKind, Schedule

    names = target or list(
        place.backup_targets.filter(active=True)
        .exclude(medium=MediumKind.REMOVABLE)
        .values_list("name", flat=True)
    )
    if not names:
        raise UsageError("保管先がありません。mitasu backup target add で加えてください。")
    failed = False
    for name in names:
        schedule = Schedule.objects.select_related("target", "origin").get(target=target_named(place, name))
        if schedule.target.medium == MediumKind.REMOVABLE:
            raise UsageError("取り外す媒体には mitasu media write で写します。")
        well, told = jobs.ran(schedule, jobs.engine(), now())
        audited(f"{name}：{told}", place)
        typer.echo(f"{'○' if well else '✕'} {schedule.target.label}：{safe(told)}")
        failed |= not well
    handed(place)
    if failed:
        raise typer.Exit(1)


@backup_app.command("list")
def generations(
    site: SiteName,
    target: Annotated[str | None, typer.Argument(metavar="TARGET", help="保管先（省くとすべて）")] = None,
    as_json: AsJson = False,
    data: Data = None,
) -> None:
    """世代の台帳を示す：受け入れたか、その理由。"""
    place = at_site(site, data)
    from mitasu.server.continuity.models.backups import Generation

    rows = Generation.objects.filter(target__site=place).select_related("target", "medium")
    if target:
        rows = rows.filter(target=target_named(place, target))
    audited("世代の台帳を見る", place)
    if as_json:
        emit({"generations": [_generation(one) for one in rows]})
        return
    for one in rows:
        gone = "　消した" if one.forgotten_at else "　見つからない" if one.missing_since else ""
        where = one.target.name + (f"（{one.medium.label}）" if one.medium else "")
        typer.echo(
            f"{where}\t{one.number}\t{shown(one.at)}\t{one.get_state_display()}{gone}\t"
            f"{one.files:,}ファイル\t{one.size:,}バイト\t{safe('／'.join(one.reasons))}"
        )


def _generation(one: Any) -> dict[str, Any]:
    return {
        "target": one.target.name,
        "medium": one.medium.label if one.medium else None,
        "number": one.number,
        "at": one.at.isoformat(),
        "state": one.state,
        "reasons": one.reasons,
        "counts": one.counts,
        "files": one.files,
        "size": one.size,
        "added": one.added,
        "snapshot": one.snapshot,
    }


@backup_app.command("verify")
def verify(
    name: TargetName,
    site: SiteName,
    part: Annotated[
        int | None, typer.Option(help="七つに分けた何番目を読むか（省くと順番）", min=1, max=7)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="七つすべてを読む")] = False,
    sample: Annotated[bool, typer.Option("--sample", help="抜き取って戻し、ハッシュを比べる")] = False,
    full: Annotated[bool, typer.Option("--full", help="全部を空の場所に戻して確かめる")] = False,
    data: Data = None,
) -> None:
    """保管したデータを確かめる。壊れたところがあれば終了コード1。"""
    place = at_site(site, data)
    target = target_named(place, name)
    from mitasu.server.continuity import jobs
    from mitasu.server.continuity.proving import WEEK, restored_whole, sampled, sliced

    engine, well = jobs.engine(), True
    if sample:
        found = sampled(target, engine, now())
        well = bool(found.well)
        told = f"抜き取り{found.tried}ファイルのうち、違うもの{found.wrong}"
    elif full:
        whole = restored_whole(target, engine, now())
        well = bool(whole.well)
        told = "\n".join(f"   {'○' if good else '✕'} {what}" for what, good in whole.found)
        told = f"全部の復元（{whole.files:,}ファイル、{whole.seconds}秒）\n{told}"
    else:
        parts = range(1, WEEK + 1) if everything else [part]
        slices = [sliced(target, engine, now(), part=one) for one in parts]
        well = all(one.well for one in slices)
        told = f"七つに分けた{'、'.join(str(one.part) for one in slices)}番を読んだ"
    audited(f"{name} を確かめる：{'正しい' if well else '違うところがある'}", place)
    typer.echo(f"{'○' if well else '✕'} {told}")
    handed(place)
    if not well:
        raise typer.Exit(1)


@backup_app.command("accept")
def accept(
    name: TargetName,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="世代の番号")],
    site: SiteName,
    reason: Reason,
    data: Data = None,
) -> None:
    """受け入れなかった（隔離した）世代を、理由を残して受け入れる。"""
    _decide(name, number, site, reason, data, accept=True)


@backup_app.command("discard")
def discard(
    name: TargetName,
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="世代の番号")],
    site: SiteName,
    reason: Reason,
    data: Data = None,
) -> None:
    """受け入れなかった（隔離した）世代を、理由を残して捨てると決める。"""
    _decide(name, number, site, reason, data, accept=False)


def _decide(name: str, number: int, site: str, reason: str, data: Path | None, *, accept: bool) -> None:
    place = at_site(site, data)
    target = target_named(place, name)
    from mitasu.server.continuity.deciding import decided

    generation = target.generations.filter(number=number).first()
    if generation is None:
        raise UsageError(f"「{target.label}」に世代{number}はありません。")
    decided(generation, accept, reason, now())
    word = "受け入れる" if accept else "捨てる"
    audited(f"{name} の世代{number}を{word}：{reason}", place)
    typer.echo(f"世代{number}を{word}と記録しました。")
    handed(place)


@backup_app.command("forget")
def forget(
    name: TargetName,
    site: SiteName,
    number: Annotated[
        list[int] | None,
        typer.Argument(metavar="NUMBER...", help="世代の番号（省くと、消してよいものを示す）"),
    ] = None,
    data: Data = None,
) -> None:
    """世代を番号で指定して消す。最後の方の受け入れた世代は消せない。"""
    place = at_site(site, data)
    target = target_named(place, name)
    from mitasu.server.continuity import jobs
    from mitasu.server.continuity.forgetting import forgotten, may_forget

    if not number:
        allowed = may_forget(target)
        typer.echo(
            "消してよい世代：" + "、".join(f"{one.number}（{shown(one.at)}）" for one in allowed)
            if allowed
            else "消してよい世代はありません。"
        )
        return
    gone = forgotten(target, jobs.engine(), number, now())
    audited(f"{name} の世代{'、'.join(str(one.number) for one in gone)}を消す", place)
    typer.echo(f"{len(gone)}世代を消しました。")


@backup_app.command("canary")
def canary(name: TargetName, site: SiteName, data: Data = None) -> None:
    """消せないはずの保管先で、消す・上書きすることを試す。断られなければ終了コード1。"""
    place = at_site(site, data)
    target = target_named(place, name)
    from mitasu.server.continuity import jobs
    from mitasu.server.continuity.limits import LIMITS
    from mitasu.server.continuity.proving import canary as tried

    found = tried(target, jobs.engine(), now())
    for what, expected, got, refused in found.tries:
        sign = {True: "○", False: "✕", None: "？"}[refused]
        typer.echo(f"{sign} {what}：{safe(got)}（あるべき姿：{expected}）")
    told = {True: "すべて断られました。", False: "要件を満たしません。", None: "確かめられませんでした。"}[
        found.well
    ]
    audited(f"{name} で消せないことを試す：{told}", place)
    typer.echo(told)
    for limit in LIMITS["canary"]:
        typer.echo(f"限界：{limit}")
    handed(place)
    if not found.well:
        raise typer.Exit(1)


@backup_app.command("escrow")
def escrow(
    name: TargetName,
    site: SiteName,
    custodian: Annotated[str, typer.Option(help="預かる人")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="書き出すファイル（新しく作られる）")],
    passphrase_file: Passphrase = None,
    data: Data = None,
) -> None:
    """鍵を、預かる人の合言葉で包んで書き出す。2人以上に、別々に預ける。"""
    place = at_site(site, data)
    target = target_named(place, name)
    from mitasu.server.continuity.escrow import sealed

    sealed(target, custodian, passphrase(passphrase_file, twice=True), out, now())
    audited(f"{name} の鍵を預ける：{custodian}", place)
    typer.echo(f"鍵を包んで {out} に書きました。この機械とは別の場所に、合言葉とは別々に保管してください。")


@backup_app.command("unseal")
def unseal(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="鍵を預けたファイル")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="鍵を書き出すファイル（新しく作られる）")],
    passphrase_file: Passphrase = None,
) -> None:
    """預けた鍵を取り出す。データベースがなくても、空の機械で使える。"""
    from mitasu.server.continuity.sealing import opened, private

    found = opened(file, passphrase(passphrase_file))
    private(out, found.secret)
    typer.echo(f"「{found.target}」の鍵を {out} に書きました。使い終わったら消してください。")


@backup_app.command("status")
def status(site: SiteName, as_json: AsJson = False, data: Data = None) -> None:
    """いまのようすを、新しさで示す。赤なら終了コード1。"""
    place = at_site(site, data)
    from mitasu.server.continuity.status import SIGNS, WORDS, Light, alarms, light

    at = now()
    found = alarms(place, at)
    colour = light(place, at, found)
    audited("バックアップのようすを見る", place)
    if as_json:
        rows = [{"light": str(one.light), "what": one.what, "remedy": one.remedy} for one in found]
        emit({"site": place.slug, "at": at, "light": str(colour), "alarms": rows} | {"at": at.isoformat()})
    else:
        typer.echo(f"{SIGNS[colour]} {WORDS[colour]}")
        for one in found:
            typer.echo(f"{SIGNS[one.light]} {safe(one.what)}\n   {safe(one.remedy)}")
    if colour == Light.RED:
        raise typer.Exit(1)


Once = Annotated[bool, typer.Option("--once", help="一度だけ見て終わる（赤があれば終了コード1）")]
Every = Annotated[int, typer.Option(help="何秒ごとに見るか", min=10, max=3600)]


@backup_app.command("watch")
def backup_watch(once: Once = False, every: Every = 300, data: Data = None) -> None:
    """見張る：定時の実行とは別のプロセスで、ようすと媒体を見て、赤になったら知らせる。"""
    watch(once, every, data)


@app.command()
def watch(once: Once = False, every: Every = 300, data: Data = None) -> None:
    """見張る（mitasu backup watch と同じ）：定時の実行とは別に、動かし続ける。"""
    ready(data)
    from mitasu.server.accounts.models import Site
    from mitasu.server.continuity.devices import Machine
    from mitasu.server.continuity.status import SIGNS, WORDS, Light
    from mitasu.server.continuity.watching import looked, watched, written

    before: dict[str, str] = {}
    while True:
        looks = [
            looked(site, now(), Machine()) for site in Site.objects.filter(closed=False) if watched(site)
        ]
        written(looks)
        for look in looks:
            if once or before.get(look.site.slug) != look.light:
                colour = Light(look.light)
                typer.echo(f"{shown(look.at)} {SIGNS[colour]} {look.site.name}：{WORDS[colour]}")
                for told in look.told:
                    typer.echo(f"   {safe(told)}")
            before[look.site.slug] = look.light
        if once:
            if any(look.light == Light.RED for look in looks):
                raise typer.Exit(1)
            if not looks:
                typer.echo("見張るものがありません（保管先を設定した施設がありません）。")
            return
        time.sleep(every)


@backup_app.command("selftest")
def selftest(data: Data = None) -> None:
    """エンジンが、わざと壊した保管先を見つけられるかを試す。できなければ終了コード1。"""
    ready(data)
    from mitasu.server.continuity import jobs, keys
    from mitasu.server.continuity.selftest import examine

    found = examine(jobs.engine(), keys.room())
    for one in found:
        typer.echo(f"{'○' if one.well else '✕'} {one.what}")
    if not all(one.well for one in found):
        raise typer.Exit(1)
