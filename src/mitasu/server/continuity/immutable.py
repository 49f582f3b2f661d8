"""The active canary: is a place that is called immutable really so? Tried, not believed.

Everything destructive is done to objects of our own, in a compartment `mitasu-canary` at the same place; where
the real data lie only what is not there is deleted, and what is there is only opened, never written.
"""

from __future__ import annotations

import base64
import hashlib
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mitasu.server.continuity.engine import Probed, Repository, Try

NAME = "mitasu-canary"
SAYS = b"Mitasu: this object is a canary. It tells whether this place can be written over. "
OTHER = b"overwritten\n"
WAIT = 20.0
REFUSED = (401, 403, 405)
"""What a server answers that does not let us."""


def fresh() -> tuple[bytes, str]:
    """A new canary and its name: one that was spoiled while a place was loose would stay spoiled in a strict one."""
    content = SAYS + os.urandom(16).hex().encode() + b"\n"
    return content, hashlib.sha256(content).hexdigest()


def probe(repository: Repository) -> Probed:
    """Tries at a repository's place; nothing tried (sftp and others) means that it could not be told."""
    if repository.directory is not None:
        return Probed(tuple(_directory(repository.directory)), str(repository.directory.resolve()))
    if repository.location.startswith("rest:"):
        base = repository.location.removeprefix("rest:")
        base = base if base.endswith("/") else f"{base}/"
        parts = urlsplit(base)
        return Probed(tuple(_server(repository, base)), f"{parts.hostname}:{parts.port or ''}{parts.path}")
    return Probed((), repository.location.partition(":")[0])


def _directory(place: Path) -> list[Try]:
    """Files of a directory: delete, overwrite, rename, and open what is really kept for writing."""
    folder = place / NAME
    content, name = fresh()
    canary = folder / name
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        canary.write_bytes(content)
    except OSError as error:
        return [Try("見張りを置く", "できる", str(error.strerror), None)]
    tries = [
        _tried("見張りのファイルを書き換える", lambda: _overwrite(canary)),
        _tried("見張りのファイルの名前を変える", lambda: _rename(canary)),
        _tried("見張りのファイルを消す", canary.unlink),
    ]
    kept = next((path for path in sorted((place / "data").rglob("*")) if path.is_file()), None)
    if kept is not None:
        tries.append(_tried("保管中のファイルを書き込み用に開く（書かない）", lambda: _open(kept)))
    return tries


def _tried(what: str, work: Callable[[], Any]) -> Try:
    try:
        work()
    except OSError as error:
        return Try(what, "断られる", f"断られた（{error.strerror}）", True)
    return Try(what, "断られる", "できてしまった", False)


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(OTHER)


def _rename(path: Path) -> None:
    other = path.with_name(f"{path.name}.moved")
    path.rename(other)
    other.rename(path)


def _open(path: Path) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND))


def _server(repository: Repository, base: str) -> list[Try]:
    """Objects of a rest server: delete and overwrite, in our compartment and where the data lie."""
    header = _header(repository)
    canary = f"{base}{NAME}/"
    content, id_ = fresh()
    nothing = hashlib.sha256(os.urandom(32)).hexdigest()
    _answer("POST", f"{canary}?create=true", header)
    tries = []
    for kind in ("data", "snapshots"):
        here = f"{canary}{kind}/{id_}"
        _answer("POST", here, header, content)
        there = _content(here, header)
        if there != content:
            tries.append(Try(f"見張りを{kind}に置く", "できる", "置けなかった", None))
            continue
        wrote = _answer("POST", here, header, OTHER)
        same = _content(here, header) == content
        tries.append(_told(f"見張りの{kind}を上書きする", wrote, same))
        deleted = _answer("DELETE", here, header)
        tries.append(_told(f"見張りの{kind}を消す", deleted, _content(here, header) is not None))
    for kind in ("snapshots", "data"):
        answer = _answer("DELETE", f"{base}{kind}/{nothing}", header)
        refused = True if answer in REFUSED else None if answer in (None, 404) else False
        got = "つながらない" if answer is None else f"{answer}"
        tries.append(Try(f"保管先の{kind}で、ないものを消す", "403", got, refused))
    return tries


def _told(what: str, answer: int | None, same: bool) -> Try:
    if answer is None:
        return Try(what, "403", "つながらない", None)
    if not same:
        return Try(what, "403", f"{answer}：できてしまった", False)
    return Try(what, "403", str(answer), answer in REFUSED)


def _header(repository: Repository) -> dict[str, str]:
    if repository.credentials is None:
        return {}
    coded = base64.b64encode(repository.credentials.read_text().strip().encode()).decode()
    return {"Authorization": f"Basic {coded}"}


def _answer(method: str, address: str, header: dict[str, str], content: bytes | None = None) -> int | None:
    """The status a server answers; None where it cannot be reached."""
    request = urllib.request.Request(address, data=content, method=method, headers=header)  # noqa: S310
    try:
        with _opener().open(request, timeout=WAIT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        error.close()
        return int(error.code)
    except OSError:
        return None


def _content(address: str, header: dict[str, str]) -> bytes | None:
    request = urllib.request.Request(address, headers=header)  # noqa: S310 - http(s) only, see _opener
    try:
        with _opener().open(request, timeout=WAIT) as answer:
            return bytes(answer.read(1000))
    except OSError:
        return None


def _opener() -> urllib.request.OpenerDirector:
    """Opens http and https, nothing else, past any proxy: backup servers stand in the hospital's own network."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPErrorProcessor,
        urllib.request.HTTPDefaultErrorHandler,
    ):
        opener.add_handler(handler())
    return opener
