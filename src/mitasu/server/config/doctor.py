"""What must be in order for the application to work, examined on this machine."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from mitasu.documents.fonts import japanese_font
from mitasu.errors import MitasuError
from mitasu.server.accounts.models import Site, User
from mitasu.server.continuity import jobs
from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.keys import folder, room
from mitasu.server.continuity.models.backups import Target
from mitasu.server.continuity.selftest import gate
from mitasu.server.ledger.verify import verify, verify_audit

ROOM = 500 * 1024 * 1024
"""Below so many bytes free the disk counts as nearly full."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined; `remedy`: what to do where it is not well."""

    well: bool
    what: str
    remedy: str = ""


def examine() -> list[Finding]:
    """Everything examined, in order."""
    return [*_folder(), *_fonts(), *_database(), *_backups()]


def _folder() -> Iterator[Finding]:
    folder = Path(settings.DATA)
    loose = folder.stat().st_mode & 0o077
    yield Finding(
        not loose,
        f"データの置き場所 {folder}",
        f"ほかの利用者から読めます。chmod 700 {folder} としてください。" if loose else "",
    )
    for path in sorted(folder.glob("*.key")):
        if path.stat().st_mode & 0o077:
            yield Finding(
                False, f"鍵 {path.name} がほかの利用者から読めます", f"chmod 600 {path} としてください。"
            )
    free = shutil.disk_usage(folder).free
    yield Finding(
        free >= ROOM,
        f"ディスクの空き {free // 2**20:,} MB",
        "" if free >= ROOM else "空きを作ってください。一杯になると、新しい記録を受け付けられません。",
    )


def _fonts() -> Iterator[Finding]:
    try:
        yield Finding(True, f"日本語の字体 {japanese_font()}")
    except MitasuError as error:
        yield Finding(False, "日本語の字体", str(error))


def _database() -> Iterator[Finding]:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        yield Finding(False, "データベース", f"つながりません（{error}）。DATABASE_URL を確かめてください。")
        return
    name = f"SQLite {sqlite3.sqlite_version}" if connection.vendor == "sqlite" else "PostgreSQL"
    if waiting:
        yield Finding(
            False, f"データベース（{name}）", "この版の形になっていません。mitasu up で始めると直ります。"
        )
        return
    yield Finding(True, f"データベース（{name}）")
    if not User.objects.filter(is_superuser=True, is_active=True).exists():
        yield Finding(False, "管理者", "管理者がいません。mitasu up で始めると作られます。")
    broken = [f"{site.name}: {found.what}" for site in Site.objects.all() for found in verify(site)]
    broken += [found.what for found in verify_audit()]
    yield Finding(
        not broken,
        "台帳と監査記録の鎖",
        "" if not broken else f"{'／'.join(broken[:5])}。写しから戻し、経緯を調べてください。",
    )


def _backups() -> Iterator[Finding]:
    """The engine of backups, where backups are set up: there, new enough, and able to find damage."""
    try:
        if not Target.objects.filter(active=True).exists():
            return
    except DatabaseError:
        return  # told already
    try:
        engine = jobs.engine()
        gate(engine, room())
    except EngineError as error:
        yield Finding(
            False, "バックアップのエンジン", f"{error}（mitasu backup selftest で詳しく見られます）"
        )
        return
    yield Finding(True, f"バックアップのエンジン（{engine.version()}、壊れた保管先を見つけられる）")
    for target in Target.objects.filter(active=True):
        key = folder() / target.key
        loose = key.is_file() and key.stat().st_mode & 0o077
        if not key.is_file() or loose:
            yield Finding(
                False,
                f"{target.label}の鍵 {target.key}",
                f"ほかの利用者から読めます。chmod 600 {key} としてください。"
                if loose
                else "ありません。預けた鍵から mitasu backup unseal で取り出してください。",
            )
