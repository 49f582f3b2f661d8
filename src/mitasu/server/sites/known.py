"""Everything the catalogue knows, with what a site's ledger says of it: the list of facts, and one fact's book."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mitasu.dates import japanese_month
from mitasu.judge.interview import FILINGS
from mitasu.rulebook.catalogue import Entry
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Entry as Record
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.origins import confirmations_of, event_text, filing_text, person_text, value_text
from mitasu.text import halfwidth

GROUPS = {
    "fact": "施設のこと",
    "series": "月ごとの値",
    "event": "出来事（訓練・研修など）",
    "role": "職員",
    "filings": "届出",
}
RECORD_OF = {
    "fact": Kind.FACT,
    "series": Kind.SERIES,
    "event": Kind.EVENT,
    "role": Kind.PERSON,
    "filings": Kind.FILING,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact in the list: its value today, and the entry that says so."""

    entry: Entry
    value: str
    known: bool
    first: date | None = None
    last: date | None = None
    record: Any = None
    proof: str = ""
    evidence: Any = None


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of a fact's book: what it says, and whether it still counts."""

    record: Any
    what: str
    first: date | None
    last: date | None
    month: str
    proof: str
    state: str
    reason: str = ""
    by: Any = None
    confirmed: tuple[Any, ...] = field(default=())

    @property
    def counts(self) -> bool:
        """Whether nothing has taken its place."""
        return self.state == "有効"


def concerning(site: Site) -> Iterator[Entry]:
    """What the catalogue asks of a site's sector, and the filings."""
    for entry in rulebook().catalogue:
        if entry.kind in ("fact", "series", "event", "role") and (
            not entry.sectors or site.sector in entry.sectors
        ):
            yield entry
    yield FILINGS


def lines(site: Site, known: Known, on: date, words: str = "") -> dict[str, list[Line]]:
    """The facts by group, those that match every word."""
    wanted = halfwidth(words).casefold().split()
    found: dict[str, list[Line]] = {label: [] for label in GROUPS.values()}
    for entry in concerning(site):
        line = _line(entry, known, on)
        text = halfwidth(f"{entry.id} {entry.label} {entry.ask} {line.value} {line.proof}").casefold()
        if all(word in text for word in wanted):
            found[GROUPS[entry.kind]].append(line)
    return {label: rows for label, rows in found.items() if rows}


def _line(entry: Entry, known: Known, on: date) -> Line:
    match entry.kind:
        case "fact":
            for one in known.facts.get(entry.id, ()):
                if (one.first is None or one.first <= on) and (one.last is None or on <= one.last):
                    if one.value is None:
                        return Line(
                            entry, "不明（証拠の期限が切れました）", False, one.first, one.last, one.entry
                        )
                    evidence = known.proof(one.entry)
                    proof = str(one.entry.body.get("proof") or "")
                    value = value_text(one.value, entry)
                    return Line(entry, value, True, one.first, one.last, one.entry, proof, evidence)
        case "series":
            months = known.series.get(entry.id, {})
            if months:
                month = max(months)
                value = f"{japanese_month(month)}分 {value_text(months[month].body['value'], entry)}（{len(months)}か月分）"
                return Line(entry, value, True, record=months[month])
        case _:
            return _listed(entry, known)
    return Line(entry, "不明", False)


def _listed(entry: Entry, known: Known) -> Line:
    """How many are in a list; none only where the list is there."""
    rows = rows_of(entry, known)
    if rows:
        return Line(entry, f"{len(rows)}{'人' if entry.kind == 'role' else '件'}", True, record=rows[-1])
    subject = {"event": f"events.{entry.id}", "role": "people", "filings": "filings"}[entry.kind]
    listing = next((row for row in known.of(Kind.LISTING) if row.subject == subject), None)
    if listing is not None:
        return Line(entry, "ありません", True, record=listing)
    return Line(entry, "不明", False)


def rows_of(entry: Entry, known: Known) -> list[Any]:
    """The entries of a list that count."""
    if entry.kind == "filings":
        return known.of(Kind.FILING)
    if entry.kind == "role":
        return [row for row in known.of(Kind.PERSON) if row.body.get("role") == entry.id]
    return [row for row in known.of(Kind.EVENT) if row.subject == entry.id]


def book(site: Site, entry: Entry, known: Known) -> list[Said]:
    """Every entry about a fact, newest first, those taken back included."""
    kind = RECORD_OF[entry.kind]
    rows: Any = Record.objects.filter(site=site, kind=kind)
    if entry.kind != "filings":
        rows = rows.filter(subject=entry.id)
    replaced = {one.replaces: one for one in Record.objects.filter(site=site, replaces__isnull=False)}
    confirmed = confirmations_of(known)
    standing = {stretch.entry.number for stretch in known.facts.get(entry.id, ())}
    return [
        _said(row, entry, replaced.get(row.number), known, standing, confirmed.get(row.number, ()))
        for row in rows.order_by("-number")
    ]


def _said(
    row: Any, entry: Entry, later: Any, known: Known, standing: set[int], confirmed: tuple[Any, ...]
) -> Said:
    body = row.body
    state, reason = "有効", ""
    if later is not None:
        state = "取り消し" if later.kind == Kind.RETRACTION else f"記録{later.number}に差し替え"
        reason = str(later.body.get("reason") or "")
    elif (entry.kind == "fact" and row.number not in standing) or (
        entry.kind == "series" and known.series.get(entry.id, {}).get(body["month"], row).number != row.number
    ):
        state = "後の記録に置き換わった"
    evidence = known.proof(row)
    proof = (
        f"証拠{evidence.number} {evidence.body.get('title', '')}"
        if evidence
        else str(body.get("proof") or "")
    )
    first, last = row.first_day, row.last_day
    if entry.kind == "role":
        first, last = (
            None if body.get(key) is None else date.fromisoformat(str(body[key])) for key in ("from", "to")
        )
    return Said(
        row,
        _what(entry, body),
        first,
        last,
        str(body.get("month", "")),
        proof,
        state,
        reason,
        later,
        confirmed,
    )


def _what(entry: Entry, body: Any) -> str:
    match entry.kind:
        case "event":
            return event_text(body, entry.id)
        case "role":
            return person_text(body)
        case "filings":
            return f"{judge().words.name(str(body['item']))}：{filing_text(body)}"
    told = value_text(body["value"], entry)
    if body.get("numerator") is not None:
        told += f"（{body['numerator']:,}件／{body['denominator']:,}件）"
    return told


def uses(entry: Entry, sector: str) -> list[tuple[str, str, str]]:
    """Which requirements of which additions use a fact: addition, its title, the requirement's label."""
    found = []
    for addition in rulebook().additions.values():
        if sector in addition.sectors:
            for sectors, requirement in addition.requirements:
                if requirement.id in entry.used_by and (not sectors or sector in sectors):
                    found.append((addition.id, addition.title_in(sector), requirement.label))
    return list(dict.fromkeys(found))
