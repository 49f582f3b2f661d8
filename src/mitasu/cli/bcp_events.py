"""`mitasu bcp drill` and `mitasu bcp training`: what took place, recorded, reviewed, listed, taken back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.bcp import bcp_app
from mitasu.cli.commands import Commands
from mitasu.cli.context import day
from mitasu.cli.of_site import By, Data, Site, choice, day_or_none, noted, opened, read_bytes, write_bytes
from mitasu.errors import UsageError

drill_app = Commands(help="BCPに基づく訓練を記録する。", no_args_is_help=True)
training_app = Commands(help="情報セキュリティ研修と受講者を記録する。", no_args_is_help=True)
bcp_app.add_typer(drill_app, name="drill")
bcp_app.add_typer(training_app, name="training")

LEFT = {True: "改善した", False: "改善していない", None: "改善まだ"}
Number = Annotated[int, typer.Argument(metavar="N", help="番号（list に出る）")]
Held = Annotated[str, typer.Option("--on", metavar="DATE", help="行った日")]
Why = Annotated[str, typer.Option("--reason", help="理由（台帳に残る）")]


def _drill(place: Any, number: int) -> Any:
    from mitasu.server.continuity.models.plans import Drill

    found = Drill.objects.filter(site=place, pk=number).first()
    if found is None:
        raise UsageError(f"訓練{number}はありません。mitasu bcp drill list で番号を確かめてください。")
    return found


@drill_app.command("list")
def drill_list(site: Site, data: Data = None) -> None:
    """台帳にある訓練と、次の期限を示す。"""
    place, _ = opened(site, data, "bcp drill list")
    from mitasu.server.continuity.plans import drills

    noted(place, "view", "bcp drill list")
    rows = drills.listed(place)
    if not rows:
        typer.echo("訓練の記録がありません。")
        return
    typer.echo(f"次の訓練の期限: {rows[0].counts_until or '定めなし'}")
    for row in rows:
        told = f"訓練{row.drill.pk} {row.drill.scenario}" if row.drill else "この画面の外で記録"
        body = row.event.body
        reviewed = "評価した" if body.get("reviewed") else "評価まだ"
        left = LEFT[body.get("improved")] if body.get("findings") else "改善点なし"
        typer.echo(f"{row.on}\t{row.leader}\t{reviewed}\t{left}\t{told}")
        for one in row.drill.improvements.all() if row.drill else ():
            state = f"{one.done_on}済み（{one.how}）" if one.done_on else f"{one.due}まで"
            typer.echo(f"    改善{one.pk}\t{one.what}\t{one.owner}\t{state}")


@drill_app.command("add")
def drill_add(
    site: Site,
    on: Held,
    scenario: Annotated[str, typer.Option("--scenario", help="想定")],
    led_by: Annotated[
        str, typer.Option("--led-by", help="主導した人（security_manager、other_staff、vendor）")
    ],
    participant: Annotated[
        list[str] | None, typer.Option("--participant", help="役割と人数（看護部 12人）。何度でも書ける")
    ] = None,
    result: Annotated[str, typer.Option("--result", help="行ったことと結果")] = "",
    reviewed: Annotated[
        str | None, typer.Option("--reviewed", metavar="DATE", help="結果を評価した日。省くと「まだ」")
    ] = None,
    findings: Annotated[str, typer.Option("--findings", help="改善すべき点。省くと「なし」")] = "",
    improvement: Annotated[
        list[str] | None,
        typer.Option("--improvement", help="改善すること;担当;期限。何度でも書ける"),
    ] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """行った訓練を記録する。報告書が証拠台帳に入り、判定に使われる。"""
    place, user = opened(site, data, "bcp drill add", by)
    from mitasu.server.continuity.plans import drills

    choice(led_by, drills.leaders(), "--led-by")
    looked = day_or_none(reviewed, "--reviewed")
    made = drills.add(
        place,
        on=day(on),
        scenario=scenario,
        led_by=led_by,
        participants=drills.participants("\n".join(participant or ())),
        result=result,
        found=bool(findings.strip()),
        findings=findings,
        reviewed=looked is not None,
        reviewed_on=looked,
        improvements=[_improvement(one) for one in improvement or ()],
        today=day(None),
        by=user,
        via="cli",
    )
    noted(place, "change", f"bcp drill add {made.pk}", user)
    typer.echo(f"訓練{made.pk}を記録しました（証拠{made.entry}）。")


def _improvement(text: str) -> dict[str, Any]:
    parts = [part.strip() for part in text.replace("；", ";").split(";")]
    if len(parts) != 3 or not all(parts):
        raise UsageError(f"--improvement「{text}」は「改善すること;担当;期限」の形で書いてください。")
    return {"what": parts[0], "owner": parts[1], "due": day_or_none(parts[2], "--improvement")}


@drill_app.command("review")
def drill_review(
    number: Number,
    site: Site,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="評価した日。省くと今日")] = None,
    result: Annotated[str, typer.Option("--result", help="結果と評価")] = "",
    by: By = None,
    data: Data = None,
) -> None:
    """訓練の結果を評価したことを記録する。"""
    place, user = opened(site, data, "bcp drill review", by)
    from mitasu.server.continuity.plans import drills

    drills.review(_drill(place, number), day(on), result, today=day(None), by=user, via="cli")
    noted(place, "change", f"bcp drill review {number}", user)
    typer.echo(f"訓練{number}の評価を記録しました。")


@drill_app.command("improve")
def drill_improve(
    number: Number,
    site: Site,
    what: Annotated[str, typer.Option("--what", help="改善すること")],
    owner: Annotated[str, typer.Option("--owner", help="担当")],
    due: Annotated[str, typer.Option("--due", metavar="DATE", help="期限")],
    by: By = None,
    data: Data = None,
) -> None:
    """訓練で分かった、改善することを足す。"""
    place, user = opened(site, data, "bcp drill improve", by)
    from mitasu.server.continuity.plans import drills

    made = drills.improve(_drill(place, number), what, owner, day(due), by=user, via="cli")
    noted(place, "change", f"bcp drill improve {number}", user)
    typer.echo(f"改善{made.pk}を足しました。")


@drill_app.command("done")
def drill_done(
    number: Annotated[int, typer.Argument(metavar="N", help="改善の番号（list に出る）")],
    site: Site,
    how: Annotated[str, typer.Option("--how", help="どう直したか")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="済んだ日。省くと今日")] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """改善が済んだことを記録する。"""
    place, user = opened(site, data, "bcp drill done", by)
    from mitasu.server.continuity.models.plans import Improvement
    from mitasu.server.continuity.plans import drills

    found = Improvement.objects.filter(drill__site=place, pk=number).first()
    if found is None:
        raise UsageError(f"改善{number}はありません。mitasu bcp drill list で番号を確かめてください。")
    drills.finish(found, day(on), how, today=day(None), by=user, via="cli")
    noted(place, "change", f"bcp drill done {number}", user)
    typer.echo(f"改善{number}を済みにしました。")


@drill_app.command("missed")
def drill_missed(
    number: Annotated[int, typer.Argument(metavar="N", help="改善の番号（list に出る）")],
    site: Site,
    by: By = None,
    data: Data = None,
) -> None:
    """改善が期限までにできなかったことを記録する。済むまで、判定は「改善していない」とする。"""
    place, user = opened(site, data, "bcp drill missed", by)
    from mitasu.server.continuity.models.plans import Improvement
    from mitasu.server.continuity.plans import drills

    found = Improvement.objects.filter(drill__site=place, pk=number).first()
    if found is None:
        raise UsageError(f"改善{number}はありません。mitasu bcp drill list で番号を確かめてください。")
    drills.miss(found, today=day(None), by=user, via="cli")
    noted(place, "change", f"bcp drill missed {number}", user)
    typer.echo(f"改善{number}を、期限までにできなかったと記録しました。")


@drill_app.command("withdraw")
def drill_withdraw(number: Number, site: Site, reason: Why, by: By = None, data: Data = None) -> None:
    """まちがって記録した訓練を取り消す。"""
    place, user = opened(site, data, "bcp drill withdraw", by)
    from mitasu.server.continuity.plans import drills

    drills.take_back(_drill(place, number), reason, by=user, via="cli")
    noted(place, "change", f"bcp drill withdraw {number}", user)
    typer.echo(f"訓練{number}を取り消しました。")


# ---- trainings -------------------------------------------------------------------------------------------


def _training(place: Any, number: int) -> Any:
    from mitasu.server.continuity.models.plans import Training

    found = Training.objects.filter(site=place, pk=number).first()
    if found is None:
        raise UsageError(f"研修{number}はありません。mitasu bcp training list で番号を確かめてください。")
    return found


@training_app.command("list")
def training_list(site: Site, data: Data = None) -> None:
    """台帳にある研修と、次の期限を示す。"""
    place, _ = opened(site, data, "bcp training list")
    from mitasu.server.continuity.plans import trainings

    noted(place, "view", "bcp training list")
    rows = trainings.listed(place)
    if not rows:
        typer.echo("研修の記録がありません。")
        return
    typer.echo(f"次の研修の期限: {rows[0].counts_until or '定めなし'}")
    for row in rows:
        told = "この画面の外で記録"
        if row.training:
            told = f"研修{row.training.pk} {row.training.title}\t{trainings.count_text(row.training)}"
        led = "責任者が関与" if row.event.body.get("led_by_manager") else "責任者の関与なし"
        typer.echo(f"{row.on}\t{row.medium}\t{led}\t{told}")


@training_app.command("add")
def training_add(
    site: Site,
    on: Held,
    title: Annotated[str, typer.Option("--title", help="研修の名前")],
    led: Annotated[
        bool, typer.Option("--led-by-manager/--not-led-by-manager", help="安全管理責任者が実施・関与したか")
    ],
    medium: Annotated[str, typer.Option("--medium", help="方法（in_person、mist、other_e_learning）")] = "",
    content: Annotated[str, typer.Option("--content", help="内容")] = "",
    asked: Annotated[int | None, typer.Option("--asked", min=0, help="対象の人数")] = None,
    attended: Annotated[int | None, typer.Option("--attended", min=0, help="受講した人数")] = None,
    roster: Annotated[
        Path | None, typer.Option("--roster", metavar="CSV", help="受講者の名簿（人数の代わり）")
    ] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """行った研修を記録する。報告書（名前なし）が証拠台帳に入り、判定に使われる。"""
    place, user = opened(site, data, "bcp training add", by)
    from mitasu.server.continuity.plans import trainings
    from mitasu.server.continuity.plans.roster import read_roster

    if medium:
        choice(medium, trainings.media(), "--medium")
    people = read_roster(read_bytes(roster), roster.name, day(on), day(None)) if roster else []
    made = trainings.add(
        place,
        on=day(on),
        title=title,
        led_by_manager=led,
        medium=medium,
        content=content,
        asked=asked,
        attended=attended,
        roster=people,
        roster_name=roster.name if roster else "",
        today=day(None),
        by=user,
        via="cli",
    )
    noted(place, "change", f"bcp training add {made.pk}", user)
    typer.echo(f"研修{made.pk}を記録しました（証拠{made.entry}）。{trainings.count_text(made)}。")


@training_app.command("roster")
def training_roster(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="CSV", help="受講者の名簿")],
    site: Site,
    by: By = None,
    data: Data = None,
) -> None:
    """名簿を入れる・入れ替える（後から受講した人など）。"""
    place, user = opened(site, data, "bcp training roster", by)
    from mitasu.server.continuity.plans import trainings
    from mitasu.server.continuity.plans.roster import read_roster

    found = _training(place, number)
    people = read_roster(read_bytes(file), file.name, found.on, day(None))
    made = trainings.take_roster(found, people, file.name, by=user, via="cli")
    noted(place, "change", f"bcp training roster {number}", user)
    typer.echo(f"{trainings.count_text(made)}。")


@training_app.command("export")
def training_export(
    number: Number,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="書き出すPDF")],
    site: Site,
    data: Data = None,
) -> None:
    """名前の入った受講者の名簿をPDFに書き出す。"""
    place, _ = opened(site, data, "bcp training export")
    from mitasu.server.continuity.plans import trainings

    found = _training(place, number)
    if not found.attendees.exists():
        raise UsageError(f"研修{number}に名簿はありません。")
    write_bytes(file, trainings.roster_pdf(found))
    noted(place, "export", f"bcp training export {number}")
    typer.echo(f"{file} に名簿を書きました。")


@training_app.command("withdraw")
def training_withdraw(number: Number, site: Site, reason: Why, by: By = None, data: Data = None) -> None:
    """まちがって記録した研修を取り消す。"""
    place, user = opened(site, data, "bcp training withdraw", by)
    from mitasu.server.continuity.plans import trainings

    trainings.take_back(_training(place, number), reason, by=user, via="cli")
    noted(place, "change", f"bcp training withdraw {number}", user)
    typer.echo(f"研修{number}を取り消しました。")
