"""From entries to the institution: what the ledger said about a site, as of what was known by a moment.

The entries are read in order. A later value takes the place of an earlier one on the days they share; an
entry that is replaced or retracted does not count; a fact proved by evidence that expires ends with it and
is unknown from then on. The result is an institution file (`docs/institution-file.md`) as a mapping.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from mitasu.server.accounts.models import Site
from mitasu.server.ledger.models import Entry, Kind

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A fact's value on a stretch of days (None: open), and the entry that says so."""

    first: date | None
    last: date | None
    value: Any
    entry: Any


@dataclass(slots=True)
class Known:
    """What is known of a site: entries that count, by kind, and facts painted over one another."""

    entries: dict[int, Any] = field(default_factory=dict)
    facts: dict[str, list[Stretch]] = field(default_factory=dict)
    series: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By series and month: the entry that counts."""
    corrected: dict[int, int] = field(default_factory=dict)
    """By the number of evidence that was corrected: the number of the evidence in its place."""
    head: tuple[int, str] = (0, "")

    def of(self, *kinds: str) -> list[Any]:
        """The entries of these kinds that count, in order."""
        return [entry for entry in self.entries.values() if entry.kind in kinds]

    def last(self, kind: str) -> Any:
        """The latest entry of a kind, if there is one."""
        return next(reversed(self.of(kind)), None)

    def expiry(self, entry: Any) -> date | None:
        """The last day of the evidence that proves an entry, if it has one."""
        proof = self.proof(entry)
        return proof.last_day if proof is not None else None

    def proof(self, entry: Any) -> Any:
        """The evidence that proves an entry, in its latest correction; None where there is none or it was taken back."""
        number = entry.proof
        while number in self.corrected:
            number = self.corrected[number]
        return self.entries.get(number) if number else None


def known(site: Site, known_at: datetime | None = None) -> Known:
    """What the ledger says about a site, as it stood at a moment (None: now)."""
    entries = Entry.objects.filter(site=site).order_by("number")
    if known_at is not None:
        entries = entries.filter(recorded_at__lte=known_at)
    return fold(entries)


def fold(entries: Iterable[Any]) -> Known:
    """What entries in order of their numbers say together."""
    rows = list(entries)
    gone = {row.replaces for row in rows if row.replaces}
    found = Known()
    found.corrected = {
        row.replaces: row.number
        for row in rows
        if row.kind == Kind.EVIDENCE and row.replaces and row.replaces < row.number
    }
    for row in rows:
        if row.number not in gone and row.kind != Kind.RETRACTION:
            found.entries[row.number] = row
    if rows:
        found.head = (rows[-1].number, rows[-1].digest)
    for row in found.entries.values():
        if row.kind == Kind.FACT:
            for stretch in _stretches(row, found):
                _paint(found.facts.setdefault(row.subject, []), stretch)
        elif row.kind == Kind.SERIES:
            found.series.setdefault(row.subject, {})[row.body["month"]] = row
    return found


def _stretches(row: Any, found: Known) -> list[Stretch]:
    """What a fact's entry says of its days: its value, and nothing from when its evidence has expired."""
    value, expiry = row.body["value"], found.expiry(row)
    first, last = row.first_day, row.last_day
    if expiry is None or (last is not None and last <= expiry):
        return [Stretch(first, last, value, row)]
    if first is not None and expiry < first:
        return [Stretch(first, last, None, row)]
    return [Stretch(first, expiry, value, row), Stretch(expiry + ONE_DAY, last, None, row)]


def _paint(stretches: list[Stretch], new: Stretch) -> None:
    """Puts a stretch over the others, which keep the days that it leaves them."""
    kept = []
    for old in stretches:
        if (new.last is not None and old.first is not None and new.last < old.first) or (
            new.first is not None and old.last is not None and old.last < new.first
        ):
            kept.append(old)
            continue
        if new.first is not None and (old.first is None or old.first < new.first):
            kept.append(Stretch(old.first, new.first - ONE_DAY, old.value, old.entry))
        if new.last is not None and (old.last is None or new.last < old.last):
            kept.append(Stretch(new.last + ONE_DAY, old.last, old.value, old.entry))
    kept.append(new)
    kept.sort(key=lambda one: one.first or date.min)
    stretches[:] = kept


def document_of(found: Known) -> dict[str, Any]:
    """The institution file that the known entries make."""
    head = found.last(Kind.INSTITUTION)
    document: dict[str, Any] = {"institution": dict(head.body) if head else {}}
    document["facts"] = {
        id_: _fact([one for one in stretches if one.value is not None], found)
        for id_, stretches in found.facts.items()
        if any(one.value is not None for one in stretches)
    }
    document["series"] = {
        id_: {month: row.body["value"] for month, row in sorted(months.items())}
        for id_, months in found.series.items()
    }
    events: dict[str, list[Any]] = {}
    lists: dict[str, list[Any]] = {}
    for row in found.of(Kind.LISTING, Kind.EVENT, Kind.PERSON, Kind.FILING):
        if row.kind == Kind.LISTING:
            kind, _, id_ = row.subject.partition(".")
            (events.setdefault(id_, []) if kind == "events" else lists.setdefault(kind, []))
        elif row.kind == Kind.EVENT:
            events.setdefault(row.subject, []).append(_proved(row, found))
        else:
            lists.setdefault("people" if row.kind == Kind.PERSON else "filings", []).append(row.body)
    document["events"] = {id_: sorted(rows, key=lambda one: str(one["on"])) for id_, rows in events.items()}
    return {**{key: value for key, value in document.items() if value}, **lists}


def _fact(stretches: list[Stretch], found: Known) -> Any:
    only = stretches[0]
    if len(stretches) == 1 and only.first is None and only.last is None and not _proof(only.entry, found):
        return only.value
    return [
        {
            **({"from": one.first} if one.first else {}),
            **({"to": one.last} if one.last else {}),
            "value": one.value,
            **({"proof": proof} if (proof := _proof(one.entry, found)) else {}),
        }
        for one in stretches
    ]


def _proved(row: Any, found: Known) -> Mapping[str, Any]:
    proof = _proof(row, found)
    return {**row.body, "proof": proof} if proof else row.body


def _proof(row: Any, found: Known) -> str:
    """What proves an entry, in words: the evidence in the ledger, or what its body says."""
    evidence = found.proof(row)
    if evidence is not None:
        return f"証拠{evidence.number} {evidence.body.get('title', '')}".strip()
    return str(row.body.get("proof") or "")
