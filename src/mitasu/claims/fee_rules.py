"""Exclusions (背反) and frequencies (算定回数) of the imported electronic fee table, over what was calculated.

背反区分 1: only the first of a pair may be claimed, 2: only the second, 3: one of them (the one with more points
stays, of equals the earlier). Weeks are calendar weeks from Sunday, months calendar months; 同時 is the same
encounter. Lines are taken in order of time: what gave way to an earlier one stays refused even where that one
gives way to a later one. Where the table marks a special condition (特例条件), the rule does not hold always: what it would
refuse is then not decided, and said so. Units of frequency that no source explains are not guessed either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from mitasu.claims.masters import Lookup
from mitasu.dates import month_of, shift_month

SPANS = {
    "exclusions-together": "同時",
    "exclusions-day": "同じ日",
    "exclusions-week": "同じ週",
    "exclusions-month": "同じ月",
}
MONTHS = {"131": 1, "143": 2, "144": 3, "145": 4, "146": 6, "147": 12, "148": 60}
"""Months in which a unit of frequency counts (算定単位コード 121 日, 138 週, 131 月, 143 2月 … 148 5年, 53 患者)."""


@dataclass(slots=True, eq=False)
class Line:
    """One thing charged at an encounter. `points` None: not known. `doubts`: why it is not decided, in words.

    `yen`: what a visiting-nursing station is paid. `order`: its place in the list, for a stable order.
    """

    encounter: str
    patient: str
    on: date
    order: int
    code: str
    name: str
    points: int | None
    why: str
    kind: str = "procedure"
    addition: str = ""
    level: str = ""
    rule: str = ""
    yen: int | None = None
    sources: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()
    doubts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Dropped:
    """A line that may not be charged: why, by which table, of which edition."""

    line: Line
    why: str
    rule: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Pair:
    span: str
    first: str
    second: str
    which: str
    special: bool
    source: str


@dataclass(frozen=True, slots=True)
class _Limit:
    unit: str
    word: str
    most: int
    special: bool
    source: str


class FeeRules:
    """The rules of a store of masters."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self._pairs: dict[tuple[str, str], list[_Pair]] = {}
        self._limits: dict[tuple[str, str], list[_Limit]] = {}

    def apply(self, lines: Sequence[Line]) -> list[Dropped]:
        """What the tables refuse; lines that they leave undecided get a doubt."""
        ordered = sorted((line for line in lines if line.code), key=lambda line: (line.on, line.order))
        dropped: dict[int, Dropped] = {}
        for index, line in enumerate(ordered):
            before = [other for other in ordered[:index] if other.patient == line.patient]
            self._exclude(line, [other for other in before if id(other) not in dropped], dropped)
        for index, line in enumerate(ordered):
            if id(line) in dropped:
                continue
            same = [
                other
                for other in ordered[:index]
                if other.patient == line.patient and other.code == line.code and id(other) not in dropped
            ]
            refused = self._limited(line, same)
            if refused is not None:
                dropped[id(line)] = refused
        return [dropped[id(line)] for line in lines if id(line) in dropped]

    # ---- exclusions ----------------------------------------------------------------------------------

    def _exclude(self, line: Line, before: list[Line], dropped: dict[int, Dropped]) -> None:
        """Let a line and those before it give way to each other; where it gives way itself, nobody does to it."""
        victims: list[tuple[Line, _Pair]] = []
        doubts: list[tuple[Line, Line, _Pair, str]] = []
        for other in before:
            for pair in self._between(line, other):
                loser = _loser(pair, line, other)
                if loser is None:
                    why = "点数が分からないため、どちらを算定するか決められません"
                    doubts += [(line, other, pair, why), (other, line, pair, why)]
                elif pair.special:
                    winner = other if loser is line else line
                    doubts.append((loser, winner, pair, "特例条件があるので、人が確かめます"))
                elif loser is line:
                    dropped[id(line)] = _refused(line, other, pair)
                    return
                else:
                    victims.append((other, pair))
        for other, pair in victims:
            dropped[id(other)] = _refused(other, line, pair)
        for loser, winner, pair, why in doubts:
            if id(loser) not in dropped and id(winner) not in dropped:
                told = f"{SPANS[pair.span]}の{winner.name}（{winner.on}）との背反: {why}（{pair.source}）。"
                loser.doubts.append(told)

    def _between(self, line: Line, other: Line) -> Iterator[_Pair]:
        for pair in self._pairs_of(line.code, month_of(line.on)):
            if {pair.first, pair.second} == {line.code, other.code} and _within(pair.span, line, other):
                yield pair

    def _pairs_of(self, code: str, month: str) -> list[_Pair]:
        if (code, month) not in self._pairs:
            self._pairs[code, month] = [
                _Pair(
                    kind, found.row.code, found.row.other, found.row.cell(6).strip(),
                    found.row.cell(7).strip() not in ("", "0"), found.edition.title,
                )
                for kind in SPANS
                for found in self.lookup.as_of(kind, month, code)
            ]  # fmt: skip
        return self._pairs[code, month]

    # ---- frequency -----------------------------------------------------------------------------------

    def _limited(self, line: Line, before: list[Line]) -> Dropped | None:
        for limit in self._limits_of(line.code, month_of(line.on)):
            counted = _counted(limit.unit, line, before)
            many = len(before if counted is None else counted) + 1 > limit.most
            if not many:
                continue
            rule = f"{limit.word}{limit.most}回まで"
            if limit.special or counted is None:
                why = (
                    "特例条件があるので、人が確かめます"
                    if limit.special
                    else "この単位の数え方を解釈しません"
                )
                line.doubts.append(f"算定回数（{rule}）: {why}（{limit.source}）。")
                continue
            days = "、".join(str(other.on) for other in counted)
            why = f"算定回数は{rule}です。{days}に算定済みです。"
            return Dropped(line, why, "frequency", (limit.source,))
        return None

    def _limits_of(self, code: str, month: str) -> list[_Limit]:
        if (code, month) not in self._limits:
            self._limits[code, month] = [
                _Limit(
                    found.row.cell(4).strip().lstrip("0"), found.row.cell(5).strip(), int(most),
                    found.row.cell(7).strip() not in ("", "0"), found.edition.title,
                )
                for found in self.lookup.as_of("frequency", month, code)
                if (most := found.row.cell(6).strip()).isdigit() and int(most) > 0
            ]  # fmt: skip
        return self._limits[code, month]


