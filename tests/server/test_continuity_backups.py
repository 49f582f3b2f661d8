"""Backups with the real engine: what counts as a generation, and what does not although the engine says success."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from backup_places import DAY, NOON, Places

from mitasu.server.continuity import keys, selftest
from mitasu.server.continuity.engine import EngineError, Repository
from mitasu.server.continuity.models.backups import Generation, Run, Source, State, Target
from mitasu.server.continuity.process import Done
from mitasu.server.continuity.proving import sampled
from mitasu.server.continuity.restic import Restic

pytestmark = pytest.mark.django_db


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_three_runs_make_three_accepted_generations_and_the_restored_tree_is_the_same(places: Places) -> None:
    source, target = places.charts(), places.target()
    for day in range(3):
        places.change(f"day {day}")
        made = places.made(target, NOON + day * DAY)
        assert (made.state, made.reasons) == (State.ACCEPTED, [])
    assert [one.number for one in Generation.objects.filter(target=target)] == [1, 2, 3]
    assert made.files == 14
    assert made.parts[0]["covers"] == ["charts", "orders", "claims"]
    place = places.root / "back"
    places.engine.restore(keys.repository(target), made.snapshot, place)
    assert hashes(Path(f"{place}{source.place}")) == hashes(Path(source.place))


def test_the_first_run_makes_the_repository_and_a_key_that_only_we_can_read(places: Places) -> None:
    places.charts()
    target = Target.objects.create(
        site=places.site, name="new", label="新しい", medium="disk", location=str(places.root / "new"),
        key=keys.made("new"),
    )  # fmt: skip
    assert places.made(target).state == State.ACCEPTED
    assert (keys.folder() / target.key).stat().st_mode & 0o777 == 0o600
    target.refresh_from_db()
    assert target.ready


def test_a_place_that_was_there_and_is_gone_is_never_made_anew(places: Places) -> None:
    places.charts()
    target = places.target()
    places.made(target)
    (places.root / "repo-disk").rename(places.root / "elsewhere")
    run = places.run(target, NOON + DAY)
    assert (run.outcome, run.code) == ("failed", "place")
    assert not (places.root / "repo-disk").exists()


def test_a_source_that_is_missing_makes_the_generation_rejected(places: Places) -> None:
    places.charts()
    Source.objects.create(
        site=places.site, name="orders", label="オーダ", kind="directory", place=str(places.root / "nowhere")
    )
    made = places.made(places.target())
    assert made.state == State.REJECTED
    assert "オーダ" in made.reasons[0]
    assert "ありません" in made.reasons[0]


def test_an_empty_source_is_named_before_the_engine_is_asked(places: Places) -> None:
    source = places.charts()
    for path in Path(source.place).iterdir():
        path.unlink()
    run = places.run(places.target())
    assert (run.outcome, run.code) == ("failed", "source")
    assert "空です" in run.told or "目印" in run.told


class Late(Restic):
    """A source is lost between our look at it and the engine's: the engine itself ends with success."""

    folder: Path
    victims: tuple[str, ...] = ("*",)

    def backup(self, *arguments: Any, **options: Any) -> Any:
        for pattern in self.victims:
            for path in sorted(self.folder.glob(pattern)):
                path.unlink()
        return super().backup(*arguments, **options)


@pytest.mark.parametrize(
    ("victims", "told"), [(("*",), "ファイルが一つもありません"), (("VERSION",), "目印")]
)
def test_what_is_lost_before_the_engine_looks_is_missed_in_the_copy_though_the_engine_says_success(
    places: Places, victims: tuple[str, ...], told: str
) -> None:
    source = places.charts()
    engine = Late(limit=60, temporary=places.root)
    engine.folder, engine.victims = Path(source.place), victims
    made = places.made(places.target(), engine=engine)
    assert made.state == State.REJECTED
    assert any(told in reason for reason in made.reasons)


def test_files_that_the_engine_could_not_read_make_the_copy_not_count(places: Places) -> None:
    class HalfBlind(Restic):
        def _unlocked(self, repository: Repository, *words: str) -> Any:
            done = super()._unlocked(repository, *words)
            return Done(3, done.out, done.said) if words[0] == "backup" else done

    places.charts()
    made = places.made(places.target(), engine=HalfBlind(limit=60, temporary=places.root))
    assert made.state == State.REJECTED
    assert "読めなかった" in made.reasons[0]


