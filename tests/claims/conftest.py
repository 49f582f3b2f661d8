"""Claim files for tests: written line by line, or made by the generator. Nobody in them exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from claim_lines import LINES, Put, as_bytes

import mitasu
from mitasu.claims.generate import Profile, profile, write_month
from mitasu.judge.judgement import Judge


@pytest.fixture
def put(tmp_path: Path) -> Put:
    """Write a claim file (lines or bytes) and give its path."""

    def write(content: tuple[str, ...] | list[str] | bytes = LINES, name: str = "RECEIPTC.UKE") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else as_bytes(content))
        return path

    return write


@pytest.fixture(scope="session")
def clinic(judge: Judge) -> Profile:
    """The profile of the sample clinic."""
    return profile(mitasu.sample("paper-clinic"), judge, ["2024-07", "2025-04", "2025-05", "2026-09"])


@pytest.fixture(scope="session")
def hospital(judge: Judge) -> Profile:
    """The profile of the sample hospital."""
    return profile(mitasu.sample("hospital"), judge, ["2025-05"])


@pytest.fixture(scope="session")
def month_file(tmp_path_factory: pytest.TempPathFactory, hospital: Profile) -> Path:
    """A month of the sample hospital, 80 receipts."""
    path = tmp_path_factory.mktemp("month") / "RECEIPTC.UKE"
    write_month(hospital, "2025-05", path, 80, 7)
    return path