def _loser(pair: _Pair, line: Line, other: Line) -> Line | None:
    """The one that gives way; None where that hangs on points that are not known."""
    if pair.which == "1":
        return line if line.code == pair.second else other
    if pair.which == "2":
        return line if line.code == pair.first else other
    if line.points is None or other.points is None:
        return None
    return other if other.points < line.points else line


def _refused(loser: Line, winner: Line, pair: _Pair) -> Dropped:
    choice = {"1": "①だけ", "2": "②だけ", "3": "どちらか一方だけ"}[pair.which]
    why = (
        f"{SPANS[pair.span]}に{winner.name}（{winner.on}）を算定するため、算定できません（背反: {choice}）。"
    )
    return Dropped(loser, why, pair.span, (pair.source,))


def _within(span: str, line: Line, other: Line) -> bool:
    match span:
        case "exclusions-together":
            return line.encounter == other.encounter
        case "exclusions-day":
            return line.on == other.on
        case "exclusions-week":
            return _sunday(line.on) == _sunday(other.on)
        case _:
            return month_of(line.on) == month_of(other.on)


def _counted(unit: str, line: Line, before: list[Line]) -> list[Line] | None:
    """The lines before that a unit counts together with this one; None where the unit is not explained."""
    if unit == "121":
        return [other for other in before if other.on == line.on]
    if unit == "138":
        return [other for other in before if _sunday(other.on) == _sunday(line.on)]
    if unit == "53":
        return before
    if unit in MONTHS:
        first = shift_month(month_of(line.on), 1 - MONTHS[unit])
        return [other for other in before if month_of(other.on) >= first]
    return None


def _sunday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() % 7)
