"""Benchmarks: CPU time of what users wait for, side by side with the same rule written by hand.

`make bench` prints a table: median CPU time, the budget, and the ratio to what is named beside it, measured in
the same run. Medians of several rounds; absolute times depend on the machine, ratios hardly. The whole rulebook is
what is shipped, with the rule packages of this repository where there are any.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from importlib.resources import files
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import mitasu
from mitasu.facts import Institution
from mitasu.facts.columns import column_of, frame
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook
from mitasu.rules.columns import verdicts
from mitasu.rules.explain import Explainer
from mitasu.rules.nodes import All, AtLeast, Deemed, Fact

ROUNDS = 7


@dataclass(frozen=True)
class Row:
    """One line of the table; times in microseconds of CPU."""

    name: str
    micros: float
    beside: str = ""
    beside_micros: float | None = None
    budget: float | None = None


def micros(work: Callable[[], Any], times: int) -> float:
    """Median CPU microseconds of one call over several rounds."""
    work()
    found = []
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for _ in range(times):
            work()
        found.append((time.process_time_ns() - start) / 1_000 / times)
    return statistics.median(found)


def side_by_side(work: Callable[[], Any], other: Callable[[], Any], times: int) -> tuple[float, float]:
    """Median CPU microseconds of two calls, their rounds taken in turn, so that a busy machine strikes both."""
    found: tuple[list[float], list[float]] = ([], [])
    for one in (work, other):
        one()
    for _ in range(ROUNDS):
        for one, times_of_one in zip((work, other), found, strict=True):
            start = time.process_time_ns()
            for _ in range(times):
                one()
            times_of_one.append((time.process_time_ns() - start) / 1_000 / times)
    return statistics.median(found[0]), statistics.median(found[1])


def process_micros(command: list[str]) -> float:
    """Median CPU microseconds of a whole process."""
    found = []
    for _ in range(ROUNDS):
        before = getrusage(RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        after = getrusage(RUSAGE_CHILDREN)
        found.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1e6)
    return statistics.median(found)


FLAGS = ("online_claims", "online_eligibility", "view_in_rooms", "posted_in_facility", "posted_on_website")
COUNTS = {"doctors": 2, "managers": 1, "methods": 2}
RATE = 300_000


def ten_conditions() -> tuple[Any, dict[str, Any]]:
    """A rule of ten conditions: five flags, three counts, two rates, one of them under a transitional measure."""
    flags = tuple(Fact(name) for name in FLAGS)
    counts = tuple(AtLeast(Fact(name), least) for name, least in COUNTS.items())
    rates = (AtLeast(Fact("rate"), RATE), Deemed(AtLeast(Fact("second_rate"), RATE), None, date(2026, 5, 31)))
    facts = dict.fromkeys(FLAGS, True) | {
        "doctors": 2,
        "managers": 1,
        "methods": 2,
        "rate": 449_000,
        "second_rate": 100_000,
    }
    return All((*flags, *counts, *rates)), facts


def by_hand(facts: Mapping[str, Any]) -> tuple[str, list[tuple[str, str]]]:
    """The same rule written by hand, three-valued, with a list of reasons."""
    reasons = []
    worst = "met"
    for name in FLAGS:
        value = facts.get(name)
        verdict = "unknown" if value is None else "met" if value else "unmet"
        reasons.append((name, verdict))
    for name, least in (*COUNTS.items(), ("rate", RATE), ("second_rate", RATE)):
        value = facts.get(name)
        verdict = "unknown" if value is None else "met" if value >= least else "unmet"
        if name == "second_rate" and verdict != "met":
            verdict = "deemed"
        reasons.append((name, verdict))
    for _, verdict in reasons:
        if verdict == "unmet":
            worst = "unmet"
        elif verdict == "unknown" and worst != "unmet":
            worst = "unknown"
        elif verdict == "deemed" and worst == "met":
            worst = "deemed"
    return worst, reasons


DAYS = (date(2026, 6, 1), date(2026, 7, 1))
MANY = 300


def with_reasons(judge: Judge, institution: Institution, day: date) -> int:
    """The judgements of a day with every reason in words."""
    answer = judge.judge(institution, day)
    return sum(len(found.why) for judgement in answer.judgements for found in judgement.requirements)


def standings(judge: Judge, institution: Institution, day: date) -> list[tuple[str, str, str | None, int]]:
    """What a head office asks: status, level and how many requirements are missing."""
    answer = judge.judge(institution, day)
    return [(found.addition, found.status, found.level, len(found.missing)) for found in answer.judgements]


def many_institutions() -> list[Institution]:
    """Three hundred institutions: the samples, each without another one of its facts."""
    samples = [mitasu.sample(name) for name in ("paper-clinic", "childrens-clinic", "hospital")]
    found = []
    for index in range(MANY):
        sample = samples[index % len(samples)]
        left_out = sorted(sample.facts)[index % len(sample.facts)]
        kept = {id_: spans for id_, spans in sample.facts.items() if id_ != left_out}
        found.append(replace(sample, facts=kept))
    return found


def judging() -> list[Row]:
    """Judging by the whole rulebook: with every reason, without any, one institution and many."""
    book = Rulebook.shipped()
    judge, day = Judge(book), DAYS[0]
    all_of = f"{len(book.order)} additions"
    found = []
    for name in ("paper-clinic", "hospital"):
        institution = mitasu.sample(name)
        full, short = side_by_side(
            partial(with_reasons, judge, institution, day),
            partial(standings, judge, institution, day),
            20,
        )
        found.append(Row(f"judge {name}, one day, {all_of}, all reasons", full, "status only", short, 10_000))
    many = many_institutions()
    short, full = side_by_side(
        lambda: [standings(judge, institution, on) for institution in many for on in DAYS],
        lambda: [with_reasons(judge, institution, on) for institution in many for on in DAYS],
        1,
    )
    what = f"{MANY} institutions, two months, {all_of}, status only"
    return [*found, Row(what, short, "all reasons", full, 1_500_000)]


def rows() -> list[Row]:
    """Every measurement."""
    tree, facts = ten_conditions()
    explainer = Explainer()
    found = [
        Row(
            "explain a rule of ten conditions",
            micros(lambda: explainer.explain(tree, facts), 20_000),
            "the same by hand",
            micros(lambda: by_hand(facts), 20_000),
            60,
        )
    ]
    found.extend(judging())
    book = Rulebook.shipped()
    judge = Judge(book)
    day = DAYS[0]
    bare = process_micros([sys.executable, "-c", "pass"])
    command = [str(Path(sys.executable).with_name("mitasu"))]
    sample = str(files("mitasu").joinpath("samples", "hospital.yaml"))
    found.append(
        Row(
            "mitasu --help, whole process",
            process_micros([*command, "--help"]),
            "bare interpreter",
            bare,
            200_000,
        )
    )
    whole = process_micros([*command, "judge", sample, "--on", "2026-06-01"])
    found.append(Row("mitasu judge, whole process", whole, "bare interpreter", bare, 500_000))
    found.append(Row("load the rulebook", micros(Rulebook.shipped, 3)))
    institutions = [mitasu.sample("paper-clinic"), mitasu.sample("childrens-clinic")] * 5_000
    table = frame(institutions, book.catalogue, day)
    trees = {
        f"{level.level.level}": level.needs
        for level in book.state("electronic-information-sharing", "medical", day).levels
    }
    columns = micros(lambda: verdicts(table, trees, column_of(book.catalogue, day)), 1) / len(institutions)
    scalar = (
        micros(
            lambda: [judge.judge(i, day, ["electronic-information-sharing"]) for i in institutions[:200]], 1
        )
        / 200
    )
    found.append(
        Row(
            "columns: one addition, per institution (10,000 at once)",
            columns,
            "explaining, per institution",
            scalar,
        )
    )
    return found


def main() -> None:
    """Print the table."""
    print(f"{'what':<58}{'CPU us':>12}{'budget':>10}{'ratio':>9}  beside")
    for row in rows():
        ratio = f"{row.micros / row.beside_micros:.2f}" if row.beside_micros else ""
        budget = f"{row.budget:.0f}" if row.budget else ""
        beside = f"{row.beside} ({row.beside_micros:.1f})" if row.beside_micros else ""
        over = "  over budget" if row.budget and row.micros > row.budget else ""
        print(f"{row.name:<58}{row.micros:>12.1f}{budget:>10}{ratio:>9}  {beside}{over}")


if __name__ == "__main__":
    main()
