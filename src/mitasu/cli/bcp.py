"""`mitasu bcp`: the plan in versions, and where the preparations of a site stand; its other parts register here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.app import app
from mitasu.cli.commands import Commands
from mitasu.cli.context import day
from mitasu.cli.of_site import By, Data, Site, day_or_none, noted, opened, read_bytes, write_bytes
from mitasu.errors import UsageError

bcp_app = Commands(
    help="非常時の備え：業務継続計画（BCP）、訓練、研修、連絡網、契約。",
    no_args_is_help=True,
)
plan_app = Commands(help="BCPを版で管理する。", no_args_is_help=True)
app.add_typer(bcp_app, name="bcp")
bcp_app.add_typer(plan_app, name="plan")

Version = Annotated[
    int | None, typer.Option("--version", metavar="N", help="版。省くと、書いている版か最後に承認した版")
]


@bcp_app.command("status")
def status(
    site: Site,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="この日で見る。省くと今日")] = None,
    data: Data = None,
) -> None:
    """備えの全体を示す：そろっているもの、期限の近いもの、過ぎたもの。期限切れがあれば終了コード1。"""
    place, _ = opened(site, data, "bcp status")
    from mitasu.server.continuity.plans.overview import readiness

    noted(place, "view", "bcp status")
    rows = readiness(place, day(on))
    for row in rows:
        typer.echo(f"{row.symbol} {row.title}：{row.text}{f'　→ {row.todo}' if row.todo else ''}")
    if any(row.symbol == "✕" for row in rows):
        raise typer.Exit(1)


def version_of(place: Any, number: int | None) -> Any:
    """A version of the plan; UsageError where there is none."""
    from mitasu.server.continuity.plans import plan

    found = (
        plan.draft_of(place) or plan.approved_of(place) if number is None else plan.version_of(place, number)
    )
    if found is None:
        told = f"第{number}版" if number else "版"
        raise UsageError(f"{place.name}のBCPに{told}はありません。mitasu bcp plan new で書き始められます。")
    return found


@plan_app.command("show")
def plan_show(site: Site, version: Version = None, data: Data = None) -> None:
    """版の一覧と、一つの版の中身を示す。"""
    place, _ = opened(site, data, "bcp plan show")
    from mitasu.server.continuity.models.plans import PlanVersion
    from mitasu.server.continuity.plans import plan

    found = version_of(place, version)
    noted(place, "view", f"bcp plan show {found.number}")
    for row in PlanVersion.objects.filter(site=place):
        state = f"{row.approved_on}承認（{row.approved_name}）" if row.approved_on else "書いているところ"
        typer.echo(f"第{row.number}版\t{state}\t{f'証拠{row.entry}' if row.entry else ''}")
    typer.echo(f"\n{plan.title_of(found)}")
    if plan.unchanged(found) is False:
        typer.echo("✕ 内容のハッシュが台帳の記録と一致しません。")
    for phase, topics in plan.written(found):
        typer.echo(f"\n{phase.title}")
        for one in topics:
            typer.echo(f"{'○' if one.done else '？'} {one.topic.id}　{one.topic.title}（{one.owner}）")
            for line in (one.text or one.topic.prompt).split("\n"):
                typer.echo(f"    {line}")


@plan_app.command("new")
def plan_new(site: Site, by: By = None, data: Data = None) -> None:
    """新しい版を書き始める。前の版があれば、その内容から始まる。"""
    place, user = opened(site, data, "bcp plan new", by)
    from mitasu.server.continuity.plans import plan

    draft = plan.begin(place, by=user)
    noted(place, "change", f"bcp plan new {draft.number}", user)
    typer.echo(f"第{draft.number}版を書いています（残り{len(plan.open_topics(draft))}項目）。")


@plan_app.command("write")
def plan_write(
    topic: Annotated[str, typer.Argument(metavar="TOPIC", help="項目のid（mitasu bcp plan show に出る）")],
    site: Site,
    text: Annotated[
        Path | None, typer.Option("--text", metavar="FILE", help="内容のファイル（UTF-8）")
    ] = None,
    owner: Annotated[str | None, typer.Option("--owner", help="担当（役割）")] = None,
    done: Annotated[bool | None, typer.Option("--done/--open", help="済みか、まだか")] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """書いている版の一つの項目を書く。省いたものは変わらない。"""
    place, user = opened(site, data, "bcp plan write", by)
    from mitasu.rules.strict_yaml import decode
    from mitasu.server.continuity.plans import plan

    draft = plan.draft_of(place)
    if draft is None:
        raise UsageError("書いている版がありません。先に mitasu bcp plan new を実行してください。")
    about = plan.topic_named(topic)
    was = plan.written_topic(draft, about)
    content = was.text if text is None else decode(read_bytes(text), str(text))
    plan.write(
        draft,
        about,
        content,
        was.owner if owner is None else owner,
        was.done if done is None else done,
        by=user,
    )
    noted(place, "change", f"bcp plan write {topic}", user)
    typer.echo(f"「{about.title}」を書きました（残り{len(plan.open_topics(draft))}項目）。")


@plan_app.command("compare")
def plan_compare(
    site: Site,
    version: Version = None,
    with_: Annotated[int | None, typer.Option("--with", metavar="N", help="比べる版。省くと前の版")] = None,
    data: Data = None,
) -> None:
    """二つの版で変わったところを示す。"""
    place, _ = opened(site, data, "bcp plan compare")
    from mitasu.server.continuity.plans import plan

    after = version_of(place, version)
    before = version_of(place, with_) if with_ else plan.version_of(place, after.number - 1)
    noted(place, "view", f"bcp plan compare {after.number}")
    for topic, lines in plan.compared(before, after):
        typer.echo(f"{topic.title}")
        for line in lines:
            typer.echo(f"{ {'in': '+', 'out': '-', 'kept': ' '}[line.kind] } {line.text}")


@plan_app.command("approve")
def plan_approve(
    site: Site,
    by: Annotated[str, typer.Option("--by", metavar="USER", help="承認する利用者（承認の役割が要る）")],
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="承認する日。省くと今日")] = None,
    review_by: Annotated[
        str | None, typer.Option("--review-by", metavar="DATE", help="次に見直す日。省くと12か月後")
    ] = None,
    data: Data = None,
) -> None:
    """書いている版を承認する。PDFが証拠台帳に入り、もう変えられない。"""
    place, user = opened(site, data, "bcp plan approve", by, approving=True)
    from mitasu.server.continuity.plans import plan

    draft = plan.draft_of(place)
    if draft is None:
        raise UsageError("承認する版がありません。")
    plan.approve(draft, _past(on), day_or_none(review_by, "--review-by"), by=user, via="cli")
    noted(place, "change", f"bcp plan approve {draft.number}", user)
    typer.echo(f"第{draft.number}版を承認しました（証拠{draft.entry}）。")


def _past(text: str | None) -> Any:
    found = day(text)
    if found > day(None):
        raise UsageError("承認する日は、今日までの日にしてください。")
    return found


@plan_app.command("export")
def plan_export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="書き出すPDF")],
    site: Site,
    version: Version = None,
    data: Data = None,
) -> None:
    """一つの版をPDFに書き出す。"""
    place, _ = opened(site, data, "bcp plan export")
    from mitasu.server.continuity.plans import plan
    from mitasu.server.ledger import documents
    from mitasu.server.ledger.models import Document

    found = version_of(place, version)
    kept = Document.objects.filter(digest=found.document).first() if found.document else None
    write_bytes(file, documents.read(kept) if kept is not None else plan.plan_pdf(found))
    noted(place, "export", f"bcp plan export {found.number}")
    typer.echo(f"{file} に{plan.title_of(found)}を書きました。")
