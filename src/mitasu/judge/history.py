"""History: since when each requirement has held, failed or been unknown, and what a wrong claim costs.

The question of a refund: judged on the first of each month with the facts as known now, in which months
was the addition claimed without right, or at too high a level, and how many yen is that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitasu.dates import first_day, months_between, parse_month
from mitasu.errors import InputError
from mitasu.facts import Institution
from mitasu.judge.improve import YEN_A_POINT, by_kind
from mitasu.judge.judgement import Judge, Judgement
from mitasu.rules.load import Faults
from mitasu.rules.strict_yaml import read_file

CLAIM = ("level", "count", "encounter")


@dataclass(frozen=True, slots=True)
class Run:
    """Months in a row in which a requirement (or the whole addition, id "") stood the same."""

    id: str
    label: str
    status: str
    first: str
    last: str
    why: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed in a month: how often, at which level (None: not said), for which encounters."""

    month: str
    count: int
    level: str | None = None
    encounter: str | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """A month claimed without right or too high: how many yen would be repaid (None: cannot be told), and why."""

    claimed: Claimed
    status: str
    yen: int | None
    why: str


@dataclass(frozen=True, slots=True)
class History:
    """The runs of an addition and its requirements, and the exposure."""

    addition: str
    title: str
    first: str
    last: str
    runs: tuple[Run, ...]
    exposures: tuple[Exposure, ...]

    @property
    def yen(self) -> int:
        """All yen that would be repaid, as far as they can be told."""
        return sum(exposure.yen or 0 for exposure in self.exposures)


def history(
    judge: Judge,
    institution: Institution,
    addition: str,
    first: str,
    last: str,
    claimed: list[Claimed] | None = None,
) -> History:
    """The history of an addition over months, and the exposure if it was claimed meanwhile."""
    judged = {
        m: judge.judge(institution, first_day(m), [addition]).of(addition)
        for m in months_between(first, last)
    }
    title = judge.rulebook.addition(addition).title_in(institution.sector)
    exposures = [
        found
        for row in claimed or ()
        if (
            found := _exposure(
                judge,
                judge.judge(institution, first_day(row.month), [addition]).of(addition),
                row,
                institution,
            )
        )
    ]
    return History(addition, title, first, last, tuple(_runs(title, judged)), tuple(exposures))


def _runs(title: str, judged: Mapping[str, Judgement]) -> list[Run]:
    found: dict[str, list[Run]] = {}

    def add(id_: str, label: str, status: str, month: str, why: str) -> None:
        rows = found.setdefault(id_, [])
        if rows and rows[-1].status == status:
            rows[-1] = Run(id_, label, status, rows[-1].first, month, rows[-1].why)
        else:
            rows.append(Run(id_, label, status, month, month, why))

    for month, judgement in judged.items():
        level = f" {judgement.level}" if judgement.level else ""
        add("", title, judgement.status + level, month, "")
        for answer in judgement.requirements:
            add(answer.id, answer.requirement.label, answer.status, month, answer.why)
    return [run for rows in found.values() for run in rows]


def _exposure(judge: Judge, judgement: Judgement, row: Claimed, institution: Institution) -> Exposure | None:
    """What a month's claims would cost, or None where they were right."""
    if judgement.status == "claimable":
        levels = [fixed.level for fixed, _ in judgement.levels]
        order = [level.level for level in levels]
        if (
            row.level is None
            or row.level not in order
            or order.index(row.level) >= order.index(judgement.level or "")
        ):
            return None
        due = _points(judge, judgement, judgement.points, row, institution)
        paid = _points(judge, judgement, levels[order.index(row.level)].points, row, institution)
        over = None if due is None or paid is None else (paid - due) * row.count * YEN_A_POINT
        return Exposure(row, "level_too_high", over, f"この月に算定できるのは区分{judgement.level}です。")
    if judgement.status == "undetermined":
        return Exposure(
            row, "undetermined", None, f"未確認の事実で決まります: {'、'.join(judgement.unknown)}"
        )
    if judgement.status in ("not_in_force", "not_applicable"):
        return Exposure(
            row,
            judgement.status,
            None,
            "この月に算定できる制度がありません（点数が分からないため金額は出せません）。",
        )
    answers = [answer for id_ in judgement.missing if (answer := judgement.requirement(id_)) is not None]
    why = "、".join(f"{answer.requirement.label}（{answer.why}）" for answer in answers)
    level = next((f.level for f, _ in judgement.levels if f.level.level == row.level), None)
    level = level or (
        judgement.levels[-1][0].level if row.level is None and len(judgement.levels) == 1 else None
    )
    points = None if level is None else _points(judge, judgement, level.points, row, institution)
    return Exposure(row, "not_claimable", None if points is None else points * row.count * YEN_A_POINT, why)


def _points(
    judge: Judge, judgement: Judgement, points: Any, row: Claimed, institution: Institution
) -> int | None:
    kinds = judge.rulebook.addition(judgement.addition).billing.encounters.get(institution.sector, ())
    amounts = by_kind(points, kinds)
    if row.encounter is not None:
        return amounts.get(row.encounter)
    return next(iter(amounts.values())) if len(set(amounts.values())) == 1 else None


def load_claimed(path: str | Path) -> list[Claimed]:
    """Claims by month from a file: `"2025-06": 30`, or `"2025-06": {level: "1", count: 30}`."""
    document = read_file(path)
    faults = Faults(str(path))
    found: list[Claimed] = []
    if not isinstance(document, dict):
        faults.add('「"2025-06": 30」または「"2025-06": {level: "1", count: 30}」を並べます。', document)
        document = {}
    for key, value in document.items():
        try:
            month = parse_month(key)
        except ValueError as error:
            faults.add(str(error), document, key)
            continue
        for row in value if isinstance(value, list) else [value]:
            claim = _claim(row, month, faults, document, key)
            if claim is not None:
                found.append(claim)
    if faults.problems:
        raise InputError(faults.problems)
    return found


def _claim(row: Any, month: str, faults: Faults, document: Any, key: str) -> Claimed | None:
    if isinstance(row, dict):
        if not faults.keys(row, CLAIM, ("count",), f"{month}の算定"):
            return None
        count, level, encounter = row["count"], row.get("level"), row.get("encounter")
    else:
        count, level, encounter = row, None, None
    if type(count) is not int or count < 0:
        faults.add(f"{month}の算定回数は0以上の整数です（見つかったもの: {count}）。", document, key)
        return None
    return Claimed(
        month, count, None if level is None else str(level), None if encounter is None else str(encounter)
    )
