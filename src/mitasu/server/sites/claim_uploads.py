"""Claim files between their upload and their audit: in a folder that only we can read, and no longer than needed.

They hold patients, so they are never among the stored documents; the job that reads them erases them, whether it
succeeds or fails, and the regular round erases what a job never came to.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from mitasu.errors import UsageError
from mitasu.server.sites.jobs import KEPT, UNFINISHED
from mitasu.server.sites.models import Job

MOST_FILES, MOST_BYTES = 60, 300 * 1024 * 1024
KIND = "claims"


def root() -> Path:
    """The folder of all uploads."""
    return Path(settings.DATA) / "claims"


def folder_of(id_: str) -> Path:
    """The folder of one upload."""
    return root() / str(uuid.UUID(id_))


def keep(files: Iterable[UploadedFile[Any]]) -> str:
    """Writes the files of an upload into a folder of their own; its id. UsageError where they are too many or too large."""
    files = list(files)
    if len(files) > MOST_FILES:
        raise UsageError(f"一度に読めるのは{MOST_FILES}ファイルまでです。分けて選んでください。")
    if sum(file.size or 0 for file in files) > MOST_BYTES:
        raise UsageError(
            f"合わせて{MOST_BYTES // 1024 // 1024}MBまで読めます。分けて選ぶか、mitasu claims audit を使ってください。"
        )
    id_ = str(uuid.uuid4())
    folder = folder_of(id_)
    folder.mkdir(mode=0o700, parents=True)
    try:
        for name, file in zip(_names(files), files, strict=True):
            with os.fdopen(os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as kept:
                for chunk in file.chunks():
                    kept.write(chunk)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return id_


def _names(files: list[UploadedFile[Any]]) -> list[str]:
    """Names to be shown and to be written under: without folders or signs that a file name may not have, each once."""
    plain = [
        re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]', "_", str(file.name or ""))[-80:].lstrip(".") for file in files
    ]
    again = len(set(plain)) < len(plain)
    return [f"{number}_{name}" if again or not name else name for number, name in enumerate(plain, 1)]


def paths(id_: str) -> list[Path]:
    """The files of an upload, by name; UsageError where they are gone."""
    try:
        found = sorted(folder_of(id_).iterdir())
    except OSError:
        found = []
    if not found:
        raise UsageError("読み込んだファイルはもうありません。もう一度選んでください。")
    return found


def erase(id_: str) -> None:
    """Erases an upload."""
    shutil.rmtree(folder_of(id_), ignore_errors=True)


def clear(now: datetime) -> int:
    """Erases uploads that no open job is to read and those older than a day; how many."""
    if not root().exists():
        return 0
    waiting = {
        job.wanted.get("upload")
        for job in Job.objects.filter(kind=KIND, state__in=UNFINISHED, made_at__gte=now - KEPT)
    }
    erased = 0
    for folder in root().iterdir():
        young = now.timestamp() - folder.stat().st_mtime < 60  # its job may be about to be written
        if folder.name not in waiting and not young:
            shutil.rmtree(folder, ignore_errors=True)
            erased += 1
    return erased
