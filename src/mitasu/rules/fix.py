"""Folding the dates away: a rule on a day becomes a legal state without dates.

Every date in a rule is known when it is loaded, so time falls into a few legal states, each shared by
all days inside it. In a state every level has its own date-free trees, with the level's parameters put
in; equal trees of different levels are one object, so that a reading evaluates each of them once.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeast,
    AtLeastNOf,
    AtMost,
    Dated,
    DatedValue,
    Deemed,
    Equals,
    Fact,
    LessThan,
    MoreThan,
    Node,
    Not,
    Nothing,
    OneOf,
    Param,
    Requires,
    When,
)
from mitasu.rules.rule import Level, Period, Requirement, Rule


class NoValue(Exception):
    """A parameter or dated value that has no value here; the comparison it stands in is dropped."""


@dataclass(frozen=True, slots=True)
class FixedLevel:
    """A level on a day: its needs as one tree, and each requirement's tree as this level asks it."""

    level: Level
    needs: Node
    requirements: Mapping[str, Node]
    kept: dict[str, Any] = field(default_factory=dict, init=False, compare=False, repr=False)
    """What was read from the trees and would be read again for every institution."""


@dataclass(frozen=True, slots=True)
class State:
    """A rule between two turns of the law: no dates left. Outside its periods it has no levels."""

    rule: Rule
    from_: date
    until: date | None
    period: Period | None
    requirements: tuple[Requirement, ...]
    levels: tuple[FixedLevel, ...]
    applies_when: Node | None


class Timeline:
    """The legal states of one rule; `on(day)` gives the state of a day, made once."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.dates = rule.dates()
        self._states: dict[int, State] = {}

    def on(self, day: date) -> State:
        """The legal state of a day."""
        index = bisect_right(self.dates, day)
        state = self._states.get(index)
        if state is None:
            state = self._states[index] = fix(self.rule, day if index else date.min)
            first = self.dates[index - 1] if index else date.min
            last = date.fromordinal(self.dates[index].toordinal() - 1) if index < len(self.dates) else None
            state = self._states[index] = replace(state, from_=first, until=last)
        return state

    def since(self, state: State, requirement: str, level: int) -> date:
        """The first day from which a requirement has been asked as this level asks it now, without a break."""
        wanted = _bare(state.levels[level].requirements[requirement])
        first = state.from_
        for day in reversed([day for day in self.dates if day < state.from_]):
            trees = (fixed.requirements.get(requirement) for fixed in self.on(day).levels)
            if all(tree is None or _bare(tree) != wanted for tree in trees):
                break
            first = day
        return first


def _bare(node: Node) -> Node:
    """What a requirement asks itself: without transitional measures, other requirements by name only."""
    match node:
        case Deemed(part):
            return _bare(part)
        case Requires(id_):
            return Requires(id_)
        case All(parts):
            return All(tuple(_bare(part) for part in parts))
        case Any_(parts):
            return Any_(tuple(_bare(part) for part in parts))
        case AtLeastNOf(n, parts):
            return AtLeastNOf(n, tuple(_bare(part) for part in parts))
        case Not(part):
            return Not(_bare(part))
        case When(condition, part):
            return When(_bare(condition), _bare(part))
    return node


def fix(rule: Rule, day: date) -> State:
    """The legal state of a rule on a day: periods, levels and trees with every date folded away."""
    period = next((period for period in rule.periods if period.covers(day)), None)
    existing = tuple(requirement for requirement in rule.requirements if requirement.exists_on(day))
    levels: list[FixedLevel] = []
    shared: dict[Node, Node] = {}
    for level in period.levels if period else ():
        levels.append(_fix_level(level, existing, day, shared))
    applies = None if rule.applies_when is None else _fold(rule.applies_when, day, {}, _nothing, shared)
    return State(rule, day, day, period, existing, tuple(levels), applies)


def _fix_level(
    level: Level, existing: tuple[Requirement, ...], day: date, shared: dict[Node, Node]
) -> FixedLevel:
    by_id = {requirement.id: requirement for requirement in existing}
    trees: dict[str, Node] = {}

    def tree_of(id_: str) -> Node:
        if id_ not in trees:
            if id_ not in by_id or not by_id[id_].blocks:
                return Nothing()
            trees[id_] = _share(_requirement_tree(by_id[id_], day, level.params, tree_of, shared), shared)
        return trees[id_]

    needs = _fold(level.needs, day, level.params, tree_of, shared)
    ordered = {
        requirement.id: tree_of(requirement.id)
        if requirement.blocks
        else _requirement_tree(requirement, day, level.params, tree_of, shared)
        for requirement in existing
    }
    return FixedLevel(level, needs, ordered)


def fold(node: Node, day: date, tree_of: Callable[[str], Node]) -> Node:
    """A single tree on a day; `tree_of` gives the condition that a requirement's id stands for."""
    return _fold(node, day, {}, tree_of, {})


