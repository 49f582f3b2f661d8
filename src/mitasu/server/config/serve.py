"""Starting the application: migrate, make the keys, plant the samples, print a sign-in link, serve."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mitasu.errors import UsageError
from mitasu.server.config.beside import supervised

ADMINISTRATOR = "admin"
THREADS = 2
"""Of each worker: a second one answers while a long request runs; more only take the interpreter from each other."""


def prepare(data: Path | None, *, demo: bool, fresh: bool = False) -> None:
    """Points this process at the data folder and sets Django up; `fresh`: UsageError where a database lies there."""
    if data is not None:
        os.environ["MITASU_DATA"] = str(data.resolve())
    if demo:
        os.environ["MITASU_DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mitasu.server.config.settings")
    from mitasu.server.accounts.keys import data_folder

    try:
        data_folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"データの置き場所 {data_folder()} を作れません（{error.strerror}）。") from None
    if fresh and (data_folder() / "mitasu.sqlite3").exists():
        raise UsageError(
            f"{data_folder()} にはもうデータがあります。空のフォルダを --data で指定してください。"
        )
    import django

    django.setup()


def made() -> bool:
    """Whether the database has been made."""
    from django.db import connection

    return "accounts_user" in connection.introspection.table_names()


def migrate() -> None:
    """Brings the database to this version."""
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def first_link(*, demo: bool) -> str:
    """The path of a one-time sign-in link for the administrator, who is made if nobody is there."""
    from mitasu.server.accounts.models import SignInLink, User

    user = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    if user is None:
        user = User.objects.create_superuser(ADMINISTRATOR, shown="管理者")
        user.set_unusable_password()
        user.save()
    if demo:
        _plant(user)
    return f"/sign-in/{SignInLink.made(user)}/"


def _plant(user: Any) -> None:
    """The sample institutions; in the sample hospital plans and invented stays."""
    from django.utils import timezone

    from mitasu.server.continuity.plans.demo import plant as plant_plans
    from mitasu.server.records.sample import plant_demo
    from mitasu.server.sites.demo import plant

    for site in plant(user):
        if site.kind == "hospital":
            plant_plans(site)
            plant_demo(site, user, timezone.localdate())


def free_port(port: int, address: str = "127.0.0.1") -> int:
    """The port itself if it is free (0: any free one); UsageError where something listens there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            raise UsageError(
                f"ポート{port}は使われています。--port でほかの番号（0なら空いている番号）を指定してください。"
            ) from None
        return int(probe.getsockname()[1])


def serve(port: int, ready: Callable[[], None], *, address: str = "127.0.0.1", workers: int = 2) -> None:
    """Serves until it is stopped (Ctrl-C or SIGTERM), with its processes beside; `ready` is called as soon as it answers."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    server: Any = Granian(
        "mitasu.server.config.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        workers_kill_timeout=5,
        respawn_failed_workers=True,
    )
    threading.Thread(target=_once_it_answers, args=[address, port, ready], daemon=True).start()
    with supervised():
        server.serve()


def _once_it_answers(address: str, port: int, ready: Callable[[], None]) -> None:
    """Calls `ready` when the port is open: who follows an address that is told too early finds nothing there."""
    while True:
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex((address, port)) == 0:
                break
        time.sleep(0.1)
    ready()
    sys.stdout.flush()
