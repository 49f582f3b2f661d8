"""What the cases of a rule leave untried.

Each level of each rule wants a case in which it is met, one in which it is not, and one in which it is
unknown; and each stretch of time between two dates of a rule wants a case, so that there is one on both
sides of every date.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mitasu.errors import Problem
from mitasu.judge.cases import Outcome, load_cases, run_case
from mitasu.judge.judgement import Answer, Judge
from mitasu.rulebook import Rulebook
from mitasu.rules.nodes import All, Any_, Node, Open, Requires, Verdict

WANTED = {"met": "基準を満たす", "unmet": "基準を満たさない", "unknown": "基準を満たすか不明な"}


@dataclass(slots=True)
class Tried:
    """What the cases of one rule have tried."""

    levels: set[tuple[str, str]] = field(default_factory=set)
    days: set[date] = field(default_factory=set)


def tried(outcomes: Iterable[Outcome], judge: Judge) -> dict[str, Tried]:
    """What cases have tried, by addition; only what a case names counts."""
    found: dict[str, Tried] = {}
    for outcome in outcomes:
        for addition, answer in _named(outcome, judge):
            entry = found.setdefault(addition, Tried())
            entry.days.add(answer.on)
            for fixed, reason in answer.of(addition).levels:
                verdict = "met" if reason.verdict >= Verdict.DEEMED else reason.verdict.word
                entry.levels.add((fixed.level.level, verdict))
    return found


def _named(outcome: Outcome, judge: Judge) -> Iterable[tuple[str, Answer]]:
    table = outcome.case.table
    if outcome.answer is not None:
        named = set(table.get("expect") or {})
        for alternative in table.get("expect_any") or ():
            named |= set(alternative)
        for addition in sorted(named):
            yield addition, outcome.answer
    for bill in outcome.bills:
        for addition in (table.get("bill") or {}).get(bill.encounter.id, {}):
            if addition in judge.rulebook.additions and outcome.institution is not None:
                yield addition, judge.judge(outcome.institution, bill.encounter.on, [addition])


def untried(addition: str, rulebook: Rulebook, entry: Tried, file: str) -> list[Problem]:
    """What the cases of an addition leave untried."""
    problems: list[Problem] = []
    model = rulebook.addition(addition)
    levels: dict[str, None] = {}
    for period in model.periods:
        levels.update(dict.fromkeys(level.level for level in period.levels))
    out_of_reach = levels.keys() - _reachable(addition, rulebook)
    for level in levels:
        for verdict, word in WANTED.items():
            if verdict == "met" and level in out_of_reach:
                continue
            if (level, verdict) not in entry.levels:
                named = f"加算{level}" if level else "算定"
                problems.append(
                    Problem(f"{model.title}: {named}の{word}場合の事例がありません。", file, code="no-case")
                )
    for start, end in stretches(addition, rulebook):
        if not any(start <= day and (end is None or day < end) for day in entry.days):
            until = f"から{date.fromordinal(end.toordinal() - 1)}まで" if end else "以後"
            problems.append(
                Problem(f"{model.title}: {start}{until}の事例がありません。", file, code="no-case")
            )
    return problems


def _reachable(addition: str, rulebook: Rulebook) -> set[str]:
    """The levels that some state of the law lets hold: those that do not hang on an open question."""
    states = (
        rulebook.state(addition, sector, start)
        for sector in rulebook.addition(addition).sectors
        for start, _ in stretches(addition, rulebook)
    )
    return {fixed.level.level for state in states for fixed in state.levels if _may_hold(fixed.needs)}


def _may_hold(node: Node) -> bool:
    """Whether a condition can be met at all: an open question never is."""
    match node:
        case Open():
            return False
        case All(parts):
            return all(_may_hold(part) for part in parts)
        case Any_(parts):
            return any(_may_hold(part) for part in parts)
        case Requires(_, part) if part is not None:
            return _may_hold(part)
        case _:
            return True


def stretches(addition: str, rulebook: Rulebook) -> list[tuple[date, date | None]]:
    """The stretches of time between two dates of a rule, over all its sectors."""
    model = rulebook.addition(addition)
    days = sorted({day for sector in model.sectors for day in rulebook.timeline(addition, sector).dates})
    ends: list[date | None] = [*days[1:], None][: len(days)]
    last = model.periods[-1].until if model.periods else None
    return [(start, end) for start, end in zip(days, ends, strict=True) if last is None or start <= last]


def case_files(folder: Path) -> Mapping[str, Path]:
    """The case files beside rule files, by the rule's id."""
    return {path.name.removesuffix(".cases.yaml"): path for path in sorted(folder.rglob("*.cases.yaml"))}


def check_cases(folder: Path, judge: Judge, additions: Iterable[str]) -> tuple[list[Outcome], list[Problem]]:
    """Run every case file below a folder; the outcomes, and what the cases leave untried."""
    outcomes: list[Outcome] = []
    files = case_files(folder)
    for path in files.values():
        outcomes.extend(run_case(case, judge) for case in load_cases(path))
    entries = tried(outcomes, judge)
    problems: list[Problem] = []
    for addition in additions:
        beside = Path(judge.rulebook.addition(addition).file).with_suffix(".cases.yaml")
        file = str(files.get(addition, beside if beside.is_relative_to(folder) else folder / beside))
        problems.extend(untried(addition, judge.rulebook, entries.get(addition, Tried()), file))
    return outcomes, problems
