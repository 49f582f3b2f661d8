"""History: since when each requirement has held, failed or been unknown, and what a wrong claim costs.

The question of a refund: judged on the first of each month with the facts as known now, in which months
was the addition claimed without right, or at too high a level, and how many yen is that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitasu.dates import first_day, months_between, parse_month, shift_month
from mitasu.errors import InputError, UsageError
from mitasu.facts import Institution
from mitasu.judge.amounts import by_kind, yen_each
from mitasu.judge.judgement import Judge, Judgement, points_of
from mitasu.rulebook import ENCOUNTER_KINDS
from mitasu.rules.fix import FixedLevel
from mitasu.rules.load import Faults, shown
from mitasu.rules.strict_yaml import read_file

CLAIM = ("level", "count", "encounter")
WRITTEN = '「"2025-06": 30」または「"2025-06": {level: "1", count: 30}」を並べます。'
MOST = 10**7
EXPOSURES = {
    "not_claimable": "基準を満たしていない",
    "level_too_high": "区分が高すぎた",
    "undetermined": "未確認の事実で決まる",
    "level_not_said": "区分が書かれていない",
    "no_such_level": "その区分はない",
    "not_in_force": "この月には制度がない",
    "not_applicable": "この施設は対象でない",
}
"""Why claims of a month may have been wrong."""


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
    inputs: str = ""


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
    """The history of an addition over months, and the exposure if it was claimed meanwhile.

    Claims of months outside are looked at as well. UsageError where the months are out of order.
    """
    if first > last:
        raise UsageError(f"最初の月（{first}）が最後の月（{last}）より後です。入れ替えてください。")

    def judged(month: str) -> Judgement:
        return judge.judge(institution, first_day(month), [addition]).of(addition)

    found = judge.rulebook.addition(addition)
    kinds = found.billing.encounters.get(institution.sector, ())
    title = found.title_in(institution.sector)
    runs = _runs(title, {month: judged(month) for month in months_between(first, last)})
    looked = (
        _exposure(judged(row.month), row, institution.sector, kinds) for row in claimed or () if row.count
    )
    exposures = tuple(exposure for exposure in looked if exposure is not None)
    return History(addition, title, first, last, tuple(runs), exposures)


def _runs(title: str, judged: Mapping[str, Judgement]) -> list[Run]:
    found: dict[str, list[Run]] = {}

    def add(id_: str, label: str, status: str, month: str, why: str) -> None:
        rows = found.setdefault(id_, [])
        if rows and rows[-1].status == status and shift_month(rows[-1].last, 1) == month:
            rows[-1] = Run(id_, label, status, rows[-1].first, month, rows[-1].why)
        else:
            rows.append(Run(id_, label, status, month, month, why))

    for month, judgement in judged.items():
        level = f" {judgement.level}" if judgement.level else ""
        add("", title, judgement.status + level, month, "")
        for answer in judgement.requirements:
            add(answer.id, answer.requirement.label, answer.status, month, answer.why)
    return [run for rows in found.values() for run in rows]


def _exposure(judgement: Judgement, row: Claimed, sector: str, kinds: tuple[str, ...]) -> Exposure | None:
    """What a month's claims would cost, or None where they were right."""
    levels = {fixed.level.level: fixed for fixed, _ in judgement.levels}
    if judgement.status in ("not_in_force", "not_applicable"):
        why = "この月に算定できる制度がありません（点数が分からないため金額は出せません）。"
        return Exposure(row, judgement.status, None, why)
    if row.level is not None and row.level not in levels:
        told = "、".join(f"区分{id_}" for id_ in levels if id_) or "区分のない加算"
        why = f"区分{row.level}はこの月にありません（この月にあるもの: {told}）。"
        return Exposure(row, "no_such_level", None, why)
    if judgement.status == "undetermined":
        names = "、".join(judgement.unknown)
        return Exposure(row, "undetermined", None, f"未確認の事実で決まります: {names}")
    claimed = levels[row.level] if row.level is not None else _only(levels)
    paid = None if claimed is None else _pays(judgement, claimed, row, sector, kinds)
    if judgement.status == "not_claimable":
        answers = [found for id_ in judgement.missing if (found := judgement.requirement(id_)) is not None]
        why = "、".join(f"{answer.requirement.label}（{answer.why}）" for answer in answers)
        return Exposure(row, "not_claimable", *_cost(row, paid, 0, sector, why))
    order = list(levels)
    right = order.index(judgement.level or "")
    if claimed is None and right:
        why = (
            f"区分が書かれていないので、高すぎたかどうか分かりません（算定できるのは区分{judgement.level}）。"
        )
        return Exposure(row, "level_not_said", None, why)
    if claimed is None or order.index(claimed.level.level) >= right:
        return None
    due = _one_amount(judgement.yen if sector == "nursing" else judgement.points, row, kinds)
    why = f"この月に算定できるのは区分{judgement.level}です。"
    return Exposure(row, "level_too_high", *_cost(row, paid, due, sector, why))


