"""Yen a month of a site: what its additions bring, and what of it would be lost at the next deadline.

At risk are the monthly yen of what may be claimed on the day and would be lost at the next deadline if
nothing were done: where a grace ends whose requirement is not met, the addition that rests on it, or the
difference to the level that is left; where something must be filed for a new day of the rules, what the
additions that end on it brought, as far as the filing would keep it. What is lost for other reasons, or is not
known yet of days to come, does not count. Visits are those of the site's profile, ten yen a point, each addition for every visit of its kinds:
an upper bound. Where the visits that it depends on are not entered, the yen are unknown, not zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from itertools import groupby

from mitasu.dates import first_day, month_of, parse_date, shift_month
from mitasu.judge.due import Deadline
from mitasu.judge.filing_facts import with_filings
from mitasu.judge.improve import gain
from mitasu.judge.judgement import Answer, Judgement
from mitasu.server.ledger.law import judge, rulebook


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


def total(amounts: Iterable[int | None]) -> int | None:
    found = list(amounts)
    return None if any(amount is None for amount in found) else sum(amount or 0 for amount in found)


def at_risk(
    now: Answer, pays: Mapping[str, int | None], upcoming: Iterable[Deadline], visits: Mapping[str, int]
) -> tuple[int | None, str]:
    """The yen a month that fall away at the first deadline at which any do, and its day."""
    acting = [one for one in upcoming if one.kind in ("grace", "filing")]
    for day, group in groupby(acting if pays else (), key=lambda one: one.day):
        lost: dict[str, int | None] = {}
        for deadline in group:
            lost |= _lost(now, deadline, pays, visits)
        together = total(lost.values())
        if together is None or together > 0:
            return together, day.isoformat()
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
    ended = total(yen for id_, yen in pays.items() if answer.of(id_).status == "not_in_force")
    kept: list[int | None] = []
    for old, new in zip(now.judgements, answer.judgements, strict=True):
        if old.status == "not_in_force" and new.status == "not_claimable":
            filed = with_filings(judge(), answer, new)
            kept.extend(_monthly([filed], answer.institution.sector, visits).values())
    gained = total(kept)
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
