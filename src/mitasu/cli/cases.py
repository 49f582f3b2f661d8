"""Running case files: each failure with the explanation that led to it, and the count as the last line."""

from __future__ import annotations

from pathlib import Path

import typer

from mitasu.cli.context import Context
from mitasu.judge.cases import Outcome, load_cases, run_case
from mitasu.judge.marks import mark, points_text
from mitasu.judge.words import STATUS_WORDS


def run(context: Context, files: list[Path]) -> int:
    """Run every case; exit status 1 where one failed."""
    loaded = [case for file in files for case in load_cases(file)]
    passed = failed = 0
    for case in loaded:
        outcome = run_case(case, context.judge)
        if outcome.passed:
            passed += 1
            continue
        failed += 1
        report(outcome)
    typer.echo(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def report(outcome: Outcome) -> None:
    """Print one failed case: what differs, and how the requirements stand."""
    case = outcome.case
    typer.echo(f"✕ {case.file}:{case.line} {case.id} {case.title}")
    for failure in outcome.failures:
        typer.echo(f"    {failure}")
    if outcome.answer is None:
        return
    for addition in case.table.get("expect") or {}:
        judgement = outcome.answer.of(addition)
        typer.echo(
            f"    {judgement.title}: {mark(judgement)} {judgement.level or ''} {points_text(judgement)}".rstrip()
        )
        for answer in judgement.requirements:
            if answer.status not in ("met", "not_applicable"):
                typer.echo(f"      {STATUS_WORDS[answer.status]} {answer.id}: {answer.why}")
