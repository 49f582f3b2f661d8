"""Restore drills on an empty place with the key in custody: timed by phase, RPO by what is inside."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from backup_places import NOON, Places

from mitasu.errors import InputError, UsageError
from mitasu.server.continuity import drilling, keys
from mitasu.server.continuity.drilling import PHASES, ended, finished, started
from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.escrow import sealed
from mitasu.server.continuity.models.backups import Escrow, RestoreDrill, Source, Target
from mitasu.server.continuity.sealing import Opened, opened
from mitasu.server.continuity.selftest import Shown
from mitasu.server.continuity.setting_up import changed_target, key_back, new_source, new_target
from mitasu.server.ledger.fold import known

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
WORDS = "春の小川はさらさら行くよ"
LAST = datetime(2025, 10, 6, 2, 41, 7, tzinfo=UTC)
"""The last transaction in the database of the tests."""


@pytest.fixture
def target(places: Places) -> Target:
    places.charts()
    path = places.root / "orders.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE orders (at TEXT)")
        made.executemany(
            "INSERT INTO orders VALUES (?)", [((LAST - row * MINUTE).isoformat(),) for row in range(9)]
        )
    new_source(places.site, "orders", "オーダ", "sqlite", str(path), sentinels=["orders"], newest="orders.at")
    made_target = places.target()
    places.made(made_target, NOON)
    return made_target


@pytest.fixture(autouse=True)
def shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's examination is a test of its own."""
    monkeypatch.setattr(drilling.selftest, "examine", lambda *_: [Shown("見つける", True)])


def custody(places: Places, target: Target, custodian: str = "情報係") -> Path:
    path = places.root / f"{custodian}.json"
    sealed(target, custodian, WORDS, path, NOON, work=2**10)
    return path


def test_a_whole_drill_gives_times_by_phase_rto_and_rpo_from_the_restored_data(
    places: Places, target: Target
) -> None:
    key = opened(custody(places, target), WORDS)
    incident = NOON + 30 * MINUTE
    declared = NOON + 40 * MINUTE
    drill = started(target, places.root / "empty", declared, incident=incident, led_by="見本 太郎")
    at = declared
    for phase in PHASES:
        at += 5 * MINUTE
        ended(drill, phase, at, engine=places.engine, key=key)
    finished(drill, at)
    drill.refresh_from_db()
    assert drill.well
    assert drill.rto == 30 * MINUTE
    assert drill.newest_at == LAST
    assert drill.rpo == incident - LAST
    assert drill.newest_from == "オーダの最後の取引"
    assert [step.phase for step in drill.steps.all()] == list(PHASES)
    assert all(step.well and step.ended_at > step.began_at for step in drill.steps.all())
    assert drill.escrow is not None
    assert drill.escrow.used_at is not None
    assert not Path(drill.place).exists()
    found = known(places.site)
    (stretch,) = [one for one in found.facts["backup_recovery_assured"] if one.first == NOON.date()]
    assert stretch.value is True
    assert "復元訓練" in found.proof(stretch.entry).body["note"]


def test_phases_are_ended_in_their_order(places: Places, target: Target) -> None:
    drill = started(target, places.root / "empty", NOON + MINUTE)
    with pytest.raises(UsageError, match="復元を決める"):
        ended(drill, "restore", NOON, engine=places.engine)
    with pytest.raises(UsageError, match="まだ"):
        finished(drill, NOON)
    with pytest.raises(UsageError, match="まだ終わって"):
        started(target, places.root / "other", NOON)


