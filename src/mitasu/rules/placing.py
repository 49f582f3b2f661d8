"""Where a condition that may drop out may stand: only where its dropping out does no harm.

`when` is answered "met" while it is unknown whether it applies but what it needs is met: within `all` it
is the same whether such a part is met or drops out. In a branch of `any` or `at_least_n_of`, under `not`,
or as a condition it is not: what was called met would be taken back once it is known that the part does
not apply. There the condition is named beside what it needs, by `all`, and a rule that does otherwise is
refused. A condition is never unknown over facts that are known of everyone, or that are left out where
they are absent (optional); `when` may stand anywhere with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from mitasu.rules.nodes import (
    All,
    Any_,
    AtLeastNOf,
    Dated,
    Deemed,
    Fact,
    Holds,
    Node,
    Not,
    Nothing,
    Open,
    Requires,
    When,
    children,
    facts_of,
    nodes_of,
)
from mitasu.rules.rule import Requirement, Rule

Known = Callable[[Fact], bool]


def _nobody(fact: Fact) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Placing:
    """Finds what may drop out where it must not.

    `asked`: what a requirement's id stands for; `known`: whether a fact is known of everyone. With a `day`
    both are those of the day; without one every date is taken for possible, and too much may be found.
    """

    asked: Mapping[str, Iterable[Node]] = field(default_factory=dict)
    known: Known = _nobody
    day: date | None = None

    def misplaced(self, node: Node, *, firm: bool = False) -> Iterator[When | Requires]:
        """Each `when`, and each requirement with one, that must not stand where it does; `firm`: nor the whole.

        >>> choice = Any_((Fact("posted"), When(Fact("own_website"), Fact("on_website"))))
        >>> [found.part.id for found in Placing().misplaced(choice)]
        ['on_website']
        >>> list(Placing().misplaced(All(choice.parts)))
        []
        """
        if firm and self.may_drop(node):
            yield self._dropping(node)
            return
        match node:
            case Any_(parts) | AtLeastNOf(_, parts):
                placed = [(part, True) for part in parts]
            case Not(part):
                placed = [(part, True)]
            case When(condition, part):
                placed = [(condition, True), (part, False)]
            case Deemed(part, condition):
                placed = [(part, False)] if condition is None else [(part, False), (condition, True)]
            case Requires(_, None):
                placed = []  # its own requirement is looked at by itself
            case _:
                placed = [(part, False) for part in self._parts(node)]
        for part, support in placed:
            yield from self.misplaced(part, firm=support)

    def may_drop(self, node: Node) -> bool:
        """Whether an unknown fact may decide that the node does not apply."""
        match node:
            case When(condition, part):
                return not self._is_known(condition) or self.may_drop(part)
            case All(parts) | Any_(parts) | AtLeastNOf(_, parts):
                return any(map(self.may_drop, parts)) and not any(map(self._applies, parts))
            case Not() | Deemed() | Requires() | Dated():
                return any(map(self.may_drop, self._parts(node)))
        return False

    def _applies(self, node: Node) -> bool:
        """Whether the node applies whatever the facts."""
        match node:
            case All(parts) | Any_(parts) | AtLeastNOf(_, parts):
                return not parts or any(map(self._applies, parts))
            case Requires(_, None) | Dated() if self.day is None:
                return False
            case Not() | Deemed() | Requires() | Dated():
                return any(map(self._applies, self._parts(node)))
            case When() | Nothing() | Holds():
                return False
        return not any(fact.optional for fact in facts_of(node))

    def _parts(self, node: Node) -> Iterable[Node]:
        """The parts that decide whether a node applies."""
        match node:
            case Requires(id_, None):
                return self.asked.get(id_, ())
            case Deemed(part):
                return (part,)
            case Dated(steps) if self.day is not None:
                begun = [step for since, step in steps if since <= self.day]
                return [step for step in begun[-1:] if step is not None]
        return children(node)

    def _is_known(self, condition: Node) -> bool:
        """Whether the verdict of a condition is never unknown."""
        open_ = any(isinstance(part, Open | Holds | Requires) for part in nodes_of(condition))
        return not open_ and all(fact.optional or self.known(fact) for fact in facts_of(condition))

    def _dropping(self, node: Node) -> When | Requires:
        """The innermost part on which it hangs that the node may drop out."""
        match node:
            case Requires(_, None):
                return node
            case When(condition) if not self._is_known(condition):
                return node
        return self._dropping(next(part for part in self._parts(node) if self.may_drop(part)))


def perhaps_misplaced(
    requirements: Iterable[Requirement],
    needs: Iterable[Node],
    applies_when: Node | None = None,
    known: Known = _nobody,
) -> bool:
    """Whether it has to be looked at more closely: something might be misplaced if every day were any day."""
    requirements, asked = tuple(requirements), dict[str, list[Node]]()
    for requirement in requirements:
        asked.setdefault(requirement.id, []).append(_whole(requirement))
    return any(_misplaced(requirements, needs, applies_when, Placing(asked, known)))


def misplaced_in(rule: Rule, known: Known = _nobody) -> Iterator[When | Requires]:
    """Each condition that may drop out where it must not in one of the rule's legal states, as it is written."""
    for day in rule.dates():
        in_force = [requirement for requirement in rule.requirements if requirement.exists_on(day)]
        asked = {found.id: (_whole(found),) for found in in_force if found.blocks}
        needs = [level.needs for period in rule.periods if period.covers(day) for level in period.levels]
        yield from _misplaced(in_force, needs, rule.applies_when, Placing(asked, known, day))


def _misplaced(
    requirements: Iterable[Requirement], needs: Iterable[Node], applies_when: Node | None, placing: Placing
) -> Iterator[When | Requires]:
    for node in (*needs, *(requirement.need for requirement in requirements)):
        yield from placing.misplaced(node)
    conditions = [applies_when]
    for requirement in requirements:
        conditions += [requirement.applies_when, *(measure.condition for measure in requirement.deemed)]
    for condition in conditions:
        if condition is not None:
            yield from placing.misplaced(condition, firm=True)


def _whole(requirement: Requirement) -> Node:
    """What a requirement's id stands for where a condition names it, as far as it may drop out."""
    if requirement.applies_when is None:
        return requirement.need
    return When(requirement.applies_when, requirement.need)
