"""`mitasu records summaries|staff|facts|loan|disclosure|retention|grant|doctor`: what else the record room does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day, month
from mitasu.cli.records import As, SiteName, enter, records_app, table
from mitasu.cli.server import Data, _user
from mitasu.errors import UsageError


def _app(help_: str) -> typer.Typer:
    return typer.Typer(help=help_, no_args_is_help=True, rich_markup_mode=None)


summaries_app = _app("退院時要約：割合・期限切れ・締め・記録。")
staff_app = _app("診療記録管理者の一覧。")
keeping_app = _app("保存と廃棄：保留、保存期間を過ぎたもの、廃棄の記録。")
loan_app = _app("診療録の貸出と返却。")
disclosure_app = _app("診療情報の提供の請求。")
for name, sub in (
    ("summaries", summaries_app), ("staff", staff_app), ("retention", keeping_app), ("loan", loan_app),
    ("disclosure", disclosure_app),
):  # fmt: skip
    records_app.add_typer(sub, name=name)

Stay_ = Annotated[int, typer.Argument(metavar="STAY", help="入院の番号（mitasu records search に出る）")]
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="患者番号")]


def patient(site: Any, number: str) -> Any:
    """The patient of that number; UsageError where there is none."""
    from mitasu.server.records.models import Patient

    found = Patient.objects.filter(site=site, number=number).first()
    if found is None:
        raise UsageError(f"患者番号「{number}」は一覧表にありません。")
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


# ---- keeping ---------------------------------------------------------------------------------------------------


@keeping_app.command("list")
def disposable(
    site: SiteName,
    kind: Annotated[
        str, typer.Option("--kind", help="charts 診療録 / others 手術記録・看護記録など")
    ] = "charts",
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """保存期間を過ぎ、保留も貸出もされていない患者。"""
    room = enter(site, as_, data)
    from mitasu.server.records.keeping import disposable as find

    found = find(room.site, kind, day(on))
    room.audit("view", f"保存期間を過ぎたもの：{len(found)}人")
    table(
        ("患者番号", "完結の日", "保存はこの日まで"),
        [(one.patient.number, one.completed, one.until) for one in found],
    )


@keeping_app.command("dispose")
def dispose(
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="患者番号")],
    site: SiteName,
    method: Annotated[str, typer.Option("--method", help="廃棄の方法")],
    approved_by: Annotated[str, typer.Option("--approved-by", help="承認者")],
    kind: Annotated[str, typer.Option("--kind", help="charts / others")] = "charts",
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """廃棄したことを記録し、台帳に残す。"""
    room = enter(site, as_, data)
    from mitasu.server.records.keeping import dispose as away

    ids = [patient(room.site, number).pk for number in numbers]
    made = away(
        room.site, kind, ids, day(on), method=method, approved_by=approved_by, by=room.user, via="cli"
    )
    room.audit("change", f"廃棄の記録：{len(made)}人分")
    typer.echo(f"{len(made)}人分の廃棄を記録しました（証拠{made[0].evidence}）。")


@keeping_app.command("hold")
def hold(
    number: Number,
    site: SiteName,
    reason: Annotated[str | None, typer.Option("--reason", help="保留する理由")] = None,
    lift: Annotated[bool, typer.Option("--lift", help="保留を解除する")] = False,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """廃棄を保留する。--lift で解除する。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Hold
    from mitasu.server.records.writing import saved

    found = patient(room.site, number)
    if lift:
        count = Hold.objects.filter(site=room.site, patient=found, lifted=None).update(lifted=day(on))
        if not count:
            raise UsageError("この患者に、解除する保留はありません。")
    elif not reason:
        raise UsageError("--reason で保留する理由を書いてください。")
    else:
        saved(Hold(site=room.site, patient=found, reason=reason, from_day=day(on), by=room.user))
    room.audit("change", "廃棄の保留の解除" if lift else "廃棄の保留")
    typer.echo("保留を解除しました。" if lift else "保留しました。")


