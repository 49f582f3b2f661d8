"""What a code of the fee master means in a month of service: an addition at a level, or a visit.

The table is data (`codes.yaml`); no other module holds a literal code. A code says nothing without its month: one
and the same code was 加算1 (11 points) until March 2025 and 加算4 (10 points) from April. Codes that are likely but
were not seen are marked unconfirmed; they are shown and never counted as fact. A user adds codes in a file of the
same form, which is read just as strictly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from mitasu.dates import first_day, japanese_month, months_between, parse_month
from mitasu.errors import InputError
from mitasu.judge.amounts import by_kind
from mitasu.rulebook import ENCOUNTER_KINDS, GRADES, SECTORS, Rulebook
from mitasu.rules.faults import Faults, shown
from mitasu.rules.strict_yaml import read_file

TOP = ("since", "sources", "additions", "visits")
ADDITION = ("code", "name", "addition", "encounter", "sector", "grade", "cite", "periods")
VISIT = ("code", "name", "encounter", "sector", "missable", "grade", "cite", "periods")
PERIOD = ("from", "until", "level", "points", "confirmed", "grade", "cite")
FOREVER = "9999-12"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means from a month until a month, both included.

    `addition` "" for a visit. `level` None: any level. `points` None: not known. `within` False: the month asked for
    lies outside every period of the code, and this is the period that is nearest before it (else after it).
    """

    code: str
    name: str
    addition: str
    encounter: str
    sector: str
    level: str | None
    points: int | None
    from_: str
    until: str
    confirmed: bool
    missable: bool
    grade: str
    cite: tuple[str, ...]
    within: bool = True

    @property
    def counts(self) -> bool:
        """Whether the code may be counted as this addition: in its period, and confirmed."""
        return self.within and self.confirmed

    @property
    def period(self) -> str:
        """The months in which the code means this, in words."""
        first = japanese_month(self.from_)
        return f"{first}から" if self.until == FOREVER else f"{first}から{japanese_month(self.until)}まで"


class CodeTable:
    """Codes with their meanings by month; looked up by one dict a month.

    >>> codes = CodeTable.shipped()
    >>> [(one.level, one.points) for month in ("2024-12", "2025-05") if (one := codes.at("111703470", month))]
    [('1', 11), ('4', 10)]
    """

    def __init__(self, meanings: Iterable[Meaning], sources: Mapping[str, str], since: str = "") -> None:
        self.meanings, self.sources, self.since = tuple(meanings), dict(sources), since
        self._months: dict[str, dict[str, Meaning]] = {}

    @classmethod
    def shipped(cls) -> CodeTable:
        """The table of this package."""
        with as_file(files("mitasu.claims").joinpath("codes.yaml")) as path:
            return _read(path, None, None)

    @classmethod
    def load(cls, paths: Sequence[str | Path], rulebook: Rulebook) -> CodeTable:
        """The shipped table and the users' files; InputError with every fault, also where the rulebook disagrees."""
        table = cls.shipped()
        for path in paths:
            table = _read(path, table, rulebook)
        return table

    def month(self, month: str) -> Mapping[str, Meaning]:
        """Every code with its meaning in a month, those out of their period too (`within` False)."""
        found = self._months.get(month)
        if found is None:
            found = {code: _in(rows, month, self.since) for code, rows in self.by_code.items()}
            self._months[month] = found
        return found

    def at(self, code: str, month: str) -> Meaning | None:
        """The meaning of a code in a month; None where the table does not have the code."""
        return self.month(month).get(code)

    @cached_property
    def by_code(self) -> Mapping[str, tuple[Meaning, ...]]:
        """The meanings of each code in order of time."""
        found: dict[str, list[Meaning]] = {}
        for meaning in sorted(self.meanings, key=lambda one: one.from_):
            found.setdefault(meaning.code, []).append(meaning)
        return {code: tuple(rows) for code, rows in found.items()}

    @cached_property
    def additions(self) -> frozenset[str]:
        """The additions that have a code in the table."""
        return frozenset(meaning.addition for meaning in self.meanings if meaning.addition)

    def kinds(self, addition: str, month: str, sector: str) -> frozenset[str]:
        """The kinds of encounters for which an addition's codes are confirmed in a month."""
        return frozenset(
            one.encounter
            for one in self.month(month).values()
            if one.addition == addition and one.sector == sector and one.counts
        )

    def unconfirmed(self, rulebook: Rulebook, sector: str, months: Iterable[str]) -> tuple[str, ...]:
        """The additions in force in a month for which no confirmed code is known for some encounter: コード未確認."""
        found: dict[str, None] = {}
        for month in sorted(set(months)):
            for addition in rulebook.additions.values():
                state = rulebook.state(addition.id, sector, first_day(month))
                paid = any(
                    level.level.points is not None or level.level.yen is not None for level in state.levels
                )
                if addition.id in found or not (paid or (state.period and state.period.encounter_points)):
                    continue
                wanted = addition.billing.encounters.get(sector, ())
                if not set(wanted) <= self.kinds(addition.id, month, sector):
                    found[addition.id] = None
        return tuple(id_ for id_ in rulebook.order if id_ in found)


