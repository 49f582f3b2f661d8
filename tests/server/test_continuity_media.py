"""Removable media: offline is what was seen to be gone, and what comes back is compared with how it left."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from backup_places import DAY, NOON, Places
from fake_devices import FakeDevices

from mitasu.errors import UsageError
from mitasu.server.continuity import media
from mitasu.server.continuity.devices import Machine
from mitasu.server.continuity.handing import handed_over
from mitasu.server.continuity.models.backups import Generation, Target
from mitasu.server.continuity.models.media import Medium, MediumState
from mitasu.server.continuity.status import alarms
from mitasu.server.ledger.fold import known

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
UUID = "1b6c-aa01"


class Rotation:
    """A disk target with a generation, and one removable medium."""

    def __init__(self, places: Places) -> None:
        self.places = places
        places.charts()
        self.disk = places.target("disk")
        self.target = places.target("rdx", medium="removable", location="(媒体)")
        self.target.schedule.every_hours = 7 * 24
        self.target.schedule.save()
        places.made(self.disk, NOON)
        self.mount = places.root / "mnt"
        self.mount.mkdir()
        shutil.copytree(places.template / "repo", self.mount / media.REPOSITORY)
        self.devices = FakeDevices()
        self.medium = media.registered(self.target, "RDX-A", UUID.upper(), NOON, shelf="耐火金庫")

    def plug(self) -> None:
        self.devices[UUID] = str(self.mount)

    def unplug(self) -> None:
        del self.devices[UUID]

    def cycle(self, at: object = NOON) -> Medium:
        """Attached, written, detached and pulled out."""
        self.plug()
        media.attached(self.medium, self.devices, at)  # type: ignore[arg-type]
        run = media.written(self.medium, self.disk, self.places.engine, at)  # type: ignore[arg-type]
        assert run.outcome in ("accepted", "nothing"), run.told
        media.detached(self.medium, at)  # type: ignore[arg-type]
        self.unplug()
        return self.medium


@pytest.fixture
def rotation(places: Places) -> Rotation:
    return Rotation(places)


def states(medium: Medium) -> list[str]:
    return [one.kind for one in medium.events.order_by("pk")]


def test_a_medium_goes_through_its_states_and_is_offline_only_when_it_was_seen_to_be_gone(
    rotation: Rotation,
) -> None:
    medium = rotation.medium
    assert medium.uuid == UUID
    with pytest.raises(UsageError, match="見えません"):
        media.attached(medium, rotation.devices, NOON)
    rotation.devices[UUID] = ""
    with pytest.raises(UsageError, match="マウントされていません"):
        media.attached(medium, rotation.devices, NOON)
    rotation.plug()
    media.attached(medium, rotation.devices, NOON)
    media.written(medium, rotation.disk, rotation.places.engine, NOON)
    media.detached(medium, NOON)
    assert media.probed(rotation.places.site, rotation.devices, NOON) == []
    medium.refresh_from_db()
    assert medium.state == MediumState.DETACHED  # the button alone makes nothing offline
    rotation.unplug()
    media.probed(rotation.places.site, rotation.devices, NOON + HOUR)
    medium.refresh_from_db()
    assert (medium.state, medium.offline_since) == (MediumState.OFFLINE, NOON + HOUR)
    assert states(medium) == ["registered", "attached", "copied", "verified", "detached", "absent"]
    (copy,) = Generation.objects.filter(medium=medium)
    assert copy.origin is not None
    assert copy.origin.target == rotation.disk


def test_where_the_devices_cannot_be_listed_nothing_is_called_absent(rotation: Rotation) -> None:
    medium = rotation.cycle()
    rotation.devices.gone = True
    media.probed(rotation.places.site, rotation.devices, NOON + HOUR)
    medium.refresh_from_db()
    assert medium.state == MediumState.DETACHED


def test_what_comes_back_as_it_left_is_told_and_what_was_written_in_between_is_an_alarm(
    rotation: Rotation,
) -> None:
    medium = rotation.cycle()
    media.probed(rotation.places.site, rotation.devices, NOON + HOUR)
    medium.refresh_from_db()
    rotation.plug()
    assert media.attached(medium, rotation.devices, NOON + DAY) == []
    assert states(medium)[-1] == "same"
    media.detached(medium, NOON + DAY)
    rotation.unplug()
    media.probed(rotation.places.site, rotation.devices, NOON + DAY + HOUR)
    medium.refresh_from_db()
    (rotation.mount / media.REPOSITORY / "data" / "stranger").write_text("x")
    rotation.plug()
    (told,) = media.attached(medium, rotation.devices, NOON + 2 * DAY)
    assert "書き換えられて" in told
    assert any("書き換えられて" in one.what for one in alarms(rotation.places.site, NOON + 2 * DAY))


def test_an_old_image_of_the_medium_is_known_by_its_counter(rotation: Rotation) -> None:
    rotation.cycle()
    image = (rotation.mount / media.MARK).read_text()
    media.probed(rotation.places.site, rotation.devices, NOON + HOUR)
    rotation.medium.refresh_from_db()
    rotation.cycle(NOON + DAY)
    media.probed(rotation.places.site, rotation.devices, NOON + DAY + HOUR)
    rotation.medium.refresh_from_db()
    assert json.loads(image)["counter"] == 1
    (rotation.mount / media.MARK).write_text(image)
    rotation.plug()
    (told,) = media.attached(rotation.medium, rotation.devices, NOON + 2 * DAY)
    assert "最後に切り離したときのものではありません" in told


def test_media_that_stay_attached_or_appear_outside_a_job_or_are_pulled_early_are_alarms(
    rotation: Rotation,
) -> None:
    site, devices, medium = rotation.places.site, rotation.devices, rotation.medium
    rotation.plug()
    media.attached(medium, devices, NOON)
    assert any("つながったまま" in one.what for one in alarms(site, NOON + 4 * HOUR))
    rotation.unplug()
    (pulled,) = media.probed(site, devices, NOON + 5 * HOUR)
    assert pulled.alarm
    rotation.plug()
    (appeared,) = media.probed(site, devices, NOON + 6 * HOUR)
    assert (appeared.kind, appeared.alarm) == ("appeared", True)
    media.answered(appeared, NOON + 7 * HOUR, "清掃で触れたことを確かめた")
    media.answered(pulled, NOON + 7 * HOUR, "手順を掲示した")
    assert not any(one.what.startswith("媒体") for one in alarms(site, NOON + 7 * HOUR))


def test_damage_on_a_medium_is_found_when_it_is_read_back_and_its_copies_no_longer_count(
    rotation: Rotation,
) -> None:
    rotation.cycle()
    media.probed(rotation.places.site, rotation.devices, NOON + HOUR)
    medium = Medium.objects.get()
    pack = rotation.places.scribble(rotation.mount / media.REPOSITORY)
    assert pack.exists()
    rotation.places.change("new day")
    rotation.places.made(rotation.disk, NOON + DAY)
    rotation.plug()
    media.attached(medium, rotation.devices, NOON + DAY)
    run = media.written(medium, rotation.disk, rotation.places.engine, NOON + DAY)
    assert (run.outcome, run.code) == ("failed", "damaged")
    assert not any(one.counts for one in Generation.objects.filter(medium=medium))


def test_only_so_many_copies_are_kept_on_a_medium(rotation: Rotation) -> None:
    for day in range(1, 5):
        rotation.places.change(f"{day}")
        rotation.places.made(rotation.disk, NOON + day * DAY)
    rotation.cycle(NOON + 5 * DAY)
    there = Generation.objects.filter(medium=rotation.medium)
    assert [one.forgotten_at is None for one in there] == [False, False, True, True, True]


def test_a_medium_that_is_away_is_evidence_of_detachment_for_as_long_as_its_absence_is_seen(
    rotation: Rotation,
) -> None:
    site = rotation.places.site
    rotation.cycle()
    media.probed(site, rotation.devices, NOON + HOUR)
    handed_over(site, NOON + HOUR)
    found = known(site)
    last = found.facts["backup_safest_copy"][-2]
    assert last.value == "detached_except_transfer"
    assert found.facts["backup_safest_copy"][-1].value is None  # unknown from when nobody looked any more
    proof = found.proof(last.entry)
    assert "切り離されています" in proof.body["note"]
    assert "ほかの機械につながっていないことは" in proof.body["note"]


def test_a_lost_medium_takes_its_generations_along(rotation: Rotation) -> None:
    medium = rotation.cycle()
    media.lost(medium, NOON + DAY, "見つからない")
    assert not any(one.counts for one in Generation.objects.filter(medium=medium))
    with pytest.raises(UsageError, match="なくしたもの"):
        media.attached(medium, rotation.devices, NOON + DAY)


def test_media_are_told_apart_by_label_and_uuid(rotation: Rotation) -> None:
    with pytest.raises(UsageError, match="ラベル「RDX-A」の媒体は、もう登録されています"):
        media.registered(rotation.target, " RDX-A ", "1b6c-aa02", NOON)
    with pytest.raises(UsageError, match="「zz zz」はファイルシステムのUUIDではありません"):
        media.registered(rotation.target, "RDX-B", "zz zz", NOON)
    media.lost(rotation.medium, NOON, "廃棄した")
    media.registered(rotation.target, "RDX-A", "1b6c-aa02", NOON)
    assert Medium.objects.count() == 2


def test_media_belong_to_removable_targets_only(places: Places) -> None:
    with pytest.raises(UsageError, match="取り外す媒体"):
        media.registered(places.target(), "A", UUID, NOON)


def test_the_machine_tells_its_file_systems_by_uuid_and_where_they_are_mounted(tmp_path: Path) -> None:
    links = tmp_path / "by-uuid"
    links.mkdir()
    (tmp_path / "sdb1").touch()
    (tmp_path / "sdc1").touch()
    (links / "AA01").symlink_to(tmp_path / "sdb1")
    (links / "BB02").symlink_to(tmp_path / "sdc1")
    mounts = tmp_path / "mounts"
    mounts.write_text(f"proc /proc proc rw 0 0\n{tmp_path / 'sdb1'} /media/RDX\\040A ext4 rw 0 0\n")
    assert Machine(links, mounts).present() == {"aa01": "/media/RDX A", "bb02": ""}


def test_without_names_of_udev_lsblk_is_asked_and_without_it_nothing_is_called_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mitasu.server.continuity import devices
    from mitasu.server.continuity.process import Done

    machine = Machine(tmp_path / "by-nothing", Path("/proc/self/mounts"))
    rows = '{"blockdevices": [{"uuid": "AA-01", "mountpoint": "/mnt"}, {"uuid": null, "mountpoint": null}]}'
    monkeypatch.setattr(devices, "run", lambda *_, **__: Done(0, rows, ""))
    assert machine.present() == {"aa-01": "/mnt"}
    monkeypatch.setattr(devices, "run", lambda *_, **__: Done(1, "", "no"))
    with pytest.raises(OSError, match="読めません"):
        machine.present()


def test_a_target_of_removable_media_is_a_target(rotation: Rotation) -> None:
    assert Target.objects.get(name="rdx").medium == "removable"
