"""`mitasu records summaries|staff|facts|grant|doctor`: the summaries, the people, and what goes to the ledger."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day, month
from mitasu.cli.records import As, SiteName, enter, records_app, table, under_records
from mitasu.cli.server import Data, _user
from mitasu.errors import UsageError

summaries_app = under_records("summaries", "退院時要約：割合・期限切れ・締め・記録。")
staff_app = under_records("staff", "診療記録管理者の一覧。")

Stay_ = Annotated[int, typer.Argument(metavar="STAY", help="入院の番号（mitasu records search に出る）")]


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
    from mitasu.server.accounts.models import Records
    from mitasu.server.records.access import permission_of, stays_of
    from mitasu.server.records.summaries import waiting

    records = Records.KEEP if room.user is None else permission_of(room.user, room.site)
    stays = stays_of(room.user, room.site, records)
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
    from mitasu.server.records.closing import close as shut

    made = shut(room.site, month(month_, "MONTH"), day(on), by=room.user, via="cli", reason=reason)
    room.audit("change", f"退院時要約を締める：{made.month} 第{made.version}版")
    typer.echo(
        f"{made.month}：{made.in_time}/{made.due}件、第{made.version}版（{'確定' if made.final else '速報'}）、証拠{made.evidence}"
    )


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
    room = enter(site, as_, data)
    from django.utils import timezone

    from mitasu.server.records.importing.rows import read_moment, read_profession
    from mitasu.server.records.models import Stay, Step
    from mitasu.server.records.summaries import note
    from mitasu.text import nearest

    if what not in Step.values:
        near = nearest(what, Step.values)
        raise UsageError(
            f"「{what}」は使えません。{f'近いもの: {near}。' if near else ''}{'、'.join(Step.values)} のどれかです。"
        )
    found = Stay.objects.filter(site=room.site, pk=stay).select_related("site").first()
    if found is None:
        raise UsageError(f"入院{stay}はこの施設にありません。")
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
    from mitasu.server.records import reminders

    made = reminders.remind(room.site, day(on))
    sent = reminders.send(room.site)
    room.audit("change", f"退院時要約の督促：{len(made)}件、送信{sent}")
    for one in made:
        typer.echo(f"{one.doctor or '担当医の記録なし'}\t{one.title}")
    typer.echo(f"督促{len(made)}件を作り、{sent}通送りました。")


# ---- staff and facts ----------------------------------------------------------------------------------------------


@staff_app.command("list")
def staff_list(site: SiteName, on: On = None, as_: As = None, data: Data = None) -> None:
    """診療記録管理者と、この12か月の退院から要る人数。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import StaffMember
    from mitasu.server.records.staffing import discharges, enough, why_not

    today = day(on)
    members = list(StaffMember.objects.filter(site=room.site))
    rows = [
        (
            one.pk,
            one.name,
            one.get_employment_display(),
            one.get_assignment_display(),
            one.first,
            one.last,
            why_not(one, today) or "数える",
        )
        for one in members
    ]
    room.audit("view", "診療記録管理者の一覧")
    table(("番号", "氏名", "雇用", "専従・専任", "始まり", "終わり", "数え方"), rows)
    fine, told = enough(members, discharges(room.site, today), today)
    typer.echo(f"{'足りています' if fine else '足りません'}：{told}")


@staff_app.command("add")
def staff_add(
    person: Annotated[str, typer.Argument(metavar="NAME", help="氏名")],
    site: SiteName,
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="始まり")],
    employment: Annotated[
        str, typer.Option("--employment", help="full_time 常勤 / part_time / dispatched / contracted")
    ] = "full_time",
    assignment: Annotated[
        str, typer.Option("--assignment", help="exclusive 専従 / dedicated 専任 / concurrent 兼任")
    ] = "dedicated",
    duties: Annotated[str, typer.Option("--duties", help="業務")] = "",
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="終わり")] = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """診療記録管理者を加える。判定に使うには publish する。"""
    room = enter(site, as_, data)
    from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
    from mitasu.server.records.models import StaffMember
    from mitasu.server.records.writing import saved

    for value, known, option in (
        (employment, EMPLOYMENT, "--employment"),
        (assignment, ASSIGNMENT, "--assignment"),
    ):
        if value not in known:
            raise UsageError(f"{option}「{value}」は使えません。{'、'.join(known)} のどれかです。")
    begin, end = day(first), day(last) if last else None
    if end and end < begin:
        raise UsageError("終わりが始まりより前です。")
    made = saved(
        StaffMember(
            site=room.site,
            name=person,
            employment=employment,
            assignment=assignment,
            duties=duties,
            first=begin,
            last=end,
        )
    )
    room.audit("change", f"診療記録管理者を加える：{made.pk}")
    typer.echo(f"加えました（番号{made.pk}）。")