def _in(rows: Sequence[Meaning], month: str, since: str) -> Meaning:
    """The meaning in a month, or the nearest one marked as outside; unconfirmed before anything is known."""
    for row in rows:
        if row.from_ <= month <= row.until:
            return row
    if month < since:
        return replace(rows[0], confirmed=False)
    before = [row for row in rows if row.until < month]
    return replace(before[-1] if before else rows[0], within=False)


# ---- against the rulebook -------------------------------------------------------------------------------------


def disagreements(
    meanings: Iterable[Meaning], rulebook: Rulebook, until: str
) -> Iterator[tuple[Meaning, str]]:
    """Where a code's points are not those of the rulebook in one of its months (up to `until`), in words."""
    for meaning in meanings:
        if not meaning.addition or meaning.addition in rulebook.others or not meaning.confirmed:
            continue
        for month in months_between(meaning.from_, min(meaning.until, until)):
            right = amounts_of(rulebook, meaning, month)
            if meaning.points not in right:
                told = "・".join(f"{amount}点" for amount in sorted(right)) or "その区分はない"
                yield meaning, f"{month}の点数が規則（{told}）と違います（{meaning.points}点）。"
                break


def amounts_of(rulebook: Rulebook, meaning: Meaning, month: str) -> set[int]:
    """What the rulebook may pay for the addition, level and encounter of a code on the first of a month.

    Several where the encounter decides (same building or not) or a continuing raise.
    """
    state = rulebook.state(meaning.addition, meaning.sector, first_day(month))
    if state.period and state.period.encounter_points:
        return {
            row.points[meaning.sector]
            for row in state.period.encounter_points
            if row.encounter == meaning.encounter and row.level == (meaning.level or "")
        }
    kinds = rulebook.addition(meaning.addition).billing.encounters.get(meaning.sector, ())
    found: set[int] = set()
    for fixed in state.levels:
        if meaning.level in (None, fixed.level.level):
            for points in (fixed.level.points, fixed.level.points_then):
                found.update(by_kind(points, kinds).get(meaning.encounter, ()))
    return found


# ---- reading ----------------------------------------------------------------------------------------------------


def _read(path: str | Path, base: CodeTable | None, rulebook: Rulebook | None) -> CodeTable:
    document = read_file(path)
    reader = _Reader(Faults(str(path)), rulebook)
    meanings = reader.table(document)
    kept = list(base.meanings) if base else []
    for place, new in meanings:
        for old in [
            one for one in kept if one.code == new.code and one.from_ <= new.until and new.from_ <= one.until
        ]:
            if old.confirmed:
                told = f"コード{new.code}は{old.period}もう書かれています（{old.name}）。"
                reader.faults.add(told, place)
            else:  # what a user has seen takes the place of what was only likely
                kept.remove(old)
        kept.append(new)
    if rulebook is not None and not reader.faults.problems:
        places = {id(meaning): place for place, meaning in meanings}
        last = max((one.from_ for one in kept), default="2026-06")
        for meaning, told in disagreements((one for _, one in meanings), rulebook, max(last, "2026-12")):
            reader.faults.add(f"コード{meaning.code}: {told}", places[id(meaning)])
    if reader.faults.problems:
        raise InputError(reader.faults.problems)
    return CodeTable(
        kept, {**(base.sources if base else {}), **reader.sources}, base.since if base else reader.since
    )


