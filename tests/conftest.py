"""What all tests share: the shipped rulebook, loaded once."""

from __future__ import annotations

import pytest

from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return Rulebook.shipped()


@pytest.fixture(scope="session")
def judge(rulebook: Rulebook) -> Judge:
    return Judge(rulebook)
