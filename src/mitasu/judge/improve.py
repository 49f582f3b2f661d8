"""What each next step brings: the smallest sets of changes for each better level, in points and yen.

The yen come from the visits given, ten yen a point; the lead time from the filing that the step needs.
Steps are ordered by yen for effort (yen a year for each change), and a step that another addition
excludes says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mitasu.errors import UsageError
from mitasu.facts import Institution, effective_from
from mitasu.facts.read import value_of
from mitasu.judge.filings import forms
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.reach import Step, steps
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook
from mitasu.text import nearest

YEN_A_POINT = 10
REVIEW = timedelta(days=14)
"""The review of a filing takes about two weeks (M08 t1_d2 7)."""
ALIASES = {"initial": "first_visit", "初診": "first_visit", "再診": "revisit"}


@dataclass(frozen=True, slots=True)
class Improvement:
    """A step with what it brings; yen are None where the visits it depends on were not given."""

    addition: str
    title: str
    level: str
    step: Step
    points: Mapping[str, int]
    yen_a_month: int | None
    files: bool
    forms: tuple[str, ...]
    claimable_from: date | None
    conflicts: tuple[str, ...]
    inputs: str

    @property
    def yen_a_year(self) -> int | None:
        """Twelve times the month."""
        return None if self.yen_a_month is None else 12 * self.yen_a_month

    @property
    def worth(self) -> float:
        """Yen a year for each change: what the list is ordered by."""
        return (self.yen_a_year or 0) / max(1, len(self.step.changes))


def improvements(
    judge: Judge, institution: Institution, on: date, visits: Mapping[str, int]
) -> list[Improvement]:
    """What each next step brings, the most yen for effort first."""
    answer = judge.judge(institution, on)
    found = [
        _improvement(judge, answer, judgement, step, visits)
        for judgement in answer.judgements
        if judgement.status not in ("not_in_force", "not_applicable")
        for step in steps(judge, answer, judgement.addition)
    ]
    return sorted(found, key=lambda item: (-item.worth, len(item.step.changes), item.addition, item.level))


def _improvement(
    judge: Judge, answer: Answer, now: Judgement, step: Step, visits: Mapping[str, int]
) -> Improvement:
    addition = judge.rulebook.addition(now.addition)
    kinds = addition.billing.encounters.get(answer.institution.sector, ())
    before, after = by_kind(now.points, kinds), by_kind(step.points, kinds)
    gained = {kind: after.get(kind, 0) - before.get(kind, 0) for kind in after}
    given = {kind: visits[kind] for kind in gained if kind in visits}
    yen = sum(gained[kind] * number * YEN_A_POINT for kind, number in given.items()) if given else None
    files = any(
        change.node
        for change in step.changes
        if str(change.key[0] if isinstance(change.key, tuple) else change.key).startswith("filing")
    )
    start = effective_from(answer.on + REVIEW) if files else None
    inputs = "、".join(
        f"{ENCOUNTER_KINDS[kind]}{number}回×{gained[kind]}点×{YEN_A_POINT}円"
        for kind, number in given.items()
    )
    return Improvement(
        now.addition, now.title, step.level, step, gained, yen, files, forms(addition, answer.institution.sector, answer.on) if files else (),
        start, tuple(_conflicts(judge, answer, now)), inputs,
    )  # fmt: skip


def by_kind(points: Any, kinds: tuple[str, ...]) -> dict[str, int]:
    """Points by encounter kind; of several amounts for a kind the lowest, so that nothing is promised too high."""
    if points is None:
        return {}
    if isinstance(points, Mapping):
        found: dict[str, int] = {}
        for kind, amount in points.items():
            amounts = list(amount.values()) if isinstance(amount, Mapping) else [amount]
            found[kind] = min(amounts)
        if not set(found) <= set(ENCOUNTER_KINDS):
            return dict.fromkeys(kinds, min(found.values()))
        return found
    return dict.fromkeys(kinds, points)


def _conflicts(judge: Judge, answer: Answer, now: Judgement) -> list[str]:
    addition = judge.rulebook.addition(now.addition)
    claimed = {j.addition for j in answer.judgements if j.status == "claimable"}
    found: list[str] = []
    for clause in addition.billing.exclusions:
        if clause.holds_for(answer.institution.sector, "", answer.on):
            found.extend(
                f"{judge.rulebook.titles[other]}とは同じ月に併せて算定できません"
                for other in clause.additions
                if other in claimed
            )
    return found


def parse_visits(text: str | None) -> dict[str, int]:
    """Visits a month by encounter kind from "first_visit=120,revisit=400"; UsageError otherwise.

    >>> parse_visits("initial=120,revisit=400")
    {'first_visit': 120, 'revisit': 400}
    """
    found: dict[str, int] = {}
    for part in (text or "").replace("、", ",").split(","):
        if not part.strip():
            continue
        name, _, number = part.partition("=")
        kind = ALIASES.get(name.strip(), name.strip())
        if kind not in ENCOUNTER_KINDS:
            near = nearest(kind, ENCOUNTER_KINDS)
            raise UsageError(
                f"--visits: 受診の種類「{name.strip()}」はありません。"
                + (f"近いもの: {near}" if near else f"書けるもの: {'、'.join(ENCOUNTER_KINDS)}")
            )
        if not number.strip().isdigit():
            raise UsageError(
                f"--visits: 「{part.strip()}」の回数は0以上の整数で書いてください（{kind}=120）。"
            )
        found[kind] = int(number)
    return found


def parse_changes(texts: list[str], rulebook: Rulebook) -> dict[str, Any]:
    """Facts put in place of the institution's own, from "fact=value"; UsageError with the nearest otherwise."""
    found: dict[str, Any] = {}
    facts = rulebook.catalogue.of("fact")
    for text in texts:
        name, sign, value = text.partition("=")
        entry = facts.get(name.strip())
        if not sign or entry is None:
            near = nearest(name.strip(), facts)
            raise UsageError(
                f"--set: 事実「{name.strip()}」は目録にありません。"
                + (f"近いもの: {near}" if near else "fact=value の形で書きます。")
            )
        try:
            found[entry.id] = value_of(value.strip(), entry.type, entry.values)
        except ValueError as error:
            raise UsageError(f"--set {entry.id}: {error}") from None
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """How one judgement differs when some facts are replaced."""

    before: Judgement
    after: Judgement
    moved: tuple[str, ...]


def what_if(judge: Judge, institution: Institution, on: date, changes: Mapping[str, Any]) -> list[Difference]:
    """The judgements that change when facts are put in place of the institution's own; nothing is written."""
    before = judge.judge(institution, on)
    after = judge.judge(institution, on, replaced=changes)
    found = []
    for old, new in zip(before.judgements, after.judgements, strict=True):
        statuses = {answer.id: answer.status for answer in old.requirements}
        moved = tuple(answer.id for answer in new.requirements if statuses.get(answer.id) != answer.status)
        if (old.status, old.level, old.points) != (new.status, new.level, new.points) or moved:
            found.append(Difference(old, new, moved))
    return found
