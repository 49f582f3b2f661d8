"""What is right is accepted: shipped rules, cases and samples, every answer, every way to write a value."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schema_documents import CASES, ENCOUNTERS, INSTITUTIONS, RULES, Faults, read, tables_in

from mitasu.facts import load_institution
from mitasu.facts.values import value_of
from mitasu.judge.bill import Biller
from mitasu.judge.cases import load_cases, run_case
from mitasu.judge.encounters import load_encounters
from mitasu.judge.judgement import Judge
from mitasu.judge.serial import answer_to_dict, bills_to_dict
from mitasu.rulebook import Entry, Rulebook
from mitasu.rulebook.keys import TOP
from mitasu.schemas import SCHEMAS, Schema
from mitasu.schemas.parts import table, text, value, value_parts


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_schema_is_one(schemas: dict[str, Schema], name: str) -> None:
    Draft202012Validator.check_schema(schemas[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_is_closed(schemas: dict[str, Schema], name: str) -> None:
    found = list(tables_in(schemas[name]))
    assert found
    assert all(part.get("additionalProperties") is False for part in found)


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_shipped_rules_are_accepted(faults: Faults, path: Path) -> None:
    assert faults("rule", read(path)) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_shipped_cases_are_accepted(faults: Faults, path: Path) -> None:
    assert faults("cases", read(path)) == []


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_fixtures_are_institution_files(faults: Faults, path: Path) -> None:
    for fixture in read(path)["fixtures"].values():
        assert faults("institution", fixture) == []


@pytest.mark.parametrize("path", INSTITUTIONS, ids=lambda path: path.stem)
def test_samples_are_accepted(faults: Faults, path: Path) -> None:
    assert faults("institution", read(path)) == []


def test_encounters_are_accepted_as_a_list_and_with_history(faults: Faults) -> None:
    rows = read(ENCOUNTERS)
    history = [{"patient": "p1", "on": "2024-05-01", "addition": "medical-information-system"}]
    assert faults("encounters", rows) == []
    assert faults("encounters", {"encounters": rows, "history": history}) == []


@pytest.mark.parametrize("path", INSTITUTIONS, ids=lambda path: path.stem)
def test_every_answer_is_accepted(faults: Faults, rulebook: Rulebook, judge: Judge, path: Path) -> None:
    institution = load_institution(path, rulebook)
    turns = {day for id_ in rulebook.order for day in rulebook.timeline(id_, institution.sector).dates}
    for day in sorted(turns):
        assert faults("judgement", answer_to_dict(judge.judge(institution, day))) == []


def test_every_bill_is_accepted(faults: Faults, rulebook: Rulebook, judge: Judge) -> None:
    encounters, history = load_encounters(ENCOUNTERS, rulebook)
    for path in INSTITUTIONS:
        bills = Biller(judge, load_institution(path, rulebook)).bills(encounters, history)
        assert faults("bill", bills_to_dict(bills)) == []


@pytest.mark.slow
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_outcome_of_a_case_is_accepted(faults: Faults, judge: Judge, path: Path) -> None:
    for case in load_cases(path)[::5]:
        outcome = run_case(case, judge)
        if outcome.answer is not None and outcome.institution is not None:
            whole = judge.judge(outcome.institution, outcome.answer.on)
            assert faults("judgement", answer_to_dict(whole)) == []
        assert faults("bill", bills_to_dict(outcome.bills)) == []


WRITTEN: list[tuple[str, Any]] = [
    *(("boolean", item) for item in (True, False, "はい", "いいえ")),
    *(("integer", item) for item in (0, 12, "12", "１２")),
    *(("decimal", item) for item in (0.5, 3, "0.5", "０．５")),
    *(("yen", item) for item in (0, 1200, "1200")),
    *(("percent", item) for item in (44.9, 45, "44.9", "44.9%", "４４．９％")),
    *(
        ("date", item)
        for item in (
            "2025-04-01",
            "2025-4-1",
            "2025年4月1日",
            "2025/4/1",
            "令和7年4月1日",
            "令和元年5月1日",
            "R7.4.1",
            "Ｒ７．４．１",
            "２０２５－０４－０１",
        )
    ),
]


@pytest.mark.parametrize(("type_", "written"), WRITTEN)
def test_what_the_reader_reads_the_schema_accepts(type_: str, written: Any) -> None:
    value_of(written, type_)
    schema = value(Entry("x", "x", "fact", type_)) | {"$defs": value_parts()}
    assert Draft202012Validator(schema).is_valid(written)


def test_every_fact_is_explained(schemas: dict[str, Schema], rulebook: Rulebook) -> None:
    sections = schemas["institution.schema.json"]["$defs"]
    for section, kind in (("facts", "fact"), ("series", "series"), ("events", "event")):
        entries = rulebook.catalogue.of(kind)
        assert sections[section]["properties"].keys() == entries.keys()
        for id_, entry in entries.items():
            assert sections[section]["properties"][id_]["title"] == entry.label
            assert entry.ask in sections[section]["properties"][id_]["description"]


def test_a_key_that_is_read_and_not_described_stops_the_build() -> None:
    with pytest.raises(ValueError, match="disagree on these keys: titel"):
        table((*TOP, "titel"), dict.fromkeys(TOP, text()))
