"""Charts as numbers for inline SVG: bands of months, and lines over months. Every chart has a table beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mitasu.dates import months_between
from mitasu.judge.history import Run

LEFT, WIDTH, ROW, HEAD = 220, 960, 30, 40
STYLES = {
    "claimable": ("○", "yes"), "met": ("○", "yes"), "deemed": ("◇", "grace"), "unmet": ("✕", "no"),
    "not_claimable": ("✕", "no"), "unknown": ("？", "unknown"), "undetermined": ("？", "unknown"), "pending": ("…", "unknown"),
    "advisory_unmet": ("△", "almost"), "not_applicable": ("－", "none"), "not_in_force": ("－", "none"),
}  # fmt: skip
WORDS = {
    "claimable": "算定可", "not_claimable": "不可", "undetermined": "未確認", "not_in_force": "制度なし", "met": "満たす",
    "deemed": "経過措置", "unmet": "不足", "unknown": "未確認", "pending": "確定待ち", "advisory_unmet": "望ましい・未実施",
    "not_applicable": "対象外",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Band:
    """A run of months in a row of the chart."""

    x: float
    width: float
    style: str
    text: str
    title: str

    @property
    def text_x(self) -> float:
        """Where its text begins."""
        return round(self.x + 6, 1)


@dataclass(frozen=True, slots=True)
class BandRow:
    """One row of the chart: its label and bands."""

    label: str
    y: int
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str
    year: str = ""


@dataclass(frozen=True, slots=True)
class BandChart:
    """Bands of months, a row for each requirement."""

    height: int
    rows: tuple[BandRow, ...]
    ticks: tuple[Tick, ...]
    width: int = WIDTH


def status_of(run: Run) -> tuple[str, str]:
    """The status of a run and, for the whole addition, the level."""
    status, _, level = run.status.partition(" ")
    return status, level


def run_words(run: Run) -> str:
    """The status of a run in words."""
    status, level = status_of(run)
    return WORDS[status] + (f"（区分{level}）" if level else "")


def month_ticks(months: Sequence[str], left: float, step: float) -> tuple[Tick, ...]:
    """A tick in the middle of each month that has room; the year at the first and at each January."""
    every = 1 if step >= 22 else 3 if step >= 8 else 12
    ticks = []
    for index, month in enumerate(months):
        number = int(month[5:7])
        if index == 0 or number == 1 or (number - 1) % every == 0:
            year = f"{month[:4]}年" if index == 0 or number == 1 else ""
            ticks.append(Tick(round(left + step * (index + 0.5), 1), f"{number}", year))
    return tuple(ticks)


def band_chart(runs: Iterable[Run], first: str, last: str) -> BandChart:
    """The runs of an addition and its requirements as a chart."""
    months = months_between(first, last)
    step = (WIDTH - LEFT - 10) / len(months)
    place = {month: index for index, month in enumerate(months)}
    grouped: dict[str, list[Run]] = {}
    for run in runs:
        grouped.setdefault(run.id, []).append(run)
    rows = []
    for number, found in enumerate(grouped.values()):
        bands = []
        for run in found:
            status, level = status_of(run)
            symbol, style = STYLES[status]
            length = place[run.last] - place[run.first] + 1
            bands.append(
                Band(
                    round(LEFT + step * place[run.first], 1),
                    round(step * length - 1, 1),
                    style,
                    (symbol + level) if step * length >= 14 else "",
                    f"{run.label} {run.first}から{run.last}: {run_words(run)}",
                )
            )
        label = found[0].label
        short = label if len(label) <= 17 else f"{label[:16]}…"
        rows.append(BandRow(short if number else "この加算", HEAD + ROW * number, tuple(bands)))
    return BandChart(HEAD + ROW * len(rows) + 6, tuple(rows), month_ticks(months, LEFT, step))
