"""Until when a transitional measure (経過措置) carries a verdict: a day, what would tell the day, or for now.

A verdict knows its last day. Where it has none, the measure is open-ended (当面の間), or its last day is a
fact that nobody has stated: two things that must not be worded alike.
"""

from __future__ import annotations

from datetime import date

from mitasu.rules.explain import Reason
from mitasu.rules.nodes import Any_, Deemed, Fact, Verdict, When


def last_day(reason: Reason) -> date | Fact | None:
    """The last day of a deemed verdict, the unknown fact that would tell it, or None where it is open-ended.

    >>> from mitasu.rules.explain import explain
    >>> last_day(explain(Deemed(Fact("posted"), None, Fact("free_until")), {})).id
    'free_until'
    """
    if reason.until is not None:
        return reason.until
    match reason.node:
        case Deemed(until=until):
            return _of_measure(reason, until)
        case When():
            return last_day(reason.parts[1])
    endless = [part for part in reason.parts if part.verdict is Verdict.DEEMED and part.until is None]
    days = [last_day(part) for part in endless]
    if isinstance(reason.node, Any_):  # one alternative without end is enough
        return None if None in days else days[0]
    return next((day for day in days if day is not None), None)


def _of_measure(reason: Reason, until: date | Fact | None) -> date | Fact | None:
    part, *condition = reason.parts
    if condition and condition[0].verdict not in (Verdict.MET, Verdict.DEEMED):
        return last_day(part)  # the measure is for others; another one inside carries the verdict
    if until is not None and part.verdict is Verdict.DEEMED and part.until is None:
        return last_day(part)
    return until
