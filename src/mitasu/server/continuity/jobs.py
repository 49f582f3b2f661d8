"""What is due: backups and copies by schedule, a part of all data read daily, samples, restores, canaries, evidence.

One job that fails leaves the others alone. What is due is told by the rows, so that it does not matter who calls
or how often; two callers at once exclude each other at each target.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from mitasu.errors import MitasuError
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.backing import backed_up
from mitasu.server.continuity.copying import copied
from mitasu.server.continuity.devices import Devices, Machine
from mitasu.server.continuity.engine import Engine
from mitasu.server.continuity.forgetting import forgotten, looked_for, may_forget
from mitasu.server.continuity.handing import handed_over
from mitasu.server.continuity.health import health_of
from mitasu.server.continuity.keys import room
from mitasu.server.continuity.media import probed
from mitasu.server.continuity.models.backups import (
    CanaryProbe,
    FullRestore,
    MediumKind,
    Run,
    SampleRestore,
    Schedule,
    State,
    Target,
    VerifySlice,
)
from mitasu.server.continuity.proving import WEEK, canary, restored_whole, sampled, sliced
from mitasu.server.continuity.restic import Restic
from mitasu.server.ledger.audit import audit

AGAIN = timedelta(hours=1)
"""A run that failed is tried again after so long."""
DAILY = timedelta(hours=20)
WEEKLY = timedelta(days=6, hours=12)
MONTHLY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Line:
    """What one job came to."""

    well: bool
    text: str


def engine() -> Engine:
    """The engine of this installation."""
    temporary = room() / "temporary"
    temporary.mkdir(mode=0o700, exist_ok=True)
    return Restic(temporary=temporary, cache=room() / "cache")


def due(
    site: Site, at: datetime, *, with_engine: Engine | None = None, devices: Devices | None = None
) -> list[Line]:
    """Does what is due at a site at a moment; empty where no target is set up."""
    targets = list(Target.objects.filter(site=site, active=True).order_by("pk"))
    if not targets:
        return []
    worker = with_engine or engine()
    lines: list[Line] = []
    for target in targets:
        if target.medium != MediumKind.REMOVABLE:
            for what, job in _jobs(target, worker, at):
                lines.append(_done(site, f"{target.label}：{what}", job))
    probed(site, devices or Machine(), at)
    lines.append(_done(site, "証拠の記録", lambda: _handed(site, at)))
    return lines


def asked(site: Site) -> bool:
    """Whether someone asked for a run at a site that has not begun."""
    waiting = Schedule.objects.filter(target__site=site, target__active=True, requested_at__isnull=False)
    return waiting.exclude(target__medium=MediumKind.REMOVABLE).exists()


def waits(site: Site, at: datetime) -> bool:
    """Whether anything is due at a site; nothing is done."""
    targets = Target.objects.filter(site=site, active=True).exclude(medium=MediumKind.REMOVABLE)
    return any(next(_jobs(target, None, at), None) is not None for target in targets)


def _handed(site: Site, at: datetime) -> tuple[bool, str]:
    return True, f"{len(handed_over(site, at))}件"


def _done(site: Site, what: str, job: Callable[[], tuple[bool, str]]) -> Line:
    try:
        well, told = job()
    except (MitasuError, OSError) as error:
        well, told = False, str(error)
    audit("backup", f"{what}：{told}", site=site, outcome="ok" if well else "failed", via="tick")
    return Line(well, f"{what}：{told}")


def _jobs(target: Target, worker: Any, at: datetime) -> Iterator[tuple[str, Callable[[], tuple[bool, str]]]]:
    """The jobs of a target that are due, each with its name; looked at one after another, as each changes the rows."""
    schedule = Schedule.objects.filter(target=target).select_related("origin").first()
    if schedule is not None and run_due(schedule, at):
        yield ("写し" if schedule.origin else "バックアップ"), lambda: ran(schedule, worker, at)
    if not target.generations.filter(state=State.ACCEPTED, forgotten_at=None).exists():
        return
    for _ in range(_parts_due(target, at)):
        yield "一週間分割の読み返し", lambda: _sliced(target, worker, at)
    if _older(SampleRestore.objects.filter(generation__target=target), WEEKLY, at):
        yield "抜き取りの復元", lambda: _sampled(target, worker, at)
    if _older(FullRestore.objects.filter(generation__target=target), MONTHLY, at):
        yield "全部の復元", lambda: _full(target, worker, at)
    if target.append_only and _older(CanaryProbe.objects.filter(target=target), WEEKLY, at):
        yield "消せないことの試験", lambda: _canary(target, worker, at)
    if not target.append_only and health_of(target, at).usable and may_forget(target):
        yield "古い世代の整理", lambda: _forgotten(target, worker, at)


def run_due(schedule: Schedule, at: datetime) -> bool:
    """Whether a run is due: asked for, or the last one long enough ago (a tenth early is in time for cron)."""
    last = Run.objects.filter(target=schedule.target).exclude(outcome="interrupted").order_by("-pk").first()
    if schedule.requested_at is not None or last is None:
        return True
    good = (
        Run.objects.filter(target=schedule.target, outcome__in=("accepted", "nothing"))
        .order_by("-pk")
        .first()
    )
    wait = timedelta(hours=schedule.every_hours) * 9 / 10
    stale = good is None or not timedelta(0) <= at - good.began_at < wait
    return stale and not timedelta(0) <= at - last.began_at < AGAIN


def ran(schedule: Schedule, worker: Engine, at: datetime) -> tuple[bool, str]:
    """Makes or copies generations by a schedule, and says what came of it."""
    Schedule.objects.filter(pk=schedule.pk).update(requested_at=None)
    target = schedule.target
    run = copied(schedule.origin, target, worker, at) if schedule.origin else backed_up(target, worker, at)
    well = run.outcome in ("accepted", "nothing")
    return well, run.told or ("受け入れた" if well else run.outcome)


def _older(rows: QuerySet[Any], span: timedelta, at: datetime) -> bool:
    last = rows.order_by("-pk").first()
    return last is None or not timedelta(0) <= at - last.at < span


def _parts_due(target: Target, at: datetime) -> int:
    """How many parts to read: one a day, and those of days on which nothing ran."""
    last = VerifySlice.objects.filter(target=target, of=WEEK, medium=None).order_by("-pk").first()
    if last is None:
        return 1
    since = at - last.at
    if since < timedelta(0):
        return 1
    return 0 if since < DAILY else min(WEEK, max(1, round(since / timedelta(days=1))))


def _sliced(target: Target, worker: Engine, at: datetime) -> tuple[bool, str]:
    lost, foreign = looked_for(target, worker, at)
    found = sliced(target, worker, at)
    told = f"{found.part}／{found.of} {'正しい' if found.well else '壊れたところがある'}"
    told += f"、消えた世代{len(lost)}" if lost else ""
    told += f"、台帳にない写し{len(foreign)}" if foreign else ""
    return bool(found.well) and not lost, told


def _sampled(target: Target, worker: Engine, at: datetime) -> tuple[bool, str]:
    found = sampled(target, worker, at)
    return bool(found.well), f"{found.tried}ファイルのうち違うもの{found.wrong}"


def _full(target: Target, worker: Engine, at: datetime) -> tuple[bool, str]:
    found = restored_whole(target, worker, at)
    return bool(found.well), f"{found.files:,}ファイル、{'正しい' if found.well else '違うものがある'}"


def _canary(target: Target, worker: Engine, at: datetime) -> tuple[bool, str]:
    found = canary(target, worker, at)
    told = {True: "すべて断られた", False: "通ってしまった", None: "確かめられなかった"}[found.well]
    return found.well is True, told


def _forgotten(target: Target, worker: Engine, at: datetime) -> tuple[bool, str]:
    gone = forgotten(target, worker, [one.number for one in may_forget(target)], at)
    return True, f"世代{'、'.join(str(one.number) for one in gone)}を消した"
