"""The rulebook as an electronic fee table that other programs can read: one row for each amount that is paid.

A row is an addition in a sector, at a level, at one kind of encounter, from a day to a day, during which
nothing in it changes: periods are cut where a requirement, a limit or an exclusion begins or ends. Amounts
that no source tells are null, never zero. The CSV and the JSON hold the same and are read back to the same rows.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import StringIO
from typing import Any

from mitasu.claims.addition_codes import codes_of
from mitasu.claims.codes import Meaning
from mitasu.errors import InputError, Problem
from mitasu.judge.conditions import condition_text
from mitasu.judge.words import Words
from mitasu.rulebook import ENCOUNTER_KINDS, Addition, Clause, Rulebook
from mitasu.rules.nodes import Requires, nodes_of
from mitasu.rules.rule import Level, Period, Rule

NOTE = "この規則集の加算の点数表です。告示・通知に代わるものではありません。空欄（null）の額は未確認で、0点ではありません。"
UNITS = ("months", "weeks", "days")
LISTS = ("codes", "requirements", "points_if", "exclusions", "sources")


@dataclass(frozen=True, slots=True)
class Frequency:
    """Once in so many months, weeks or days; `counting`: the kinds of encounters that count, `also`: other additions."""

    id: str
    every: int
    unit: str
    counting: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.id}:{self.every}:{self.unit}:{'+'.join(self.counting)}:{'+'.join(self.also)}"

    @classmethod
    def of(cls, text: str) -> Frequency:
        """A frequency from its text in the CSV; ValueError where it is none.

        >>> str(Frequency.of("monthly-limit:1:months:first_visit+revisit:"))
        'monthly-limit:1:months:first_visit+revisit:'
        """
        id_, every, unit, counting, also = text.split(":")
        if unit not in UNITS:
            raise ValueError(text)
        return cls(id_, int(every), unit, _words(counting, "+"), _words(also, "+"))


@dataclass(frozen=True, slots=True)
class FeeRow:
    """One amount. `encounter` "" where the addition is not billed at an encounter; `amount` "" where it has no name."""

    codes: tuple[str, ...]
    addition: str
    name: str
    sector: str
    level: str
    encounter: str
    amount: str
    amount_name: str
    condition: str
    points: int | None
    yen: int | None
    from_: date
    to: date | None
    requirements: tuple[str, ...]
    points_if: tuple[str, ...]
    exclusions: tuple[str, ...]
    frequency: tuple[Frequency, ...]
    frequency_text: str
    grade: str
    sources: tuple[str, ...]

    def holds_on(self, day: date) -> bool:
        """Whether the row is in force on a day."""
        return self.from_ <= day and (self.to is None or day <= self.to)


COLUMNS = tuple(name.rstrip("_") for name in FeeRow.__slots__)


def fee_table(
    rulebook: Rulebook, meanings: Sequence[Meaning] = (), on: date | None = None
) -> tuple[FeeRow, ...]:
    """Every row of the rulebook (in force on a day), in the order of its additions; `meanings`: the code table."""
    maker = _Maker(rulebook, meanings)
    rows = (row for id_ in rulebook.order for row in maker.rows(rulebook.addition(id_)))
    return tuple(row for row in rows if on is None or row.holds_on(on))


class _Maker:
    def __init__(self, rulebook: Rulebook, meanings: Sequence[Meaning]) -> None:
        self.rulebook, self.meanings = rulebook, meanings
        self.words = Words(rulebook)

    def rows(self, addition: Addition) -> Iterator[FeeRow]:
        for sector in addition.sectors:
            rule = addition.rule(sector)
            for period in rule.periods:
                for first, last in _spans(addition, rule, period):
                    yield from self._span(addition, sector, rule, period, first, last)

    def _span(
        self, addition: Addition, sector: str, rule: Rule, period: Period, first: date, last: date | None
    ) -> Iterator[FeeRow]:
        kinds = addition.billing.encounters.get(sector, ())
        for level in period.levels:
            paid_at: list[tuple[Any, tuple[str, ...]]] = (
                [] if period.encounter_points else [(level.points, ())]
            )
            if level.points_if:
                paid_at.append((level.points_then, level.points_if))
            for paid, points_if in paid_at:
                for kind, amount, points in _amounts(paid, kinds):
                    common = self._common(addition, sector, rule, period, level, kind, first, last)
                    name = "、".join(addition.amounts.get(part, part) for part in amount)
                    yield FeeRow(
                        **common, level=level.level, encounter=kind, amount="/".join(amount), amount_name=name,
                        condition="", points=points, yen=None if points_if else level.yen, points_if=points_if,
                    )  # fmt: skip
            for row in period.encounter_points:
                common = self._common(
                    addition, sector, rule, period, level, row.encounter, first, last, row.level
                )
                labels = {one.id: one.label for one in addition.billing.conditions}
                condition = "" if row.when is None else condition_text(row.when, self.words, labels, first)
                yield FeeRow(
                    **common, level=row.level, encounter=row.encounter, amount=row.amount,
                    amount_name=addition.amounts.get(row.amount, ""), condition=condition,
                    points=row.points[sector], yen=None, points_if=(),
                )  # fmt: skip

    def _common(
        self, addition: Addition, sector: str, rule: Rule, period: Period, level: Level, kind: str,
        first: date, last: date | None, named: str | None = None,
    ) -> dict[str, Any]:  # fmt: skip
        """What a row has besides its amount."""
        held = {node.requirement for node in nodes_of(level.needs) if isinstance(node, Requires)}
        limits = [clause for clause in addition.billing.limits if clause.holds_for(sector, kind, first)]
        code_level = level.level if named is None else named
        codes = codes_of(self.meanings, addition.id, code_level, kind, sector, (first, last))
        return {
            "codes": tuple(sorted(one.code for one in codes)),
            "addition": addition.id,
            "name": (period.title or rule.title) + code_level,
            "sector": sector,
            "from_": first,
            "to": last,
            "requirements": tuple(
                one.id for one in rule.requirements if one.id in held and one.exists_on(first)
            ),
            "exclusions": self._exclusions(addition, sector, kind, first),
            "frequency": tuple(_frequency(clause) for clause in limits),
            "frequency_text": "、".join(clause.label for clause in limits),
            "grade": period.grade,
            "sources": period.cite or addition.cite,
        }

    def _exclusions(self, addition: Addition, sector: str, kind: str, day: date) -> tuple[str, ...]:
        """What the sector may not bill in the same month, by this addition's clauses or the other's."""
        own = (
            other
            for clause in addition.billing.exclusions
            if clause.holds_for(sector, kind, day)
            for other in clause.additions
        )
        theirs = (
            other.id
            for other in self.rulebook.additions.values()
            for clause in other.billing.exclusions
            if addition.id in clause.additions and clause.holds_for(sector, "", day)
        )
        additions = self.rulebook.additions
        return tuple(
            id_
            for id_ in dict.fromkeys((*own, *theirs))
            if id_ not in additions or sector in additions[id_].sectors
        )


def _spans(addition: Addition, rule: Rule, period: Period) -> Iterator[tuple[date, date | None]]:
    """A period cut where a requirement, limit or exclusion begins or ends."""
    clauses = (*addition.billing.limits, *addition.billing.exclusions)
    turns = [(one.from_, one.until) for one in rule.requirements] + [
        (one.from_, one.until) for one in clauses
    ]
    cuts = {from_ for from_, _ in turns if from_ is not None}
    cuts |= {until + timedelta(days=1) for _, until in turns if until is not None}
    inside = sorted(
        day for day in cuts if period.from_ < day and (period.until is None or day <= period.until)
    )
    starts = [period.from_, *inside]
    for index, first in enumerate(starts):
        last = starts[index + 1] - timedelta(days=1) if index + 1 < len(starts) else period.until
        yield first, last


def _amounts(paid: Any, kinds: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...], int | None]]:
    """Each amount by kind of encounter and names: (kind, names, points)."""
    if isinstance(paid, Mapping) and paid.keys() <= ENCOUNTER_KINDS.keys():
        for kind, inner in paid.items():
            for names, points in _named(inner):
                yield kind, names, points
        return
    for kind in tuple(kinds) or ("",):
        for names, points in _named(paid):
            yield kind, names, points


def _named(paid: Any) -> Iterator[tuple[tuple[str, ...], int | None]]:
    if isinstance(paid, Mapping):
        for name, inner in paid.items():
            for names, points in _named(inner):
                yield (str(name), *names), points
    else:
        yield (), paid


def _frequency(clause: Clause) -> Frequency:
    if clause.days is not None:
        every, unit = clause.days, "days"
    elif clause.weeks is not None:
        every, unit = clause.weeks, "weeks"
    else:
        every, unit = clause.months, "months"
    return Frequency(clause.id, every, unit, clause.counting, clause.also_counting)


# ---- out and in -------------------------------------------------------------------------------------


def table_to_dict(rows: Iterable[FeeRow], on: date | None = None) -> dict[str, Any]:
    """The table as plain data (schema: fee-table.schema.json)."""
    return {
        "on": None if on is None else on.isoformat(),
        "note": NOTE,
        "rows": [_row_to_dict(row) for row in rows],
    }


def as_json(rows: Iterable[FeeRow], on: date | None = None) -> str:
    """The table as JSON text."""
    return json.dumps(table_to_dict(rows, on), ensure_ascii=False, indent=1) + "\n"


def as_csv(rows: Iterable[FeeRow]) -> str:
    """The table as CSV text, with the mark (BOM) by which spreadsheets know UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in rows:
        found = _row_to_dict(row)
        found["frequency"] = " ".join(str(one) for one in row.frequency)
        found["sources"] = "; ".join(row.sources)
        for key in ("codes", "requirements", "points_if", "exclusions"):
            found[key] = " ".join(found[key])
        writer.writerow(["" if found[name] is None else found[name] for name in COLUMNS])
    return "\ufeff" + text.getvalue()


