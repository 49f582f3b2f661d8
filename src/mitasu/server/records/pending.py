"""Uploads between being looked at and being taken in: in a folder of their own, for a day, and gone once taken.

They hold patients' data, so they are not among the stored documents, which are kept for good.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core import signing

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site

SALT, ONE_DAY = "mitasu.records.import", 86_400


def _folder() -> Path:
    folder = Path(settings.DATA) / "records-imports"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def keep(site: Site, user: Any, kind: str, name: str, content: bytes) -> str:
    """Keeps an upload; returns the signed token that names it for this user, site and kind."""
    swept()
    digest = hashlib.sha256(content).hexdigest()
    handle, made = tempfile.mkstemp(dir=_folder())
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(made, _folder() / digest)
    except BaseException:
        Path(made).unlink(missing_ok=True)
        raise
    return signing.dumps([user.pk, site.pk, kind, name, digest], salt=SALT, compress=True)


def kept(site: Site, user: Any, kind: str, token: str) -> tuple[str, bytes]:
    """Name and bytes of a kept upload; UsageError where the token is not for this, or too old."""
    try:
        person, place, what, name, digest = signing.loads(token, salt=SALT, max_age=ONE_DAY)
        if [person, place, what] == [user.pk, site.pk, kind]:
            return name, (_folder() / digest).read_bytes()
    except (signing.BadSignature, OSError, ValueError):
        pass
    raise UsageError("確認の期限が切れました。もう一度ファイルを選んでください。")


def drop(content: bytes) -> None:
    """Forgets an upload."""
    (_folder() / hashlib.sha256(content).hexdigest()).unlink(missing_ok=True)


def swept() -> None:
    """Forgets uploads older than a day."""
    for file in _folder().iterdir():
        if time.time() - file.stat().st_mtime > ONE_DAY:
            file.unlink(missing_ok=True)
