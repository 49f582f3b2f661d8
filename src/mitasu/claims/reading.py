"""Claim files opened and read: the header at once, receipts one after the other, faults and totals as they are found.

    with open_claims(path) as claims:
        for receipt in claims.receipts(): ...
        claims.faults, claims.trailer, claims.totals

Memory does not grow with the file, and one bad line never stops the rest. A file that is no claim file at all is
refused (`InputError`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from mitasu.claims.checking import Totals
from mitasu.claims.faults import Faults
from mitasu.claims.garbage import rarely_collected
from mitasu.claims.header import header_of
from mitasu.claims.long_way import follows
from mitasu.claims.opening import HEAD, kind_of, refusal, unreadable
from mitasu.claims.receipt import Fault, Header, Receipt, Trailer
from mitasu.claims.stream import Stream
from mitasu.claims.tables import Table, table
from mitasu.errors import InputError


class ClaimFile:
    """One claim file, or one volume of several: `after` is the volume before it, `last` whether GO must stand in it."""

    def __init__(self, path: Path, *, after: ClaimFile | None = None, last: bool = True) -> None:
        self.path = path
        self._last = last
        self._source = _open(path)
        try:
            head = self._source.read(HEAD)
            problem = refusal(head, path)
            if problem is not None:
                raise InputError(problem)
            self._source.seek(0)
        except OSError as error:
            self._source.close()
            raise unreadable(error, path) from None
        except BaseException:
            self._source.close()
            raise
        self.table: Table = table(kind_of(head, path))
        self._faults = Faults()
        self._totals: Totals = Totals() if after is None else after.totals
        header = self._header(head)
        self._stream = Stream(self._source, self.table, header, self._faults, self._totals)
        self._first = header
        self._read = False
        if after is not None:
            self._continue(after)
        elif header is not None and header.volume.strip("0").isdigit():
            told = f"巻{header.volume}です。巻00から、すべての巻を一緒に指定してください。"
            self._faults.add(1, "volume", told)

    def _header(self, head: bytes) -> Header | None:
        first = head.split(b"\n", 1)[0].rstrip(b"\r").lstrip(b"\x1a")
        values = first.split(b",")
        if values[0] in (b"IR", b"YK"):
            return header_of(values, 1, self.table.kind)
        self._faults.add(1, "no-header", "最初の記録が医療機関情報（IR。薬局はYK）ではありません。")
        return None

    def _continue(self, after: ClaimFile) -> None:
        header, before = self.header, after.header
        if header is None or before is None:
            return
        same = (header.code, header.month, header.reviewer) == (before.code, before.month, before.reviewer)
        if not same or not follows(header.volume, before.volume):
            self._faults.add(
                1,
                "volume",
                f"前の巻（{before.volume}）に続く巻ではありません（{header.name} {header.month} 巻{header.volume}）。",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._source.close()

    def receipts(self) -> Iterator[Receipt]:
        """The receipts of the file, once."""
        if self._read:
            raise ValueError("the receipts of a claim file can be read once")
        self._read = True
        try:
            with rarely_collected():
                yield from self._stream.receipts()
        except OSError as error:
            raise unreadable(error, self.path) from None
        if self._last and self.trailer is None:
            self._faults.add(
                max(self._stream.lines, 1),
                "no-trailer",
                "GO（診療報酬請求書）がありません。複数の巻に分かれたものなら、すべての巻を順に指定してください。",
            )

    @property
    def header(self) -> Header | None:
        """The institution and month; None where the first record cannot be read."""
        return self._first

    @property
    def trailer(self) -> Trailer | None:
        """GO, once the receipts have been read; None where there is none."""
        return self._stream.trailer

    @property
    def totals(self) -> Totals:
        """What has been read so far; with volumes, from the first on."""
        return self._totals

    @property
    def faults(self) -> list[Fault]:
        """The faults found so far, by line: of each code the first hundred (`fault_counts` has all)."""
        return self._faults.found

    @property
    def fault_counts(self) -> dict[str, int]:
        """How often each code of fault was found."""
        return dict(self._faults.counts)

    @property
    def errors(self) -> int:
        """How many errors there are."""
        return self._faults.of("error")

    @property
    def warnings(self) -> int:
        """How many warnings there are."""
        return self._faults.of("warning")


def open_claims(path: Path, *, after: ClaimFile | None = None, last: bool = True) -> ClaimFile:
    """Open a claim file; InputError where it is none.

    `after` is the volume before this one, read to its end; `last` is false for volumes that others follow.
    """
    return ClaimFile(path, after=after, last=last)


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise unreadable(error, path) from None
