"""From what was recorded to the ledger: a paper (evidence), and what it proves, in one step.

Which requirements a paper is for is read from the rules themselves: every requirement that looks at the
fact, event or role which the paper proves. So the binder shows it under the right headings, also after the
next revision of the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from mitasu.dates import add_months
from mitasu.errors import UsageError
from mitasu.rules.nodes import Fact, facts_of
from mitasu.rules.rule import Requirement
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind

TRIES = 5


def _requirements(sector: str) -> Iterator[tuple[str, Requirement]]:
    for id_, addition in rulebook().additions.items():
        if sector in addition.sectors:
            for requirement in addition.rule(sector).requirements:
                yield f"{id_}/{requirement.id}", requirement


def _looked_at(fact: Fact) -> set[str]:
    """A fact, what it is derived from, and the events and roles that it names."""
    entry = rulebook().catalogue.get(fact.id)
    named = {value for _, value in fact.args if isinstance(value, str)}
    return {fact.id, *(entry.inputs if entry else ()), *named}


@cache
def requirements_for(sector: str, *ids: str) -> tuple[str, ...]:
    """The requirements (`addition/requirement`) that look at any of these facts, events or roles."""
    wanted = set(ids)
    return tuple(
        key
        for key, requirement in _requirements(sector)
        if any(wanted & _looked_at(fact) for fact in facts_of(requirement.need))
    )


@cache
def months_of(sector: str, event: str) -> int | None:
    """Within how many months the rules of a sector ask for an event at most; None where none does."""
    asked = [
        int(dict(fact.args)["months"])
        for _, requirement in _requirements(sector)
        for fact in facts_of(requirement.need)
        if fact.id == "event_within" and dict(fact.args).get("event") == event
    ]
    return min(asked, default=None)


def counts_until(site: Site, event: str, on: date) -> date | None:
    """The last day on which an event of that day still counts; None where no rule says so."""
    months = months_of(site.sector, event)
    return None if months is None else add_months(on, months)


def events_of(found: Known, event: str) -> list[Entry]:
    """The events of the ledger that count, the latest first."""
    rows = [row for row in found.of(Kind.EVENT) if row.subject == event]
    return sorted(rows, key=lambda row: (str(row.body["on"]), row.number), reverse=True)


def listing(found: Known, subject: str) -> list[Draft]:
    """That a list is there, where nothing said so yet."""
    there = any(row.subject == subject for row in found.of(Kind.LISTING))
    return [] if there else [Draft(Kind.LISTING, subject)]


def paper(
    title: str,
    requirements: Iterable[str],
    document: str = "",
    *,
    first: date | None = None,
    last: date | None = None,
    replaces: int | None = None,
    **more: Any,
) -> Draft:
    """A paper as the ledger keeps it; `more`: further keys of its body (note, statement, …)."""
    body = {"title": title, "requirements": list(requirements), "note": "", **more}
    return Draft(Kind.EVIDENCE, "", body, first, last, document, replaces=replaces)


Proved = Callable[[Known, int], Iterable[Draft]]
"""What a paper proves: from what is known and the paper's number to further drafts."""


def record(
    site: Site, evidence: Draft, proved: Proved | None = None, *, by: Any, via: str = "web"
) -> list[Entry]:
    """Appends a paper and what it proves, all or none; the paper's entry comes first.

    Made anew if someone else wrote in between. UsageError where `evidence.replaces` counts no longer.
    """
    for left in reversed(range(TRIES)):
        found = known(site)
        if evidence.replaces is not None and evidence.replaces not in found.entries:
            raise UsageError(
                f"証拠{evidence.replaces}は、もう取り消されたか差し替えられています。新しい内容を開いてください。"
            )
        drafts = [evidence, *(proved(found, found.head[0] + 1) if proved else ())]
        try:
            return append(site, drafts, by=by, via=via, expected=found.head[1] or None)
        except Stale:
            if not left:
                raise
    raise AssertionError("unreachable")


def withdraw(site: Site, numbers: Iterable[int | None], reason: str, *, by: Any, via: str = "web") -> None:
    """Takes entries back, and the facts that rest on them; those that count no longer are passed over."""
    found = known(site)
    gone = [number for number in numbers if number is not None and number in found.entries]
    resting = [
        row.number
        for row in found.of(Kind.FACT)
        if (proof := found.proof(row)) is not None and proof.number in gone
    ]
    body = {"reason": reason}
    drafts = [Draft(Kind.RETRACTION, body=body, replaces=number) for number in [*gone, *resting]]
    append(site, drafts, by=by, via=via, expected=found.head[1] or None)
