"""The explaining reading: a verdict for a tree, and every reason that led to it.

This is the reference implementation; `columns` is held to it by tests. A tree is compiled once into
nested functions, because a legal state is asked many times; asking costs a few microseconds a node.

Facts come as a mapping from `Fact.key` to a value: bool, int (counts, and percent as millionths),
str or date; None is unknown. A `Later` value is unknown until a day (pending).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    Deemed,
    Equals,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Open,
    Requires,
    Verdict,
    When,
)

UNMET, UNKNOWN, DEEMED, MET, NOT_APPLICABLE = Verdict


class Later(NamedTuple):
    """A value that can be told only from the day after `until` (pending)."""

    until: date


class Reason(NamedTuple):
    """A node's verdict, the parts it rests on, and for a leaf the value that was found.

    `until`: the last day of a deemed verdict (None: open-ended), or the day until which it is pending.
    """

    verdict: Verdict
    node: Node
    parts: tuple[Reason, ...] = ()
    value: Any = None
    until: date | None = None

    def leaves(self) -> Iterator[Reason]:
        """Every leaf below, in reading order."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


Memo = dict[int, Reason]
Reader = Callable[[Mapping[Any, Any], Memo], Reason]


class Explainer:
    """Compiled readings of trees; keep one for as long as the trees live."""

    def __init__(self) -> None:
        self._readers: dict[int, tuple[Node, Reader]] = {}

    def __reduce__(self) -> tuple[type[Explainer], tuple[()]]:
        """Compiled readings stay behind where a rulebook is copied or pickled; they are made anew."""
        return Explainer, ()

    def explain(self, node: Node, facts: Mapping[Any, Any], memo: Memo | None = None) -> Reason:
        """The verdict of a tree over facts, with its reasons.

        `memo`: the reasons that these facts have had so far, so that a requirement is read once for all
        levels; an empty one to begin with.
        """
        if memo is None:
            return self.reader(node)(facts, {})
        found = memo.get(id(node))
        if found is None:
            found = memo[id(node)] = self.reader(node)(facts, memo)
        return found

    def reader(self, node: Node) -> Reader:
        """The compiled reading of a node."""
        found = self._readers.get(id(node))
        if found is None:
            found = self._readers[id(node)] = (node, self._compile(node))
        return found[1]

    def _compile(self, node: Node) -> Reader:
        match node:
            case Fact():
                return _truth(node)
            case AtLeast(fact, limit):
                return _comparison(node, fact, limit, ge)
            case MoreThan(fact, limit):
                return _comparison(node, fact, limit, gt)
            case AtMost(fact, limit):
                return _comparison(node, fact, limit, le)
            case LessThan(fact, limit):
                return _comparison(node, fact, limit, lt)
            case Equals(fact, value):
                return _comparison(node, fact, value, _same)
            case OneOf(fact, values):
                return _comparison(node, fact, values, _among)
            case Holds():
                return _holds(node)
            case All(parts):
                return _worst(node, tuple(self.reader(part) for part in parts))
            case Any_(parts):
                return _best(node, tuple(self.reader(part) for part in parts))
            case AtLeastNOf(n, parts):
                return _nth_best(node, n, tuple(self.reader(part) for part in parts))
            case Not(part):
                return _opposite(node, self.reader(part))
            case When(condition, part):
                return _when(node, self.reader(condition), self.reader(part))
            case Deemed(part, condition, until):
                return _deemed(
                    node, self.reader(part), None if condition is None else self.reader(condition), until
                )
            case Requires(_, part) if part is not None:
                return _requires(node, part, self.reader(part))
            case Open():
                return _constant(Reason(UNKNOWN, node))
            case Nothing() | Requires():
                return _constant(Reason(NOT_APPLICABLE, node))
            case Dated():
                raise ValueError("a tree with dates is fixed to a day before it is read")
        raise TypeError(f"not a node: {node!r}")


def explain(node: Node, facts: Mapping[Any, Any]) -> Reason:
    """The verdict of a tree over facts, with its reasons.

    >>> reason = explain(All((Fact("posted"), AtLeast(Fact("beds"), 20))), {"posted": True, "beds": 19})
    >>> reason.verdict.word, [part.verdict.word for part in reason.parts]
    ('unmet', ['met', 'unmet'])
    """
    return Explainer().explain(node, facts)


def undecided(reason: Reason) -> Iterator[Reason]:
    """The unknown leaves on which an unknown verdict hangs; those that cannot matter are left out."""
    if reason.verdict is not UNKNOWN:
        return
    if not reason.parts:
        yield reason
    for part in reason.parts:
        yield from undecided(part)


def _constant(reason: Reason) -> Reader:
    return lambda facts, memo: reason


def _truth(node: Fact) -> Reader:
    key = node.key
    met, unmet = Reason(MET, node, (), True), Reason(UNMET, node, (), False)
    absent = Reason(NOT_APPLICABLE if node.optional else UNKNOWN, node)

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        try:
            value = facts[key]
        except KeyError:
            return absent
        if value is True:
            return met
        if value is False:
            return unmet
        return absent if value is None else _pending(node, value)

    return read


def _pending(node: Node, value: Any) -> Reason:
    if type(value) is Later:
        return Reason(UNKNOWN, node, (), value, value.until)
    raise TypeError(f"{node} was given {value!r}")


