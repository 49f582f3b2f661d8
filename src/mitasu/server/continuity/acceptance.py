"""When is a copy a generation? Decided by us from what was seen, never by the engine's word alone.

Pure: what was seen goes in, the state and every reason come out. Numbers are integers and compared by
multiplication.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import log
from typing import Any

from mitasu.server.continuity.models.backups import State

RUNS = 7
"""The usual size is the median of so many accepted generations."""
SKEW = timedelta(minutes=5)
"""Clocks may differ by so much."""
CHANGED = 4_000
"""Ten-thousandths of the files of a source that may change from one generation to the next, if they look encrypted."""
ENTROPY = 7_900
"""Thousandths of a bit a byte from which content looks encrypted (or compressed)."""
FEW = 10
"""In a source of fewer files shares mean nothing."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen of a copy. `parts`, `before`: as the ledger of generations keeps them (source, files, size).

    `missing`: what has to be inside and is not; `troubles`: sources that could not be taken, in words; `changed`:
    per source the files that are new or other, of how many; `entropy`: per source, of what changed.
    """

    at: datetime
    engine_at: datetime
    began: datetime
    parts: Sequence[Mapping[str, Any]]
    before: Sequence[Sequence[Mapping[str, Any]]] = ()
    last_at: datetime | None = None
    troubles: Sequence[str] = ()
    missing: Sequence[str] = ()
    changed: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    entropy: Mapping[str, int] = field(default_factory=dict)
    structure: bool = True


def decide(seen: Seen) -> tuple[State, list[str]]:
    """The state of a copy and the reasons why it is not accepted (none where it is)."""
    reasons = [
        *seen.troubles,
        *(f"入っているはずのもの（{one}）が、写しの中にありません。" for one in seen.missing),
        *_sizes(seen),
        *_clocks(seen),
        *([] if seen.structure else ["保管先の構造の確認で、壊れたところが見つかりました。"]),
    ]
    strange = list(_strange(seen))
    if strange:
        return State.QUARANTINED, [*strange, *reasons]
    return (State.REJECTED, reasons) if reasons else (State.ACCEPTED, [])


def _sizes(seen: Seen) -> Iterable[str]:
    """Files and bytes of each source against the median of the last accepted generations: −20 % to +300 %."""
    for part in seen.parts:
        if not part["files"]:
            yield f"{part['label']}：写しの中にファイルが一つもありません。"
            continue
        earlier = [one for parts in seen.before[-RUNS:] for one in parts if one["source"] == part["source"]]
        for key, word, unit in (("files", "ファイルの数", ""), ("size", "大きさ", "バイト")):
            if not earlier:
                continue
            usual = int(statistics.median(int(one[key]) for one in earlier))
            now = int(part[key])
            if 10 * now < 8 * usual or now > 4 * usual:
                yield (
                    f"{part['label']}：{word}が{now:,}{unit}で、いつも（{usual:,}{unit}）から離れています"
                    "（−20％から＋300％まで）。"
                )


def _clocks(seen: Seen) -> Iterable[str]:
    """Our clock must not have gone back since the last accepted generation, nor the engine's be another's."""
    if seen.last_at is not None and seen.at < seen.last_at - SKEW:
        yield f"時計が戻っています（前の世代は {seen.last_at:%Y-%m-%d %H:%M}）。時計を確かめてください。"
    if not seen.began - SKEW <= seen.engine_at <= seen.began + timedelta(days=2):
        yield "写しに記された時刻が、この実行の時刻と合いません。"


def _strange(seen: Seen) -> Iterable[str]:
    """Much changed at once, into what looks encrypted."""
    labels = {part["source"]: part["label"] for part in seen.parts}
    for source, (changed, files) in seen.changed.items():
        entropy = seen.entropy.get(source)
        if files >= FEW and 10_000 * changed > CHANGED * files and entropy is not None and entropy > ENTROPY:
            yield (
                f"{labels.get(source, source)}：{files:,}ファイルのうち{changed:,}が一度に変わり、中身が暗号のように"
                f"見えます（1バイトあたり{entropy / 1000:.2f}ビット）。ランサムウェアの疑いがあるので隔離しました。"
            )


def entropy_of(pieces: Iterable[bytes]) -> int | None:
    """Shannon's entropy of the bytes of all pieces together, in thousandths of a bit a byte; None where too few.

    Pieces are pooled, because a small encrypted file alone has too few bytes to show it; the bias of a small
    pool is made good (Miller and Madow).
    """
    counts = [0] * 256
    for piece in pieces:
        for value, number in _histogram(piece):
            counts[value] += number
    total = sum(counts)
    if total < 4096:
        return None
    used = [number for number in counts if number]
    bits = -sum(number / total * log(number / total, 2) for number in used)
    bits += (len(used) - 1) / (2 * total * log(2))
    return min(8_000, round(bits * 1000))


def _histogram(piece: bytes) -> list[tuple[int, int]]:
    return [(value, number) for value in range(256) if (number := piece.count(value))]
