"""The lead time of a step: filings count after their review, a rate of this month is looked at months later."""

from __future__ import annotations

from datetime import date, timedelta

from mitasu.dates import first_day, month_of, shift_month
from mitasu.facts import Filing, Institution, effective_from
from mitasu.facts.derived.filings import counts_from
from mitasu.judge.reach import Step, filing_of
from mitasu.rules.repair import Change

REVIEW = timedelta(days=14)
"""The review of a filing takes about two weeks (M08 t1_d2 7)."""
RATE_MONTHS = {"receipts": 3, "corrected": 3, "either": 2}
"""The rate of a month may first be used so many months later, by the basis of the rate."""


def first_claimable(step: Step, institution: Institution, on: date) -> date | None:
    """The first day from which a step counts that is taken on a day; None where nothing has to be waited for."""
    days = [day for change in step.changes if (day := _first(change, institution, on)) is not None]
    return max(days, default=None)


def latest_start(on: date) -> date:
    """The latest day from which any step taken on a day may count."""
    return max(effective_from(on + REVIEW), first_day(shift_month(month_of(on), max(RATE_MONTHS.values()))))


def _first(change: Change, institution: Institution, on: date) -> date | None:
    args = filing_of(change)
    if args is not None and change.value:
        filed = Filing(args["item"], None, on, on + REVIEW)
        before = [f for f in institution.filings or () if f.item == filed.item]
        return counts_from(filed, [*before, filed], dict(args.get("window") or ()))
    fact = getattr(change.node, "fact", None)
    if fact is not None and fact.id == "best_card_use_rate":
        return first_day(shift_month(month_of(on), RATE_MONTHS[dict(fact.args)["basis"]]))
    return None
