"""The engine restic (0.14 and newer), driven by its command with JSON output.

Key and place are handed over in files of mode 0600, never as arguments that others on the machine could
read. A lock that stops us is removed only if it is our own: of this machine, and of a process that is gone.
"""

from __future__ import annotations

import json
import os
import re
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from mitasu.server.continuity.engine import (
    Checked,
    EngineError,
    Held,
    Listed,
    Lock,
    Made,
    Probed,
    Repository,
    Restored,
    Unlocking,
)
from mitasu.server.continuity.immutable import probe
from mitasu.server.continuity.process import Done, run, tail

LEAST = (0, 14)
HOUR = 3600.0
MANY = 5_000
"""So many lines of JSON are read at once: one by one costs three times as much, all at once the memory of all."""
SIGNS = (
    ("key", re.compile(r"wrong password or no key found")),
    ("locked", re.compile(r"already locked|unable to create lock|repository is locked")),
    ("full", re.compile(r"no space left on device|disk quota exceeded", re.I)),
    ("refused", re.compile(r"\b403\b|Forbidden|permission denied", re.I)),
    (
        "place",
        re.compile(
            r"unable to open config file|Is there a repository|connection refused|no such host|no route to host"
            r"|does not exist.*repository|unable to open repository",
            re.I,
        ),
    ),
    (
        "damaged",
        re.compile(
            r"ciphertext verification failed|hash does not match|unexpected EOF|invalid data returned"
            r"|pack .* (does not exist|missing)|not found in (index|repository)|contains \d+ errors"
            r"|no matching ID found|tree .* not found|size (.*) does not match",
            re.I,
        ),
    ),
)


