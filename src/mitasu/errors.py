"""The errors a user can cause, as one family.

    MitasuError                 base: shown without traceback
    ├── UsageError              wrong use of a command or call          exit 2
    └── InputError              one or more problems in what was given  exit 3

A problem names the file and line, what was found, what was expected and the nearest right word, in
Japanese, because the reader is a clerk and not a programmer. A programmer's mistake is an ordinary
exception and keeps its traceback.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import dataclass


class MitasuError(Exception):
    """Base of everything that a user can cause and mend."""

    exit_status = 3


class UsageError(MitasuError, ValueError):
    """A command or call was used wrongly (exit status 2)."""

    exit_status = 2


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in what was given: where it is, what is wrong, what would be right.

    >>> print(Problem("「onlin_claims」という項目はありません。", file="a.yaml", line=7, nearest="online_claims"))
    a.yaml:7: 「onlin_claims」という項目はありません。近いもの: online_claims
    """

    message: str
    file: str | None = None
    line: int | None = None
    nearest: str | None = None
    code: str = "input"

    def __str__(self) -> str:
        place = "" if self.file is None else f"{self.file}:{self.line}: " if self.line else f"{self.file}: "
        near = f"近いもの: {self.nearest}" if self.nearest else ""
        return f"{place}{self.message}{near}"


class InputError(MitasuError, ValueError):
    """What was given cannot be read as it stands; `problems` lists every fault found (exit status 3)."""

    exit_status = 3

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


REASONS = {
    errno.ENOENT: "フォルダーがありません",
    errno.ENOTDIR: "途中にあるものがフォルダーではありません",
    errno.EISDIR: "フォルダーです。ファイルの名前を書いてください",
    errno.EACCES: "権限がありません",
    errno.EPERM: "権限がありません",
    errno.EROFS: "書き込みのできない場所です",
    errno.ENOSPC: "空き容量がありません",
    errno.ENAMETOOLONG: "名前が長すぎます",
}


def reason(error: OSError) -> str:
    """Why a file could not be written, in Japanese where we have words for it.

    >>> reason(FileNotFoundError(errno.ENOENT, "No such file or directory"))
    'フォルダーがありません'
    """
    return REASONS.get(error.errno or 0) or str(error.strerror or error)


def reading(error: OSError) -> str:
    """Why a file could not be read, in Japanese where we have words for it.

    >>> reading(FileNotFoundError(errno.ENOENT, "No such file or directory"))
    'ファイルがありません'
    """
    return "ファイルがありません" if error.errno == errno.ENOENT else reason(error)
