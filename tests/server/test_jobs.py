"""Jobs: done once, by one worker, whoever dies in between; what goes wrong is told in words."""

from __future__ import annotations

import errno
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from mitasu.errors import InputError, Problem, UsageError
from mitasu.server.accounts.models import Membership, Site, User
from mitasu.server.sites import jobs
from mitasu.server.sites.jobs import Made, Tell
from mitasu.server.sites.models import Job

pytestmark = pytest.mark.django_db
DONE, FAILED, WAITING, RUNNING = Job.State.DONE, Job.State.FAILED, Job.State.WAITING, Job.State.RUNNING


def wanted(site: Site, user: User, **what: Any) -> Job:
    return jobs.asked(site, user, "trial", "ためし", what, steps=2)


def write(job: Job, tell: Tell) -> Made:
    tell("書いています")
    return Made(b"written", "text/plain", "a.txt", "note")


def raises(error: BaseException) -> Callable[[Job, Tell], Made]:
    def maker(job: Job, tell: Tell) -> Made:
        tell("始めました")
        raise error

    return maker


def test_jobs_are_done_in_the_order_in_which_they_were_asked(site: Site, user: User) -> None:
    order = []

    def maker(job: Job, tell: Tell) -> Made:
        order.append(job.wanted["n"])
        return write(job, tell)

    for number in (1, 2, 3):
        wanted(site, user, n=number)
    assert jobs.drain("w", {"trial": maker}) == 3
    assert order == [1, 2, 3]
    assert not jobs.work("w", {"trial": maker})
    assert set(Job.objects.values_list("state", flat=True)) == {DONE}


def test_asking_twice_for_the_same_is_one_job(site: Site, user: User) -> None:
    first = wanted(site, user, n=1)
    assert wanted(site, user, n=1).pk == first.pk
    jobs.work("w", {"trial": write})
    assert wanted(site, user, n=1).pk != first.pk


def test_a_user_cannot_fill_the_queue(site: Site, user: User) -> None:
    for number in range(jobs.MOST_OPEN):
        wanted(site, user, n=number)
    with pytest.raises(UsageError, match="できあがるのを待って"):
        wanted(site, user, n=99)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (UsageError("施設がありません。"), "施設がありません。"),
        (
            InputError([Problem("月が読めません。"), Problem("加算がありません。")]),
            "月が読めません。\n加算がありません。",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "ディスクの空きを確かめる"),
        (RuntimeError("秘密の値 4711"), "思わぬ問題が起きました"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_is_left(
    site: Site, user: User, error: Exception, told: str
) -> None:
    job = wanted(site, user)
    assert jobs.work("w", {"trial": raises(error)})
    job.refresh_from_db()
    assert job.state == FAILED
    assert told in job.told
    assert "4711" not in job.told
    assert not jobs.path_of(job).exists()
    with pytest.raises(UsageError, match="もう一度作って"):
        jobs.content_of(job)


def test_a_disk_that_is_full_leaves_no_half_a_file(site: Site, user: User, monkeypatch: Any) -> None:
    job = wanted(site, user)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jobs.os, "fsync", full)
    jobs.work("w", {"trial": write})
    job.refresh_from_db()
    assert job.state == FAILED
    assert list(jobs.path_of(job).parent.iterdir()) == []


def test_a_worker_that_is_told_to_end_gives_its_job_back(site: Site, user: User) -> None:
    job = wanted(site, user)
    with pytest.raises(SystemExit):
        jobs.work("w", {"trial": raises(SystemExit(0))})
    job.refresh_from_db()
    assert (job.state, job.tries, job.worker, job.step) == (WAITING, 0, "", 0)
    assert jobs.work("other", {"trial": write})
    job.refresh_from_db()
    assert job.state == DONE


def silent(job: Job, tries: int) -> None:
    """Its worker died two minutes ago."""
    beat = timezone.now() - timedelta(minutes=2)
    Job.objects.filter(pk=job.pk).update(state=RUNNING, worker="dead", beat_at=beat, tries=tries)


def test_what_a_dead_worker_left_is_done_by_another(site: Site, user: User) -> None:
    job = wanted(site, user)
    silent(job, 1)
    assert jobs.work("w", {"trial": write})
    job.refresh_from_db()
    assert (job.state, job.worker, job.tries) == (DONE, "w", 2)


def test_what_killed_two_workers_is_given_up(site: Site, user: User) -> None:
    job = wanted(site, user)
    silent(job, 2)
    assert not jobs.work("w", {"trial": write})
    job.refresh_from_db()
    assert job.state == FAILED
    assert "期間や加算を減らして" in job.told


def test_a_worker_that_lives_keeps_its_job(site: Site, user: User) -> None:
    job = wanted(site, user)
    Job.objects.update(state=RUNNING, worker="other", beat_at=timezone.now(), tries=1)
    assert not jobs.work("w", {"trial": write})
    job.refresh_from_db()
    assert job.worker == "other"


def test_a_worker_that_lost_its_job_writes_nothing_over_the_other(site: Site, user: User) -> None:
    job = wanted(site, user)

    def late(job: Job, tell: Tell) -> Made:
        Job.objects.update(worker="other")
        tell("まだ動いています")
        raise AssertionError("a lost job goes no further")

    assert jobs.work("w", {"trial": late})
    job.refresh_from_db()
    assert (job.state, job.worker, job.told) == (RUNNING, "other", "")


def test_nothing_is_made_for_someone_whose_role_was_taken(site: Site, user: User) -> None:
    job = wanted(site, user)
    Membership.objects.filter(user=user).delete()
    jobs.work("w", {"trial": write})
    job.refresh_from_db()
    assert job.state == FAILED
    assert "役割がなくなった" in job.told


def test_files_of_no_job_are_erased_after_a_day(site: Site, user: User) -> None:
    jobs.drain("w", {"trial": write})
    job = wanted(site, user)
    jobs.work("w", {"trial": write})
    stray = jobs.path_of(job).with_name("stray")
    stray.write_bytes(b"x")
    assert jobs.clear(timezone.now()) == 0
    assert jobs.clear(timezone.now() + timedelta(hours=25)) == 2
    assert list(stray.parent.iterdir()) == []
