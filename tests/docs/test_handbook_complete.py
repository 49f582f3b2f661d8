"""Nothing a user can write or type is missing from the handbook, and no link leads nowhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from handbook import ROOT, name, pages

import mitasu
from mitasu.cli.app import app
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT, HEAD
from mitasu.facts.read import TOP as INSTITUTION
from mitasu.judge.cases import CASE, EXPECTATION
from mitasu.judge.due import KINDS as DEADLINES
from mitasu.judge.encounters import HISTORY, PLAIN
from mitasu.judge.filings import WORDS as FILINGS
from mitasu.judge.history import EXPOSURES
from mitasu.judge.judgement import REQUIREMENT_STATUSES, STATUSES
from mitasu.judge.links import KINDS as LINKS
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, GRADES, SECTORS, Rulebook, catalogue, reader
from mitasu.rules.load import COMPARISONS, FORMS
from mitasu.schemas.actions import ANSWERS

LINK = re.compile(r"\]\((?P<target>[^)#\s]+)(#[^)]*)?\)")
FORBIDDEN = re.compile(
    r"(?<![\w.])/(home|root|tmp|usr|var|opt|work)/|localhost|pypi|index-url", re.IGNORECASE
)


def text_of(page: str) -> str:
    """The text of a page of the handbook."""
    return (ROOT / "docs" / page).read_text("utf-8")


def leaves(command: Any, path: str = "mitasu") -> Iterator[tuple[str, Any]]:
    """Every command that does something, with its full name."""
    if getattr(command, "commands", None):
        for word, part in command.commands.items():
            yield from leaves(part, f"{path} {word}")
    else:
        yield path, command


COMMANDS = dict(leaves(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_is_documented_with_its_options(path: str) -> None:
    texts = [page.read_text("utf-8") for page in pages()]
    shown = [text for text in texts if re.search(rf"{re.escape(path)}\b", text)]
    assert shown, f"no page tells of {path}"
    for option in COMMANDS[path].params:
        for word in option.opts:
            if word.startswith("--") and word != "--help":
                assert any(f"{word}`" in text or f"{word} " in text for text in shown), f"{path} {word}"


def words_missing(words: Any, text: str) -> list[str]:
    """Those words that a text never uses as a word of their own."""
    return [word for word in words if not re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)]


def test_every_form_of_a_condition_is_documented() -> None:
    forms = {*FORMS, *COMPARISONS, "equals", "one_of", "with"}
    assert not words_missing(forms, text_of("rule-language.md"))
    assert not words_missing({*FORMS, *COMPARISONS, "equals", "one_of", "with"}, text_of("rules.md"))


KEYS = {key: found for key, found in vars(reader).items() if key.isupper() and isinstance(found, tuple)}
"""The keys of every table of a rule file, by the name that the reader has for it."""


@pytest.mark.parametrize("table", KEYS)
def test_every_key_of_a_rule_file_is_documented(table: str) -> None:
    assert not words_missing(KEYS[table], text_of("rule-language.md"))


def test_every_key_and_kind_of_the_catalogue_is_documented() -> None:
    text = text_of("rule-language.md")
    assert not words_missing({*catalogue._FIELDS, *catalogue.KINDS, *catalogue.TYPES}, text)


def test_every_derived_fact_is_documented_with_its_arguments(rulebook: Rulebook) -> None:
    text = text_of("rule-language.md")
    for entry in rulebook.catalogue.of("derived").values():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{entry.id}` |")), "")
        assert row, entry.id
        assert not words_missing(entry.arguments, row), entry.id


def test_every_word_of_an_institution_file_is_documented(rulebook: Rulebook) -> None:
    words = {*INSTITUTION, *HEAD, *SECTORS, *FACILITY_KINDS, *EMPLOYMENT, *ASSIGNMENT}
    assert not words_missing(words, text_of("institution-file.md"))
    assert not words_missing(rulebook.catalogue.of("filing"), text_of("institution-file.md"))


def test_every_word_of_a_judgement_and_a_bill_is_documented(rulebook: Rulebook) -> None:
    words = {*STATUSES, *REQUIREMENT_STATUSES, *ENCOUNTER_KINDS, *GRADES, *PLAIN, *HISTORY}
    assert not words_missing(words - {"level"}, text_of("judgement.md"))
    assert not words_missing(rulebook.catalogue.of("encounter"), text_of("judgement.md"))
    assert not words_missing(rulebook.bundles, text_of("judgement.md"))


def test_every_word_of_filings_deadlines_history_and_links_is_documented() -> None:
    words = {*FILINGS, *DEADLINES, *EXPOSURES, *LINKS, *ANSWERS, *ENCOUNTER_KINDS}
    assert not words_missing(words, text_of("filings-and-deadlines.md"))


def test_every_key_of_a_case_is_documented() -> None:
    assert not words_missing({*CASE, *EXPECTATION} - {"id", "title", "level", "yen"}, text_of("rules.md"))


def test_every_public_name_is_documented() -> None:
    assert not words_missing(set(mitasu.__all__), text_of("python.md"))


def test_readme_names_every_addition(rulebook: Rulebook) -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for addition in rulebook.additions.values():
        assert f"| `{addition.id}` | {addition.title}" in readme


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert not [path for path in COMMANDS if f"`{' '.join(path.split()[:2])}`" not in readme]


@pytest.mark.parametrize("page", pages(), ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for match in LINK.finditer(page.read_text("utf-8")):
        target = match["target"]
        assert target.startswith("https://") or (page.parent / target).exists(), target


@pytest.mark.parametrize("page", pages(), ids=name)
def test_no_page_names_a_place_of_one_machine(page: Path) -> None:
    assert not FORBIDDEN.findall(page.read_text("utf-8"))


def test_every_schema_is_named() -> None:
    told = text_of("institution-file.md") + text_of("judgement.md")
    schemas = (ROOT / "src" / "mitasu" / "schemas").glob("*.schema.json")
    assert not [schema.name for schema in schemas if schema.name not in told]


def test_a_term_stands_once_in_the_glossary() -> None:
    rows = (ROOT / "GLOSSARY.md").read_text("utf-8").splitlines()
    terms = [row.split(" | ")[0] for row in rows if row.startswith("| ") and "日本語" not in row]
    assert len(terms) == len(set(terms))


def test_the_change_log_begins_with_this_version() -> None:
    versions = re.findall(r"^## \[([^]]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert mitasu.__version__ in versions[:2]


def test_the_licence_is_the_whole_one() -> None:
    text = (ROOT / "LICENSE").read_text("utf-8")
    assert "Apache License" in text
    assert "END OF TERMS AND CONDITIONS" in text
