"""Work after the answer: jobs that wait in the database, a worker that does them, files that are kept for a day.

A job belongs to whoever asked for it, and so does its file. Any number of workers may run: a job is taken by one
of them in a single statement. A worker says every few seconds that it lives; what a dead one left is done by
another, and given up after the second try.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone

from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.sites.models import Job

KEPT = timedelta(days=1)
"""So long a file is there after it was made."""
BEAT, SILENT = timedelta(seconds=5), timedelta(seconds=60)
"""A worker says so often that it lives, and counts as dead after so long without a word."""
TRIES = 2
MOST_OPEN = 5
"""So many jobs one user may have waiting."""
UNFINISHED = [Job.State.WAITING, Job.State.RUNNING]
BROKE_OFF = "作る途中で二度止まりました。期間や加算を減らして、もう一度作ってください。"
BROKEN = "作る途中で、思わぬ問題が起きました。もう一度作っても同じなら、管理者に知らせてください（仕事の番号 {id}）。"
NO_ROOM = "ファイルを置けませんでした（{why}）。管理者に、ディスクの空きを確かめるよう伝えてください。"
NO_ROLE = "この施設での役割がなくなったので、作りませんでした。"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Made:
    """What a job made: the file, the name under which it is saved, and a note for the audit trail."""

    content: bytes
    media_type: str
    name: str
    note: str


Tell = Callable[[str], None]
"""Says in words what is done next."""
Maker = Callable[[Job, Tell], Made]


class _Lost(Exception):
    """The job was given to another worker in the meantime."""


def asked(site: Site, user: Any, kind: str, title: str, wanted: Mapping[str, Any], *, steps: int) -> Job:
    """A job that waits for a worker: the one that waits already where the same was asked before.

    UsageError where the user has too many waiting.
    """
    with transaction.atomic():
        unfinished = Job.objects.select_for_update().filter(user=user, state__in=UNFINISHED)
        waiting = list(unfinished)
        for job in waiting:
            if (job.site_id, job.kind, job.wanted) == (site.pk, kind, dict(wanted)):
                return job
        if len(waiting) >= MOST_OPEN:
            raise UsageError(f"作成中のものが{MOST_OPEN}つあります。できあがるのを待ってください。")
        return Job.objects.create(
            site=site, user=user, kind=kind, title=title, wanted=dict(wanted), steps=steps
        )


def path_of(job: Job) -> Path:
    """Where the file of a job lies."""
    return Path(settings.DATA) / "made" / str(job.pk)


def content_of(job: Job, now: datetime | None = None) -> bytes:
    """The file of a job that is done; UsageError where its day is over or it is gone."""
    now = now or timezone.now()
    if job.state == Job.State.DONE and job.ended_at is not None and now < job.ended_at + KEPT:
        try:
            return path_of(job).read_bytes()
        except OSError:
            pass
    raise UsageError("このファイルはもうありません（作ってから1日で消えます）。もう一度作ってください。")


def work(worker: str, makers: Mapping[str, Maker]) -> bool:
    """Does the job that has waited longest; False where none waits."""
    job = _taken(worker)
    if job is None:
        return False
    try:
        _done(job, worker, makers)
    except _Lost:
        log.warning("job %s went to another worker", job.pk)
    except BaseException:  # the worker is being stopped: another does it from the beginning
        _of(job, worker).update(state=Job.State.WAITING, tries=job.tries - 1, step=0, told="", worker="")
        raise
    return True


def drain(worker: str, makers: Mapping[str, Maker]) -> int:
    """Does all jobs that wait; how many."""
    count = 0
    while work(worker, makers):
        count += 1
    return count


def clear(now: datetime) -> int:
    """Erases jobs whose day is over with their files, and files of no job; how many files."""
    over = Job.objects.filter(ended_at__lt=now - KEPT)
    erased = 0
    for job in over:
        if path_of(job).exists():
            path_of(job).unlink()
            erased += 1
    over.delete()
    known = {str(pk) for pk in Job.objects.values_list("pk", flat=True)}
    folder = Path(settings.DATA) / "made"
    for path in folder.iterdir() if folder.exists() else ():
        if path.name not in known and now.timestamp() - path.stat().st_mtime > KEPT.total_seconds():
            path.unlink()
            erased += 1
    return erased


@contextmanager
def alive(worker: str) -> Iterator[None]:
    """Says for as long as the block lasts that the worker lives."""
    ending = threading.Event()

    def beat() -> None:
        try:
            while not ending.wait(BEAT.total_seconds()):
                try:
                    running = Job.objects.filter(worker=worker, state=Job.State.RUNNING)
                    running.update(beat_at=timezone.now())
                except DatabaseError:
                    connection.close()  # the database is away for a moment
        finally:
            connection.close()

    thread = threading.Thread(target=beat, name="alive", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


def _of(job: Job, worker: str) -> Any:
    """The job, as long as it is this worker's."""
    return Job.objects.filter(pk=job.pk, worker=worker, state=Job.State.RUNNING)


def _taken(worker: str) -> Job | None:
    """The next job, now this worker's. What fell silent twice is given up."""
    now = timezone.now()
    silent = Q(state=Job.State.RUNNING, beat_at__lt=now - SILENT)
    Job.objects.filter(silent, tries__gte=TRIES).update(state=Job.State.FAILED, told=BROKE_OFF, ended_at=now)
    ready = Q(state=Job.State.WAITING) | silent
    while (job := Job.objects.filter(ready).order_by("made_at").first()) is not None:
        mine = {
            "state": Job.State.RUNNING,
            "worker": worker,
            "beat_at": now,
            "tries": job.tries + 1,
            "step": 0,
            "told": "",
        }
        if Job.objects.filter(ready, pk=job.pk, tries=job.tries).update(**mine):
            job.refresh_from_db()
            return job
    return None


def _done(job: Job, worker: str, makers: Mapping[str, Maker]) -> None:
    """Makes and keeps the file; what goes wrong is told in the job."""

    def tell(words: str) -> None:
        job.step += 1
        if not _of(job, worker).update(step=job.step, told=words, beat_at=timezone.now()):
            raise _Lost

    try:
        if role_at(job.user, job.site.slug) is None or not job.user.is_active:
            raise UsageError(NO_ROLE)
        made = makers[job.kind](job, tell)
        _keep(path_of(job), made.content)
        end: dict[str, Any] = {
            "state": Job.State.DONE,
            "step": job.steps,
            "told": "",
            "file": made.name,
            "media_type": made.media_type,
            "note": made.note,
        }
    except _Lost:
        raise
    except InputError as error:
        end = {"state": Job.State.FAILED, "told": "\n".join(str(one) for one in error.problems)}
    except MitasuError as error:
        end = {"state": Job.State.FAILED, "told": str(error)}
    except OSError as error:
        log.exception("job %s", job.pk)
        end = {"state": Job.State.FAILED, "told": NO_ROOM.format(why=error.strerror or "理由は不明")}
    except Exception:
        log.exception("job %s", job.pk)
        end = {"state": Job.State.FAILED, "told": BROKEN.format(id=job.pk)}
    if not _of(job, worker).update(**end, ended_at=timezone.now()):
        raise _Lost


def _keep(path: Path, content: bytes) -> None:
    """Writes a file that only we can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
