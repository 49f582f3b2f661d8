"""Looking at what was restored: is it what was backed up, and what is the newest transaction inside?

Restored trees keep the paths they were stored under, below the place they were restored to.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mitasu.errors import UsageError
from mitasu.server.continuity import databases
from mitasu.server.continuity.models.backups import Generation, SourceKind
from mitasu.server.ledger import snapshot


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined."""

    what: str
    well: bool


def below(place: Path, path: str) -> Path:
    """Where a path of the snapshot lies in a place of restore."""
    return Path(f"{place}{path}")


def digest(path: Path) -> str | None:
    """SHA-256 of a file; None where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def wrong_witnesses(place: Path, witnesses: Iterable[Iterable[str]]) -> int:
    """How many witnesses are not what they were before the backup."""
    return sum(digest(below(place, path)) != expected for path, expected in witnesses)


def examined(place: Path, generation: Generation, held: Mapping[str, int]) -> list[Finding]:
    """Everything that can be told of a whole restored generation; `held`: files and sizes by the snapshot."""
    there = {path: _size(below(place, path)) for path in held}
    short = [path for path, size in held.items() if there[path] != size]
    wrong = wrong_witnesses(place, generation.witnesses)
    found = [
        Finding(f"ファイル{len(held):,}件の数と大きさ", bool(held) and not short),
        Finding(
            f"前もって取ったハッシュ{len(generation.witnesses):,}件", bool(generation.witnesses) and not wrong
        ),
    ]
    for part in generation.parts:
        found += _databases(place, part, held)
        if part["kind"] == SourceKind.OWN:
            found += _own(below(place, part["roots"][0]))
    return found


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None


def _databases(place: Path, part: Mapping[str, Any], held: Mapping[str, int]) -> Iterable[Finding]:
    """SQLite files and dumps among what was staged for a part."""
    for path in copies(part, held):
        lies = below(place, path)
        if path.endswith(".dump"):
            yield Finding(f"{part['label']}：書き出しを最後まで読める", databases.dump_sound(lies))
        else:
            yield Finding(f"{part['label']}：データベースの整合", databases.sound(lies))


def copies(part: Mapping[str, Any], held: Mapping[str, int]) -> list[str]:
    """The consistent copies of databases among the files of a part."""
    inside = [path for path in held if any(path.startswith(f"{root}/") for root in part["roots"])]
    staged = [path for path in inside if "/continuity/staging/" in path]
    if part["kind"] in (SourceKind.SQLITE, SourceKind.POSTGRESQL):
        return staged
    if part["kind"] == SourceKind.OWN:
        return [path for path in staged if path.endswith((".sqlite3", ".dump"))]
    return [path for path in staged if "/databases/" in path]


def _own(folder: Path) -> Iterable[Finding]:
    """The copy of our own data: its manifest, and the chains in it."""
    try:
        snapshot.checked(folder)
        yield Finding("Mitasu：控え（manifest）と同じ", True)
    except UsageError:
        yield Finding("Mitasu：控え（manifest）と同じ", False)
    copy = folder / "mitasu.sqlite3"
    if copy.exists():
        yield Finding("Mitasu：台帳と監査記録の鎖", chains_hold(copy))


def chains_hold(copy: Path) -> bool:
    """Whether the ledgers and the audit trail in a copy of our database still say what was recorded."""
    from mitasu.server.ledger.models import START, Audit, Entry

    if not databases.sound(copy):
        return False
    with closing(databases.opened(copy)) as database:
        heads: dict[Any, str] = {}
        for model, order in ((Entry, "site_id, number"), (Audit, "id")):
            names = [field.attname for field in model._meta.concrete_fields]
            query = f"SELECT {', '.join(names)} FROM {model._meta.db_table} ORDER BY {order}"  # noqa: S608
            moments = {"recorded_at", "at"}
            days = {"first_day", "last_day"}
            for row in database.execute(query):
                values = dict(zip(names, row, strict=True))
                for name in moments & values.keys():
                    values[name] = datetime.fromisoformat(values[name]).replace(tzinfo=UTC)
                for name in days & values.keys():
                    values[name] = values[name] and datetime.fromisoformat(values[name]).date()
                one: Any = model(**values)
                chain = (model, values.get("site_id") if model is Entry else None)
                if one.previous != heads.get(chain, START) or one.computed() != one.digest:
                    return False
                heads[chain] = one.digest
    return True


def newest(place: Path, generation: Generation, held: Mapping[str, int]) -> tuple[datetime | None, str]:
    """The newest transaction inside what was restored, and by what it is told.

    Sources that name a column are asked; of several the one that is furthest behind counts. Where none does, the
    newest time of change among the files is taken, which says less.
    """
    found: list[tuple[datetime, str]] = []
    for part in generation.parts:
        for path in copies(part, held):
            at = _newest_in(below(place, path), part)
            if at is not None:
                found.append((at, f"{part['label']}の最後の取引"))
    if found:
        return min(found)
    times = [below(place, path).stat().st_mtime for path in held if below(place, path).exists()]
    if not times:
        return None, ""
    return datetime.fromtimestamp(max(times), UTC), "最も新しいファイルの更新時刻（取引の時刻は分かりません）"


def _newest_in(path: Path, part: Mapping[str, Any]) -> datetime | None:
    if part["kind"] == SourceKind.OWN and path.name.endswith(".sqlite3"):
        columns = ("ledger_entry.recorded_at", "ledger_audit.at")
        return max((at for one in columns if (at := databases.newest(path, one))), default=None)
    if not part.get("newest"):
        return None
    read = databases.newest_in_dump if path.name.endswith(".dump") else databases.newest
    return read(path, part["newest"])
