"""Where the data of an installation lies: one folder, chosen by `MITASU_DATA` or by the user's own settings."""

from __future__ import annotations

import os
from pathlib import Path

ENVIRONMENT = "MITASU_DATA"


def data_folder() -> Path:
    """Where databases, keys and documents are kept (`MITASU_DATA`, or the user's data folder); not made here."""
    chosen = os.environ.get(ENVIRONMENT)
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "mitasu"
