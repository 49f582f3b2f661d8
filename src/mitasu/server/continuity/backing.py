"""Making a generation: look at the sources, let the engine store them, look at what it stored, decide, record.

Every phase is written down before it begins, so that a run that was killed can be told from one that failed.
What the engine stored without our ledger learning of it is taken in as a generation that does not count.
"""

from __future__ import annotations

import os
import random
import shutil
import socket
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from mitasu.errors import MitasuError
from mitasu.server.continuity import keys, selftest
from mitasu.server.continuity.acceptance import CHANGED, FEW, RUNS, Seen, decide, entropy_of
from mitasu.server.continuity.engine import Engine, EngineError, Listed, Made, Repository
from mitasu.server.continuity.locking import alone
from mitasu.server.continuity.models.backups import Generation, Run, Source, SourceKind, State, Target
from mitasu.server.continuity.process import tail
from mitasu.server.continuity.staging import Part, SourceError, cleared, described, gathered

SAMPLED = 200
PIECE = 64 * 1024
PREFIX = "mitasu-run-"


@dataclass(slots=True)
class Work:
    """A run as it goes: what is known so far."""

    target: Target
    engine: Engine
    repository: Repository
    at: datetime
    run: Run
    start: float

    def phase(self, name: str) -> None:
        """Writes down that a phase begins."""
        self.run.phase = name
        self.run.save(update_fields=["phase"])

    def now(self) -> datetime:
        """The moment, by the clock that was handed in and the time since."""
        return self.at + timedelta(seconds=time.monotonic() - self.start)

    def end(self, outcome: str, *, code: str = "", told: str = "", log: str = "") -> None:
        """Writes down how it ended."""
        removed = "".join(
            f"\n終わったプロセス{lock.pid}の残したロック{lock.id[:8]}を外しました。"
            for lock in self.engine.unlocking.removed
        )
        self.engine.unlocking.removed.clear()
        self.run.ended_at, self.run.outcome, self.run.code = self.now(), outcome, code
        self.run.told, self.run.log = told[:500], (log + removed)[-8000:]
        self.run.save()


def begun(target: Target, engine: Engine, at: datetime) -> Work:
    """A new run at a target, after what an interrupted one left has been seen to."""
    repository = keys.repository(target)
    interrupted(target, engine, repository, at)
    run = Run.objects.create(
        target=target, began_at=at, phase="begin", host=socket.gethostname(), pid=os.getpid()
    )
    return Work(target, engine, repository, at, run, time.monotonic())


def backed_up(
    target: Target,
    engine: Engine,
    at: datetime,
    *,
    chance: random.Random | None = None,
    step: Callable[[str], None] = lambda _: None,
) -> Run:
    """Makes a generation of all sources of a site at a target; the run says how it went, and never raises for it.

    `at`: now, by the clock that the caller trusts; `step` is told each phase. EngineError(`locked`) where another
    process works there already.
    """
    with alone(target, staging=True):
        work = begun(target, engine, at)
        try:
            _make(work, chance or random.SystemRandom(), step)
        except (EngineError, SourceError) as error:
            work.end("failed", code=getattr(error, "kind", "source"), told=str(error), log=_log(work, error))
        except OSError as error:
            work.end("failed", code="system", told=f"この機械で失敗しました（{error.strerror}）。")
        finally:
            with suppress(OSError):
                cleared(target.site_id)
        return work.run


def _log(work: Work, error: Exception) -> str:
    sources = Source.objects.filter(site=work.target.site).values_list("place", flat=True)
    return tail(getattr(error, "log", ""), [one for one in sources if one])


def _make(work: Work, chance: random.Random, step: Callable[[str], None]) -> None:
    def phase(name: str) -> None:
        work.phase(name)
        step(name)

    target, engine = work.target, work.engine
    phase("engine")
    version = selftest.gate(engine, keys.room())
    prepared(work)
    phase("sources")
    parts, troubles = _parts(work, chance)
    if not parts:
        raise SourceError("／".join(troubles) or "バックアップの対象がありません。対象を登録してください。")
    phase("room")
    _has_room(work, parts)
    accepted = list(
        Generation.objects.filter(target=target, state=State.ACCEPTED, forgotten_at=None).order_by("-number")[
            :RUNS
        ]
    )
    last = accepted[0] if accepted else None
    phase("store")
    with ThreadPoolExecutor(1) as beside:
        examining = beside.submit(lambda: [one for part in parts for one in part.examined()])
        made = engine.backup(
            work.repository,
            [path for part in parts for path in part.paths],
            tags=["mitasu", f"{PREFIX}{work.run.pk}"],
            without=[path for part in parts for path in part.without],
            parent=last.snapshot if last and not last.missing_since else None,
        )
        troubles += examining.result()
    phase("look")
    if not made.whole:
        troubles.append("エンジンが読めなかったファイルがあります（権限か、取っている間の変化）。")
    with ThreadPoolExecutor(1) as beside:  # both wait for the key most of the time
        checking = beside.submit(engine.check, work.repository)
        listed, held = engine.files(work.repository, made.snapshot)
        phase("structure")
        checked = checking.result()
    phase("decide")
    inside = {one.path: one.size for one in held}
    parted = [described(part, inside) for part in parts]
    changed, entropy = _changes(work, parts, last, made, listed)
    state, reasons = decide(
        Seen(
            at=work.now(),
            began=timezone.now() - timedelta(seconds=time.monotonic() - work.start),
            engine_at=listed.at,
            parts=parted,
            before=[one.parts for one in reversed(accepted)],
            last_at=last.at if last else None,
            troubles=troubles,
            missing=[f"{part.source.label}の目印" for part in parts for path in part.must if not inside.get(str(path))],
            changed=changed,
            entropy=entropy,
            structure=checked.well,
        )
    )  # fmt: skip
    with transaction.atomic():
        Generation.objects.create(
            target=target,
            number=next_number(target),
            run=work.run,
            snapshot=listed.snapshot,
            tree=listed.tree,
            at=work.now(),
            state=state,
            reasons=reasons,
            files=len(held),
            size=sum(inside.values()),
            added=made.added,
            changed=10_000 * (made.new + made.changed) // max(1, made.files),
            entropy=max(entropy.values(), default=None),
            parts=parted,
            witnesses=[one for part in parts for one in part.steady() if one[0] in inside],
            engine=version,
        )
        if state == State.QUARANTINED and target.held_since is None:
            Target.objects.filter(pk=target.pk).update(held_since=work.now())
        work.end(str(state), told="／".join(reasons), log="" if checked.well else checked.log)
    phase("done")


