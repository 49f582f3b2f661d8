"""What a receipt charges of the additions in the code table, how often, and whether its points agree.

An addition's own points mostly do not stand in its line: points stand only in the last line of a unit
(点数・回数算定単位), times in each line. So revenue is times by the points of the period, and the points of a unit are
only used to check: where the points of every line of a unit are known, their sum must be what the unit says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from mitasu.claims.codes import Meaning
from mitasu.claims.receipt import Item, Receipt


class Charge(NamedTuple):
    """A line of a receipt whose code the table knows."""

    meaning: Meaning
    item: Item


class Doubt(NamedTuple):
    """Something in a receipt that does not agree with the table: where, a stable code, a sentence."""

    file: str
    line: int
    receipt: int | None
    code: str
    message: str


def charges_of(receipt: Receipt, meanings: Mapping[str, Meaning]) -> list[Charge]:
    """The lines of a receipt that the table knows, in order; most receipts have one or two, many none."""
    found = []
    for item in receipt.items:
        meaning = meanings.get(item.code)
        if meaning is not None:
            found.append(Charge(meaning, item))
    return found


def times_of(item: Item) -> int | None:
    """How often a line was charged: its times, else the times of its days, else not known.

    >>> times_of(Item(1, "SI", "11", "1", "111000110", "", 291, None, ((5, 1), (19, 1))))
    2
    """
    if item.times is not None:
        return item.times
    return sum(times for _, times in item.days) if item.days else None


def units(items: Iterable[Item]) -> Iterator[list[Item]]:
    """The lines of each unit; a unit ends with the line that has points, one that is cut off is left out."""
    unit: list[Item] = []
    group = ""
    for item in items:
        if unit and item.group != group:
            unit = []
        group = item.group
        unit.append(item)
        if item.points is not None:
            yield unit
            unit = []


def doubts_of(receipt: Receipt, meanings: Mapping[str, Meaning], file: str) -> Iterator[Doubt]:
    """Units with an addition whose points are not the sum of the points of their lines."""
    for unit in units(receipt.items):
        found = [meanings.get(item.code) for item in unit]
        if not any(meaning is not None and meaning.addition for meaning in found):
            continue
        points = [
            meaning.points if meaning is not None and meaning.counts and item.quantity in ("", "1") else None
            for meaning, item in zip(found, unit, strict=True)
        ]
        known = [one for one in points if one is not None]
        if len(known) == len(unit) and sum(known) != unit[-1].points:
            last = unit[-1]
            codes = "、".join(item.code for item in unit)
            told = f"{codes}の点数は{sum(known)}点のはずですが、{last.points}点と書かれています（{receipt.month}）。"
            yield Doubt(file, last.line, receipt.number, "unit-points", told)
