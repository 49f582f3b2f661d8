"""Lending, disclosure on request, holds and disposal."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Records, Site
from mitasu.server.forms import DayField
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.disclosing import LAST, ended, refused
from mitasu.server.records.keeping import KINDS, disposable, dispose, lent_already, years_of
from mitasu.server.records.models import (
    Disclosure,
    DisclosureStep,
    Disposal,
    Hold,
    Loan,
    Patient,
    RoomSettings,
)
from mitasu.server.records.parts import Crumb, Details, FormPart, Shown, Table, Words, link, show, spoken
from mitasu.text import halfwidth

MOST = 200


class OfPatient(forms.Form):
    """A form about a patient of the site, named by number."""

    number = forms.CharField(
        label="患者番号", max_length=40, widget=forms.TextInput({"class": "short", "autocomplete": "off"})
    )

    def __init__(self, site: Site, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.site = site

    def clean_number(self) -> Patient:
        """The patient."""
        found = Patient.objects.filter(site=self.site, number=halfwidth(self.cleaned_data["number"])).first()
        if found is None:
            raise forms.ValidationError("この番号の患者は一覧表にいません。")
        return found


class LoanForm(OfPatient):
    """A record lent out."""

    what = forms.CharField(label="貸し出すもの", max_length=100, initial="入院診療録")
    borrower = forms.CharField(label="借りる人・部署", max_length=100)
    purpose = forms.CharField(label="目的", max_length=200)
    lent = DayField(label="貸出日")
    due = DayField(label="返却の期限")

    def clean(self) -> dict[str, Any]:
        """The days in order; what is out is not lent once more."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("lent") and said.get("due") and said["due"] < said["lent"]:
            self.add_error("due", "期限が貸出日より前です。")
        if said.get("number") and (told := lent_already(said["number"], said.get("what", ""))):
            self.add_error("what", told)
        return said


