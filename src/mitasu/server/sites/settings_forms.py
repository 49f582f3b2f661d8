"""Forms of a site's settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.validators import UnicodeUsernameValidator

from mitasu.rulebook import ENCOUNTER_KINDS
from mitasu.server.accounts.models import Role, Site
from mitasu.server.forms import CountField, DayField
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.prefectures import PREFECTURES

TEXTS = ("address", "phone", "founder", "administrator", "website")


class ProfileForm(forms.Form):
    """Where a site is and who runs it; how many visits it has in a month."""

    address = forms.CharField(label="所在地", max_length=300, required=False)
    prefecture = forms.ChoiceField(
        label="都道府県",
        required=False,
        choices=[("", "（選ばない）"), *PREFECTURES.items()],
        widget=forms.Select({"class": "short"}),
    )
    phone = forms.CharField(
        label="電話番号",
        max_length=30,
        required=False,
        widget=forms.TextInput({"class": "short", "inputmode": "tel"}),
    )
    founder = forms.CharField(label="開設者", max_length=200, required=False)
    administrator = forms.CharField(
        label="管理者", max_length=200, required=False, help_text="院長・管理薬剤師など、届出に書く管理者。"
    )
    website = forms.URLField(
        label="ウェブサイト", required=False, assume_scheme="https", help_text="例：https://www.example.jp/"
    )
    vendor = forms.CharField(label="電子カルテの会社", max_length=100, required=False)

    def __init__(self, site: Site, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind in visit_kinds(site):
            self.fields[f"visits-{kind}"] = CountField(
                label=f"{ENCOUNTER_KINDS[kind]}（月の回数）",
                required=False,
                help_text="金額の見込みに使います。おおよそで構いません。",
            )

    def body(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The profile as the ledger keeps it: what was emptied is said empty, what this form does not know stays."""
        said = self.cleaned_data
        visits = dict(before.get("visits") or {})
        for name in self.fields:
            if name.startswith("visits-"):
                visits[name.removeprefix("visits-")] = said[name]
        body = {**before, **{name: said[name].strip() for name in TEXTS}}
        body["visits"] = {kind: count for kind, count in visits.items() if count is not None}
        return {name: value for name, value in body.items() if value or name in before}


def visit_kinds(site: Site) -> list[str]:
    """The kinds of visits for which anything is paid in a site's sector."""
    paid = {
        kind
        for addition in rulebook().additions.values()
        for kind in addition.billing.encounters.get(site.sector, ())
    }
    return [kind for kind in ENCOUNTER_KINDS if kind in paid]


def profile_initial(site: Site, body: Mapping[str, Any]) -> dict[str, Any]:
    """What the profile form begins with."""
    visits = {f"visits-{kind}": count for kind, count in (body.get("visits") or {}).items()}
    return {**body, **visits, "prefecture": site.prefecture, "vendor": site.vendor}


class MemberForm(forms.Form):
    """Someone to be added to a site."""

    username = forms.CharField(
        label="利用者名",
        max_length=150,
        validators=[UnicodeUsernameValidator()],
        help_text="サインインに使う名前。もう使っている人はその名前を、新しい人は新しい名前を入れます。",
        widget=forms.TextInput({"class": "short", "autocomplete": "off", "autocapitalize": "none"}),
    )
    shown = forms.CharField(
        label="表示名", max_length=100, required=False, help_text="例：医事課 受付。新しい人だけに使います。"
    )
    email = forms.EmailField(label="メール", required=False)
    role = forms.TypedChoiceField(
        label="役割",
        choices=Role.choices,
        coerce=lambda value: Role(int(value)),
        widget=forms.RadioSelect,
        initial=Role.VIEW,
        help_text="閲覧：見る。入力：事実と証拠を記録する。承認：記録を承認する。管理：利用者と施設を管理する。",
    )


class RoleForm(forms.Form):
    """Another role for a member."""

    role = forms.TypedChoiceField(choices=Role.choices, coerce=lambda value: Role(int(value)))


class ArchiveForm(forms.Form):
    """Closing a site: its name typed once more."""

    name = forms.CharField(
        label="施設の名前", max_length=200, widget=forms.TextInput({"autocomplete": "off"})
    )

    def __init__(self, site: Site, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.site = site

    def clean_name(self) -> str:
        """The site's own name."""
        name = str(self.cleaned_data["name"]).strip()
        if name != self.site.name:
            raise forms.ValidationError(f"「{self.site.name}」と入力してください。")
        return name


class TrailForm(forms.Form):
    """What of the audit trail to show."""

    first = DayField(label="いつから", required=False)
    last = DayField(label="いつまで", required=False)
    person = forms.CharField(label="人", max_length=150, required=False)
    action = forms.ChoiceField(label="こと", required=False)

    def __init__(self, actions: Mapping[str, str], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["action"].choices = [("", "すべて"), *actions.items()]  # type: ignore[attr-defined]  # a choice field
