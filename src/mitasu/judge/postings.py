"""What has to be posted: the sentences for the additions that are really claimed, and whether a page tells them.

An addition is posted where it is claimable, or would be if only the sentences were posted: otherwise
nobody could ever begin. Judged twice, on the day and on the first day of the next month, so that a new
level can be posted in time. A page is compared with that sentence by sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from mitasu.dates import first_day, last_day, month_of, shift_month
from mitasu.facts import Institution
from mitasu.judge.judgement import Answer, Judge, Judgement, RequirementAnswer
from mitasu.judge.marks import points_text
from mitasu.judge.published import Piece, contains, folded, lacking, pieces, telling
from mitasu.rulebook import Addition
from mitasu.rulebook.postings import PLACES, Posting
from mitasu.rules.rule import Requirement

WE = {"pharmacy": "当薬局", "nursing": "当ステーション"}
_TAIL = re.compile(r"（[^（）]*）$")
_LEVEL = r"(?:\(入院\))?(?:の?\(?([0-9]{1,2}|[ivx]{1,4})\)?(?![0-9ivx点円~〜・,、\-]))?"
_OVER = re.compile("廃止|終了|終わり|算定していません|算定しておりません")


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
    words = _words(institution, judgement) | {
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


def _words(institution: Institution, judgement: Judgement) -> dict[str, str]:
    return {
        "title": _TAIL.sub("", judgement.title),
        "level": judgement.level or "",
        "points": "・".join(filter(None, (_tail(judgement.title), points_text(judgement)))),
        "name": institution.name,
        "we": WE.get(institution.sector, "当院"),
    }


def _tail(title: str) -> str:
    """What a title says in brackets at its end, which is no part of the name itself: 入院."""
    found = _TAIL.search(title)
    return found[0].strip("（）") if found else ""


def _open(phrase: str, given: Mapping[str, str]) -> bool:
    return any(f"{{{name}}}" in phrase and not text for name, text in given.items())


def _why(judgement: Judgement, really: Judgement, asked: tuple[Asked, ...]) -> str:
    named = judgement.title + (judgement.level or "")
    by = "・".join(f"「{label}」" for label in dict.fromkeys(one.requirement.label for one in asked))
    if really.status == "claimable":
        return f"算定できる{named}の要件{by}で掲示します。"
    return f"掲示すれば{named}を算定できます（要件{by}）。"


# ---- a published page ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Matched:
    """A sentence that the page tells, and where."""

    sentence: PostingSentence
    found: str


@dataclass(frozen=True, slots=True)
class Missing:
    """A sentence that the page does not tell; `words`: what the nearest sentence lacks."""

    sentence: PostingSentence
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A sentence of the page that is true no more, and of what it is."""

    found: str
    named: str
    why: str


@dataclass(frozen=True, slots=True)
class Check:
    """How a published page compares with what is to be posted."""

    matched: tuple[Matched, ...]
    missing: tuple[Missing, ...]
    stale: tuple[Stale, ...]

    @property
    def drift(self) -> int:
        """How many sentences are wrong: those of duty that are missing, and stale ones."""
        lacked = {one.sentence.text for one in self.missing if one.sentence.duty}
        return len(lacked) + len(self.stale)


@dataclass(frozen=True, slots=True)
class Outdated:
    """What a page must not say on a day: names of additions with the levels that stand, and sentences that ended.

    `names`: by name, the levels under which it may be called (none: it cannot be claimed) and why not otherwise.
    `texts`: sentences of other levels and days, with the addition each belongs to.
    """

    names: Mapping[str, tuple[tuple[str, ...], str]]
    texts: tuple[tuple[str, str], ...]


def outdated(judge: Judge, institution: Institution, on: date) -> Outdated:
    """What a page of the institution must not say on the day."""
    answer = as_if_posted(judge, institution, on)
    levels: dict[str, list[str]] = {}
    whys: dict[str, list[str]] = {}
    for addition in judge.rulebook.additions.values():
        judgement = answer.of(addition.id)
        if judgement.status in ("not_applicable", "undetermined") or not _pays(addition, institution.sector):
            continue
        usual = addition.title_in(institution.sector)
        for title in {
            usual,
            judgement.title,
            *(p.titles.get(institution.sector, usual) for p in addition.periods),
        }:
            name = _TAIL.sub("", title)
            claimed = judgement.status == "claimable" and title in (judgement.title, usual)
            levels.setdefault(name, []).extend([judgement.level or ""] if claimed else [])
            whys.setdefault(name, []).append(_gone(addition, institution.sector, judgement, on))
    names = {name: (tuple(held), "".join(dict.fromkeys(whys[name]))) for name, held in levels.items()}
    return Outdated(names, tuple(_ended_texts(judge, institution, answer, on)))


