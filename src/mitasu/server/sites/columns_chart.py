"""Columns by month as numbers for inline SVG: several amounts side by side. The same amounts stand in a table beside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mitasu.server.sites.charts import Tick, month_ticks

WIDTH, HEIGHT, TOP, BOTTOM, SIDE = 960, 320, 16, 270, 90


@dataclass(frozen=True, slots=True)
class Column:
    """One amount of a month."""

    x: float
    y: float
    width: float
    height: float
    style: str
    title: str


@dataclass(frozen=True, slots=True)
class ColumnChart:
    """Columns over months, with levels of yen."""

    columns: tuple[Column, ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    width: int = WIDTH
    height: int = HEIGHT
    bottom: int = BOTTOM
    side: int = SIDE


def column_chart(
    months: Sequence[tuple[str, Sequence[int]]], kinds: Sequence[tuple[str, str]]
) -> ColumnChart | None:
    """A chart of yen by month; `kinds`: style and label of each amount. None where there is nothing to show."""
    most = max((amount for _, amounts in months for amount in amounts), default=0)
    if most <= 0:
        return None
    top = _round_up(most)
    step = (WIDTH - SIDE - 10) / len(months)
    each = min(28.0, step * 0.8 / len(kinds))
    found = []
    for index, (month, amounts) in enumerate(months):
        left = SIDE + step * (index + 0.5) - each * len(kinds) / 2
        for place, ((style, label), amount) in enumerate(zip(kinds, amounts, strict=True)):
            height = (BOTTOM - TOP) * max(amount, 0) / top
            if amount > 0:
                height = max(height, 2.0)  # what there is can be seen
            found.append(
                Column(
                    round(left + each * place, 1),
                    round(BOTTOM - height, 1),
                    round(each - 2, 1),
                    round(height, 1),
                    style,
                    f"{month} {label} {amount:,}円",
                )
            )
    levels = tuple(
        Tick(round(BOTTOM - (BOTTOM - TOP) * part / 4, 1), f"{top * part // 4:,}円") for part in range(5)
    )
    return ColumnChart(tuple(found), month_ticks([month for month, _ in months], SIDE, step), levels)


def _round_up(amount: int) -> int:
    """The next round amount that four parts divide.

    >>> [_round_up(amount) for amount in (1, 90, 1_010, 45_000)]
    [4, 120, 1200, 80000]
    """
    unit = 4
    while unit * 10 < amount:
        unit *= 10
    return next(unit * many for many in (1, 2, 3, 5, 10) if unit * many >= amount)
