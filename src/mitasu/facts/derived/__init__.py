"""Derived facts: what has to be computed from other facts before a rule can compare it.

Each function has the name under which `rulebook/facts/derived.yaml` declares it, takes the view of an
institution on a day and the arguments a rule gives, and says what its value rests on. The same facts
for whole frames are in `facts.columns`; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from mitasu.facts.derived.counts import event_within, latest_event, people_with
from mitasu.facts.derived.filings import (
    effective_from,
    facility_kind,
    fact_on,
    filing_arrived,
    filing_in_effect,
)
from mitasu.facts.derived.rates import best_card_use_rate
from mitasu.facts.derived.records import record_managers_enough, summaries_on_time
from mitasu.facts.derived.sharing import (
    enough_e_prescribers,
    network_free_until,
    network_in_free_period,
    network_site_fresh,
    other_prescribers_covered,
)
from mitasu.facts.view import Derive

DERIVED: Mapping[str, Derive] = {
    function.__name__: function
    for function in (
        best_card_use_rate, enough_e_prescribers, event_within, facility_kind, fact_on, filing_arrived, filing_in_effect,
        latest_event, network_free_until, network_in_free_period, network_site_fresh, other_prescribers_covered,
        people_with, record_managers_enough, summaries_on_time,
    )
}  # fmt: skip

__all__ = ["DERIVED", "effective_from"]
