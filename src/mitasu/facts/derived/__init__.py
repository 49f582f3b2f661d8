"""Derived facts: what has to be computed from other facts before a rule can compare it.

Each function has the name under which `rulebook/facts/derived.yaml` declares it, takes the view of an
institution on a day and the arguments a rule gives, and says what its value rests on. The same facts
for whole frames are in `facts.columns`; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Mapping

from mitasu.facts.derived import clinics, counts, filings, psychiatry, rates, records, sharing, teams, wages
from mitasu.facts.derived.filings import effective_from
from mitasu.facts.view import Derive

MODULES = (clinics, counts, filings, psychiatry, rates, records, sharing, teams, wages)
DERIVED: Mapping[str, Derive] = {
    function.__name__: function for module in MODULES for function in module.FUNCTIONS
}

__all__ = ["DERIVED", "effective_from"]
