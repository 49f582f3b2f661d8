"""The package of outpatient standards: loaded strictly, every case passes, nothing is left untried."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitasu.judge.coverage import check_cases
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

PACKAGE = Path(__file__).parents[2] / "packages" / "outpatient"


@pytest.fixture(scope="module")
def book() -> Rulebook:
    return Rulebook.load(PACKAGE)


def test_the_package_adds_the_fourteen_outpatient_additions(book: Rulebook) -> None:
    added = set(book.additions) - set(Rulebook.shipped().additions)
    assert len(added) == 14


def test_every_case_of_the_package_passes_and_none_is_missing(book: Rulebook) -> None:
    added = [id_ for id_ in book.additions if id_ not in Rulebook.shipped().additions]
    outcomes, untried = check_cases(PACKAGE, Judge(book), added)
    assert [(outcome.case.id, outcome.failures) for outcome in outcomes if not outcome.passed] == []
    assert [str(problem) for problem in untried] == []
    assert len(outcomes) > 1_000
