"""What would change a verdict: the smallest sets of changes that make a tree met.

Worked out bottom-up over the reasons: all parts of `All` need repair, one branch of `Any_` is enough.
Exact where no fact stands in a tree twice; whoever shows a set to a user evaluates it once more with
the changes put in place. Unknown facts count as changes too: they may only need confirming.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from typing import Any, NamedTuple

from mitasu.rules.explain import Reason
from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Deemed,
    Equals,
    Fact,
    LessThan,
    MoreThan,
    Node,
    Not,
    OneOf,
    Requires,
    Verdict,
    When,
)

MOST = 4
"""How many sets are kept at each node; the smallest."""


class Change(NamedTuple):
    """One change: the leaf, and the value that would make it come out right."""

    node: Node
    key: Any
    value: Any
    was: Any

    @property
    def unknown(self) -> bool:
        """Whether the fact is not known yet, so that confirming it may be enough."""
        return self.was is None


Repair = tuple[Change, ...]
Possible = Callable[[Change], bool]


def repairs(reason: Reason, possible: Possible = lambda change: True) -> list[Repair]:
    """The smallest sets of changes that make the verdict met, fewest first; empty where nothing can.

    `possible`: whether a change can be made at all; sets that need another one are left out.

    >>> from mitasu.rules.explain import explain
    >>> tree = Any_((Fact("certified"), All((Fact("posted"), AtLeast(Fact("rate"), 30)))))
    >>> found = repairs(explain(tree, {"certified": False, "posted": True, "rate": 29}))
    >>> [[(change.key, change.value) for change in repair] for repair in found]
    [[('certified', True)], [('rate', 30)]]
    """
    return _smallest(_mend(reason, possible))


def repairs_of_all(reasons: Iterable[Reason], possible: Possible = lambda change: True) -> list[Repair]:
    """The smallest sets of changes that make several verdicts met together."""
    return [repair for repair in _every([_mend(reason, possible) for reason in reasons]) if repair]


def _smallest(sets: Iterable[Repair]) -> list[Repair]:
    unique = {frozenset(found): found for found in sets}
    return sorted(
        unique.values(), key=lambda found: (len(found), sum(not change.unknown for change in found))
    )[:MOST]


def _mend(reason: Reason, possible: Possible) -> list[Repair]:
    """Sets of changes that make the reason met (or not applicable)."""
    if reason.verdict >= Verdict.DEEMED:
        return [()]
    node, parts = reason.node, reason.parts
    match node:
        case All():
            return _every([_mend(part, possible) for part in parts])
        case Any_():
            applying = [part for part in parts if part.verdict is not Verdict.NOT_APPLICABLE]
            return _smallest(found for part in applying for found in _mend(part, possible))
        case AtLeastNOf(n):
            lacking = sorted(
                (_mend(part, possible) for part in parts if part.verdict is not Verdict.NOT_APPLICABLE),
                key=_cost,
            )
            return _every(lacking[:n]) if len(lacking) >= n else []
        case Not():
            return _break(parts[0], possible)
        case When():
            return _mend(parts[1], possible)  # not by making the question go away
        case Deemed():
            return _smallest(_mend(parts[0], possible))
        case Requires():
            return _mend(parts[0], possible) if parts else []
    return _leaf(reason, possible, wanted=True)


def _break(reason: Reason, possible: Possible) -> list[Repair]:
    """Sets of changes that make the reason not met."""
    if reason.verdict is Verdict.UNMET:
        return [()]
    node, parts = reason.node, reason.parts
    match node:
        case All():
            return _smallest(found for part in parts for found in _break(part, possible))
        case Any_():
            return _every(
                [_break(part, possible) for part in parts if part.verdict is not Verdict.NOT_APPLICABLE]
            )
        case Not():
            return _mend(parts[0], possible)
        case Requires():
            return _break(parts[0], possible) if parts else []
        case When() | Deemed() | AtLeastNOf():
            return []
    return _leaf(reason, possible, wanted=False)


def _leaf(reason: Reason, possible: Possible, *, wanted: bool) -> list[Repair]:
    node = reason.node
    match node:
        case Fact():
            value: Any = wanted
            fact = node
        case AtLeast(fact, limit) | AtMost(fact, limit):
            if not wanted:
                return []
            value = limit
        case MoreThan(fact, limit) if type(limit) is int and wanted:
            value = limit + 1
        case LessThan(fact, limit) if type(limit) is int and wanted:
            value = limit - 1
        case Equals(fact, value) if wanted:
            pass
        case OneOf(fact, values) if wanted and values:
            value = values[0]
        case _:
            return []
    was = reason.value if isinstance(reason.value, (bool, int, str)) else None
    change = Change(node, fact.key, value, was)
    return [(change,)] if possible(change) else []


def _every(options: list[list[Repair]]) -> list[Repair]:
    """One choice from each list, joined; empty where one list has none."""
    found: list[Repair] = [()]
    for option in options:
        joined = (tuple(dict.fromkeys((*left, *right))) for left, right in product(found, option[:MOST]))
        found = _smallest(joined)
    return found


def _cost(sets: list[Repair]) -> int:
    return min((len(found) for found in sets), default=10**6)
