"""Drills of the BCP: the list with the next due day, recording one, its review and improvements."""

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
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.plans import Drill
from mitasu.server.continuity.plans import drills
from mitasu.server.continuity.plans.overview import mark_until
from mitasu.server.continuity.views.bcp import Reason, page, tried
from mitasu.server.forms import DayField
from mitasu.server.ledger.models import Entry
from mitasu.server.ledger.pages import SiteRequest, site_page

TAB = "bcp-drills"
YES_NO = (("yes", "はい"), ("no", "いいえ"))
IMPROVEMENTS = 3


class DrillForm(forms.Form):
    """A drill that took place."""

    on = DayField(label="行った日")
    scenario = forms.CharField(
        label="想定（シナリオ）",
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="例：電子カルテのサーバーが暗号化され、外来を紙の伝票に切り替える。",
    )
    led_by = forms.ChoiceField(label="主導した人")
    participants = forms.CharField(
        label="参加者（役割と人数）",
        required=False,
        max_length=2000,
        widget=forms.Textarea({"rows": 3}),
        help_text="一行に一つ。例：看護部 12人。名前は要りません。",
    )
    result = forms.CharField(
        label="行ったことと結果", required=False, max_length=5000, widget=forms.Textarea({"rows": 4})
    )
    reviewed = forms.ChoiceField(label="結果を評価した", choices=YES_NO)
    reviewed_on = DayField(label="評価した日", required=False)
    found = forms.ChoiceField(label="改善すべき点があった", choices=YES_NO, initial="no")
    findings = forms.CharField(
        label="改善すべき点", required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["led_by"].choices = list(drills.leaders().items())  # type: ignore[attr-defined]  # a choice field
        for index in range(1, IMPROVEMENTS + 1):
            self.fields[f"what-{index}"] = forms.CharField(
                label=f"改善すること{index}", max_length=500, required=False
            )
            self.fields[f"owner-{index}"] = forms.CharField(
                label=f"改善{index}の担当", max_length=100, required=False
            )
            self.fields[f"due-{index}"] = DayField(label=f"改善{index}の期限", required=False)

    def clean_participants(self) -> list[dict[str, Any]]:
        """The rows of the participants."""
        try:
            return drills.participants(self.cleaned_data["participants"])
        except UsageError as error:
            raise forms.ValidationError(str(error)) from None

    def clean(self) -> dict[str, Any]:
        """An improvement has all its parts or none."""
        said = super().clean() or {}
        for index in range(1, IMPROVEMENTS + 1):
            parts = {key: said.get(f"{key}-{index}") for key in ("what", "owner", "due")}
            for key, value in parts.items():
                name = f"{key}-{index}"
                if any(parts.values()) and not value and name not in self.errors:
                    self.add_error(name, "改善すること・担当・期限は、合わせて入力してください。")
        return said

    def improvements(self) -> list[dict[str, Any]]:
        """The improvements that were filled in."""
        said = self.cleaned_data
        return [
            {key: said[f"{key}-{index}"] for key in ("what", "owner", "due")}
            for index in range(1, IMPROVEMENTS + 1)
            if said.get(f"what-{index}")
        ]

    def record(self, request: SiteRequest, today: date) -> Drill:
        """Records what was filled in."""
        said = self.cleaned_data
        return drills.add(
            request.site,
            on=said["on"],
            scenario=said["scenario"],
            led_by=said["led_by"],
            participants=said["participants"],
            result=said["result"],
            found=said["found"] == "yes",
            findings=said["findings"],
            reviewed=said["reviewed"] == "yes",
            reviewed_on=said["reviewed_on"],
            improvements=self.improvements(),
            today=today,
            by=request.user,
        )


class ReviewForm(forms.Form):
    """That the result was looked at."""

    on = DayField(label="評価した日")
    result = forms.CharField(
        label="結果と評価", required=False, max_length=5000, widget=forms.Textarea({"rows": 3})
    )


class ImprovementForm(forms.Form):
    """One more thing to be mended."""

    what = forms.CharField(label="改善すること", max_length=500)
    owner = forms.CharField(label="担当", max_length=100)
    due = DayField(label="期限")


class DoneForm(forms.Form):
    """That something was mended."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label="済んだ日")
    how = forms.CharField(label="どう直したか", max_length=500)


class MissedForm(forms.Form):
    """That something was not mended by its day."""

    number = forms.IntegerField(widget=forms.HiddenInput)


FORMS: dict[str, type[forms.Form]] = {
    "review": ReviewForm,
    "improve": ImprovementForm,
    "done": DoneForm,
    "missed": MissedForm,
    "withdraw": Reason,
}


@site_page(Role.VIEW)
def drill_list(request: SiteRequest) -> HttpResponse:
    """Every drill that the ledger counts."""
    today = timezone.localdate()
    rows = drills.listed(request.site)
    last = rows[0].counts_until if rows else None
    context = {"rows": rows, "due": last, "symbol": mark_until(last, today) if rows else "？"}
    return page(request, "drills", TAB, context)


@site_page(Role.ENTER)
def drill_add(request: SiteRequest) -> HttpResponse:
    """Records a drill."""
    today = timezone.localdate()
    form = DrillForm(request.POST or None, initial={"on": today, "reviewed": "no"})
    if request.method == "POST":
        drill = tried(form, lambda: form.record(request, today))
        if drill is not None:
            messages.success(request, f"訓練を記録しました（証拠{drill.entry}）。判定に使われます。")
            return redirect("bcp-drill", request.site.slug, drill.pk)
    return page(request, "drill_add", TAB, {"form": form}, status=400 if form.is_bound else 200)


@site_page(Role.VIEW)
def drill(request: SiteRequest, number: int) -> HttpResponse:
    """One drill; POST (`act`) records its review, an improvement, that one is done, or takes the drill back."""
    found = Drill.objects.filter(site=request.site, pk=number).first()
    if found is None:
        raise Http404("この訓練の記録は見つかりません。")
    today = timezone.localdate()
    bound: dict[str, forms.Form] = {}
    act = request.POST.get("act", "")
    if request.method == "POST":
        if act not in FORMS:
            raise UsageError("何を記録するかが分かりません。頁を開き直してください。")
        form = bound[act] = FORMS[act](request.POST)
        if tried(form, lambda: _acted(request, found, act, form.cleaned_data, today)):
            messages.success(request, "記録しました。台帳の報告書も新しくなりました。")
            return redirect("bcp-drill", request.site.slug, number)
    context = {
        "drill": found,
        "leader": drills.leaders().get(found.led_by, found.led_by),
        "improvements": [(row, row.late(today)) for row in found.improvements.all()],
        "event": Entry.objects.filter(site=request.site, number=found.event or 0).first(),
        "review": bound.get("review") or ReviewForm(auto_id="review_%s"),
        "improve": bound.get("improve") or ImprovementForm(auto_id="improve_%s"),
        "done": bound.get("done") or DoneForm(initial={"on": today}, auto_id="done_%s"),
        "withdraw": bound.get("withdraw") or Reason(auto_id="withdraw_%s"),
        "missed": bound.get("missed"),
        "wrong": act,
    }
    return page(request, "drill", TAB, context, status=400 if bound else 200)


def _acted(request: SiteRequest, found: Drill, act: str, said: dict[str, Any], today: date) -> bool:
    by = request.user
    match act:
        case "review":
            drills.review(found, said["on"], said["result"], today=today, by=by)
        case "improve":
            drills.improve(found, said["what"], said["owner"], said["due"], by=by)
        case "done" | "missed":
            row = found.improvements.filter(pk=said["number"]).first()
            if row is None:
                raise UsageError("この改善は見つかりません。頁を開き直してください。")
            if act == "done":
                drills.finish(row, said["on"], said["how"], today=today, by=by)
            else:
                drills.miss(row, today=today, by=by)
        case _:
            drills.take_back(found, said["reason"], by=by)
    return True


BASE = "s/<slug:site>/continuity/bcp/drills/"
urlpatterns = [
    path(BASE, drill_list, name="bcp-drills"),
    path(f"{BASE}add/", drill_add, name="bcp-drill-add"),
    path(f"{BASE}<int:number>/", drill, name="bcp-drill"),
]
