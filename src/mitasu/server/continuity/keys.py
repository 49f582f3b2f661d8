"""The keys of targets: one file each, readable by the owner only, in a folder that no backup of ours contains.

A key inside the only backup that it opens is lost with it. So the folder is never a source; what survives the
machine are the copies wrapped for custodians (`escrow`).
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from pathlib import Path

from django.conf import settings

from mitasu.errors import UsageError
from mitasu.server.continuity.engine import Repository
from mitasu.server.continuity.models.backups import Target


def room() -> Path:
    """The folder of this room inside the data folder."""
    folder = Path(settings.DATA) / "continuity"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def folder() -> Path:
    """The folder of keys."""
    found = room() / "keys"
    found.mkdir(mode=0o700, exist_ok=True)
    return found


def written(name: str, secret: str) -> str:
    """Writes a secret into a new file of the folder and returns the file's name; an existing one stays."""
    if not re.fullmatch(r"[a-z0-9._-]+", name):
        raise ValueError(name)
    handle = os.open(folder() / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return name


def made(stem: str) -> str:
    """A new random key in a new file; returns the file's name."""
    return written(f"{stem}-{secrets.token_hex(4)}.key", secrets.token_urlsafe(32))


def taken_over(stem: str, source: Path, ending: str) -> str:
    """A key or credentials from a file of the operator's, copied; UsageError where it cannot be read or is empty."""
    try:
        secret = source.read_text().strip()
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{source} を読めません。") from None
    if not secret:
        raise UsageError(f"{source} は空です。")
    return written(f"{stem}-{secrets.token_hex(4)}.{ending}", secret)


def fingerprint(secret: str) -> str:
    """What tells one key from another without telling the key: keys are long and random."""
    return hashlib.sha256(f"mitasu-key:{secret.strip()}".encode()).hexdigest()[:16]


def repository(target: Target, *, location: str = "", key: Path | None = None) -> Repository:
    """A target as the engine reaches it (`location`: where a medium is mounted; `key`: another file of the key)."""
    credentials = folder() / target.credentials if target.credentials else None
    return Repository(location or target.location, key or folder() / target.key, credentials)
