"""Charts as numbers for inline SVG: bands of months, and lines over months. Every chart has a table beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
            near = step * (13 - number) < 60 and len(months) > 13 - number  # the next January is too close
            year = f"{month[:4]}年" if number == 1 or (index == 0 and not near) else ""
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


# ---- lines ----------------------------------------------------------------------------------------------------

HEIGHT, TOP, BOTTOM, SIDE = 460, 34, 420, 50


@dataclass(frozen=True, slots=True)
class Step:
    """A floor as a horizontal line over some months."""

    x1: float
    x2: float
    y: float
    text: str
    label_y: float


@dataclass(frozen=True, slots=True)
class Dot:
    """A value of a month."""

    x: float
    y: float
    title: str
    sure: bool


@dataclass(frozen=True, slots=True)
class LineChart:
    """A line over months with floors; `line` and `guess` are the points of two polylines, known and projected."""

    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    steps: tuple[Step, ...]
    dots: tuple[Dot, ...]
    lines: tuple[str, ...]
    guesses: tuple[str, ...]
    now: float
    width: int = WIDTH
    height: int = HEIGHT
    top: int = TOP
    bottom: int = BOTTOM
    side: int = SIDE


def line_chart(
    months: Sequence[str],
    values: Sequence[tuple[float | None, bool, str]],
    floors: Iterable[tuple[str, str, float, str]],
    now: str,
) -> LineChart:
    """Values by month (percent; whether projected; title) and floors (first, last, percent, text)."""
    floors = list(floors)
    step = (WIDTH - SIDE - 10) / len(months)
    place = {month: index for index, month in enumerate(months)}
    most = max([10.0, *(value for value, _, _ in values if value is not None), *(one[2] for one in floors)])
    top = min(100, (int(most) // 10 + 1) * 10)

    def x(index: float) -> float:
        return round(SIDE + step * index, 1)

    def y(value: float) -> float:
        return round(BOTTOM - (BOTTOM - TOP) * value / top, 1)

    dots = [
        Dot(x(index + 0.5), y(value), title, not guessed)
        for index, (value, guessed, title) in enumerate(values)
        if value is not None
    ]
    lines: list[list[Dot]] = []
    guesses: list[list[Dot]] = []
    for before, after in pairwise(dots):
        if after.x - before.x > step * 1.5:
            continue
        kind = lines if before.sure and after.sure else guesses
        if kind and kind[-1][-1] is before:
            kind[-1].append(after)
        else:
            kind.append([before, after])
    steps: list[Step] = []
    for first, last, rate, text in floors:
        left, right, at = x(place[first]), x(place[last] + 1), y(rate)
        near = any(abs(one.label_y - at + 4) < 11 and one.x1 == left for one in steps)
        room = right - left >= 34  # a label of a shorter line would run into its neighbour
        steps.append(Step(left, right, at, text if room else "", at + 13 if near else at - 4))
    every = 10 if top <= 60 else 20
    levels = tuple(Tick(y(value), f"{value}%") for value in range(0, top + 1, every))
    return LineChart(
        month_ticks(months, SIDE, step),
        levels,
        tuple(steps),
        tuple(dots),
        tuple(" ".join(f"{one.x},{one.y}" for one in row) for row in lines),
        tuple(" ".join(f"{one.x},{one.y}" for one in row) for row in guesses),
        x(place[now] + 0.5),
    )
