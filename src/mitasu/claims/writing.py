"""Claim files written: records in, CRLF after each, EOF byte at the end; a well-formed file comes out byte for byte.

Records are read here as fields of bytes, without looking inside, and trailing fields that were cut stay cut.
A file is written beside its place and put there when it is whole.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from mitasu.claims.faults import Faults
from mitasu.claims.lines import BLOCK, EOF, blocks
from mitasu.claims.opening import HEAD, refusal, unreadable
from mitasu.errors import InputError, Problem, reason

_FORBIDDEN = (",", '"', "\r", "\n", "\x1a", "\x00")


def raw_records(path: Path, faults: Faults | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """The line and fields of every record, the record's id first; empty lines are left out. InputError as for reading."""
    found = Faults() if faults is None else faults
    try:
        with path.open("rb") as source:
            problem = refusal(source.read(HEAD), path)
            if problem is not None:
                raise InputError(problem)
            source.seek(0)
            for start, lines in blocks(source, found):
                for number, line in enumerate(lines, start):
                    if line:
                        yield number, line.split(b",")
    except OSError as error:
        raise unreadable(error, path) from None


def record(id_: str, fields: dict[int, object]) -> list[str]:
    """A record from its fields by place (1 the first after the id); empty ones between are kept, trailing ones cut.

    >>> record("HO", {1: "  999901", 4: 2, 5: 367})
    ['HO', '  999901', '', '', '2', '367']
    """
    values = {place: str(value) for place, value in fields.items() if value not in ("", None)}
    return [id_, *(values.get(place, "") for place in range(1, max(values, default=0) + 1))]


def encode(text: str) -> bytes:
    """A field in the encoding of claim files; ValueError where it holds a comma, a quote, a line end or a foreign sign.

    >>> encode("見本").hex()
    '8ca9967b'
    """
    if any(sign in text for sign in _FORBIDDEN):
        raise ValueError(f"「{text}」には、レセプトの項目に使えない文字（カンマ、引用符、改行）があります。")
    try:
        found = text.encode("cp932")
        found.decode("shift_jis")
    except UnicodeError:
        raise ValueError(f"「{text}」には、JIS X 0208にない文字があります。") from None
    return found


class ClaimWriter:
    """Writes one claim file; on leaving without an error the file is put in its place."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = ""
        self._file: BinaryIO
        try:
            handle, self._name = tempfile.mkstemp(dir=path.resolve().parent, prefix=f".{path.name}.")
        except OSError as error:
            raise _unwritable(error, path) from None
        self._file = os.fdopen(handle, "wb", buffering=BLOCK)

    def write(self, fields: Sequence[bytes | str]) -> None:
        """Write a record: its id and fields, bytes as they are, text encoded."""
        line = b",".join([field if isinstance(field, bytes) else encode(field) for field in fields])
        try:
            self._file.write(line + b"\r\n")
        except OSError as error:
            raise _unwritable(error, self.path) from None

    def write_lines(self, lines: bytes) -> None:
        """Write whole lines, their ends included, as they are."""
        try:
            self._file.write(lines)
        except OSError as error:
            raise _unwritable(error, self.path) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._file.write(EOF)
                self._file.flush()
                os.fsync(self._file.fileno())
            self._file.close()
            if kind is None:
                mode = self.path.stat().st_mode & 0o777 if self.path.exists() else 0o600
                os.chmod(self._name, mode)
                os.replace(self._name, self.path.resolve())
                self._name = ""
        except OSError as failed:
            raise _unwritable(failed, self.path) from None
        finally:
            if self._name:
                Path(self._name).unlink(missing_ok=True)


def _unwritable(error: OSError, path: Path) -> InputError:
    return InputError(Problem(f"書き込めません（{reason(error)}）。元のファイルはそのままです。", str(path)))