class ReturnForm(forms.Form):
    """A record that came back."""

    loan = forms.ModelChoiceField(Loan.objects.none(), label="返ってきたもの", empty_label=None)
    returned = DayField(label="返却日")

    def __init__(self, site: Site, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        field: Any = self.fields["loan"]
        field.queryset = Loan.objects.filter(site=site, returned=None).select_related("patient")
        field.label_from_instance = lambda one: (
            f"{one.patient.number} {one.what}（{one.borrower}、{spoken(one.lent)}）"
        )

    def clean(self) -> dict[str, Any]:
        """Not before it was lent."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        if said.get("loan") and said.get("returned") and said["returned"] < said["loan"].lent:
            self.add_error("returned", "返却日が貸出日より前です。")
        return said


class DisclosureForm(OfPatient):
    """A request for disclosure."""

    received = DayField(label="受付日")
    applicant = forms.CharField(label="請求した人と続柄", max_length=100)
    scope = forms.CharField(label="求める範囲", max_length=300)


@records_page(Records.KEEP)
def lending(request: RecordsRequest) -> HttpResponse:
    """What is lent, and the requests for disclosure."""
    site, today = request.site, timezone.localdate()
    action = request.POST.get("action")
    start = {"lent": today, "due": today + timedelta(days=14), "received": today, "returned": today}
    given: dict[str, Any] = {
        name: request.POST if action == name else None for name in ("lend", "return", "disclose")
    }
    lend, back = (
        LoanForm(site, given["lend"], initial=start),
        ReturnForm(site, given["return"], initial=start),
    )
    disclose = DisclosureForm(site, given["disclose"], initial=start)
    if lend.is_bound and lend.is_valid():
        said = dict(lend.cleaned_data)
        Loan.objects.create(site=site, patient=said.pop("number"), by=request.user, **said)  # type: ignore[misc]
        messages.success(request, "貸出を記録しました。")
        return redirect("records-lending", site.slug)
    if back.is_bound and back.is_valid():
        Loan.objects.filter(pk=back.cleaned_data["loan"].pk).update(returned=back.cleaned_data["returned"])
        messages.success(request, "返却を記録しました。")
        return redirect("records-lending", site.slug)
    if disclose.is_bound and disclose.is_valid():
        said = dict(disclose.cleaned_data)
        due = said["received"] + timedelta(days=RoomSettings.of(site).answer_days)
        made = Disclosure.objects.create(site=site, patient=said.pop("number"), due=due, **said)
        DisclosureStep.objects.create(disclosure=made, kind="received", on=made.received, by=request.user)  # type: ignore[misc]
        messages.success(request, "診療情報の提供の請求を受け付けました。")
        return redirect("records-disclosure", site.slug, made.pk)
    page = _lending_page(request)
    out = Loan.objects.filter(site=site, returned=None).exists()
    page.parts += [
        *([FormPart(back, "返却を記録する", "返却", "return", folded=True)] if out else []),
        FormPart(lend, "貸出を記録する", "貸し出す", "lend", folded=True),
        FormPart(disclose, "受け付ける", "診療情報の提供の請求を受け付ける", "disclose", folded=True),
    ]
    page.status = 400 if lend.is_bound or back.is_bound or disclose.is_bound else 200
    return show(request, page)


def _lending_page(request: RecordsRequest) -> Shown:
    site, today = request.site, timezone.localdate()
    loans = [
        (
            one.patient.number, one.what, one.borrower, one.purpose, one.lent, one.due,
            f"返却 {one.returned}" if one.returned else "期限切れ" if one.due < today else "貸出中",
        )
        for one in Loan.objects.filter(site=site).select_related("patient").order_by("returned", "due")[:MOST]
    ]  # fmt: skip
    requests = []
    for one in (
        Disclosure.objects.filter(site=site).select_related("patient").prefetch_related("steps")[:MOST]
    ):
        last = list(one.steps.all())[-1]
        late = last.kind not in LAST and one.due is not None and one.due < today
        where = link(reverse("records-disclosure", args=(site.slug, one.pk)), f"請求{one.pk}")
        told = f"{last.get_kind_display()}（{spoken(last.on)}）{'・期限切れ' if late else ''}"
        requests.append((where, one.received, one.patient.number, one.applicant, one.scope, one.due, told))
    late_loans = sum(1 for one in loans if one[-1] == "期限切れ")
    return Shown(
        f"返却の期限を過ぎた貸出が{late_loans}件あります" if late_loans else "貸出と診療情報の提供",
        [
            Table("貸出", ("患者番号", "もの", "借りる人", "目的", "貸出日", "期限", "いま"), loans),
            Table(
                "診療情報の提供の請求",
                ("請求", "受付日", "患者番号", "請求した人", "範囲", "回答の期限", "いま"),
                requests,
            ),
        ],
    )


class StepForm(forms.Form):
    """The next step of a request."""

    kind = forms.ChoiceField(label="段階", choices=DisclosureStep.Kind.choices[1:])
    on = DayField(label="日")
    note = forms.CharField(
        label="内容", max_length=500, required=False, help_text="提供しないときは、その理由を書きます。"
    )

    def __init__(self, steps: list[DisclosureStep], *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.steps = steps

    def clean(self) -> dict[str, Any]:
        """What may follow the steps so far."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for field, why in refused(self.steps, said.get("kind", ""), said.get("on"), said.get("note", "")):
            self.add_error(field, why)
        return said


@records_page(Records.KEEP)
def disclosure(request: RecordsRequest, number: int) -> HttpResponse:
    """One request, step by step."""
    found = get_object_or_404(Disclosure.objects.select_related("patient"), site=request.site, pk=number)
    steps = list(found.steps.select_related("by"))
    done = ended(steps)
    form = StepForm(steps, request.POST or None, initial={"on": timezone.localdate()})
    if request.method == "POST" and not done and form.is_valid():
        DisclosureStep.objects.create(disclosure=found, by=request.user, **form.cleaned_data)  # type: ignore[misc]
        messages.success(request, "記録しました。")
        return redirect("records-disclosure", request.site.slug, found.pk)
    rows = [(one.on, one.get_kind_display(), one.note, one.by or "命令") for one in steps]
    page = Shown(
        f"診療情報の提供の請求{found.pk}",
        [
            Details(
                [("患者番号", found.patient.number), ("請求した人", found.applicant), ("求める範囲", found.scope),
                 ("受付日", found.received), ("回答の期限", found.due)]
            ),
            Table("経過", ("日", "段階", "内容", "記録した人"), rows),
        ],
        crumbs=(Crumb("貸出・開示", reverse("records-lending", args=(request.site.slug,))), Crumb(f"請求{found.pk}")),
        status=400 if form.is_bound else 200,
    )  # fmt: skip
    page.parts.append(
        Words(["この請求は終わっています。"]) if done else FormPart(form, "記録する", "次の段階")
    )
    return show(request, page)


# ---- retention ---------------------------------------------------------------------------------------------------


class HoldForm(OfPatient):
    """A hold."""

    reason = forms.CharField(label="理由", max_length=300)
    from_day = DayField(label="始まり")


class LiftForm(forms.Form):
    """Lifting a hold."""

    hold = forms.ModelChoiceField(Hold.objects.none(), label="保留", empty_label=None)
    lifted = DayField(label="解除した日")

    def __init__(self, site: Site, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        field: Any = self.fields["hold"]
        field.queryset = Hold.objects.filter(site=site, lifted=None).select_related("patient")
        field.label_from_instance = lambda one: f"{one.patient.number}（{one.reason}）"


class DisposeForm(forms.Form):
    """Disposal of what was chosen."""

    patients = forms.TypedMultipleChoiceField(
        label="廃棄する患者", coerce=int, widget=forms.CheckboxSelectMultiple
    )
    method = forms.CharField(label="方法", max_length=100, help_text="例：溶解処理（業者の証明書あり）")
    approved_by = forms.CharField(label="承認者", max_length=100)

    def __init__(self, choices: list[tuple[int, str]], *data: Any) -> None:
        super().__init__(*data)
        self.fields["patients"].choices = choices  # type: ignore[attr-defined]  # a choice field


@records_page(Records.KEEP)
@fresh_sign_in
def retention(request: RecordsRequest) -> HttpResponse:
    """Periods, holds, what may be disposed of, what was."""
    site, today = request.site, timezone.localdate()
    kind = request.GET.get("kind", "charts")
    kind = kind if kind in KINDS else "charts"
    action = request.POST.get("action")
    kept = disposable(site, kind, today, MOST)
    choices = [
        (
            one.patient.pk,
            f"{one.patient.number}（完結 {spoken(one.completed)}、保存は{spoken(one.until)}まで）",
        )
        for one in kept
    ]
    given: dict[str, Any] = {
        name: request.POST if action == name else None for name in ("hold", "lift", "dispose")
    }
    hold, lift = (
        HoldForm(site, given["hold"], initial={"from_day": today}),
        LiftForm(site, given["lift"], initial={"lifted": today}),
    )
    away = DisposeForm(choices, given["dispose"])
    if hold.is_bound and hold.is_valid():
        said = dict(hold.cleaned_data)
        Hold.objects.create(site=site, patient=said.pop("number"), by=request.user, **said)  # type: ignore[misc]
        messages.success(request, "廃棄の保留を記録しました。")
        return redirect("records-retention", site.slug)
    if lift.is_bound and lift.is_valid():
        Hold.objects.filter(pk=lift.cleaned_data["hold"].pk).update(lifted=lift.cleaned_data["lifted"])
        messages.success(request, "保留を解除しました。")
        return redirect("records-retention", site.slug)
    if away.is_bound and away.is_valid():
        said = away.cleaned_data
        try:
            made = dispose(
                site,
                kind,
                said["patients"],
                today,
                method=said["method"],
                approved_by=said["approved_by"],
                by=request.user,
            )
        except UsageError as error:
            away.add_error(None, str(error))
        else:
            messages.success(request, f"{KINDS[kind]}の廃棄{len(made)}人分を記録し、台帳に残しました。")
            return redirect("records-retention", site.slug)
    page = _retention_page(request, kind, len(kept))
    if kept:
        page.parts.append(
            FormPart(away, "廃棄を記録する", f"{KINDS[kind]}を廃棄する", "dispose", folded=True)
        )
    page.parts.append(FormPart(hold, "保留する", "廃棄を保留する", "hold", folded=True))
    if Hold.objects.filter(site=site, lifted=None).exists():
        page.parts.append(FormPart(lift, "解除する", "保留を解除する", "lift", folded=True))
    page.status = 400 if hold.is_bound or lift.is_bound or away.is_bound else 200
    return show(request, page)


def _retention_page(request: RecordsRequest, kind: str, count: int) -> Shown:
    site = request.site
    settings = RoomSettings.of(site)
    holds = [
        (one.patient.number, one.reason, one.from_day, one.lifted or "保留中")
        for one in Hold.objects.filter(site=site).select_related("patient")[:MOST]
    ]
    gone = [
        (one.patient.number, KINDS[one.what], one.completed, f"{one.years}年", one.on, one.method, one.approved_by,
         link(reverse("evidence-entry", args=(site.slug, one.evidence)), f"証拠{one.evidence}"))
        for one in Disposal.objects.filter(site=site).select_related("patient")[:MOST]
    ]  # fmt: skip
    other = "others" if kind == "charts" else "charts"
    more = f"{MOST}人まで" if count >= MOST else f"{count}人"
    return Shown(
        f"保存期間を過ぎた{KINDS[kind]}：{more}",
        [
            Details(
                [
                    *((label, f"完結の日から{years_of(settings, one)}年") for one, label in KINDS.items()),
                    ("根拠", settings.years_source),
                    ("完結の日", "最後の退院日と最終診療日の遅い方"),
                ]
            ),
            Words([link(f"?kind={other}", f"{KINDS[other]}を見る")]),
            Table("廃棄の保留", ("患者番号", "理由", "始まり", ""), holds),
            Table(
                "廃棄の記録",
                ("患者番号", "対象", "完結の日", "保存", "廃棄した日", "方法", "承認者", "台帳"),
                gone,
            ),
        ],
    )


urlpatterns = [
    path("s/<slug:site>/records/lending/", lending, name="records-lending"),
    path("s/<slug:site>/records/disclosures/<int:number>/", disclosure, name="records-disclosure"),
    path("s/<slug:site>/records/retention/", retention, name="records-retention"),
]
