"""What each next step brings: the smallest sets of changes for each better level, in points and yen.

The yen come from the visits given, ten yen a point; the lead time from the filing or rate that the step needs.
Where the rules turn before a step would count, it is worked out by the rules of the day from which it does.
Steps are ordered by yen for effort (yen a year for each change). Where only some patients qualify, all
visits make an upper bound; such steps come after those whose yen are sure, unless the claims expected of
the addition itself are given. A step that another addition excludes says so, with the better choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.facts.values import value_of
from mitasu.judge.amounts import by_kind, lowest, yen_each
from mitasu.judge.exclusions import Offer, between, offer_of
from mitasu.judge.filing_facts import known_on, turns_between
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.lead import first_claimable, latest_start
from mitasu.judge.papers import forms
from mitasu.judge.reach import Step, filing_of, steps
from mitasu.rulebook import ENCOUNTER_KINDS, Rulebook
from mitasu.text import nearest

ALIASES = {"initial": "first_visit", "初診": "first_visit", "再診": "revisit"}
MOST_VISITS = 10**6


@dataclass(frozen=True, slots=True)
class Gain:
    """What a change of judgement is worth: by kind of encounter, in yen a month, and what that was reckoned from.

    `each`: points gained by kind of encounter (yen at a station). `yen_a_month` is None where no visits
    were given that it depends on.
    """

    each: Mapping[str, int]
    yen_a_month: int | None
    inputs: str

    @property
    def yen_a_year(self) -> int | None:
        """Twelve times the month."""
        return None if self.yen_a_month is None else 12 * self.yen_a_month


@dataclass(frozen=True, slots=True)
class Improvement:
    """A step with what it brings."""

    addition: str
    title: str
    level: str
    step: Step
    gain: Gain
    files: bool
    forms: tuple[str, ...]
    claimable_from: date | None
    conflicts: tuple[str, ...]
    limits: tuple[str, ...]
    at_most: bool
    """Whether the yen are an upper bound: only some patients qualify, and how many was not said."""
    law_from: date | None = None
    """Where the rules turn before the step counts: the day from which those hold that it rests on."""

    @property
    def effort(self) -> int:
        """How many things have to be done."""
        return max(1, len(self.step.words))

    @property
    def worth(self) -> float:
        """Yen a year for each thing to do: what the list is ordered by."""
        return (self.gain.yen_a_year or 0) / self.effort


def improvements(
    judge: Judge, institution: Institution, on: date, visits: Mapping[str, int]
) -> list[Improvement]:
    """What each next step brings, the most yen for effort first."""
    known = known_on(institution, on)
    answers = {on: judge.judge(institution, on)}
    found: list[Improvement] = []
    for id_ in judge.rulebook.order:
        days = [on, *turns_between(judge, institution, id_, on, latest_start(on))]
        for day, end in pairwise([*days, date.max]):
            if day not in answers:
                answers[day] = judge.judge(known, day)
            begins = day if day > on and answers[on].of(id_).status == "not_in_force" else None
            rows = _under(judge, answers[day], id_, visits, on, begins)
            found.extend(row for row in rows if day <= max(row.claimable_from or on, on) < end)
    return sorted(found, key=lambda i: (i.at_most, -i.worth, i.effort, i.addition, i.level, i.step.words))


def _under(
    judge: Judge, answer: Answer, addition: str, visits: Mapping[str, int], on: date, begins: date | None
) -> Iterator[Improvement]:
    """The steps for an addition by the rules of an answer's day; `begins`: the day before which none can count."""
    now = answer.of(addition)
    if now.status in ("not_in_force", "not_applicable"):
        return
    for step in steps(judge, answer, addition):
        found = _improvement(judge, answer, now, step, visits, on)
        start = max((day for day in (found.claimable_from, begins) if day is not None), default=None)
        yield replace(found, claimable_from=start, law_from=answer.on if answer.on > on else None)