def test_the_incident_of_a_drill_has_happened_and_what_was_made_after_it_is_not_restored(
    places: Places, target: Target
) -> None:
    with pytest.raises(UsageError, match="今より後です"):
        started(target, places.root / "empty", NOON, incident=NOON + MINUTE)
    places.change("暗号にされたもの")
    places.made(target, NOON + 60 * MINUTE)
    key = opened(custody(places, target), WORDS)
    drill = started(target, places.root / "empty", NOON + 90 * MINUTE, incident=NOON + 30 * MINUTE)
    for phase in ("decide", "media", "engine", "restore"):
        ended(drill, phase, NOON + 91 * MINUTE, engine=places.engine, key=key)
    assert drill.generation is not None
    assert drill.generation.number == 1
    finished(drill, NOON + 92 * MINUTE, given_up="試し")
    early = started(target, places.root / "other", NOON + 93 * MINUTE, incident=NOON - MINUTE)
    for phase in ("decide", "media", "engine"):
        ended(early, phase, NOON + 94 * MINUTE, engine=places.engine)
    with pytest.raises(UsageError, match="より前に受け入れた世代が、この保管先にありません"):
        ended(early, "restore", NOON + 95 * MINUTE, engine=places.engine, key=key)


def test_a_drill_needs_an_empty_place(places: Places, target: Target) -> None:
    with pytest.raises(UsageError, match="空ではありません"):
        started(target, places.root, NOON)
    assert not RestoreDrill.objects.exists()


def to_restore(places: Places, target: Target) -> RestoreDrill:
    drill = started(target, places.root / "empty", NOON + MINUTE)
    for phase in ("decide", "media", "engine"):
        ended(drill, phase, NOON, engine=places.engine)
    return drill


def test_a_wrong_key_is_named_as_such_and_the_right_one_may_follow(places: Places, target: Target) -> None:
    drill = to_restore(places, target)
    with pytest.raises(UsageError, match="預けた鍵"):
        ended(drill, "restore", NOON, engine=places.engine)
    with pytest.raises(EngineError, match="鍵が違います") as told:
        ended(drill, "restore", NOON, engine=places.engine, key=Opened("another", "disk", "情報係"))
    assert told.value.kind == "key"
    assert drill.steps.get(phase="restore").well is False
    key = opened(custody(places, target), WORDS)
    assert ended(drill, "restore", NOON, engine=places.engine, key=key).well


def test_the_drill_works_from_custody_alone_when_the_key_on_the_machine_is_lost(
    places: Places, target: Target
) -> None:
    key = opened(custody(places, target), WORDS)
    (keys.folder() / target.key).unlink()
    assert places.run(target, NOON).code == "key"
    drill = to_restore(places, target)
    assert ended(drill, "restore", NOON, engine=places.engine, key=key).well
    assert ended(drill, "verify", NOON, engine=places.engine).well


def test_what_was_restored_wrong_ends_the_drill_in_failure_and_the_fact_is_false(
    places: Places, target: Target
) -> None:
    drill = to_restore(places, target)
    ended(drill, "restore", NOON, engine=places.engine, key=opened(custody(places, target), WORDS))
    (copy,) = Path(drill.place).rglob("orders.sqlite3")
    copy.write_bytes(copy.read_bytes()[:-100])
    with pytest.raises(UsageError, match="違うところ"):
        ended(drill, "verify", NOON, engine=places.engine)
    finished(drill, NOON, given_up="データベースが開けない")
    found = known(places.site)
    assert found.facts["backup_recovery_assured"][-2].value is False


# ---- custody ---------------------------------------------------------------------------------------------


def test_the_key_opens_with_the_passphrase_only_and_only_from_an_unchanged_file(
    places: Places, target: Target
) -> None:
    path = custody(places, target)
    assert path.stat().st_mode & 0o777 == 0o600
    secret = (keys.folder() / target.key).read_text()
    assert secret not in path.read_text()
    assert opened(path, WORDS) == Opened(secret, "disk", "情報係")
    with pytest.raises(UsageError, match="合言葉が違うか"):
        opened(path, WORDS[:-1])
    said = json.loads(path.read_text())
    path.write_text(json.dumps(said | {"custodian": "別の人"}))
    with pytest.raises(UsageError, match="書き換えられて"):
        opened(path, WORDS)
    path.write_text("{}")
    with pytest.raises(UsageError, match="預けたファイルではありません"):
        opened(path, WORDS)


