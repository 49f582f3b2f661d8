"""The store of imported masters: one SQLite file, editions and their rows as they stood.

An edition is a kind of master with the day in its name. What is imported is known by its hash: the same
file twice changes nothing. Several files are imported together or not at all.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from mitasu.claims.masters.layouts import Layout, layout_of, layouts
from mitasu.claims.masters.reading import MasterFile, Row, rows_of
from mitasu.errors import InputError, Problem, UsageError, reason
from mitasu.folders import data_folder
from mitasu.text import halfwidth

NAME = "masters.sqlite3"
_APPLICATION = 0x4D544D53
"""Written into the file's head, so that another SQLite file is not taken for ours."""
_VERSION = 1
_TABLES = """
CREATE TABLE edition (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    dated TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    file TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    rows INTEGER NOT NULL,
    columns INTEGER NOT NULL,
    first_change TEXT NOT NULL,
    last_change TEXT NOT NULL,
    UNIQUE (kind, sha256)
) STRICT;
CREATE TABLE row (
    edition INTEGER NOT NULL REFERENCES edition (id) ON DELETE CASCADE,
    line INTEGER NOT NULL,
    code TEXT NOT NULL,
    other TEXT NOT NULL,
    name TEXT NOT NULL,
    from_ TEXT NOT NULL,
    until TEXT NOT NULL,
    cells TEXT NOT NULL,
    PRIMARY KEY (edition, line)
) STRICT, WITHOUT ROWID;
CREATE INDEX row_by_code ON row (edition, code);
CREATE INDEX row_by_other ON row (edition, other) WHERE other != '';
"""
_ROW = "line, code, other, name, from_, until, cells"


