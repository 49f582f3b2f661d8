"""The questions of the interview as forms: one for each kind of question, and which kind a question is."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from mitasu.dates import japanese_month
from mitasu.facts import Institution
from mitasu.judge.interview import Ask
from mitasu.server.forms import DayField
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.asking_lists import EventDetails, FilingsQuestion, PeopleDetails, PeopleQuestion
from mitasu.server.sites.inputs import field_for, typed
from mitasu.server.sites.question import ROWS, Question

MORE, MOST_ROWS = 3, 60
"""So many rows are added at a time, and so many at most."""


class FactQuestion(Question):
    """A plain fact: its value, and since when it has held."""

    def build(self) -> None:
        self.yes_no = self.ask.entry.type == "boolean"
        if not self.yes_no:
            self.put("", "value", field_for(self.ask.entry, label="答え", required=True))
        self.put(
            "いつから・証拠（なくてもよい）",
            "since",
            DayField(
                label="いつから", required=False, help_text="空欄なら今日から。例：R8.11.1、令和8年11月1日"
            ),
        )
        self.put(
            "いつから・証拠（なくてもよい）",
            "proof",
            forms.CharField(
                label="証拠になるもの", required=False, max_length=200, help_text="例：待合室の掲示の写真"
            ),
        )

    def clean_since(self) -> date:
        """The first day; not later than today, as the question is about today."""
        since = self.cleaned_data["since"] or timezone.localdate()
        if since > timezone.localdate():
            raise forms.ValidationError(
                "今日より後の日です。これから始まることは「事実」のページで入れてください。"
            )
        return since

    def drafts(self, answer: str) -> list[Draft]:
        value = answer == "yes" if self.yes_no else typed(self.cleaned_data["value"])
        proof = {"proof": self.cleaned_data["proof"]} if self.cleaned_data["proof"] else {}
        body = {"value": value, **proof}
        since, last = self.cleaned_data["since"], None
        later = [
            one.first for one in self.known.facts.get(self.ask.id, ()) if one.first and one.first > since
        ]
        if later:
            last = date.fromordinal(min(later).toordinal() - 1)
        return [Draft(Kind.FACT, self.ask.id, body, since, last)]


class SeriesQuestion(Question):
    """A value for each month that counts; at least one."""

    def build(self) -> None:
        for month in sorted(self.ask.months):
            self.put("", month, field_for(self.ask.entry, label=f"{japanese_month(month)}分", required=False))

    def clean(self) -> dict[str, Any]:
        """At least one month."""
        found = super().clean() or {}
        if not self.errors and all(found.get(month) in (None, "") for month in self.ask.months):
            raise forms.ValidationError(
                "少なくとも1つの月に入力してください。どの月も分からなければ「わからない」を選んでください。"
            )
        return found

    def drafts(self, answer: str) -> list[Draft]:
        return [
            Draft(Kind.SERIES, self.ask.id, {"month": month, "value": typed(value)})
            for month in sorted(self.ask.months)
            if (value := self.value(month)) is not None
        ]


class EventQuestion(Question):
    """Every day on which something was done; a list is complete."""

    grows, none_word = True, "一度もない"

    def build(self) -> None:
        for index in range(self.rows):
            self.put(f"{index + 1}回目", f"{index}-on", DayField(label="行った日", required=False))
            for attribute in self.ask.entry.attributes:
                self.put(
                    f"{index + 1}回目", f"{index}-{attribute.name}", field_for(attribute, required=False)
                )

    def clean(self) -> dict[str, Any]:
        """A row with anything in it has a day that has come; there is at least one unless there is none."""
        found = super().clean() or {}
        if self.data.get("answer") == "none":
            if any(value not in (None, "") for value in found.values()):
                raise forms.ValidationError(
                    "「一度もない」ですが、日などが入っています。空にするか「答える」を選んでください。"
                )
            return found
        for index in range(self.rows):
            filled = any(found.get(f"{index}-{a.name}") not in (None, "") for a in self.ask.entry.attributes)
            day = found.get(f"{index}-on")
            if filled and day is None and f"{index}-on" not in self.errors:
                self.add_error(f"{index}-on", "この回の日を入れるか、この回のほかの欄を空にしてください。")
            if day is not None and day > timezone.localdate():
                self.add_error(f"{index}-on", "今日より後の日です。行った日を入れてください。")
        if not self.errors and not any(found.get(f"{index}-on") for index in range(self.rows)):
            raise forms.ValidationError(
                "行った日を入れてください。一度もなければ「一度もない」を、分からなければ「わからない」を選んでください。"
            )
        return found

    def drafts(self, answer: str) -> list[Draft]:
        found = [Draft(Kind.LISTING, f"events.{self.ask.id}")]
        for index in range(self.rows if answer != "none" else 0):
            day = self.cleaned_data.get(f"{index}-on")
            if day is not None:
                told = {a.name: self.value(f"{index}-{a.name}") for a in self.ask.entry.attributes}
                body = {key: typed(value) for key, value in told.items() if value is not None}
                found.append(Draft(Kind.EVENT, self.ask.id, {"on": day.isoformat(), **body}, day, day))
        return found


def question_for(
    ask: Ask, known: Known, institution: Institution, data: Any = None, rows: int = ROWS
) -> Question:
    """The form of a question."""
    kind: type[Question]
    match ask.entry.kind:
        case "series":
            kind = SeriesQuestion
        case "event":
            kind = EventDetails if ask.id in institution.events else EventQuestion
        case "role":
            kind = PeopleQuestion if institution.people is None else PeopleDetails
        case "filings":
            kind = FilingsQuestion
        case _:
            kind = FactQuestion
    return kind(data, ask=ask, known=known, institution=institution, rows=min(rows, MOST_ROWS))
