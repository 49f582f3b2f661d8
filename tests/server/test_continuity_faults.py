"""Faults to survive: killed at twenty points, a full disk, a database under writes, a real PostgreSQL."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest
from backup_places import DAY, NOON, Places

from mitasu.server.continuity import keys
from mitasu.server.continuity.models.backups import Generation, Source, State
from mitasu.server.continuity.proving import restored_whole

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
ROOT = Path(__file__).parents[2]


def environment() -> dict[str, str]:
    """With our sources, and never the database of the tests."""
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    return {**kept, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}


def test_killed_at_twenty_points_of_product_and_engine_the_ledger_is_whole_and_the_next_run_is_well(
    places: Places, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(10**6)
    data, folder = tmp_path / "data", tmp_path / "place"
    folder.mkdir()
    words = [sys.executable, str(Path(__file__).with_name("kill_points.py")), str(data), str(folder)]
    done = subprocess.run(
        [*words, str(places.template), str(seed)],
        capture_output=True,
        text=True,
        timeout=280,
        env=environment(),
    )
    assert done.returncode == 0, f"seed {seed}: {done.stderr[-3000:]}"
    found = json.loads(done.stdout)
    told = f"seed {seed}: {found}"
    assert len(found["ends"]) == 20, told
    assert sum(end == signal.SIGKILL for *_, end in found["ends"]) >= 8, told
    assert (found["after"], found["last"]) == (0, "accepted"), told
    assert found["open"] == 0, told
    assert found["numbers"] == list(range(1, len(found["numbers"]) + 1)), told
    assert found["snapshots"] == len(found["numbers"]), told
    assert found["accepted_gone"] == [], told
    assert found["unknown"] == 0, told
    assert found["whole"], told
    assert found["locks"] == 0, told
    assert found["left"] == [], told
    assert "restic" not in found["running"], told


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes."""
    place = tmp_path / "small"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", str(place)]
    mount = subprocess.run(words, capture_output=True, text=True)
    assert mount.returncode == 0, f"this test needs the right to mount a small disk: {mount.stderr}"
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_full_keeps_what_was_there_and_nothing_is_forgotten_to_make_room(
    places: Places, small_disk: Path
) -> None:
    import shutil

    places.charts()
    shutil.copytree(places.template / "repo", small_disk / "repo")
    target = places.target(location=str(small_disk / "repo"))
    first = places.made(target, NOON)
    (places.root / "charts" / "large.bin").write_bytes(os.urandom(12_000_000))
    run = places.run(target, NOON + DAY)
    assert (run.outcome, run.code) == ("failed", "full"), run.told
    assert "世代を消して空けず" in run.told
    assert restored_whole(target, places.engine, NOON + DAY).well
    assert [one.pk for one in Generation.objects.filter(target=target) if one.counts] == [first.pk]
    (places.root / "charts" / "large.bin").unlink()
    places.change("after")
    assert places.made(target, NOON + 2 * DAY).state == State.ACCEPTED


WRITER = """
import sqlite3, sys, time
database = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
number = 0
while True:
    database.execute("BEGIN IMMEDIATE")
    number += 1
    a, b = number % 50 + 1, (number * 7) % 50 + 1
    database.execute("UPDATE account SET amount = amount - 1 WHERE id = ?", (a,))
    database.execute("UPDATE account SET amount = amount + 1 WHERE id = ?", (b,))
    database.execute("INSERT INTO moved (at, a, b) VALUES (?, ?, ?)", (time.time(), a, b))
    database.execute("COMMIT")
    time.sleep(0.002)
"""


def test_a_live_database_under_writes_is_backed_up_whole_twelve_times_of_twelve(places: Places) -> None:
    path = places.root / "live.sqlite3"
    with sqlite3.connect(path) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE account (id INTEGER PRIMARY KEY, amount INTEGER)")
        made.execute("CREATE TABLE moved (at REAL, a INTEGER, b INTEGER)")
        made.executemany("INSERT INTO account (amount) VALUES (?)", [(100,)] * 50)
        made.execute("INSERT INTO moved VALUES (0, 1, 1)")
    Source.objects.create(
        site=places.site,
        name="live",
        label="稼働中",
        kind="sqlite",
        place=str(path),
        sentinels=["account", "moved"],
    )
    target = places.target()
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
    counts = []
    try:
        for number in range(12):
            made_one = places.made(target, NOON + number * DAY / 24)
            reasons = [one for one in made_one.reasons if "離れています" not in one]  # it grows, as it should
            assert reasons == []
            place = places.root / f"back-{number}"
            places.engine.restore(keys.repository(target), made_one.snapshot, place)
            (copy,) = place.rglob("live.sqlite3")
            with sqlite3.connect(copy) as back:
                assert back.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                assert back.execute("SELECT sum(amount) FROM account").fetchone() == (5000,)
                counts.append(back.execute("SELECT count(*) FROM moved").fetchone()[0])
    finally:
        writer.kill()
        writer.wait()
    assert counts == sorted(set(counts))  # written to before every one of them


POSTGRESQL = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
import psycopg
from mitasu.server.continuity import databases
from mitasu.errors import UsageError
address, copy = os.environ["DATABASE_URL"], Path(sys.argv[1])
with psycopg.connect(address) as connection:
    connection.execute("CREATE TABLE orders (id int, at timestamptz, note text)")
    connection.execute("CREATE TABLE empty (id int)")
    for number in range(20):
        connection.execute("INSERT INTO orders VALUES (%s, %s, %s)", (number, datetime(2025, 10, 6, 2, number, tzinfo=UTC), "a\\tb"))
databases.dumped(address, copy, ["orders"])
assert databases.dump_sound(copy)
assert databases.newest_in_dump(copy, "orders.at") == datetime(2025, 10, 6, 2, 19, tzinfo=UTC)
try:
    databases.dumped(address, copy, ["empty"])
except UsageError as error:
    assert "empty" in str(error), error
else:
    raise SystemExit("an empty sentinel was taken")
with copy.open("r+b") as file:
    file.truncate(copy.stat().st_size // 2)
assert not databases.dump_sound(copy)
print("well")
"""


def test_a_real_postgresql_is_dumped_its_sentinels_looked_for_and_its_newest_row_read_back(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(POSTGRESQL))
    done = subprocess.run(
        [str(ROOT / "tools" / "with-postgresql"), sys.executable, str(script), str(tmp_path / "copy.dump")],
        capture_output=True, text=True, timeout=120, env=environment(),
    )  # fmt: skip
    assert done.stdout.strip() == "well", done.stderr[-2000:]
