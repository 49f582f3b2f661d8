"""Someone leaves: which standards count the person, and what becomes of each on the day after the last day.

The institution is judged on that day twice, with the person and without; a standard uses the person where one of
its requirements that looks at the role comes out with another number or verdict.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mitasu.facts import Institution
from mitasu.judge.judgement import Answer, Judgement
from mitasu.rules.explain import Reason
from mitasu.rules.nodes import Fact
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.judging import institution_of, known_of

ACTIONS = {
    "keep": "そのまま",
    "change": "届出の変更",
    "withdraw": "辞退",
    "check": "確かめる",
}


@dataclass(frozen=True, slots=True)
class Touched:
    """A standard that uses the person: before and after, what to do, and the last day on which it can be claimed."""

    before: Judgement
    after: Judgement
    action: str
    why: str
    last: date | None

    @property
    def word(self) -> str:
        """What to do, in a word."""
        return ACTIONS[self.action]


def touched(site: Site, number: int, last: date, today: date) -> list[Touched]:
    """The standards that use the person of an entry, on the day after the last day.

    Where that day lies ahead and its monthly figures are not there yet, today's are looked at instead.
    """
    institution = institution_of(site)
    entries = known_of(site).of(Kind.PERSON)
    place = next(index for index, entry in enumerate(entries) if entry.number == number)
    role = str(entries[place].body["role"])
    day = last + timedelta(days=1)
    then = _pair(institution, place, day)
    now = _pair(institution, place, today) if day > today else then
    found = []
    for index, judgement in enumerate(then[0].judgements):
        ahead = bool(judgement.unknown) and not now[0].judgements[index].unknown
        before, after = now if ahead else then
        old, new = before.judgements[index], after.judgements[index]
        if old.levels and _used(before, after, old, new, role):
            one = _touched(old, new, last)
            note = "その日の月の数字がまだないので、今日の数字で見ています。" if ahead else ""
            found.append(replace(one, why=one.why + note))
    return found


def _pair(institution: Institution, place: int, day: date) -> tuple[Answer, Answer]:
    """The judgements of a day with a person and without."""
    without = _without(institution, place, day - timedelta(days=1))
    return judge().judge(institution, day), judge().judge(without, day)


def _without(institution: Institution, place: int, last: date) -> Institution:
    people = list(institution.people or ())
    people[place] = replace(people[place], until=last)
    return replace(institution, people=tuple(people))


def _used(before: Answer, after: Answer, old: Judgement, new: Judgement, role: str) -> bool:
    """Whether a requirement that looks at the role comes out otherwise without the person."""
    for was, now in zip(old.requirements, new.requirements, strict=False):
        for fact in dict.fromkeys(_facts(was.reason)):
            if _looks_at(fact, role) and (
                before.view.get(fact.key) != after.view.get(fact.key) or was.status != now.status
            ):
                return True
    return (old.status, old.level) != (new.status, new.level)


def _facts(reason: Reason) -> Iterator[Fact]:
    for leaf in reason.leaves():
        fact = leaf.node if isinstance(leaf.node, Fact) else getattr(leaf.node, "fact", None)
        if isinstance(fact, Fact):
            yield fact


def _looks_at(fact: Fact, role: str) -> bool:
    entry: Any = rulebook().catalogue.get(fact.id)
    return dict(fact.args).get("role") == role or (entry is not None and role in entry.inputs)


def _touched(old: Judgement, new: Judgement, last: date) -> Touched:
    lacking = [answer for id_ in new.missing if (answer := new.requirement(id_)) is not None]
    why = "、".join(f"{answer.requirement.label}（{answer.why}）" for answer in lacking)
    if old.status == "claimable" and new.status == "claimable" and old.level == new.level:
        return Touched(old, new, "keep", "この人がいなくても同じ区分の基準を満たします。", None)
    if old.status == "claimable" and new.status == "claimable":
        return Touched(old, new, "change", f"区分{new.level}に下がります。届け出た区分を変えます。", last)
    if old.status == "claimable" and new.status == "not_claimable":
        return Touched(old, new, "withdraw", f"満たさなくなる要件：{why}", last)
    if new.status == "undetermined":
        return Touched(old, new, "check", "まだ分からない事実があり、決められません。", None)
    return Touched(old, new, "keep", "いまも算定していません。", None)
