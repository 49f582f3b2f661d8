"""A backup by the application beside bare restic, of the same tree, in the same run; budget 1.15 times.

`python -m bench.backup [MB]` (default 300; the budget is for 2000, since listing and checking cost a second or so
whatever the size, most of it the key, which is slow by design) makes a tree like a hospital's: a
SQLite database, many small JSON files, images that do not compress, logs. Then both store it for the first time into
new repositories, by turns, and once more with nothing changed: three times each, the one that begins changing, with
what was written before brought to the disk first, so that nobody pays for another's. Medians count.

Bare restic is `restic backup` as a person types it, with the same key and priority. The application also copies the
database consistently, hashes witnesses, lists what was stored, and checks the structure; it lets the engine use more
memory than the engine would by itself (`GOGC`), which is a part of what is compared. Wall and CPU time are printed,
since a busy machine or disk stretches the wall.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any

BUDGET = 1.15
LARGE = 1500
"""Megabytes from which the budget counts."""
PAIRS = 3
BEFORE = ["setpriv", "--pdeathsig", "KILL", "nice", "-n", "10"]
"""Bare restic runs with the same priority."""


def tree(folder: Path, megabytes: int) -> tuple[int, int]:
    """Makes the tree; files and bytes in it."""
    chance = random.Random(1)  # noqa: S311 - the same tree every time
    folder.mkdir()
    (folder / "VERSION").write_text("1\n")
    with sqlite3.connect(folder / "charts.sqlite3") as database:
        database.execute("CREATE TABLE chart (id INTEGER PRIMARY KEY, body TEXT)")
        for _ in range(megabytes * 20 // 100):
            rows = [(json.dumps({"text": chance.randbytes(200).hex()}),) for _ in range(2400)]
            database.executemany("INSERT INTO chart (body) VALUES (?)", rows)
    (folder / "json").mkdir()
    for number in range(megabytes * 15):
        place = folder / "json" / f"{number % 100:02}"
        place.mkdir(exist_ok=True)
        (place / f"{number}.json").write_text(json.dumps({"n": number, "text": chance.randbytes(300).hex()}))
    (folder / "images").mkdir()
    for number in range(max(1, megabytes * 65 // 100 // 2)):
        (folder / "images" / f"{number}.bin").write_bytes(chance.randbytes(2 * 2**20))
    (folder / "log.csv").write_text("at,what,who\n" + "2025-10-06,見た,見本\n" * (megabytes * 2000))
    files = [path for path in folder.rglob("*") if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files)


def cpu() -> float:
    """CPU seconds of this process and of those it waited for."""
    found = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in found)


def taken(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and CPU seconds, with nothing waiting to be written when it begins."""
    os.sync()
    wall, used = time.perf_counter(), cpu()
    work()
    return time.perf_counter() - wall, cpu() - used


def bare(repository: Path, key: Path, folder: Path) -> None:
    """restic as it is typed."""
    words = ["restic", "--repo", str(repository), "--password-file", str(key), "--no-cache"]
    subprocess.run([*BEFORE, *words, "backup", "--json", str(folder)], check=True, stdout=subprocess.DEVNULL)


def line(what: str, row: tuple[float, ...]) -> str:
    """A line of the table."""
    wall, used, bare_wall, bare_used = row
    return (
        f"{what:<26}{wall:>10.1f}{used:>10.1f}{bare_wall:>12.1f}{bare_used:>10.1f}"
        f"{wall / bare_wall:>12.2f}{used / bare_used:>11.2f}"
    )


def main(megabytes: int) -> int:
    """Prints the table; 1 where the budget is exceeded by CPU and by wall time."""
    with tempfile.TemporaryDirectory(prefix="mitasu-bench-") as name:
        place = Path(name)
        os.environ["MITASU_DATA"] = str(place / "data")
        from mitasu.server.config import serve

        serve.prepare(place / "data", demo=False)
        serve.migrate()
        from django.utils import timezone

        from mitasu.server.accounts.models import Site
        from mitasu.server.continuity import jobs, keys, selftest
        from mitasu.server.continuity.backing import backed_up
        from mitasu.server.continuity.engine import Repository
        from mitasu.server.continuity.models.backups import Target
        from mitasu.server.continuity.setting_up import new_source, new_target

        folder = place / "tree"
        files, size = tree(folder, megabytes)
        print(
            f"{files:,} files, {size / 1e6:,.0f} MB, on a machine with {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        site = Site.objects.create(slug="bench", name="Bench", sector="medical", kind="hospital")
        new_source(site, "tree", "tree", "directory", str(folder), sentinels=["VERSION"])
        engine = jobs.engine()
        selftest.gate(engine, keys.room())
        at = timezone.now()

        def ours(target: Target) -> None:
            nonlocal at
            at += timedelta(hours=1)
            run = backed_up(target, engine, at)
            if run.outcome != "accepted":
                raise SystemExit(run.told)

        found: dict[str, list[tuple[float, ...]]] = {}
        for number in range(PAIRS):
            target = new_target(site, f"disk-{number}", "disk", "disk", str(place / f"ours-{number}"))
            engine.init(keys.repository(target))
            Target.objects.filter(pk=target.pk).update(ready=True)
            target.refresh_from_db()
            key = keys.folder() / target.key
            engine.init(Repository(str(place / "bare"), key))
            for what in ("first backup", "nothing changed"):
                works = {"ours": partial(ours, target), "bare": partial(bare, place / "bare", key, folder)}
                turns = list(works) if number % 2 else list(reversed(works))
                times = {name: taken(works[name]) for name in turns}
                found.setdefault(what, []).append((*times["ours"], *times["bare"]))
            for name in (f"ours-{number}", "bare"):
                shutil.rmtree(place / name)
        print(
            f"{'':<26}{'wall s':>10}{'CPU s':>10}{'bare wall':>12}{'bare CPU':>10}{'ratio wall':>12}{'ratio CPU':>11}"
        )
        for what, rows in found.items():
            for row in rows:
                print(line(what, row))
        medians = {
            what: tuple(statistics.median(column) for column in zip(*rows, strict=True))
            for what, rows in found.items()
        }
        for what, row in medians.items():
            print(line(f"{what}, median", row))
        wall, used, bare_wall, bare_used = medians["first backup"]
        over = megabytes >= LARGE and min(wall / bare_wall, used / bare_used) > BUDGET
        shutil.rmtree(place / "tree")
        print(
            f"budget of the first backup from {LARGE} MB: {BUDGET} times bare restic{'  over budget' if over else ''}"
        )
        return int(over)


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 300))
