"""Run as a program: backs up again and again, and is killed at twenty points of the product and of the engine.

Each run is a process of its own, forked from this one, on a real database in a file. What is found in the end is
printed as JSON; `test_continuity_faults` says what it has to be.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

PHASES = ("engine", "sources", "room", "store", "look", "structure", "decide", "done")
START = datetime(2025, 10, 6, 3, 0, tzinfo=UTC)


def points(chance: random.Random, storing: float) -> list[tuple[str, Any]]:
    """Eight phases at whose beginning the product is killed; six moments for both, six for the engine alone.

    `storing`: so many seconds the engine stores when nobody disturbs it on this machine; the moments lie within.
    """
    return [
        *(("product", phase) for phase in PHASES),
        *(("both", storing * chance.uniform(0.05, 0.7)) for _ in range(6)),
        *(("engine", storing * chance.uniform(0.05, 0.7)) for _ in range(6)),
    ]


def engines_of(parent: int) -> list[int]:
    """The processes of restic that a process started (by way of nice and setpriv, which become it)."""
    children = Path(f"/proc/{parent}/task").glob("*/children")
    return [int(one) for file in children for one in file.read_text().split()]


def backup_in_child(target: Any, at: datetime, point: tuple[str, Any] | None, folder: Path) -> int:
    """A run in a process of its own; returns how it ended."""
    from django.db import connections

    connections.close_all()
    pid = os.fork()
    if pid:
        return os.waitpid(pid, 0)[1]
    try:
        from mitasu.server.continuity.backing import backed_up
        from mitasu.server.continuity.restic import Restic

        def strike(phase: str) -> None:
            if point is None:
                (folder / f"at-{phase}").write_text(str(time.monotonic()))
                return
            kind, where = point
            if kind == "product" and phase == where:
                os.kill(os.getpid(), signal.SIGKILL)
            if kind != "product" and phase == "store":
                threading.Thread(target=later, args=(kind, where), daemon=True).start()

        def later(kind: str, wait: float) -> None:
            time.sleep(wait)
            if kind == "both":
                os.kill(os.getpid(), signal.SIGKILL)
            for engine in engines_of(os.getpid()):
                os.kill(engine, signal.SIGKILL)

        backed_up(target, Restic(limit=60, temporary=folder), at, step=strike)
        os._exit(0)
    except BaseException as error:
        print(repr(error), file=sys.stderr)
        os._exit(9)


def main(data: Path, folder: Path, template: Path, seed: int) -> None:
    os.environ["MITASU_DATA"] = str(data)
    from mitasu.server.config import serve

    serve.prepare(data, demo=False)
    serve.migrate()
    sys.path.insert(0, str(Path(__file__).parent))
    from backup_places import Places, trusted

    from mitasu.server.accounts.models import Site
    from mitasu.server.continuity import keys
    from mitasu.server.continuity.models.backups import Generation, Run, State

    trusted(keys.room())
    site = Site.objects.create(slug="hospital", name="見本病院", sector="medical", kind="hospital")
    places = Places(site, folder, template)
    places.charts(100)
    target = places.target()
    chance = random.Random(seed)  # noqa: S311 - repeatable
    (folder / "charts" / "scan.bin").write_bytes(chance.randbytes(1_500_000))
    backup_in_child(target, START - timedelta(days=1), None, folder)
    began, ended = (float((folder / f"at-{phase}").read_text()) for phase in ("store", "look"))
    ends = []
    for number, point in enumerate(points(chance, ended - began)):
        (folder / "charts" / "scan.bin").write_bytes(chance.randbytes(1_500_000))
        ends.append([*point, backup_in_child(target, START + number * timedelta(days=1), point, folder)])
    after = backup_in_child(target, START + timedelta(days=30), None, folder)
    repository = keys.repository(target)
    listed = places.engine.snapshots(repository)
    rows = list(Generation.objects.filter(target=target))
    print(
        json.dumps(
            {
                "ends": ends,
                "after": after,
                "last": Run.objects.order_by("pk").last().outcome,  # type: ignore[union-attr]
                "told": Run.objects.order_by("pk").last().told,  # type: ignore[union-attr]
                "open": Run.objects.filter(outcome="").count(),
                "all_told": list(Run.objects.order_by("pk").values_list("told", flat=True)),
                "outcomes": list(Run.objects.order_by("pk").values_list("outcome", flat=True)),
                "unlocked": Run.objects.filter(log__contains="ロック").count(),
                "numbers": [one.number for one in rows],
                "snapshots": len({one.snapshot for one in rows}),
                "accepted_gone": [
                    one.number
                    for one in rows
                    if one.state == State.ACCEPTED and one.snapshot not in {row.snapshot for row in listed}
                ],
                "unknown": len({one.snapshot for one in listed} - {one.snapshot for one in rows}),
                "whole": places.engine.verify(repository, 1, 1).well,
                "locks": len(places.engine.locks(repository)),
                "left": [str(one) for one in (keys.room() / "staging").rglob("*") if one.is_file()],
                "running": subprocess.run(
                    ["pgrep", "-f", str(folder)], capture_output=True, text=True
                ).stdout,
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
