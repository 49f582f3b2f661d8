"""The health-record managers: their list, how many are needed, and handing both to the ledger."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path, reverse
from django.utils import timezone

from mitasu.server.accounts.models import Records, Role
from mitasu.server.forms import DayField
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.models import StaffMember
from mitasu.server.records.parts import Crumb, FormPart, Shown, Table, Words, link, show
from mitasu.server.records.staffing import counts_as_exclusive, discharges, enough, publish, why_not
from mitasu.server.records.stating import offers, state


class StaffForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker only
    """One manager."""

    first = DayField(label="始まり")
    last = DayField(label="終わり", required=False)

    class Meta:
        model = StaffMember
        fields = (
            "name",
            "employment",
            "assignment",
            "clerk_assistant",
            "cancer_registry",
            "other_duties",
            "duties",
            "first",
            "last",
        )

    def clean(self) -> dict[str, object]:
        """The period in order."""
        said: dict[str, object] = super().clean() or self.cleaned_data
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if first and last and last < first:
            self.add_error("last", "終わりが始まりより前です。")
        return said


@records_page(Records.KEEP)
def staff(request: RecordsRequest) -> HttpResponse:
    """The list; POST adds someone."""
    site, today = request.site, timezone.localdate()
    form = StaffForm(request.POST or None, instance=StaffMember(site=site))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "診療記録管理者を加えました。判定に使うには「台帳に載せる」を押します。")
        return redirect("records-staff", site.slug)
    members = list(StaffMember.objects.filter(site=site))
    fine, told = enough(members, discharges(site, today), today)
    rows = [
        (
            link(reverse("records-staff-member", args=(site.slug, one.pk)), one.name), one.get_employment_display(),
            one.get_assignment_display(), one.duties, one.first, one.last or "",
            why_not(one, today) or ("数える（専従）" if counts_as_exclusive(one, today) else "数える"),
        )
        for one in members
    ]  # fmt: skip
    head = ("氏名", "雇用", "専従・専任", "業務", "始まり", "終わり", "今日の数え方")
    page = Shown(
        "診療記録管理者は足りています" if fine else "診療記録管理者が足りません",
        asof=f"{told}（一覧表にある、この12か月の退院から）",
        parts=[
            Table("診療記録管理者", head, rows),
            FormPart(forms.Form(), "台帳に載せる", to=reverse("records-staff-publish", args=(site.slug,)),
                     text="台帳には氏名を載せません。判定は台帳の一覧で行います。"),
            FormPart(form, "加える", "管理者を加える", folded=True),
            Words(["派遣や請負の職員、非常勤の職員（常勤換算も）は数えません。専従の1人は、医師事務作業補助者を兼ねず、ほかの業務をしない人です。"], style="quiet"),
        ],
        status=400 if form.is_bound else 200,
    )  # fmt: skip
    return show(request, page)


@records_page(Records.KEEP)
def member(request: RecordsRequest, member: int) -> HttpResponse:
    """One manager, changed."""
    found = get_object_or_404(StaffMember, site=request.site, pk=member)
    form = StaffForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, "直しました。判定に使うには「台帳に載せる」を押します。")
        return redirect("records-staff", request.site.slug)
    crumbs = (Crumb("管理者", reverse("records-staff", args=(request.site.slug,))), Crumb(found.name))
    page = Shown(
        f"{found.name}を直す", [FormPart(form, "直す")], crumbs=crumbs, status=400 if form.is_bound else 200
    )
    return show(request, page)


@records_page(Records.KEEP, to_change=Role.ENTER)
def to_ledger(request: RecordsRequest) -> HttpResponse:
    """Puts the managers into the ledger."""
    if request.method == "POST":
        made = publish(request.site, by=request.user)
        messages.success(
            request, f"台帳に{len(made)}件を記録しました。" if made else "台帳は、もう同じ内容です。"
        )
    return redirect("records-staff", request.site.slug)


@records_page(Records.KEEP)
def facts(request: RecordsRequest) -> HttpResponse:
    """What the register shows of the standard; POST states what was chosen."""
    site, today = request.site, timezone.localdate()
    found = offers(site, today)
    choices = [(one.id, f"{one.label}：{one.told}") for one in found]
    form = _FactsForm(choices, request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = state(site, form.cleaned_data["facts"], today, by=request.user)
        messages.success(
            request, f"事実{len(made) - 1}件を、証拠{made[0].number}とともに台帳に記録しました。"
        )
        return redirect("records-facts", site.slug)
    rows = [(one.label, one.told, one.basis, one.warning) for one in found]
    page = Shown(
        "一覧表から分かる事実を台帳に記録する",
        asof="記録するのは人が選んだものだけです。一覧表に入っていない月があると、実際より少なく出ます。",
        parts=[
            Table(
                "一覧表から分かること",
                ("事実", "値", "数えたもの", "確かめること"),
                rows,
                empty="この12か月の退院がありません。",
            )
        ],
        status=400 if form.is_bound else 200,
    )
    if found:
        page.parts.append(FormPart(form, "選んだ事実を記録する", "記録する"))
    return show(request, page)


class _FactsForm(forms.Form):
    facts = forms.MultipleChoiceField(label="記録する事実", widget=forms.CheckboxSelectMultiple)

    def __init__(self, choices: list[tuple[str, str]], *data: object) -> None:
        super().__init__(*data)  # type: ignore[arg-type]  # the request's data
        self.fields["facts"].choices = choices  # type: ignore[attr-defined]  # a choice field


urlpatterns = [
    path("s/<slug:site>/records/staff/", staff, name="records-staff"),
    path("s/<slug:site>/records/staff/<int:member>/", member, name="records-staff-member"),
    path("s/<slug:site>/records/staff/ledger/", to_ledger, name="records-staff-publish"),
    path("s/<slug:site>/records/facts/", facts, name="records-facts"),
]
