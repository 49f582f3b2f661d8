"""How many sites stand on a day, in short: kept in the database, so that a table of hundreds is one query.

What is kept counts for one head of the site's chain and one rulebook; one more entry, or another version of
the rules, makes it anew. Whatever is missing is worked out when it is asked for, or beforehand by `refresh`.

The judgements themselves are quick; deadlines and the yen that hang on them take most of the time. Where many
sites are asked for that nothing is kept of, `lines_soon` gives the judgements and says of the rest that it is
still to be worked out; `work_on` does that, some sites at a time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cache
from typing import Any

from django.db.models import QuerySet

import mitasu
from mitasu.dates import first_day, month_of, shift_month
from mitasu.facts import Institution
from mitasu.judge.deadlines import deadlines
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import mark, points_text, shown_first
from mitasu.rulebook.book import digest
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.sites.at_risk import at_risk, monthly_yen, total
from mitasu.server.sites.many import read, with_heads
from mitasu.server.sites.models import Standing

SHAPE = 4
"""Grows when what is kept changes its form or meaning."""
WITHIN = 90
"""Deadlines within so many days."""
AT_ONCE = 30
"""Of so many sites everything is worked out while somebody waits; of more the judgements first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One addition of a site on a day."""

    title: str
    symbol: str
    word: str
    level: str = ""
    pays: str = ""
    missing: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """The nearest deadline."""

    day: str
    title: str
    kind: str

    @property
    def on(self) -> date:
        """The day."""
        return date.fromisoformat(self.day)


@dataclass(frozen=True, slots=True)
class Short:
    """A site on a day in short. Yen are None where the visits that they depend on are not entered."""

    cells: Mapping[str, Cell] = field(default_factory=dict)
    missing: int = 0
    """How many requirements are lacking in all."""
    due: Due | None = None
    yen: int | None = 0
    at_risk: int | None = 0
    lost_on: str = ""
    """The day of the deadline at which the yen would be lost."""
    pending: bool = False
    """Whether only the judgements are worked out yet: nearest deadline and yen say nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A site with how it stands."""

    site: Any
    short: Short


Working = Callable[[Institution, date, Mapping[str, int]], Short]
"""Works out how an institution with such visits stands on a day."""


@cache
def edition() -> str:
    """What the kept standings were made with: the rules, the program, and the form of what is kept."""
    return hashlib.sha256(f"{digest()}/{mitasu.__version__}/{SHAPE}".encode()).hexdigest()


def lines(sites: QuerySet[Site], on: date) -> list[Line]:
    """Every one of the sites with how it stands on a day: two queries where all of it is kept."""
    found, shorts = _kept(sites, on)
    shorts |= _made([site for site in found if site.pk not in shorts or shorts[site.pk].pending], on)
    return [Line(site, shorts[site.pk]) for site in found]


def lines_soon(sites: QuerySet[Site], on: date) -> list[Line]:
    """The same within a moment: where many are not kept, their deadlines and yen are left `pending`."""
    found, shorts = _kept(sites, on)
    missing = [site for site in found if site.pk not in shorts]
    shorts |= _made(missing, on) if len(missing) <= AT_ONCE else _judged(missing, on)
    return [Line(site, shorts[site.pk]) for site in found]


def work_on(sites: QuerySet[Site], on: date) -> int:
    """Works out what is pending of some of the sites; of how many it is still to be done."""
    found, shorts = _kept(sites, on)
    pending = [site for site in found if site.pk not in shorts or shorts[site.pk].pending]
    _made(pending[:AT_ONCE], on)
    return len(pending[AT_ONCE:])


def refresh(on: date, sites: QuerySet[Site] | None = None) -> int:
    """Works out what is not kept yet for a day and the first of the next month, and drops what is spent.

    The number of sites. Firsts of months stay, as months are looked at again; other days that are over go.
    """
    wanted = Site.objects.filter(closed=False) if sites is None else sites
    Standing.objects.exclude(rulebook=edition()).delete()
    Standing.objects.filter(on__lt=on).exclude(on__day=1).delete()
    lines(wanted, first_day(shift_month(month_of(on), 1)))
    return len(lines(wanted, on))


# ---- working out -----------------------------------------------------------------------------------------


def _kept(sites: QuerySet[Site], on: date) -> tuple[list[Any], dict[int, Short]]:
    """The sites, and by key the standings that are kept of them and still count."""
    found: list[Any] = list(with_heads(sites))
    rows = Standing.objects.filter(on=on, rulebook=edition(), site__in=sites.order_by().values("pk"))
    kept = {row.site_id: row for row in rows}
    counting = [site for site in found if site.pk in kept and kept[site.pk].head == site.head]
    return found, {site.pk: _read(kept[site.pk].rows) for site in counting}


def _made(sites: list[Any], on: date) -> dict[int, Short]:
    """The standings of these sites, worked out whole and kept."""
    return _keep(sites, on, short_of)


def _judged(sites: list[Any], on: date) -> dict[int, Short]:
    """The standings of these sites as far as judging goes, kept as pending."""
    return _keep(sites, on, judged_of)


def _keep(sites: list[Any], on: date, work: Working) -> dict[int, Short]:
    shorts, rows = {}, []
    for site, head, institution, visits in read(sites):
        short = shorts[site.pk] = Short() if institution is None else work(institution, on, visits)
        rows.append(Standing(site=site, on=on, head=head, rulebook=edition(), rows=_written(short)))
    Standing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("site", "on"),
        update_fields=("head", "rulebook", "rows"),
    )
    return shorts


def _written(short: Short) -> dict[str, Any]:
    """A standing as JSON keeps it; `asdict` would copy each of the many cells twice over."""
    kept = {name: getattr(short, name) for name in Short.__slots__}
    cells = {id_: {name: getattr(cell, name) for name in Cell.__slots__} for id_, cell in short.cells.items()}
    return kept | {"cells": cells, "due": None if short.due is None else asdict(short.due)}


def _read(rows: Mapping[str, Any]) -> Short:
    return Short(
        {id_: Cell(**{**cell, "missing": tuple(cell["missing"])}) for id_, cell in rows["cells"].items()},
        rows["missing"],
        None if rows["due"] is None else Due(**rows["due"]),
        rows["yen"],
        rows["at_risk"],
        rows["lost_on"],
        rows["pending"],
    )


def short_of(institution: Institution, on: date, visits: Mapping[str, int]) -> Short:
    """How an institution stands on a day."""
    answer = judge().judge(institution, on)
    upcoming = deadlines(judge(), institution, on, WITHIN)
    next_ = next((one for one in upcoming if one.kind != "law"), None)
    pays = monthly_yen(answer, visits)
    yen_at_risk, lost_on = at_risk(answer, pays, upcoming, visits)
    return replace(
        _of(answer),
        due=None if next_ is None else Due(next_.day.isoformat(), next_.title, next_.kind),
        yen=total(pays.values()),
        at_risk=yen_at_risk,
        lost_on=lost_on,
    )


def judged_of(institution: Institution, on: date, visits: Mapping[str, int]) -> Short:
    """The same without deadlines and yen, which are pending."""
    return replace(_of(judge().judge(institution, on)), yen=None, at_risk=None, pending=True)


def _of(answer: Answer) -> Short:
    shown = shown_first(answer.judgements)
    cells = {judgement.addition: _cell(judgement) for judgement in shown}
    return Short(cells, sum(len(judgement.missing) for judgement in shown))


def _cell(judgement: Judgement) -> Cell:
    found = mark(judgement)
    labels = (judgement.requirement(id_) for id_ in judgement.missing)
    return Cell(
        judgement.title,
        found.symbol,
        "経過措置" if found.symbol == "◇" else found.word,
        judgement.level or "",
        points_text(judgement),
        tuple(answer.requirement.label for answer in labels if answer is not None),
        found.until.isoformat() if found.until else "",
    )


def additions_of(found: Iterable[Line]) -> list[str]:
    """The additions that concern any of the sites, in the order of the rulebook."""
    concerned = {id_ for line in found for id_ in line.short.cells}
    return [id_ for id_ in rulebook().order if id_ in concerned]
