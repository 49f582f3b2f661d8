"""Regional networks and e-prescriptions (2026 revision, 疑義解釈 その6 to その8)."""

from __future__ import annotations

from datetime import date

from mitasu.dates import add_months, last_day, month_of, shift_month
from mitasu.facts.view import Found, View

EARLY_JOINERS = (date(2026, 5, 31), date(2026, 9, 30))
"""Whoever joined a network by the first day is free of using it until the second (疑義解釈 その7 問1, QA-44)."""
FREE_MONTHS = 3
"""Later joiners are free until the end of the third month after the month of joining (QA-44)."""


def network_free_until(view: View) -> Found:
    """The last day on which a network that was joined need not have been used (QA-44)."""
    joined = view.get("network_joined_on")
    if joined is None:
        return Found(None, "参加日が分かりません", ("network_joined_on",))
    general = last_day(shift_month(month_of(joined), FREE_MONTHS))
    until = max(general, EARLY_JOINERS[1]) if joined <= EARLY_JOINERS[0] else general
    return Found(until, f"{joined}参加、{until}まで猶予")


def network_in_free_period(view: View) -> Found:
    """Whether the day lies between joining a network and the end of the free period (QA-44)."""
    until = network_free_until(view)
    if until.value is None:
        return until
    return Found(view.get("network_joined_on") <= view.on <= until.value, until.detail)


def network_site_fresh(view: View) -> Found:
    """Whether the network operator's site was updated within a year (QA-41); left out where not given."""
    updated = view.get("network_site_updated_on")
    if updated is None:
        return Found(None, "", ("network_site_updated_on",))
    return Found(updated <= view.on <= add_months(updated, 12), f"{updated}更新")


def enough_e_prescribers(view: View) -> Found:
    """Whether at least two full-time doctors issue e-prescriptions, one where only one is full-time (QA-46)."""
    issuing, full_time = view.get("full_time_e_prescribers"), view.get("full_time_prescribers")
    if issuing is None:
        return Found(None, "", ("full_time_e_prescribers",))
    if issuing == 1 and full_time is None:
        return Found(None, "発行できる常勤医師1人", ("full_time_prescribers",))
    enough = issuing >= 2 or (issuing == 1 and full_time == 1)
    return Found(
        enough, f"発行できる常勤医師{issuing}人" + (f"／常勤{full_time}人" if full_time is not None else "")
    )


def other_prescribers_covered(view: View) -> Found:
    """Whether everyone else issues paper with an exchange number, or nobody else is there (QA-46)."""
    issuing, full_time = view.get("full_time_e_prescribers"), view.get("full_time_prescribers")
    if issuing is not None and full_time is not None and issuing >= full_time:
        return Found(True, "常勤医師全員が発行")
    return Found(view.get("others_issue_exchange_number"), "", ("others_issue_exchange_number",))


FUNCTIONS = (
    enough_e_prescribers,
    network_free_until,
    network_in_free_period,
    network_site_fresh,
    other_prescribers_covered,
)
