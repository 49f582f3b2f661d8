"""The keeper of backups: what is due is done while the application runs, what is asked for at once, and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from backup_places import DAY, NOON, Places
from fake_devices import FakeDevices

from mitasu.server.config import keeper
from mitasu.server.continuity import devices, jobs
from mitasu.server.continuity.models.backups import Run, Schedule, Target
from mitasu.server.ledger.models import Audit

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def own_engine(places: Places, monkeypatch: Any) -> Iterator[None]:
    """A source and a target, and a keeper that has not looked yet."""
    monkeypatch.setattr(jobs, "engine", lambda: places.engine)
    monkeypatch.setattr(devices, "Machine", FakeDevices)
    places.charts()
    places.target()
    keeper._looked.clear()
    yield
    keeper._looked.clear()


def test_what_is_due_is_done_and_a_minute_later_nothing_is_done_or_recorded_again(places: Places) -> None:
    lines = keeper.keep(NOON)
    assert any("バックアップ" in line for line in lines)
    recorded = Audit.objects.count()
    assert keeper.keep(NOON + MINUTE) == []
    assert keeper.keep(NOON + timedelta(hours=1)) == []
    assert (Run.objects.count(), Audit.objects.count()) == (1, recorded)
    assert keeper.keep(NOON + DAY)
    assert Run.objects.count() == 2


def test_a_run_that_someone_asked_for_begins_at_the_next_look(places: Places) -> None:
    keeper.keep(NOON)
    Schedule.objects.update(requested_at=NOON)
    assert jobs.asked(places.site)
    assert keeper.keep(NOON + MINUTE)
    assert Run.objects.count() == 2
    assert not jobs.asked(places.site)


def test_a_site_at_which_something_failed_rests_before_it_is_tried_again(
    places: Places, monkeypatch: Any
) -> None:
    tried: list[Any] = []

    def failing(site: Any, at: Any) -> list[jobs.Line]:
        tried.append(at)
        return [jobs.Line(False, "だめ")]

    monkeypatch.setattr(jobs, "due", failing)
    assert keeper.keep(NOON) == ["だめ"]
    assert keeper.keep(NOON + MINUTE) == []
    assert keeper.keep(NOON + keeper.RESTS) == ["だめ"]
    assert len(tried) == 2


def test_a_site_without_any_target_is_left_alone(places: Places) -> None:
    Target.objects.update(active=False)
    assert keeper.keep(NOON) == []
    assert Audit.objects.filter(action="backup").count() == 0
