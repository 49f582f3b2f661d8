"""Removable media and restore drills on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import app
from mitasu.cli.commands import Commands
from mitasu.cli.continuity import (
    Data,
    SiteName,
    TargetName,
    at_site,
    audited,
    handed,
    moment,
    now,
    passphrase,
    safe,
    shown,
    target_named,
)
from mitasu.errors import UsageError
from mitasu.text import nearest

media_app = Commands(
    help="取り外す媒体を、つなぐところから切り離しの確認まで記録する。",
    no_args_is_help=True,
)
drill_app = Commands(help="空の場所への復元訓練を行う。", no_args_is_help=True)
app.add_typer(media_app, name="media")
app.add_typer(drill_app, name="drill")
Label = Annotated[str, typer.Argument(metavar="LABEL", help="媒体のラベル")]


def _medium(site: Any, label: str) -> Any:
    from mitasu.server.continuity.models.media import Medium, MediumState

    rows = Medium.objects.filter(target__site=site)
    alike = sorted(rows.filter(label=label), key=lambda one: one.state == MediumState.LOST)
    found = alike[0] if alike else None
    if found is None:
        near = nearest(label, rows.values_list("label", flat=True))
        raise UsageError(f"媒体「{label}」はありません。{f'近いもの: {near}。' if near else ''}")
    return found


@media_app.command("register")
def register(
    name: TargetName,
    label: Label,
    site: SiteName,
    uuid: Annotated[str, typer.Option(help="ファイルシステムのUUID（lsblk -o NAME,UUID）")],
    serial: Annotated[str, typer.Option(help="製造番号")] = "",
    shelf: Annotated[str, typer.Option(help="保管場所")] = "",
    seal: Annotated[str, typer.Option(help="封印の番号")] = "",
    data: Data = None,
) -> None:
    """媒体を登録する。"""
    place = at_site(site, data)
    from mitasu.server.continuity.media import registered

    registered(target_named(place, name), label, uuid, now(), serial=serial, shelf=shelf, seal=seal)
    audited(f"媒体を登録：{label}", place)
    typer.echo(f"媒体「{label}」を登録しました。")


@media_app.command("attach")
def attach(label: Label, site: SiteName, data: Data = None) -> None:
    """つないだことを記録し、前に切り離したときと比べる。違っていれば終了コード1。"""
    place = at_site(site, data)
    from mitasu.server.continuity.devices import Machine
    from mitasu.server.continuity.media import attached

    told = attached(_medium(place, label), Machine(), now())
    audited(f"媒体をつなぐ：{label}", place)
    for one in told:
        typer.echo(f"✕ {one}")
    if told:
        raise typer.Exit(1)
    typer.echo(f"媒体「{label}」をつないだことを記録しました。")


@media_app.command("write")
def write(
    label: Label,
    site: SiteName,
    origin: Annotated[
        str | None, typer.Option("--from", metavar="TARGET", help="写し元（省くと設定のとおり）")
    ] = None,
    data: Data = None,
) -> None:
    """受け入れた世代を媒体に写し、すべてを読み返す。"""
    place = at_site(site, data)
    from mitasu.server.continuity import jobs
    from mitasu.server.continuity.media import written

    medium = _medium(place, label)
    source = target_named(place, origin) if origin else medium.target.schedule.origin
    if source is None:
        raise UsageError("写し元の保管先を --from で指定してください。")
    run = written(medium, source, jobs.engine(), now())
    well = run.outcome in ("accepted", "nothing")
    audited(f"媒体に写す：{label}：{run.told or run.outcome}", place)
    typer.echo(f"{'○' if well else '✕'} {safe(run.told) or '写し、すべてを読み返しました。'}")
    if not well:
        raise typer.Exit(1)


@media_app.command("detach")
def detach(label: Label, site: SiteName, data: Data = None) -> None:
    """控えを書き、切り離しを命じる。外した後に mitasu media probe（か見張り）が確かめる。"""
    place = at_site(site, data)
    from mitasu.server.continuity.media import detached

    detached(_medium(place, label), now())
    audited(f"媒体の切り離し：{label}", place)
    typer.echo(
        "控えを書きました。アンマウントして外し、保管場所に戻してください。外れたことは機械が確かめます。"
    )


@media_app.command("probe")
def probe(site: SiteName, data: Data = None) -> None:
    """媒体がつながっていないことを、この機械の装置の一覧で確かめる。"""
    place = at_site(site, data)
    from mitasu.server.continuity.devices import Machine
    from mitasu.server.continuity.limits import LIMITS
    from mitasu.server.continuity.media import probed

    try:
        Machine().present()
    except OSError as error:
        raise UsageError(f"装置の一覧を読めないので、確かめられません（{error}）。") from None
    events = probed(place, Machine(), now())
    for one in events:
        typer.echo(f"{'✕' if one.alarm else '○'} {one.medium.label}：{one.told}")
    audited("媒体を確かめる", place)
    _show(place)
    for limit in LIMITS["offline"]:
        typer.echo(f"限界：{limit}")
    handed(place)


@media_app.command("status")
def status(site: SiteName, data: Data = None) -> None:
    """媒体のようすを一覧にする。"""
    _show(at_site(site, data))


def _show(site: Any) -> None:
    from mitasu.server.continuity.offline import removable

    for one in removable(site):
        away = f"{shown(one.offline_since)} から切り離し" if one.offline_since else ""
        typer.echo(
            f"{one.label}\t{one.get_state_display()}\t{away}\t{one.shelf}\t最後に見た {shown(one.seen_at)}"
        )


@media_app.command("lost")
def lost(
    label: Label,
    site: SiteName,
    reason: Annotated[str, typer.Option("--reason", help="いきさつ（記録に残る）")],
    data: Data = None,
) -> None:
    """なくした・廃棄した媒体として記録する。中の世代は数えなくなる。"""
    place = at_site(site, data)
    from mitasu.server.continuity.media import lost as gone

    gone(_medium(place, label), now(), reason)
    audited(f"媒体をなくした・廃棄した：{label}", place)
    typer.echo(f"媒体「{label}」を記録しました。")
    handed(place)


@media_app.command("answer")
def answer(
    label: Label,
    site: SiteName,
    text: Annotated[str, typer.Option("--text", help="調べたことと、したこと（記録に残る）")],
    data: Data = None,
) -> None:
    """媒体の知らせ（警報）に、したことを記録する。"""
    place = at_site(site, data)
    from mitasu.server.continuity.media import answered

    events = list(_medium(place, label).events.filter(alarm=True, answered_at=None))
    if not events:
        raise UsageError(f"媒体「{label}」に、答えていない知らせはありません。")
    for one in events:
        answered(one, now(), text)
    audited(f"媒体の知らせに答える：{label}", place)
    typer.echo(f"{len(events)}件に記録しました。")


# ---- restore drills --------------------------------------------------------------------------------------
Number = Annotated[
    int | None, typer.Option("--drill", metavar="NUMBER", help="訓練の番号（省くと進んでいるもの）")
]


@drill_app.command("start")
def start(
    name: TargetName,
    site: SiteName,
    place: Annotated[Path, typer.Option(metavar="FOLDER", help="戻す先の空の場所")],
    incident: Annotated[
        str | None, typer.Option(metavar="TIME", help="想定する障害の日時（2026-11-22T08:30。省くと今）")
    ] = None,
    led_by: Annotated[str, typer.Option(help="主導した人")] = "",
    data: Data = None,
) -> None:
    """復元訓練を始める（宣言する）。時計はここから進む。"""
    where = at_site(site, data)
    from mitasu.server.continuity.drilling import PHASES, started

    drill = started(target_named(where, name), place, now(), incident=moment(incident), led_by=led_by)
    audited(f"復元訓練{drill.pk}を始める：{name}", where)
    typer.echo(f"訓練{drill.pk}を始めました。段ごとに mitasu drill step で終えてください。")
    for key, label in PHASES.items():
        typer.echo(f"  {key}\t{label}")


@drill_app.command("step")
def step(
    phase: Annotated[
        str, typer.Argument(metavar="PHASE", help="終えた段：decide、media、engine、restore、verify、release")
    ],
    site: SiteName,
    number: Number = None,
    note: Annotated[str, typer.Option(help="覚え書き")] = "",
    key: Annotated[
        Path | None, typer.Option("--key", metavar="FILE", help="鍵を預けたファイル（restore の段）")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option("--passphrase-file", help="合言葉を書いたファイル（省くと尋ねる）")
    ] = None,
    location: Annotated[str, typer.Option(help="保管先の場所（外した媒体をつないだ所など）")] = "",
    data: Data = None,
) -> None:
    """段を終える。engine・restore・verify の段では、その仕事も行う。"""
    place = at_site(site, data)
    from mitasu.server.continuity.drilling import PHASES, ended, open_drill
    from mitasu.server.continuity.sealing import opened

    if phase not in PHASES:
        near = nearest(phase, PHASES)
        raise UsageError(f"段「{phase}」はありません。{f'近いもの: {near}。' if near else ''}")
    drill = open_drill(place, number)
    if key and not key.is_file():
        raise UsageError(f"鍵を預けたファイル {key} がありません。")
    held = opened(key, passphrase(passphrase_file)) if key else None
    done = ended(drill, phase, now(), note=note, key=held, location=location)
    audited(f"復元訓練{drill.pk}：{phase} を終える", place)
    typer.echo(f"○ {PHASES[phase]}：{safe(done.note)}")


@drill_app.command("finish")
def finish(
    site: SiteName,
    number: Number = None,
    given_up: Annotated[str, typer.Option("--given-up", help="復旧できずに終えるとき、その理由")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="戻したものを消さない")] = False,
    data: Data = None,
) -> None:
    """訓練を終え、かかった時間と失われる時間を記録する。"""
    place = at_site(site, data)
    from mitasu.server.continuity.drilling import finished, open_drill
    from mitasu.server.continuity.limits import LIMITS

    drill = finished(open_drill(place, number), now(), given_up=given_up, keep=keep)
    audited(f"復元訓練{drill.pk}を終える：{drill.told}", place)
    typer.echo(f"{'○' if drill.well else '✕'} {drill.told}")
    _phases(drill)
    for limit in LIMITS["drill"]:
        typer.echo(f"限界：{limit}")


@drill_app.command("list")
def listing(site: SiteName, data: Data = None) -> None:
    """訓練を、段ごとの時間とともに一覧にする。"""
    place = at_site(site, data)
    for drill in place.restore_drills.select_related("target"):
        word = {True: "復旧できた", False: "復旧できなかった", None: "進行中"}[drill.well]
        typer.echo(f"{drill.pk}\t{drill.target.label}\t{shown(drill.declared_at)}\t{word}\t{drill.told}")
        _phases(drill)


def _phases(drill: Any) -> None:
    from mitasu.server.continuity.drilling import PHASES
    from mitasu.server.continuity.handing import minutes

    for one in drill.steps.all():
        span = minutes(one.ended_at - one.began_at) if one.ended_at else "進行中"
        typer.echo(f"   {PHASES[one.phase]}：{span}")
    if drill.newest_at:
        typer.echo(f"   戻ったデータの最後：{shown(drill.newest_at)}（{drill.newest_from}）")
