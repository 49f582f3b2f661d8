"""Where a rule may write `when`: a file that writes it elsewhere is refused with the line and what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitasu.errors import InputError
from mitasu.rulebook import Rulebook
from mitasu.rulebook.reader import read_other
from mitasu.rulebook.tables import References
from mitasu.rules.faults import Faults

WHEN = "{when: {fact: own_website}, need: {fact: posted_on_website}}"
INSTEAD = "{all: [{fact: own_website}, {fact: posted_on_website}]}"
OPTIONAL = "{when: {fact: full_time_e_prescribers, at_least: 2}, need: {fact: posted_on_website}}"
KIND = "{when: {fact: facility_kind, equals: clinic}, need: {fact: posted_on_website}}"
CLAIMS = "{fact: online_claims}"
RULE = """\
id: example-places
title: 見本
sectors: [medical, dental]
cite: ["S2"]
SCOPE
requirements:
  - {id: a, label: あ, cite: ["S2"], need: {fact: online_claims}}
  - {id: old, label: 以前, cite: ["S2"], until: 2025-03-31, need: {fact: online_claims}}
  - {id: medical-only, label: 医科だけ, cite: ["S2"], sectors: [medical], need: {fact: online_claims}}
  - {id: wish, label: 望ましい, kind: advisory, cite: ["S2"], need: {fact: online_claims}}
  - {id: website, label: 掲載, cite: ["S2"], applies_when: {fact: own_website}, need: {fact: posted_on_website}}
  - {id: named, label: 名指し, cite: ["S2"], need: {requirement: website}}
  - id: asked
    label: 問う
    cite: ["S2"]
    applies_when: APPLIES
    need: NEED
    deemed:
      - until: 2026-03-31
        cite: ["S2"]
        if: IF
every_level: [a, old, wish, website, asked]
periods:
  - from: 2025-01-01
    until: null
    levels:
      - level: ""
        points: {medical: 1, dental: 1}
        needs: [named, LEVEL]
  - from: 2027-01-01
    until: null
    levels: [{level: "", needs: []}]
    encounter_points:
      - encounter: first_visit
        points: {medical: 3}
        when: POINTS
amounts: {one: 一つめ}
billing:
  encounters: {medical: [first_visit]}
  conditions:
    - {id: seen, label: 見た, cite: ["S2"], need: {when: {fact: card}, need: {fact: home_consent}}}
    - id: named-again
      label: 名指し
      cite: ["S2"]
      need: CONDITION
  amounts:
    - id: one
      label: 一つめ
      cite: ["S2"]
      amount: one
      need: AMOUNT
