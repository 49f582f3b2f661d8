"""The questions of the interview as forms, and the entries that answers become: one form for each kind of question.

What is listed is complete: a list of people or filings is only written whole, so a form for a first list asks for
every role or item, and whoever does not know one of them puts the question off.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from mitasu.dates import japanese_month
from mitasu.facts import Institution
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.judge.interview import Ask
from mitasu.rulebook.catalogue import Entry
from mitasu.server.forms import DayField
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.inputs import YesNoField, field_for, typed

ROWS, MORE, MOST_ROWS = 2, 3, 60
NOT_SAID = (("", "わからない・書かない"),)


class Question(forms.Form):
    """A question's fields in groups; `drafts` are the entries that the answers become."""

    yes_no = False
    """Whether はい and いいえ are buttons."""
    none_word = ""
    """The word on the button that says that there is none."""
    grows = False
    """Whether rows can be added."""

    def __init__(
        self, data: Any, *, ask: Ask, known: Known, institution: Institution, rows: int = ROWS
    ) -> None:
        super().__init__(data)
        self.ask, self.known, self.institution, self.rows = ask, known, institution, rows
        self.groups: list[tuple[str, list[str]]] = []
        self.build()

    def build(self) -> None:
        """Adds the fields."""
        raise NotImplementedError

    def drafts(self, answer: str) -> list[Draft]:
        """The entries to append."""
        raise NotImplementedError

    def put(self, group: str, name: str, field: forms.Field) -> None:
        """Adds a field to a group."""
        self.fields[name] = field
        if not self.groups or self.groups[-1][0] != group:
            self.groups.append((group, []))
        self.groups[-1][1].append(name)

    def shown(self) -> Iterator[tuple[str, list[Any]]]:
        """The groups with their fields as they are shown."""
        for legend, names in self.groups:
            yield legend, [self[name] for name in names]

    def value(self, name: str) -> Any:
        """What was typed into a field; None where nothing was."""
        found = self.cleaned_data.get(name)
        return None if found == "" else found


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


class Details(Question):
    """What is not said of rows that are there already: events, or people in a role."""

    kind = ""

    def open(self) -> Iterator[tuple[Any, str, list[tuple[str, forms.Field]]]]:
        """Each row with what is open in it."""
        raise NotImplementedError

    def build(self) -> None:
        self.found = []
        for row, legend, fields in self.open():
            names = []
            for name, field in fields:
                names.append(name)
                self.put(legend, f"{row.number}-{name}", field)
            self.found.append((row, names))

    def clean(self) -> dict[str, Any]:
        """At least one detail."""
        found = super().clean() or {}
        if not self.errors and all(found.get(name) in (None, "") for name in self.fields):
            raise forms.ValidationError(
                "分かるところを入れてください。どれも分からなければ「わからない」を選んでください。"
            )
        return found

    def drafts(self, answer: str) -> list[Draft]:
        drafts = []
        for row, names in self.found:
            told = {name: self.value(f"{row.number}-{name}") for name in names}
            told = {name: typed(value) for name, value in told.items() if value is not None}
            if told:
                body = {**row.body, **told}
                drafts.append(
                    Draft(
                        self.kind,
                        row.subject,
                        body,
                        row.first_day,
                        row.last_day,
                        proof=row.proof,
                        replaces=row.number,
                    )
                )
        return drafts


class EventDetails(Details):
    """What is not said of the latest events."""

    kind = Kind.EVENT

    def open(self) -> Iterator[tuple[Any, str, list[tuple[str, forms.Field]]]]:
        rows = [row for row in self.known.of(Kind.EVENT) if row.subject == self.ask.id]
        for row in sorted(rows, key=lambda row: str(row.body["on"]), reverse=True)[:3]:
            fields = [
                (attribute.name, field_for(attribute, required=False))
                for attribute in self.ask.entry.attributes
                if row.body.get(attribute.name) is None and not attribute.optional
            ]
            if fields:
                yield row, f"{row.body['on']}の{self.ask.entry.label}", fields


class PeopleDetails(Details):
    """What is not said of the people in a role."""

    kind = Kind.PERSON

    def open(self) -> Iterator[tuple[Any, str, list[tuple[str, forms.Field]]]]:
        rows = [row for row in self.known.of(Kind.PERSON) if row.body.get("role") == self.ask.id]
        for number, row in enumerate(rows, 1):
            fields = [
                (name, field) for name, field in staff_fields(self.ask.entry) if row.body.get(name) is None
            ]
            if fields:
                yield row, f"{self.ask.entry.label}（{number}人目）", fields


