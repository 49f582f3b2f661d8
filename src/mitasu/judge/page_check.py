"""A published page against what has to be posted: what it tells, what it lacks, what it says that is true no more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.facts import Institution
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.postings import IN_BRACKETS, PostingSentence, as_if_posted, words_of
from mitasu.judge.published import Piece, contains, folded, lacking, pieces, telling
from mitasu.rulebook import Addition

_LEVEL = r"(?:\(入院\))?(?:の?\(?([0-9]{1,2}|[ivx]{1,4})\)?(?![0-9ivx点円~〜・,、\-]))?"
_OVER = re.compile("廃止|終了|終わり|算定していません|算定しておりません")


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
            name = IN_BRACKETS.sub("", title)
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
        text = folded(posting.text.format_map(words_of(institution, judgement)))
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
