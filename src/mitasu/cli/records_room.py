"""`mitasu records summaries`: what is overdue, the months in exact counts, closing, what happened to a summary."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day, month
from mitasu.cli.records import As, Room, SiteName, enter, table, under_records
from mitasu.cli.server import Data
from mitasu.errors import UsageError

summaries_app = under_records("summaries", "退院時要約：割合・期限切れ・締め・記録。")

Stay_ = Annotated[int, typer.Argument(metavar="STAY", help="入院の番号（mitasu records search に出る）")]


def stay_of(room: Room, number: int) -> Any:
    """The stay of that number where the one who acts may see it; UsageError otherwise, recorded."""
    from mitasu.server.records.access import stays_of

    found = (
        stays_of(room.user, room.site, room.records)
        .select_related("site", "patient")
        .filter(pk=number)
        .first()
    )
    if found is None:
        room.audit("view", f"入院{number}", outcome="refused")
        raise UsageError(
            f"入院{number}は見つかりません。番号は mitasu records search か summaries overdue に出ます。"
        )
    return found


# ---- summaries ---------------------------------------------------------------------------------------------------


@summaries_app.command("rate")
def rate(
    site: SiteName,
    month_: Annotated[
        str | None, typer.Option("--month", metavar="MONTH", help="退院した月。省くと1年分")
    ] = None,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """月ごとの14日以内の割合と、今月の見込み。"""
    room = enter(site, as_, data, "read")
    from mitasu.dates import japanese_month, month_of
    from mitasu.server.records.closing import months_to_close, versions_of
    from mitasu.server.records.summaries import month_of_site, projected

    today = day(on)
    rows = []
    for one in [month(month_, "--month")] if month_ else months_to_close(room.site, today):
        found, versions = month_of_site(room.site, one, today), versions_of(room.site, one)
        verdict = {
            True: "9割以上",
            False: "9割に届かない",
            None: "該当なし" if found.counts.due == 0 else "まだ決まらない",
        }
        told = f"第{versions[0].version}版" if versions else "－"
        rows.append(
            (japanese_month(one), found.text, verdict[found.enough], "確定" if found.final else "速報", told)
        )
    room.audit("view", "退院時要約の割合")
    table(("退院した月", "期限内", "9割", "", "締め"), rows)
    typer.echo(f"今月：{projected(room.site, month_of(today), today).text}")


@summaries_app.command("overdue")
def overdue(
    site: SiteName,
    doctor: Annotated[str | None, typer.Option("--doctor", help="この担当医だけ")] = None,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """まだ数えられていない退院時要約を、担当医ごとに。--as の医師は自分の分だけ。"""
    room = enter(site, as_, data, "own")
    from mitasu.server.records.access import stays_of
    from mitasu.server.records.summaries import waiting

    stays = stays_of(room.user, room.site, room.records)
    found = waiting(stays if doctor is None else stays.filter(doctor=doctor), day(on))
    room.audit("view", f"退院時要約の期限：{len(found)}件")
    rows = [
        (one.stay.doctor, one.stay.pk, one.stay.patient, one.stay.discharged, one.last, one.state)
        for one in found
    ]
    table(("担当医", "入院", "患者", "退院日", "期限", "いま"), rows, "待っている要約はありません。")


@summaries_app.command("close")
def close(
    month_: Annotated[str, typer.Argument(metavar="MONTH", help="退院した月")],
    site: SiteName,
    reason: Annotated[str, typer.Option("--reason", help="確定した月を締め直す理由")] = "",
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """月を締め、数を台帳に証拠とともに残す。確定した月は、理由を書いて新しい版にする。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records.closing import close as shut

    made = shut(room.site, month(month_, "MONTH"), day(on), by=room.user, via="cli", reason=reason)
    room.audit("change", f"退院時要約を締める：{made.month} 第{made.version}版")
    typer.echo(
        f"{made.month}：{made.in_time}/{made.due}件、第{made.version}版（{'確定' if made.final else '速報'}）、証拠{made.evidence}"
    )


