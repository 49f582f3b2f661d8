"""Discharge summaries on pages: what waits, by doctor; the months with exact counts; closing; reminders."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone

from mitasu.dates import japanese_month, month_of, parse_month
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Records, Role
from mitasu.server.ledger.audit import audit_request
from mitasu.server.records.access import RecordsRequest, records_page, stays_of
from mitasu.server.records.closing import close, drifted, months_to_close, versions_of
from mitasu.server.records.models import MonthClose, Reminder
from mitasu.server.records.parts import Crumb, Details, FormPart, Shown, Table, Words, link, moment, show
from mitasu.server.records.reminders import remind, send
from mitasu.server.records.summaries import (
    Month,
    by_doctor,
    long_ago,
    month_of_site,
    projected,
    standing_told,
    waiting,
)


@records_page(Records.OWN)
def overview(request: RecordsRequest) -> HttpResponse:
    """What waits, by doctor; a doctor sees their own only. Months for those who may see all."""
    site, today = request.site, timezone.localdate()
    rows = waiting(stays_of(request.user, site, request.records), today)
    late = sum(row.left < 0 for row in rows)
    before = long_ago(stays_of(request.user, site, request.records), today)
    page = Shown(
        f"期限切れの退院時要約が{late}件あります" if late else "期限切れの退院時要約はありません",
        asof=f"まだ数えられていない要約{len(rows)}件。期限は退院の翌日から数えて14日目です。"
        + (f"ほかに、1年より前の退院で要約の記録のないものが{before:,}件あります。" if before else ""),
    )
    for doctor, group in by_doctor(rows):
        lines = [
            (
                link(reverse("records-stay", args=(site.slug, row.stay.pk)), row.stay.patient),
                row.stay.department, row.stay.discharged, row.last, row.state,
            )
            for row in group
        ]  # fmt: skip
        page.parts.append(
            Table(doctor or "担当医の記録なし", ("患者", "診療科", "退院日", "期限", "いま"), lines)
        )
    if request.records == Records.OWN:
        audit_request(request, "view", f"自分の退院時要約：{len(rows)}件")
        return show(request, page)
    page.parts.insert(
        0, Words([projected(site, month_of(today), today).text], f"{japanese_month(month_of(today))}の見込み")
    )
    page.parts.insert(1, _months(request))
    reminders = Reminder.objects.filter(site=site)[:20]
    told = [(one.on, one.doctor, one.title, "送った" if one.sent_at else "未送信") for one in reminders]
    page.parts.append(Table("督促", ("日", "医師", "内容", ""), told))
    if request.records == Records.KEEP:
        page.parts.append(
            FormPart(forms.Form(), "今日の督促を作る", to=reverse("records-remind", args=(site.slug,)))
        )
    return show(request, page)


def _months(request: RecordsRequest) -> Table:
    site, today = request.site, timezone.localdate()
    closed: dict[str, MonthClose] = {}
    for one in MonthClose.objects.filter(site=site):
        closed.setdefault(one.month, one)
    rows = []
    for month in months_to_close(site, today):
        found = month_of_site(site, month, today)
        last = closed.get(month)
        told = "－" if last is None else f"第{last.version}版（{'確定' if last.final else '速報'}）"
        rows.append(
            (
                link(reverse("records-month", args=(site.slug, month)), japanese_month(month)),
                found.text,
                _verdict(found),
                told,
            )
        )
    return Table("月ごとの14日以内の割合", ("退院した月", "期限内", "9割", "締め"), rows)


def _verdict(found: Month) -> str:
    if found.counts.due == 0:
        return "該当なし"
    told = {True: "9割以上", False: "9割に届かない", None: "まだ決まらない"}[found.enough]
    return told if found.final else f"{told}（速報）"


class CloseForm(forms.Form):
    """Closing, or correcting with a reason."""

    reason = forms.CharField(
        label="訂正の理由",
        max_length=300,
        required=False,
        help_text="確定した月を締め直すときは必ず書きます。",
    )


@records_page(Records.READ, to_change=Role.ENTER)
def month(request: RecordsRequest, month: str) -> HttpResponse:
    """One month: the counts, every discharge, the versions; POST closes it."""
    site, today = request.site, timezone.localdate()
    try:
        month = parse_month(month)
    except ValueError:
        raise Http404("この月はありません。") from None
    form = CloseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = close(site, month, today, by=request.user, reason=form.cleaned_data["reason"])
        except UsageError as error:
            form.add_error("reason", str(error))
        else:
            messages.success(
                request, f"第{made.version}版として締め、台帳の証拠{made.evidence}に残しました。"
            )
            return redirect("records-month", site.slug, month)
    found = month_of_site(site, month, today)
    versions = versions_of(site, month)
    page = Shown(
        f"{japanese_month(month)}退院分：{found.text}",
        asof=f"{_verdict(found)}。{'確定' if found.final else '速報。月末から14日を過ぎるまで確定しません。'}",
        crumbs=(
            Crumb("退院時要約", reverse("records-summaries", args=(site.slug,))),
            Crumb(japanese_month(month)),
        ),
        status=400 if form.errors else 200,
    )
    counts = found.counts
    thirty = (
        "まだ30日たっていません"
        if found.within_30 is None
        else f"{found.within_30}件（望ましいとされる割合）"
    )
    page.parts.append(
        Details(
            [("退院", f"{counts.due}件"), ("期限内", f"{counts.in_time}件"), ("期限切れ", f"{counts.overdue}件"),
             ("期限前", f"{found.open}件"), ("30日以内", thirty)]
        )
    )  # fmt: skip
    if versions and drifted(site, versions[0], today):
        page.parts.append(
            Words(
                ["一覧表の数が、前に締めたときから変わっています。締め直すと台帳が新しくなります。"],
                style="notice notice-warning",
            )
        )
    rows = [
        (
            f"第{one.version}版", "確定" if one.final else "速報", f"{one.in_time}/{one.due}件", one.reason,
            link(reverse("evidence-entry", args=(site.slug, one.evidence)), f"証拠{one.evidence}"),
            moment(one.at), one.by or "命令",
        )
        for one in versions
    ]  # fmt: skip
    page.parts.append(Table("締めた版", ("版", "", "期限内", "理由", "台帳", "日時", "人"), rows))
    if request.records == Records.KEEP and month < month_of(today):
        page.parts.append(FormPart(form, "締めて台帳に残す", "この月を締める"))
    lines = [
        (
            link(reverse("records-stay", args=(site.slug, pk)), f"入院{pk}"),
            left,
            submitted or "－",
            standing_told(told, submitted),
        )
        for pk, left, submitted, told in found.rows
    ]
    page.parts.append(Table("退院ごと", ("入院", "退院日", "数える提出日", ""), lines))
    return show(request, page)


@records_page(Records.KEEP)
def make_reminders(request: RecordsRequest) -> HttpResponse:
    """Makes and sends the day's reminders."""
    if request.method == "POST":
        made = remind(request.site, timezone.localdate())
        sent = send(request.site)
        messages.success(request, f"督促を{len(made)}件作り、{sent}通送りました。")
    return redirect("records-summaries", request.site.slug)


urlpatterns = [
    path("s/<slug:site>/records/summaries/", overview, name="records-summaries"),
    path("s/<slug:site>/records/summaries/remind/", make_reminders, name="records-remind"),
    path("s/<slug:site>/records/summaries/<slug:month>/", month, name="records-month"),
]