@loan_app.command("list")
def loans(site: SiteName, on: On = None, as_: As = None, data: Data = None) -> None:
    """貸し出しているもの。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Loan

    out = Loan.objects.filter(site=room.site, returned=None).select_related("patient").order_by("due")
    room.audit("view", "貸出の一覧")
    rows = [
        (
            one.pk,
            one.patient.number,
            one.what,
            one.borrower,
            one.lent,
            one.due,
            "期限切れ" if one.due < day(on) else "",
        )
        for one in out
    ]
    table(("番号", "患者番号", "もの", "借りる人", "貸出日", "期限", ""), rows)


@loan_app.command("lend")
def lend(
    number: Number,
    borrower: Annotated[str, typer.Argument(metavar="BORROWER", help="借りる人・部署")],
    site: SiteName,
    purpose: Annotated[str, typer.Option("--purpose", help="目的")],
    what: Annotated[str, typer.Option("--what", help="貸し出すもの")] = "入院診療録",
    days: Annotated[int, typer.Option("--days", help="返却までの日数", min=1, max=365)] = 14,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """貸し出す。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Loan
    from mitasu.server.records.writing import saved

    made = saved(Loan(
        site=room.site, patient=patient(room.site, number), what=what, borrower=borrower, purpose=purpose, lent=day(on),
        due=day(on) + timedelta(days=days), by=room.user,
    ))  # fmt: skip
    room.audit("change", f"貸出{made.pk}")
    typer.echo(f"貸出{made.pk}を記録しました。返却の期限は{made.due}です。")


@loan_app.command("back")
def back(
    loan: Annotated[int, typer.Argument(metavar="LOAN", help="貸出の番号")],
    site: SiteName,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """返却を記録する。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Loan

    if not Loan.objects.filter(site=room.site, pk=loan, returned=None, lent__lte=day(on)).update(
        returned=day(on)
    ):
        raise UsageError(f"貸出{loan}は、貸し出し中ではありません。")
    room.audit("change", f"返却：貸出{loan}")
    typer.echo("返却を記録しました。")


@disclosure_app.command("list")
def disclosures(site: SiteName, as_: As = None, data: Data = None) -> None:
    """診療情報の提供の請求と、いまの段階。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Disclosure

    found = Disclosure.objects.filter(site=room.site).select_related("patient").prefetch_related("steps")
    rows = [
        (
            one.pk,
            one.received,
            one.patient.number,
            one.applicant,
            one.due,
            list(one.steps.all())[-1].get_kind_display(),
        )
        for one in found
    ]
    room.audit("view", "診療情報の提供の請求")
    table(("番号", "受付日", "患者番号", "請求した人", "期限", "いま"), rows)


@disclosure_app.command("receive")
def receive(
    number: Number,
    applicant: Annotated[str, typer.Argument(metavar="APPLICANT", help="請求した人と続柄")],
    scope: Annotated[str, typer.Argument(metavar="SCOPE", help="求める範囲")],
    site: SiteName,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """診療情報の提供の請求を受け付ける。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Disclosure, DisclosureStep, RoomSettings
    from mitasu.server.records.writing import saved

    due = day(on) + timedelta(days=RoomSettings.of(room.site).answer_days)
    made = saved(
        Disclosure(
            site=room.site,
            patient=patient(room.site, number),
            received=day(on),
            applicant=applicant,
            scope=scope,
            due=due,
        )
    )
    saved(DisclosureStep(disclosure=made, kind="received", on=made.received, by=room.user))
    room.audit("change", f"診療情報の提供の請求{made.pk}")
    typer.echo(f"請求{made.pk}を受け付けました。回答の期限は{due}です。")


@disclosure_app.command("step")
def disclosure_step(
    number: Annotated[int, typer.Argument(metavar="REQUEST", help="請求の番号")],
    kind: Annotated[
        str,
        typer.Argument(metavar="STEP", help="identified / asked / decided / refused / answered / withdrawn"),
    ],
    site: SiteName,
    note: Annotated[str, typer.Option("--note", help="内容。提供しないときは理由")] = "",
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """請求を次の段階に進める。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Disclosure, DisclosureStep
    from mitasu.server.records.writing import saved

    found = Disclosure.objects.filter(site=room.site, pk=number).first()
    if found is None:
        raise UsageError(f"請求{number}はありません。")
    last = list(found.steps.all())[-1]
    if kind not in DisclosureStep.Kind.values[1:]:
        raise UsageError(
            f"段階「{kind}」は使えません。{'、'.join(DisclosureStep.Kind.values[1:])} のどれかです。"
        )
    if last.kind in ("answered", "withdrawn"):
        raise UsageError("この請求は終わっています。")
    if day(on) < last.on:
        raise UsageError(f"前の段階（{last.on}）より前の日です。")
    if kind == "refused" and not note:
        raise UsageError("提供しないときは、--note に理由を書いてください。")
    made = saved(DisclosureStep(disclosure=found, kind=kind, on=day(on), note=note, by=room.user))
    room.audit("change", f"診療情報の提供の請求{number}：{made.get_kind_display()}")
    typer.echo(f"請求{number}：{made.get_kind_display()}")


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
