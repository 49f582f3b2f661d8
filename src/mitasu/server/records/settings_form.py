"""The room's settings as they are checked and saved, by the same rules for the page and the command."""

from __future__ import annotations

from typing import Any

from django import forms

from mitasu.server.accounts.models import Site
from mitasu.server.records.models import RoomSettings
from mitasu.server.records.summaries import recount_all


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]  # generic to the checker only
    """How the room counts and keeps."""

    names = forms.CharField(
        label="診療科コードの名前", required=False, widget=forms.Textarea({"rows": 4}),
        help_text="様式1の診療科コードを、1行に一つ「010=内科」のように書きます。",
    )  # fmt: skip

    class Meta:
        model = RoomSettings
        fields = (
            "counting", "dentists_count", "charts_years", "others_years", "years_source", "operation_code",
            "operation_day", "operation_name", "answer_days",
        )  # fmt: skip

    def __init__(self, *data: Any, **options: Any) -> None:
        super().__init__(*data, **options)
        self.fields["names"].initial = "\n".join(
            f"{code}={name}" for code, name in self.instance.departments.items()
        )
        self.fields[
            "dentists_count"
        ].help_text = "通知は「医師」とだけ述べています。歯科の病棟でどう扱うかは、厚生局に確かめてください。"
        self.fields[
            "operation_code"
        ].help_text = "年度の調査実施説明資料にある番号（1から9）。分からなければ空のままにします。"

    def clean_names(self) -> dict[str, str]:
        """Code and name by line."""
        found = {}
        for line in self.cleaned_data["names"].splitlines():
            code, equals, name = line.strip().partition("=")
            if line.strip() and not (equals and code.strip() and name.strip()):
                raise forms.ValidationError(f"「{line}」は「010=内科」の形ではありません。")
            if line.strip():
                found[code.strip()] = name.strip()
        return found

    def clean(self) -> dict[str, Any]:
        """Periods not below the law's, payloads from 1 to 9."""
        said: dict[str, Any] = super().clean() or self.cleaned_data
        for name, least in (("charts_years", 5), ("others_years", 3)):
            if said.get(name) is not None and said[name] < least:
                self.add_error(name, f"{least}年より短くはできません。")
        for name in ("operation_code", "operation_day", "operation_name"):
            if said.get(name) is not None and not 1 <= said[name] <= 9:
                self.add_error(name, "1から9までの番号です。")
        return said


def set_up(site: Site, form: SettingsForm) -> int:
    """Saves a valid form; how many stays count differently under the new settings."""
    made = form.save(commit=False)
    made.departments = form.cleaned_data["names"]
    made.save()
    return recount_all(site)
