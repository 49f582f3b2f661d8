"""The filings that a site's ledger knows: made, arrived, accepted, withdrawn; and recording each of these.

A filing is one entry. When it arrives or is accepted a new entry takes the place of the old one, so that the
judgement always reads the latest state and the book still shows every step. How and when it was sent is told
in a note beside it, because the judgement does not ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from mitasu.dates import japanese_date, parse_date
from mitasu.errors import UsageError
from mitasu.facts import effective_from
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.judging import institution_of, known_of

METHODS = {"electronic": "電子申請", "post": "郵送", "by_hand": "持参"}
DAYS = ("arrived", "accepted", "withdrawn")


@dataclass(frozen=True, slots=True)
class Filed:
    """A filing as one entry tells it."""

    number: int
    item: str
    level: str
    arrived: date | None
    accepted: date | None
    withdrawn: date | None
    recorded: Entry
    body: Mapping[str, Any]

    @property
    def title(self) -> str:
        """What was filed, with its level."""
        entry = rulebook().catalogue.get(self.item)
        return rulebook().titles.get(self.item, entry.label if entry else self.item) + self.level

    @property
    def counts_from(self) -> date | None:
        """The day from which it counts by the general rule; None before it is accepted."""
        return effective_from(self.accepted) if self.accepted else None

    def state(self, today: date) -> str:
        """How it stands, in words."""
        if self.withdrawn is not None:
            return f"{japanese_date(self.withdrawn)}に辞退"
        if self.accepted is None:
            return "受理を待っている"
        over = ended(self.item, today)
        if over is not None:
            return f"加算が{japanese_date(over)}で終わった"
        start = self.counts_from
        return "有効" if start and start <= today else f"{japanese_date(start or today)}から有効"

    def stands(self, today: date) -> bool:
        """Whether it is not withdrawn."""
        return self.withdrawn is None or self.withdrawn > today


def ended(item: str, today: date) -> date | None:
    """The last day of an addition that is over everywhere; None where it stands, or is not judged here."""
    addition = rulebook().additions.get(item)
    states = [rulebook().state(item, sector, today) for sector in addition.sectors] if addition else []
    if not states or any(state.levels or state.from_ == date.min for state in states):
        return None
    return max(state.from_ for state in states) - timedelta(days=1)


def filed_of(site: Site, item: str | None = None) -> list[Filed]:
    """The filings that count, the latest first."""
    found = [_filed(entry) for entry in known_of(site).of(Kind.FILING)]
    chosen = [one for one in found if item is None or one.item == item]
    return sorted(chosen, key=lambda one: (_latest(one), one.number), reverse=True)


def history_of(site: Site, item: str | None = None) -> list[tuple[Filed, str]]:
    """Every entry about filings in order, also those replaced or taken back, with what became of each."""
    about = Q(kind=Kind.FILING) | Q(replaces__isnull=False)
    entries = list(Entry.objects.filter(about, site=site).order_by("-number"))
    gone = {entry.replaces: entry for entry in entries if entry.replaces}
    rows = []
    for entry in entries:
        if entry.kind == Kind.FILING and (item is None or entry.body["item"] == item):
            after = gone.get(entry.number)
            became = ""
            if after is not None:
                became = (
                    f"取り消し：{after.body.get('reason', '')}"
                    if after.kind == Kind.RETRACTION
                    else f"記録{after.number}に引き継いだ"
                )
            rows.append((_filed(entry), became))
    return rows


def _filed(entry: Any) -> Filed:
    body = entry.body
    days = {key: parse_date(body[key]) if body.get(key) else None for key in DAYS}
    level = body.get("level")
    return Filed(
        entry.number, body["item"], "" if level is None else str(level), **days, recorded=entry, body=body
    )


def _latest(filed: Filed) -> date:
    return filed.accepted or filed.arrived or date.max


def sending_of(site: Site, filing: Filed) -> dict[str, Any]:
    """How a filing was sent, as noted beside its first entry; empty where nothing was noted."""
    rows = Entry.objects.filter(site=site, kind=Kind.FILING, replaces__isnull=False)
    before = {number: replaced for number, replaced in rows.values_list("number", "replaces") if replaced}
    number = filing.number
    while number in before:
        number = before[number]
    notes = [note.body for note in known_of(site).of(Kind.NOTE) if note.subject == f"filing/{filing.item}"]
    return next((dict(body) for body in reversed(notes) if body.get("filing") == number), {})


def complete(site: Site) -> bool:
    """Whether the list of the site's filings is known to be complete."""
    return institution_of(site).filings is not None


# ---- recording -----------------------------------------------------------------------------------------


@transaction.atomic
def send(
    site: Site,
    item: str,
    level: str,
    *,
    sent_on: date,
    method: str,
    arrived: date | None = None,
    receipt: str = "",
    details: Mapping[str, Any] | None = None,
    document: str = "",
    by: Any = None,
) -> Entry:
    """Records that a filing was sent; `document`: the hash of a stored copy, which becomes its proof."""
    text = f"{japanese_date(sent_on)}に{METHODS[method]}で送付" + (f"、受付番号 {receipt}" if receipt else "")
    proof = None
    if document:
        title = f"{rulebook().titles.get(item, item)}{level}の届出の控え"
        paper = Draft(
            Kind.EVIDENCE,
            body={"title": title, "requirements": [], "note": text},
            first_day=sent_on,
            document=document,
        )
        proof = append(site, [paper], by=by)[0].number
    body = body_of(item, level, arrived=arrived, details=details)
    [made] = append(site, [Draft(Kind.FILING, item, body, proof=proof)], by=by)
    note = {"text": text, "sent_on": sent_on, "method": method, "receipt": receipt, "filing": made.number}
    append(site, [Draft(Kind.NOTE, f"filing/{item}", note)], by=by)
    return made


def advance(site: Site, number: int, *, by: Any = None, **days: date | None) -> Entry:
    """Records that a filing arrived, was accepted or was withdrawn, in the place of the entry before."""
    found = next((one for one in filed_of(site) if one.number == number), None)
    if found is None:
        raise UsageError(
            f"記録{number}の届出は、もう引き継がれたか取り消されています。新しい方を開いてください。"
        )
    body = {**found.body, **{key: day for key, day in days.items() if day is not None}}
    draft = Draft(Kind.FILING, found.item, body, proof=found.recorded.proof, replaces=number)
    return append(site, [draft], by=by)[0]


def body_of(
    item: str,
    level: str,
    *,
    arrived: date | None = None,
    accepted: date | None = None,
    details: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A filing as institution files write it; what is not known is left out."""
    body: dict[str, Any] = {"item": item, "level": level or None, "arrived": arrived, "accepted": accepted}
    return {key: value for key, value in (body | dict(details or {})).items() if value is not None}
