"""What was claimed in which month, as a file of a user says it: months, counts, levels, points."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mitasu.dates import parse_month
from mitasu.errors import InputError
from mitasu.rulebook import ENCOUNTER_KINDS
from mitasu.rules.faults import Faults, shown
from mitasu.rules.strict_yaml import read_file
from mitasu.text import halfwidth

KEYS = ("level", "count", "encounter", "points")
WRITTEN = '「"2025-06": 30」または「"2025-06": {level: "1", count: 30}」か、月の一覧を並べます。'
MOST = 10**7
MOST_POINTS = 10**6


@dataclass(frozen=True, slots=True)
class Claimed:
    """What was claimed in a month.

    How often, at which level, for which encounters, how many points each time (yen at a station); None
    where that was not said.
    """

    month: str
    count: int | None = None
    level: str | None = None
    encounter: str | None = None
    points: int | None = None


def load_claimed(path: str | Path) -> list[Claimed]:
    """Claims by month from a file: `"2025-06": 30`, or `"2025-06": {level: "1", count: 30}`, or a list of months."""
    return read_claimed(read_file(path), str(path))


def read_claimed(document: Any, name: str = "") -> list[Claimed]:
    """Claims by month from a mapping or a list of months; InputError with every fault otherwise."""
    faults = Faults(name or "算定")
    found: list[Claimed] = []
    rows: list[tuple[Any, Any, Any]] = []
    if isinstance(document, Mapping):
        rows = [(key, value, key) for key, value in document.items()]
    elif isinstance(document, list):
        rows = [(month, None, index) for index, month in enumerate(document)]
    else:
        faults.add(WRITTEN, document, line=1)
    seen: set[str] = set()
    for key, value, place in rows:
        try:
            month = parse_month(key)
        except ValueError as error:
            faults.add(str(error), document, place)
            continue
        if month in seen:
            faults.add(f"{month}が二度書かれています。一覧（[…]）にまとめてください。", document, place)
        seen.add(month)
        for row in value if isinstance(value, list) else [value]:
            claim = _claim(row, month, faults, document, place)
            if claim is not None:
                found.append(claim)
    if faults.problems:
        raise InputError(faults.problems)
    return found


def _claim(row: Any, month: str, faults: Faults, document: Any, place: Any) -> Claimed | None:
    before = len(faults.problems)
    table: Mapping[str, Any] = row if isinstance(row, Mapping) else {"count": row}
    if isinstance(row, Mapping):
        faults.keys(row, KEYS, (), f"{month}の算定")
    for key, what, most in (("count", "算定回数", MOST), ("points", "1回の点数", MOST_POINTS)):
        number = table.get(key)
        if number is not None and (type(number) is not int or not 0 <= number <= most):
            told = f"{month}の{what}は0から{most}までの整数です（見つかったもの: {shown(number)}）。"
            faults.add(told, document, place)
    level = table.get("level")
    if level is not None and type(level) not in (str, int):
        told = f'{month}の区分（level）は "1" のように書きます（見つかったもの: {shown(level)}）。'
        faults.add(told, document, place)
    encounter = table.get("encounter")
    if encounter is not None:
        faults.one_of(encounter, ENCOUNTER_KINDS, "受診の種類", row, "encounter")
    if len(faults.problems) > before:
        return None
    named = None if level is None else halfwidth(str(level))
    return Claimed(month, table.get("count"), named, encounter, table.get("points"))
