"""Where what a judgement looked at comes from: the ledger entries behind a fact, who recorded and who confirmed them.

A plain fact rests on the entry whose stretch covers the day. A derived fact is computed once more with a
view that notes what it looks at, so that exactly the months, people, events and filings it used are shown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.facts import DERIVED, View
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.facts.values import value_of
from mitasu.judge.words import Words
from mitasu.rulebook.catalogue import Attribute, Entry
from mitasu.rules.nodes import Fact
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind

LISTED = {
    "events": "出来事の一覧はこれですべて",
    "people": "職員の一覧はこれですべて",
    "filings": "届出の一覧はこれですべて",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """One thing that was looked at: its label, value and days, and the entry that says so (None: nothing is recorded)."""

    subject: str
    label: str
    value: str
    first: date | None = None
    last: date | None = None
    month: str = ""
    entry: Any = None
    evidence: Any = None
    proof: str = ""
    confirmed: tuple[Any, ...] = ()


class Noting(View):
    """A view that notes which facts and which months of series are looked at."""

    def __init__(self, view: View) -> None:
        super().__init__(view.institution, view.on, DERIVED)
        self.facts: dict[str, None] = {}  # by the first look; a view keeps what it found
        self.months: dict[tuple[str, str], None] = {}

    def __missing__(self, key: Any) -> Any:
        if type(key) is str and not self.is_derived(key):
            self.facts.setdefault(key)
        return super().__missing__(key)

    def series(self, id_: str, month: str) -> Any:
        """The value of a series in a month, noted."""
        self.months.setdefault((id_, month))
        return super().series(id_, month)


def confirmations_of(known: Known) -> Mapping[int, tuple[Any, ...]]:
    """The confirmations of each entry, by its number."""
    found: dict[int, tuple[Any, ...]] = {}
    for entry in known.of(Kind.CONFIRMATION):
        number = entry.body.get("confirms")
        found[number] = (*found.get(number, ()), entry)
    return found


def value_text(raw: Any, entry: Entry | Attribute | None) -> str:
    """A value of the ledger in words, with its unit."""
    if raw is None:
        return "不明"
    if entry is None:
        return str(raw)
    try:
        value = value_of(raw, entry.type, entry.values)
    except ValueError:
        return str(raw)
    if isinstance(entry, Attribute):
        if entry.type == "enum":
            return entry.values.get(value, str(value))
        entry = Entry(entry.name, entry.label, "fact", entry.type)
    return _words().value(value, entry)


def person_text(body: Mapping[str, Any]) -> str:
    """Someone in a role in words: employment, assignment and what else is said; names are not kept."""
    entry = rulebook().catalogue.get(str(body.get("role")))
    told = [
        EMPLOYMENT.get(str(body.get("employment")), "雇用の形は未記載"),
        ASSIGNMENT.get(str(body.get("assignment")), "専従・専任は未記載"),
    ]
    for attribute in entry.attributes if entry else ():
        if body.get(attribute.name) is not None:
            told.append(f"{attribute.label}：{value_text(body[attribute.name], attribute)}")
    return "、".join(told)


def event_text(body: Mapping[str, Any], id_: str) -> str:
    """What is said of an event besides its day."""
    entry = rulebook().catalogue.get(id_)
    told = [
        f"{attribute.label or attribute.name}：{value_text(body[attribute.name], attribute)}"
        for attribute in (entry.attributes if entry else ())
        if body.get(attribute.name) is not None
    ]
    return "、".join(told) or "実施"


def filing_text(body: Mapping[str, Any]) -> str:
    """A filing in words: level, arrival, acceptance, withdrawal."""
    named = {"arrived": "到着", "accepted": "受理", "withdrawn": "辞退"}
    told = [f"区分{body['level']}"] if body.get("level") else []
    told += [f"{body[key]}{word}" for key, word in named.items() if body.get(key)]
    return "、".join(told) or "日付の記載なし"


class Origins:
    """Looks up origins in what is known of a site."""

    def __init__(self, known: Known, view: View) -> None:
        self.known, self.view = known, view
        self.confirmed = confirmations_of(known)
        self.catalogue = rulebook().catalogue

    def of(self, fact: Fact) -> list[Origin]:
        """What is recorded of a fact on the day of the view, or that nothing is."""
        if not self.view.is_derived(fact.key):
            return [self.fact(fact.id, self.view.on)]
        return [*dict.fromkeys(self._derived(fact))]

    def fact(self, id_: str, on: date) -> Origin:
        """What is recorded of a plain fact on a day."""
        entry = self.catalogue.get(id_)
        label = entry.label if entry else id_
        for stretch in self.known.facts.get(id_, ()):
            if (stretch.first is None or stretch.first <= on) and (
                stretch.last is None or on <= stretch.last
            ):
                value = value_text(stretch.value, entry)
                if stretch.value is None:
                    value = "不明（証拠の期限が切れました）"
                return self._made(stretch.entry, id_, label, value, stretch.first, stretch.last)
        return Origin(id_, label, "不明（記録がありません）")

    def _derived(self, fact: Fact) -> Iterator[Origin]:
        noting = Noting(self.view)
        noting.found(fact.key)
        args = dict(fact.args)
        named = {args.get(key) for key in ("fact", "event", "role")} - {None}
        entry = self.catalogue.get(fact.id)
        ids = [*noting.facts, *named, *(entry.inputs if entry else ())]
        for id_ in dict.fromkeys(map(str, ids)):
            found = self.catalogue.get(id_)
            kind = found.kind if found else ""
            if kind == "fact":
                yield self.fact(id_, args.get("day") or self.view.on)
            elif kind == "event":
                yield from self._events(id_)
            elif kind == "role":
                yield from self._people(id_)
        for id_, month in noting.months:
            yield from self._month(id_, month)
        if "item" in args:
            yield from self._filings(str(args["item"]))

    def _month(self, id_: str, month: str) -> Iterator[Origin]:
        row = self.known.series.get(id_, {}).get(month)
        entry = self.catalogue.get(id_)
        label = entry.label if entry else id_
        if row is not None:
            yield self._made(row, id_, label, value_text(row.body["value"], entry), month=month)
        elif entry is not None and not entry.optional:
            yield Origin(id_, label, "不明（記録がありません）", month=month)

    def _events(self, id_: str) -> Iterator[Origin]:
        label = self._label(id_)
        rows = [row for row in self.known.of(Kind.EVENT) if row.subject == id_]
        past = sorted((row for row in rows if _day(row) <= self.view.on), key=_day)
        for row in reversed(past[-3:]):
            yield self._made(row, id_, label, event_text(row.body, id_), _day(row), _day(row))
        if not past:
            yield self._listing(f"events.{id_}", id_, label)

    def _people(self, role: str) -> Iterator[Origin]:
        label, rows = self._label(role), self.known.of(Kind.PERSON)
        found = [row for row in rows if row.body.get("role") == role]
        for row in found:
            yield self._made(row, role, label, person_text(row.body), *(_span(row.body)))
        if not found:
            yield self._listing("people", role, label)

    def _filings(self, item: str) -> Iterator[Origin]:
        label = f"{judge().words.name(item)}の届出"
        found = [row for row in self.known.of(Kind.FILING) if row.body.get("item") == item]
        for row in reversed(found):
            yield self._made(row, "filings", label, filing_text(row.body))
        if not found:
            yield self._listing("filings", "filings", label)

    def _listing(self, subject: str, id_: str, label: str) -> Origin:
        """That a list is complete shows that what is not in it is not there."""
        for row in self.known.of(Kind.LISTING):
            if row.subject == subject:
                told = LISTED[subject.partition(".")[0]]
                return self._made(row, id_, label, f"ありません（{told}、という記録）")
        return Origin(id_, label, "不明（一覧がありません）")

    def _label(self, id_: str) -> str:
        entry = self.catalogue.get(id_)
        return entry.label if entry else id_

    def _made(
        self,
        row: Any,
        subject: str,
        label: str,
        value: str,
        first: date | None = None,
        last: date | None = None,
        month: str = "",
    ) -> Origin:
        body = row.body
        return Origin(
            subject,
            label,
            value,
            first,
            last,
            month,
            row,
            self.known.proof(row),
            str(body.get("proof") or ""),
            self.confirmed.get(row.number, ()),
        )


def _day(row: Any) -> date:
    return parse_date(row.body["on"])


def _span(body: Mapping[str, Any]) -> tuple[date | None, date | None]:
    first, last = (None if body.get(key) is None else parse_date(body[key]) for key in ("from", "to"))
    return first, last


def _words() -> Words:
    return judge().words
