"""Trainings in information security: the list with the next due day, recording one, its roster."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import path
from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import Training
from mitasu.server.continuity.plans import trainings
from mitasu.server.continuity.plans.overview import mark_until
from mitasu.server.continuity.plans.roster import HEAD, MOST_BYTES, Person, read_roster
from mitasu.server.continuity.views.bcp import Reason, page, pdf_answer, tried
from mitasu.server.forms import CountField, DayField
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-trainings"
ROSTER_HELP = (
    f"CSV（UTF-8かShift_JIS）。見出しは「{HEAD}」。職員番号・所属・受講日の列はなくてもかまいません。"
)


def roster_of(file: Any, held_on: date, today: date) -> list[Person]:
    """The people of an uploaded roster; none where there is no file."""
    if file is None:
        return []
    if file.size > MOST_BYTES:
        raise UsageError(f"名簿のファイルが大きすぎます（{MOST_BYTES:,}バイトまで）。")
    return read_roster(file.read(), str(file.name), held_on, today)


class TrainingForm(forms.Form):
    """A training that took place; a roster or counts."""

    on = DayField(
        label="行った日", help_text="期間で行ったe-ラーニングは、終わった日。例：R8.11.22、20261122"
    )
    title = forms.CharField(label="研修の名前", max_length=200)
    content = forms.CharField(
        label="内容", required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )
    medium = forms.ChoiceField(label="方法", required=False)
    led_by_manager = forms.ChoiceField(
        label="安全管理責任者が実施・関与した", choices=(("yes", "はい"), ("no", "いいえ"))
    )
    asked = CountField(label="対象の人数", required=False, help_text="名簿を付けるなら、空けておきます。")
    attended = CountField(label="受講した人数", required=False)
    roster = forms.FileField(label="受講者の名簿", required=False, help_text=ROSTER_HELP)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        choices = [("", "記録しない"), *trainings.media().items()]
        self.fields["medium"].choices = choices  # type: ignore[attr-defined]  # a choice field

    def record(self, request: SiteRequest, today: date) -> Training:
        """Records what was filled in."""
        said = self.cleaned_data
        people = roster_of(said["roster"], said["on"], today)
        return trainings.add(
            request.site,
            on=said["on"],
            title=said["title"],
            content=said["content"],
            medium=said["medium"],
            led_by_manager=said["led_by_manager"] == "yes",
            asked=said["asked"],
            attended=said["attended"],
            roster=people,
            roster_name=str(said["roster"].name) if said["roster"] else "",
            today=today,
            by=request.user,
        )


class RosterForm(forms.Form):
    """Another roster in the place of the one before."""

    roster = forms.FileField(label="受講者の名簿", help_text=ROSTER_HELP)


@site_page(Role.VIEW)
def training_list(request: SiteRequest) -> HttpResponse:
    """Every training that the ledger counts."""
    rows = trainings.listed(request.site)
    shown = [(row, trainings.count_text(row.training) if row.training else "") for row in rows]
    last = rows[0].counts_until if rows else None
    symbol = mark_until(last, timezone.localdate()) if rows else "？"
    return page(request, "trainings", TAB, {"rows": shown, "due": last, "symbol": symbol})


@site_page(Role.ENTER)
def training_add(request: SiteRequest) -> HttpResponse:
    """Records a training."""
    today = timezone.localdate()
    form = TrainingForm(request.POST or None, request.FILES or None, initial={"on": today})
    if request.method == "POST":
        made = tried(form, lambda: form.record(request, today))
        if made is not None:
            messages.success(request, f"研修を記録しました（証拠{made.entry}）。判定に使われます。")
            return redirect("bcp-training", request.site.slug, made.pk)
    return page(request, "training_add", TAB, {"form": form}, status=400 if form.is_bound else 200)


def _training(request: SiteRequest, number: int) -> Training:
    found = Training.objects.filter(site=request.site, pk=number).first()
    if found is None:
        raise Http404("この研修の記録は見つかりません。")
    return found


@site_page(Role.VIEW)
def training(request: SiteRequest, number: int) -> HttpResponse:
    """One training; POST (`act`) takes another roster, or takes the training back."""
    found, today = _training(request, number), timezone.localdate()
    posted, act = request.method == "POST", request.POST.get("act", "")
    if posted and act not in ("roster", "withdraw"):
        raise UsageError("何を記録するかが分かりません。頁を開き直してください。")
    sent = act == "roster"
    roster = RosterForm(request.POST if sent else None, request.FILES if sent else None, auto_id="roster_%s")
    reason = Reason(request.POST if act == "withdraw" else None, auto_id="withdraw_%s")

    def take() -> bool:
        file = roster.cleaned_data["roster"]
        people = roster_of(file, found.on, today)
        trainings.take_roster(found, people, str(file.name), by=request.user)
        return True

    def withdraw() -> bool:
        trainings.take_back(found, reason.cleaned_data["reason"], by=request.user)
        return True

    if posted and (tried(roster, take) if act == "roster" else tried(reason, withdraw)):
        messages.success(request, "記録しました。台帳の報告書も新しくなりました。")
        return redirect("bcp-training", request.site.slug, number)
    context = {
        "training": found,
        "medium": trainings.media().get(found.medium, "記録なし"),
        "count": trainings.count_text(found),
        "departments": trainings.departments(found),
        "roster": roster,
        "withdraw": reason,
    }
    return page(request, "training", TAB, context, status=400 if posted else 200)


@site_page(Role.ENTER)
@fresh_sign_in
def training_roster(request: SiteRequest, number: int) -> HttpResponse:
    """The roster with names as PDF."""
    found = _training(request, number)
    if not found.attendees.exists():
        raise Http404("この研修に名簿はありません。")
    name = f"情報セキュリティ研修の名簿_{found.on}_{request.site.name}.pdf"
    return pdf_answer(request, trainings.roster_pdf(found), name)


BASE = "s/<slug:site>/continuity/bcp/trainings/"
urlpatterns = [
    path(BASE, training_list, name="bcp-trainings"),
    path(f"{BASE}add/", training_add, name="bcp-training-add"),
    path(f"{BASE}<int:number>/", training, name="bcp-training"),
    path(f"{BASE}<int:number>/roster/", training_roster, name="bcp-training-roster"),
]