def _only(levels: Mapping[str, FixedLevel]) -> FixedLevel | None:
    return next(iter(levels.values())) if len(levels) == 1 else None


def _cost(
    row: Claimed, paid: int | None, due: int | None, sector: str, why: str
) -> tuple[int | None, str, str]:
    """The yen to repay (None where a part is not known), why, and what that was reckoned from."""
    if paid is None or due is None:
        return None, why, ""
    unit = yen_each(sector)
    each = f"{paid - due}円" if unit == 1 else f"{paid - due}点×{unit}円"
    return (paid - due) * row.count * unit, why, f"{row.count}回×{each}"


def _pays(
    judgement: Judgement, fixed: FixedLevel, row: Claimed, sector: str, kinds: tuple[str, ...]
) -> int | None:
    """What a level pays for each claim; None where that hangs on an encounter that was not said."""
    level, period = fixed.level, judgement.state.period if judgement.state else None
    if sector == "nursing":
        return _one_amount(level.yen, row, kinds)
    if level.points_if and level.points_then != level.points:
        return None
    return _one_amount(points_of(period, level.points, sector), row, kinds)


def _one_amount(points: Any, row: Claimed, kinds: tuple[str, ...]) -> int | None:
    amounts = by_kind(points, kinds)
    if row.encounter is not None:
        amounts = {row.encounter: amounts.get(row.encounter, ())}
    found = {amount for each in amounts.values() for amount in each}
    return found.pop() if len(found) == 1 else None


def load_claimed(path: str | Path) -> list[Claimed]:
    """Claims by month from a file: `"2025-06": 30`, or `"2025-06": {level: "1", count: 30}`, or a list of these."""
    return read_claimed(read_file(path), str(path))


def read_claimed(document: Any, name: str = "") -> list[Claimed]:
    """Claims by month from a mapping; InputError with every fault otherwise."""
    faults = Faults(name or "算定")
    found: list[Claimed] = []
    if not isinstance(document, Mapping):
        faults.add(WRITTEN, document, line=1)
        document = {}
    seen: set[str] = set()
    for key, value in document.items():
        try:
            month = parse_month(key)
        except ValueError as error:
            faults.add(str(error), document, key)
            continue
        if month in seen:
            faults.add(f"{month}が二度書かれています。一覧（[…]）にまとめてください。", document, key)
        seen.add(month)
        for row in value if isinstance(value, list) else [value]:
            claim = _claim(row, month, faults, document, key)
            if claim is not None:
                found.append(claim)
    if faults.problems:
        raise InputError(faults.problems)
    return found


def _claim(row: Any, month: str, faults: Faults, document: Any, key: str) -> Claimed | None:
    if isinstance(row, Mapping):
        if not faults.keys(row, CLAIM, ("count",), f"{month}の算定"):
            return None
        count, level, encounter = row["count"], row.get("level"), row.get("encounter")
    else:
        count, level, encounter = row, None, None
    if type(count) is not int or not 0 <= count <= MOST:
        faults.add(
            f"{month}の算定回数は0から{MOST}までの整数です（見つかったもの: {shown(count)}）。", document, key
        )
        return None
    if level is not None and type(level) not in (str, int):
        faults.add(
            f'{month}の区分（level）は "1" のように書きます（見つかったもの: {shown(level)}）。',
            document,
            key,
        )
        return None
    if encounter is not None and not faults.one_of(
        encounter, ENCOUNTER_KINDS, "受診の種類", row, "encounter"
    ):
        return None
    return Claimed(month, count, None if level is None else str(level), encounter)