@staff_app.command("publish")
def staff_publish(site: SiteName, as_: As = None, data: Data = None) -> None:
    """診療記録管理者を、氏名を除いて台帳に載せる。"""
    room = enter(site, as_, data)
    from mitasu.server.records.staffing import publish

    made = publish(room.site, by=room.user, via="cli")
    room.audit("change", f"診療記録管理者を台帳に載せる：{len(made)}件")
    typer.echo(f"台帳に{len(made)}件を記録しました。" if made else "台帳は、もう同じ内容です。")


@records_app.command("facts")
def facts(
    site: SiteName,
    state: Annotated[
        list[str] | None,
        typer.Option("--state", metavar="ID", help="この事実を台帳に記録する（何度でも書ける）"),
    ] = None,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """一覧表から分かる事実を示し、選んだものを証拠とともに台帳に記録する。"""
    room = enter(site, as_, data)
    from mitasu.server.records import stating

    today = day(on)
    if state:
        made = stating.state(room.site, state, today, by=room.user, via="cli")
        room.audit("change", f"一覧表から事実{len(made) - 1}件を記録")
        typer.echo(f"事実{len(made) - 1}件を、証拠{made[0].number}とともに台帳に記録しました。")
        return
    room.audit("view", "一覧表から分かる事実")
    rows = [
        (one.id, one.label, one.value, f"{one.basis}{one.warning}")
        for one in stating.offers(room.site, today)
    ]
    table(("id", "事実", "値", "数えたもの"), rows, "この12か月の退院がありません。")


# ---- access -----------------------------------------------------------------------------------------------------


@records_app.command("grant")
def grant(
    name: Annotated[str, typer.Argument(metavar="USER", help="利用者名")],
    level: Annotated[
        str, typer.Argument(metavar="LEVEL", help="none なし / own 自分の担当 / read 閲覧 / keep 管理")
    ],
    site: SiteName,
    data: Data = None,
) -> None:
    """診療録を見る許可を付ける・外す。"""
    room = enter(site, None, data)
    from mitasu.server.accounts.models import Membership, Records

    levels = {"none": Records.NONE, "own": Records.OWN, "read": Records.READ, "keep": Records.KEEP}
    if level not in levels:
        raise UsageError(f"許可「{level}」はありません。{'、'.join(levels)} のどれかです。")
    user = _user(name)
    if not Membership.objects.filter(site=room.site, user=user).update(records=levels[level]):
        raise UsageError(
            f"利用者「{name}」はこの施設の利用者ではありません。先に mitasu user role で役割を付けてください。"
        )
    room.audit("change", f"診療録の許可：{name}（{levels[level].label}）")
    typer.echo(f"「{name}」の診療録の許可を「{levels[level].label}」にしました。")


@records_app.command("doctor")
def doctor(
    name: Annotated[str, typer.Argument(metavar="DOCTOR", help="一覧表での担当医の名前")],
    user: Annotated[str, typer.Argument(metavar="USER", help="利用者名")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """担当医の名前と利用者を結ぶ。"""
    room = enter(site, as_, data)
    from mitasu.server.accounts.models import Membership
    from mitasu.server.records.doctors import link_doctor

    found = _user(user)
    if not Membership.objects.filter(site=room.site, user=found).exclude(records="").exists():
        raise UsageError(
            f"利用者「{user}」には診療録の許可がありません。先に mitasu records grant で付けてください。"
        )
    count = link_doctor(room.site, name, found)
    room.audit("change", f"担当医と利用者を結ぶ：{user}")
    typer.echo(f"結びました（入院{count}件）。")