def test_a_repository_that_is_there_already_is_taken_over_with_its_key(places: Places) -> None:
    places.charts()
    target = places.target(ready=False)
    assert places.made(target).state == State.ACCEPTED
    other = places.target("other", ready=False)
    (keys.folder() / other.key).write_text("another")
    assert places.run(other).code == "key"


def test_names_with_special_signs_are_sampled_and_left_out_as_they_are(places: Places) -> None:
    source = places.charts(2)
    for name in ("a[1]*?.json", "b$HOME.json", "c\\d 見本.json"):
        (Path(source.place) / name).write_text(name * 30)
    database(Path(source.place) / "x[$1].sqlite3")
    target = places.target()
    made = places.made(target)
    assert made.state == State.ACCEPTED, made.reasons
    _, held = places.engine.files(keys.repository(target), made.snapshot)
    assert sum("x[$1]" in one.path for one in held) == 1
    found = sampled(target, places.engine, NOON)
    assert (found.tried, found.wrong) == (len(made.witnesses), 0)


def test_a_copy_that_has_shrunk_is_rejected_until_a_person_says_why(places: Places) -> None:
    source, target = places.charts(20), places.target()
    places.made(target)
    for number in range(8):
        (Path(source.place) / f"chart-{number}.json").unlink()
    made = places.made(target, NOON + DAY)
    assert made.state == State.REJECTED
    assert "ファイルの数が14" in made.reasons[0]


def test_a_clock_that_goes_back_makes_no_generation(places: Places) -> None:
    places.charts()
    target = places.target()
    places.made(target, NOON)
    back = places.made(target, NOON - 3 * DAY)
    assert back.state == State.REJECTED
    assert "時計が戻っています" in back.reasons[0]
    assert places.made(target, NOON + DAY).state == State.ACCEPTED


def test_much_changed_into_what_looks_encrypted_is_quarantined_and_forgetting_stops(places: Places) -> None:
    source, target = places.charts(30), places.target()
    places.made(target)
    for number in range(20):
        path = Path(source.place) / f"chart-{number}.json"
        path.write_bytes(os.urandom(path.stat().st_size))
    made = places.made(target, NOON + DAY)
    assert made.state == State.QUARANTINED
    assert "ランサムウェア" in made.reasons[0]
    target.refresh_from_db()
    assert target.held_since is not None


def test_much_changed_into_plain_text_is_only_a_change(places: Places) -> None:
    source, target = places.charts(30), places.target()
    places.made(target)
    for number in range(20):
        path = Path(source.place) / f"chart-{number}.json"
        path.write_text("改めた" * 120)
    assert places.made(target, NOON + DAY).state == State.ACCEPTED


def test_a_full_disk_is_told_before_it_is_full(places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil
    from collections import namedtuple

    places.charts()
    target = places.target()
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**9, 10**9, 100))
    run = places.run(target)
    assert (run.outcome, run.code) == ("failed", "full")
    assert not Generation.objects.exists()


def test_the_wrong_key_and_a_lost_key_are_named_as_such(places: Places) -> None:
    places.charts()
    target = places.target()
    (keys.folder() / target.key).write_text("another")
    assert places.run(target).code == "key"
    (keys.folder() / target.key).unlink()
    assert "鍵のファイル" in places.run(target).told


def test_nothing_said_in_a_log_names_a_file_of_a_source(places: Places) -> None:
    from mitasu.server.continuity.process import tail

    said = tail("error: open /srv/charts/見本 太郎.json: no\nrest:http://u:secret@host/", ["/srv/charts"])
    assert "太郎" not in said
    assert "secret" not in said
    assert "/srv/charts/…" in said


# ---- databases -------------------------------------------------------------------------------------------


def database(path: Path, rows: int = 50) -> Path:
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, at TEXT, amount INTEGER)")
        made.executemany(
            "INSERT INTO orders (at, amount) VALUES (?, ?)",
            [(f"2025-10-06T02:{row % 60:02}:00+00:00", row) for row in range(rows)],
        )
    return path


