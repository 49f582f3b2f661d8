"""A rulebook with made-up additions, small enough to know every answer by heart."""

from __future__ import annotations

from pathlib import Path

import pytest

from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook


@pytest.fixture(scope="session")
def toy() -> Judge:
    """A judge over the shipped rules and the additions of `data/toy`."""
    return Judge(Rulebook.load(Path(__file__).parent / "data" / "toy"))
