"""Rates: the fund's notice pasted or typed, shown as understood before it is saved; the months that count; next month."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.claims.notice import BASES, CHECKS, RECEIPTS, Notice, Reading, read_notice
from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.errors import InputError, MitasuError
from mitasu.judge.marks import points_text
from mitasu.rules.quantities import ONE_PERCENT
from mitasu.server.accounts.models import Role
from mitasu.server.forms import CountField, DayField, MonthField
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.charts import line_chart
from mitasu.server.sites.inputs import NumberField
from mitasu.server.sites.judging import institution_of, known_of
from mitasu.server.sites.rates import NOTIFIED, Floor, Window, concerning, floors, points, told_floors, window
from mitasu.server.sites.views.questions import settle

MOST_ROWS = 60


class Row(forms.Form):
    """One month as it will be saved."""

    month = MonthField(label="月", help_text="")
    basis = forms.ChoiceField(
        label="もとの件数", choices=[*BASES.items()], widget=forms.Select({"class": "short"})
    )
    rate = NumberField("percent", label="利用率（％）")
    numerator = CountField(label="利用件数（分子）", required=False)
    denominator = CountField(label="レセプト件数・確認件数（分母）", required=False)
    skip = forms.BooleanField(label="この月は保存しない", required=False)

    def full_clean(self) -> None:
        """A row that is not to be saved is not checked."""
        if self.is_bound and self.data.get(self.add_prefix("skip")):
            for field in self.fields.values():
                field.required = False
        super().full_clean()

    def clean_month(self) -> str:
        """A month that has come."""
        month: str = self.cleaned_data["month"]
        if month and month > month_of(timezone.localdate()):
            raise forms.ValidationError(
                f"{japanese_month(month)}はまだ来ていません。年と月を確かめてください。"
            )
        return month

    def clean(self) -> dict[str, Any]:
        """Both counts or neither, and no more used than there are."""
        found = super().clean() or {}
        numerator, denominator = found.get("numerator"), found.get("denominator")
        if found.get("skip"):
            return found
        if (numerator is None) != (denominator is None) and not {
            "numerator",
            "denominator",
        } & self.errors.keys():
            wrong = "numerator" if numerator is None else "denominator"
            self.add_error(wrong, "分子と分母は両方入れるか、両方空にしてください。")
        if numerator is not None and denominator is not None and numerator > denominator:
            self.add_error(
                "numerator", "分子が分母より大きくなっています。入れ替わっていないか確かめてください。"
            )
        return found


class Paste(forms.Form):
    """The notice as text."""

    text = forms.CharField(
        label="通知の文章",
        required=False,
        max_length=20_000,
        strip=False,
        widget=forms.Textarea({"rows": 6}),
        help_text="支払基金からのメールや画面の文章を、そのまま貼り付けます。例：令和8年9月分 利用率 32.5%（利用件数 123件 / レセプト件数 379件）",
    )


class Typed(Row):
    """One month typed by hand."""

    notified_on = DayField(label="通知された日", required=False)
    skip = None  # type: ignore[assignment]  # takes the inherited field out


class Notified(forms.Form):
    """The day of the notice."""

    notified_on = DayField(
        label="通知された日",
        required=False,
        help_text="通知にある、いちばん新しい月の分として記録します。翌月の1日の算定から使えます。",
    )


@site_page(Role.VIEW)
def rates(request: SiteRequest) -> HttpResponse:
    """The months that count, the chart, and the two steps of taking a notice over."""
    known = known_of(request.site)
    paste, typed = Paste(), Typed(prefix="typed", initial={"basis": RECEIPTS})
    context: dict[str, Any] = {"may_enter": request.role >= Role.ENTER}
    status = 200
    match request.POST.get("do") if request.method == "POST" else None:
        case "paste":
            paste = Paste(request.POST)
            status = _read(paste, context, known)
        case "type":
            typed = Typed(request.POST, prefix="typed")
            status = _typed(typed, context, known)
        case "save":
            paste = Paste(initial={"text": request.POST.get("text", "")})
            rows, day = _rows(request.POST), Notified(request.POST)
            valid = [row.is_valid() for row in rows]
            if all(valid) and day.is_valid() and _save(request, rows, day, known):
                return redirect("rates", request.site.slug)
            context |= {"rows": [(row, "", _now(row.data, row, known)) for row in rows], "day": day}
            status = 400
        case None:
            pass
        case _:
            status = 400
    today = timezone.localdate()
    this = month_of(today)
    institution = institution_of(request.site)
    windows = [window(institution, known, month) for month in (this, shift_month(this, 1))]
    context |= {"paste": paste, "typed": typed, "windows": windows, "next": _sentence(windows[1])}
    if "rows" not in context:
        found = points(institution, this)
        every = concerning(floors(institution, found[0].month, found[-1].month), found)
        told = [
            (one, told_floors(floor for floor in one.floors if floor in every)) for one in reversed(found)
        ]
        context |= {"points": told, "chart": _chart(found, every, this)}
    return render(request, "sites/rates/page.html", context, status=status)


def _sentence(found: Window) -> str:
    """What comes of next month, in a sentence."""
    month = f"{int(found.month[5:7])}月"
    claimable = [one for one, _ in found.judgements if one.status == "claimable"]
    if claimable:
        told = "、".join(
            f"{one.named}" + (f"（{points_text(one)}）" if points_text(one) else "") for one in claimable
        )
        return f"{month}は{told}を算定できます"
    if any(one.status == "undetermined" for one, _ in found.judgements):
        return f"{month}は、まだ分からないことがあり決まりません"
    return (
        f"{month}は、利用率を問う加算を算定できません"
        if found.judgements
        else f"{month}は、利用率を問う加算がありません"
    )


def _chart(found: list[Any], every: list[Floor], this: str) -> Any:
    values = [
        (
            None if one.rate is None else one.rate / ONE_PERCENT,
            one.projected,
            f"{japanese_month(one.month)}算定分 {one.rate_text}{'（見込み）' if one.projected else ''}",
        )
        for one in found
    ]
    lines = [(one.first, str(one.last), one.rate / ONE_PERCENT, one.text) for one in every]
    return line_chart([one.month for one in found], values, lines, this)


# ---- step 1: read ----------------------------------------------------------------------------------------------


def _read(paste: Paste, context: dict[str, Any], known: Known) -> int:
    paste.full_clean()
    text = paste.cleaned_data.get("text", "")
    if not text.strip():
        paste.add_error(
            "text", "通知の文章を貼り付けてください。文章がなければ、下の欄に数字で入れられます。"
        )
        return 400
    notice = read_notice(text, timezone.localdate())
    if not notice.readings:
        context["unread"] = notice.unread
        paste.add_error(
            "text",
            "月と利用率を読み取れませんでした。「令和8年9月分 32.5%」のように書き足すか、下の欄に数字で入れてください。",
        )
        return 400
    context |= _understood(notice, text, known)
    return 200


def _typed(typed: Typed, context: dict[str, Any], known: Known) -> int:
    if not typed.is_valid():
        return 400
    data = typed.cleaned_data
    reading = Reading(data["month"], data["basis"], data["rate"], data["numerator"], data["denominator"])
    context |= _understood(Notice([reading], data["notified_on"]), "", known)
    return 200


def _understood(notice: Notice, text: str, known: Known) -> dict[str, Any]:
    rows = []
    for index, one in enumerate(notice.readings[:MOST_ROWS]):
        given = {
            "month": one.month,
            "basis": one.basis,
            "rate": one.rate,
            "numerator": one.numerator,
            "denominator": one.denominator,
        }
        row = Row(prefix=f"row-{index}", initial=given)
        rows.append((row, _remark(one), _now(given, None, known)))
    return {
        "rows": rows,
        "day": Notified(initial={"notified_on": notice.notified_on}),
        "text": text,
        "unread": notice.unread,
        "conflicts": notice.conflicts,
    }


def _remark(one: Reading) -> str:
    """What to look at before saving a month."""
    told = []
    if one.guessed_year:
        told.append(f"年が書かれていないので、{one.month[:4]}年と読みました。")
    if one.rate is None:
        computed = f"件数から計算すると{one.computed}％です。" if one.computed is not None else ""
        told.append(f"率が読めませんでした。通知の率を入れてください。{computed}")
    if one.doubtful:
        told.append(
            f"率（{one.rate}％）が件数からの計算（{one.computed}％）と合いません。通知を確かめてください。"
        )
    return "".join(told)


def _now(given: Any, row: Row | None, known: Known) -> str:
    """What is recorded of the month so far."""
    month = given.get("month") if row is None else (row.cleaned_data or {}).get("month")
    basis = given.get("basis") if row is None else (row.cleaned_data or {}).get("basis")
    record = known.series.get(str(basis), {}).get(str(month))
    return "" if record is None else f"いまの記録：{record.body['value']}％（記録{record.number}）"


# ---- step 2: save ----------------------------------------------------------------------------------------------


def _rows(data: Any) -> list[Row]:
    found: list[Row] = []
    while f"row-{len(found)}-month" in data and len(found) < MOST_ROWS:
        found.append(Row(data, prefix=f"row-{len(found)}"))
    return found


def _save(request: SiteRequest, rows: list[Row], day: Notified, known: Known) -> bool:
    kept = [row for row in rows if not row.cleaned_data["skip"]]
    twice = {(row.cleaned_data["month"], row.cleaned_data["basis"]) for row in kept}
    if len(twice) < len(kept):
        day.add_error(None, "同じ月の率が二つあります。片方に「この月は保存しない」を付けてください。")
        return False
    drafts = [draft for row in kept if (draft := _draft(row.cleaned_data, known)) is not None]
    drafts += _notified(kept, day.cleaned_data["notified_on"], known)
    if not drafts:
        messages.info(
            request,
            "新しく記録することはありませんでした（同じ値が記録されているか、保存しない月だけです）。",
        )
        return True
    try:
        append(request.site, drafts, by=request.user)
    except MitasuError as error:
        for problem in error.problems if isinstance(error, InputError) else (error,):
            day.add_error(None, str(problem))
        return False
    for id_ in {draft.subject for draft in drafts} & {RECEIPTS, CHECKS}:
        settle(request.site, id_)
    told = [
        f"{japanese_month(d.body['month'])}分 {d.body['value']}％" for d in drafts if d.subject != NOTIFIED
    ]
    messages.success(request, f"記録しました：{'、'.join(told) or '通知された日'}")
    return True


def _draft(data: dict[str, Any], known: Known) -> Draft | None:
    """A month's entry; None where the same is recorded already. Counts are kept beside the rate."""
    body = {"month": data["month"], "value": str(data["rate"])}
    if data["numerator"] is not None:
        body |= {"numerator": data["numerator"], "denominator": data["denominator"]}
    old = known.series.get(data["basis"], {}).get(data["month"])
    if old is not None and {**old.body, "value": str(old.body["value"])} == body:
        return None
    return Draft(Kind.SERIES, data["basis"], body, replaces=old.number if old is not None else None)


def _notified(rows: list[Row], day: Any, known: Known) -> list[Draft]:
    """The day of the notice, for the newest month in it."""
    months = [row.cleaned_data["month"] for row in rows if row.cleaned_data["basis"] == RECEIPTS]
    if day is None or not months:
        return []
    month, value = max(months), day.isoformat()
    old = known.series.get(NOTIFIED, {}).get(month)
    if old is not None and str(old.body["value"]) == value:
        return []
    replaces = old.number if old is not None else None
    return [Draft(Kind.SERIES, NOTIFIED, {"month": month, "value": value}, replaces=replaces)]


urlpatterns = [path("s/<slug:site>/rates/", rates, name="rates")]
