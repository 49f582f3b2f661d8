"""The words of the rules and what they mean, as the pages show them. Written from GLOSSARY.md by tools/generate.py."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "glossary.json"


@dataclass(frozen=True, slots=True)
class Term:
    """A Japanese term, its one English word, and what it means."""

    term: str
    english: str
    told: str

    @property
    def anchor(self) -> str:
        """The name by which another page points to it."""
        return "term-" + "-".join(re.findall(r"[a-z0-9]+", self.english.lower()))

    @property
    def words(self) -> tuple[str, ...]:
        """The words by which it is recognised in a text: those between the dots of 常勤・非常勤 are two."""
        bare = self.term.split("（")[0]
        return tuple(word for word in bare.split("・") if len(word) > 1)


@dataclass(frozen=True, slots=True)
class Section:
    """Terms of one field."""

    title: str
    terms: tuple[Term, ...]


@cache
def glossary() -> tuple[Section, ...]:
    """Every section of the glossary.

    >>> glossary()[0].terms[2].term
    '加算'
    """
    found = json.loads(FILE.read_text("utf-8"))
    return tuple(Section(s["title"], tuple(Term(**term) for term in s["terms"])) for s in found)


def terms_in(text: str) -> list[Term]:
    """The terms that a text uses, in the order of the glossary."""
    return [
        term for section in glossary() for term in section.terms if any(word in text for word in term.words)
    ]
