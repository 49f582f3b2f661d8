"""The commands, and a rulebook with a few trial rules beside the shipped ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from clinics import Ran, Run, Write, trial_rule

from mitasu.cli import run
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

EXCLUDES = """\
  exclusions:
    - {id: not-with-other, label: もう一つの加算と併せて算定しない, additions: [trial-other], cite: [TRIAL 9]}
"""
NARROW = EXCLUDES.replace("{id:", "{encounters: [revisit], id:")
YIELDS = EXCLUDES + "  gives_way_to: [trial-other]\n"
CALENDAR: dict[str, Any] = {
    "windows": [
        {
            "id": "trial-window",
            "additions": ["trial-plain"],
            "label": "試しの届出直し",
            "opens": "2025-05-01",
            "asked_by": "2025-05-16",
            "arrives_by": "2025-06-04",
            "counts_from": "2025-06-01",
            "cite": ["TRIAL 5"],
        }
    ],
    "duties": [
        {
            "id": "trial-check",
            "additions": [],
            "label": "試しの自己点検",
            "month": 8,
            "day": 31,
            "cite": ["TRIAL 6"],
        },
        {
            "id": "trial-plan",
            "additions": ["trial-plain"],
            "label": "試しの計画書",
            "month": 6,
            "day": 30,
            "from": "2025-06-01",
            "until": "2026-05-31",
            "cite": ["TRIAL 6"],
        },
    ],
    "recalculations": [
        {
            "id": "trial-band",
            "additions": ["trial-plain"],
            "label": "試しの区分の算出",
            "months": [3, 6, 9, 12],
            "until": "2026-05-31",
            "cite": ["TRIAL 7"],
        }
    ],
    "refilings": [
        {
            "id": "trial-again",
            "additions": ["trial-plain"],
            "label": "2年ごとの届出直し",
            "years": 2,
            "cite": ["TRIAL 8"],
        }
    ],
}


@pytest.fixture(scope="session")
def trial_book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    """The shipped rules, a few trial rules, and a calendar of their own."""
    folder = tmp_path_factory.mktemp("trial")
    trial_rule(folder, "trial-plain")
    trial_rule(folder, "trial-excluding", title="除く加算", high="20", low="10", billing=EXCLUDES)
    trial_rule(folder, "trial-yielding", title="譲る加算", high="90", low="80", billing=YIELDS)
    kinds = "[first_visit, revisit]"
    points = "{first_visit: 50, revisit: 3}"
    trial_rule(folder, "trial-narrow", title="再診だけ除く加算", high=points, kinds=kinds, billing=NARROW)
    trial_rule(
        folder,
        "trial-other",
        title="もう一つの加算",
        high="{first_visit: 15, revisit: 2}",
        low="9",
        kinds=kinds,
    )
    book = Rulebook.load(folder)
    book.calendar = CALENDAR
    return book


@pytest.fixture(scope="session")
def trial_judge(trial_book: Rulebook) -> Judge:
    return Judge(trial_book)


@pytest.fixture
def mitasu(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command in this process."""

    def call(*arguments: object) -> Ran:
        capsys.readouterr()
        status = run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return Ran(status, shown.out, shown.err)

    return call


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a file, an institution given as a mapping say, and give its path."""

    def put(content: Any, name: str = "clinic.yaml") -> Path:
        path = tmp_path / name
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        path.write_text(text, "utf-8")
        return path

    return put
