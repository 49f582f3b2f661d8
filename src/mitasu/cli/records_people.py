"""`mitasu records staff|facts|grant|doctor|undoctor|access`: the people, and what goes to the ledger."""

from __future__ import annotations

from typing import Annotated

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day
from mitasu.cli.records import As, SiteName, enter, records_app, table, under_records
from mitasu.cli.server import Data, _user
from mitasu.errors import UsageError

staff_app = under_records("staff", "診療記録管理者の一覧。")


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


def _known(employment: str | None, assignment: str | None) -> None:
    from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
    from mitasu.text import nearest

    for value, known, option in (
        (employment, EMPLOYMENT, "--employment"),
        (assignment, ASSIGNMENT, "--assignment"),
    ):
        if value is not None and value not in known:
            near = nearest(value, known)
            told = f"近いもの: {near}。" if near else ""
            raise UsageError(f"{option}「{value}」は使えません。{told}{'、'.join(known)} のどれかです。")


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
    clerk_assistant: Annotated[bool, typer.Option("--clerk", help="医師事務作業補助者を兼ねる")] = False,
    cancer_registry: Annotated[
        bool, typer.Option("--cancer-registry", help="がん登録の専従担当者である")
    ] = False,
    other_duties: Annotated[
        bool, typer.Option("--other-duties", help="請求・受付など、ほかの業務をする")
    ] = False,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="終わり")] = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """診療記録管理者を加える。判定に使うには publish する。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records.models import StaffMember
    from mitasu.server.records.writing import saved

    _known(employment, assignment)
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
            clerk_assistant=clerk_assistant,
            cancer_registry=cancer_registry,
            other_duties=other_duties,
            first=begin,
            last=end,
        )
    )
    room.audit("change", f"診療記録管理者を加える：{made.pk}")
    typer.echo(f"加えました（番号{made.pk}）。")


@staff_app.command("change")
def staff_change(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="番号（mitasu records staff list に出る）")],
    site: SiteName,
    last: Annotated[str | None, typer.Option("--to", metavar="DATE", help="終わり")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="始まり")] = None,
    name: Annotated[str | None, typer.Option("--name", help="氏名")] = None,
    employment: Annotated[str | None, typer.Option("--employment", help="雇用（add と同じ）")] = None,
    assignment: Annotated[str | None, typer.Option("--assignment", help="専従・専任（add と同じ）")] = None,
    duties: Annotated[str | None, typer.Option("--duties", help="業務")] = None,
    clerk_assistant: Annotated[
        bool | None, typer.Option("--clerk/--no-clerk", help="医師事務作業補助者を兼ねる")
    ] = None,
    cancer_registry: Annotated[
        bool | None, typer.Option("--cancer-registry/--no-cancer-registry", help="がん登録の専従担当者である")
    ] = None,
    other_duties: Annotated[
        bool | None, typer.Option("--other-duties/--no-other-duties", help="請求・受付など、ほかの業務をする")
    ] = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """診療記録管理者を直す、終わりを記録する。書いたものだけが変わる。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records.models import StaffMember
    from mitasu.server.records.writing import saved

    found = StaffMember.objects.filter(site=room.site, pk=number).first()
    if found is None:
        raise UsageError(f"番号{number}の管理者はいません。mitasu records staff list で見られます。")
    _known(employment, assignment)
    said = {
        "name": name, "employment": employment, "assignment": assignment, "duties": duties,
        "first": day(first) if first else None, "last": day(last) if last else None,
        "clerk_assistant": clerk_assistant, "cancer_registry": cancer_registry, "other_duties": other_duties,
    }  # fmt: skip
    changed = {key: value for key, value in said.items() if value is not None}
    if not changed:
        raise UsageError("直すところを --to などで書いてください。")
    for key, value in changed.items():
        setattr(found, key, value)
    if found.last and found.last < found.first:
        raise UsageError("終わりが始まりより前です。")
    saved(found)
    room.audit("change", f"診療記録管理者を直す：{number}")
    typer.echo(f"番号{number}を直しました。判定に使うには mitasu records staff publish を行います。")


@staff_app.command("publish")
def staff_publish(site: SiteName, as_: As = None, data: Data = None) -> None:
    """診療記録管理者を、氏名を除いて台帳に載せる。"""
    room = enter(site, as_, data)
    room.may_change()
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
        room.may_change()
        made = stating.state(room.site, state, today, by=room.user, via="cli")
        room.audit("change", f"一覧表から事実{len(made) - 1}件を記録")
        typer.echo(f"事実{len(made) - 1}件を、証拠{made[0].number}とともに台帳に記録しました。")
        return
    room.audit("view", "一覧表から分かる事実")
    rows = [
        (one.id, one.label, one.told, f"{one.basis}{one.warning}") for one in stating.offers(room.site, today)
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
    room.may_change()
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


@records_app.command("undoctor")
def undoctor(
    name: Annotated[str, typer.Argument(metavar="DOCTOR", help="一覧表での担当医の名前")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """担当医の名前と利用者を解く。その利用者には、もう見えない。"""
    room = enter(site, as_, data)
    room.may_change()
    from mitasu.server.records.doctors import unlink_doctor

    count = unlink_doctor(room.site, name)
    room.audit("change", f"担当医と利用者を解く：{name}")
    typer.echo(f"解きました（入院{count}件）。")


@records_app.command("access")
def access(site: SiteName, data: Data = None) -> None:
    """診療録の許可のある利用者と、担当医の名前に結んだ利用者。"""
    room = enter(site, None, data)
    from mitasu.server.accounts.models import Membership, Records, Role
    from mitasu.server.records.models import Doctor

    members = Membership.objects.filter(site=room.site).select_related("user").order_by("user__username")
    room.audit("view", "診療録の許可の一覧")
    rows = [(one.user.username, Role(one.role).label, Records(one.records).label) for one in members]
    table(("利用者", "役割", "診療録"), rows)
    doctors = Doctor.objects.filter(site=room.site).select_related("user")
    table(
        ("担当医", "利用者"), [(one.name, one.user.username) for one in doctors], "結んだ担当医はいません。"
    )