@summaries_app.command("month")
def month_rows(
    month_: Annotated[str, typer.Argument(metavar="MONTH", help="退院した月")],
    site: SiteName,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """一つの月：件数、締めた版、退院ごとの提出日。"""
    room = enter(site, as_, data, "read")
    from mitasu.dates import japanese_month
    from mitasu.server.records.closing import drifted, versions_of
    from mitasu.server.records.summaries import month_of_site, standing_told

    wanted, today = month(month_, "MONTH"), day(on)
    found, versions = month_of_site(room.site, wanted, today), versions_of(room.site, wanted)
    room.audit("view", f"退院時要約の月：{wanted}")
    typer.echo(f"{japanese_month(wanted)}退院分：{found.text}、{'確定' if found.final else '速報'}")
    counts = found.counts
    typer.echo(
        f"退院{counts.due}件、期限内{counts.in_time}件、期限切れ{counts.overdue}件、期限前{found.open}件、30日以内"
        + ("はまだ分かりません" if found.within_30 is None else f"{found.within_30}件")
    )
    for one in versions:
        told = f"（理由：{one.reason}）" if one.reason else ""
        typer.echo(
            f"第{one.version}版（{'確定' if one.final else '速報'}）：{one.in_time}/{one.due}件、証拠{one.evidence}{told}"
        )
    if versions and drifted(room.site, versions[0], today):
        typer.echo("一覧表の数が、前に締めたときから変わっています。締め直すと台帳が新しくなります。")
    rows = [
        (stay, left, submitted or "－", standing_told(told, submitted))
        for stay, left, submitted, told in found.rows
    ]
    table(("入院", "退院日", "数える提出日", ""), rows, "この月の退院はありません。")


@summaries_app.command("back")
def take_back(
    record: Annotated[int, typer.Argument(metavar="RECORD", help="記録の番号（mitasu records show に出る）")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """まちがえた要約の記録を取り消す。取り消したことは残る。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records.models import SummaryEvent
    from mitasu.server.records.summaries import recount

    found = SummaryEvent.objects.filter(site=room.site, pk=record, taken_back=False).first()
    if found is None:
        raise UsageError(
            f"記録{record}は、ないか、もう取り消されています。mitasu records show で見られます。"
        )
    SummaryEvent.objects.filter(pk=found.pk).update(taken_back=True)
    recount(room.site, [found.stay_id])
    room.audit("change", f"退院時要約：入院{found.stay_id}の記録{record}を取り消す")
    typer.echo(f"入院{found.stay_id}の記録{record}を取り消しました。")


@summaries_app.command("reminders")
def reminders_made(site: SiteName, as_: As = None, data: Data = None) -> None:
    """作った督促と、送ったかどうか。"""
    room = enter(site, as_, data, "read")
    from mitasu.server.records.models import Reminder

    rows = [
        (one.on, one.doctor, one.title, "送った" if one.sent_at else "未送信")
        for one in Reminder.objects.filter(site=room.site)[:100]
    ]
    room.audit("view", "退院時要約の督促")
    table(("日", "医師", "内容", ""), rows)


@summaries_app.command("step")
def step(
    stay: Stay_,
    what: Annotated[
        str,
        typer.Argument(
            metavar="STEP", help="written 作成 / submitted 提出 / returned 差戻し / accepted 受領"
        ),
    ],
    at: Annotated[str, typer.Argument(metavar="AT", help="日時（2026-11-05 または '2026-11-05 17:30'）")],
    site: SiteName,
    author: Annotated[str, typer.Option("--author", help="作成者")] = "",
    profession: Annotated[
        str, typer.Option("--profession", help="作成者の職種（医師、歯科医師、看護師、その他）")
    ] = "",
    as_: As = None,
    data: Data = None,
) -> None:
    """退院時要約に起きたことを記録する。"""
    room = enter(site, as_, data, "own")
    room.may_change()
    from django.utils import timezone

    from mitasu.server.accounts.models import Records
    from mitasu.server.records.access import OWN_STEPS
    from mitasu.server.records.importing.rows import read_moment, read_profession
    from mitasu.server.records.models import Step
    from mitasu.server.records.summaries import note
    from mitasu.text import nearest

    if what not in Step.values:
        near = nearest(what, Step.values)
        raise UsageError(
            f"「{what}」は使えません。{f'近いもの: {near}。' if near else ''}{'、'.join(Step.values)} のどれかです。"
        )
    found = stay_of(room, stay)
    if room.records == Records.READ:
        raise UsageError("記録する許可がありません。")
    if room.records == Records.OWN and what not in OWN_STEPS:
        raise UsageError("差戻しと受領は、中央病歴管理室が記録します。")
    try:
        moment, who = timezone.make_aware(read_moment(at)), read_profession(profession)
    except ValueError as error:
        raise UsageError(str(error)) from None
    if moment > timezone.now() and timezone.localtime(moment).date() > date.today():
        raise UsageError(f"「{at}」は今日より後です。")
    if what == Step.WRITTEN and not who:
        raise UsageError("作成したときは --profession で作成者の職種を書いてください。")
    note(found, what, moment, by=room.user, author=author, profession=who)
    room.audit("change", f"退院時要約：入院{stay} {Step(what).label}")
    found.refresh_from_db()
    typer.echo(f"記録しました。数える提出日：{found.submitted or 'まだありません'}")


@summaries_app.command("remind")
def remind(site: SiteName, on: On = None, as_: As = None, data: Data = None) -> None:
    """担当医への督促を作り、メールの用意があれば送る。患者の名前は書かない。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records import reminders

    made = reminders.remind(room.site, day(on))
    sent = reminders.send(room.site)
    room.audit("change", f"退院時要約の督促：{len(made)}件、送信{sent}")
    for one in made:
        typer.echo(f"{one.doctor or '担当医の記録なし'}\t{one.title}")
    typer.echo(f"督促{len(made)}件を作り、{sent}通送りました。")
