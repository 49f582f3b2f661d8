"""Questions about lists of people and filings, and about what is not said of rows that are there already.

What is listed is complete: a list of people or filings is only written whole, so a form for a first list asks for
every role or item, and whoever does not know one of them puts the question off.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

from django import forms

from mitasu.dates import japanese_date, parse_date
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.rulebook.catalogue import Entry
from mitasu.server.forms import DayField
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.inputs import YesNoField, field_for, typed
from mitasu.server.sites.question import Question

NOT_SAID = (("", "わからない・書かない"),)


class Details(Question):
    """What is not said of rows that are there already: events, or people in a role."""

    kind = ""

    @abstractmethod
    def open(self) -> Iterator[tuple[Any, str, list[tuple[str, forms.Field]]]]:
        """Each row with what is open in it."""

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
                yield row, f"{japanese_date(parse_date(row.body['on']))}の{self.ask.entry.label}", fields


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
            self.put(
                role.label,
                f"{role.id}-there",
                YesNoField(label=f"{role.label}に当たる人はいますか", required=True),
            )
            for index in range(self.rows):
                group = f"{role.label}（{index + 1}人目）"
                for name, field in staff_fields(role):
                    self.put(group, f"{role.id}-{index}-{name}", field)

    def by_role(self) -> list[tuple[str, Any, list[tuple[str, list[Any]]]]]:
        """What is shown of each role: its name, whether it has anybody, and the people in groups."""
        found: list[tuple[str, Any, list[tuple[str, list[Any]]]]] = []
        for legend, fields in self.shown():
            if fields[0].name.endswith("-there"):
                found.append((legend, fields[0], []))
            else:
                found[-1][2].append((legend, fields))
        return found

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


class _AcceptedField(DayField):
    """The day of acceptance: must be entered of what is ticked, so it is said to be needed wherever it is shown."""

    asked = True


class FilingsQuestion(Question):
    """The first list of filings: every item on which a judgement hangs, ticked where it was filed and accepted."""

    none_word = "ひとつも届け出ていない"

    def build(self) -> None:
        for index, item in enumerate(self.ask.items):
            name = judge().words.name(item)
            self.put(name, f"{index}-filed", forms.BooleanField(label="届け出ている", required=False))
            self.put(name, f"{index}-accepted", _AcceptedField(label="受理された日", required=False))
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

    def items(self) -> list[tuple[str, list[tuple[str, Any, list[Any]]]]]:
        """What is shown: the additions that are judged and the other items, each with its box and its details."""
        found: dict[bool, list[tuple[str, Any, list[Any]]]] = {True: [], False: []}
        for item, (legend, fields) in zip(self.ask.items, self.shown(), strict=True):
            box, *details = fields
            found[item in rulebook().additions].append((legend, box, details))
        headings = ((True, "Mitasuが判定する加算"), (False, "その判定に関わる、ほかの届出"))
        return [(heading, found[judged]) for judged, heading in headings if found[judged]]

    def clean(self) -> dict[str, Any]:
        """What was filed has the day on which it was accepted; nothing is left out by mistake."""
        found = super().clean() or {}
        filed = [index for index, _ in enumerate(self.ask.items) if found.get(f"{index}-filed")]
        for index, _ in enumerate(self.ask.items):
            accepted = f"{index}-accepted"
            if index in filed and not found.get(accepted) and accepted not in self.errors:
                self.add_error(
                    accepted,
                    "受理された日を入れてください。分からなければ、この質問は「わからない」で進めます。",
                )
            if index not in filed and found.get(accepted):
                self.add_error(
                    f"{index}-filed",
                    "受理された日があります。届け出ているなら印を付け、いなければ日を消してください。",
                )
        none = self.data.get("answer") == "none"
        if none and filed:
            raise forms.ValidationError(
                f"「{self.none_word}」ですが、印の付いた届出があります。印を外すか「答える」を選んでください。"
            )
        if not none and not filed and not self.errors:
            raise forms.ValidationError(
                f"届け出ているものに印を付けてください。なければ「{self.none_word}」を、"
                "分からなければ「わからない」を選んでください。"
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
    return sorted({level for level in found if level}, key=lambda level: (len(level), level))