"""
SOUND = {
    "SCOPE": "",
    "APPLIES": CLAIMS,
    "NEED": CLAIMS,
    "IF": CLAIMS,
    "LEVEL": "a",
    "POINTS": "{fact: card}",
    "CONDITION": "{requirement: seen}",
    "AMOUNT": "{fact: card}",
    "until: null\n    levels:\n": "until: 2026-12-31\n    levels:\n",
}


def written(folder: Path, **parts: str) -> Path:
    """The rule with some of its parts put in; each part is a line of its own."""
    text = RULE
    for name, part in (SOUND | parts).items():
        text = text.replace(name, part, 1)
    path = folder / "example-places.yaml"
    path.write_text(text, "utf-8")
    return path


def refused(folder: Path, **parts: str) -> list[tuple[str, str]]:
    """What is refused: the text of its line, and what is said of it."""
    path = written(folder, **parts)
    lines = path.read_text("utf-8").splitlines()
    problems = Rulebook.check(path)[1]
    assert all(problem.code == "may-drop-out" and problem.file == str(path) for problem in problems)
    return [(lines[(problem.line or 0) - 1].strip(), problem.message) for problem in problems]


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"NEED": WHEN},
        {"NEED": f"{{all: [{CLAIMS}, {WHEN}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {INSTEAD}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {{all: [{CLAIMS}, {WHEN}]}}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {{all: [{{requirement: a}}, {WHEN}]}}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {KIND}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {OPTIONAL}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {{dated: {{2025-01-01: {CLAIMS}, 2025-06-01: null}}}}]}}"},
        {"NEED": f"{{all: [{CLAIMS}, {{requirement: website}}]}}"},
        {"NEED": f"{{any: [{CLAIMS}, {{all: [{{fact: own_website}}, {{requirement: website}}]}}]}}"},
        {"NEED": f"{{when: {CLAIMS}, need: {WHEN}}}"},
        {"NEED": f"{{any: [{{all: [{{dated: {{2025-01-01: {CLAIMS}}}}}, {WHEN}]}}]}}"},
        {"IF": INSTEAD, "APPLIES": INSTEAD, "SCOPE": f"applies_when: {INSTEAD}"},
        {"LEVEL": "{any: [a, asked]}", "APPLIES": "{fact: facility_kind, equals: clinic}"},
    ],
    ids=lambda parts: " ".join(f"{key}={value}" for key, value in parts.items()) or "nothing",
)
def test_where_dropping_out_does_no_harm_it_may_stand(tmp_path: Path, parts: dict[str, str]) -> None:
    assert refused(tmp_path, **parts) == []


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("NEED", f"{{any: [{CLAIMS}, {WHEN}]}}"),
        ("NEED", f"{{at_least_n_of: 1, parts: [{CLAIMS}, {WHEN}]}}"),
        ("NEED", f"{{not: {WHEN}}}"),
        ("NEED", f"{{when: {WHEN}, need: {CLAIMS}}}"),
        ("NEED", f"{{any: [{CLAIMS}, {{all: [{WHEN}]}}]}}"),
        ("NEED", f"{{all: [{CLAIMS}, {{not: {{all: [{WHEN}, {WHEN}]}}}}]}}"),
        ("NEED", f"{{dated: {{2025-01-01: {CLAIMS}, 2025-06-01: {{any: [{CLAIMS}, {WHEN}]}}}}}}"),
        ("NEED", f"{{any: [{CLAIMS}, {{dated: {{2025-06-01: {WHEN}}}}}]}}"),
        ("NEED", f"{{any: [{{all: [{{dated: {{2025-06-01: {CLAIMS}}}}}, {WHEN}]}}]}}"),
        ("NEED", f"{{any: [{{all: [{{requirement: old}}, {WHEN}]}}]}}"),
        ("NEED", f"{{any: [{{all: [{{requirement: wish}}, {WHEN}]}}]}}"),
        ("NEED", f"{{any: [{{all: [{{requirement: medical-only}}, {WHEN}]}}]}}"),
        ("NEED", f"{{any: [{CLAIMS}, {{when: {{fact: facility_kind, equals: clinic}}, need: {WHEN}}}]}}"),
        ("IF", WHEN),
        ("APPLIES", WHEN),
        ("SCOPE", f"applies_when: {WHEN}"),
        ("POINTS", "{when: {fact: card}, need: {fact: home_consent}}"),
        ("AMOUNT", "{when: {fact: card}, need: {fact: home_consent}}"),
        ("CONDITION", "{any: [{when: {fact: card}, need: {fact: home_consent}}, {fact: card}]}"),
    ],
)
def test_where_an_answer_would_be_taken_back_it_is_refused_with_its_line(
    tmp_path: Path, part: str, text: str
) -> None:
    found = refused(tmp_path, **{part: text})
    assert found
    for line, told in found:
        assert line.endswith(text)
        assert told.startswith("when はここには書けません。any・at_least_n_of・not の中と、条件")
        assert told.endswith("{all: [場合, 求めること]} のように、場合を all で並べて書いてください。")


@pytest.mark.parametrize(
    ("part", "text", "named", "instead"),
    [
        ("NEED", f"{{any: [{CLAIMS}, {{requirement: website}}]}}", "website", "{all: [場合, {requirement: website}]}"),
        ("NEED", f"{{any: [{CLAIMS}, {{requirement: named}}]}}", "named", "{all: [場合, {requirement: named}]}"),
        ("IF", "{requirement: website}", "website", "{all: [場合, {requirement: website}]}"),
        ("CONDITION", "{not: {requirement: seen}}", "seen", "{all: [場合, {requirement: seen}]}"),
        ("LEVEL", "{any: [a, website]}", "website", "場合を all で並べた要件を別に作り"),
    ],
)  # fmt: skip
def test_a_requirement_that_may_drop_out_is_refused_there_too(
    tmp_path: Path, part: str, text: str, named: str, instead: str
) -> None:
    ((line, told),) = refused(tmp_path, **{part: text})
    assert text in line
    assert told.startswith(f"「{named}」は対象外になることがあるので、ここには書けません。")
    assert instead in told


def test_loading_stops_at_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"example-places\.yaml:\d+: when はここには書けません。"):
        Rulebook.load(written(tmp_path, NEED=f"{{not: {WHEN}}}"))


def test_what_decides_on_an_addition_that_is_not_judged_may_not_drop_out(rulebook: Rulebook) -> None:
    references = References(rulebook.catalogue, rulebook.sources, rulebook.rulings, {}, frozenset())
    condition = {"when": {"fact": "own_website"}, "need": {"fact": "posted_on_website"}}
    table = {"title": "見本", "label": "見本", "cite": ["S2"], "encounters": {"medical": ["revisit"]}}
    faults = Faults("other-additions.yaml")
    read_other({"example": table | {"refused_when": condition}}, faults, references)
    assert [problem.code for problem in faults.problems] == ["may-drop-out"]


def test_rings_are_told_and_nothing_else(tmp_path: Path) -> None:
    path = written(
        tmp_path, NEED="{any: [{requirement: asked}]}", CONDITION="{not: {requirement: named-again}}"
    )
    told = {problem.message.split("（")[0] for problem in Rulebook.check(path)[1]}
    assert told == {"条件どうしが輪になって求め合っています", "要件どうしが輪になって求め合っています"}
