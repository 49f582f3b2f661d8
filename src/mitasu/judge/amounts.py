"""What an addition pays by kind of encounter: as whole numbers to reckon with, and as people write it.

Points may hang on the encounter, on a level or an amount that only the encounter decides. All that a
kind may bring is kept, the lowest first, so that whoever promises takes the first and whoever compares
sees the whole range. A visiting-nursing station is paid in yen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mitasu.rulebook import ENCOUNTER_KINDS

YEN_A_POINT = 10


def by_kind(points: Any, kinds: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """What each kind of encounter may bring, lowest first; `kinds`: for whom points without a kind are.

    >>> by_kind({"first_visit": {"1": 3, "2": 1}, "revisit": 1}, ())
    {'first_visit': (1, 3), 'revisit': (1,)}
    >>> by_kind(10, ("home_visit",))
    {'home_visit': (10,)}
    """
    if isinstance(points, Mapping) and points.keys() <= ENCOUNTER_KINDS.keys():
        found = {kind: tuple(sorted(set(_numbers(amount)))) for kind, amount in points.items()}
    else:
        found = dict.fromkeys(kinds, tuple(sorted(set(_numbers(points)))))
    return {kind: amounts for kind, amounts in found.items() if amounts}


def lowest(points: Any, kinds: Iterable[str]) -> dict[str, int]:
    """The least that each kind of encounter brings, so that nothing is promised too high."""
    return {kind: amounts[0] for kind, amounts in by_kind(points, kinds).items()}


def in_points(points: Any, names: Mapping[str, str]) -> str:
    """Points as people write them, empty where there are none; `names`: kinds of encounters and amounts.

    Amounts without a name are levels that only the encounter decides.

    >>> in_points({"first_visit": {"1": 3, "2": 1}, "revisit": {"alone": 2, "together": 1}},
    ...           ENCOUNTER_KINDS | {"alone": "単独で", "together": "併せて"})
    '初診3または1点・再診単独で2点・再診併せて1点'
    >>> in_points(12, {}), in_points(None, {})
    ('12点', '')
    """
    if points is None:
        return ""
    if not isinstance(points, Mapping):
        return f"{points}点"
    if not points.keys() <= names.keys():
        return f"{'または'.join(str(amount) for amount in points.values())}点"
    parts = [(names[key], in_points(inner, names)) for key, inner in points.items()]
    return "・".join(f"{name}{part}" for name, text in parts for part in text.split("・"))


def in_yen(yen: int | None) -> str:
    """Yen as people write them; an amount that no source tells is said to be unconfirmed."""
    return "金額未確認" if yen is None else f"{yen}円"


def yen_each(sector: str) -> int:
    """How many yen one unit is in a sector: a point is ten yen, a station is paid in yen."""
    return 1 if sector == "nursing" else YEN_A_POINT


def _numbers(amount: Any) -> Iterator[int]:
    if isinstance(amount, Mapping):
        for inner in amount.values():
            yield from _numbers(inner)
    elif type(amount) is int:
        yield amount
