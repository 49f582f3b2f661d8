"""People as something to suppose: which roles the rules of a day count, who is there, and with how many more or fewer.

The people of a role are told in groups that no rule tells apart: employment, assignment and details. Of what a rule
asks a group is offered also where nobody is in it yet. Supposing puts the facts that count the role in place of the
institution's own, so that roles of which nothing is supposed stay as they are, unknown ones unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mitasu.facts import DERIVED, Person, View
from mitasu.facts.derived.counts import serves
from mitasu.facts.derived.teams import ASSIGNMENT_WORDS, EMPLOYMENT_WORDS
from mitasu.judge.judgement import Answer, Judgement
from mitasu.rulebook import Catalogue, Entry
from mitasu.rules.nodes import Fact, nodes_of
from mitasu.rules.quantities import decimal, decimal_text

MOST_GROUPS = 6
"""People of a role who come in more groups than these are not told apart: they stay, and some may be added."""
FULL_TIME = "full_time"


def _one(role: str, assignment: str | None = None, **attributes: Any) -> Person:
    return Person(role, FULL_TIME, assignment, attributes)


COUNTED: Mapping[str, tuple[Person, ...]] = {
    "record_manager": (_one("record_manager", "exclusive"), _one("record_manager", "dedicated")),
    "child_psychiatry_staff": (
        _one("child_psychiatry_staff", "dedicated", occupation="nurse", trained=True),
        _one("child_psychiatry_staff", "dedicated", occupation="certified_psychologist", trained=True),
    ),
    "designated_psychiatrist": (_one("designated_psychiatrist", designated_duties_last_12_months=1),),
    "employee": (_one("employee", occupation="nurse", fte=decimal(1), clerical_only=False),),
}
"""Whom the derived facts count that say so in Python and not by their arguments (`facts.derived`)."""


@dataclass(frozen=True, slots=True)
class Group:
    """People of a role who are alike: an example, and those who are there; `known`: whether anybody is listed at all."""

    label: str
    example: Person
    there: tuple[Person, ...] = ()
    known: bool = True
    adds: bool = False
    """Whether a number is of people beside those who are there."""

    @property
    def key(self) -> str:
        """The group in an address: record_manager.full_time.exclusive, with details after it."""
        details = (f"{name}={value}" for name, value in sorted(self.example.attributes.items()))
        one = self.example
        return ".".join((one.role, one.employment or "", one.assignment or "", *details))


def facts_asked(judgements: Iterable[Judgement]) -> Iterator[Fact]:
    """Every fact that the rules of the day ask for, bare or against a limit."""
    for judgement in judgements:
        for fixed, _ in judgement.levels:
            for node in nodes_of(fixed.needs, *fixed.requirements.values()):
                fact = node if isinstance(node, Fact) else getattr(node, "fact", None)
                if isinstance(fact, Fact):
                    yield fact


def role_of(fact: Fact, catalogue: Catalogue) -> str | None:
    """The role whose people a fact counts, if it counts any."""
    given = dict(fact.args).get("role")
    entry = catalogue.get(fact.id)
    roles = catalogue.of("role")
    return given or next((id_ for id_ in (entry.inputs if entry else ()) if id_ in roles), None)


def groups(answer: Answer, judgements: Iterable[Judgement]) -> list[Group]:
    """The groups of people that these judgements count, in the order in which they ask."""
    catalogue = answer.rulebook.catalogue
    wanted: dict[str, list[Person]] = {}
    for fact in facts_asked(judgements):
        role = role_of(fact, catalogue)
        if role is not None:
            examples = wanted.setdefault(role, list(COUNTED.get(role, ())))
            if role not in COUNTED:
                examples.append(_asked(role, dict(fact.args)))
    return [group for role, examples in wanted.items() for group in _of_role(answer, role, examples)]


def people_of(
    answer: Answer, found: Iterable[Group], numbers: Mapping[str, int]
) -> dict[str, tuple[Person, ...]]:
    """By role the people who would be there, for the roles of which a number is given (by `Group.key`)."""
    told: dict[str, list[Group]] = {}
    for group in found:
        told.setdefault(group.example.role, []).append(group)
    supposed = {}
    for role, kinds in told.items():
        if not any(group.key in numbers for group in kinds):
            continue
        grouped = [person for group in kinds for person in group.there]
        people = [person for person in _there(answer, role) if person not in grouped]
        for group in kinds:
            number = numbers.get(group.key, len(group.there))
            people += [*group.there[:number], *[group.example] * (number - len(group.there))]
        supposed[role] = tuple(people)
    return supposed


def staffed(
    answer: Answer, staff: Mapping[str, tuple[Person, ...]], replaced: Mapping[Any, Any]
) -> dict[Any, Any]:
    """The facts that count these roles, by key, with the people supposed in place of those who are there."""
    if not staff:
        return {}
    others = tuple(one for one in answer.institution.people or () if one.role not in staff)
    people = (*others, *(one for supposed in staff.values() for one in supposed))
    view = View(replace(answer.institution, people=people), answer.on, DERIVED, replaced)
    catalogue = answer.rulebook.catalogue
    asked = {fact.key: role_of(fact, catalogue) for fact in facts_asked(answer.judgements)}
    return {key: view.get(key) for key, role in asked.items() if role in staff}


def _asked(role: str, given: Mapping[str, Any]) -> Person:
    """Someone who is what a condition asks for, and no more."""
    years = {"experience_years": given["years"]} if given.get("years") else {}
    return Person(
        role,
        next(iter(given.get("employment") or ()), FULL_TIME),
        next(iter(given.get("assignment") or ()), None),
        {**years, **dict(given.get("where") or ())},
    )


def _there(answer: Answer, role: str) -> list[Person]:
    people = answer.institution.people or ()
    return [one for one in people if one.role == role and serves(one.from_, one.until, answer.on)]


def _of_role(answer: Answer, role: str, examples: Iterable[Person]) -> list[Group]:
    entry = answer.rulebook.catalogue.of("role")[role]
    there: dict[str, list[Person]] = {}
    alike: dict[str, Person] = {}
    for person in _there(answer, role):
        plain = _plain(person, entry)
        key = repr(plain)
        alike.setdefault(key, plain)
        there.setdefault(key, []).append(person)
    crowd, known = len(there) > MOST_GROUPS, answer.institution.people is not None
    found = (
        [] if crowd else [Group(_label(entry, alike[key]), alike[key], tuple(there[key])) for key in there]
    )
    for example in examples:
        plain = _plain(example, entry)
        if not any(_as_good(group.example, plain) for group in found):
            label = _label(entry, plain) + ("を加える" if crowd else "")
            found.append(Group(label, plain, known=known, adds=crowd))
    return found


def _plain(person: Person, entry: Entry) -> Person:
    """A person as the rules see one: without days, and without details that say nothing."""
    optional = {attribute.name for attribute in entry.attributes if attribute.optional}
    said = {
        name: value
        for name, value in sorted(person.attributes.items())
        if value is not None and not (value is False and name in optional)
    }
    return Person(person.role, person.employment, person.assignment, said)


def _as_good(one: Person, wanted: Person) -> bool:
    """Whether a group stands for what a condition asks, so that it need not be offered twice."""
    if (one.employment, one.assignment) != (wanted.employment, wanted.assignment):
        return False
    for name, value in wanted.attributes.items():
        has = one.attributes.get(name)
        if has != value and (type(value) is not int or type(has) is not int or has < value):
            return False
    return not any(value is True and name not in wanted.attributes for name, value in one.attributes.items())


def _label(entry: Entry, person: Person) -> str:
    """A group in words: 診療記録管理者（常勤・専従）."""
    words = [
        EMPLOYMENT_WORDS.get(person.employment or "", ""),
        ASSIGNMENT_WORDS.get(person.assignment or "", ""),
    ]
    for name, value in person.attributes.items():
        attribute = entry.attribute(name)
        if attribute is not None:
            words.append(_detail(attribute.label, attribute.type, attribute.values, value))
    told, name = "・".join(filter(None, words)), entry.label.partition("（")[0]
    return f"{name}（{told}）" if told else name


def _detail(label: str, type_: str, values: Mapping[str, str], value: Any) -> str:
    if type_ == "boolean":
        return label if value else ""
    if type_ == "enum":
        return str(values.get(value, value))
    return f"{label.partition('（')[0]}{decimal_text(value) if type_ == 'decimal' else value}"