def _improvement(
    judge: Judge, answer: Answer, now: Judgement, step: Step, visits: Mapping[str, int], on: date
) -> Improvement:
    book, sector = judge.rulebook, answer.institution.sector
    kinds = book.addition(now.addition).billing.encounters.get(sector, ())
    was, will = (now.yen, step.yen) if sector == "nursing" else (now.points, step.points)
    items = [args["item"] for change in step.changes if (args := filing_of(change)) and change.value]
    asked = (
        form
        for item in dict.fromkeys(items)
        for form in forms(
            book.addition(item if item in book.additions else now.addition), sector, answer.on, item
        )
    )
    offer = Offer(now.addition, now.title + step.level, step.pays, by_kind(will, kinds))
    return Improvement(
        now.addition,
        now.title,
        step.level,
        step,
        gain(was, will, kinds, visits_for(visits, now.addition, kinds), sector),
        bool(items),
        tuple(dict.fromkeys(asked)),
        first_claimable(step, answer.institution, on),
        tuple(_conflicts(judge, answer, offer)),
        tuple(_limits(book, now.addition, sector, answer.on)),
        now.addition not in visits and _selective(book, now.addition, sector, answer.on),
    )


def visits_for(visits: Mapping[str, int], addition: str, kinds: tuple[str, ...]) -> Mapping[str, int]:
    """The visits that count for an addition: its own claims where they were given, else those of each kind.

    Own claims are reckoned for one kind, the first, as the addition is billed once for each.
    """
    return dict.fromkeys(kinds[:1], visits[addition]) if addition in visits else visits


def gain(was: Any, will: Any, kinds: tuple[str, ...], visits: Mapping[str, int], sector: str) -> Gain:
    """What is gained from one pay to another: of several amounts for a kind the lowest of each counts."""
    before, after = lowest(was, kinds), lowest(will, kinds)
    each = {kind: after.get(kind, 0) - before.get(kind, 0) for kind in {**before, **after}}
    given = {kind: visits[kind] for kind in each if kind in visits}
    unit = yen_each(sector)
    yen = sum(each[kind] * number * unit for kind, number in given.items()) if given else None
    told = (
        f"{ENCOUNTER_KINDS[kind]}{number}回×"
        + (f"{each[kind]}円" if sector == "nursing" else f"{each[kind]}点×{unit}円")
        for kind, number in given.items()
    )
    return Gain(each, yen, "、".join(told))


def _conflicts(judge: Judge, answer: Answer, offer: Offer) -> Iterator[str]:
    book, sector = judge.rulebook, answer.institution.sector
    for judgement in answer.judgements:
        if judgement.status == "claimable" and judgement.addition != offer.addition:
            found = between(book, sector, answer.on, offer, offer_of(judgement, book, sector))
            if found is not None:
                yield f"{judgement.named}とは同じ月に併せて算定できません（{found.why.rstrip('。')}）"


def _limits(rulebook: Rulebook, addition: str, sector: str, on: date) -> Iterator[str]:
    """How often it may be billed: what the visits given have to leave room for."""
    for clause in rulebook.addition(addition).billing.limits:
        if clause.holds_for(sector, "", on):
            yield clause.label


def _selective(rulebook: Rulebook, addition: str, sector: str, on: date) -> bool:
    """Whether the addition is for some patients only, or less often than monthly: not for every visit of its kinds."""
    billing = rulebook.addition(addition).billing
    narrowing = (clause.holds_for(sector, "", on) for clause in billing.conditions if not clause.choice)
    return any(narrowing) or any(c.months > 1 and c.holds_for(sector, "", on) for c in billing.limits)


def known_visits(visits: Mapping[str, Any] | None, rulebook: Rulebook) -> dict[str, int]:
    """Visits a month by encounter kind, or claims a month by addition; UsageError with the nearest word otherwise."""
    found: dict[str, int] = {}
    for name, number in (visits or {}).items():
        kind = ALIASES.get(name, name)
        if kind not in ENCOUNTER_KINDS and kind not in rulebook.additions:
            near = nearest(kind, (*ENCOUNTER_KINDS, *rulebook.additions))
            raise UsageError(
                f"受診の種類「{name}」はありません。"
                + (f"近いもの: {near}" if near else f"書けるもの: {'、'.join(ENCOUNTER_KINDS)}")
            )
        if type(number) is not int or not 0 <= number <= MOST_VISITS:
            raise UsageError(
                f"「{name}」の回数は0から{MOST_VISITS}までの整数で書いてください（見つかったもの: {number}）。"
            )
        if kind in found:
            raise UsageError(f"受診の種類「{kind}」が二度書かれています。")
        found[kind] = number
    return found