def prepared(work: Work) -> None:
    """The repository: one that is there is taken over, none is made on the first run, and never a second time."""
    target = work.target
    if target.ready:
        return
    try:
        work.engine.snapshots(work.repository)
    except EngineError as error:
        if error.kind != "place":
            raise
        work.engine.init(work.repository)
    target.ready = True
    target.save(update_fields=["ready"])


def _parts(work: Work, chance: random.Random) -> tuple[list[Part], list[str]]:
    """The sources made ready, and what is wrong with those that are not."""
    folder = cleared(work.target.site_id)
    parts, troubles = [], []
    for source in Source.objects.filter(site=work.target.site, active=True):
        try:
            parts.append(gathered(source, folder, work.now(), chance))
        except SourceError as error:
            troubles.append(str(error))
    return parts, troubles


def _has_room(work: Work, parts: Iterable[Part]) -> None:
    """EngineError(`full`) where less is free than 1.2 times what the last run added (at first: all there is)."""
    place = work.repository.directory
    if place is None:
        return
    last = Generation.objects.filter(target=work.target).order_by("-number").first()
    needed = last.added if last else sum(part.size for part in parts)
    with suppress(OSError):
        free = shutil.disk_usage(place).free
        if 10 * free < 12 * needed:
            raise EngineError(
                "full",
                f"保管先の空きが足りません（空き{free // 2**20:,} MB、要る見込み{12 * needed // 10 // 2**20:,} MB）。"
                "世代を消して空けず、場所を増やしてください。",
            )


def _changes(
    work: Work, parts: Sequence[Part], last: Generation | None, made: Made, listed: Listed
) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Per source the files that changed, and the entropy of a sample of them where enough did to look at it.

    The engine's count by times and sizes is never below what changed in content, so that the comparison of
    contents is made only where that count could matter. What we keep ourselves is checked by hashes instead.
    """
    wanted = [part for part in parts if part.source.kind != SourceKind.OWN and part.files >= FEW]
    if last is None or last.missing_since or not wanted:
        return {}, {}
    fewest = min(part.files for part in wanted)
    if 10_000 * (made.new + made.changed) <= CHANGED * fewest:
        return {}, {}
    names = work.engine.changed(work.repository, last.snapshot, listed.snapshot)
    changed, entropy = {}, {}
    for part in wanted:
        mine = [name for name in names if part.holds(name)]
        changed[part.source.name] = (len(mine), part.files)
        if 10_000 * len(mine) > CHANGED * part.files:
            drawn = random.SystemRandom().sample(mine, min(SAMPLED, len(mine)))
            found = entropy_of(_pieces(drawn))
            if found is not None:
                entropy[part.source.name] = found
    return changed, entropy


def _pieces(names: Iterable[str]) -> Iterable[bytes]:
    for name in names:
        with suppress(OSError), Path(name).open("rb") as file:
            yield file.read(PIECE)


def next_number(target: Target) -> int:
    """The number of a target's next generation."""
    return int(Generation.objects.filter(target=target).aggregate(last=Max("number"))["last"] or 0) + 1


def interrupted(target: Target, engine: Engine, repository: Repository, at: datetime) -> None:
    """Closes runs whose process is gone, and takes in what they stored: kept, named, but not counted."""
    broken = [run for run in Run.objects.filter(target=target, outcome="") if not _lives(run)]
    if not broken:
        return
    stored: dict[str, Listed] = {}
    try:
        stored = {one.snapshot: one for one in engine.snapshots(repository)}
    except MitasuError:
        if target.ready:
            return  # away: what was stored is found the next time
    for run in broken:
        tag = f"{PREFIX}{run.pk}"
        for listed in stored.values():
            if tag in listed.tags and not Generation.objects.filter(target=target, snapshot=listed.snapshot):
                Generation.objects.create(
                    target=target,
                    number=next_number(target),
                    run=run,
                    snapshot=listed.snapshot,
                    tree=listed.tree,
                    at=run.began_at,
                    state=State.REJECTED,
                    reasons=["実行が途中で止まり、受け入れの確認をしていません。"],
                )
        run.ended_at, run.outcome, run.code = at, "interrupted", "interrupted"
        run.told = f"実行が途中（{run.phase}）で止まりました。"
        run.save()


def _lives(run: Run) -> bool:
    """Whether a run may still be at work: never one of this machine, for then we would not hold the target."""
    return run.host != socket.gethostname() and timezone.now() - run.began_at < timedelta(days=2)