class Restic:
    """restic as an `Engine`. `limit`: seconds that one command may take; `temporary`: where its files of secrets lie."""

    def __init__(self, *, limit: float = 12 * HOUR, temporary: Path | None = None, cache: Path | None = None):
        self.limit, self.temporary, self.cache = limit, temporary, cache
        self.unlocking = Unlocking()

    def version(self) -> str:
        """`restic 0.14.0`; EngineError where it is missing or older than we know how to judge."""
        said = run(["restic", "version"], limit=30).out
        match = re.match(r"restic (\d+)\.(\d+)(\S*)", said)
        if match is None or (int(match[1]), int(match[2])) < LEAST:
            least = ".".join(str(one) for one in LEAST)
            raise EngineError(
                "version", f"{said.strip()[:60] or 'restic'} は使えません。{least} 以降が必要です。"
            )
        return f"restic {match[1]}.{match[2]}{match[3]}"

    def init(self, repository: Repository) -> None:
        """Makes an empty repository, the chunking being the engine's own choice."""
        self._run(repository, "init")

    def backup(
        self,
        repository: Repository,
        paths: Sequence[Path],
        *,
        tags: Iterable[str] = (),
        without: Sequence[Path] = (),
        parent: str | None = None,
    ) -> Made:
        """Stores absolute paths; a file that could not be read makes the copy less than whole."""
        with self._list(without) as excluded:
            words = ["backup", "--json", "--host", socket.gethostname()]
            words += [word for tag in tags for word in ("--tag", tag)]
            words += ["--parent", parent] if parent else []
            words += ["--exclude-file", str(excluded)] if without else []
            done = self._unlocked(repository, *words, "--", *map(str, paths))
        if done.code != 3:  # 3: stored, but some file could not be read
            self._well(done)
        summary = next((row for row in _rows(done.out) if row.get("message_type") == "summary"), None)
        if summary is None:
            raise EngineError("failed", "restic が結果を言わずに終わりました。", tail(done.said))
        return Made(
            str(summary["snapshot_id"]),
            int(summary["total_files_processed"]),
            int(summary["total_bytes_processed"]),
            int(summary["files_new"]),
            int(summary["files_changed"]),
            int(summary["data_added"]),
            whole=done.code == 0,
        )

    def snapshots(self, repository: Repository) -> list[Listed]:
        """Every snapshot that the repository lists."""
        done = self._run(repository, "snapshots", "--json", "--no-lock")
        return [_listed(row) for row in json.loads(done.out or "null") or []]

    def files(self, repository: Repository, snapshot: str) -> tuple[Listed, list[Held]]:
        """A snapshot by (the beginning of) its id, and its files."""
        head, held = None, []
        for row in _rows(self._run(repository, "ls", "--json", "--no-lock", snapshot).out):
            if row.get("type") == "file":
                held.append(Held(row["path"], row.get("size", 0)))
            elif row.get("struct_type") == "snapshot":
                head = row
        if head is None:
            raise EngineError("failed", "restic が写しの中身を言わずに終わりました。")
        return _listed(head), held

    def changed(self, repository: Repository, before: str, after: str) -> list[str]:
        """Files that are new or whose content is another; times and owners alone do not count."""
        rows = _rows(self._run(repository, "diff", "--json", "--no-lock", before, after).out)
        wanted = [row for row in rows if row.get("message_type") == "change"]
        return [
            str(row["path"])
            for row in wanted
            if set(str(row["modifier"])) & set("+MT") and not str(row["path"]).endswith("/")
        ]

    def check(self, repository: Repository) -> Checked:
        """Structure only: a flipped bit inside a pack is not found by this."""
        return self._checked(repository)

    def verify(self, repository: Repository, part: int, of: int) -> Checked:
        """Structure and the whole of one part of the packs (by their ids, so that parts are steady)."""
        return self._checked(repository, f"--read-data-subset={part}/{of}")

    def _checked(self, repository: Repository, *words: str) -> Checked:
        done = self._unlocked(repository, "check", "--no-cache", *words)
        kind = _kind(done)
        if done.code and kind in ("key", "locked", "place", "refused", "full"):
            self._well(done)
        return Checked(done.code == 0, tail(f"{done.out}\n{done.said}"))

    def restore(
        self, repository: Repository, snapshot: str, place: Path, *, only: Sequence[str] = ()
    ) -> Restored:
        """Restores and has the engine read back what it wrote; anything short of that is an error."""
        start = time.monotonic()
        wanted = [word for one in only for word in ("--include", _quoted(one))]
        words = ["restore", "--no-lock", "--no-cache", snapshot, "--verify", "--target", str(place)]
        done = self._run(repository, *words, *wanted)
        return Restored(place, time.monotonic() - start, tail(done.said))

    def copy(self, source: Repository, target: Repository, snapshots: Sequence[str]) -> None:
        """Copies snapshots; those that are there already stay as they are."""
        with self._secret(_address(source)) as address:
            said = ["--from-repository-file", str(address), "--from-password-file", str(source.key)]
            self._well(self._unlocked(target, "copy", *said, *snapshots))

    def forget(self, repository: Repository, snapshots: Sequence[str]) -> None:
        """Forgets the snapshots named by full id, then drops what nothing refers to. No policy, no pattern."""
        if not snapshots or any(not re.fullmatch(r"[0-9a-f]{64}", one) for one in snapshots):
            raise ValueError("snapshots are forgotten by full id only")
        self._well(self._unlocked(repository, "forget", "--prune", *snapshots))

    def locks(self, repository: Repository) -> list[Lock]:
        """The locks in the repository, each with its holder."""
        found = []
        for id_ in self._run(repository, "list", "locks", "--no-lock").out.split():
            done = self._command(repository, "cat", "lock", id_, "--no-lock")
            if done.code:  # gone in between
                continue
            row = json.loads(done.out)
            host, pid = str(row["hostname"]), int(row["pid"])
            ours = host == socket.gethostname() and not _lives(pid)
            found.append(Lock(id_, host, pid, bool(row.get("exclusive")), ours))
        return found

    def immutability_probe(self, repository: Repository) -> Probed:
        """Tries to delete and overwrite objects of its own, and to delete what is not there, where the data lie."""
        return probe(repository)

    # ---- running -----------------------------------------------------------------------------------------

    def _unlocked(self, repository: Repository, *words: str) -> Done:
        """Runs a command; where a lock stops it that is our own and dead, removes that and runs it once more."""
        done = self._command(repository, *words)
        if not done.code or _kind(done) != "locked":
            return done
        found = self.locks(repository)
        others = [lock for lock in found if not lock.ours]
        if others:
            held = "、".join(f"{lock.host} のプロセス{lock.pid}" for lock in others)
            raise EngineError(
                "locked", f"保管先は使用中です（{held}）。終わってから、もう一度行ってください。"
            )
        if found:
            self._well(self._command(repository, "unlock"))
            still = self.locks(repository)
            if still and all(lock.ours for lock in still):  # to the engine a zombie lives
                self._well(self._command(repository, "unlock", "--remove-all"))
                still = self.locks(repository)
            left = {lock.id for lock in still}
            self.unlocking.removed += [lock for lock in found if lock.id not in left]
        return self._command(repository, *words)

    def _run(self, repository: Repository, *words: str) -> Done:
        done = self._command(repository, *words)
        self._well(done)
        return done

    def _command(self, repository: Repository, *words: str) -> Done:
        if not repository.key.is_file():
            raise EngineError("key", f"鍵のファイル {repository.key.name} がありません。")
        with self._secret(_address(repository)) as address:
            fixed = ["restic", "--repository-file", str(address), "--password-file", str(repository.key)]
            far = repository.directory is None  # what lies on this machine needs no second copy of its index
            fixed += ["--cache-dir", str(self.cache)] if self.cache and far else ["--no-cache"]
            return run([*fixed, *words], limit=self.limit, environment=_environment())

    def _well(self, done: Done) -> None:
        if done.code:
            kind = _kind(done)
            raise EngineError(kind, _told(kind, done), tail(f"{done.out}\n{done.said}"))

    @contextmanager
    def _secret(self, text: str) -> Iterator[Path]:
        """A file only we can read, for as long as it is needed."""
        handle, name = tempfile.mkstemp(prefix="mitasu-", dir=self.temporary)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    @contextmanager
    def _list(self, paths: Iterable[Path]) -> Iterator[Path]:
        """A file with the paths, one a line, their special signs quoted."""
        with self._secret("\n".join(_quoted(str(path)).replace("$", "$$") for path in paths)) as name:
            yield name


