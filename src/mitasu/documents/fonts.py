"""Is there a font that can write Japanese? Without one a PDF is made all the same, with its letters left out.

So it is looked up before anything is drawn, and where there is none the work stops and says how to mend it.
"""

from __future__ import annotations

import shutil
import subprocess
from functools import cache

from mitasu.errors import UsageError

PREFERRED = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "BIZ UDPGothic",
    "BIZ UDGothic",
    "IPAexGothic",
    "IPAPGothic",
    "IPAGothic",
    "VL PGothic",
    "TakaoPGothic",
    "Hiragino Sans",
    "Yu Gothic",
    "Meiryo",
    "Noto Serif CJK JP",
    "IPAexMincho",
)
"""Families in the order in which they are taken: those whose look our documents were checked with come first."""
REMEDY = (
    "日本語の書体が見つからないので、文書を作れません。文字の欠けた文書にしないために止めました。"
    "Debian・Ubuntuでは「sudo apt install fontconfig fonts-noto-cjk」を実行し、Mitasuを起動し直してください。"
)


@cache
def japanese_font() -> str:
    """The family to write Japanese with; UsageError with the remedy where this machine has none."""
    return choose(installed())


def installed() -> frozenset[str]:
    """The families that fontconfig says can write Japanese; none where fontconfig itself is missing."""
    command = shutil.which("fc-list")
    if command is None:
        return frozenset()
    listed = subprocess.run(  # noqa: S603 - the path is what `which` found, the arguments are ours
        [command, ":lang=ja", "family"], capture_output=True, text=True, timeout=60, check=False
    )
    return frozenset(
        name.strip().replace("\\", "") for line in listed.stdout.splitlines() for name in line.split(",")
    ) - {""}


def choose(families: frozenset[str]) -> str:
    """The best of some families; UsageError where there are none."""
    known = (name for name in PREFERRED if name in families)
    found = next(known, None) or min(families, default=None)
    if found is None:
        raise UsageError(REMEDY)
    return found
