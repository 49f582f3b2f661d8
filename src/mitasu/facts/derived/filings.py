"""Whether filings (届出) count on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

from mitasu.dates import first_day, first_opening_day, month_of, shift_month
from mitasu.facts.institution import Filing
from mitasu.facts.view import Found, View

UNLISTED = Found(None, "届出の一覧がありません", ("filings",))
NOT_FILED = Found(False, "届出がありません")


@cache
def effective_from(accepted: date) -> date:
    """The day from which a filing accepted that day counts.

    Accepted in a month: from the first of the next; on the month's first opening day: from that
    month's first (保医発0305第7号 第2の7).

    >>> effective_from(date(2026, 6, 1)), effective_from(date(2026, 6, 2))
    (datetime.date(2026, 6, 1), datetime.date(2026, 7, 1))
    """
    month = month_of(accepted)
    return first_day(month if accepted == first_opening_day(month) else shift_month(month, 1))


def filing_in_effect(
    view: View,
    *,
    item: str,
    levels: tuple[str | None, ...] | None = None,
    took_effect_from: date | None = None,
    standing_on: date | None = None,
    window: Any = (),
    lapses: Any = (),
    attribute: Any = (),
    optional_attribute: Any = (),
    relabel: Any = (),
) -> Found:
    """Whether a filing of the item counts on the day (see docs, the rule language, for the arguments).

    None among `levels`: a filing that names no level counts too.
    """
    filings = view.filings(item)
    if filings is None:
        return UNLISTED
    if not filings:
        return NOT_FILED
    special, wanted = dict(window), dict(attribute)
    best, detail, states = False, "", []
    for filing in filings:
        day = counts_from(filing, filings, special)
        told = _told(filing, day)
        if (
            isinstance(day, date)
            and day <= (standing_on or view.on)
            and not _withdrawn(filing, view.on, standing_on)
            and not _lapsed(filing, standing_on or view.on, dict(lapses))
        ):
            level = _level_on(filing, day, view.on, relabel)
            late = took_effect_from is not None and day < took_effect_from
            if (levels is None or level in levels) and not late and _has(filing, wanted):
                states.append(_states(filing, dict(optional_attribute)))
                best, detail = True, told
                if states[-1] is not False:
                    continue
        detail = detail or told
    if not best:
        return Found(False, detail)
    if optional_attribute:
        return Found(True if True in states else None if None in states else False, detail)
    return Found(True, detail)


def counts_from(filing: Filing, filings: Iterable[Filing], window: Mapping[str, Any]) -> date | None:
    """The day from which one of several filings counts; `window`: a day set for re-filings (see the rule language)."""
    if filing.accepted is None:
        return None
    general = effective_from(filing.accepted)
    if not window or filing.arrived is None or month_of(filing.accepted) != window["accepted_in"]:
        return general
    before = any(
        other.accepted is not None and effective_from(other.accepted) < window["filed_before"]
        for other in filings
    )
    in_time = filing.arrived <= window["arrived_by"]
    return min(general, window["counts_from"]) if before and in_time else general


def _withdrawn(filing: Filing, on: date, standing_on: date | None) -> bool:
    return filing.withdrawn is not None and filing.withdrawn <= max(on, standing_on or on)


def _lapsed(filing: Filing, on: date, lapse: Mapping[str, Any]) -> bool:
    """Whether a filing from before a change of the rules no longer counts (再届出必要)."""
    if not lapse or on < lapse["from"] or filing.accepted is None:
        return False
    return bool(effective_from(filing.accepted) < lapse["took_effect_before"])


def _level_on(filing: Filing, took_effect: date, on: date, relabel: Any) -> str | None:
    level = filing.level
    for since, renamed in relabel:
        day = date.fromisoformat(since)
        if took_effect < day <= on and level is not None:
            level = dict(renamed).get(level, level)
    return level


def _has(filing: Filing, wanted: Mapping[str, Any]) -> bool:
    return not wanted or filing.attributes.get(wanted["name"]) == wanted["value"]


def _states(filing: Filing, wanted: Mapping[str, Any]) -> bool | None:
    if not wanted:
        return True
    stated = filing.attributes.get(wanted["name"])
    return None if stated is None else stated == wanted["value"]


def _told(filing: Filing, day: date | None) -> str:
    level = f"区分{filing.level}、" if filing.level else ""
    if filing.accepted is None:
        return f"届出（{level}受理日の記載なし）"
    ended = f"、{filing.withdrawn}に辞退" if filing.withdrawn else ""
    return f"届出（{level}{filing.accepted}受理、{day}から有効{ended}）"


def filing_arrived(view: View, *, item: str, by: date) -> Found:
    """Whether a filing of the item had arrived by a day, and by the day judged."""
    filings = view.filings(item)
    if filings is None:
        return UNLISTED
    days = [filing.arrived for filing in filings if filing.arrived is not None]
    arrived = [day for day in days if day <= min(by, view.on)]
    return Found(bool(arrived), f"{arrived[0]}到着" if arrived else "届出がありません")


def fact_on(view: View, *, fact: str, day: date) -> Found:
    """The value of a fact on another day."""
    span = view.institution.fact(fact, day)
    return Found(None if span is None else span.value, f"{day}の時点", (fact,))


def facility_kind(view: View) -> Found:
    """The kind of facility: hospital, clinic_with_beds, clinic, pharmacy or station."""
    return Found(view.institution.kind)


FUNCTIONS = (facility_kind, fact_on, filing_arrived, filing_in_effect)
