"""The room's settings, and the page on which an administrator grants the permission, without having it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse

from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Membership, Records, Role, Site
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.records.access import RecordsRequest, records_page
from mitasu.server.records.doctors import link_doctor, unlink_doctor, unlinked_doctors
from mitasu.server.records.models import Doctor, RoomSettings
from mitasu.server.records.parts import FormPart, Shown, Table, Words, link, show
from mitasu.server.records.settings_form import SettingsForm, set_up


class DoctorForm(forms.Form):
    """Whose account a doctor's name belongs to."""

    doctor = forms.ChoiceField(label="担当医（一覧表の名前）")
    user = forms.ModelChoiceField(Membership.objects.none(), label="利用者", empty_label=None)

    def __init__(self, site: Site, *data: Any) -> None:
        super().__init__(*data)
        doctor, user = self.fields["doctor"], self.fields["user"]
        doctor.choices = [(name, name) for name in unlinked_doctors(site)]  # type: ignore[attr-defined]
        user.queryset = Membership.objects.filter(site=site).exclude(records="").select_related("user")  # type: ignore[attr-defined]
        user.label_from_instance = lambda one: str(one.user)  # type: ignore[attr-defined]


class UnlinkForm(forms.Form):
    """A link that was wrong, or of a doctor who left."""

    doctor = forms.ModelChoiceField(Doctor.objects.none(), label="解く担当医", empty_label=None)

    def __init__(self, site: Site, *data: Any) -> None:
        super().__init__(*data)
        field: Any = self.fields["doctor"]
        field.queryset = Doctor.objects.filter(site=site).select_related("user")
        field.label_from_instance = lambda one: f"{one.name}（{one.user}）"


@records_page(Records.KEEP)
def settings(request: RecordsRequest) -> HttpResponse:
    """The room's settings, and which doctor has which account."""
    site = request.site
    action = request.POST.get("action")
    form = SettingsForm(request.POST if action == "settings" else None, instance=RoomSettings.of(site))
    doctor = DoctorForm(site, request.POST if action == "doctor" else None)
    unlink = UnlinkForm(site, request.POST if action == "unlink" else None)
    if form.is_bound and form.is_valid():
        changed = set_up(site, form)
        messages.success(request, f"設定を直しました。数え直して{changed}件の要約が変わりました。")
        return redirect("records-room", site.slug)
    if doctor.is_bound and doctor.is_valid():
        count = link_doctor(site, doctor.cleaned_data["doctor"], doctor.cleaned_data["user"].user)
        messages.success(request, f"担当医と利用者を結びました（入院{count}件）。")
        return redirect("records-room", site.slug)
    if unlink.is_bound and unlink.is_valid():
        name = unlink.cleaned_data["doctor"].name
        count = unlink_doctor(site, name)
        audit_request(request, "change", f"担当医と利用者を解く：{name}")
        messages.success(
            request, f"「{name}」を解きました（入院{count}件）。その利用者には、もう見えません。"
        )
        return redirect("records-room", site.slug)
    rows = [(one.name, one.user) for one in Doctor.objects.filter(site=site).select_related("user")]
    page = Shown(
        "診療録管理の設定",
        [
            FormPart(form, "設定を直す", action="settings"),
            Table("担当医と利用者", ("担当医", "利用者"), rows),
            FormPart(doctor, "結ぶ", "担当医と利用者を結ぶ", "doctor", folded=True,
                     text="結ぶと、その医師は自分の退院時要約だけを見られます。名前が似ていても自動では結びません。"),
            *([FormPart(unlink, "解く", "担当医と利用者を解く", "unlink", folded=True)] if rows else []),
            Words([link(reverse("records-extractions", args=(site.slug,)), "取り出した一覧の記録")]),
        ],
        status=400 if form.is_bound or doctor.is_bound or unlink.is_bound else 200,
    )  # fmt: skip
    return show(request, page)


class GrantForm(forms.Form):
    """A permission for a member."""

    member = forms.ModelChoiceField(Membership.objects.none(), label="利用者", empty_label=None)
    records = forms.ChoiceField(
        label="診療録の許可", choices=Records.choices, required=False, widget=forms.RadioSelect
    )

    def __init__(self, site: Site, user: Any, *data: Any) -> None:
        super().__init__(*data)
        field: Any = self.fields["member"]
        field.queryset = (
            Membership.objects.filter(site=site)
            .exclude(user=user)
            .select_related("user")
            .order_by("user__username")
        )
        field.label_from_instance = lambda one: str(one.user)


@site_page(Role.ADMIN)
@fresh_sign_in
def access(request: SiteRequest) -> HttpResponse:
    """Who may see health records; an administrator grants it to others, never to themselves."""
    site = request.site
    form = GrantForm(site, request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        member, records = form.cleaned_data["member"], Records(form.cleaned_data["records"])
        grant(site, member, records)
        audit_request(request, "change", f"診療録の許可：{member.user.username}（{records.label}）")
        messages.success(request, f"{member.user}の診療録の許可を「{records.label}」にしました。")
        return redirect("records-access", site.slug)
    members = Membership.objects.filter(site=site).select_related("user").order_by("user__username")
    rows = [(one.user, Role(one.role).label, Records(one.records).label) for one in members]
    page = Shown(
        "診療録を見られる人",
        [
            Words(
                [
                    "患者の記録は、ここで許可した人だけが見られます。管理の役割だけでは見られません。自分に許可を付けることはできません。"
                ]
            ),
            Table("許可", ("利用者", "役割", "診療録"), rows),
            FormPart(form, "許可を変える", "許可を変える"),
        ],
        status=400 if form.is_bound else 200,
    )
    request.records = Records(site.records)  # type: ignore[attr-defined]  # for the room's navigation
    return show(request, page)


def grant(site: Site, member: Membership, records: Records) -> None:
    """Gives a member a permission; UsageError where they are not of the site."""
    if member.site_id != site.pk:
        raise UsageError("この施設の利用者ではありません。")
    member.records = records
    member.save(update_fields=["records"])


urlpatterns = [
    path("s/<slug:site>/records/settings/", settings, name="records-room"),
    path("s/<slug:site>/records/access/", access, name="records-access"),
]
