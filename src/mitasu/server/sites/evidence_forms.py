"""Forms of the evidence ledger: a paper with its days and the facts it proves, taking back, the binder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from django import forms
from django.core import signing

from mitasu.dates import first_day, last_day
from mitasu.errors import UsageError
from mitasu.facts.values import value_of
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.server.accounts.models import Site
from mitasu.server.forms import DayField, MonthField
from mitasu.server.ledger import documents
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.evidence import Asked
from mitasu.server.sites.evidence_writing import body_of
from mitasu.text import halfwidth

KEPT = "mitasu.evidence.kept"
KEPT_SECONDS = 6 * 3600
MOST_MONTHS = 60
YES_NO = (("", "記録しない"), ("true", "はい"), ("false", "いいえ"))
DAY_EXAMPLE = "例：R8.11.22、令和8年11月22日、20261122。"


class PaperForm(forms.Form):
    """A paper for requirements that were chosen before, with a field for each fact that it may prove."""

    template_name = "sites/evidence_form.html"

    title = forms.CharField(
        label="証拠の名前", max_length=200, help_text="例：待合室の掲示の写真、電子処方箋の運用開始の通知"
    )
    file = forms.FileField(
        label="ファイル",
        required=False,
        help_text="PDF、写真（JPEG・PNG・HEIC）、Excel、Word、文字。50MBまで。中身で種類を確かめます。",
    )
    figure_what = forms.CharField(
        label="何の数か",
        max_length=200,
        required=False,
        help_text="例：2026年9月のマイナ保険証利用率（支払基金の通知）",
    )
    figure_value = forms.CharField(
        label="数",
        max_length=60,
        required=False,
        help_text="例：33.0%、12人",
        widget=forms.TextInput({"class": "short"}),
    )
    statement_who = forms.CharField(
        label="だれが述べるか", max_length=100, required=False, help_text="例：院長、事務長"
    )
    statement_what = forms.CharField(
        label="述べること", max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )
    first_day = DayField(
        label="いつから",
        required=False,
        help_text=f"{DAY_EXAMPLE}この日より前のことも示すなら空けておきます。",
    )
    last_day = DayField(
        label="いつまで",
        required=False,
        help_text=f"{DAY_EXAMPLE}期限がなければ空けておきます。期限が過ぎると、要件は未確認に戻ります。",
    )
    note = forms.CharField(
        label="覚え書き", max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
    )
    kept = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self, site: Site, asked: Iterable[Asked], facts: Iterable[CatalogueEntry], *args: Any, **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.site, self.asked, self.proving = site, list(asked), {one.id: one for one in facts}
        for entry in self.proving.values():
            self.fields[f"fact-{entry.id}"] = _fact_field(entry)
        self.document = ""
        self.file_name = ""
        self._unkept()

    @property
    def fact_fields(self) -> list[Any]:
        """The bound fields of the facts."""
        return [self[name] for name in self.fields if name.startswith("fact-")]

    def _unkept(self) -> None:
        """The file that came with an earlier try, or that the corrected paper has."""
        given = self.data.get("kept") if self.is_bound else self.initial.get("kept")
        try:
            site, self.document, self.file_name = signing.loads(
                given or "", salt=KEPT, max_age=KEPT_SECONDS if self.is_bound else None
            )
        except (signing.BadSignature, ValueError):
            return
        if site != self.site.pk:
            self.document = self.file_name = ""

    def clean_file(self) -> Any:
        """The file is checked by its content and stored at once, so that it need not be chosen again."""
        file = self.cleaned_data["file"]
        if file is not None:
            try:
                self.document = documents.store(file.read()).digest
            except UsageError as error:
                raise forms.ValidationError(str(error)) from None
            self.file_name = str(file.name)[:150]
            data: Any = self.data
            self.data = data = data.copy()
            data["kept"] = kept(self.site, self.document, self.file_name)
        return file

    def clean(self) -> dict[str, Any]:
        """What belongs together is there together, and there is something that proves."""
        said = super().clean() or {}
        first, last = said.get("first_day"), said.get("last_day")
        if first and last and last < first:
            self.add_error(
                "last_day", "「いつから」より前の日です。後の日にするか、「いつから」を直してください。"
            )
        for one, other in (("figure_what", "figure_value"), ("statement_who", "statement_what")):
            for empty, filled in ((one, other), (other, one)):
                if said.get(filled) and not said.get(empty):
                    self.add_error(empty, f"「{self.fields[filled].label}」と合わせて入力してください。")
        shown = self.document or said.get("figure_value") or said.get("statement_what")
        if not shown and "file" not in self.errors:
            self.add_error("file", "ファイル、数、述べることのどれか一つを入れてください。")
        for entry in self.proving.values():
            self._clean_fact(entry, said)
        return said

    def _clean_fact(self, entry: CatalogueEntry, said: dict[str, Any]) -> None:
        name = f"fact-{entry.id}"
        try:
            said[name] = fact_value(entry, said.get(name))
        except ValueError as error:
            self.add_error(name, str(error))

    def facts(self) -> dict[str, Any]:
        """The facts to record, by id."""
        values = {id_: self.cleaned_data.get(f"fact-{id_}") for id_ in self.proving}
        return {id_: value for id_, value in values.items() if value is not None}

    def draft(self, replaces: int | None = None) -> Draft:
        """The paper as an entry to be made."""
        said = self.cleaned_data
        body = body_of(
            said["title"],
            [one.key for one in self.asked],
            said["note"],
            statement={"who": said["statement_who"], "what": said["statement_what"]}
            if said["statement_what"]
            else None,
            figure={"what": said["figure_what"], "value": said["figure_value"]}
            if said["figure_value"]
            else None,
            file=self.file_name,
        )
        return Draft(
            Kind.EVIDENCE, "", body, said["first_day"], said["last_day"], self.document, replaces=replaces
        )


def kept(site: Site, document: str, name: str) -> str:
    """A stored file as the form carries it: signed, so that no one can name a file that they did not send."""
    return signing.dumps([site.pk, document, name], salt=KEPT)


def _fact_field(entry: CatalogueEntry) -> forms.Field:
    options: dict[str, Any] = {"label": entry.ask or entry.label, "required": False}
    if entry.type == "boolean":
        return forms.ChoiceField(choices=YES_NO, widget=forms.Select({"class": "short"}), **options)
    if entry.type == "enum":
        choices = [("", "記録しない"), *entry.values.items()]
        return forms.ChoiceField(choices=choices, **options)
    if entry.type == "date":
        return DayField(help_text=f"{DAY_EXAMPLE}空けておくと記録しません。", **options)
    unit = {"percent": "%", "yen": "円"}.get(entry.type, entry.unit)
    told = f"単位：{unit}。空けておくと記録しません。" if unit else "空けておくと記録しません。"
    return forms.CharField(
        max_length=100,
        help_text=told,
        widget=forms.TextInput({"class": "short", "autocomplete": "off"}),
        **options,
    )


def fact_value(entry: CatalogueEntry, typed: Any) -> Any:
    """A fact's value as the ledger keeps it (None: not given); ValueError in Japanese otherwise."""
    if typed in (None, ""):
        return None
    if entry.type == "boolean":
        return typed == "true"
    if isinstance(typed, date):
        return typed.isoformat()
    text = halfwidth(str(typed)).strip()
    if entry.type in ("integer", "decimal", "percent", "yen"):
        text = text.replace(",", "").removesuffix(entry.unit or "円").strip()
    value = value_of(text, entry.type, entry.values)
    return value if entry.type in ("integer", "yen") else text.removesuffix("%")


