"""A whole claim file in numbers, by columns: records, receipts by kind, department and month, points, items by code.

Nothing is checked here and nothing of a patient is looked at; a line that is broken is simply not counted where it
does not fit. The file is read in portions cut before a receipt, so memory does not grow with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import polars as pl

from mitasu.claims.opening import kind_of, refusal, unreadable
from mitasu.claims.receipt import ClaimKind
from mitasu.claims.values import read_month
from mitasu.errors import InputError, Problem

PORTION = 16 << 20
LONGEST_RECEIPT = 64 << 20
"""Bytes of the longest receipt that is looked at."""
_COLUMNS = tuple(f"f{place}" for place in range(32))


@dataclass(slots=True)
class Statistics:
    """The numbers of a file. `months`, `departments`, `kinds`: receipts; `points` by in- and outpatient; `items`:
    (month, inpatient, record, code) → (lines, times)."""

    kind: ClaimKind
    records: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    departments: Counter[str] = field(default_factory=Counter)
    receipts: Counter[bool] = field(default_factory=Counter)
    points: Counter[bool] = field(default_factory=Counter)
    items: dict[tuple[str, bool, str, str], tuple[int, int]] = field(default_factory=dict)


def statistics(path: Path) -> Statistics:
    """The numbers of a claim file; InputError where it is none."""
    try:
        with path.open("rb") as source:
            head = source.read(1 << 18)
            problem = refusal(head, path)
            if problem is not None:
                raise InputError(problem)
            found = Statistics(kind_of(head, path))
    except OSError as error:
        raise unreadable(error, path) from None
    for portion in _portions(path):
        _add(found, portion)
    return found


def _portions(path: Path) -> Iterator[bytes]:
    rest = b""
    try:
        with path.open("rb") as source:
            while data := source.read(PORTION):
                data = rest + data
                cut = data.rfind(b"\nRE,") + 1
                if cut == 0:
                    if len(data) > LONGEST_RECEIPT:
                        raise InputError(
                            Problem(
                                "一つのレセプトが長すぎます。先に mitasu claims check で点検してください。",
                                str(path),
                            )
                        )
                    rest = data
                    continue
                yield data[:cut]
                rest = data[cut:]
    except OSError as error:
        raise unreadable(error, path) from None
    if rest.strip(b"\x1a\r\n"):
        yield rest


def _add(found: Statistics, portion: bytes) -> None:
    frame = (
        pl.scan_csv(
            BytesIO(portion),
            has_header=False,
            schema=dict.fromkeys(_COLUMNS, pl.String),
            quote_char=None,
            encoding="utf8-lossy",
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
        )
        .select([*_COLUMNS[:7], "f21", "f26", "f31"])
        .with_columns(pl.col("f1", "f2", "f3", "f5", "f6").str.strip_chars_end("\r"))
        .collect()
    )
    for id_, count in frame.group_by("f0").len().iter_rows():
        if id_ is not None and len(id_) == 2:
            found.records[id_] += count
    frame = frame.with_columns(
        pl.when(pl.col("f0") == "RE").then(pl.col("f3")).forward_fill().alias("month"),
        pl.when(pl.col("f0") == "RE").then(pl.col("f2").str.slice(3, 1)).forward_fill().alias("place"),
    )
    receipts = frame.filter(pl.col("f0") == "RE")
    for kind, month, count in receipts.group_by("f2", "month").len().iter_rows():
        found.kinds[kind or ""] += count
        found.months[_month(month)] += count
        found.receipts[_inside((kind or "")[3:4])] += count
    if found.kind == "medical":
        for column in ("f21", "f26", "f31"):
            for department, count in receipts.group_by(column).len().iter_rows():
                if department and department.strip("\r"):
                    found.departments[department.strip("\r")] += count
    _add_points(found, frame)
    if found.kind == "medical":
        _add_items(found, frame)


def _add_points(found: Statistics, frame: pl.DataFrame) -> None:
    """合計点数 of the main insurer of each receipt, else of its first public fund."""
    payers = (
        frame.with_columns((pl.col("f0") == "RE").cum_sum().alias("receipt"))
        .filter(pl.col("f0").is_in(["HO", "KO"]))
        .with_columns(pl.col("f0").replace_strict({"HO": 0, "KO": 1}, return_dtype=pl.Int8).alias("rank"))
        .sort("receipt", "rank", maintain_order=True)
        .unique("receipt", keep="first", maintain_order=True)
        .group_by("place")
        .agg(pl.col("f5").cast(pl.Int64, strict=False).sum())
    )
    for place, points in payers.iter_rows():
        found.points[_inside(place or "")] += points


def _add_items(found: Statistics, frame: pl.DataFrame) -> None:
    items = (
        frame.filter(pl.col("f0").is_in(["SI", "IY", "TO"]))
        .group_by("month", "place", "f0", "f3")
        .agg(pl.len(), pl.col("f6").cast(pl.Int64, strict=False).sum())
    )
    for month, place, record, code, lines, times in items.iter_rows():
        key = _month(month), _inside(place or ""), record, code or ""
        before = found.items.get(key, (0, 0))
        found.items[key] = before[0] + lines, before[1] + times


def _month(value: str | None) -> str:
    return read_month((value or "").encode())


def _inside(place: str) -> bool:
    return place in ("1", "3", "5", "7", "9")
