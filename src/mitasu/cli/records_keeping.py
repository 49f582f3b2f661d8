"""`mitasu records retention|loan|disclosure`: keeping and disposing, lending, disclosure on request."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import typer

from mitasu.cli.app import On
from mitasu.cli.context import day
from mitasu.cli.records import As, SiteName, enter, table, under_records
from mitasu.cli.server import Data
from mitasu.errors import UsageError

keeping_app = under_records("retention", "保存と廃棄：保留、保存期間を過ぎたもの、廃棄の記録。")
loan_app = under_records("loan", "診療録の貸出と返却。")
disclosure_app = under_records("disclosure", "診療情報の提供の請求。")
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="患者番号")]


def patient(site: Any, number: str) -> Any:
    """The patient of that number; UsageError where there is none."""
    from mitasu.server.records.models import Patient

    found = Patient.objects.filter(site=site, number=number).first()
    if found is None:
        raise UsageError(f"患者番号「{number}」は一覧表にありません。")
    return found


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
    room.may_change()
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
    room.may_change()
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


@keeping_app.command("holds")
def holds(site: SiteName, as_: As = None, data: Data = None) -> None:
    """廃棄の保留。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Hold

    found = Hold.objects.filter(site=room.site).select_related("patient")
    room.audit("view", "廃棄の保留")
    rows = [(one.patient.number, one.reason, one.from_day, one.lifted or "保留中") for one in found]
    table(("患者番号", "理由", "始まり", "解除"), rows)


@keeping_app.command("disposed")
def disposed(site: SiteName, as_: As = None, data: Data = None) -> None:
    """廃棄の記録。"""
    room = enter(site, as_, data)
    from mitasu.server.records.keeping import KINDS
    from mitasu.server.records.models import Disposal

    found = Disposal.objects.filter(site=room.site).select_related("patient")
    room.audit("view", "廃棄の記録")
    rows = [
        (
            one.patient.number, KINDS[one.what], one.completed, f"{one.years}年", one.on, one.method, one.approved_by,
            one.evidence,
        )
        for one in found
    ]  # fmt: skip
    table(("患者番号", "対象", "完結の日", "保存", "廃棄した日", "方法", "承認者", "証拠"), rows)


@loan_app.command("list")
def loans(
    site: SiteName,
    all_: Annotated[bool, typer.Option("--all", help="返却されたものも示す")] = False,
    on: On = None,
    as_: As = None,
    data: Data = None,
) -> None:
    """貸し出しているもの。"""
    room = enter(site, as_, data)
    from mitasu.server.records.models import Loan

    out = Loan.objects.filter(site=room.site).select_related("patient").order_by("returned", "due")
    out = out if all_ else out.filter(returned=None)
    room.audit("view", "貸出の一覧")
    rows = [
        (
            one.pk,
            one.patient.number,
            one.what,
            one.borrower,
            one.lent,
            one.due,
            f"返却 {one.returned}" if one.returned else "期限切れ" if one.due < day(on) else "",
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
    room.may_change()
    from mitasu.server.records.keeping import lent_already
    from mitasu.server.records.models import Loan
    from mitasu.server.records.writing import saved

    found = patient(room.site, number)
    if told := lent_already(found, what):
        raise UsageError(told)
    made = saved(Loan(
        site=room.site, patient=found, what=what, borrower=borrower, purpose=purpose, lent=day(on),
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
    room.may_change()
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


@disclosure_app.command("show")
def disclosure_show(
    number: Annotated[int, typer.Argument(metavar="REQUEST", help="請求の番号")],
    site: SiteName,
    as_: As = None,
    data: Data = None,
) -> None:
    """一つの請求と、受付から回答までの経過。"""
    room = enter(site, as_, data)
    found = _request(room.site, number)
    room.audit("view", f"診療情報の提供の請求{number}")
    typer.echo(f"患者番号 {found.patient.number}、請求した人 {found.applicant}、範囲 {found.scope}")
    typer.echo(f"受付 {found.received}、回答の期限 {found.due}")
    rows = [(one.on, one.get_kind_display(), one.note, one.by or "命令") for one in found.steps.all()]
    table(("日", "段階", "内容", "記録した人"), rows)


def _request(site: Any, number: int) -> Any:
    from mitasu.server.records.models import Disclosure

    found = Disclosure.objects.filter(site=site, pk=number).select_related("patient").first()
    if found is None:
        raise UsageError(f"請求{number}はありません。mitasu records disclosure list で見られます。")
    return found


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
    room.may_change()
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
    room.may_change()
    from mitasu.server.records.disclosing import refused
    from mitasu.server.records.models import DisclosureStep
    from mitasu.server.records.writing import saved

    found = _request(room.site, number)
    if kind not in DisclosureStep.Kind.values[1:]:
        raise UsageError(
            f"段階「{kind}」は使えません。{'、'.join(DisclosureStep.Kind.values[1:])} のどれかです。"
        )
    for _, why in refused(list(found.steps.all()), kind, day(on), note):
        raise UsageError(why)
    made = saved(DisclosureStep(disclosure=found, kind=kind, on=day(on), note=note, by=room.user))
    room.audit("change", f"診療情報の提供の請求{number}：{made.get_kind_display()}")
    typer.echo(f"請求{number}：{made.get_kind_display()}")
