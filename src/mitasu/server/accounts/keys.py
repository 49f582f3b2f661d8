"""The data folder and the keys in it: made once, readable by their owner only, never in the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from mitasu.folders import data_folder

__all__ = ["data_folder", "key"]


def key(folder: Path, name: str) -> str:
    """The key of that name in the folder, made on first use with mode 0600."""
    path = folder / f"{name}.key"
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = os.open(f"{path}.new{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_urlsafe(64))
        try:
            os.link(f"{path}.new{os.getpid()}", path)  # the first of several processes wins
        except FileExistsError:
            pass
        finally:
            os.unlink(f"{path}.new{os.getpid()}")
    return path.read_text()
