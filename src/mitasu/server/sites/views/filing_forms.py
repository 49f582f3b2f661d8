"""What people type about filings: sending, acceptance, withdrawal, an older filing, the head of the form."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from mitasu.dates import is_opening_day, japanese_date
from mitasu.errors import UsageError
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.server.forms import DayField
from mitasu.server.ledger.documents import store
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.filed import METHODS, Filed
from mitasu.server.sites.road import PLACE, Way

NOT_YET = "この日（{day}）は今日より後です。{what}が済んでから記録してください。"


def _past(form: forms.Form, name: str, what: str) -> date | None:
    """A day that must not lie ahead; the fault is noted at its field."""
    day: date | None = form.cleaned_data.get(name)
    if day is not None and day > timezone.localdate():
        form.add_error(name, NOT_YET.format(day=japanese_date(day), what=what))
        return None
    return day


def _not_open(day: date) -> str:
    """Why the office cannot accept anything on a day; empty where it can."""
    try:
        return "" if is_opening_day(day) else f"{japanese_date(day)}は閉庁日です。"
    except UsageError as error:
        return str(error)


class _Complete(forms.Form):
    """Asks, where a site has no list of filings yet, whether what stands here is all there is."""

    complete = forms.BooleanField(
        label="いま有効な届出は、この画面に記録したもの（これから記録するものを含む）ですべてです",
        error_messages={
            "required": "届出の一覧がまだないので、判定に使う前に、これですべてかどうかの確認が要ります。チェックを入れるか、先に受理済みの届出を集めてください。"
        },
    )

    def __init__(self, *args: Any, complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if complete:
            del self.fields["complete"]


class Sending(_Complete):
    """That a filing was sent: when, how, at which level, with what to show for it."""

    level = forms.ChoiceField(label="区分", widget=forms.Select({"class": "short"}))
    sent_on = DayField(label="送った日")
    method = forms.ChoiceField(label="送り方", choices=list(METHODS.items()), widget=forms.RadioSelect)
    arrived = DayField(
        label="到着した日",
        required=False,
        help_text="郵送のときは、届いたと分かってから。電子申請と持参は、空けておくと送った日になります。",
    )
    receipt = forms.CharField(
        label="受付番号",
        required=False,
        max_length=100,
        widget=forms.TextInput({"class": "short", "autocomplete": "off"}),
    )
    photo = forms.FileField(
        label="控えの写真やPDF",
        required=False,
        help_text="受付印のある控え、電子申請の受付画面、簡易書留の控えなど。証拠台帳に入ります。",
    )

    def __init__(self, *args: Any, way: Way, complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, complete=complete, **kwargs)
        levels = [fixed.level.level for fixed, _ in way.now.levels]
        self.fields["level"].choices = [(level, level or "区分なし") for level in levels]  # type: ignore[attr-defined]  # a ChoiceField
        if levels == [""]:
            del self.fields["level"]
        self.details = self._details(way)
        for entry, wanted in self.details:
            self.fields[f"detail_{entry.id}"] = _detail(entry, wanted)

    @staticmethod
    def _details(way: Way) -> list[tuple[CatalogueEntry, Any]]:
        from mitasu.judge.filing_facts import filing_details

        catalogue = rulebook().catalogue
        asked = filing_details(way.filed) if way.filed is not None else {}
        return [(entry, value) for id_, value in asked.items() if (entry := catalogue.get(id_))]

    def clean(self) -> dict[str, Any]:
        """Days in order; the copy is stored only once all else is right."""
        super().clean()
        sent, arrived = _past(self, "sent_on", "送付"), _past(self, "arrived", "到着")
        if sent and arrived and arrived < sent:
            self.add_error(
                "arrived",
                f"到着した日（{japanese_date(arrived)}）が送った日（{japanese_date(sent)}）より前です。どちらかの日を直してください。",
            )
        if sent and not self.cleaned_data.get("arrived") and self.cleaned_data.get("method") != "post":
            self.cleaned_data["arrived"] = sent
        photo = self.cleaned_data.get("photo")
        self.document = ""
        if photo is not None and not self.errors:
            try:
                self.document = store(photo.read()).digest
            except UsageError as error:
                self.add_error("photo", str(error))
        return self.cleaned_data

    def stated(self) -> dict[str, Any]:
        """The details that the filing states."""
        found = {entry.id: self.cleaned_data.get(f"detail_{entry.id}") for entry, _ in self.details}
        return {id_: value for id_, value in found.items() if value not in (None, "")}


def _detail(entry: CatalogueEntry, wanted: Any) -> forms.Field:
    if entry.values:
        return forms.ChoiceField(
            label=entry.label,
            choices=[("", "書いていない"), *entry.values.items()],
            initial=wanted,
            required=False,
        )
    return forms.BooleanField(label=entry.label, required=False, initial=wanted is True)


class Acceptance(forms.Form):
    """That a filing arrived and was accepted."""

    arrived = DayField(label="到着した日", required=False)
    accepted = DayField(
        label="受理された日", required=False, help_text="受理通知の日。空けておくと、到着だけを記録します。"
    )

    def __init__(self, *args: Any, filing: Filed, sent_on: date | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"arrived": filing.arrived, "accepted": filing.accepted})
        super().__init__(*args, **kwargs)
        self.sent_on = sent_on

    def clean(self) -> dict[str, Any]:
        """Sent, arrived, accepted, in this order; the office accepts on opening days only."""
        super().clean()
        arrived, accepted = _past(self, "arrived", "到着"), _past(self, "accepted", "受理")
        if arrived and self.sent_on and arrived < self.sent_on:
            self.add_error(
                "arrived",
                f"到着した日（{japanese_date(arrived)}）が送った日（{japanese_date(self.sent_on)}）より前です。どちらの日が正しいか、控えで確かめてください。",
            )
        if arrived and accepted and accepted < arrived:
            self.add_error(
                "accepted",
                f"受理の日（{japanese_date(accepted)}）が到着した日（{japanese_date(arrived)}）より前です。受理通知の日と到着の日を確かめてください。",
            )
        elif accepted and self.sent_on and accepted < self.sent_on:
            self.add_error(
                "accepted",
                f"受理の日（{japanese_date(accepted)}）が送った日（{japanese_date(self.sent_on)}）より前です。受理通知の日を確かめてください。",
            )
        elif accepted and (fault := _not_open(accepted)):
            self.add_error("accepted", f"{fault}受理通知の日を確かめてください。")
        if not self.errors and not arrived and not accepted:
            self.add_error("arrived", "到着した日か受理された日のどちらかを入れてください。")
        return self.cleaned_data


class Withdrawal(forms.Form):
    """That a filing is withdrawn from a day on."""

    withdrawn = DayField(
        label="辞退の日", help_text="この日から届出は有効でなくなります。これからの日でもかまいません。"
    )

    def __init__(self, *args: Any, filing: Filed, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filing = filing

    def clean_withdrawn(self) -> date:
        """Not before the filing was accepted or arrived."""
        day: date = self.cleaned_data["withdrawn"]
        for before, what in ((self.filing.accepted, "受理の日"), (self.filing.arrived, "到着した日")):
            if before is not None and day < before:
                raise forms.ValidationError(
                    f"辞退の日（{japanese_date(day)}）が{what}（{japanese_date(before)}）より前です。{what}以後の日を入れてください。"
                )
        return day


class TakingBack(forms.Form):
    """Why an entry about a filing is taken back."""

    reason = forms.CharField(label="取り消す理由", max_length=200)


class Earlier(_Complete):
    """A filing from before, or one that others made: what, at which level, when it was accepted."""

    item = forms.ChoiceField(label="届け出たもの")
    level = forms.CharField(
        label="区分",
        required=False,
        max_length=10,
        help_text="区分のある届出だけ。例：2",
        widget=forms.TextInput({"class": "short", "autocomplete": "off"}),
    )
    arrived = DayField(label="到着した日", required=False)
    accepted = DayField(label="受理された日")

    def __init__(self, *args: Any, sector: str, complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, complete=complete, **kwargs)
        book = rulebook()
        choices = [
            (about.id, about.title_in(sector))
            for about in book.additions.values()
            if sector in about.sectors and about.filing.get("required", True)
        ]
        choices += [
            (entry.id, entry.label)
            for entry in book.catalogue.of("filing_item").values()
            if not entry.sectors or sector in entry.sectors
        ]
        self.fields["item"].choices = [("", "選んでください"), *choices]  # type: ignore[attr-defined]  # a ChoiceField
        self.order_fields(["item", "level", "arrived", "accepted", "complete"])

    def clean(self) -> dict[str, Any]:
        """A level that the item has; days in order."""
        super().clean()
        arrived, accepted = _past(self, "arrived", "到着"), _past(self, "accepted", "受理")
        if arrived and accepted and accepted < arrived:
            self.add_error(
                "accepted",
                f"受理の日（{japanese_date(accepted)}）が到着した日（{japanese_date(arrived)}）より前です。受理通知の日と到着の日を確かめてください。",
            )
        about = rulebook().additions.get(self.cleaned_data.get("item", ""))
        level = self.cleaned_data.get("level", "")
        known = {text.level for period in about.periods for text in period.levels} if about else set()
        if about and level and level not in known:
            named = "、".join(sorted(known - {""})) or "区分なし"
            self.add_error(
                "level", f"この加算に区分「{level}」はありません。{named}から選び、なければ空けてください。"
            )
        return self.cleaned_data


class Place(forms.Form):
    """What the head of the form says besides name and code."""

    address = forms.CharField(label="所在地", required=False, max_length=300)
    founder = forms.CharField(label="開設者", required=False, max_length=200)
    manager = forms.CharField(label="管理者", required=False, max_length=200)

    def body(self) -> dict[str, str]:
        """The part of the profile that it gives."""
        return {key: self.cleaned_data[key].strip() for key in PLACE.values()}


class Planning(forms.Form):
    """The day on which acceptance is planned."""

    plan = DayField(label="受理の予定日", help_text="この日に有効な様式で書類を作ります。")

    def clean_plan(self) -> date:
        """Today or later, within the table of holidays."""
        day: date = self.cleaned_data["plan"]
        if day < timezone.localdate():
            raise forms.ValidationError("受理の予定日が過ぎています。今日からあとの日を入れてください。")
        if fault := _not_open(day):
            raise forms.ValidationError(f"{fault}その前か後の開庁日にしてください。")
        return day
