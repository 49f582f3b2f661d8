"""The shipped rules: sound when read from their files, every case passes, nothing is left untried."""

from __future__ import annotations

import pytest

from mitasu.judge.cases import Outcome
from mitasu.judge.coverage import check_cases
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook
from mitasu.rulebook.book import HOME, read_documents

ORDER = """
    electronic-information-sharing electronic-information-sharing-inpatient medical-dx-promotion
    medical-information-acquisition medical-information-system home-care-dx visiting-nursing-dx emergency-information
    emergency-view record-management base-up-1 base-up-2 antimicrobial-stewardship after-hours care-facility-home-call
    ckd-dialysis-prevention intractable-cancer-pain outpatient-chemotherapy-3 early-psychiatric-care
    child-psychiatry-support telepsychiatry comprehensive-care-fee comprehensive-care-addition
    outpatient-infection-control
"""


@pytest.fixture(scope="module")
def outcomes(judge: Judge) -> tuple[list[Outcome], list[str]]:
    found, untried = check_cases(HOME, judge, judge.rulebook.order)
    return found, [str(problem) for problem in untried]


def test_the_additions_are_these_in_this_order(rulebook: Rulebook) -> None:
    assert tuple(rulebook.additions) == rulebook.order == tuple(ORDER.split())
    assert tuple(rulebook.others) == ("statement-issuance",)


def test_the_files_hold_no_fault() -> None:
    _, problems = Rulebook.check()
    assert [str(problem) for problem in problems] == []


def test_nothing_is_declared_in_two_files() -> None:
    found: dict[str, str] = {}
    for name, document in read_documents(HOME, []).items():
        if name.startswith("facts/"):
            assert not found.keys() & document.keys(), name
            found |= dict.fromkeys(document, name)
    assert found["same_building"] == "facts/encounters.yaml"


def test_every_case_passes(outcomes: tuple[list[Outcome], list[str]]) -> None:
    found, _ = outcomes
    assert [(outcome.case.id, outcome.failures) for outcome in found if not outcome.passed] == []
    assert len(found) > 2_000


def test_no_case_is_missing(outcomes: tuple[list[Outcome], list[str]]) -> None:
    assert outcomes[1] == []