def typed_value(entry: CatalogueEntry, value: Any) -> Any:
    """A kept value as the field shows it."""
    if entry.type == "boolean":
        return "true" if value else "false"
    return str(value)


class RetractionForm(forms.Form):
    """Why a paper is taken back."""

    reason = forms.CharField(
        label="取り消す理由", max_length=500, help_text="例：別の施設の書類だった。理由は台帳に残ります。"
    )


class BinderForm(forms.Form):
    """Which additions and months go into a binder."""

    additions = forms.MultipleChoiceField(
        label="加算",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "加算を一つ以上選んでください。"},
    )
    first = MonthField(label="最初の月")
    last = MonthField(label="最後の月")

    def __init__(self, choices: Iterable[tuple[str, str]], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["additions"].choices = list(choices)  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """The months are in order and not more than five years."""
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", "「最初の月」より前です。後の月にするか、「最初の月」を直してください。")
        elif first and last and (last_day(last) - first_day(first)).days > MOST_MONTHS * 31:
            self.add_error("first", f"{MOST_MONTHS}か月までにしてください。")
        return said


def initial_of(body: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What a paper's form begins with when another paper is corrected or renewed."""
    yield "title", body.get("title", "")
    yield "note", body.get("note", "")
    for name in ("statement", "figure"):
        for key, value in (body.get(name) or {}).items():
            yield f"{name}_{key}", value
