"""Proof that what is kept can be given back: a part of all data read daily, a sample weekly, everything monthly.

A backup that ended well after the repository was damaged proves nothing; these do. Each leaves a row with its
result, whether good or bad.
"""

from __future__ import annotations

import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from mitasu.errors import UsageError
from mitasu.server.continuity import keys
from mitasu.server.continuity.engine import Engine, EngineError
from mitasu.server.continuity.examining import below, digest, examined
from mitasu.server.continuity.locking import alone
from mitasu.server.continuity.models.backups import (
    CanaryProbe,
    FullRestore,
    Generation,
    SampleRestore,
    State,
    Target,
    VerifySlice,
)

WEEK = 7
SAMPLE = 30


def next_part(target: Target) -> int:
    """The part whose turn it is: each day another, so that all is read within a week."""
    last = VerifySlice.objects.filter(target=target, medium=None, of=WEEK).order_by("-pk").first()
    return 1 if last is None else last.part % WEEK + 1


def sliced(target: Target, engine: Engine, at: datetime, *, part: int | None = None) -> VerifySlice:
    """Reads the structure and one seventh of all data of a target."""
    with alone(target):
        part = part or next_part(target)
        start = time.monotonic()
        found = engine.verify(keys.repository(target), part, WEEK)
        return VerifySlice.objects.create(
            target=target, at=at, part=part, of=WEEK, well=found.well, log=found.log,
            seconds=round(time.monotonic() - start),
        )  # fmt: skip


def latest(target: Target) -> Generation:
    """The last accepted generation of a target that is still there; UsageError where there is none."""
    found = [one for one in target.generations.filter(state=State.ACCEPTED).order_by("-number") if one.counts]
    if not found:
        raise UsageError(f"「{target.label}」には、受け入れた世代がまだありません。")
    return found[0]


@contextmanager
def scratch() -> Iterator[Path]:
    """An empty place that is gone afterwards; what an earlier process left there is gone too."""
    folder = keys.room() / "scratch"
    folder.mkdir(mode=0o700, exist_ok=True)
    place = Path(tempfile.mkdtemp(dir=folder))
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def sampled(
    target: Target, engine: Engine, at: datetime, *, chance: random.Random | None = None
) -> SampleRestore:
    """Restores files taken at random and the sentinels, and compares them with their hashes from before the backup."""
    with alone(target), scratch() as place:
        generation = latest(target)
        start = time.monotonic()
        witnesses: list[Any] = list(generation.witnesses)
        drawn = (chance or random.SystemRandom()).sample(witnesses, min(SAMPLE, len(witnesses)))
        log = ""
        try:
            done = engine.restore(
                keys.repository(target), generation.snapshot, place, only=[path for path, _ in drawn]
            )
            log = done.log
        except EngineError as error:
            if error.kind in ("locked", "place", "key", "missing", "timeout"):
                raise
            log = error.log or str(error)
        wrong = sum(digest(below(place, path)) != expected for path, expected in drawn)
        return SampleRestore.objects.create(
            generation=generation, at=at, tried=len(drawn), wrong=wrong, well=bool(drawn) and not wrong,
            log=log, seconds=round(time.monotonic() - start),
        )  # fmt: skip


def restored_whole(target: Target, engine: Engine, at: datetime) -> FullRestore:
    """Restores the last generation as a whole to an empty place of this machine, examines it, and clears it away."""
    with alone(target), scratch() as place:
        generation = latest(target)
        free = shutil.disk_usage(place).free
        if 10 * free < 11 * generation.size:
            raise EngineError("full", f"全部を戻して確かめる場所が足りません（空き{free // 2**20:,} MB）。")
        start = time.monotonic()
        repository = keys.repository(target)
        inside: dict[str, int] = {}
        try:
            _, held = engine.files(repository, generation.snapshot)
            inside = {one.path: one.size for one in held}
            log = engine.restore(repository, generation.snapshot, place).log
            ended = True
        except EngineError as error:
            if error.kind in ("locked", "place", "key", "missing", "timeout", "full"):
                raise
            ended, log = False, error.log or str(error)
        found = examined(place, generation, inside)
        return FullRestore.objects.create(
            generation=generation, at=at, files=len(inside), size=sum(inside.values()), log=log,
            found=[[one.what, one.well] for one in found],
            well=ended and all(one.well for one in found),
            seconds=round(time.monotonic() - start),
        )  # fmt: skip


def canary(target: Target, engine: Engine, at: datetime) -> CanaryProbe:
    """Tries to delete and overwrite at a target; well only if everything was refused."""
    with alone(target):
        start = time.monotonic()
        found = engine.immutability_probe(keys.repository(target))
        return CanaryProbe.objects.create(
            target=target, at=at, well=found.refused, identity=found.identity[:300],
            tries=[[one.what, one.expected, one.got, one.refused] for one in found.tries],
            seconds=round(time.monotonic() - start),
        )  # fmt: skip
