"""`mitasu new`: a file to start from, whose every sample line can be taken as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from clerk import Command

from mitasu.cli.context import load
from mitasu.cli.new import text, used_ids
from mitasu.facts import load_institution, read_institution
from mitasu.facts.read import KINDS_OF
from mitasu.rulebook import Rulebook
from mitasu.rules.strict_yaml import read

PLACES = [(sector, kind) for sector, kinds in KINDS_OF.items() for kind in kinds]
SAMPLE_LINE = re.compile(r"^( *)# (?=[a-z_0-9]+: |- \{)(.*)$")


def sample_lines(written: str) -> list[int]:
    """Where the lines are that hold a value behind a remark sign."""
    return [index for index, line in enumerate(written.splitlines()) if SAMPLE_LINE.match(line)]


def uncommented(written: str, *wanted: int) -> str:
    lines = written.splitlines()
    return "\n".join(
        SAMPLE_LINE.sub(r"\1\2", line) if index in wanted else line for index, line in enumerate(lines)
    )


@pytest.mark.parametrize(("sector", "kind"), PLACES)
def test_the_file_loads_and_says_nothing_yet(
    mitasu: Command, tmp_path: Path, rulebook: Rulebook, sector: str, kind: str
) -> None:
    path = tmp_path / "new.yaml"
    ran = mitasu("new", path, "--sector", sector, "--kind", kind, "--name", "はじめ内科")
    assert (ran.status, ran.err) == (0, "")
    assert f"mitasu ask {path}" in ran.out
    found = load_institution(path, rulebook)
    assert (found.name, found.sector, found.kind, found.code) == ("はじめ内科", sector, kind, "")
    assert (found.facts, found.series, found.events, found.people, found.filings) == ({}, {}, {}, None, None)
    assert mitasu("judge", path, "--on", "2026-11-01").status == 0


@pytest.mark.parametrize(("sector", "kind"), PLACES)
def test_every_sample_line_can_be_taken_alone(rulebook: Rulebook, sector: str, kind: str) -> None:
    written = text(load(), sector, kind, "はじめ", "a.yaml")
    found = sample_lines(written)
    assert len(found) > 5
    for index in found:
        institution = read_institution(read(uncommented(written, index), "a.yaml"), rulebook, "a.yaml")
        said = [
            institution.code,
            institution.facts,
            institution.series,
            institution.events,
            institution.people,
            institution.filings,
        ]
        assert sum(bool(part) for part in said) == 1


@pytest.mark.parametrize(("sector", "kind"), PLACES)
def test_all_sample_lines_can_be_taken_together(rulebook: Rulebook, sector: str, kind: str) -> None:
    context = load()
    written = text(context, sector, kind, "はじめ", "a.yaml")
    document = read(uncommented(written, *sample_lines(written)), "a.yaml")
    institution = read_institution(document, rulebook, "a.yaml")
    named = {
        *institution.facts,
        *institution.series,
        *institution.events,
        *(p.role for p in institution.people or ()),
    }
    entries = rulebook.catalogue.of("fact", "series", "event", "role")
    wanted = {
        id_ for id_ in used_ids(context, sector, kind)
        if id_ in entries and (not entries[id_].sectors or sector in entries[id_].sectors)
    }  # fmt: skip
    assert named == wanted


@pytest.mark.parametrize(("sector", "kind"), PLACES)
def test_every_sample_line_has_its_question_above(rulebook: Rulebook, sector: str, kind: str) -> None:
    written = text(load(), sector, kind, "はじめ", "a.yaml")
    lines = written.splitlines()
    for index in sample_lines(written):
        if "filing" in lines[index] or "item:" in lines[index] or "code:" in lines[index]:
            continue
        id_ = re.findall(r"role: (\w+)|# (\w+):", lines[index])[0]
        entry = rulebook.catalogue.get("".join(id_))
        assert entry is not None
        assert entry.ask in lines[index - 1]


@pytest.mark.parametrize(("sector", "kind"), PLACES)
def test_what_an_addition_asks_first_stands_below_its_name(sector: str, kind: str) -> None:
    context = load()
    used = used_ids(context, sector, kind)
    group, seen = "", 0
    for line in text(context, sector, kind, "はじめ", "a.yaml").splitlines():
        if heading := re.search(r"―― (.+) ――", line):
            group = heading[1]
        sample = re.match(r"  # (?:- \{role: )?(\w+)[:,]", line)
        if sample and sample[1] in used:
            assert context.label(used[sample[1]]) == group
            seen += 1
    assert seen > 5


def test_every_fact_of_the_catalogue_is_in_the_file_of_someone(rulebook: Rulebook) -> None:
    used = {id_ for sector, kind in PLACES for id_ in used_ids(load(), sector, kind)}
    left_out = {id_ for id_ in rulebook.catalogue.of("fact", "series", "event", "role") if id_ not in used}
    # told by no rule: a count that nothing limits, and two details that are kept for people to read
    assert left_out == {"general_beds", "psychiatric_night_outpatients_referred", "electronic_chart"}


def test_a_file_that_is_there_is_never_overwritten(mitasu: Command, tmp_path: Path) -> None:
    path = tmp_path / "new.yaml"
    path.write_text("mine")
    ran = mitasu("new", path)
    assert (ran.status, path.read_text()) == (3, "mine")
    assert "上書きはしません" in ran.err
    assert mitasu("new", tmp_path).status == 3
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name",
    ["", "  ", "あ\nい", 'a"b\\c', "#: - {x}", "'", "true", "2025-04-01", "株式会社\t見本", "🏥病院", "null"],
)
def test_any_name_can_be_given(mitasu: Command, tmp_path: Path, rulebook: Rulebook, name: str) -> None:
    path = tmp_path / "new.yaml"
    assert mitasu("new", path, "--name", name).status == 0
    assert load_institution(path, rulebook).name == (name if name.strip() else "わたしの施設")


@pytest.mark.parametrize(
    ("sector", "kind"),
    [("medical", "clinic"), ("dental", "clinic"), ("pharmacy", "pharmacy"), ("nursing", "station")],
)
def test_without_a_kind_it_is_the_usual_one(
    mitasu: Command, tmp_path: Path, rulebook: Rulebook, sector: str, kind: str
) -> None:
    assert mitasu("new", tmp_path / "a.yaml", "--sector", sector).status == 0
    assert load_institution(tmp_path / "a.yaml", rulebook).kind == kind
