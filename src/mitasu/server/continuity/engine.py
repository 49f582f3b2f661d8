"""What the room asks of a backup engine, whichever it is: an interface, its answers and its one error.

The engine stores and gives back. What counts as a generation, what is forgotten and what is proved is decided
above it, in tables of our own: an engine that says success has only said that it ended (reference: an empty
source, a missing source and a damaged older pack all end with status 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

from mitasu.errors import UsageError


class EngineError(UsageError):
    """The engine did not do what was asked. `kind` is one of KINDS; `log`: the end of what it said, without secrets."""

    def __init__(self, kind: str, message: str, log: str = "") -> None:
        super().__init__(message)
        self.kind, self.log = kind, log


KINDS = {
    "missing": "エンジン（restic）がありません",
    "version": "エンジンの版が古すぎます",
    "behaviour": "エンジンが、壊れた保管先を見つけられません",
    "key": "鍵が違います",
    "place": "保管先がありません、またはつながりません",
    "refused": "保管先が断りました",
    "locked": "ほかのプログラムが保管先を使っています",
    "full": "保管先の空き容量がありません",
    "damaged": "保管先が壊れています",
    "timeout": "時間内に終わりませんでした",
    "failed": "エンジンが失敗しました",
}
"""The ways in which an engine fails, in words."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A place where generations are kept, as an engine reaches it.

    `location`: a directory, `sftp:user@host:/path` or `rest:http://host:port/path/`; `key`: the file with the
    key (mode 0600); `credentials`: a file with `user:password` for a rest server (mode 0600).
    """

    location: str
    key: Path
    credentials: Path | None = None

    @property
    def directory(self) -> Path | None:
        """The directory, where it is one of this machine."""
        remote = ("rest:", "sftp:", "s3:", "rclone:", "b2:", "azure:", "gs:", "swift:")
        return None if self.location.startswith(remote) else Path(self.location)


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup says of itself. Sizes in bytes; `new` and `changed` by the engine's look at times and sizes."""

    snapshot: str
    files: int
    size: int
    new: int
    changed: int
    added: int
    whole: bool = True
    """Whether every file could be read."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A snapshot as the repository lists it. `at` is the client's word and decides nothing."""

    snapshot: str
    at: datetime
    tree: str
    paths: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A file inside a snapshot."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: `well`, and the end of what the engine said."""

    well: bool
    log: str = ""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to destroy something that is called immutable. `refused` None: could not be told."""

    what: str
    expected: str
    got: str
    refused: bool | None


@dataclass(frozen=True, slots=True)
class Probed:
    """What a probe of immutability found: `refused` only if every attempt was; None where it could not be told."""

    tries: tuple[Try, ...]
    identity: str

    @property
    def refused(self) -> bool | None:
        """Whether everything was refused (None: unknown)."""
        if any(one.refused is False for one in self.tries):
            return False
        if not self.tries or any(one.refused is None for one in self.tries):
            return None
        return True


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock found in a repository; `ours`: of this machine and a process that is gone."""

    id: str
    host: str
    pid: int
    exclusive: bool
    ours: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """A restore that the engine calls done: where, and how long it took in seconds."""

    place: Path
    seconds: float
    log: str = ""


@dataclass(slots=True)
class Unlocking:
    """Locks removed on the way (our own dead ones only)."""

    removed: list[Lock] = field(default_factory=list)


class Engine(Protocol):
    """What an adapter offers. Every method raises EngineError and nothing else for what the engine does wrong."""

    unlocking: Unlocking

    def version(self) -> str:
        """Its name and version; EngineError where it is missing or too old."""
        ...

    def init(self, repository: Repository) -> None:
        """Makes an empty repository."""
        ...

    def backup(
        self,
        repository: Repository,
        paths: Sequence[Path],
        *,
        tags: Iterable[str] = (),
        without: Sequence[Path] = (),
        parent: str | None = None,
    ) -> Made:
        """Stores the paths, but for those in `without`."""
        ...

    def snapshots(self, repository: Repository) -> list[Listed]:
        """Every snapshot that is there, in no order that means anything."""
        ...

    def files(self, repository: Repository, snapshot: str) -> tuple[Listed, list[Held]]:
        """A snapshot and the files in it."""
        ...

    def changed(self, repository: Repository, before: str, after: str) -> list[str]:
        """The files whose content is new or other in the later of two snapshots."""
        ...

    def check(self, repository: Repository) -> Checked:
        """The structure: everything referred to is there."""
        ...

    def verify(self, repository: Repository, part: int, of: int) -> Checked:
        """The structure, and every byte of one part of the data."""
        ...

    def restore(
        self, repository: Repository, snapshot: str, place: Path, *, only: Sequence[str] = ()
    ) -> Restored:
        """Puts a snapshot (or the files named) into a directory."""
        ...

    def copy(self, source: Repository, target: Repository, snapshots: Sequence[str]) -> None:
        """Copies snapshots from one repository into another."""
        ...

    def forget(self, repository: Repository, snapshots: Sequence[str]) -> None:
        """Drops snapshots by their full ids, and the data that nothing needs any more."""
        ...

    def locks(self, repository: Repository) -> list[Lock]:
        """The locks that lie in the repository."""
        ...

    def immutability_probe(self, repository: Repository) -> Probed:
        """Tries to delete and to overwrite, on an object of its own."""
        ...