def test_short_passphrases_and_files_that_are_there_are_refused(places: Places, target: Target) -> None:
    with pytest.raises(UsageError, match="12文字以上"):
        sealed(target, "情報係", "short", places.root / "a.json", NOON)
    (places.root / "b.json").write_text("mine")
    with pytest.raises(UsageError, match="もうあります"):
        sealed(target, "情報係", WORDS, places.root / "b.json", NOON, work=2**10)
    assert not Escrow.objects.exists()


# ---- setting up ------------------------------------------------------------------------------------------


def test_everything_wrong_with_a_target_is_told_at_once(places: Places) -> None:
    with pytest.raises(InputError) as told:
        new_target(places.site, "Disk 1", "", "dsk", "somewhere", keep=2, origin="nas")
    text = str(told.value)
    assert len(told.value.problems) == 6
    assert "近いもの: disk" in text
    assert "3以上" in text
    assert not Target.objects.exists()


def test_one_place_is_never_two_targets(places: Places) -> None:
    first = new_target(places.site, "disk", "ディスク", "disk", str(places.root / "repo"))
    with pytest.raises(InputError, match="この場所は、保管先「disk」がもう使っています"):
        new_target(places.site, "nas", "NAS", "nas", f"{places.root}/x/../repo/")
    first.active = False
    first.save()
    new_target(places.site, "nas", "NAS", "nas", str(places.root / "repo"))


def test_a_target_is_changed_and_its_generations_stay(places: Places, target: Target) -> None:
    changed_target(target, label="新しい名前", keep=5, every_hours=12)
    target.refresh_from_db()
    assert (target.label, target.keep, target.schedule.every_hours, target.generations.count()) == (
        "新しい名前", 5, 12, 1,
    )  # fmt: skip
    with pytest.raises(InputError, match="3以上"):
        changed_target(target, keep=2)


def test_a_key_out_of_custody_is_put_back_only_where_it_opens_the_target(
    places: Places, target: Target
) -> None:
    right, wrong = places.root / "right", places.root / "wrong"
    right.write_text((keys.folder() / target.key).read_text())
    wrong.write_text("another-key\n")
    (keys.folder() / target.key).unlink()
    there = sorted(keys.folder().iterdir())
    with pytest.raises(EngineError, match="鍵が違います"):
        key_back(target, wrong, places.engine)
    assert sorted(keys.folder().iterdir()) == there
    assert key_back(target, right, places.engine) == 1
    assert (keys.folder() / Target.objects.get(pk=target.pk).key).read_text() == right.read_text()


def test_everything_wrong_with_a_source_is_told_at_once(places: Places) -> None:
    with pytest.raises(InputError) as told:
        new_source(places.site, "a", "A", "directory", "/nowhere", covers=["chart"], newest="x")
    assert len(told.value.problems) == 4
    assert "近いもの: charts" in str(told.value)
    with pytest.raises(InputError, match="この製品の鍵"):
        new_source(places.site, "a", "A", "directory", str(keys.room().parent), sentinels=["x"])
    with pytest.raises(InputError, match="パスワードを書かない"):
        new_source(
            places.site, "a", "A", "postgresql", "postgresql://u:secret@host/name", sentinels=["orders"]
        )
    assert not Source.objects.exists()


def test_credentials_of_a_server_are_kept_in_a_file_and_never_in_the_table(places: Places) -> None:
    file = places.root / "credentials"
    file.write_text("mitasu:pass@word\n")
    made = new_target(
        places.site, "host", "別の機械", "host", "rest:http://backup.example:8000/", append_only=True,
        credentials_file=file,
    )  # fmt: skip
    from mitasu.server.continuity import restic

    assert restic._address(keys.repository(made)) == "rest:http://mitasu:pass%40word@backup.example:8000/"
    assert "pass" not in made.location + made.credentials
    assert (keys.folder() / made.credentials).stat().st_mode & 0o777 == 0o600
