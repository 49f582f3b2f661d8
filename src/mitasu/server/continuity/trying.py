"""A source looked at when it is added, so that a wrong name is told by the one who typed it and not by every run.

What can be seen here and is wrong is a problem. What may only be so just now (a database server that does not
answer, a dump that has not been written yet) is a doubt: the source is added, and the doubt told.
"""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from mitasu.server.continuity.databases import HEADER
from mitasu.server.continuity.engine import EngineError
from mitasu.server.continuity.models.backups import SourceKind
from mitasu.server.continuity.process import run, tail
from mitasu.text import nearest

PATIENCE = 5
"""Seconds to wait for somebody who writes, or for a server that does not answer."""
LONGEST = 30
"""Seconds that looking at a database server may take at most."""
UNREACHED = {"LC_ALL": "C", "PGCONNECT_TIMEOUT": str(PATIENCE)}
_TABLE = re.compile(
    r"^CREATE (?:FOREIGN |UNLOGGED )?TABLE (?:\S+\.)?(\S+) \((.*?)^\)", re.MULTILINE | re.DOTALL
)
_COLUMN = re.compile(r"^    (\"[^\"]+\"|\w+) ", re.MULTILINE)


@dataclass(slots=True)
class Looked:
    """What was seen of a source."""

    problems: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)


def looked_at(kind: str, place: str, sentinels: Sequence[str], newest: str = "") -> Looked:
    """Looks at a source as it would be backed up, without changing it; at most half a minute."""
    match kind:
        case SourceKind.SQLITE:
            return _sqlite(Path(place), sentinels, newest)
        case SourceKind.POSTGRESQL:
            return _postgresql(place, sentinels, newest)
        case SourceKind.DIRECTORY | SourceKind.DUMP:
            return _directory(Path(place), sentinels, kind)
    return Looked()


def _sqlite(path: Path, sentinels: Sequence[str], newest: str) -> Looked:
    try:
        with path.open("rb") as file:
            if file.read(len(HEADER)) != HEADER:
                told = "SQLite のデータベースではありません（空か、壊れているか、暗号化されています）。"
                return Looked([f"{path} は {told}"])
        address = f"{path.resolve().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as database:
            names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
            tables = {
                name: [row[1] for row in database.execute("SELECT * FROM pragma_table_info(?)", (name,))]
                for (name,) in names
            }
            found = Looked(list(_missing(tables, sentinels, newest)))
            for name in sentinels:
                quoted = '"' + name.replace('"', '""') + '"'
                if name in tables and not database.execute(f"SELECT 1 FROM {quoted} LIMIT 1").fetchone():  # noqa: S608
                    found.problems.append(f"目印の表「{name}」が空です。必ず行がある表を選んでください。")
            return found
    except OSError as error:
        return Looked([f"{path} を読めません（{error.strerror}）。"])
    except sqlite3.Error as error:
        return Looked([f"{path} をデータベースとして読めません（{error}）。"])


def _missing(tables: Mapping[str, Iterable[str]], sentinels: Sequence[str], newest: str) -> Iterable[str]:
    """The tables, and the column of the last transaction, that a database has not."""
    for name in sentinels:
        if name not in tables:
            yield f"目印の表「{name}」がありません。{_near(name, tables)}"
    table, _, column = newest.partition(".")
    if newest and table not in tables:
        yield f"最後の取引の列「{newest}」の表がありません。{_near(table, tables)}"
    elif newest and column not in tables[table]:
        yield f"最後の取引の列「{newest}」がありません。{_near(column, tables[table])}"


def _near(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"近いもの: {near}。" if near else ""


def _postgresql(address: str, sentinels: Sequence[str], newest: str) -> Looked:
    """By pg_dump itself, which is what a backup uses: what it may not read, it says here."""
    words = [
        "pg_dump",
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--dbname={address}",
    ]
    try:
        done = run(words, limit=LONGEST, environment=UNREACHED)
    except EngineError as error:
        return Looked(doubts=[f"いまは確かめられません：{error}"])
    if done.code:
        said = tail(done.said)[-300:]
        if re.search(r'database "[^"]*" does not exist', done.said):
            return Looked([f"{address} という名前のデータベースはありません（{said}）。"])
        return Looked(
            doubts=[f"{address} をいまは読めません（{said}）。次のバックアップまでに直してください。"]
        )
    tables = {
        found[1].strip('"'): [one.strip('"') for one in _COLUMN.findall(found[2])]
        for found in _TABLE.finditer(done.out)
    }
    return Looked(list(_missing(tables, sentinels, newest)))


def _directory(root: Path, sentinels: Sequence[str], kind: str) -> Looked:
    if not os.access(root, os.R_OK | os.X_OK, effective_ids=True):
        return Looked([f"{root} を読めません。このプログラムが読めるようにしてください。"])
    found = Looked()
    for name in sentinels:
        try:
            well = (root / name).is_file() and (root / name).stat().st_size > 0
        except OSError as error:
            found.problems.append(f"目印「{name}」を読めません（{error.strerror}）。")
            continue
        if well:
            continue
        told = f"目印「{name}」が {root} にないか、空です。{_near(name, _names(root))}"
        (found.doubts if kind == SourceKind.DUMP else found.problems).append(told)
    return found


def _names(root: Path) -> list[str]:
    """Names right inside a folder, as far as they can be told."""
    with os.scandir(root) as entries:
        return [entry.name for _, entry in zip(range(1000), entries, strict=False)]