def _environment() -> dict[str, str]:
    """What restic is told by its environment; what an operator has set there himself stays.

    By default it collects garbage whenever its memory has grown by half. Letting it grow to five times saved 5 to 8 %
    of the CPU time of a first backup of 2 GB, for 290 MB of memory instead of 130 MB (restic 0.14, two cores).
    From a quarter of the machine's memory (soft, and never below 1 GiB) it collects as often as it needs to.
    """
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    wanted = {"GOGC": "400", "GOMEMLIMIT": str(max(2**30, memory // 4))}
    return {"RESTIC_PROGRESS_FPS": "0.1"} | {
        name: value for name, value in wanted.items() if name not in os.environ
    }


def _address(repository: Repository) -> str:
    """The place as restic takes it, with the credentials of a rest server put in."""
    if repository.credentials is None or not repository.location.startswith("rest:"):
        return repository.location
    from urllib.parse import quote

    user, _, password = repository.credentials.read_text().strip().partition(":")
    scheme, _, rest = repository.location.removeprefix("rest:").partition("://")
    return f"rest:{scheme}://{quote(user, safe='')}:{quote(password, safe='')}@{rest}"


def _quoted(path: str) -> str:
    """A path as a pattern that means it alone."""
    return re.sub(r"([\\*?\[\]])", r"\\\1", path)


def _rows(out: str) -> Iterator[dict[str, Any]]:
    """The lines that are JSON objects, in order."""
    lines = iter(out.split("\n"))
    while piece := list(islice(lines, MANY)):
        yield from json.loads(f"[{','.join(line for line in piece if line.startswith('{'))}]")


def _listed(row: dict[str, Any]) -> Listed:
    at = re.sub(r"(\.\d{6})\d+", r"\1", str(row["time"])).replace("Z", "+00:00")
    return Listed(
        str(row["id"]),
        datetime.fromisoformat(at),
        str(row["tree"]),
        tuple(row.get("paths") or ()),
        tuple(row.get("tags") or ()),
    )


def _kind(done: Done) -> str:
    said = f"{done.said}\n{done.out}"
    return next((kind for kind, sign in SIGNS if sign.search(said)), "failed")


def _told(kind: str, done: Done) -> str:
    told = {
        "key": "鍵が違います。この保管先の鍵ではありません。",
        "locked": "保管先は、ほかのプログラムが使用中です。終わってから、もう一度行ってください。",
        "full": "保管先の空き容量がありません。世代を消して空けず、場所を増やしてください。",
        "refused": "保管先が断りました（消せない・書けない設定です）。",
        "place": "保管先が見つからないか、つながりません。場所と接続を確かめてください。",
        "damaged": "保管先のデータが壊れています。ほかの保管先の世代を使い、原因を調べてください。",
    }
    last = tail(done.said).splitlines()[-1:] or [""]
    return told.get(kind, f"restic が失敗しました（状態 {done.code}）：{last[0][:200]}")


def _lives(pid: int) -> bool:
    """Whether a process of that number is there, works and is the engine (numbers are used again).

    One that was killed and that nobody has waited for is still listed, as a zombie (`Z`), and holds nothing.
    """
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")
    except OSError:
        return False
    return "restic" in name and rest.split()[0] not in ("Z", "X")
