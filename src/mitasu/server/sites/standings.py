"""How many sites stand on a day, in short: kept in the database, so that a table of hundreds is one query.

What is kept counts for one head of the site's chain and one rulebook; one more entry, or another version of
the rules, makes it anew. Whatever is missing is worked out when it is asked for, or beforehand by `refresh`.

Yen at risk: the monthly yen of what may be claimed on the day and would be lost at the next deadline if
nothing were done: where a grace ends whose requirement is not met, the addition that rests on it, or the
difference to the level that is left; where something must be filed for a new day of the rules, what the
additions that end on it brought, as far as the filing would keep it. What is lost for other reasons, or is not known yet of days to come, does not
count. Visits are those of the site's profile, ten yen a point, each addition for every visit of its kinds:
an upper bound. Where the visits that it depends on are not entered, the yen are unknown, not zero.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

import mitasu
from mitasu.dates import first_day, month_of, parse_date, shift_month
from mitasu.facts import Institution, load_institution
from mitasu.judge.deadlines import deadlines
from mitasu.judge.due import Deadline
from mitasu.judge.filing_facts import with_filings
from mitasu.judge.improve import gain
from mitasu.judge.judgement import Answer, Judgement
from mitasu.judge.marks import mark, points_text, shown_first
from mitasu.rulebook.book import digest
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import document_of
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.many import knowns, with_heads
from mitasu.server.sites.models import Standing

SHAPE = 2
"""Grows when what is kept changes its form or meaning."""
WITHIN = 90
"""Deadlines within so many days."""


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


@dataclass(frozen=True, slots=True)
class Line:
    """A site with how it stands."""

    site: Any
    short: Short


@cache
def edition() -> str:
    """What the kept standings were made with: the rules, the program, and the form of what is kept."""
    return hashlib.sha256(f"{digest()}/{mitasu.__version__}/{SHAPE}".encode()).hexdigest()


def lines(sites: QuerySet[Site], on: date) -> list[Line]:
    """Every one of the sites with how it stands on a day: two queries where all of it is kept."""
    found: list[Any] = list(with_heads(sites))
    kept = {
        row.site_id: row
        for row in Standing.objects.filter(on=on, rulebook=edition(), site__in=sites.order_by().values("pk"))
    }
    shorts = {
        site.pk: _read(kept[site.pk].rows)
        for site in found
        if site.pk in kept and kept[site.pk].head == site.head
    }
    missing = [site for site in found if site.pk not in shorts]
    if missing:
        shorts |= _made(missing, on)
    return [Line(site, shorts[site.pk]) for site in found]


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


def _made(sites: list[Any], on: date) -> dict[int, Short]:
    """The standings of these sites, worked out and kept."""
    shorts = {site.pk: Short() for site in sites}
    rows = []
    for site, known in knowns(sites):
        profile = known.last(Kind.PROFILE)
        visits = dict((profile.body.get("visits") if profile else None) or {})
        if known.last(Kind.INSTITUTION) is not None:
            shorts[site.pk] = short_of(load_institution(document_of(known), rulebook()), on, visits)
        kept = asdict(shorts[site.pk])
        rows.append(Standing(site=site, on=on, head=known.head[1], rulebook=edition(), rows=kept))
    Standing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=("site", "on"),
        update_fields=("head", "rulebook", "rows"),
    )
    return shorts


def _read(rows: Mapping[str, Any]) -> Short:
    return Short(
        {id_: Cell(**{**cell, "missing": tuple(cell["missing"])}) for id_, cell in rows["cells"].items()},
        rows["missing"],
        None if rows["due"] is None else Due(**rows["due"]),
        rows["yen"],
        rows["at_risk"],
        rows["lost_on"],
    )


def short_of(institution: Institution, on: date, visits: Mapping[str, int]) -> Short:
    """How an institution stands on a day."""
    answer = judge().judge(institution, on)
    shown = shown_first(answer.judgements)
    upcoming = deadlines(judge(), institution, on, WITHIN)
    next_ = next((one for one in upcoming if one.kind != "law"), None)
    pays = monthly_yen(answer, visits)
    at_risk, lost_on = _at_risk(answer, pays, upcoming, visits)
    return Short(
        {judgement.addition: _cell(judgement) for judgement in shown},
        sum(len(judgement.missing) for judgement in shown),
        None if next_ is None else Due(next_.day.isoformat(), next_.title, next_.kind),
        _total(pays.values()),
        at_risk,
        lost_on,
    )


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


def monthly_yen(answer: Answer, visits: Mapping[str, int]) -> dict[str, int | None]:
    """What each addition that may be claimed brings a month; None where the visits are not known."""
    return _monthly(answer.judgements, answer.institution.sector, visits)


def _monthly(
    judgements: Iterable[Judgement], sector: str, visits: Mapping[str, int]
) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for judgement in judgements:
        pays = judgement.yen if judgement.pays_yen else judgement.points
        if judgement.status == "claimable" and pays is not None:
            kinds = rulebook().addition(judgement.addition).billing.encounters.get(sector, ())
            counted = (
                dict.fromkeys(kinds[:1], visits[judgement.addition])
                if judgement.addition in visits
                else visits
            )
            found[judgement.addition] = gain(None, pays, kinds, counted, sector).yen_a_month
    return found


def _total(amounts: Iterable[int | None]) -> int | None:
    found = list(amounts)
    return None if any(amount is None for amount in found) else sum(amount or 0 for amount in found)


def _at_risk(
    now: Answer, pays: Mapping[str, int | None], upcoming: Iterable[Deadline], visits: Mapping[str, int]
) -> tuple[int | None, str]:
    """The yen a month that fall away at the first deadline at which any do, and its day."""
    acting = [one for one in upcoming if one.kind in ("grace", "filing")]
    for day, group in groupby(acting if pays else (), key=lambda one: one.day):
        lost: dict[str, int | None] = {}
        for deadline in group:
            lost |= _lost(now, deadline, pays, visits)
        total = _total(lost.values())
        if total is None or total > 0:
            return total, day.isoformat()
    return 0, ""


def _lost(
    now: Answer, deadline: Deadline, pays: Mapping[str, int | None], visits: Mapping[str, int]
) -> dict[str, int | None]:
    """What each addition loses where one deadline passes with nothing done."""
    day, addition = _effect(deadline, now.on), deadline.addition
    if addition is None:
        return _ended(now, day, pays, visits)
    if addition not in pays:
        return {}
    answer = judge().judge(now.institution, day, [addition])
    if not _for_want_of_it(deadline, answer.of(addition)):
        return {}
    was, left = pays[addition], monthly_yen(answer, visits).get(addition, 0)
    return {addition: None if was is None or left is None else max(0, was - left)}


def _ended(
    now: Answer, day: date, pays: Mapping[str, int | None], visits: Mapping[str, int]
) -> dict[str, int | None]:
    """What the additions that end before a day of new rules brought, as far as a filing for that day would keep it."""
    answer = judge().judge(now.institution, day)
    ended = _total(yen for id_, yen in pays.items() if answer.of(id_).status == "not_in_force")
    kept: list[int | None] = []
    for old, new in zip(now.judgements, answer.judgements, strict=True):
        if old.status == "not_in_force" and new.status == "not_claimable":
            filed = with_filings(judge(), answer, new)
            kept.extend(_monthly([filed], answer.institution.sector, visits).values())
    gained = _total(kept)
    if not kept or ended == 0:
        return {}
    return {"": None if ended is None or gained is None else min(ended, gained)}


def _for_want_of_it(deadline: Deadline, after: Judgement) -> bool:
    """Whether it is for want of what the deadline asks that the addition, or its level, is lost."""
    if deadline.kind == "grace":
        asked = after.requirement(deadline.key.rpartition("/")[2])
        return asked is not None and asked.status not in ("met", "deemed", "not_applicable")
    filed = [answer for answer in after.requirements if answer.requirement.kind == "filing"]
    return after.status == "not_claimable" and any(answer.status == "unmet" for answer in filed)


def _effect(deadline: Deadline, on: date) -> date:
    """The first day on which it shows that a deadline was let pass."""
    if deadline.kind == "grace":
        return deadline.day + timedelta(days=1)
    for window in rulebook().calendar.get("windows", ()):
        if deadline.key.startswith(f"{window['id']}/"):
            return parse_date(window["counts_from"])
    return first_day(shift_month(month_of(max(deadline.day, on)), 1))


def additions_of(found: Iterable[Line]) -> list[str]:
    """The additions that concern any of the sites, in the order of the rulebook."""
    concerned = {id_ for line in found for id_ in line.short.cells}
    return [id_ for id_ in rulebook().order if id_ in concerned]
