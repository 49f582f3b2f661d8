"""A question of the interview as a form: its fields in groups, and the entries that its answer becomes."""

from __future__ import annotations

from abc import ABCMeta, abstractmethod
from collections.abc import Iterator
from typing import Any

from django import forms
from django.forms.forms import DeclarativeFieldsMetaclass

from mitasu.facts import Institution
from mitasu.judge.interview import Ask
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known

ROWS = 2
"""So many rows a list begins with."""


class QuestionType(ABCMeta, DeclarativeFieldsMetaclass):
    """What a class of questions is: a form that may leave things to its kinds."""


class Question(forms.Form, metaclass=QuestionType):
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

    @abstractmethod
    def build(self) -> None:
        """Adds the fields."""

    @abstractmethod
    def drafts(self, answer: str) -> list[Draft]:
        """The entries to append."""

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
