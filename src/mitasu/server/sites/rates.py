"""Card-use rates of a site against the floors of every period: what may be used when, and a projection marked as such.

Which months may be used, and which of them was chosen, is told by the rules' own derived fact; floors are read from
the rulebook's trees. Nothing of the law is written down here a second time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.claims.notice import BASES, CHECKS, RECEIPTS
from mitasu.dates import first_day, japanese_month, months_between, shift_month
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.judgement import Judgement
from mitasu.rules.fix import State
from mitasu.rules.nodes import All, AtLeast, Fact, Node, Requires, children, nodes_of
from mitasu.rules.quantities import ONE_PERCENT, percent_text
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook

BEST = "best_card_use_rate"
NOTIFIED = "card_use_rate_notified_on"
BACK, AHEAD, FITTED, FEWEST = 23, 4, 6, 3
"""Months shown before and after this one; months that the straight line is drawn through, and the fewest for it."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month's rate as recorded: its place before the claim month, counts, notice, and whether it is the one used."""

    month: str
    back: int
    basis: str
    rate: str
    counts: str
    notified: date | None
    used: bool
    record: Any

    @property
    def named(self) -> str:
        """What the rate is based on."""
        return BASES[self.basis]


@dataclass(frozen=True, slots=True)
class Window:
    """A claim month: the months that may be used, what comes of it, and why."""

    month: str
    rows: tuple[MonthRow, ...]
    judgements: tuple[tuple[Judgement, str], ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Floor:
    """A floor in force in some months: for which addition and levels; `beside`: for whom only (小児科特例)."""

    addition: str
    first: str
    last: str | None
    rate: int
    levels: tuple[str, ...]
    beside: str = ""

    @property
    def text(self) -> str:
        """The floor in words."""
        levels = f"加算{'・'.join(self.levels)}" if any(self.levels) else ""
        return f"{percent_text(self.rate)} {levels}{f'（{self.beside}）' if self.beside else ''}".strip()


@dataclass(frozen=True, slots=True)
class Point:
    """A claim month of the chart: the rate that may be used (None: unknown), from which month, and the judgement."""

    month: str
    rate: int | None
    source: str
    projected: bool
    judgement: Judgement | None
    floors: tuple[Floor, ...]

    @property
    def rate_text(self) -> str:
        """The rate in words."""
        return "不明" if self.rate is None else percent_text(self.rate)


def rate_facts(state: State) -> Iterator[Fact]:
    """The derived facts by which a legal state looks at the rate."""
    for fixed in state.levels:
        for node in nodes_of(*fixed.requirements.values()):
            if isinstance(node, AtLeast) and node.fact.id == BEST:
                yield node.fact


def rated(institution: Institution, day: date) -> list[tuple[str, Fact]]:
    """The additions that look at the rate on a day, each with the derived fact."""
    found = []
    for addition in rulebook().additions.values():
        if institution.sector in addition.sectors and (
            not addition.kinds or institution.kind in addition.kinds
        ):
            fact = next(rate_facts(rulebook().state(addition.id, institution.sector, day)), None)
            if fact is not None:
                found.append((addition.id, fact))
    return found


def window(institution: Institution, known: Known, month: str) -> Window:
    """What may be used for a claim month, and what comes of it."""
    day = first_day(month)
    additions = rated(institution, day)
    answer = judge().judge(institution, day)
    detail, bases = "", {RECEIPTS: (3, 4, 5)}
    if additions:
        fact = additions[0][1]
        detail = answer.view.found(fact.key).detail
        if dict(fact.args).get("basis") == "either":
            bases[CHECKS] = (2, 3, 4)
    rows = [
        _month_row(known, basis, shift_month(month, -back), back, detail)
        for basis, backs in bases.items()
        for back in backs
    ]
    judgements = []
    for id_, _ in additions:
        judgement = answer.of(id_)
        if judgement.status not in ("not_applicable", "not_in_force"):
            judgements.append((judgement, _why(judgement)))
    return Window(month, tuple(rows), tuple(judgements), detail)


def _why(judgement: Judgement) -> str:
    """Why the rate brings that level: the reason of the requirement that looks at it."""
    for answer in judgement.requirements:
        if any(isinstance(node, AtLeast) and node.fact.id == BEST for node in nodes_of(answer.reason.node)):
            return answer.why
    return ""


def _month_row(known: Known, basis: str, month: str, back: int, detail: str) -> MonthRow:
    record = known.series.get(basis, {}).get(month)
    notified = known.series.get(NOTIFIED, {}).get(month) if basis == RECEIPTS else None
    body: Mapping[str, Any] = {} if record is None else record.body
    counts = f"{body['numerator']:,}／{body['denominator']:,}" if body.get("numerator") is not None else ""
    used = (
        record is not None
        and detail.startswith(f"{japanese_month(month)}の")
        and BASES[basis].removeprefix("オンライン") in detail
    )
    rate = "不明" if record is None else f"{body['value']}%"
    day = None if notified is None else date.fromisoformat(str(notified.body["value"])[:10])
    return MonthRow(month, back, basis, rate, counts, day, used, record)


# ---- floors --------------------------------------------------------------------------------------------------


def floors(institution: Institution, first: str, last: str) -> list[Floor]:
    """Every floor of every period between two months, from the rulebook's trees."""
    found: dict[tuple[str, int, str], list[Floor]] = {}
    for month in months_between(first, last):
        for id_, _ in rated(institution, first_day(month)):
            for rate, beside, levels in _floors_of(
                rulebook().state(id_, institution.sector, first_day(month))
            ):
                rows = found.setdefault((id_, rate, beside), [])
                if rows and rows[-1].levels == levels and shift_month(str(rows[-1].last), 1) == month:
                    rows[-1] = replace(rows[-1], last=month)
                else:
                    rows.append(Floor(id_, month, month, rate, levels, beside))
    return sorted((one for rows in found.values() for one in rows), key=lambda one: (one.first, -one.rate))


def _floors_of(state: State) -> list[tuple[int, str, tuple[str, ...]]]:
    labels = {requirement.id: requirement.label for requirement in state.requirements}
    found: dict[tuple[int, str], list[str]] = {}
    for fixed in state.levels:
        for tree in fixed.requirements.values():
            for limit, beside in _limits(tree, "", labels):
                levels = found.setdefault((limit, beside), [])
                if fixed.level.level not in levels:
                    levels.append(fixed.level.level)
    return [(rate, beside, tuple(levels)) for (rate, beside), levels in found.items()]


def _limits(node: Node, beside: str, labels: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The limits on the rate in a tree, with what is asked beside each."""
    if isinstance(node, AtLeast) and node.fact.id == BEST and isinstance(node.limit, int):
        yield node.limit, beside
    if isinstance(node, Requires):
        return
    if isinstance(node, All):
        asked = [labels.get(part.requirement, "") for part in node.parts if isinstance(part, Requires)]
        beside = "・".join([*filter(None, [beside]), *asked])
    for part in children(node):
        yield from _limits(part, beside, labels)


def told_floors(floors: Iterable[Floor]) -> list[str]:
    """The floors of a month in words; of several additions each with its name."""
    here = list(floors)
    several = len({one.addition for one in here}) > 1
    names = rulebook().titles
    return [f"{names[one.addition]} {one.text}" if several else one.text for one in here]


def concerning(every: list[Floor], found: list[Point]) -> list[Floor]:
    """The floors for everyone, and those for some only where the site was one of them in any of the months."""
    special = {
        answer.requirement.label
        for point in found
        if point.judgement is not None
        for answer in point.judgement.requirements
        if answer.status in ("met", "deemed")
    }
    return [one for one in every if not one.beside or one.beside in special]


# ---- the line -------------------------------------------------------------------------------------------------


def projected(months: Mapping[str, int], until: str) -> dict[str, int]:
    """Rates of the months after the last known one, on the straight line through the last few; empty where too few.

    >>> projected({"2026-07": 300000, "2026-08": 310000, "2026-09": 320000}, "2026-11")
    {'2026-10': 330000, '2026-11': 340000}
    """
    known = sorted(months)[-FITTED:]
    if len(known) < FEWEST:
        return {}
    origin = known[0]
    xs = [len(months_between(origin, month)) - 1 for month in known]
    ys = [months[month] for month in known]
    n, sx, sy = len(xs), sum(xs), sum(ys)
    sxx, sxy = sum(x * x for x in xs), sum(x * y for x, y in zip(xs, ys, strict=True))
    slope_top, below = n * sxy - sx * sy, n * sxx - sx * sx
    found = {}
    for month in months_between(shift_month(known[-1], 1), until):
        x = len(months_between(origin, month)) - 1
        value = (sy * below + slope_top * (n * x - sx)) // (n * below)
        tenth = ONE_PERCENT // 10
        found[month] = min(max(value // tenth * tenth, 0), 100 * ONE_PERCENT)
    return found


def points(institution: Institution, this: str) -> list[Point]:
    """The claim months around this one, each with the rate that may be used; what rests on the line is marked."""
    first, last = shift_month(this, -BACK), shift_month(this, AHEAD)
    line = projected(institution.series.get(RECEIPTS, {}), last)
    series = {**institution.series, RECEIPTS: {**line, **institution.series.get(RECEIPTS, {})}}
    ahead = replace(institution, series=series)
    every = floors(institution, first, last)
    return [
        _point(institution if month <= this else ahead, month, every, line)
        for month in months_between(first, last)
    ]


def _point(institution: Institution, month: str, every: list[Floor], line: Mapping[str, int]) -> Point:
    day = first_day(month)
    additions = rated(institution, day)
    there = tuple(one for one in every if one.first <= month and (one.last is None or month <= one.last))
    if not additions:
        return Point(month, None, "利用率を問う加算がありません", False, None, there)
    id_, fact = additions[0]
    found = View(institution, day, DERIVED).found(fact.key)
    used = next((one for one in line if found.detail.startswith(f"{japanese_month(one)}の")), None)
    judgement = judge().judge(institution, day, [id_]).of(id_)
    return Point(month, found.value, found.detail, used is not None, judgement, there)
