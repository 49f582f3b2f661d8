"""Several claim files at once: the volumes of one claim put together and read in order.

A claim too large for one medium comes in volumes 00, 01, …; only the last ends with GO. Numbers, counts and sums run on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mitasu.claims.long_way import follows
from mitasu.claims.reading import ClaimFile, open_claims
from mitasu.claims.receipt import Header, Receipt


def in_volumes(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """The files as claims, each with its volumes in order; a file that follows no other stands alone.

    InputError where a file is no claim file.
    """
    headers: list[tuple[Path, Header | None]] = []
    for path in paths:
        with open_claims(path) as claims:
            headers.append((path, claims.header))
    headers.sort(key=lambda pair: "" if pair[1] is None else pair[1].volume)
    found: list[list[tuple[Path, Header | None]]] = []
    for path, header in headers:
        before = next((group for group in found if _continues(header, group[-1][1])), None)
        if before is None:
            found.append([(path, header)])
        else:
            before.append((path, header))
    order = {path: place for place, path in enumerate(paths)}
    groups = [tuple(path for path, _ in group) for group in found]
    return sorted(groups, key=lambda group: min(order[path] for path in group))


def _continues(header: Header | None, before: Header | None) -> bool:
    if header is None or before is None or not follows(header.volume, before.volume):
        return False
    return (header.code, header.month, header.reviewer) == (before.code, before.month, before.reviewer)


def read_volumes(paths: Sequence[Path], each: Callable[[Path, Receipt], None]) -> list[ClaimFile]:
    """Read the volumes of one claim to their end, giving each receipt; the closed files, the last with the totals."""
    read: list[ClaimFile] = []
    for place, path in enumerate(paths):
        after = read[-1] if read else None
        with open_claims(path, after=after, last=place == len(paths) - 1) as claims:
            for receipt in claims.receipts():
                each(path, receipt)
        read.append(claims)
    return read