def _pays(addition: Addition, sector: str) -> bool:
    """Whether it is an addition that is paid, and not a standard of others."""
    periods = addition.rule(sector).periods
    return any(period.encounter_points for period in periods) or any(
        level.points is not None or level.yen is not None for period in periods for level in period.levels
    )


def _gone(addition: Addition, sector: str, judgement: Judgement, on: date) -> str:
    """Why an addition cannot be claimed on the day, in words."""
    if judgement.status == "claimable":
        return f"いま算定できるのは{judgement.title}{judgement.level or ''}です。"
    if judgement.status == "not_claimable":
        return f"{judgement.title}は、この日は算定できません。"
    ended = [
        period.until
        for period in addition.rule(sector).periods
        if period.until is not None and period.until < on
    ]
    if ended:
        return f"{judgement.title}は{max(ended)}で終わりました。"
    return f"{judgement.title}は、この日にはまだ始まっていません。"


def _ended_texts(
    judge: Judge, institution: Institution, answer: Answer, on: date
) -> Iterable[tuple[str, str]]:
    """The sentences of the rulebook that are not to be posted on the day, without those that another addition asks for."""
    due, others = set(), []
    for posting in judge.rulebook.postings.values():
        addition = judge.rulebook.addition(posting.addition)
        judgement = answer.of(posting.addition)
        if (
            posting.fill
            or "{level}" in posting.text
            or institution.sector not in (posting.sectors or addition.sectors)
        ):
            continue
        text = folded(posting.text.format_map(_words(institution, judgement)))
        stands = (
            judgement.status == "claimable"
            and posting.stands_on(on, institution.sector, institution.kind)
            and (posting.levels is None or judgement.level in posting.levels)
        )
        if stands or judgement.status == "undetermined":
            due.add(text)
        else:
            level = "・".join(posting.levels or ()) if posting.levels and all(posting.levels) else ""
            others.append((text, addition.title_in(institution.sector) + level))
    named: dict[str, dict[str, None]] = {}
    for text, whose in others:
        if text not in due:
            named.setdefault(text, {})[whose] = None
    return [(text, "、".join(whose)) for text, whose in named.items()]


def check(published: str, sentences: Sequence[PostingSentence], outdated: Outdated | None = None) -> Check:
    """Which sentences a published text tells, which it lacks, and which of its own are out of date."""
    found = pieces(published)
    whole = folded(published)
    matched, missing = [], []
    for sentence in sentences:
        place = _told(found, whole, sentence)
        if place is not None:
            matched.append(Matched(sentence, place))
        else:
            missing.append(Missing(sentence, lacking(found, sentence.groups)))
    stale = _stale(found, outdated) if outdated is not None else []
    return Check(tuple(matched), tuple(missing), tuple(stale))


def _told(found: list[Piece], whole: str, sentence: PostingSentence) -> str | None:
    if contains(whole, folded(sentence.text)):
        return sentence.text
    piece = telling(found, sentence.groups) if sentence.groups else None
    return piece.text if piece is not None else None


def _stale(found: list[Piece], outdated: Outdated) -> list[Stale]:
    stale: dict[tuple[str, str], Stale] = {}
    names = sorted(outdated.names, key=len, reverse=True)
    compared = {_plain(name): name for name in names}
    pattern = re.compile(f"({'|'.join(re.escape(name) for name in compared)}){_LEVEL}") if compared else None
    for piece in found:
        for text, named in outdated.texts:
            if contains(piece.folded, text):
                told = f"{named}の文です。いまは掲示しません。"
                stale.setdefault((named, text), Stale(piece.text, named, told))
        if pattern is None or _OVER.search(piece.text):
            continue
        for match in pattern.finditer(_plain(piece.text)):
            name, level = compared[match[1]], _arabic(match[2])
            levels, why = outdated.names[name]
            if levels and (level is None or level in levels or set(levels) == {""}):
                continue
            named = name + (level or "")
            stale.setdefault((named, ""), Stale(piece.text, named, why))
    return list(stale.values())


def _plain(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


_ROMAN: Mapping[str, str] = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6"}


def _arabic(level: Any) -> str | None:
    return None if level is None else _ROMAN.get(level, level)
