"""A value made when it is first asked for.

A judgement of many institutions is mostly asked for its status and level; answers of requirements, and
their reasons in words, would take longer than all the rest. Whoever asks gets what would have been made
at once: a lazy value is compared, hashed, shown, copied and pickled as the value itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lazy(Generic[T]):
    """A value by the function that makes it; the function is called once and then let go.

    >>> made = Lazy(lambda: print("made") or "text")
    >>> made.value, made.value
    made
    ('text', 'text')
    >>> made == Lazy.of("text")
    True
    """

    __slots__ = ("_make", "_value")
    _make: Callable[[], T] | None
    _value: T

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make

    @classmethod
    def of(cls, value: T) -> Lazy[T]:
        """A value that is there already."""
        made: Lazy[T] = cls(lambda: value)
        made.value  # noqa: B018  (made now, so that it can be pickled and nothing is kept)
        return made

    @property
    def value(self) -> T:
        """The value, made on the first call."""
        make = self._make
        if make is not None:
            self._value = make()
            self._make = None
        return self._value

    def __eq__(self, other: object) -> bool:
        return self.value == other.value if isinstance(other, Lazy) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Lazy.of, (self.value,)
