"""What follows from a site's judgements: deadlines, filings, next steps and their yen, kept while nothing changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mitasu.dates import first_day, month_of, shift_month
from mitasu.judge.deadlines import deadlines
from mitasu.judge.due import Deadline
from mitasu.judge.filings import FilingAnswer, filing_answers
from mitasu.judge.improve import Improvement, improvements
from mitasu.judge.judgement import Judgement
from mitasu.judge.marks import shown_first
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.law import judge
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.judging import Kept, answer_of, head_of, institution_of, known_of

_deadlines, _filings = Kept[list[Deadline]](512), Kept[list[FilingAnswer]](256)
_improvements = Kept[list[Improvement]](256)


def visits_of(site: Site) -> Mapping[str, int]:
    """How many visits of each kind the site has in a month, as entered in its profile; empty where not entered."""
    profile = known_of(site).last(Kind.PROFILE)
    return dict(profile.body.get("visits") or {}) if profile is not None else {}


def deadlines_of(site: Site, on: date, within: int = 90) -> list[Deadline]:
    """Everything with a day for a site."""
    key = (site.pk, head_of(site), on, within)
    found = _deadlines.get(key)
    return (
        found
        if found is not None
        else _deadlines.put(key, deadlines(judge(), institution_of(site), on, within))
    )


def filings_of(site: Site, on: date, accepted: date | None = None) -> list[FilingAnswer]:
    """What to file for each addition in force; `accepted`: the day of acceptance that is counted on."""
    key = (site.pk, head_of(site), on, accepted)
    found = _filings.get(key)
    return (
        found
        if found is not None
        else _filings.put(key, filing_answers(judge(), institution_of(site), on, accepted))
    )


def improvements_of(site: Site, on: date) -> list[Improvement]:
    """What each next step brings, with the site's own visits."""
    key = (site.pk, head_of(site), on)
    found = _improvements.get(key)
    return (
        found
        if found is not None
        else _improvements.put(key, improvements(judge(), institution_of(site), on, visits_of(site)))
    )


def next_month(on: date) -> date:
    """The first day of the month after a day's."""
    return first_day(shift_month(month_of(on), 1))


@dataclass(frozen=True, slots=True)
class Line:
    """One addition this month and next."""

    now: Judgement
    then: Judgement


def lines_of(site: Site, on: date) -> list[Line]:
    """The additions that concern a site this month or next."""
    now, then = answer_of(site, on), answer_of(site, next_month(on))
    shown = {one.addition for one in (*shown_first(now.judgements), *shown_first(then.judgements))}
    return [Line(one, then.of(one.addition)) for one in now.judgements if one.addition in shown]
