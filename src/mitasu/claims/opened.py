"""Claim files opened one after the other, of an institution that must be the right one; volumes are joined.

A file in several volumes is given as its volumes in order; they are read as one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from mitasu.claims.charges import Doubt
from mitasu.claims.reading import ClaimFile, open_claims
from mitasu.claims.receipt import Fault, Header, Receipt
from mitasu.claims.volumes import in_volumes
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts import Institution


class Claims(Protocol):
    """An open claim file, as far as counting and comparing need it."""

    @property
    def path(self) -> Path: ...

    @property
    def header(self) -> Header | None: ...

    @property
    def faults(self) -> Sequence[Fault]: ...

    def receipts(self) -> Iterator[Receipt]: ...


class Seen:
    """The files that were read, by which a copy of one is told."""

    def __init__(self) -> None:
        self._seen: set[tuple[str, ...]] = set()

    def again(self, file: Claims) -> Doubt | None:
        """A doubt where a file of this claim (institution, kind, month, payer, volume) was read before."""
        header = file.header
        if header is None:
            return None
        key = (header.code, header.kind, header.month, header.reviewer, header.volume)
        if key not in self._seen:
            self._seen.add(key)
            return None
        told = "同じ請求年月・同じ審査支払機関のファイルが二つあります。同じものなら二重に数えています。"
        return Doubt(Path(file.path).name, header.line, None, "same-month-twice", told)


def opened(files: Iterable[str | Path | Claims]) -> Iterator[Claims]:
    """Each file open until the next is asked for; UsageError where a path is given twice.

    Paths come first, grouped as `in_volumes` groups them.
    """
    given = list(files)
    paths = [Path(file) for file in given if isinstance(file, str | Path)]
    places = [path.resolve() for path in paths]
    twice = next((path for path in places if places.count(path) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice.name}が二度指定されています。一度だけ指定してください。")
    for group in in_volumes(paths):
        before: ClaimFile | None = None
        for place, path in enumerate(group):
            with open_claims(path, after=before, last=place == len(group) - 1) as claims:
                yield claims
            before = claims
    yield from (file for file in given if not isinstance(file, str | Path))


def matching(institution: Institution, header: Header | None, file: str) -> None:
    """InputError where a file is not of this institution."""
    if header is None:
        told = "医療機関のレコード（IR・YK）が読めないため、どの施設のファイルか分かりません。"
        raise InputError(Problem(told + "それでも進めるには --any-institution を付けてください。", file))
    if header.code != institution.code:
        whose = f"{header.name or '名前なし'}（{header.code}）"
        ours = f"{institution.name}（{institution.code or 'コードなし'}）"
        told = f"{whose}のファイルです。施設は{ours}です。それでも進めるには --any-institution を付けてください。"
        raise InputError(Problem(told, file, header.line))
