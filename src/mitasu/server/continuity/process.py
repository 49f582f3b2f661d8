"""Running another program: no shell, a time limit, low priority, and an end with ours, whatever ends us."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from mitasu.server.continuity.engine import EngineError

TAIL = 4000
"""So many characters of what a program said are kept."""
SECRET = re.compile(r"(://)[^/\s@]+@")


@dataclass(frozen=True, slots=True)
class Done:
    """How a program ended and what it said."""

    code: int
    out: str
    said: str


def run(
    command: Sequence[str], *, limit: float, environment: Mapping[str, str] | None = None, stdin: str = ""
) -> Done:
    """Runs a program to its end; EngineError(`missing`) where there is none, (`timeout`) after `limit` seconds.

    It runs with low priority and is killed with us (setpriv --pdeathsig), so that it never works on unwatched.
    """
    if shutil.which(command[0]) is None:
        raise EngineError("missing", f"{command[0]} がありません。入れてから、もう一度行ってください。")
    wrapped = [*_together(), *command]
    try:
        started = subprocess.Popen(  # noqa: S603 - a fixed program with arguments, no shell
            wrapped,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    except OSError as error:
        raise EngineError("missing", f"{command[0]} を始められません（{error.strerror}）。") from None
    try:
        out, said = started.communicate(stdin, timeout=limit)
    except subprocess.TimeoutExpired:
        _end(started)
        raise EngineError("timeout", f"{command[0]} が{limit:.0f}秒で終わらないので止めました。") from None
    except BaseException:
        _end(started)
        raise
    return Done(started.returncode, out, said)


def _together() -> list[str]:
    wrapper = []
    if shutil.which("setpriv"):
        wrapper += ["setpriv", "--pdeathsig", "KILL"]
    if shutil.which("nice"):
        wrapper += ["nice", "-n", "10"]
    return wrapper


def _end(started: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.communicate()


def tail(text: str, roots: Iterable[str] = ()) -> str:
    """The end of what was said, fit to be kept: no credentials, and of files below `roots` no names.

    Names of files may be names of patients; what lies below a source is told as 「…」.
    """
    text = SECRET.sub(r"\1", text)
    for root in sorted({one.rstrip("/") for one in roots if one.strip("/")}, key=len, reverse=True):
        text = re.sub(re.escape(root) + r"/[^\n\"':]+", f"{root}/…", text)
    return text.strip()[-TAIL:]
