"""Every answer as JSON is as its schema says, and a wrong one is not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from clinics import HOME, PROMOTION, Run, Write, clinic, document, filing
from jsonschema import Draft202012Validator

import mitasu as library
from mitasu.judge.changes import moves, rule_changes
from mitasu.judge.claimed import Claimed
from mitasu.judge.deadlines import deadlines
from mitasu.judge.filings import filing_answers
from mitasu.judge.history import history
from mitasu.judge.improve import improvements, what_if
from mitasu.judge.judgement import Judge
from mitasu.judge.links import links
from mitasu.judge.serial_actions import (
    changes_to_dict,
    deadline_to_dict,
    difference_to_dict,
    filing_to_dict,
    history_to_dict,
    improvement_to_dict,
    link_to_dict,
)
from mitasu.rulebook import Rulebook
from mitasu.schemas import SCHEMAS, Schema, build
from mitasu.schemas.actions import ANSWERS

SAMPLES = ["paper-clinic", "childrens-clinic", "hospital"]
DAYS = [date(2024, 6, 1), date(2025, 4, 1), date(2026, 6, 1), date(2026, 11, 22)]
VISITS = {"first_visit": 120, "revisit": 400, "home_visit": 20, HOME: 3}
Check = Callable[[str, Any], list[str]]


@pytest.fixture(scope="module")
def schema(rulebook: Rulebook) -> Schema:
    return build(rulebook)["actions.schema.json"]


@pytest.fixture(scope="module")
def faults(schema: Schema) -> Check:
    """What the part of the schema for one kind of answer finds wrong, and the whole schema."""
    parts = {
        name: Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": schema["$defs"]})
        for name in schema["$defs"]
    }
    whole = Draft202012Validator(schema)

    def found(name: str, value: Any) -> list[str]:
        plain = json.loads(json.dumps(value))
        wrong = [f"{error.json_path}: {error.message[:200]}" for error in parts[name].iter_errors(plain)]
        return wrong or [] if name not in ANSWERS or whole.is_valid(plain) else ["not one of the answers"]

    return found


def test_it_is_a_schema_among_the_others(schema: Schema) -> None:
    Draft202012Validator.check_schema(schema)
    assert "actions.schema.json" in SCHEMAS
    assert set(ANSWERS) <= schema["$defs"].keys()


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("on", DAYS, ids=str)
def test_filings_deadlines_and_improvements_are_accepted(
    judge: Judge, faults: Check, name: str, on: date
) -> None:
    institution, day = library.sample(name), on.isoformat()
    filings = [filing_to_dict(row) for row in filing_answers(judge, institution, on)]
    assert faults("filings", {"on": day, "accepted": day, "filings": filings}) == []
    rows = [deadline_to_dict(row) for row in deadlines(judge, institution, on, 365)]
    assert faults("deadlines", {"on": day, "deadlines": rows}) == []
    for visits in ({}, VISITS):
        steps = [improvement_to_dict(row) for row in improvements(judge, institution, on, visits)]
        assert faults("improvements", {"on": day, "improvements": steps}) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_differences_are_accepted(judge: Judge, faults: Check, name: str) -> None:
    changes = {"e_prescription": True, "posted_in_facility": False, "online_claims": False}
    for on in DAYS:
        rows = [difference_to_dict(row) for row in what_if(judge, library.sample(name), on, changes, VISITS)]
        assert faults("differences", {"on": on.isoformat(), "differences": rows}) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_histories_of_every_addition_are_accepted(judge: Judge, faults: Check, name: str) -> None:
    months = ("2024-03", "2025-04", "2025-08", "2026-10")
    claims = [
        Claimed(month, 3, level, kind)
        for month in months
        for level in (None, "1", "9")
        for kind in (None, "revisit")
    ]
    for addition in judge.rulebook.order:
        found = history(judge, library.sample(name), addition, "2025-01", "2025-06", claims)
        assert faults("history", history_to_dict(found)) == [], addition


def test_changes_of_every_turn_are_accepted(judge: Judge, faults: Check) -> None:
    first, last = date(2022, 9, 30), date(2026, 11, 22)
    institutions = [library.sample(name) for name in SAMPLES]
    moved = [move for institution in institutions for move in moves(judge, institution, first, last)]
    rules = rule_changes(judge, first, last, institutions)
    assert rules
    assert moved
    told = {"from": first.isoformat(), "to": last.isoformat(), **changes_to_dict(rules, moved)}
    assert faults("changes", told) == []


def test_links_are_accepted(rulebook: Rulebook, faults: Check) -> None:
    assert faults("links", [link_to_dict(link) for link in links(rulebook)]) == []


def test_a_station_is_accepted(judge: Judge, faults: Check) -> None:
    station = clinic(
        institution={"name": "試しの訪問看護", "sector": "nursing", "kind": "station"},
        facts={"home_consent_system": True},
        filings=[filing("visiting-nursing-dx", "2024-06-03")],
    )
    assert judge.judge(station, date(2025, 5, 1)).of("visiting-nursing-dx").yen == 50
    rows = [
        difference_to_dict(row)
        for row in what_if(judge, station, date(2025, 5, 1), {"posted_in_facility": False})
    ]
    assert rows[0]["before"]["yen"] == 50
    assert faults("differences", {"on": "2025-05-01", "differences": rows}) == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("filings", ["filings"]),
        ("deadlines", ["deadlines", "--within", "365d"]),
        ("improvements", ["improve", "--visits", "initial=120,revisit=400"]),
        ("differences", ["improve", "--set", "posted_in_facility=false"]),
    ],
)
def test_what_the_commands_print_is_accepted(
    mitasu: Run, write: Write, faults: Check, name: str, words: list[str]
) -> None:
    path = write(document(filings=[filing(PROMOTION, "2024-05-31")]))
    ran = mitasu(words[0], path, *words[1:], "--on", "2025-05-12", "--json")
    assert (ran.status, ran.err) == (0, "")
    told = json.loads(ran.out)
    assert told["on"] == "2025-05-12"
    assert told[name]
    assert faults(name, told) == []


def test_what_history_changes_and_graph_print_is_accepted(mitasu: Run, write: Write, faults: Check) -> None:
    path = write(document(filings=[filing(PROMOTION, "2024-05-31")]))
    claimed = write('"2025-02": 3\n', "claimed.yaml")
    ran = mitasu(
        "history", path, PROMOTION, "--from", "2025-01", "--to", "2025-03", "--claimed", claimed, "--json"
    )
    assert faults("history", json.loads(ran.out)) == []
    ran = mitasu("changes", path, "--from", "2025-03-31", "--to", "2025-04-01", "--json")
    assert faults("changes", json.loads(ran.out)) == []
    assert (
        faults(
            "changes",
            json.loads(mitasu("changes", "--from", "2025-03-31", "--to", "2026-06-01", "--json").out),
        )
        == []
    )
    assert faults("links", json.loads(mitasu("rules", "graph", "--json").out)) == []


GOOD = {
    "day": "2025-04-04",
    "kind": "filing",
    "title": "x",
    "note": "",
    "addition": None,
    "key": "x",
    "post_by": None,
    "overdue": False,
    "sources": [],
}


@pytest.mark.parametrize(
    ("key", "wrong"),
    [
        ("day", "4 April"),
        ("kind", "other"),
        ("addition", "medical-dx"),
        ("post_by", "2025-4-1"),
        ("title", None),
        ("more", 1),
    ],
)
def test_a_wrong_deadline_is_refused(faults: Check, key: str, wrong: Any) -> None:
    assert faults("deadlines", {"on": "2025-03-10", "deadlines": [GOOD]}) == []
    assert faults("deadlines", {"on": "2025-03-10", "deadlines": [{**GOOD, key: wrong}]})
    assert faults("deadlines", {"on": "2025-03-10"})
    assert faults("filings", {"on": "2025-03-10", "deadlines": [GOOD]})
