"""Which filings the rules of an addition ask for: read from the trees, never guessed.

An addition asks for a filing of its own, and at some levels for another one that brings higher points.
What must have stood on a day of the past is no filing that could still be made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from mitasu.facts import DERIVED, Filing, Institution, View
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.rules.fix import FixedLevel
from mitasu.rules.nodes import Deemed, Fact, Node, Not, When, children

ANEW = {"window", "took_effect_from", "lapses"}
"""The arguments of a filing fact by which a rule asks that something be filed again."""


def with_filings(judge: Judge, answer: Answer, judgement: Judgement) -> Judgement:
    """The judgement as if every filing that this addition asks of itself stood."""
    replaced = {fact.key: wanted for fact, wanted in own_filings(judgement).items()}
    return judge.judge(answer.institution, answer.on, [judgement.addition], replaced).of(judgement.addition)


def own_filings(judgement: Judgement) -> dict[Fact, bool]:
    """The facts by which an addition asks for a filing of its own, and what each should be."""
    found: dict[Fact, bool] = {}
    for fixed, _ in judgement.levels:
        found |= _asked_at(fixed, judgement.addition)
    return found


def _asked_at(fixed: FixedLevel, addition: str) -> dict[Fact, bool]:
    """What a level asks to be filed; the same for every institution, and so read once from its trees."""
    found: dict[Fact, bool] | None = fixed.kept.get(addition)
    if found is None:
        found = {}
        for node in (fixed.needs, *fixed.requirements.values()):
            found |= _asked(node, addition)
        fixed.kept[addition] = found
    return found


def filing_details(judgement: Judgement) -> dict[str, Any]:
    """What the rules ask a filing of this addition to state besides its level, with the value asked for."""
    return details_of(own_filings(judgement))


def details_of(facts: Iterable[Fact]) -> dict[str, Any]:
    """What these facts ask of a filing besides its level."""
    return {
        named["name"]: named["value"]
        for fact in facts
        for key in ("attribute", "optional_attribute")
        if (named := dict(dict(fact.args).get(key) or ()))
    }


def raising_filings(judgement: Judgement) -> dict[str, dict[Fact, bool]]:
    """The items that bring higher points at the level reported where they are filed, with the facts that ask for them."""
    if judgement.reported is None:
        return {}
    fixed = judgement.levels[judgement.reported][0]
    found: dict[str, dict[Fact, bool]] = {}
    for id_ in fixed.level.points_if:
        for fact, wanted in _walk(fixed.requirements[id_], _is_present, wanted=True):
            item = str(dict(fact.args)["item"])
            if item != judgement.addition:
                found.setdefault(item, {})[fact] = wanted
    return found


def refiled(judge: Judge, institution: Institution, addition: str, day: date) -> bool:
    """Whether the filings listed today already answer what a rule of that day asks to be filed anew."""
    state = judge.rulebook.state(addition, institution.sector, day)
    view = View(institution, day, DERIVED)
    asked: dict[Fact, bool] = {}
    for fixed in state.levels:
        asked |= _asked(fixed.needs, addition)
    anew = [
        view.get(fact.key) is wanted
        for fact, wanted in asked.items()
        if ANEW & dict(fact.args).keys() and "attribute" not in dict(fact.args)  # an attribute is a choice
    ]
    return bool(anew) and all(anew)


def _asked(node: Node, addition: str) -> dict[Fact, bool]:
    return dict(_walk(node, lambda fact: _is_own(fact, addition), wanted=True))


def _is_own(fact: Fact, addition: str) -> bool:
    """A filing of the addition itself, and not one that must have stood on a day of the past."""
    return _is_present(fact) and dict(fact.args).get("item") == addition


def _is_present(fact: Fact) -> bool:
    """A filing that counts now, not one that must have stood on a day of the past."""
    return fact.id == "filing_in_effect" and not dict(fact.args).get("standing_on")


def _walk(node: Node, chosen: Callable[[Fact], bool], *, wanted: bool) -> Iterator[tuple[Fact, bool]]:
    """Facts a tree asks for, each with the value it should have; conditions under which it asks are left out."""
    match node:
        case Fact() if chosen(node):
            yield node, wanted
        case Not(part):
            yield from _walk(part, chosen, wanted=not wanted)
        case When(_, part) | Deemed(part, _):
            yield from _walk(part, chosen, wanted=wanted)
        case _:
            for part in children(node):
                yield from _walk(part, chosen, wanted=wanted)


def turns_between(judge: Judge, institution: Institution, addition: str, on: date, start: date) -> list[date]:
    """The days after one day and up to another on which the rules of an addition turn, in order."""
    dates = judge.rulebook.timeline(addition, institution.sector).dates
    return sorted(day for day in dates if on < day <= start)


def known_on(institution: Institution, on: date) -> Institution:
    """The institution with its filings as known on a day: those sent by then, accepted only where they were by then."""
    if institution.filings is None:
        return institution
    known = tuple(
        filing if filing.accepted is None or filing.accepted <= on else replace(filing, accepted=None)
        for filing in institution.filings
        if sent_by(filing, on)
    )
    return replace(institution, filings=known)


def sent_by(filing: Filing, on: date) -> bool:
    """Whether the filing had been made by the day."""
    day = filing.arrived or filing.accepted
    return day is None or day <= on