class PeopleQuestion(Question):
    """The first list of people: every role, as a role that is not listed has nobody."""

    grows = True

    def build(self) -> None:
        for role in roles(self.institution.sector):
            self.put(role.label, f"{role.id}-there", YesNoField(label=role.ask, required=True))
            for index in range(self.rows):
                group = f"{role.label}（{index + 1}人目）"
                for name, field in staff_fields(role):
                    self.put(group, f"{role.id}-{index}-{name}", field)

    def clean(self) -> dict[str, Any]:
        """Who is there is described, who is not there is not."""
        found = super().clean() or {}
        for role in roles(self.institution.sector):
            there = found.get(f"{role.id}-there")
            if there is False and any(True for _ in self._people(role, found)):
                self.add_error(
                    f"{role.id}-there", "「いいえ」ですが、下に人が書かれています。どちらかを直してください。"
                )
            if there is True and not any(True for _ in self._people(role, found)):
                self.add_error(
                    f"{role.id}-0-employment",
                    "「はい」なので、少なくとも1人の雇用の形か専従・専任を選んでください。",
                )
        return found

    def _people(self, role: Entry, found: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for index in range(self.rows):
            told = {name: found.get(f"{role.id}-{index}-{name}") for name, _ in staff_fields(role)}
            told = {name: typed(value) for name, value in told.items() if value not in (None, "")}
            if told:
                yield told

    def drafts(self, answer: str) -> list[Draft]:
        found = [Draft(Kind.LISTING, "people")]
        for role in roles(self.institution.sector):
            for person in self._people(role, self.cleaned_data):
                found.append(Draft(Kind.PERSON, role.id, {"role": role.id, **person}))
        return found


class FilingsQuestion(Question):
    """The first list of filings: every item on which a judgement hangs, with the day of acceptance."""

    def build(self) -> None:
        for index, item in enumerate(self.ask.items):
            name = judge().words.name(item)
            self.put(
                name,
                f"{index}-filed",
                YesNoField(label=f"{name}を届け出て、受理されていますか", required=True),
            )
            self.put(name, f"{index}-accepted", DayField(label="受理された日", required=False))
            levels = levels_of(item, self.institution.sector)
            if levels:
                self.put(
                    name,
                    f"{index}-level",
                    forms.ChoiceField(
                        label="届け出た区分",
                        required=False,
                        choices=(
                            ("", "区分なし・わからない"),
                            *((level, f"区分{level}") for level in levels),
                        ),
                        widget=forms.Select({"class": "short"}),
                    ),
                )

    def clean(self) -> dict[str, Any]:
        """What was filed has the day on which it was accepted."""
        found = super().clean() or {}
        for index, _ in enumerate(self.ask.items):
            accepted = f"{index}-accepted"
            if found.get(f"{index}-filed") and not found.get(accepted) and accepted not in self.errors:
                self.add_error(
                    accepted,
                    "受理された日を入れてください。分からなければ、この質問は「わからない」で進めます。",
                )
        return found

    def drafts(self, answer: str) -> list[Draft]:
        found = [Draft(Kind.LISTING, "filings")]
        for index, item in enumerate(self.ask.items):
            if self.cleaned_data[f"{index}-filed"]:
                level = self.value(f"{index}-level")
                body = {
                    "item": item,
                    **({"level": level} if level else {}),
                    "accepted": typed(self.cleaned_data[f"{index}-accepted"]),
                }
                found.append(Draft(Kind.FILING, item, body))
        return found


def roles(sector: str) -> list[Entry]:
    """The roles that a sector has."""
    return [
        role
        for role in rulebook().catalogue.of("role").values()
        if not role.sectors or sector in role.sectors
    ]


def staff_fields(role: Entry) -> Iterator[tuple[str, forms.Field]]:
    """What is asked of someone in a role."""
    for name, label, words in (
        ("employment", "雇用の形", EMPLOYMENT),
        ("assignment", "専従・専任", ASSIGNMENT),
    ):
        choices = (*NOT_SAID, *words.items())
        yield (
            name,
            forms.ChoiceField(
                label=label, required=False, choices=choices, widget=forms.Select({"class": "short"})
            ),
        )
    for attribute in role.attributes:
        yield attribute.name, field_for(attribute, required=False)


def levels_of(item: str, sector: str) -> list[str]:
    """The levels that an addition has had in a sector; empty where it has none or is not judged here."""
    addition = rulebook().additions.get(item)
    if addition is None or sector not in addition.sectors:
        return []
    found = (level.level for period in addition.rule(sector).periods for level in period.levels)
    return sorted({level for level in found if level})


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
