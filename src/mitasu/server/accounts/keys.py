"""The data folder and the keys in it: made once, readable by their owner only, never in the repository."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

ENVIRONMENT = "MITASU_DATA"


def data_folder() -> Path:
    """Where the application keeps its database, keys and documents (`MITASU_DATA`, or the user's data folder)."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "mitasu"


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
