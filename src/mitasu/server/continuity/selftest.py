"""Is this engine fit to be trusted? Its version, and how it behaves on a small repository that we damage ourselves.

A version number is a claim. Old engines have restored missing data with status 0; so the engine has to find one
flipped bit and one missing pack, and to tell a wrong key, before it is used. What it showed is remembered for
this very program file.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from mitasu.server.continuity.engine import Engine, EngineError, Repository

REMEMBERED = "selftest.json"


@dataclass(frozen=True, slots=True)
class Shown:
    """One thing that the engine had to show."""

    what: str
    well: bool


def examine(engine: Engine, folder: Path) -> list[Shown]:
    """Everything the engine has to show, on a repository made for it below `folder`; EngineError where it cannot run."""
    found = [Shown(f"版：{engine.version()}", True)]
    with tempfile.TemporaryDirectory(prefix="selftest-", dir=folder) as name:
        place = Path(name)
        key, other, data = place / "key", place / "other", place / "data"
        for one in (key, other):
            one.touch(mode=0o600)
            one.write_text(secrets.token_urlsafe(24))
        data.mkdir()
        (data / "file").write_bytes(secrets.token_bytes(20_000))
        repository = Repository(str(place / "repo"), key)
        engine.init(repository)
        made = engine.backup(repository, [data])
        whole = engine.verify(repository, 1, 1)
        found.append(Shown("正しい保管先を正しいと言う", whole.well))
        packs = [one for one in (place / "repo" / "data").rglob("*") if one.is_file()]
        pack = max(packs, key=lambda one: one.stat().st_size)
        content = pack.read_bytes()
        os.chmod(pack, 0o600)
        pack.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
        found.append(
            Shown("1ビットの違いを、全部を読む確認で見つける", not engine.verify(repository, 1, 1).well)
        )
        found.append(
            Shown("1ビットの違いを、復元で見つける", _fails(engine, repository, made.snapshot, place))
        )
        pack.unlink()
        found.append(Shown("失われたデータを、構造の確認で見つける", not engine.check(repository).well))
        found.append(Shown("違う鍵を、鍵の違いと言う", _names_key(engine, repository, other)))
    return found


def _fails(engine: Engine, repository: Repository, snapshot: str, place: Path) -> bool:
    try:
        engine.restore(repository, snapshot, place / "out")
    except EngineError:
        return True
    return False


def _names_key(engine: Engine, repository: Repository, other: Path) -> bool:
    try:
        engine.snapshots(Repository(repository.location, other))
    except EngineError as error:
        return error.kind == "key"
    return False


def gate(engine: Engine, folder: Path, program: str = "restic") -> str:
    """Lets a fit engine pass and tells its version; EngineError (`behaviour`) for one that is not.

    Examined once for each program file.
    """
    version = engine.version()
    where = shutil.which(program) or program
    state = os.stat(where) if os.path.exists(where) else None
    mark = [version, where, state.st_size if state else 0, state.st_mtime_ns if state else 0]
    remembered = folder / REMEMBERED
    try:
        if json.loads(remembered.read_text()) == mark:
            return version
    except (OSError, ValueError):
        pass
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    failed = [one.what for one in examine(engine, folder) if not one.well]
    if failed:
        raise EngineError("behaviour", f"{version} は使えません。できないこと：{'、'.join(failed)}。")
    fresh = remembered.with_suffix(f".new{os.getpid()}")
    fresh.write_text(json.dumps(mark))
    fresh.replace(remembered)
    return version