def test_a_database_is_copied_whole_and_its_sentinel_table_looked_for(places: Places) -> None:
    path = database(places.root / "orders.sqlite3")
    source = Source.objects.create(
        site=places.site, name="orders", label="オーダ", kind="sqlite", place=str(path), sentinels=["orders"]
    )
    target = places.target()
    made = places.made(target)
    assert made.state == State.ACCEPTED
    place = places.root / "back"
    places.engine.restore(keys.repository(target), made.snapshot, place)
    (copy,) = place.rglob("orders.sqlite3")
    with sqlite3.connect(copy) as back:
        assert back.execute("SELECT count(*) FROM orders").fetchone() == (50,)
    source.sentinels = ["patients"]
    source.save()
    assert "目印の表「patients」" in places.run(target, NOON + DAY).told


def test_a_database_inside_a_folder_is_never_given_to_the_engine_as_it_lies_there(places: Places) -> None:
    source = places.charts()
    path = database(Path(source.place) / "hidden.dat")
    writer = sqlite3.connect(path)
    writer.execute("INSERT INTO orders (at, amount) VALUES ('x', 1)")
    writer.commit()
    target = places.target()
    made = places.made(target)
    writer.close()
    assert made.state == State.ACCEPTED, made.reasons
    _, held = places.engine.files(keys.repository(target), made.snapshot)
    names = [one.path for one in held if "hidden.dat" in one.path]
    assert len(names) == 1
    assert "/staging/" in names[0]


def test_what_a_database_writes_beside_itself_only_after_we_looked_is_not_given_to_the_engine_either(
    places: Places,
) -> None:
    source = places.charts()
    path = Path(source.place) / "late.dat"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE orders (id INTEGER)")
    made.close()

    class Later(Restic):
        def backup(self, *arguments: Any, **options: Any) -> Any:
            for ending in ("-wal", "-shm", "-journal"):
                Path(f"{path}{ending}").write_bytes(b"pages of patients")
            return super().backup(*arguments, **options)

    target = places.target()
    made_one = places.made(target, engine=Later(limit=60, temporary=places.root))
    assert made_one.state == State.ACCEPTED, made_one.reasons
    _, held = places.engine.files(keys.repository(target), made_one.snapshot)
    assert [Path(one.path).name for one in held if "late.dat" in one.path] == ["late.dat"]


def test_the_data_of_a_running_database_server_is_refused(places: Places) -> None:
    source = places.charts()
    cluster = Path(source.place) / "pg"
    (cluster / "global").mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("15\n")
    assert "PostgreSQL の動いている" in places.run(places.target()).told


def test_a_dump_of_another_system_that_is_stale_does_not_count(places: Places) -> None:
    source = places.charts()
    Source.objects.filter(pk=source.pk).update(kind="dump", fresh_hours=24)
    target = places.target()
    old = (NOON - timedelta(hours=30)).timestamp()
    for path in Path(source.place).iterdir():
        os.utime(path, (old, old))
    assert "最後に書き出されたのは" in places.run(target).told
    os.utime(Path(source.place) / "VERSION", (NOON.timestamp(), NOON.timestamp()))
    assert places.run(target).outcome == State.ACCEPTED


def test_the_application_backs_up_itself_but_never_the_keys_of_its_backups(places: Places) -> None:
    (keys.room().parent / "anchor.key").write_text("anchor")
    Source.objects.create(site=places.site, name="own", label="Mitasu", kind="own")
    target = places.target()
    import mitasu.server.ledger.snapshot as snapshot

    with pytest.MonkeyPatch.context() as patch:  # the database of the tests lies in memory
        patch.setattr(snapshot, "_database", lambda folder: database(folder / "mitasu.sqlite3") and None)
        made = places.made(target)
    assert made.state == State.ACCEPTED, made.reasons
    _, held = places.engine.files(keys.repository(target), made.snapshot)
    names = {Path(one.path).name for one in held}
    assert {"mitasu.sqlite3", "manifest.json", "anchor.key"} <= names
    assert target.key not in names


# ---- the engine ------------------------------------------------------------------------------------------


