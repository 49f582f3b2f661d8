"""The closed set of nodes that a condition is made of.

A condition is one immutable tree. It is read in several ways, each in a module of its own: `fix` folds
the dates away, `explain` gives a verdict with every reason, `columns` compiles the same tree for many
institutions at once, `repair` says what would change it. Nodes hold no logic and know nothing of
medicine. A new node needs its truth table first (`tests/spec`).

Verdicts are ordered unmet < unknown < deemed < met, so that `All` is the worst of its parts and `Any`
the best; what is not applicable drops out of both. Unknown is never false.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import Any, NamedTuple


class Verdict(IntEnum):
    """How a condition stands. The order is what `All` and `Any` are made of."""

    UNMET = 0
    UNKNOWN = 1
    DEEMED = 2
    MET = 3
    NOT_APPLICABLE = 4

    @property
    def word(self) -> str:
        """The word of the judgement format: met, deemed, unmet, unknown, not_applicable."""
        return self.name.lower()


class Param(NamedTuple):
    """A value that a level supplies, written "$name"."""

    name: str


class DatedValue(NamedTuple):
    """A value by the day since which it is in force; before the first day there is none."""

    steps: tuple[tuple[date, Any], ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact by id, with arguments where it is derived. As a condition: it is true.

    `optional`: absent, the fact is left out (not applicable) instead of unknown.
    """

    id: str
    args: tuple[tuple[str, Any], ...] = ()
    optional: bool = False

    @property
    def key(self) -> Any:
        """What the fact is looked up by: its id, or id and arguments where it has any."""
        return (self.id, self.args) if self.args else self.id


@dataclass(frozen=True, slots=True)
class AtLeast:
    """The fact is the limit or more (以上)."""

    fact: Fact
    limit: Any


@dataclass(frozen=True, slots=True)
class MoreThan:
    """The fact is more than the limit (超)."""

    fact: Fact
    limit: Any


@dataclass(frozen=True, slots=True)
class AtMost:
    """The fact is the limit or less (以下); a day: on or before it."""

    fact: Fact
    limit: Any


@dataclass(frozen=True, slots=True)
class LessThan:
    """The fact is less than the limit (未満)."""

    fact: Fact
    limit: Any


@dataclass(frozen=True, slots=True)
class Equals:
    """The fact equals the value."""

    fact: Fact
    value: Any


@dataclass(frozen=True, slots=True)
class OneOf:
    """The fact is one of the values."""

    fact: Fact
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class All:
    """Every part (いずれも): the worst of those that apply."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  (typing has Any)
    """At least one part (いずれか): the best of those that apply."""

    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class AtLeastNOf:
    """At least n parts (次のうち n つ以上): the n-th best of those that apply."""

    n: int
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part is not met."""

    part: Node


@dataclass(frozen=True, slots=True)
class When:
    """The part, but only where the condition is met; elsewhere it does not apply."""

    condition: Node
    part: Node


@dataclass(frozen=True, slots=True)
class Deemed:
    """The part, or a transitional measure (経過措置) in force instead of it.

    `condition`: whom the measure is for (None: everyone). `until`: its last day, None where open-ended,
    or a date fact. After `fix` the measure is in force on the day.
    """

    part: Node
    condition: Node | None
    until: date | Fact | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Requires:
    """Another requirement of the same rule, by id; `fix` puts its condition in `part`."""

    requirement: str
    part: Node | None = None


@dataclass(frozen=True, slots=True)
class Holds:
    """Another addition is claimable on the day, at the level or better ("" for any level)."""

    addition: str
    level: str = ""

    @property
    def key(self) -> Any:
        """What the answer is looked up by."""
        return ("holds", self.addition, self.level)


@dataclass(frozen=True, slots=True)
class Open:
    """A question the law leaves open: unknown until a person settles it."""

    question: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A condition by the day since which it is in force; None: nothing is asked. `fix` chooses one."""

    steps: tuple[tuple[date, Node | None], ...]


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing is asked: not applicable. What `fix` leaves where no condition is in force."""


Comparison = AtLeast | MoreThan | AtMost | LessThan
Node = (
    Fact
    | AtLeast
    | MoreThan
    | AtMost
    | LessThan
    | Equals
    | OneOf
    | All
    | Any_
    | AtLeastNOf
    | Not
    | When
    | Deemed
    | Requires
    | Holds
    | Open
    | Dated
    | Nothing
)
LEAVES = (Fact, AtLeast, MoreThan, AtMost, LessThan, Equals, OneOf, Holds, Open)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below a node."""
    match node:
        case All(parts) | Any_(parts) | AtLeastNOf(_, parts):
            return parts
        case Not(part):
            return (part,)
        case When(condition, part):
            return (condition, part)
        case Deemed(part, condition):
            return (part,) if condition is None else (part, condition)
        case Requires(_, part):
            return () if part is None else (part,)
        case Dated(steps):
            return tuple(step for _, step in steps if step is not None)
        case _:
            return ()


def facts_of(node: Node) -> tuple[Fact, ...]:
    """Every fact a tree looks at, in reading order, each once.

    >>> [fact.id for fact in facts_of(All((Fact("a"), Not(AtLeast(Fact("b"), 3)), Fact("a"))))]
    ['a', 'b']
    """
    found: dict[Fact, None] = {}

    def visit(node: Node) -> None:
        match node:
            case Fact():
                found.setdefault(node)
            case AtLeast(fact) | MoreThan(fact) | AtMost(fact) | LessThan(fact) | Equals(fact) | OneOf(fact):
                found.setdefault(fact)
            case Deemed(_, _, Fact() as until):
                found.setdefault(until)
        for part in children(node):
            visit(part)

    visit(node)
    return tuple(found)


def nodes_of(*trees: Node) -> Iterator[Node]:
    """Every node of some trees, each before its parts."""
    for tree in trees:
        yield tree
        yield from nodes_of(*children(tree))


def find_ring(graph: Mapping[str, Iterable[str]]) -> tuple[str, ...] | None:
    """A ring in a graph of what names what, ending where it begins; None where there is none.

    >>> find_ring({"a": ["b"], "b": ["c"], "c": ["b"]})
    ('b', 'c', 'b')
    """
    done: set[str] = set()

    def visit(id_: str, path: tuple[str, ...]) -> tuple[str, ...] | None:
        if id_ in path:
            return (*path[path.index(id_) :], id_)
        if id_ in done:
            return None
        for named in sorted(graph.get(id_, ())):
            ring = visit(named, (*path, id_))
            if ring is not None:
                return ring
        done.add(id_)
        return None

    return next((ring for id_ in graph if (ring := visit(id_, ())) is not None), None)
