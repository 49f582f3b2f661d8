"""The evidence of a site, written: a paper and the facts it proves in one step; corrections, renewals, retractions.

Nothing is changed in place. A correction is a new paper in the old one's place, which takes over what rests on
it. A renewal stands beside the old paper and proves the same facts on later days. What is taken back takes the
facts along that rested on it: they are what they were before, or unknown, but never met without proof.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.evidence import resting_on

TRIES = 5


def record(site: Site, paper: Draft, facts: Mapping[str, Any], *, by: Any, via: str = "web") -> Entry:
    """A paper, and the facts that it proves from its first day on; returns the paper's entry.

    `paper.replaces`: the paper that it corrects; `body["renews"]`: the paper that it takes over from. UsageError
    where that one no longer counts; InputError where a fact's value cannot be.
    """

    def drafts(found: Known) -> list[Draft]:
        for earlier in (paper.replaces, paper.body.get("renews")):
            counts = earlier is None or earlier in {one.number for one in found.of(Kind.EVIDENCE)}
            if not counts:
                raise UsageError(
                    f"証拠{earlier}は、もう取り消されたか差し替えられています。新しい方を開いてください。"
                )
        number = found.head[0] + 1
        proved = (
            Draft(Kind.FACT, id_, {"value": value}, paper.first_day, proof=number)
            for id_, value in facts.items()
        )
        return [paper, *proved]

    return _appended(site, drafts, by, via)[0]


def retract(site: Site, number: int, reason: str, *, by: Any, via: str = "web") -> list[Entry]:
    """Takes a paper back, and the facts and monthly values that rested on it; UsageError where it no longer counts."""

    def drafts(found: Known) -> list[Draft]:
        if number not in {one.number for one in found.of(Kind.EVIDENCE)}:
            raise UsageError(f"証拠{number}は、もう取り消されたか差し替えられています。")
        body = {"reason": reason}
        along = {"reason": f"証拠{number}の取り消し：{reason}"}
        rested = [entry for entry in resting_on(found, number) if entry.kind in (Kind.FACT, Kind.SERIES)]
        return [
            Draft(Kind.RETRACTION, body=body, replaces=number),
            *(Draft(Kind.RETRACTION, body=along, replaces=entry.number) for entry in rested),
        ]

    return _appended(site, drafts, by, via)


def renewal_of(entry: Entry, paper: Draft) -> Draft:
    """A paper that takes over from another, from the day after its last one unless it says another day."""
    first = paper.first_day or (entry.last_day + timedelta(days=1) if entry.last_day else None)
    return replace(paper, first_day=first, body={**paper.body, "renews": entry.number})


def _appended(site: Site, drafts: Callable[[Known], list[Draft]], by: Any, via: str) -> list[Entry]:
    """Appends drafts that name numbers of this very batch: made anew if someone else wrote in between."""
    for left in reversed(range(TRIES)):
        found = known(site)
        try:
            return append(site, drafts(found), by=by, via=via, expected=found.head[1] or None)
        except Stale:
            if not left:
                raise
    raise AssertionError("unreachable")


def body_of(
    title: str,
    requirements: list[str],
    note: str = "",
    *,
    statement: Mapping[str, str] | None = None,
    figure: Mapping[str, str] | None = None,
    file: str = "",
) -> dict[str, Any]:
    """The body of a paper; what is not said is left out."""
    body: dict[str, Any] = {"title": title, "requirements": requirements, "note": note}
    said = {"statement": statement, "figure": figure, "file": file}
    return body | {key: value for key, value in said.items() if value}
