"""An institution as of a day: the mapping from fact keys to values that the engine reads.

A plain fact is its value on the day; a derived fact (a key with arguments, or an id declared as
derived) is computed when it is first asked and kept. What a derived fact rests on can be told
afterwards (`found`): a value without its reason is of no use to a clerk.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from mitasu.facts.institution import Filing, Institution
from mitasu.rules.explain import Later


class Found(NamedTuple):
    """A derived value, what it rests on in words, and what to ask where it is unknown."""

    value: Any
    detail: str = ""
    needs: tuple[str, ...] = ()


Derive = Callable[..., Found]


class View(dict[Any, Any]):
    """Facts of one institution on one day, by `Fact.key`; `replaced` puts other values in their place."""

    def __init__(
        self,
        institution: Institution,
        on: date,
        derive: Mapping[str, Derive],
        replaced: Mapping[Any, Any] | None = None,
        holds: Callable[[View, str, str], Any] | None = None,
    ) -> None:
        super().__init__(replaced or {})
        self.institution, self.on = institution, on
        self._derive, self._holds = derive, holds
        self._found: dict[Any, Found] = {}
        self._filings: dict[str, list[Filing]] | None = None

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a fact, None where it is unknown."""
        return self[key]

    def __missing__(self, key: Any) -> Any:
        if type(key) is str and key not in self._derive:
            span = self.institution.fact(key, self.on)
            value = None if span is None else span.value
        elif type(key) is tuple and key[0] == "holds":
            value = None if self._holds is None else self._holds(self, key[1], key[2])
        else:
            value = self.found(key).value
        self[key] = value
        return value

    def found(self, key: Any) -> Found:
        """A derived fact with what it rests on."""
        if key not in self._found:
            id_, args = key if type(key) is tuple else (key, ())
            self._found[key] = self._derive[id_](self, **dict(args))
        return self._found[key]

    def is_derived(self, key: Any) -> bool:
        """Whether the key stands for a derived fact."""
        return (key[0] if type(key) is tuple else key) in self._derive

    def needs(self, key: Any) -> tuple[str, ...]:
        """The ids to ask a user about where the fact is unknown."""
        if type(key) is tuple and key[0] == "holds":
            return ()
        return self.found(key).needs if self.is_derived(key) else (key,)

    def filings(self, item: str) -> Sequence[Filing] | None:
        """The filings of an item, None where filings are not listed at all."""
        if self.institution.filings is None:
            return None
        if self._filings is None:
            self._filings = {}
            for filing in self.institution.filings:
                self._filings.setdefault(filing.item, []).append(filing)
        return self._filings.get(item, ())

    def series(self, id_: str, month: str) -> Any:
        """The value of a series in a month, None where unknown."""
        return self.institution.series.get(id_, {}).get(month)


__all__ = ["Derive", "Found", "Later", "View"]
