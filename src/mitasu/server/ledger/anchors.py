"""Anchors: after each append the head of the chain is also written outside the database, signed with a key.

A database that was rolled back to an older copy, or whose last entries were cut off, is behind its anchors;
a chain that was written anew has other hashes than they say.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from mitasu.server.accounts.keys import key


@dataclass(frozen=True, slots=True)
class Anchor:
    """The head of a site's chain at a moment. `genuine`: the signature is ours."""

    site: int
    number: int
    digest: str
    at: str
    genuine: bool


def path() -> Path:
    """The file of anchors."""
    return _path(str(settings.DATA))


@cache
def _path(data: str) -> Path:
    return Path(data) / "anchors.jsonl"


def add(site: int, number: int, digest: str) -> None:
    """Writes an anchor and has it on the disk before it returns; OSError, and no half line, where there is no room."""
    at = timezone.now().isoformat()
    line = json.dumps([site, number, digest, at, _signature(_secret(), site, number, digest, at)]) + "\n"
    handle = os.open(path(), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        whole = _whole(handle)
        os.ftruncate(handle, whole)  # what a killed process left half-written would spoil our line too
        try:
            left = line.encode()
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, whole)
            raise
    finally:
        os.close(handle)


def _whole(handle: int) -> int:
    """Up to where the file consists of whole lines; a line is far shorter than what is looked at."""
    size = os.fstat(handle).st_size
    start = max(0, size - 4096)
    return start + os.pread(handle, size - start, start).rfind(b"\n") + 1


def anchors(site: int | None = None) -> Iterator[Anchor]:
    """The anchors in the order in which they were written, of one site or of all; broken lines are not genuine.

    A last line without its end was never written whole, and is none.
    """
    if not path().exists():
        return
    start, secret = f"[{site},", _secret()
    for line in path().read_text(errors="replace").split("\n")[:-1]:
        if site is not None and line.startswith("[") and line[1:2].isdigit() and not line.startswith(start):
            continue  # another site's
        try:
            pk, number, digest, at, signature = json.loads(line)
        except ValueError:
            yield Anchor(site or 0, 0, "", "", genuine=False)
            continue
        if site is None or pk == site:
            genuine = hmac.compare_digest(str(signature), _signature(secret, pk, number, digest, at))
            yield Anchor(pk, number, digest, at, genuine)


def _signature(secret: bytes, site: int, number: int, digest: str, at: str) -> str:
    return hmac.new(secret, f"{site}:{number}:{digest}:{at}".encode(), hashlib.sha256).hexdigest()


def _secret() -> bytes:
    return key(Path(settings.DATA), "anchor").encode()
