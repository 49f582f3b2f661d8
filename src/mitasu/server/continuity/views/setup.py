"""Setting up backups: targets, sources, who keeps the keys. For administrators, after a fresh sign-in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import path

from mitasu.errors import InputError, MitasuError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.continuity.models.backups import COVERS, Escrow, MediumKind, Source, SourceKind, Target
from mitasu.server.continuity.setting_up import new_source, new_target
from mitasu.server.continuity.views.backups import page
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page


class TargetForm(forms.Form):
    """A new target."""

    name = forms.CharField(label="識別名", max_length=40, help_text="英小文字・数字・ハイフン。例：nas-1")
    label = forms.CharField(label="名前", max_length=100, help_text="例：サーバー室のNAS")
    medium = forms.ChoiceField(label="媒体", choices=MediumKind.choices)
    location = forms.CharField(
        label="場所",
        max_length=500,
        required=False,
        help_text="/フォルダー、sftp:利用者@機械:/フォルダー、rest:http://機械:ポート/。取り外す媒体では空けておきます。",
    )
    append_only = forms.BooleanField(
        label="消せず、書き換えられない保管先である（試験で確かめます）", required=False
    )
    keep = forms.IntegerField(label="残す世代数", min_value=3, max_value=1000, initial=14)
    every_hours = forms.IntegerField(label="間隔（時間）", min_value=1, max_value=8784, initial=24)
    grace_hours = forms.IntegerField(label="遅れてよい時間", min_value=0, max_value=8784, initial=6)
    origin = forms.ChoiceField(
        label="写し元", required=False, help_text="ほかの保管先の世代を写すときに選びます。"
    )

    def __init__(self, targets: Any, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        choices = [("", "対象から直接取る"), *((one.name, one.label) for one in targets)]
        self.fields["origin"].choices = choices  # type: ignore[attr-defined]


class SourceForm(forms.Form):
    """A new source."""

    name = forms.CharField(label="識別名", max_length=40, help_text="英小文字・数字・ハイフン。例：charts")
    label = forms.CharField(label="名前", max_length=100, help_text="例：電子カルテの書き出し")
    kind = forms.ChoiceField(label="種類", choices=SourceKind.choices)
    place = forms.CharField(
        label="場所",
        max_length=500,
        required=False,
        help_text="/フォルダー、/ファイル、postgresql://利用者@機械/名前。この製品のデータでは空けておきます。",
    )
    covers = forms.MultipleChoiceField(
        label="何のデータか",
        choices=list(COVERS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sentinels = forms.CharField(
        label="目印",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="必ず入っているはずのファイル（データベースでは表）の名前を、一行に一つ。",
    )
    newest = forms.CharField(
        label="最後の取引の列",
        required=False,
        max_length=200,
        help_text="表.列。復元訓練で、失われる時間を読むのに使います。",
    )
    fresh_hours = forms.IntegerField(
        label="書き出しは何時間以内か",
        min_value=1,
        max_value=8784,
        initial=26,
        help_text="種類が「書き出すフォルダー」のとき。",
    )


@site_page(Role.ADMIN, to_change=Role.ADMIN)
@fresh_sign_in
def setup(request: SiteRequest) -> HttpResponse:
    """Targets, sources and keys of a site; POST adds one (`what`: target or source) or stops using one."""
    site = request.site
    targets = Target.objects.filter(site=site, active=True)
    what = request.POST.get("what", "")
    forms_ = {
        "target": TargetForm(targets, request.POST if what == "target" else None, prefix="target"),
        "source": SourceForm(request.POST if what == "source" else None, prefix="source"),
    }
    if request.method == "POST":
        done = _stopped(request) if what == "off" else what in forms_ and _added(request, what, forms_[what])
        if done:
            return redirect("continuity-setup", site.slug)
    context = {
        "target_form": forms_["target"],
        "source_form": forms_["source"],
        "targets": targets,
        "sources": Source.objects.filter(site=site, active=True),
        "covers": COVERS,
        "escrows": Escrow.objects.filter(target__site=site).select_related("target"),
    }
    return page(request, "setup", context, status=400 if request.method == "POST" else 200)


def _stopped(request: SiteRequest) -> bool:
    """Stops using a target or source; its records stay."""
    for key, model in (("target", Target), ("source", Source)):
        if name := request.POST.get(key):
            stopped = model.objects.filter(site=request.site, name=name, active=True).update(active=False)
            if stopped:
                audit_request(request, "change", f"使うのをやめる：{name}")
                messages.success(request, f"「{name}」を使うのをやめました。記録は残っています。")
            return bool(stopped)
    return False


def _added(request: SiteRequest, what: str, form: forms.Form) -> bool:
    if not form.is_valid():
        return False
    doubts: list[str] = []
    said = dict(form.cleaned_data)
    try:
        if what == "target":
            made: Any = new_target(request.site, **said)
        else:
            said["sentinels"] = [line.strip() for line in said["sentinels"].splitlines() if line.strip()]
            made, doubts = new_source(request.site, **said)
    except MitasuError as error:
        for problem in error.problems if isinstance(error, InputError) else (error,):
            form.add_error(None, str(problem))
        return False
    audit_request(request, "change", f"バックアップの設定に加える：{made.name}")
    messages.success(request, f"「{made.label}」を加えました。")
    for doubt in doubts:
        messages.warning(request, f"「{made.label}」：{doubt}")
    return True


urlpatterns = [path("s/<slug:site>/continuity/setup/", setup, name="continuity-setup")]
