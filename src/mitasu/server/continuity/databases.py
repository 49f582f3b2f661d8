"""Databases: consistent copies, and what a copy says of itself.

Copying a live SQLite file is corrupt more often than not, also with its -wal; VACUUM INTO is one transaction.
A PostgreSQL dump is written without compression, so that generations share what did not change, and so that an
encrypted one would stand out.
"""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mitasu.errors import UsageError
from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.process import run, tail

HEADER = b"SQLite format 3\x00"
PATIENCE = 60
"""Seconds to wait for a writer."""
NAME = re.compile(r"[^\W\d]\w*")


def copied(path: Path, copy: Path) -> None:
    """A consistent copy of a SQLite database that may be in use; UsageError where there is none or it is broken.

    The copy is to be examined (`examined`) before it counts.
    """
    if not path.is_file():
        raise UsageError(f"{path} がありません。")
    try:
        with path.open("rb") as file:
            if file.read(16) != HEADER:
                raise UsageError(
                    "SQLite のデータベースではありません（空か、壊れているか、暗号化されています）。"
                )
        copy.unlink(missing_ok=True)
        with closing(opened(path)) as source:
            source.execute(
                "PRAGMA synchronous = OFF"
            )  # of the copy: after a crash it is made anew, never used
            source.execute("VACUUM INTO ?", [str(copy)])
    except sqlite3.Error as error:
        raise UsageError(f"データベースを写せません（{error}）。") from None
    os.chmod(copy, 0o600)


def examined(copy: Path) -> None:
    """UsageError where SQLite finds something wrong with a copy."""
    if not sound(copy):
        raise UsageError("データベースの写しが壊れています。元のデータベースを調べてください。")


def opened(path: Path) -> sqlite3.Connection:
    """A database opened for reading only."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=PATIENCE)


def sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong with a database."""
    try:
        with closing(opened(path)) as database:
            return bool(database.execute("PRAGMA integrity_check").fetchone() == ("ok",))
    except sqlite3.Error:
        return False


def has_rows(path: Path, tables: Iterable[str]) -> None:
    """UsageError naming the table that is not there or is empty."""
    with closing(opened(path)) as database:
        known = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in tables:
            if table not in known:
                raise UsageError(f"目印の表「{table}」がありません。")
            if database.execute(f"SELECT 1 FROM {quoted(table)} LIMIT 1").fetchone() is None:  # noqa: S608
                raise UsageError(f"目印の表「{table}」が空です。")


def quoted(name: str) -> str:
    """A name as SQL takes it; UsageError for what cannot be one."""
    if not NAME.fullmatch(name):
        raise UsageError(f"「{name}」は表や列の名前ではありません。")
    return f'"{name}"'


def newest(path: Path, column: str) -> datetime | None:
    """The latest moment in `table.column` of a SQLite database: ISO text, or seconds since 1970."""
    table, _, name = column.partition(".")
    try:
        with closing(opened(path)) as database:
            query = f"SELECT max({quoted(name)}) FROM {quoted(table)}"  # noqa: S608 - names are quoted and checked
            row = database.execute(query).fetchone()
    except sqlite3.Error:
        return None
    return moment(row[0]) if row else None


def moment(value: Any) -> datetime | None:
    """A moment as databases write it; None for what is not one. Without a zone it is UTC, as ours are."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        found = datetime.fromisoformat(re.sub(r"([+-]\d\d)$", r"\1:00", str(value)))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


# ---- PostgreSQL ------------------------------------------------------------------------------------------


def without_password(address: str) -> str:
    """The address of a PostgreSQL database; UsageError where it holds a password or is none."""
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise UsageError("PostgreSQL の場所は postgresql://利用者@機械/名前 の形で書いてください。")
    if parts.password:
        raise UsageError("場所にパスワードを書かないでください。~/.pgpass か PGPASSFILE を使います。")
    return address


def dumped(address: str, copy: Path, tables: Iterable[str]) -> None:
    """A dump of a PostgreSQL database as of one moment, with rows in the tables named."""
    words = ["pg_dump", "--format=custom", "--compress=0", "--no-owner", "--no-password"]
    try:
        done = run([*words, f"--file={copy}", f"--dbname={without_password(address)}"], limit=6 * 3600)
    except EngineError as error:
        raise UsageError(str(error)) from None
    if done.code:
        raise UsageError(f"pg_dump が失敗しました：{tail(done.said)[-200:]}")
    os.chmod(copy, 0o600)
    for table in tables:
        if not next(_rows(copy, table), None):
            raise UsageError(f"目印の表「{table}」がないか、空です。")


def dump_sound(copy: Path) -> bool:
    """Whether a dump can be read from its beginning to its end."""
    return not run(["pg_restore", "--file=/dev/null", str(copy)], limit=6 * 3600).code


def _rows(copy: Path, table: str) -> Iterator[dict[str, str]]:
    """The rows of a table in a dump, one by one, as dictionaries of text."""
    command = ["pg_restore", "--data-only", f"--table={table}", "--file=-", str(copy)]
    columns: list[str] | None = None
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as started:  # noqa: S603
        try:
            for line in started.stdout or ():
                text = line.rstrip("\n")
                if columns is None:
                    if match := re.match(r"COPY \S+ \((.*)\) FROM stdin;", text):
                        columns = [name.strip().strip('"') for name in match[1].split(",")]
                elif text == "\\.":
                    return
                else:
                    yield dict(zip(columns, text.split("\t"), strict=False))
        finally:
            started.kill()


def newest_in_dump(copy: Path, column: str) -> datetime | None:
    """The latest moment in `table.column` of a dump."""
    table, _, name = column.partition(".")
    moments = (moment(row.get(name)) for row in _rows(copy, table) if row.get(name) != "\\N")
    return max((one for one in moments if one is not None), default=None)
