"""A consistent copy of everything the application keeps, and putting it back into an empty place.

The database is copied at one moment (SQLite: VACUUM INTO; PostgreSQL: pg_dump); documents are added and never
changed, so that those copied after the database hold every file that it names. The copy is read back before
it counts.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from mitasu import __version__
from mitasu.errors import UsageError

MANIFEST = "manifest.json"
ASIDE = ("secret.key", "anchor.key", "anchors.jsonl")


def snapshot(target: Path) -> str:
    """Makes a copy in a new folder and says what is in it; UsageError where the folder is there already."""
    if target.exists():
        raise UsageError(f"{target} はもうあります。新しいフォルダの名前を指定してください。")
    target = target.resolve()
    partial = target.with_name(f"{target.name}.partial{os.getpid()}")
    try:
        partial.mkdir(mode=0o700, parents=True)
        _database(partial)
        _aside(partial)
        if Path(settings.DOCUMENTS).exists():
            shutil.copytree(settings.DOCUMENTS, partial / "documents")
        _listed(partial)
        files = checked(partial)["files"]
        partial.rename(target)
    except OSError as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise UsageError(f"写しを作れませんでした（{error.strerror}）。何も残していません。") from None
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return f"写しを作り、読み返して確かめました: {target}（{len(files)}ファイル）"


def staged(folder: Path) -> None:
    """The same in a folder that is there, without the documents: these never change and may be read where they lie."""
    _database(folder)
    _aside(folder)
    _listed(folder)


def _aside(folder: Path) -> None:
    data = Path(settings.DATA)
    for name in ASIDE:
        if (data / name).exists():
            shutil.copy2(data / name, folder / name)


def _listed(folder: Path) -> None:
    """Writes the manifest: what is in the folder, with hashes."""
    manifest = {
        "version": __version__,
        "at": timezone.now().isoformat(),
        "engine": connection.vendor,
        "files": {str(path.relative_to(folder)): _digest(path) for path in _files(folder)},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1))


def checked(source: Path) -> dict[str, Any]:
    """The manifest of a copy of which every file is as it was written; UsageError otherwise."""
    try:
        manifest: dict[str, Any] = json.loads((source / MANIFEST).read_text())
    except (OSError, ValueError):
        raise UsageError(
            f"{source} は mitasu snapshot の写しではありません（{MANIFEST} が読めません）。"
        ) from None
    for name, digest in manifest["files"].items():
        if not (source / name).is_file() or _digest(source / name) != digest:
            raise UsageError(
                f"写しの {name} が失われているか、書き換えられています。別の写しを使ってください。"
            )
    return manifest


def restored(source: Path, documents: Path | None = None) -> str:
    """Puts a copy back into the empty data folder and verifies the ledger; UsageError where it is not empty.

    `documents`: where the documents are, for a copy that was staged without them.
    """
    manifest = checked(source)
    if manifest["engine"] != connection.vendor:
        raise UsageError(f"この写しは {manifest['engine']} のものです。今の設定は {connection.vendor} です。")
    data = Path(settings.DATA)
    if any(path.name != "secret.key" for path in data.iterdir()):
        raise UsageError(f"{data} は空ではありません。空のフォルダを --data で指定してください。")
    for name in ASIDE:
        if (source / name).exists():
            shutil.copy2(source / name, data / name)
    documents = documents or source / "documents"
    if documents.exists():
        shutil.copytree(documents, settings.DOCUMENTS)
    _put_back(source)
    from mitasu.server.accounts.models import Site
    from mitasu.server.ledger.verify import verify, verify_audit

    broken = [*verify_audit(), *(found for site in Site.objects.all() for found in verify(site))]
    if broken:
        return f"戻しましたが、台帳に問題があります: {'／'.join(found.what for found in broken[:5])}"
    return f"戻し、台帳と監査記録を検証しました（{manifest['at']}の写し）。"


def _database(target: Path) -> None:
    if connection.vendor == "sqlite":
        with sqlite3.connect(f"file:{settings.DATABASES['default']['NAME']}?mode=ro", uri=True) as source:
            source.execute("VACUUM INTO ?", [str(target / "mitasu.sqlite3")])
        with sqlite3.connect(target / "mitasu.sqlite3") as copy:
            if copy.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise UsageError("データベースの写しが壊れています。ディスクを調べてください。")
        return
    _postgresql(["pg_dump", "--format=custom", "--no-owner", f"--file={target / 'mitasu.dump'}"])


def _put_back(source: Path) -> None:
    if connection.vendor == "sqlite":
        connection.close()
        shutil.copy2(source / "mitasu.sqlite3", settings.DATABASES["default"]["NAME"])
        return
    if connection.introspection.table_names():
        raise UsageError(
            "DATABASE_URL のデータベースは空ではありません。空のデータベースを指定してください。"
        )
    name = str(settings.DATABASES["default"]["NAME"])
    _postgresql(
        ["pg_restore", "--no-owner", "--exit-on-error", f"--dbname={name}", str(source / "mitasu.dump")]
    )


def _postgresql(command: list[str]) -> None:
    database: dict[str, Any] = dict(settings.DATABASES["default"])
    names = {
        "PGHOST": "HOST",
        "PGPORT": "PORT",
        "PGUSER": "USER",
        "PGPASSWORD": "PASSWORD",
        "PGDATABASE": "NAME",
    }
    environment = {key: str(database[name]) for key, name in names.items() if database.get(name)}
    try:
        done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)  # noqa: S603
    except FileNotFoundError:
        raise UsageError(f"{command[0]} がありません。postgresql-client を入れてください。") from None
    if done.returncode:
        raise UsageError(f"{command[0]} が失敗しました: {done.stderr.strip()[-300:]}")


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
