"""Benchmark of many sites: the matrix of 300 by the whole rulebook, cold and warm, beside the least that gives the table.

`python -m bench.matrix` makes a data folder of its own, plants the sites, and measures a signed-in client
against the application in the same process: wall time and CPU time, medians. Cold is the first request of a day
on which nothing was prepared. Every addition of the rulebook is judged at every site; columns are those in
force on the day. Beside it stands a view
written by hand that reads the same rows and joins the same table as text, without forms, filters, marks
from the rules, or an audit trail.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date
from typing import Any

SITES = 300
ON = date(2026, 11, 22)
WARM_ROUNDS = 7
BUDGET = 2_000
"""Milliseconds within which the page answers, cold and warm."""


COLD, WARM = "matrix, cold: every site judged", "matrix, warm"


def measured(work: Callable[[], Any], rounds: int) -> tuple[float, float]:
    """Median wall and CPU milliseconds of one call."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    return statistics.median(walls), statistics.median(cpus)


def by_hand(user: Any) -> str:
    """The same table from the same rows, as text."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.slug, s.name, s.code, t.rows FROM accounts_site s"
            " JOIN accounts_membership m ON m.site_id = s.id"
            ' JOIN sites_standing t ON t.site_id = s.id AND t."on" = %s'
            " WHERE m.user_id = %s ORDER BY s.name",
            [ON, user.pk],
        )
        found = cursor.fetchall()
    import json

    rows = [(slug, name, code, json.loads(kept)) for slug, name, code, kept in found]
    columns = list(dict.fromkeys(id_ for *_, kept in rows for id_ in kept["cells"]))
    lines = []
    for slug, name, code, kept in rows:
        cells = "".join(
            f"<td>{cell['symbol']} {cell['word']} {cell['level']}</td>" if cell else "<td>対象外</td>"
            for cell in map(kept["cells"].get, columns)
        )
        lines.append(
            f'<tr><th><a href="/s/{slug}/">{name}</a>{code}</th><td>{kept["at_risk"]}</td>{cells}</tr>'
        )
    return "<table>" + "".join(lines) + "</table>"


def measurements() -> list[tuple[str, float, float]]:
    """What was measured: name, wall and CPU milliseconds."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.utils import timezone

    from bench.many_sites import plant_many
    from mitasu.server.accounts.models import User
    from mitasu.server.config.ready import make_ready

    call_command("migrate", interactive=False, verbosity=0)
    timezone.localdate = lambda *_: ON  # type: ignore[assignment]
    user = User.objects.create_user("bench")
    plant_many(user, SITES)
    make_ready()
    client = Client(raise_request_exception=True, headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    def get(address: str) -> Callable[[], Any]:
        def work() -> None:
            if client.get(address).status_code != 200:
                raise RuntimeError(address)

        return work

    def rest() -> None:
        while "HX-Refresh" not in client.get("/sites/rest/").headers:
            pass

    found = [(COLD, *measured(get("/sites/"), 1))]
    found.append(("its deadlines and yen, worked out behind it", *measured(rest, 1)))
    found.append((WARM, *measured(get("/sites/"), WARM_ROUNDS)))
    found.append(("matrix by hand from the same rows", *measured(lambda: by_hand(user), WARM_ROUNDS)))
    found.append(("matrix as xlsx, warm", *measured(get("/sites/export/?format=xlsx"), 3)))
    found.append(("matrix as CSV, warm", *measured(get("/sites/export/"), WARM_ROUNDS)))
    turn = "/sites/changes/?first=2026-05-31&last=2026-06-01"
    found.append(("what a change of the law means, cold", *measured(get(turn), 1)))
    found.append(("what a change of the law means, warm", *measured(get(turn), WARM_ROUNDS)))
    return found


def columns() -> str:
    """How many additions were judged at each site, and how many of them stand as columns."""
    from mitasu.server.ledger.law import rulebook
    from mitasu.server.sites.models import Standing

    shown = {
        id_ for rows in Standing.objects.filter(on=ON).values_list("rows", flat=True) for id_ in rows["cells"]
    }
    return f"{len(rulebook().order)} ({len(shown)} in force)"


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="mitasu-bench-") as folder:
        os.environ["MITASU_DATA"] = folder
        os.environ.pop("DATABASE_URL", None)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mitasu.server.config.settings")
        found = measurements()
        head = f"{SITES} sites by {columns()} additions"
    hand = next(wall for name, wall, _ in found if "by hand" in name)
    print(f"{head:<58}{'wall ms':>12}{'CPU ms':>12}{'ratio':>9}")
    for name, wall, cpu in found:
        over = "  over budget" if name in (COLD, WARM) and wall > BUDGET else ""
        ratio = f"{wall / hand:.1f}" if name == WARM else ""
        print(f"{name:<58}{wall:>12.0f}{cpu:>12.0f}{ratio:>9}{over}")


if __name__ == "__main__":
    main()