def read_json(text: str, name: str = "") -> tuple[FeeRow, ...]:
    """The rows of a JSON that `as_json` wrote; InputError where it is none."""
    try:
        return tuple(_row_of(row) for row in json.loads(text)["rows"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"電子点数表のJSONとして読めません（{type(error).__name__}）。"
        raise InputError(Problem(told, name or None)) from None


def read_csv(text: str, name: str = "") -> tuple[FeeRow, ...]:
    """The rows of a CSV that `as_csv` wrote; InputError that names the line where it is none."""
    reader = csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline=""))
    if tuple(reader.fieldnames or ()) != COLUMNS:
        told = f"電子点数表の見出しが違います。一行目は {','.join(COLUMNS)} です。"
        raise InputError(Problem(told, name or None, 1))
    rows = []
    for cells in reader:
        try:
            found: dict[str, Any] = dict(cells)
            for key in ("codes", "requirements", "points_if", "exclusions"):
                found[key] = _words(found[key], " ")
            found["sources"] = _words(found["sources"], "; ")
            found["frequency"] = [Frequency.of(text) for text in _words(found["frequency"], " ")]
            for key in ("points", "yen"):
                found[key] = int(found[key]) if found[key] else None
            found["to"] = found["to"] or None
            rows.append(_row_of(found))
        except (ValueError, TypeError, AttributeError):
            told = "電子点数表の行として読めません。"
            raise InputError(Problem(told, name or None, reader.line_num)) from None
    return tuple(rows)


def _row_to_dict(row: FeeRow) -> dict[str, Any]:
    found: dict[str, Any] = {name: getattr(row, "from_" if name == "from" else name) for name in COLUMNS}
    found["from"] = row.from_.isoformat()
    found["to"] = None if row.to is None else row.to.isoformat()
    for key in LISTS:
        found[key] = list(found[key])
    found["frequency"] = [
        {
            "id": one.id,
            "every": one.every,
            "unit": one.unit,
            "counting": list(one.counting),
            "also": list(one.also),
        }
        for one in row.frequency
    ]
    return found


def _row_of(found: Mapping[str, Any]) -> FeeRow:
    values = {name: found[name] for name in COLUMNS}
    values["from_"] = date.fromisoformat(values.pop("from"))
    values["to"] = None if values["to"] is None else date.fromisoformat(values["to"])
    for key in LISTS:
        values[key] = tuple(values[key])
    values["frequency"] = tuple(
        one
        if isinstance(one, Frequency)
        else Frequency(one["id"], one["every"], one["unit"], tuple(one["counting"]), tuple(one["also"]))
        for one in values["frequency"]
    )
    return FeeRow(**values)


def _words(text: str, separator: str) -> tuple[str, ...]:
    return tuple(text.split(separator)) if text else ()
