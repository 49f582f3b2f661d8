"""`mitasu why`: every requirement in the order of the notice, with fact, limit, gap, source and what would change it."""

from __future__ import annotations

import re

import pytest
from clerk import Command, Sample

import mitasu as library
from mitasu.rulebook import Rulebook


def squeezed(text: str) -> str:
    """The text without what a tree and its line breaks put in between."""
    return re.sub(r"[\s│├└─]", "", text)


@pytest.mark.parametrize("name", ["paper-clinic", "hospital"])
@pytest.mark.parametrize("day", ["2025-04-01", "2026-06-01"])
def test_every_requirement_is_told_whole(
    mitasu: Command, sample: Sample, rulebook: Rulebook, name: str, day: str
) -> None:
    for judgement in library.judge(library.sample(name), on=day).judgements:
        ran = mitasu("why", sample(name), judgement.addition, "--on", day)
        assert (ran.status, ran.err) == (0, "")
        out = squeezed(ran.out)
        place = 0
        for answer in judgement.requirements:
            if answer.requirement.part_of is None:
                place = out.index(squeezed(answer.requirement.label), place)
            assert squeezed(answer.requirement.text) in out
            assert squeezed(answer.why) in out
            for cite in answer.requirement.cite:
                assert squeezed(rulebook.citation(cite)) in out
            if answer.status in ("unmet", "unknown", "advisory_unmet"):
                assert squeezed(answer.requirement.remedy) in out


def test_it_tells_the_gap_the_source_and_what_would_change_it(mitasu: Command, sample: Sample) -> None:
    out = mitasu("why", sample("paper-clinic"), "medical-dx-promotion", "--on", "2025-04-01").out
    for told in (
        "14.2%",
        "基準15.0%以上",
        "あと0.8ポイント",
        "2026-05-31まで",
        "何を変えれば変わるか",
        "疑義解釈",
        "窓口で守ること",
    ):
        assert told in out


def test_no_line_of_the_tree_is_wider_than_the_screen(mitasu: Command, sample: Sample) -> None:
    out = mitasu("why", sample("paper-clinic"), "medical-dx-promotion", "--on", "2025-04-01").out
    tree = [line for line in out.splitlines() if line.startswith(("│", "├", "└"))]
    assert len(tree) > 50
    assert max(sum(2 if ord(letter) > 0x2FFF else 1 for letter in line) for line in tree) <= 100


def test_an_addition_that_is_not_in_force_says_so(mitasu: Command, sample: Sample) -> None:
    ran = mitasu("why", sample("paper-clinic"), "medical-dx-promotion", "--on", "2026-06-01")
    assert ran.status == 0
    assert "この日には制度がありません" in ran.out


def test_an_addition_that_is_not_for_it_says_so(mitasu: Command, sample: Sample) -> None:
    for addition in ("record-management", "emergency-view"):
        ran = mitasu("why", sample("paper-clinic"), addition, "--on", "2025-04-01")
        assert ran.status == 0
        assert "対象" in ran.out


def test_what_the_law_leaves_open_is_told_with_whom_to_ask(mitasu: Command, sample: Sample) -> None:
    out = mitasu("why", sample("paper-clinic"), "medical-dx-promotion", "--on", "2025-04-01").out
    assert "制度が決めていないこと" in out
    assert "地方厚生局に確認" in out


def test_what_is_unknown_is_named_with_its_id(mitasu: Command, sample: Sample) -> None:
    out = mitasu("why", sample("paper-clinic"), "home-care-dx", "--on", "2025-04-01").out
    assert "home_consent_system" in out