def _requirement_tree(
    requirement: Requirement, day: date, params: Mapping[str, Any], tree_of: Any, shared: dict[Node, Node]
) -> Node:
    node = _fold(requirement.need, day, params, tree_of, shared)
    for measure in requirement.deemed:
        started = measure.from_ is None or measure.from_ <= day
        ended = isinstance(measure.until, date) and measure.until < day
        if started and not ended:
            condition = measure.condition and _fold(measure.condition, day, params, tree_of, shared)
            node = Deemed(node, condition, measure.until, measure.note)
    if requirement.applies_when is not None:
        node = When(_fold(requirement.applies_when, day, params, tree_of, shared), node)
    return node


def _fold(node: Node, day: date, params: Mapping[str, Any], tree_of: Any, shared: dict[Node, Node]) -> Node:
    """The node without dates and parameters; a comparison without a limit becomes unmet (`Any_(())`)."""

    def fold(part: Node) -> Node:
        return _fold(part, day, params, tree_of, shared)

    try:
        match node:
            case Fact():
                folded: Node = _fixed(node, day, params)
            case AtLeast(fact, limit) | MoreThan(fact, limit) | AtMost(fact, limit) | LessThan(fact, limit):
                folded = type(node)(_fixed(fact, day, params), _value(limit, day, params))
            case Equals(fact, value):
                folded = Equals(_fixed(fact, day, params), _value(value, day, params))
            case OneOf(fact, values):
                wanted = tuple(_value(value, day, params) for value in values)
                folded = OneOf(_fixed(fact, day, params), wanted)
            case All(parts):
                folded = All(tuple(fold(part) for part in parts))
            case Any_(parts):
                folded = Any_(tuple(fold(part) for part in parts))
            case AtLeastNOf(n, parts):
                folded = AtLeastNOf(n, tuple(fold(part) for part in parts))
            case Not(part):
                folded = Not(fold(part))
            case When(condition, part):
                folded = When(fold(condition), fold(part))
            case Deemed(part, condition, until, note):
                folded = Deemed(fold(part), condition and fold(condition), until, note)
            case Requires(id_, None):
                folded = Requires(id_, tree_of(id_))
            case Dated(steps):
                chosen = [step for since, step in steps if since <= day]
                folded = fold(chosen[-1]) if chosen and chosen[-1] is not None else Nothing()
            case _:
                folded = node
    except NoValue:
        folded = Any_(())
    return _share(folded, shared)


def _share(node: Node, shared: dict[Node, Node]) -> Node:
    return shared.setdefault(node, node)


def _value(value: Any, day: date, params: Mapping[str, Any]) -> Any:
    if isinstance(value, Param):
        if params.get(value.name) is None:
            raise NoValue(value.name)
        return _value(params[value.name], day, params)
    if isinstance(value, DatedValue):
        chosen = [step for since, step in value.steps if since <= day]
        if not chosen or chosen[-1] is None:
            raise NoValue("dated")
        return chosen[-1]
    return value


def _fixed(fact: Fact, day: date, params: Mapping[str, Any]) -> Fact:
    if not fact.args:
        return fact
    args = tuple((name, _value(value, day, params)) for name, value in fact.args)
    return Fact(fact.id, args, fact.optional)


def _nothing(id_: str) -> Node:
    return Nothing()
