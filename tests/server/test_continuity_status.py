"""The light depends on what is fresh, whoever runs or does not run; the round does what is due, each thing apart."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from backup_places import DAY, NOON, Places
from fake_devices import FakeDevices

from mitasu.server.accounts.models import Membership, Role, User
from mitasu.server.config.round import go_round
from mitasu.server.continuity import jobs, keys
from mitasu.server.continuity.deciding import decided
from mitasu.server.continuity.models.backups import (
    Escrow,
    Generation,
    Look,
    RestoreDrill,
    Run,
    Schedule,
    State,
    Target,
    VerifySlice,
)
from mitasu.server.continuity.status import Light, alarms, light
from mitasu.server.continuity.watching import looked, written
from mitasu.server.ledger.models import Audit

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def target(places: Places) -> Target:
    """A target with everything in order but the backups."""
    places.charts()
    made = places.target()
    for name in ("情報係", "院長室"):
        Escrow.objects.create(target=made, custodian=name, fingerprint="0" * 16, made_at=NOON)
    RestoreDrill.objects.create(
        site=places.site,
        target=made,
        declared_at=NOON,
        incident_at=NOON,
        place="x",
        released_at=NOON,
        well=True,
    )
    return made


def due(places: Places, at: Any) -> list[jobs.Line]:
    return jobs.due(places.site, at, with_engine=places.engine, devices=FakeDevices())


def watched(places: Places, at: Any) -> Look:
    return looked(places.site, at, FakeDevices())


def test_without_any_target_the_light_is_grey_and_the_round_says_nothing(places: Places) -> None:
    assert light(places.site, NOON) == Light.GREY
    assert due(places, NOON) == []


def test_the_first_round_backs_up_and_proves_everything_and_the_light_is_green(
    places: Places, target: Target
) -> None:
    lines = due(places, NOON)
    assert [line.text.split("：")[1] for line in lines if line.well] == [
        "バックアップ", "一週間分割の読み返し", "抜き取りの復元", "全部の復元", "8件",
    ]  # fmt: skip
    assert all(line.well for line in lines)
    assert watched(places, NOON).light == Light.GREEN
    assert due(places, NOON + HOUR)[0].text == "証拠の記録：0件"


def test_a_scheduler_that_stopped_turns_the_light_red_without_any_message_of_failure(
    places: Places, target: Target, mailoutbox: list[Any]
) -> None:
    due(places, NOON)
    person = User.objects.create_user("manager", email="manager@example.jp")
    Membership.objects.create(user=person, site=places.site, role=Role.APPROVE)
    assert watched(places, NOON + 29 * HOUR).light == Light.GREEN
    look = watched(places, NOON + 2 * DAY)
    assert look.light == Light.RED
    assert "最後の世代は 2025-10-06 12:00" in look.told[0]
    assert len(mailoutbox) == 1
    assert "手を打つ" in mailoutbox[0].subject
    again = watched(places, NOON + 2 * DAY + HOUR)
    assert again.since == look.since
    assert len(mailoutbox) == 1
    written([again])
    (row,) = json.loads((keys.room() / "light.json").read_text())
    assert row["light"] == "red"


def test_a_watcher_that_stopped_is_seen_as_well(places: Places, target: Target) -> None:
    due(places, NOON)
    watched(places, NOON)
    found = alarms(places.site, NOON + HOUR)
    assert [one.light for one in found] == [Light.YELLOW]
    assert "見張りが" in found[0].what


def test_runs_that_fail_again_and_again_are_red_though_they_run(places: Places, target: Target) -> None:
    due(places, NOON)
    import shutil

    shutil.rmtree(places.root / "charts")
    for day in (1, 2):
        assert not due(places, NOON + day * DAY)[0].well
    assert watched(places, NOON + 2 * DAY).light == Light.RED
    assert Run.objects.filter(outcome="failed").count() == 2


def test_a_copy_that_does_not_count_is_told_while_an_earlier_one_is_still_fresh(
    places: Places, target: Target
) -> None:
    due(places, NOON)
    for path in sorted((places.root / "charts").glob("chart-*"))[:10]:
        path.unlink()
    made = places.made(target, NOON + HOUR)
    watched(places, NOON + HOUR)
    (told,) = alarms(places.site, NOON + HOUR)
    assert told.light == Light.YELLOW
    assert "ファイルの数が4" in told.what
    decided(made, False, "調べている", NOON + HOUR)
    assert alarms(places.site, NOON + HOUR) == []


def test_a_failed_run_is_tried_again_after_an_hour_and_not_before(places: Places, target: Target) -> None:
    sentinel = places.root / "charts" / "VERSION"
    sentinel.rename(places.root / "VERSION")
    assert not due(places, NOON)[0].well
    assert due(places, NOON + HOUR / 2)[0].text.startswith("証拠")
    (places.root / "VERSION").rename(sentinel)
    assert due(places, NOON + 1.1 * HOUR)[0].well


def test_days_on_which_nothing_ran_are_made_good_so_that_all_is_read_within_the_week(
    places: Places, target: Target
) -> None:
    due(places, NOON)
    due(places, NOON + 3 * DAY)
    assert [one.part for one in VerifySlice.objects.filter(target=target)] == [1, 2, 3, 4]


def test_a_clock_of_the_future_is_red_and_not_green_until_the_day_comes(
    places: Places, target: Target
) -> None:
    due(places, NOON + 400 * DAY)
    found = alarms(places.site, NOON)
    assert any("今より先の時刻" in one.what for one in found)
    assert due(places, NOON)[0].text.startswith("保管先disk：バックアップ：時計が戻っています")
    made = Generation.objects.filter(target=target).last()
    assert made is not None
    assert made.state == State.REJECTED
    decided(made, True, "時計を直した", NOON)
    assert not any("今より先" in one.what for one in alarms(places.site, NOON))
    places.change("after")
    assert places.made(target, NOON + DAY).state == State.ACCEPTED


def test_what_a_person_asked_for_runs_at_the_next_round(places: Places, target: Target) -> None:
    due(places, NOON)
    Schedule.objects.update(requested_at=NOON)
    assert due(places, NOON + HOUR)[0].text.startswith("保管先disk：バックアップ")
    assert Schedule.objects.get().requested_at is None


def test_the_round_of_the_application_backs_up_too_and_everything_is_in_the_audit_trail(
    places: Places, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "engine", lambda: places.engine)
    report = go_round(NOON.date(), NOON)
    assert "○ 白樺記念病院: 保管先disk：バックアップ：受け入れた" in report.lines
    assert Audit.objects.filter(action="backup", via="tick", site=places.site).count() == 5


def test_old_generations_are_forgotten_one_by_one_once_there_are_more_than_to_keep(
    places: Places, target: Target
) -> None:
    for day in range(5):
        places.change(f"{day}")
        due(places, NOON + day * DAY)
    gone = [one.number for one in Generation.objects.exclude(forgotten_at=None)]
    assert gone == [1, 2]
