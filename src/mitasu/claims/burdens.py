"""負担区分: which of the main insurer and the public funds 1 to 4 a line is charged to. Source: 記録条件仕様 別表."""

from __future__ import annotations

BURDENS: dict[str, tuple[int, ...]] = {
    "1": (0,), "5": (1,), "6": (2,), "B": (3,), "C": (4,),
    "2": (0, 1), "3": (0, 2), "E": (0, 3), "G": (0, 4),
    "7": (1, 2), "H": (1, 3), "I": (1, 4), "J": (2, 3), "K": (2, 4), "L": (3, 4),
    "4": (0, 1, 2), "M": (0, 1, 3), "N": (0, 1, 4), "O": (0, 2, 3), "P": (0, 2, 4), "Q": (0, 3, 4),
    "R": (1, 2, 3), "S": (1, 2, 4), "T": (1, 3, 4), "U": (2, 3, 4),
    "V": (0, 1, 2, 3), "W": (0, 1, 2, 4), "X": (0, 1, 3, 4), "Y": (0, 2, 3, 4), "Z": (1, 2, 3, 4),
    "9": (0, 1, 2, 3, 4),
}  # fmt: skip
"""Burden code → payers, 0 the main insurer, 1 to 4 the public funds in their order."""


def charged(sums: dict[str, int], payer: int) -> int | None:
    """The points of the units charged to a payer, from sums by burden code; None where a code is not known.

    >>> charged({"1": 100, "2": 20, "5": 3}, 0), charged({"1": 100, "2": 20, "5": 3}, 1), charged({"?": 1}, 0)
    (120, 23, None)
    """
    found = 0
    for burden, points in sums.items():
        payers = BURDENS.get(burden)
        if payers is None:
            return None
        if payer in payers:
            found += points
    return found