class _Reader:
    """Reads one file; every fault is recorded at its line."""

    def __init__(self, faults: Faults, rulebook: Rulebook | None) -> None:
        self.faults, self.rulebook = faults, rulebook
        self.sources: dict[str, str] = {}
        self.since = ""

    def table(self, document: Any) -> list[tuple[Any, Meaning]]:
        if not self.faults.keys(document, TOP, (), "コードの表"):
            return []
        self._sources(document.get("sources"))
        self.since = "" if document.get("since") is None else self._month(document, "since") or ""
        found: list[tuple[Any, Meaning]] = []
        for key, allowed in (("additions", ADDITION), ("visits", VISIT)):
            needed = ("code", "encounter", "periods", *(("addition",) if key == "additions" else ()))
            for row in self.faults.items(document, key):
                if self.faults.keys(row, allowed, needed, "コード"):
                    found.extend(self._meanings(row))
        return found

    def _sources(self, table: Any) -> None:
        for id_, row in (table or {}).items() if isinstance(table, dict) or table is None else ():
            if self.faults.keys(row, ("title",), ("title",), f"出典「{id_}」"):
                self.sources[str(id_)] = str(row["title"])

    def _meanings(self, row: Any) -> Iterator[tuple[Any, Meaning]]:
        faults, code = self.faults, row["code"]
        if not (isinstance(code, str) and len(code) == 9 and code.isascii() and code.isdigit()):
            faults.add(
                f'コードは9桁の数字を "111000110" のように書きます（見つかったもの: {shown(code)}）。',
                row,
                "code",
            )
            return
        faults.one_of(row["encounter"], ENCOUNTER_KINDS, "受診の種類（encounter）", row, "encounter")
        sector = row.get("sector", "medical")
        faults.one_of(sector, SECTORS, "部門（sector）", row, "sector")
        addition = str(row.get("addition", ""))
        if self.rulebook is not None and "addition" in row:
            faults.one_of(addition, self.rulebook.titles, "加算", row, "addition")
        missable = row.get("missable", True)
        if type(missable) is not bool:
            faults.add("missable は true か false です。", row, "missable")
        for period in faults.items(row, "periods"):
            needed = ("from", "until", "points", *(("level",) if addition else ()))
            if not faults.keys(period, PERIOD, needed, f"コード{code}の期間"):
                continue
            first, last = self._month(period, "from"), self._month(period, "until")
            if first is None or last is None or not self._sound(period, code, first, last):
                continue
            grade = period.get("grade", row.get("grade", "A"))
            faults.one_of(grade, GRADES, "根拠の等級（grade）", period, "grade")
            cite = faults.items(period, "cite") or faults.items(row, "cite")
            yield period, Meaning(
                code, str(row.get("name", "")), addition, str(row["encounter"]), str(sector), period.get("level"),
                period["points"], first, last, period.get("confirmed", True), missable is True, str(grade),
                tuple(str(one) for one in cite),
            )  # fmt: skip

    def _month(self, period: Any, key: str) -> str | None:
        if key == "until" and period[key] is None:
            return FOREVER
        try:
            return parse_month(period[key])
        except ValueError as error:
            self.faults.add(str(error), period, key)
            return None

    def _sound(self, period: Any, code: str, first: str, last: str) -> bool:
        """Whether a period's values are of their types and its months in order."""
        before = len(self.faults.problems)
        if first > last:
            self.faults.add(
                f"コード{code}の期間の終わり（{last}）が始め（{first}）より前です。", period, "until"
            )
        points = period["points"]
        if points is not None and (type(points) is not int or points < 0):
            self.faults.add(
                f"点数は0以上の整数か null です（見つかったもの: {shown(points)}）。", period, "points"
            )
        level = period.get("level")
        if level is not None and not isinstance(level, str):
            self.faults.add(
                f'区分（level）は "1" のように書きます（見つかったもの: {shown(level)}）。', period, "level"
            )
        if type(period.get("confirmed", True)) is not bool:
            self.faults.add("confirmed は true か false です。", period, "confirmed")
        return len(self.faults.problems) == before
