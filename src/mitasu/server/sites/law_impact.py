"""What the law changes between two days for many sites: which judgements move, which filings are due.

A change is shown only where it concerns one of the sites: where its addition is in force and for the site
before or after. What was worked out for a site is kept while its ledger stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet

from mitasu.facts import Institution
from mitasu.judge.changes import Move, RuleChange, moves, rule_changes, turning_days
from mitasu.judge.filings import WORDS
from mitasu.judge.marks import Mark, mark, points_text
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge
from mitasu.server.sites.judging import Kept
from mitasu.server.sites.many import institutions

ABSENT = ("not_in_force", "not_applicable")
MOST_DAYS = 366 * 3
"""So far apart two days may lie."""


@dataclass(frozen=True, slots=True)
class Moved:
    """How a site's judgement of an addition moves on a day, and what is to be filed (`filing` empty: nothing)."""

    addition: str
    on: date
    before: Mark
    before_level: str
    before_pays: str
    after: Mark
    after_level: str
    after_pays: str
    filing: str = ""
    why: str = ""
    forms: tuple[str, ...] = ()
    claimable_from: date | None = None

    @property
    def no_filing(self) -> str:
        """Why nothing is to be filed."""
        if self.after.symbol in ("△", "✕"):
            return "不要（先に要件を満たす）"
        return "未確認の事実しだい" if self.after.symbol == "？" else "不要"


@dataclass(frozen=True, slots=True)
class SiteMoves:
    """A site with what moves there."""

    site: Any
    moved: tuple[Moved, ...]

    @property
    def filing(self) -> bool:
        """Whether something is to be filed."""
        return any(one.filing for one in self.moved)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of the law with the sites that it concerns."""

    rule: RuleChange
    concerned: int
    moving: tuple[SiteMoves, ...]

    @property
    def to_file(self) -> int:
        """At how many sites something is to be filed."""
        return sum(one.filing for one in self.moving)


_Found = tuple[tuple[Moved, ...], frozenset[str]]
_found = Kept[_Found](2048)


def impact(sites: QuerySet[Site], first: date, last: date) -> list[Change]:
    """Every change of the law that concerns one of the sites."""
    given = institutions(sites)
    rules = rule_changes(judge(), first, last, [institution for _, institution in given])
    by_sector: dict[str, list[str]] = {}
    for rule in rules:
        by_sector.setdefault(rule.sector, []).append(rule.addition)
    found = [
        (
            site,
            institution.sector,
            *_of(site, institution, by_sector.get(institution.sector, ()), first, last),
        )
        for site, institution in given
    ]
    changes = []
    for rule in rules:
        concerned = [
            (site, moved)
            for site, sector, moved, ids in found
            if sector == rule.sector and rule.addition in ids
        ]
        moving = (
            SiteMoves(site, mine)
            for site, moved in concerned
            if (mine := tuple(one for one in moved if one.addition == rule.addition))
        )
        if concerned:
            changes.append(Change(rule, len(concerned), tuple(moving)))
    return changes


def _of(site: Any, institution: Institution, additions: Iterable[str], first: date, last: date) -> _Found:
    """What moves at a site, and which of the additions concern it on the days around a turn."""
    key = (site.pk, site.head, first, last)
    kept = _found.get(key)
    if kept is not None:
        return kept
    concerned: set[str] = set()
    wanted = list(additions)
    days = turning_days(judge(), institution.sector, first, last) if wanted else []
    for day in {near for turn in days for near in (turn - timedelta(days=1), turn)}:
        answer = judge().judge(institution, day, wanted)
        concerned |= {one.addition for one in answer.judgements if one.status not in ABSENT}
    moved = tuple(_moved(move) for move in moves(judge(), institution, first, last)) if days else ()
    return _found.put(key, (moved, frozenset(concerned)))


def _moved(move: Move) -> Moved:
    filing = move.filing
    return Moved(
        move.after.addition,
        move.on,
        mark(move.before),
        move.before.level or "",
        points_text(move.before),
        mark(move.after),
        move.after.level or "",
        points_text(move.after),
        WORDS[filing.action] if filing else "",
        filing.why if filing else "",
        filing.forms if filing else (),
        filing.claimable_from if filing else None,
    )


def turns_around(sectors: Iterable[str], today: date) -> tuple[date | None, date | None]:
    """The last day up to today and the next after it on which a rule of the sectors turns."""
    far = timedelta(days=MOST_DAYS)
    days = sorted(
        {day for sector in sectors for day in turning_days(judge(), sector, today - far, today + far)}
    )
    past, coming = [day for day in days if day <= today], [day for day in days if day > today]
    return (past[-1] if past else None), (coming[0] if coming else None)
