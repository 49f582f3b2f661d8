"""The common calculation: base fee, every addition that may be billed, other procedures, the patient's share.

Additions are those that `judge.bill` allows. Where masters are imported, names and points of procedures come
from the edition of the month, and exclusions and frequencies of the electronic fee table are applied to all
lines. A total in which one amount is unknown is unknown; what is certain of it is given apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from mitasu.claims.addition_codes import code_beside, codes_of
from mitasu.claims.base_fees import Fee, base_fee
from mitasu.claims.codes import CodeTable
from mitasu.claims.fee_rules import Dropped, FeeRules, Line
from mitasu.claims.masters import Found, Lookup
from mitasu.claims.share import NOT_COMPUTED, ROUNDING, Share, copayment, share_of
from mitasu.dates import month_of
from mitasu.judge.amounts import yen_each
from mitasu.judge.bill import Bill, Biller
from mitasu.judge.clauses import Refusal
from mitasu.judge.encounters import Claim, Encounter

POINTS = "3"
"""点数識別 of a procedure that is paid in points (第11欄); others are percentages, yen and the like."""


@dataclass(frozen=True, slots=True)
class Calculated:
    """What one encounter comes to. `points` and `copayment` None: not known; `missing` says why."""

    encounter: Encounter
    lines: tuple[Line, ...]
    dropped: tuple[Dropped, ...]
    refused: tuple[Refusal, ...]
    share: Share
    each: int
    """How many yen one unit is: a point is ten yen, a station is paid in yen."""
    titles: Mapping[str, str]

    @property
    def missing(self) -> tuple[str, ...]:
        """What stands in the way of a total, a sentence each."""
        found = [f"{line.name}: {line.why}" for line in self.lines if amount_of(line) is None]
        found += [f"{line.name}: {doubt}" for line in self.lines for doubt in line.doubts]
        found += [f"{self.titles[one.addition]}: {one.why}" for one in self.refused if one.unknown]
        return tuple(found)

    @property
    def certain(self) -> int:
        """The sum of what is certain, in points (yen at a station)."""
        return sum(amount_of(line) or 0 for line in self.lines if not line.doubts)

    @property
    def total(self) -> int | None:
        """The sum of all lines, None where one is not known or not decided."""
        return None if self.missing else self.certain

    @property
    def yen(self) -> int | None:
        """The total in yen."""
        return None if self.total is None else self.total * self.each

    @property
    def copayment(self) -> int | None:
        """What the patient pays of it, rounded to ten yen; not for a stay, which is settled by month."""
        if self.yen is None or self.share.percent is None or self.encounter.kind == "admission":
            return None
        return copayment(self.yen, self.share.percent)


@dataclass(frozen=True, slots=True)
class Calculation:
    """All encounters, and what has to be known of the result."""

    encounters: tuple[Calculated, ...]
    warnings: tuple[str, ...]
    editions: tuple[str, ...]
    notes: tuple[str, ...]


def calculate(
    biller: Biller,
    encounters: Sequence[Encounter],
    history: Iterable[Claim] = (),
    *,
    lookup: Lookup | None = None,
    codes: CodeTable | None = None,
) -> Calculation:
    """The calculation of encounters; `lookup`: the imported masters, `codes`: the code table (ours)."""
    counter = _Counter(biller, lookup, codes or CodeTable.shipped())
    bills = biller.bills(encounters, history)
    lines = {bill.encounter.id: counter.lines(bill) for bill in bills}
    every = [line for found in lines.values() for line in found]
    dropped = FeeRules(lookup).apply(every) if lookup else []
    gone = {id(one.line) for one in dropped}
    each = yen_each(biller.institution.sector)
    found = tuple(
        Calculated(
            bill.encounter,
            tuple(line for line in lines[bill.encounter.id] if id(line) not in gone),
            tuple(one for one in dropped if one.line.encounter == bill.encounter.id),
            bill.refused,
            share_of(bill.encounter),
            each,
            biller.rulebook.titles,
        )
        for bill in bills
    )
    notes = [
        ROUNDING,
        *NOT_COMPUTED,
        "算定回数は、この一覧の中だけで数えます（加算の回数は history も数えます）。",
    ]
    if lookup is None:
        notes.append("マスターを取り込んでいないので、電子点数表の背反と算定回数は確かめていません。")
    editions = tuple(edition.title for edition in lookup.editions) if lookup else ()
    warnings = (*counter.warnings, *(lookup.warnings if lookup else ()))
    return Calculation(found, warnings, editions, tuple(notes))


class _Counter:
    """Makes the lines of bills."""

    def __init__(self, biller: Biller, lookup: Lookup | None, codes: CodeTable) -> None:
        self.biller, self.lookup, self.codes = biller, lookup, codes
        self._order = 0
        self._warnings: dict[str, None] = {}

    @property
    def warnings(self) -> list[str]:
        """Where the masters and our own tables part ways."""
        return list(self._warnings)

    def lines(self, bill: Bill) -> list[Line]:
        """The base fee, the additions, what else was done."""
        encounter = bill.encounter
        fee = base_fee(encounter, self.biller.institution, self.biller.rulebook, self.codes)
        return [
            self._base(encounter, fee),
            *self._additions(bill, fee),
            *(self._procedure(encounter, code) for code in encounter.procedures),
        ]

    def _base(self, encounter: Encounter, fee: Fee) -> Line:
        line = self._line(encounter, fee.code, fee.name, fee.points, fee.why, "base")
        line.sources, line.asks = fee.sources, fee.asks
        found = self._found(encounter, fee.code)
        points = None if found is None else points_of(found)
        if found is not None and points is not None:
            if line.points is None:
                line.points, line.why = points, f"点数は{found.edition.title}による。"
                line.sources = (*line.sources, found.edition.title)
            elif line.points != points:
                told = f"{fee.name}の点数が、手元の表（{line.points}点）と{found.edition.title}（{points}点）で違います。"
                self._warnings[told] = None
                line.doubts.append(told)
        return line

    def _additions(self, bill: Bill, fee: Fee) -> Iterable[Line]:
        encounter = bill.encounter
        day = (encounter.on, encounter.on)
        sector, rulebook = self.biller.institution.sector, self.biller.rulebook
        for item in bill.items:
            codes = codes_of(self.codes.meanings, item.addition, item.level, encounter.kind, sector, day)
            code = code_beside(codes, fee.name if fee.code else "", bundled=encounter.bundle is not None)
            name = rulebook.titles[item.addition] + item.level
            line = self._line(encounter, code, name, item.points, item.why, "addition")
            line.addition, line.level, line.yen = item.addition, item.level, item.yen
            line.sources = rulebook.addition(item.addition).cite
            if amount_of(line) is None:
                line.why += "（額は未確認）"
            self._held_to_master(encounter, line)
            yield line

    def _held_to_master(self, encounter: Encounter, line: Line) -> None:
        found = self._found(encounter, line.code)
        points = None if found is None else points_of(found)
        ours = amount_of(line)
        if found is not None and None not in (points, ours) and points != ours:
            told = f"{line.name}（{line.code}）の点数が、規則（{line.points}点）と{found.edition.title}（{points}点）で違います。"
            self._warnings[told] = None
            line.doubts.append(told)

    def _procedure(self, encounter: Encounter, code: str) -> Line:
        found = self._found(encounter, code)
        if found is None:
            why = (
                "マスターを取り込んでいません。"
                if self.lookup is None
                else "その月に有効な行がマスターにありません。"
            )
            return self._line(encounter, code, f"診療行為{code}", None, f"点数が分かりません。{why}")
        points = points_of(found)
        why = (
            f"点数は{found.edition.title}による。"
            if points is not None
            else "点数で払われる診療行為ではありません（点数識別）。"
        )
        line = self._line(encounter, code, found.row.name, points, why)
        line.sources = (found.edition.title,)
        return line

    def _found(self, encounter: Encounter, code: str) -> Found | None:
        if self.lookup is None or not code:
            return None
        rows = self.lookup.as_of("procedures", month_of(encounter.on), code, encounter.on)
        return rows[0] if rows else None

    def _line(
        self,
        encounter: Encounter,
        code: str,
        name: str,
        points: int | None,
        why: str,
        kind: str = "procedure",
    ) -> Line:
        self._order += 1
        return Line(encounter.id, encounter.patient, encounter.on, self._order, code, name, points, why, kind)


def points_of(found: Found) -> int | None:
    """The points of a procedure in its master, None where it is not paid in whole points."""
    if found.row.cell(11).strip() != POINTS:
        return None
    try:
        points = Decimal(found.row.cell(12).strip())
    except InvalidOperation:
        return None
    return int(points) if points == points.to_integral_value() else None


def amount_of(line: Line) -> int | None:
    """What a line pays: points, at a station yen."""
    return line.points if line.points is not None else line.yen


def calculation_to_dict(found: Calculation) -> dict[str, Any]:
    """The calculation as plain data (schema: calculation.schema.json)."""
    return {
        "encounters": [_calculated(one) for one in found.encounters],
        "warnings": list(found.warnings),
        "editions": list(found.editions),
        "notes": list(found.notes),
    }


def _calculated(one: Calculated) -> dict[str, Any]:
    return {
        "encounter": one.encounter.id,
        "on": one.encounter.on.isoformat(),
        "kind": one.encounter.kind,
        "items": [_line(line) for line in one.lines],
        "refused": [
            *(
                {
                    "code": drop.line.code,
                    "name": drop.line.name,
                    "addition": drop.line.addition or None,
                    "why": drop.why,
                    "rule": drop.rule,
                    "sources": list(drop.sources),
                    "unknown": [],
                }
                for drop in one.dropped
            ),
            *(
                {
                    "code": "",
                    "name": "",
                    "addition": refusal.addition,
                    "why": refusal.why,
                    "rule": refusal.rule,
                    "sources": list(refusal.sources),
                    "unknown": list(refusal.unknown),
                }
                for refusal in one.refused
            ),
        ],
        "total": one.total,
        "certain": one.certain,
        "yen": one.yen,
        "share": one.share.percent,
        "share_why": one.share.why,
        "copayment": one.copayment,
        "missing": list(one.missing),
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "code": line.code,
        "name": line.name,
        "kind": line.kind,
        "addition": line.addition or None,
        "level": line.level,
        "points": line.points,
        "yen": line.yen,
        "why": line.why,
        "sources": list(line.sources),
        "unknown": list(line.asks),
        "doubts": list(line.doubts),
    }
