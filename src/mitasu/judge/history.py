"""History: since when each requirement has held, failed or been unknown, and what a wrong claim costs.

The question of a refund: judged on the first of each month with the facts as known now, in which months
was the addition claimed without right, or at too high a level, and how many yen is that. What was decided
only later in a month (summaries have two weeks) is taken as it was decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.dates import first_day, months_between, shift_month
from mitasu.errors import UsageError
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.amounts import by_kind, yen_each
from mitasu.judge.claimed import Claimed
from mitasu.judge.judgement import Answer, Judge, Judgement, points_of
from mitasu.judge.words import Words
from mitasu.rules.explain import Later
from mitasu.rules.fix import FixedLevel
from mitasu.rules.nodes import facts_of

EXPOSURES = {
    "not_claimable": "基準を満たしていない",
    "level_too_high": "区分が高すぎた",
    "points_too_high": "点数が高すぎた",
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
    on: date | None = None,
) -> History:
    """The history of an addition over months, and the exposure if it was claimed meanwhile.

    Claims of months outside are looked at as well. `on`: the day on which one looks back; what was to be
    decided later in a month and is decided by then counts as decided. UsageError where the months are out of order.
    """
    if first > last:
        raise UsageError(f"最初の月（{first}）が最後の月（{last}）より後です。入れ替えてください。")

    def judged(month: str) -> Judgement:
        return decided(judge, institution, addition, first_day(month), on).of(addition)

    found = judge.rulebook.addition(addition)
    kinds = found.billing.encounters.get(institution.sector, ())
    title = found.title_in(institution.sector)
    runs = _runs(title, {month: judged(month) for month in months_between(first, last)})
    costs = _Costs(judge.words, institution.sector, kinds)
    looked = (costs.exposure(judged(row.month), row) for row in claimed or () if row.count != 0)
    exposures = tuple(exposure for exposure in looked if exposure is not None)
    return History(addition, title, first, last, tuple(runs), exposures)


def decided(judge: Judge, institution: Institution, addition: str, day: date, on: date | None) -> Answer:
    """The answer of a day, with what was still to be decided as it was decided by the day of looking back."""
    answer = judge.judge(institution, day, [addition])
    known: dict[Any, Any] = {}
    for leaf in (leaf for _, reason in answer.of(addition).levels for leaf in reason.leaves()):
        if isinstance(leaf.value, Later) and leaf.until is not None and on is not None and leaf.until <= on:
            later = View(institution, leaf.until, DERIVED)
            values = {fact.key: later.get(fact.key) for fact in facts_of(leaf.node)}
            known |= {key: value for key, value in values.items() if not isinstance(value, Later)}
    return judge.judge(institution, day, [addition], known) if known else answer


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


@dataclass(frozen=True, slots=True)
class _Costs:
    """What claims would cost at an institution of a sector."""

    words: Words
    sector: str
    kinds: tuple[str, ...]

    def exposure(self, judgement: Judgement, row: Claimed) -> Exposure | None:
        """What a month's claims would cost, or None where they were right."""
        levels = {fixed.level.level: fixed for fixed, _ in judgement.levels}
        if judgement.status in ("not_in_force", "not_applicable"):
            why = "この月に算定できる制度がありません"
            if row.points is None:
                return Exposure(
                    row, judgement.status, None, f"{why}（点数が分からないため金額は出せません）。"
                )
            return Exposure(row, judgement.status, *self.cost(row, row.points, 0, f"{why}。"))
        if row.level is not None and row.level not in levels:
            told = "、".join(f"区分{id_}" for id_ in levels if id_) or "区分のない加算"
            why = f"区分{row.level}はこの月にありません（この月にあるもの: {told}）。"
            return Exposure(row, "no_such_level", None, why)
        claimed = levels[row.level] if row.level is not None else _only(levels)
        paid = row.points if row.points is not None or claimed is None else self.pays(judgement, claimed, row)
        if judgement.status == "undetermined":
            return self.undetermined(judgement, row, paid)
        if judgement.status == "not_claimable":
            answers = [
                found for id_ in judgement.missing if (found := judgement.requirement(id_)) is not None
            ]
            why = "、".join(f"{answer.requirement.label}（{answer.why}）" for answer in answers)
            return Exposure(row, "not_claimable", *self.cost(row, paid, 0, why))
        return self.too_high(judgement, row, claimed, paid, list(levels))

    def undetermined(self, judgement: Judgement, row: Claimed, paid: int | None) -> Exposure:
        """Claims of a month that hangs on unknown facts: the yen are those if they turn out badly."""
        names = "、".join(f"{self.words.name(id_)}（{id_}）" for id_ in judgement.unknown)
        why = f"未確認の事実で決まります: {names or '制度の解釈'}。"
        yen, _, inputs = self.cost(row, paid, 0, "")
        if yen is not None:
            why += f"満たしていなければ{yen:,}円です（{inputs}）。"
        return Exposure(row, "undetermined", None, why)

    def too_high(
        self,
        judgement: Judgement,
        row: Claimed,
        claimed: FixedLevel | None,
        paid: int | None,
        order: list[str],
    ) -> Exposure | None:
        """The exposure of claims at a higher level, or of more points, than were right."""
        right = order.index(judgement.level or "")
        if claimed is None and right and row.points is None:
            why = f"区分が書かれていないので、高すぎたかどうか分かりません（算定できるのは区分{judgement.level}）。"
            return Exposure(row, "level_not_said", None, why)
        due = self.amounts(judgement.yen if self.sector == "nursing" else judgement.points, row)
        if claimed is not None and order.index(claimed.level.level) < right:
            why = f"この月に算定できるのは区分{judgement.level}です。"
            only = due[0] if len(due) == 1 else None
            return Exposure(row, "level_too_high", *self.cost(row, paid, only, why))
        if row.points is None or not due or row.points <= due[-1]:
            return None
        why = f"この月に算定できるのは{self.unit(due[-1])}までです。"
        return Exposure(row, "points_too_high", *self.cost(row, row.points, due[-1], why))

    def cost(self, row: Claimed, paid: int | None, due: int | None, why: str) -> tuple[int | None, str, str]:
        """The yen to repay (None where a part is not known), why, and what that was reckoned from."""
        if paid is None or due is None:
            more = "点数が受診や届出で違うため、金額は出せません。claimed に encounter か points を書いてください。"
            return None, why + (f"（{more}）" if why else ""), ""
        each = self.unit(paid - due) + ("" if yen_each(self.sector) == 1 else f"×{yen_each(self.sector)}円")
        if row.count is None:
            return None, why, f"1回につき{each}"
        return (paid - due) * row.count * yen_each(self.sector), why, f"{row.count}回×{each}"

    def unit(self, number: int) -> str:
        """An amount with its unit."""
        return f"{number}円" if self.sector == "nursing" else f"{number}点"

    def pays(self, judgement: Judgement, fixed: FixedLevel, row: Claimed) -> int | None:
        """What a level pays for each claim; None where that hangs on what was not said."""
        level, period = fixed.level, judgement.state.period if judgement.state else None
        if self.sector == "nursing":
            found = self.amounts(level.yen, row)
        elif level.points_if and level.points_then != level.points:
            return None
        else:
            found = self.amounts(points_of(period, level.points, self.sector), row)
        return found[0] if len(found) == 1 else None

    def amounts(self, points: Any, row: Claimed) -> list[int]:
        """What may be paid for the encounters claimed for, lowest first."""
        amounts = by_kind(points, self.kinds)
        if row.encounter is not None:
            amounts = {row.encounter: amounts.get(row.encounter, ())}
        return sorted({amount for each in amounts.values() for amount in each})


def _only(levels: Mapping[str, FixedLevel]) -> FixedLevel | None:
    return next(iter(levels.values())) if len(levels) == 1 else None
