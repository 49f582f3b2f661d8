"""The evidence of a site, read: which requirement each paper is for, how long it counts, what rests on it.

A paper (evidence) is a stored file, a figure or an attested statement with the days it covers. Nothing here
decides: a fact that a paper proves ends with the paper, and what is then unknown is said by the judgement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.judge.judgement import RequirementAnswer
from mitasu.judge.marks import shown_first
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.rules.nodes import facts_of
from mitasu.rules.rule import Requirement
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.fold import Known, Stretch
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Document, Entry, Kind
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.outlook import next_month

SOON = 90
"""A paper that ends within so many days is due for renewal."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement that is in force for a site this month or next: what a paper can be for."""

    addition: str
    title: str
    answer: RequirementAnswer

    @property
    def key(self) -> str:
        """How papers name it: addition/requirement."""
        return f"{self.addition}/{self.answer.id}"

    @property
    def label(self) -> str:
        """Its label."""
        return self.answer.requirement.label

    @property
    def facts(self) -> tuple[CatalogueEntry, ...]:
        """The facts that a paper for it may prove."""
        return facts_asked(self.answer.requirement)


def facts_asked(requirement: Requirement) -> tuple[CatalogueEntry, ...]:
    """The plain facts that a requirement looks at, those behind derived ones included, each once."""
    catalogue = rulebook().catalogue
    found: dict[str, CatalogueEntry] = {}
    for fact in facts_of(requirement.need):
        named = catalogue.get(fact.id)
        arguments = [value for _, value in fact.args if isinstance(value, str)]
        for id_ in (fact.id, *(named.inputs if named else ()), *arguments):
            entry = catalogue.get(id_)
            if entry is not None and entry.kind == "fact":
                found.setdefault(entry.id, entry)
    return tuple(found.values())


def asked_of(site: Site, today: date) -> list[Asked]:
    """The requirements in force for a site this month or next, addition by addition."""
    found: dict[str, Asked] = {}
    for on in (today, next_month(today)):
        for judgement in shown_first(answer_of(site, on).judgements):
            for answer in judgement.requirements:
                asked = Asked(judgement.addition, judgement.title, answer)
                found.setdefault(asked.key, asked)
    order = {id_: index for index, id_ in enumerate(rulebook().order)}
    return sorted(found.values(), key=lambda one: order.get(one.addition, len(order)))


def requirement_name(key: str) -> str:
    """A requirement as papers name it, in words: 在宅医療DX情報活用加算「院内掲示」."""
    addition, _, id_ = key.partition("/")
    book = rulebook()
    found = book.additions.get(addition)
    if found is None:
        return key
    labels = {one.id: one.label for sector in found.sectors for one in found.rule(sector).requirements}
    return f"{book.titles.get(addition, addition)}「{labels.get(id_, id_)}」"


@dataclass(frozen=True, slots=True)
class Paper:
    """One entry of evidence as pages show it, on a day."""

    entry: Entry
    body: Mapping[str, Any]
    document: Document | None
    renewed: int | None
    """Number of the paper that took over."""
    today: date

    @property
    def number(self) -> int:
        """The entry's number."""
        return int(self.entry.number)

    @property
    def title(self) -> str:
        """What it is called."""
        return str(self.body.get("title") or f"証拠{self.number}")

    @property
    def requirements(self) -> tuple[str, ...]:
        """Which requirements it is for."""
        return tuple(str(one) for one in self.body.get("requirements") or ())

    @property
    def days_left(self) -> int | None:
        """Days until its last one (None: it has none); negative once it has ended."""
        return None if self.entry.last_day is None else (self.entry.last_day - self.today).days

    @property
    def state(self) -> str:
        """valid, ending (within 90 days), expired, renewed or later (its days have not begun)."""
        left = self.days_left
        if left is not None and left < 0:
            return "renewed" if self.renewed else "expired"
        if self.entry.first_day is not None and self.entry.first_day > self.today:
            return "later"
        return "ending" if left is not None and left <= SOON and not self.renewed else "valid"

    def covers(self, first: date, last: date) -> bool:
        """Whether it counts on any day from `first` to `last`."""
        return (self.entry.first_day is None or self.entry.first_day <= last) and (
            self.entry.last_day is None or first <= self.entry.last_day
        )


def papers_of(site: Site, today: date) -> list[Paper]:
    """The evidence that counts, in the order in which it was recorded."""
    return _papers(site, known_of(site).of(Kind.EVIDENCE), today)


def papers_ever(site: Site, today: date) -> list[Paper]:
    """All evidence, also what was corrected or taken back, the latest first."""
    entries = Entry.objects.filter(site=site, kind=Kind.EVIDENCE).order_by("-number")
    return _papers(site, entries, today)


def paper_of(site: Site, number: int, today: date) -> Paper | None:
    """A paper by its number, also one that was corrected or taken back; None where there is none."""
    entries = Entry.objects.filter(site=site, number=number, kind=Kind.EVIDENCE)
    return next(iter(_papers(site, entries, today)), None)


def _papers(site: Site, entries: Iterable[Entry], today: date) -> list[Paper]:
    rows = [(entry, entry.body) for entry in entries]
    documents = Document.objects.in_bulk([entry.document for entry, _ in rows if entry.document])
    counting = known_of(site).of(Kind.EVIDENCE)
    renewed = {earlier: entry.number for entry in counting if (earlier := entry.body.get("renews"))}
    return [
        Paper(entry, body, documents.get(entry.document), renewed.get(entry.number), today)
        for entry, body in rows
    ]


@dataclass(frozen=True, slots=True)
class Proved:
    """A fact on the days for which its entry counts, with its catalogue entry."""

    fact: CatalogueEntry
    stretch: Stretch


def proved_by(known: Known, number: int) -> list[Proved]:
    """What rests on a paper now."""
    catalogue = rulebook().catalogue
    found = []
    for id_, stretches in known.facts.items():
        entry = catalogue.get(id_)
        for stretch in stretches:
            proof = known.proof(stretch.entry)
            if entry is not None and stretch.value is not None and proof and proof.number == number:
                found.append(Proved(entry, stretch))
    return found


def resting_on(known: Known, number: int) -> list[Entry]:
    """The entries that name a paper as their proof and count."""
    return [
        entry
        for entry in known.entries.values()
        if entry.proof is not None and (proof := known.proof(entry)) is not None and proof.number == number
    ]


def said_only(site: Site, asked: Asked, today: date) -> list[str]:
    """What is noted as proof of a requirement's facts without a paper in the ledger."""
    institution, known = institution_of(site), known_of(site)
    papers = {f"証拠{entry.number} " for entry in known.of(Kind.EVIDENCE)}
    spans = (institution.fact(fact.id, today) for fact in asked.facts)
    noted = dict.fromkeys(span.proof for span in spans if span is not None and span.proof)
    return [proof for proof in noted if not any(proof.startswith(paper) for paper in papers)]