@dataclass(frozen=True, slots=True)
class Edition:
    """One imported master; `first_change` and `last_change`: the days its rows changed, None where none says."""

    id: int
    kind: str
    dated: date
    sha256: str
    file: str
    imported_at: str
    rows: int
    columns: int
    first_change: date | None
    last_change: date | None

    @property
    def layout(self) -> Layout:
        """How its rows are laid out."""
        return layout_of(self.kind)

    @property
    def title(self) -> str:
        """Its kind and day, for people."""
        return f"{self.layout.title} {self.dated}版"


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a file: the edition it is, and whether it was there before."""

    edition: Edition
    known: bool


def default_store() -> Path:
    """Where masters are kept unless a file is named."""
    return data_folder() / NAME


class Store:
    """An open store. `Store.open` reads one that is there, `Store.make` makes it where it is not."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path, self._connection = path, connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Store]:
        """A store that is there; UsageError that says how to make one otherwise."""
        if not path.exists():
            told = (
                f"マスターがまだ取り込まれていません（{path}）。mitasu masters import FILE で取り込めます。"
            )
            raise UsageError(told)
        with cls._connected(path) as store:
            yield store

    @classmethod
    @contextmanager
    def make(cls, path: Path) -> Iterator[Store]:
        """A store, made where there is none."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                Problem(f"置き場所を作れません（{reason(error)}）。", str(path.parent))
            ) from None
        with cls._connected(path) as store:
            yield store

    @classmethod
    @contextmanager
    def _connected(cls, path: Path) -> Iterator[Store]:
        connection = None
        try:
            connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            connection.create_function("halfwidth", 1, halfwidth, deterministic=True)
            _prepare(connection, path)
            yield cls(path, connection)
        except (sqlite3.ProgrammingError, sqlite3.IntegrityError):
            raise  # ours, not the user's
        except sqlite3.DatabaseError as error:
            raise InputError(Problem(_in_words(error), str(path))) from None
        finally:
            if connection is not None:
                connection.close()

    # ---- writing -----------------------------------------------------------------------------------

    def add(self, masters: Iterable[MasterFile], now: datetime) -> list[Imported]:
        """Import masters, all or none; those that are there already are left and told."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            found: list[Imported] = []
            problems: list[Problem] = []
            for master in masters:
                try:
                    found.append(self._one(master, now))
                except InputError as error:
                    problems.extend(error.problems)
            if problems:
                raise InputError(problems)
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise
        return found

    def _one(self, master: MasterFile, now: datetime) -> Imported:
        run = self._connection.execute
        kind = master.layout.kind
        known = run("SELECT id FROM edition WHERE kind = ? AND sha256 = ?", (kind, master.sha256)).fetchone()
        if known:
            return Imported(self.edition(str(known[0])), True)
        values = (
            kind,
            master.dated.isoformat(),
            master.sha256,
            master.name,
            now.isoformat(timespec="seconds"),
        )
        made = run(
            "INSERT INTO edition (kind, dated, sha256, file, imported_at, rows, columns, first_change, last_change)"
            " VALUES (?, ?, ?, ?, ?, 0, 0, '', '')",
            values,
        )
        id_ = made.lastrowid
        self._connection.executemany(
            f"INSERT INTO row (edition, {_ROW}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608  # our own column names
            (
                (id_, row.line, row.code, row.other, row.name, row.from_, row.until, _packed(row.cells))
                for row in rows_of(master)
            ),
        )
        run(
            "UPDATE edition SET rows = (SELECT count(*) FROM row WHERE edition = :id),"
            " columns = coalesce((SELECT json_array_length(cells) FROM row WHERE edition = :id LIMIT 1), 0),"
            " first_change = coalesce((SELECT min(from_) FROM row WHERE edition = :id AND from_ != ''), ''),"
            " last_change = coalesce((SELECT max(from_) FROM row WHERE edition = :id), '') WHERE id = :id",
            {"id": id_},
        )
        return Imported(self.edition(str(id_)), False)

    def remove(self, edition: Edition) -> None:
        """Take an edition and its rows out of the store."""
        self._connection.execute("DELETE FROM edition WHERE id = ?", (edition.id,))

    # ---- reading -----------------------------------------------------------------------------------

    def editions(self, kind: str | None = None) -> list[Edition]:
        """Every edition (of a kind), by kind in the order of the layouts, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM edition WHERE ?1 IS NULL OR kind = ?1 ORDER BY dated, id", (kind,)
        )
        order = list(layouts())
        return sorted((_edition(row) for row in rows), key=lambda one: order.index(one.kind))

    def edition(self, name: str) -> Edition:
        """The edition of that number, or `KIND@DATE`; UsageError where there is none."""
        kind, _, day = name.partition("@")
        if day:
            rows = self._connection.execute(
                "SELECT * FROM edition WHERE kind = ? AND dated = ? ORDER BY id DESC LIMIT 1", (kind, day)
            )
        else:
            number = int(name) if name.isascii() and name.isdigit() and len(name) < 10 else -1
            rows = self._connection.execute("SELECT * FROM edition WHERE id = ?", (number,))
        row = rows.fetchone()
        if row is None:
            told = "番号か 種類@日付（procedures@2025-05-06）で書きます。mitasu masters list で見られます。"
            raise UsageError(f"版「{name}」はありません。{told}")
        return _edition(row)

    def rows(self, edition: Edition) -> Iterator[Row]:
        """Every row of an edition in the order of its file."""
        for row in self._connection.execute(
            f"SELECT {_ROW} FROM row WHERE edition = ? ORDER BY line",  # noqa: S608  # our own column names
            (edition.id,),
        ):
            yield _row(row)

    def coded(self, edition: Edition, code: str) -> list[Row]:
        """The rows of a code, in either column of a pair."""
        rows = self._connection.execute(
            f"SELECT {_ROW} FROM row WHERE edition = ?1 AND code = ?2 "  # noqa: S608  # our own column names
            f"UNION SELECT {_ROW} FROM row WHERE edition = ?1 AND other = ?2 AND other != '' ORDER BY line",
            (edition.id, code),
        )
        return [_row(row) for row in rows]

    def named(self, edition: Edition, text: str, most: int) -> list[Row]:
        """Rows whose name holds a text (any cell, where no column is known to be the name), 全角 and 半角 alike."""
        place = "name" if edition.layout.name else "cells"
        rows = self._connection.execute(
            f"SELECT {_ROW} FROM row WHERE edition = ? AND instr(halfwidth({place}), ?) > 0 ORDER BY line LIMIT ?",  # noqa: S608  # our own column names
            (edition.id, halfwidth(text), most),
        )
        return [_row(row) for row in rows]


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file; refuse a file that is not ours or of a later version."""
    run = connection.execute
    run("PRAGMA foreign_keys = ON")
    marked = run("PRAGMA application_id").fetchone()[0]
    empty = run("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0
    if marked != _APPLICATION and not empty:
        raise InputError(
            Problem(
                "マスターの保管のファイルではありません。--store に別の名前を指定してください。", str(path)
            )
        )
    version = run("PRAGMA user_version").fetchone()[0]
    if version > _VERSION:
        raise InputError(
            Problem("新しい版の Mitasu が作った保管のファイルです。Mitasu を新しくしてください。", str(path))
        )
    run("PRAGMA journal_mode = WAL")
    run("PRAGMA synchronous = NORMAL")
    if empty:
        connection.executescript(
            f"BEGIN; {_TABLES} PRAGMA application_id = {_APPLICATION}; PRAGMA user_version = {_VERSION}; COMMIT;"
        )
        path.chmod(0o600)


def _packed(cells: tuple[str, ...]) -> str:
    return json.dumps(cells, ensure_ascii=False, separators=(",", ":"))


def _row(row: tuple[int, str, str, str, str, str, str]) -> Row:
    line, code, other, name, from_, until, cells = row
    return Row(line, code, other, name, from_, until, tuple(json.loads(cells)))


def _edition(row: tuple[int, str, str, str, str, str, int, int, str, str]) -> Edition:
    id_, kind, dated, sha256, file, imported_at, rows, columns, first, last = row
    days = (date.fromisoformat(day) if day else None for day in (first, last))
    return Edition(id_, kind, date.fromisoformat(dated), sha256, file, imported_at, rows, columns, *days)


def _in_words(error: sqlite3.DatabaseError) -> str:
    told = str(error)
    if "not a database" in told or "malformed" in told:
        return "マスターの保管のファイルではないか、壊れています。--store に別の名前を指定してください。"
    if "locked" in told:
        return "ほかの処理が使っています。終わってから、もう一度してください。"
    if "full" in told or "I/O" in told or "readonly" in told or "unable to open" in told:
        return f"読み書きできません（{told}）。場所と空き容量と権限を確かめてください。"
    return f"保管のファイルを扱えません（{told}）。"
