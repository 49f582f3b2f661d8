"""Sources made ready for the engine: looked at before, made consistent, with witnesses taken.

A database is never handed over as a live file: SQLite is copied by VACUUM INTO and examined, PostgreSQL dumped,
and what turns out to be a database inside a directory is treated the same way. What is missing, unreadable,
empty, stale or without its sentinels is named here, because the engine would say success.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings

from mitasu.errors import UsageError
from mitasu.server.continuity import databases
from mitasu.server.continuity.lots import Lot
from mitasu.server.continuity.models.backups import Source, SourceKind
from mitasu.server.ledger import snapshot

WITNESSES = 200
"""So many files of a source are hashed before each backup, by chance, besides its sentinels."""
BUDGET = 64 * 2**20
"""Bytes of a source that are read for witnesses at most."""
BESIDE = ("-wal", "-shm", "-journal")
"""What SQLite writes beside a database while it is in use: left out also where it only comes after we have looked."""
CLUSTERS = {
    "PG_VERSION": "PostgreSQL",
    "ibdata1": "MySQL",
}
"""Files by which the data folder of a database server is known."""


class SourceError(UsageError):
    """A source cannot be backed up as it stands."""


@dataclass(slots=True)
class Part:
    """A source as it is handed to the engine. `must`: paths that have to be in the snapshot, each not empty.

    `witnesses`: path → (SHA-256, mtime, size). `later`: what may be examined while the engine works; UsageError
    where it is not well. Sizes in bytes.
    """

    source: Source
    paths: list[Path] = field(default_factory=list)
    without: list[Path] = field(default_factory=list)
    must: list[Path] = field(default_factory=list)
    files: int = 0
    size: int = 0
    witnesses: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    later: list[Callable[[], None]] = field(default_factory=list)

    def examined(self) -> list[str]:
        """Does what was left for later; what is wrong, in words."""
        troubles = []
        for work in self.later:
            try:
                work()
            except UsageError as error:
                troubles.append(f"{self.source.label}：{error}")
            except OSError as error:
                troubles.append(f"{self.source.label}：読めないものがあります（{error.strerror}）。")
        return troubles

    @property
    def roots(self) -> list[str]:
        """The beginnings of its paths in a snapshot."""
        return [str(path) for path in self.paths]

    def holds(self, path: str) -> bool:
        """Whether a path of a snapshot belongs to this part."""
        return any(path == root or path.startswith(f"{root}/") for root in self.roots)

    def steady(self) -> list[list[str]]:
        """The witnesses that nobody touched since they were hashed: path and SHA-256."""
        found = []
        for path, (digest, mtime, size) in self.witnesses.items():
            try:
                now = os.lstat(path)
            except OSError:
                continue
            if (now.st_mtime_ns, now.st_size) == (mtime, size):
                found.append([path, digest])
        return found


def staging(site: int) -> Path:
    """Where consistent copies of a site lie while they are backed up; the place is always the same."""
    from mitasu.server.continuity.keys import room

    return room() / "staging" / str(site)


def cleared(site: int) -> Path:
    """The same, emptied: what an interrupted run left is of no use."""
    folder = staging(site)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    return folder


def gathered(source: Source, folder: Path, at: datetime, chance: random.Random) -> Part:
    """A source ready for the engine; SourceError says what is wrong with it."""
    part = Part(source)
    own = folder / source.name
    own.mkdir(mode=0o700)
    try:
        match source.kind:
            case SourceKind.OWN:
                _own(part, own, chance)
            case SourceKind.SQLITE:
                _sqlite(part, own)
            case SourceKind.POSTGRESQL:
                _postgresql(part, own)
            case _:
                _directory(part, own, at, chance)
    except SourceError:
        raise
    except UsageError as error:
        raise SourceError(f"{source.label}：{error}") from None
    except OSError as error:
        raise SourceError(f"{source.label}：読めないものがあります（{error.strerror}）。") from None
    if not part.files:
        raise SourceError(f"{source.label}：空です。ファイルが一つもありません。")
    return part


def _own(part: Part, own: Path, chance: random.Random) -> None:
    """What the application itself keeps: database, keys of the ledger, anchors, documents."""
    snapshot.staged(own)
    part.paths = [own]
    for path in sorted(one for one in own.rglob("*") if one.is_file()):
        _count(part, path)
        _witness(part, path)
        part.must.append(path)
    documents = Path(settings.DOCUMENTS)
    if documents.exists():
        part.paths.append(documents)
        _walk(part, documents, own, chance, databases_too=False)


def _sqlite(part: Part, own: Path) -> None:
    copy = own / Path(part.source.place).name
    databases.copied(Path(part.source.place), copy)
    databases.has_rows(copy, part.source.sentinels)
    part.paths, part.must = [own], [copy]
    _count(part, copy)
    _examine_later(part, copy)


def _examine_later(part: Part, copy: Path) -> None:
    """A copy is examined and hashed while the engine stores it: nobody else writes it."""
    part.later += [partial(databases.examined, copy), partial(_witness, part, copy)]


def _postgresql(part: Part, own: Path) -> None:
    copy = own / "database.dump"
    databases.dumped(part.source.place, copy, part.source.sentinels)
    part.paths, part.must = [own], [copy]
    _count(part, copy)
    part.later.append(partial(_witness, part, copy))


def _directory(part: Part, own: Path, at: datetime, chance: random.Random) -> None:
    source = part.source
    root = Path(source.place)
    if not root.is_dir():
        raise SourceError(f"{source.label}：{root} がありません。")
    part.paths = [root.resolve()]
    newest = _walk(part, root.resolve(), own, chance)
    if any(own.iterdir()):
        part.paths.append(own)
    for name in source.sentinels:
        original = root.resolve() / name
        path = own / "databases" / name if original in part.without else original
        if not path.is_file() or not path.stat().st_size:
            raise SourceError(f"{source.label}：目印「{name}」がないか、空です。")
        _witness(part, path)
        part.must.append(path)
    if source.kind == SourceKind.DUMP and part.files:
        oldest = at - timedelta(hours=source.fresh_hours)
        if newest < oldest.timestamp():
            last = datetime.fromtimestamp(newest, at.tzinfo)
            raise SourceError(
                f"{source.label}：最後に書き出されたのは {last:%Y-%m-%d %H:%M} です（{source.fresh_hours}時間より前）。"
            )


def _walk(part: Part, root: Path, own: Path, chance: random.Random, *, databases_too: bool = True) -> float:
    """Looks at every file below a directory; takes witnesses by chance; returns the newest time of change.

    Databases found are copied beside, one after another, while the rest is looked at.
    """
    lot: Lot[os.DirEntry[str]] = Lot(WITNESSES, chance)
    newest = 0.0
    with ThreadPoolExecutor(1) as beside:
        copying = []
        for entry in _entries(part, root):
            if entry.name in CLUSTERS and databases_too and _cluster(Path(entry.path)):
                raise SourceError(
                    f"{part.source.label}：{CLUSTERS[entry.name]} の動いているデータの置き場所です。"
                    "ファイルのまま写すと壊れるので、書き出し（dump）を対象にしてください。"
                )
            if databases_too and _is_sqlite(entry.path):
                part.without.append(Path(entry.path))
                if not entry.name.endswith(BESIDE):
                    part.without += [Path(entry.path + ending) for ending in BESIDE]
                    copying.append(beside.submit(_database, part, root, Path(entry.path), own))
                continue
            try:
                stat = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone since it was listed, as files of a place in use are
            part.files += 1
            part.size += stat.st_size
            newest = max(newest, stat.st_mtime)
            lot.add(entry)
        left = BUDGET
        for entry in lot.drawn:
            with suppress(FileNotFoundError):
                size = entry.stat(follow_symlinks=False).st_size
                if size <= left:
                    left -= size
                    _witness(part, Path(entry.path))
        copies = [one.result() for one in copying]
    for copy in copies:
        part.must.append(copy)
        _count(part, copy)
        _examine_later(part, copy)
    return newest


def _entries(part: Part, root: Path) -> Iterator[os.DirEntry[str]]:
    """The regular files below a directory, without following links; SourceError for what cannot be read."""
    waiting = [str(root)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as found:
                for entry in found:
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry
        except OSError as error:
            raise SourceError(f"{part.source.label}：読めないものがあります（{error.strerror}）。") from None


def _is_sqlite(path: str) -> bool:
    if path.endswith(BESIDE) and _is_sqlite(path.rpartition("-")[0]):
        return True
    try:
        handle = os.open(
            path, os.O_RDONLY | os.O_CLOEXEC
        )  # without Python's buffers: every file is looked into
    except FileNotFoundError:
        return False
    try:
        return os.read(handle, len(databases.HEADER)) == databases.HEADER
    finally:
        os.close(handle)


def _cluster(marker: Path) -> bool:
    return marker.name != "PG_VERSION" or (marker.parent / "global").is_dir()


def _database(part: Part, root: Path, path: Path, own: Path) -> Path:
    """The consistent copy of a SQLite file found in a directory, which itself is left out."""
    copy = own / "databases" / path.relative_to(root)
    copy.parent.mkdir(parents=True, exist_ok=True)
    databases.copied(path, copy)
    return copy


def _count(part: Part, path: Path) -> None:
    part.files += 1
    part.size += path.stat().st_size


def _witness(part: Part, path: Path) -> None:
    stat = os.lstat(path)
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    part.witnesses[str(path)] = (digest, stat.st_mtime_ns, stat.st_size)


def described(part: Part, held: dict[str, int]) -> dict[str, Any]:
    """What the ledger of generations keeps of a part, with the files and bytes that the snapshot really holds."""
    inside = [size for path, size in held.items() if part.holds(path)]
    return {
        "source": part.source.name,
        "label": part.source.label,
        "kind": part.source.kind,
        "covers": list(part.source.covers),
        "newest": part.source.newest,
        "roots": part.roots,
        "files": len(inside),
        "size": sum(inside),
    }