def test_the_engine_shows_that_it_finds_damage_before_it_is_trusted(tmp_path: Path) -> None:
    found = selftest.examine(Restic(limit=60), tmp_path)
    assert [one.what for one in found if not one.well] == []
    assert len(found) == 6
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_finds_no_damage_is_refused(tmp_path: Path) -> None:
    class Blind(Restic):
        def _checked(self, repository: Repository, *words: str) -> Any:
            from mitasu.server.continuity.engine import Checked

            return Checked(True)

    with pytest.raises(EngineError, match="1ビットの違い") as told:
        selftest.gate(Blind(limit=60), tmp_path)
    assert told.value.kind == "behaviour"


def test_the_engine_may_use_memory_within_a_limit_and_what_the_operator_set_himself_stays(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from mitasu.server.continuity import restic

    told: list[dict[str, str]] = []

    def noted(_: Any, **more: Any) -> Done:
        told.append(more["environment"])
        return Done(0, "null", "")

    monkeypatch.setattr(restic, "run", noted)
    for name in ("GOGC", "GOMEMLIMIT"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "key").write_text("key")
    repository = Repository(str(tmp_path), tmp_path / "key")
    Restic(temporary=tmp_path).snapshots(repository)
    monkeypatch.setenv("GOGC", "50")
    Restic(temporary=tmp_path).snapshots(repository)
    assert told[0]["GOGC"] == "400"
    assert int(told[0]["GOMEMLIMIT"]) >= 2**30
    assert "GOGC" not in told[1]


def test_a_listing_of_more_files_than_are_read_at_once_is_whole_and_in_order(
    monkeypatch: pytest.MonkeyPatch, places: Places
) -> None:
    from mitasu.server.continuity import restic

    source, target = places.charts(30), places.target()
    (Path(source.place) / "next\x85line\u2028 見本.json").write_text(
        "a name that Python would break in lines"
    )
    made = places.made(target)
    assert made.state == State.ACCEPTED, made.reasons
    _, at_once = places.engine.files(keys.repository(target), made.snapshot)
    monkeypatch.setattr(restic, "MANY", 7)
    _, held = places.engine.files(keys.repository(target), made.snapshot)
    assert held == at_once
    names = sorted(str(path) for path in Path(source.place).iterdir())
    assert sorted(one.path for one in held) == names
    assert len(names) == 33


def test_an_old_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from mitasu.server.continuity import restic

    monkeypatch.setattr(restic, "run", lambda *_, **__: Done(0, "restic 0.11.0 compiled with go1.15\n", ""))
    with pytest.raises(EngineError, match=r"0\.14 以降"):
        Restic().version()


def test_only_our_own_dead_lock_is_removed_and_that_is_written_down(places: Places) -> None:
    places.charts()
    target = places.target()
    places.made(target)
    place = Path(target.location)
    holder = subprocess.Popen(
        ["restic", "-r", str(place), "--password-file", str(keys.folder() / target.key), "backup", "--stdin"],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: any((place / "locks").iterdir()))
    alive = places.run(target, NOON + DAY)
    assert alive.code == "locked"
    assert "使用中" in alive.told
    holder.kill()  # and nobody waits for it, as where no init does
    wait_for(lambda: ") Z" in Path(f"/proc/{holder.pid}/stat").read_text())
    after = places.run(target, NOON + 2 * DAY)
    assert after.outcome == State.ACCEPTED
    assert "ロック" in after.log
    assert not any((place / "locks").iterdir())
    holder.communicate()


def wait_for(condition: Any) -> None:
    import time

    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_an_interrupted_run_stored_is_known_but_does_not_count(places: Places) -> None:
    source, target = places.charts(), places.target()
    run = Run.objects.create(target=target, began_at=NOON, phase="store", host=os.uname().nodename, pid=1)
    places.engine.backup(
        keys.repository(target), [Path(source.place)], tags=["mitasu", f"mitasu-run-{run.pk}"]
    )
    assert places.run(target, NOON + DAY).outcome == State.ACCEPTED
    run.refresh_from_db()
    assert run.outcome == "interrupted"
    first, second = Generation.objects.filter(target=target)
    assert (first.state, second.state) == (State.REJECTED, State.ACCEPTED)
    assert first.run == run
