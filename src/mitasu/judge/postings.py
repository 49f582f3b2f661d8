"""What has to be posted: the sentences for the additions that are really claimed.

An addition is posted where it is claimable, or would be if only the sentences were posted: otherwise
nobody could ever begin. Judged twice, on the day and on the first day of the next month, so that a new
level can be posted in time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from mitasu.dates import first_day, last_day, month_of, shift_month
from mitasu.facts import Institution
from mitasu.judge.judgement import Answer, Judge, Judgement, RequirementAnswer
from mitasu.judge.marks import points_text
from mitasu.rulebook.postings import PLACES, Posting
from mitasu.rules.rule import Requirement

WE = {"pharmacy": "当薬局", "nursing": "当ステーション"}
IN_BRACKETS = re.compile(r"（[^（）]*）$")
"""What a title says in brackets at its end, which is no part of the name itself: 入院."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a sentence is asked for, by which requirement; `until`: the last day of a grace."""

    place: str
    requirement: Requirement
    status: str
    until: date | None = None

    @property
    def label(self) -> str:
        """The place in Japanese."""
        return PLACES[self.place]


@dataclass(frozen=True, slots=True)
class PostingSentence:
    """A sentence to post. `from_`: the day from which it is due; `until`: its last day if it ends with the month.

    `groups`: the key phrases that find it in a page. `open_`: what has still to be filled in, in words.
    """

    posting: Posting
    title: str
    level: str
    text: str
    groups: tuple[tuple[str, ...], ...]
    asked: tuple[Asked, ...]
    why: str
    from_: date
    until: date | None = None
    open_: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The posting's id."""
        return self.posting.id

    @property
    def addition(self) -> str:
        """The addition it is posted for."""
        return self.posting.addition

    @property
    def named(self) -> str:
        """The addition with its level."""
        return self.title + self.level

    @property
    def is_name(self) -> bool:
        """Whether it tells the addition and its level, and not what the institution does."""
        return "{title}" in self.posting.text

    @property
    def duty(self) -> bool:
        """Whether a requirement surely asks for it."""
        return not self.posting.advisory

    @property
    def places(self) -> tuple[str, ...]:
        """Where it is posted."""
        return tuple(one.place for one in self.asked)

    def stands_on(self, day: date) -> bool:
        """Whether it is due on the day."""
        return self.from_ <= day and (self.until is None or day <= self.until)


def postings(
    judge: Judge, institution: Institution, on: date, filled: Mapping[str, str] | None = None
) -> list[PostingSentence]:
    """The sentences to post on the day and from the next month; `filled`: what only the institution knows, by blank."""
    then = first_day(shift_month(month_of(on), 1))
    now = _on_day(judge, institution, on, filled or {})
    coming = _on_day(judge, institution, then, filled or {})
    kept = {(one.id, one.text) for one in coming}
    last = last_day(month_of(on))
    ending = [one if (one.id, one.text) in kept else replace(one, until=last) for one in now]
    known = {(one.id, one.text) for one in now}
    found = [*ending, *(one for one in coming if (one.id, one.text) not in known)]
    order = list(judge.rulebook.postings)
    return sorted(found, key=lambda one: (order.index(one.id), one.from_))


def standing(
    sentences: Iterable[PostingSentence], day: date, place: str | None = None
) -> list[PostingSentence]:
    """The sentences due on a day (at a place)."""
    return [one for one in sentences if one.stands_on(day) and (place is None or place in one.places)]


def as_if_posted(judge: Judge, institution: Institution, on: date) -> Answer:
    """The judgements as they would be if everything to post were posted."""
    done = {
        ask.fact: True
        for posting in judge.rulebook.postings.values()
        for ask in posting.asked.values()
        if ask.fact
    }
    return judge.judge(institution, on, replaced=done)


def _on_day(
    judge: Judge, institution: Institution, on: date, filled: Mapping[str, str]
) -> list[PostingSentence]:
    really, posted = judge.judge(institution, on), as_if_posted(judge, institution, on)
    found = []
    for posting in judge.rulebook.postings.values():
        judgement = posted.of(posting.addition)
        if (
            judgement.status == "claimable"
            and posting.stands_on(on, institution.sector, institution.kind)
            and (posting.levels is None or judgement.level in posting.levels)
        ):
            asked = tuple(_asked(posting, judgement, really.of(posting.addition)))
            if asked:
                found.append(
                    _sentence(posting, judgement, really.of(posting.addition), asked, institution, on, filled)
                )
    return found


def _asked(posting: Posting, judgement: Judgement, really: Judgement) -> Iterable[Asked]:
    """Where the sentence is asked for; not where its requirement is not in force or does not apply."""
    for place, ask in posting.asked.items():
        answer = judgement.requirement(ask.requirement)
        if answer is not None and answer.status != "not_applicable":
            stands: RequirementAnswer = really.requirement(ask.requirement) or answer
            yield Asked(place, answer.requirement, stands.status, stands.until)


def _sentence(
    posting: Posting,
    judgement: Judgement,
    really: Judgement,
    asked: tuple[Asked, ...],
    institution: Institution,
    on: date,
    filled: Mapping[str, str],
) -> PostingSentence:
    given = {name: filled.get(name, "").strip() for name in posting.fill}
    words = words_of(institution, judgement) | {
        name: text or f"〔{posting.fill[name]}〕" for name, text in given.items()
    }
    groups = tuple(
        group
        for row in posting.phrases
        if (group := tuple(phrase.format_map(words) for phrase in row if not _open(phrase, given)))
    )
    return PostingSentence(
        posting,
        judgement.title,
        judgement.level or "",
        posting.text.format_map(words),
        groups,
        asked,
        _why(judgement, really, asked),
        on,
        None,
        tuple(posting.fill[name] for name, text in given.items() if not text),
    )


def words_of(institution: Institution, judgement: Judgement) -> dict[str, str]:
    """What the blanks of a sentence stand for at an institution."""
    return {
        "title": IN_BRACKETS.sub("", judgement.title),
        "level": judgement.level or "",
        "points": "・".join(filter(None, (_tail(judgement.title), points_text(judgement)))),
        "name": institution.name,
        "we": WE.get(institution.sector, "当院"),
    }


def _tail(title: str) -> str:
    found = IN_BRACKETS.search(title)
    return found[0].strip("（）") if found else ""


def _open(phrase: str, given: Mapping[str, str]) -> bool:
    return any(f"{{{name}}}" in phrase and not text for name, text in given.items())


def _why(judgement: Judgement, really: Judgement, asked: tuple[Asked, ...]) -> str:
    named = judgement.title + (judgement.level or "")
    by = "・".join(f"「{label}」" for label in dict.fromkeys(one.requirement.label for one in asked))
    if really.status == "claimable":
        return f"算定できる{named}の要件{by}で掲示します。"
    return f"掲示すれば{named}を算定できます（要件{by}）。"
