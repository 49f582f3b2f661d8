"""What the tests of institution files share: the head of a file, and the kinds of their fixtures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any

from mitasu.errors import Problem
from mitasu.facts import Institution

HEAD = """\
institution:
  name: 見本内科
  sector: medical
  kind: clinic
"""
Read = Callable[..., Institution]
Faults = Callable[..., list[Problem]]


def places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    yield at
    rows = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in rows:
        yield from places(value, (*at, key))


def put(document: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of a document with another value at a place."""
    if not place:
        return value
    copy = deepcopy(document)
    target = copy
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = value
    return copy
