"""A restore drill: on an empty place, by the written procedure, with the key that a custodian keeps, timed by phase.

RTO is from declaring to release. RPO is from the newest transaction that is inside what was restored to the
incident, never from the time that a snapshot carries.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from mitasu.errors import MitasuError, UsageError, reason
from mitasu.server.accounts.models import Site
from mitasu.server.continuity import jobs, keys, selftest
from mitasu.server.continuity.engine import Engine, EngineError, Repository
from mitasu.server.continuity.examining import examined, newest
from mitasu.server.continuity.handing import handed_over, minutes
from mitasu.server.continuity.models.backups import (
    Escrow,
    Generation,
    RestoreDrill,
    RestoreStep,
    State,
    Target,
)
from mitasu.server.continuity.sealing import Opened

PHASES = {
    "decide": "復元を決める",
    "media": "媒体・保管先を用意する",
    "engine": "エンジンを入れて確かめる",
    "restore": "戻す",
    "verify": "戻したものを確かめる",
    "release": "診療に戻す",
}
"""The phases in their order, in words."""


def started(
    target: Target,
    place: Path,
    at: datetime,
    *,
    incident: datetime | None = None,
    led_by: str = "",
) -> RestoreDrill:
    """Declares a drill; UsageError where the place is not empty, the incident is still to come or a drill at the target is still open."""
    if RestoreDrill.objects.filter(target=target, released_at=None, well=None).exists():
        raise UsageError(f"「{target.label}」の訓練が、まだ終わっていません。先に終えてください。")
    if incident is not None and incident > at:
        raise UsageError(
            f"想定する障害の日時（{timezone.localtime(incident):%Y-%m-%d %H:%M}）が、今より後です。"
            "起きたとする、過ぎた日時を書いてください。"
        )
    place = place.resolve()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise UsageError(f"{place} は空ではありません。空の場所で行ってください。")
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{place} を作れません（{reason(error)}）。") from None
    drill = RestoreDrill.objects.create(
        site=target.site, target=target, declared_at=at, incident_at=incident or at, place=str(place),
        led_by=led_by[:100],
    )  # fmt: skip
    RestoreStep.objects.create(drill=drill, phase="decide", began_at=at)
    return drill


def current(drill: RestoreDrill) -> RestoreStep:
    """The phase that is under way; UsageError where the drill is over."""
    found = drill.steps.order_by("pk").last()
    if drill.well is not None or found is None:
        raise UsageError("この訓練は、もう終わっています。")
    return found


def ended(
    drill: RestoreDrill,
    phase: str,
    at: datetime,
    *,
    note: str = "",
    engine: Engine | None = None,
    key: Opened | None = None,
    location: str = "",
) -> RestoreStep:
    """Ends a phase, doing its work where the work is ours; the next one begins at once.

    `engine` is asked in three phases; `key`: what a custodian's file held, `location`: where the repository is
    reached in the drill (a mounted medium; default: the target's). MitasuError where the phase did not end well:
    it stays open, with what was wrong, and may be ended again.
    """
    step = current(drill)
    if step.phase != phase:
        raise UsageError(f"今の段は「{PHASES[step.phase]}」（{step.phase}）です。先にそれを終えてください。")
    start = time.monotonic()
    try:
        told = _worked(drill, phase, engine or jobs.engine(), key, location)
    except MitasuError as error:
        step.well, step.note = False, str(error)[:500]
        step.save()
        raise
    step.ended_at = at + timedelta(seconds=time.monotonic() - start)
    step.well, step.note = True, "。".join(one for one in (told, note) if one)[:500]
    step.save()
    names = list(PHASES)
    if phase != names[-1]:
        following = names[names.index(phase) + 1]
        RestoreStep.objects.create(drill=drill, phase=following, began_at=step.ended_at)
    return step


def _worked(drill: RestoreDrill, phase: str, engine: Engine, key: Opened | None, location: str) -> str:
    match phase:
        case "engine":
            failed = [one.what for one in selftest.examine(engine, keys.room()) if not one.well]
            if failed:
                raise EngineError("behaviour", f"エンジンにできないことがあります：{'、'.join(failed)}")
            return engine.version()
        case "restore":
            if key is None:
                raise UsageError("預けた鍵のファイル（--key）と合言葉が要ります。手元の鍵は使いません。")
            return _restored(drill, engine, key, location)
        case "verify":
            return _verified(drill)
    return ""


@contextmanager
def _key_file(key: Opened) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix="mitasu-", dir=keys.room())
    try:
        with os.fdopen(handle, "w") as file:
            file.write(key.secret)
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _restored(drill: RestoreDrill, engine: Engine, key: Opened, location: str) -> str:
    """Restores the newest generation of our ledger that the repository holds and that was there before the incident."""
    place = Path(drill.place)
    if any(place.iterdir()):
        shutil.rmtree(place)
        place.mkdir(mode=0o700)
    with _key_file(key) as file:
        repository: Repository = keys.repository(drill.target, location=location, key=file)
        there = {one.snapshot for one in engine.snapshots(repository)}
        ours = Generation.objects.filter(target=drill.target, state=State.ACCEPTED, snapshot__in=there)
        if not ours.exists():
            raise UsageError("この保管先に、台帳で受け入れた世代が一つもありません。")
        generation = ours.filter(at__lte=drill.incident_at).order_by("-number").first()
        if generation is None:
            at = f"{timezone.localtime(drill.incident_at):%Y-%m-%d %H:%M}"
            raise UsageError(
                f"想定する障害（{at}）より前に受け入れた世代が、この保管先にありません。"
                "障害の日時を直して訓練を始め直すか、ほかの保管先で行ってください。"
            )
        _, held = engine.files(repository, generation.snapshot)
        done = engine.restore(repository, generation.snapshot, place)
    fingerprint = keys.fingerprint(key.secret)
    escrow = Escrow.objects.filter(
        target=drill.target, custodian=key.custodian, fingerprint=fingerprint
    ).last()
    if escrow is not None:
        escrow.used_at = timezone.now()
        escrow.save(update_fields=["used_at"])
    drill.generation, drill.escrow = generation, escrow
    drill.save(update_fields=["generation", "escrow"])
    (keys.room() / f"drill-{drill.pk}.list").write_text("\n".join(f"{one.size}\t{one.path}" for one in held))
    return f"世代{generation.number}、{len(held):,}ファイル、{done.seconds:.0f}秒、{key.custodian}の預かる鍵"


def _held(drill: RestoreDrill) -> dict[str, int]:
    """What the snapshot of a drill holds, as it was listed when it was restored."""
    rows = (keys.room() / f"drill-{drill.pk}.list").read_text().splitlines()
    return {path: int(size) for size, _, path in (row.partition("\t") for row in rows)}


def _verified(drill: RestoreDrill) -> str:
    generation = drill.generation
    if generation is None:
        raise UsageError("まだ何も戻していません。")
    place, held = Path(drill.place), _held(drill)
    found = examined(place, generation, held)
    drill.newest_at, drill.newest_from = newest(place, generation, held)
    drill.save(update_fields=["newest_at", "newest_from"])
    wrong = [one.what for one in found if not one.well]
    if wrong:
        raise UsageError(f"戻したものに違うところがあります：{'、'.join(wrong)}")
    return f"{len(found)}項目を確かめた"


def finished(
    drill: RestoreDrill, at: datetime, *, given_up: str = "", keep: bool = False, by: Any = None
) -> RestoreDrill:
    """Releases (after the last phase) or gives up with a reason; clears the place unless `keep`; leaves evidence."""
    step = current(drill)
    if given_up:
        step.well, step.ended_at, step.note = False, at, given_up[:500]
        step.save()
        drill.well, drill.released_at, drill.told = False, at, given_up[:500]
    else:
        if step.phase != "release":
            raise UsageError(f"まだ「{PHASES[step.phase]}」（{step.phase}）の段です。")
        if step.ended_at is None:
            ended(drill, "release", at)
        drill.well, drill.released_at = True, at
        drill.told = f"復旧まで{minutes(at - drill.declared_at)}、失われる時間{minutes(drill.rpo)}"
    drill.save()
    (keys.room() / f"drill-{drill.pk}.list").unlink(missing_ok=True)
    if not keep:
        shutil.rmtree(drill.place, ignore_errors=True)
    handed_over(drill.site, at, by=by)
    return drill


def open_drill(site: Site, number: int | None) -> RestoreDrill:
    """The drill of that number, or the one that is open; UsageError where there is none."""
    rows = RestoreDrill.objects.filter(site=site)
    found = rows.filter(pk=number).first() if number else rows.filter(well=None).order_by("-pk").first()
    if found is None:
        raise UsageError(
            f"訓練{number}はありません。"
            if number
            else "進んでいる訓練はありません。mitasu drill start で始めます。"
        )
    return found
