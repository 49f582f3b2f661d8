"""The same answers in Python: one call for each command."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from clinics import PROMOTION, Run, Write, document, filing, trial_clinic

import mitasu as library
from mitasu.judge.serial_actions import deadline_to_dict, filing_to_dict, improvement_to_dict
from mitasu.rulebook import Rulebook

GIVEN = document(filings=[filing(PROMOTION, "2024-05-31")])
CALLS: dict[str, dict[str, Any]] = {
    "filings": {"on": "2025-05-12"},
    "deadlines": {"on": "2025-05-12"},
    "improve": {"on": "2025-05-12"},
    "what_if": {"on": "2025-05-12", "changes": {"posted_in_facility": False}},
    "history": {"addition": PROMOTION, "from_": "2025-01", "to": "2025-06"},
    "changes": {"from_": "2025-03-31", "to": "2025-04-01"},
}


@pytest.mark.parametrize(
    "name", sorted(CALLS.keys() - {"changes"})
)  # a move holds the institution, with its file
def test_a_file_and_a_mapping_are_the_same(write: Write, name: str) -> None:
    call, arguments = getattr(library, name), CALLS[name]
    path = write(GIVEN)
    from_mapping = call(GIVEN, **arguments)
    assert from_mapping
    assert call(path, **arguments) == call(str(path), **arguments)
    assert str(call(path, **arguments)) == str(from_mapping)


@pytest.mark.parametrize("name", CALLS)
def test_every_call_is_public_told_in_a_sentence_and_takes_other_rules(name: str) -> None:
    call = getattr(library, name)
    assert name in library.__all__
    assert inspect.getdoc(call)
    assert "rulebook" in inspect.signature(call).parameters


def test_the_names_are_sorted_and_there() -> None:
    assert library.__all__ == sorted(library.__all__)
    assert all(hasattr(library, name) for name in library.__all__)


@pytest.mark.parametrize("name", CALLS)
def test_a_day_that_is_none_is_refused(name: str) -> None:
    wrong = {key: "2025-02-30" for key in ("on", "from_") if key in CALLS[name]}
    with pytest.raises(library.UsageError):
        getattr(library, name)(GIVEN, **{**CALLS[name], **wrong})


def test_an_unknown_addition_names_the_nearest() -> None:
    with pytest.raises(library.InputError, match="近いもの: medical-dx-promotion"):
        library.history(GIVEN, "medical-dx", from_="2025-01", to="2025-02")


def test_the_commands_print_what_the_calls_give(mitasu: Run, write: Write) -> None:
    path = write(GIVEN)
    told = json.loads(mitasu("filings", path, "--on", "2025-05-12", "--accepted", "2025-06-03", "--json").out)
    found = library.filings(path, on="2025-05-12", accepted="2025-06-03")
    assert told["filings"] == [filing_to_dict(row) for row in found]
    told = json.loads(mitasu("deadlines", path, "--on", "2025-05-12", "--within", "30d", "--json").out)
    assert told["deadlines"] == [
        deadline_to_dict(row) for row in library.deadlines(path, on="2025-05-12", within=30)
    ]
    options = ("--visits", "initial=120", "--json")
    told = json.loads(mitasu("improve", path, "--on", "2025-05-12", *options).out)
    steps = library.improve(path, on="2025-05-12", visits={"initial": 120})
    assert told["improvements"] == [improvement_to_dict(row) for row in steps]


def test_other_rules_may_be_given(trial_book: Rulebook) -> None:
    institution = trial_clinic(trial_book)
    told = {row.addition for row in library.filings(institution, on="2025-05-12", rulebook=trial_book)}
    assert "trial-plain" in told
    assert "trial-plain" not in {row.addition for row in library.filings(institution, on="2025-05-12")}