def parse_visits(text: str | None, rulebook: Rulebook) -> dict[str, int]:
    """Visits a month from "first_visit=120,revisit=400"; UsageError otherwise.

    >>> parse_visits("initial=120,revisit=400", Rulebook.shipped())
    {'first_visit': 120, 'revisit': 400}
    """
    found: dict[str, Any] = {}
    for part in (text or "").replace("、", ",").replace("＝", "=").split(","):
        if not part.strip():
            continue
        name, _, number = (word.strip() for word in part.partition("="))
        if name in found:
            raise UsageError(f"--visits: 受診の種類「{name}」が二度書かれています。")
        found[name] = int(number) if number.isdecimal() and len(number) < 10 else number or "なし"
    try:
        return known_visits(found, rulebook)
    except UsageError as error:
        raise UsageError(f"--visits: {error}") from None


def parse_changes(texts: list[str], rulebook: Rulebook) -> dict[str, Any]:
    """Facts put in place of the institution's own, from "fact=value"; UsageError with the nearest otherwise."""
    found: dict[str, Any] = {}
    for text in texts:
        name, sign, value = (word.strip() for word in text.partition("="))
        if not sign:
            raise UsageError(f"--set「{text}」は fact=value の形で書きます（e_prescription=true）。")
        if name in found:
            raise UsageError(f"--set: 事実「{name}」が二度書かれています。")
        found[name] = value
    try:
        return known_facts(found, rulebook)
    except UsageError as error:
        raise UsageError(f"--set: {error}") from None


def known_facts(changes: Mapping[str, Any], rulebook: Rulebook) -> dict[str, Any]:
    """Facts with values of their types; UsageError with the nearest fact, or what the value should be."""
    found: dict[str, Any] = {}
    facts = rulebook.catalogue.of("fact")
    for name, value in changes.items():
        entry = facts.get(name)
        if entry is None:
            other = rulebook.catalogue.get(name)
            near = nearest(name, facts)
            raise UsageError(
                f"「{name}」は置き換えられません。置き換えられるのは事実（mitasu facts list --kind fact）だけです。"
                if other is not None
                else f"事実「{name}」は目録にありません。"
                + (f"近いもの: {near}" if near else "mitasu facts list --kind fact で見られます。")
            )
        try:
            found[entry.id] = value_of(value, entry.type, entry.values)
        except ValueError as error:
            raise UsageError(f"{entry.id}: {error}") from None
    return found


@dataclass(frozen=True, slots=True)
class Difference:
    """How one judgement differs when some facts are replaced."""

    before: Judgement
    after: Judgement
    moved: tuple[str, ...]
    gain: Gain


def what_if(
    judge: Judge,
    institution: Institution,
    on: date,
    changes: Mapping[str, Any],
    visits: Mapping[str, int] | None = None,
) -> list[Difference]:
    """The judgements that change when facts are put in place of the institution's own; nothing is written."""
    before = judge.judge(institution, on)
    after = judge.judge(institution, on, replaced=changes)
    found = []
    for old, new in zip(before.judgements, after.judgements, strict=True):
        statuses = {answer.id: answer.status for answer in old.requirements}
        moved = tuple(answer.id for answer in new.requirements if statuses.get(answer.id) != answer.status)
        if _standing(old) != _standing(new) or moved:
            kinds = judge.rulebook.addition(new.addition).billing.encounters.get(institution.sector, ())
            was, will = (
                judgement.yen if judgement.pays_yen else judgement.points for judgement in (old, new)
            )
            counted = visits_for(visits or {}, new.addition, kinds)
            worth = gain(was, will, kinds, counted, institution.sector)
            found.append(Difference(old, new, moved, worth))
    return found


def _standing(judgement: Judgement) -> tuple[Any, ...]:
    return judgement.status, judgement.level, judgement.points, judgement.yen