def _comparison(node: Node, fact: Fact, limit: Any, holds: Callable[[Any, Any], bool]) -> Reader:
    key, absent = fact.key, Reason(NOT_APPLICABLE if fact.optional else UNKNOWN, node)

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        try:
            value = facts[key]
        except KeyError:
            return absent
        if value is None:
            return absent
        if type(value) is Later:
            return Reason(UNKNOWN, node, (), value, value.until)
        return Reason(MET if holds(value, limit) else UNMET, node, (), value)

    return read


def _same(value: Any, wanted: Any) -> bool:
    return bool(value == wanted)


def _among(value: Any, wanted: tuple[Any, ...]) -> bool:
    return value in wanted


def _holds(node: Holds) -> Reader:
    key = node.key

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        try:
            value = facts[key]
        except KeyError:
            value = None
        return Reason(value if isinstance(value, Verdict) else UNKNOWN, node, (), value)

    return read


def _worst(node: Node, readers: tuple[Reader, ...]) -> Reader:
    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        parts = tuple([reader(facts, memo) for reader in readers])
        if not parts:
            return Reason(MET, node)
        verdict = min([part[0] for part in parts])
        if verdict is MET or verdict is UNMET:
            return Reason(verdict, node, parts)
        if verdict is UNKNOWN:
            return Reason(verdict, node, parts, None, _pending_until(parts))
        days = [part[4] for part in parts if part[0] is verdict and part[4] is not None]
        return Reason(verdict, node, parts, None, min(days) if days else None)

    return read


def _best(node: Node, readers: tuple[Reader, ...]) -> Reader:
    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        parts = tuple([reader(facts, memo) for reader in readers])
        applying = [part for part in parts if part[0] is not NOT_APPLICABLE]
        if not applying:
            return Reason(NOT_APPLICABLE if parts else UNMET, node, parts)
        verdict = max([part[0] for part in applying])
        return Reason(verdict, node, parts, None, _latest([part for part in applying if part[0] is verdict]))

    return read


def _latest(parts: Sequence[Reason]) -> date | None:
    days = [part[4] for part in parts]
    return None if None in days or not days else max(day for day in days if day is not None)


def _pending_until(parts: Sequence[Reason]) -> date | None:
    """The day on which everything unknown will have been told; None where something else is unknown."""
    return _latest([part for part in parts if part[0] is UNKNOWN])


def _nth_best(node: Node, n: int, readers: tuple[Reader, ...]) -> Reader:
    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        parts = tuple([reader(facts, memo) for reader in readers])
        ranked = sorted((part for part in parts if part[0] is not NOT_APPLICABLE), key=_rank, reverse=True)
        if parts and not ranked:
            return Reason(NOT_APPLICABLE, node, parts)
        if len(ranked) < n:
            return Reason(UNMET, node, parts)
        verdict = ranked[n - 1][0] if n else MET
        if verdict is UNKNOWN:
            return Reason(verdict, node, parts, None, _pending_until(parts))
        return Reason(verdict, node, parts, None, ranked[n - 1][4] if verdict is DEEMED else None)

    return read


def _rank(reason: Reason) -> tuple[Verdict, date]:
    """Best first; among the deemed the one that lasts longest."""
    return reason[0], reason[4] or date.max


def _opposite(node: Node, reader: Reader) -> Reader:
    opposite = {MET: UNMET, DEEMED: UNMET, UNMET: MET, UNKNOWN: UNKNOWN, NOT_APPLICABLE: NOT_APPLICABLE}

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        part = reader(facts, memo)
        return Reason(opposite[part[0]], node, (part,), None, part[4] if part[0] is UNKNOWN else None)

    return read


def _when(node: Node, condition_reader: Reader, reader: Reader) -> Reader:
    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        condition = condition_reader(facts, memo)
        part = reader(facts, memo)
        if condition[0] is UNMET or condition[0] is NOT_APPLICABLE:
            return Reason(NOT_APPLICABLE, node, (condition, part))
        if part[0] is UNKNOWN or (condition[0] is UNKNOWN and part[0] is UNMET):
            return Reason(UNKNOWN, node, (condition, part), None, _pending_until((condition, part)))
        return Reason(part[0], node, (condition, part), None, part[4])

    return read


def _deemed(node: Node, reader: Reader, condition_reader: Reader | None, until: date | Fact | None) -> Reader:
    def last_day(facts: Mapping[Any, Any]) -> date | None:
        day = facts.get(until.key) if isinstance(until, Fact) else until
        return day if isinstance(day, date) else None

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        part = reader(facts, memo)
        condition = None if condition_reader is None else condition_reader(facts, memo)
        parts = (part,) if condition is None else (part, condition)
        if part[0] is MET or part[0] is NOT_APPLICABLE:
            return Reason(part[0], node, parts)
        if condition is None or condition[0] is MET or condition[0] is DEEMED:
            day = last_day(facts)
            if part[0] is DEEMED and day is not None:  # the measure inside may last longer
                day = None if part[4] is None else max(day, part[4])
            return Reason(DEEMED, node, parts, None, day)
        if condition[0] is UNKNOWN and part[0] is not DEEMED:
            return Reason(UNKNOWN, node, parts, None, _pending_until(parts))
        return Reason(part[0], node, parts, None, part[4])

    return read


def _requires(node: Requires, part: Node, reader: Reader) -> Reader:
    key, part_key = id(node), id(part)

    def read(facts: Mapping[Any, Any], memo: Memo) -> Reason:
        found = memo.get(key)
        if found is None:
            reason = memo.get(part_key)
            if reason is None:
                reason = memo[part_key] = reader(facts, memo)
            found = memo[key] = Reason(reason[0], node, (reason,), reason[3], reason[4])
        return found

    return read
