"""The rulebook as pages for people: one addition on a day, its changes, its sources, and a search.

What a page says is made by `judge.describe` from the rule itself, as the handbook and `mitasu rules` are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from mitasu.judge.changes import RuleChange, rule_changes
from mitasu.judge.conditions import condition_text
from mitasu.judge.describe import describe, differences
from mitasu.judge.description import Description
from mitasu.judge.words import Words
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, GRADES, SECTORS, Addition, Clause, Rulebook
from mitasu.rulebook.glossary import Term, glossary, terms_in
from mitasu.rules.rule import Requirement
from mitasu.server.ledger.law import judge, rulebook
from mitasu.text import halfwidth

MOST_HITS = 60


@dataclass(frozen=True, slots=True)
class Citation:
    """A source with the place in it; `key` is empty where the rulebook does not list it."""

    key: str
    title: str
    place: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """A published question and answer."""

    id: str
    number: str
    day: str
    text: str
    note: str
    cited: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A clause of the billing in words."""

    label: str
    text: str
    when: str
    condition: str
    cited: tuple[Citation, ...]
    rulings: tuple[Ruling, ...]


def citation(cite: str) -> Citation:
    """What a citation names."""
    key, _, place = cite.partition(" ")
    source = rulebook().sources.get(key)
    return Citation(key, str(source["title"]), place) if source else Citation("", key, place)


def citations(cites: Iterable[str]) -> tuple[Citation, ...]:
    """Several citations."""
    return tuple(citation(cite) for cite in cites)


def ruling(id_: str) -> Ruling:
    """A ruling by its id."""
    found = rulebook().rulings[id_]
    return Ruling(
        id_,
        str(found["number"]),
        str(found.get("date") or ""),
        str(found["text"]),
        str(found.get("note") or ""),
        citations(found.get("cite") or ()),
    )


# ---- the list ----------------------------------------------------------------------------------------------


def listed(on: date) -> list[dict[str, Any]]:
    """Every addition with whom it is for, and how it stands on a day."""
    rows = []
    for id_, addition in rulebook().additions.items():
        first, last = addition.periods[0].from_, addition.periods[-1].until
        state = "これから" if on < first else "終わった" if last is not None and last < on else "有効"
        rows.append({
            "id": id_,
            "title": addition.title,
            "sectors": "・".join(SECTORS[sector] for sector in addition.sectors),
            "first": first,
            "last": last,
            "state": state,
        })  # fmt: skip
    return rows


# ---- one addition ------------------------------------------------------------------------------------------


class Reading:
    """One addition in one sector on a day."""

    def __init__(self, addition: Addition, sector: str, on: date) -> None:
        self.addition, self.sector, self.on = addition, sector, on
        self.book: Rulebook = rulebook()
        self.words = Words(self.book)
        self.state = self.book.state(addition.id, sector, on)
        self.page: Description = describe(self.state, self.book)

    @property
    def in_force(self) -> bool:
        """Whether the addition is there on the day."""
        return bool(self.page.levels)

    @property
    def kinds(self) -> str:
        """The kinds of facilities that it is for."""
        return "、".join(FACILITY_KINDS[kind] for kind in self.addition.kinds) or "すべて"

    @property
    def codes(self) -> list[str]:
        """Its places in the fee table on the day."""
        return [str(code["code"]) for code in self.addition.codes if self.holds(code)]

    @property
    def forms(self) -> list[str]:
        """The forms of its filing on the day."""
        return [str(form["form"]) for form in self.addition.filing.get("forms") or () if self.holds(form)]

    @property
    def cited(self) -> tuple[Citation, ...]:
        """What the period rests on."""
        period = self.state.period
        return citations(period.cite if period and period.cite else self.addition.cite)

    def holds(self, row: Any) -> bool:
        """Whether a dated row is for this sector and day."""
        first, last = row.get("from"), row.get("until")
        within = (not first or str(first) <= self.on.isoformat()) and (
            not last or self.on.isoformat() <= str(last)
        )
        return within and (not row.get("sectors") or self.sector in row["sectors"])

    @property
    def common(self) -> list[str]:
        """What every level needs."""
        levels = self.page.levels
        return (
            [name for name in levels[0].needed if all(name in level.needed for level in levels)]
            if levels
            else []
        )

    def levels(self) -> list[dict[str, Any]]:
        """The levels with what each needs besides what all need."""
        common = set(self.common) if len(self.page.levels) > 1 else set()
        return [
            {
                "name": level.level or "（区分なし）",
                "points": level.points or "点数なし",
                "limits": level.thresholds,
                "needed": [name for name in level.needed if name not in common],
                "grade": GRADES[level.grade],
                "note": level.note,
            }
            for level in self.page.levels
        ]

    def requirements(self) -> list[dict[str, Any]]:
        """The requirements in the order of the notice."""
        return [
            {
                "line": line,
                "text": line.requirement.text,
                "advisory": line.requirement.kind == "advisory",
                "filing": line.requirement.kind == "filing",
                "soft": line.requirement.soft,
                "note": line.requirement.note,
                "grade": GRADES[line.requirement.grade],
                "cited": citations(line.requirement.cite),
                "rulings": [ruling(id_) for id_ in line.requirement.rulings],
            }
            for line in self.page.requirements
        ]

    def graces(self) -> list[dict[str, Any]]:
        """The transitional measures in force."""
        return [
            {"label": line.label, "term": grace.term, "condition": grace.condition, "note": grace.note}
            for line in self.page.requirements
            for grace in line.graces
        ]

    def billing(self) -> list[Told]:
        """How often and beside what it may be claimed."""
        billing = self.addition.billing
        clauses = (*billing.conditions, *billing.limits, *billing.exclusions)
        return [self.told(clause) for clause in clauses if clause.holds_for(self.sector, "", self.on)]

    def reminders(self) -> list[Told]:
        """What to keep to when claiming."""
        return [
            self.told(clause)
            for clause in self.addition.reminders
            if clause.holds_for(self.sector, "", self.on)
        ]

    def told(self, clause: Clause) -> Told:
        """A clause in words."""
        known = {found.id: found.label for found in self.addition.billing.conditions}
        condition = "" if clause.need is None else condition_text(clause.need, self.words, known, self.on)
        return Told(
            clause.label,
            clause.text,
            "・".join(ENCOUNTER_KINDS[kind] for kind in clause.encounters),
            condition,
            citations(clause.cite),
            tuple(ruling(id_) for id_ in clause.rulings),
        )

    @property
    def encounters(self) -> str:
        """The kinds of encounters at which it is claimed."""
        return "、".join(
            ENCOUNTER_KINDS[kind] for kind in self.addition.billing.encounters.get(self.sector, ())
        )

    @property
    def gives_way_to(self) -> list[tuple[str, str]]:
        """The additions that are claimed instead in the same month."""
        return [(id_, self.book.titles[id_]) for id_ in self.addition.billing.gives_way_to]

    def questions(self) -> list[Any]:
        """What the law leaves open."""
        return [found for found in self.addition.questions if found.stands_on(self.on, self.sector)]

    def rulings(self) -> list[Ruling]:
        """Every ruling that speaks of the addition."""
        return [ruling(id_) for id_ in self.book.rulings if id_ in rulings_of(self.addition)]

    def changes(self) -> list[tuple[date, list[str]]]:
        """What changed on each day on which its rule turns, the newest first."""
        timeline = self.book.timeline(self.addition.id, self.sector)
        before, found = timeline.on(date.min), []
        for day in timeline.dates:
            after = timeline.on(day)
            lines = differences(before, after, self.book)
            if lines:
                found.append((day, lines))
            before = after
        return found[::-1]

    def terms(self) -> list[Term]:
        """The defined terms that the requirements and the billing use."""
        texts = [line.requirement.text + line.label + line.condition for line in self.page.requirements]
        return terms_in("".join((*texts, *(told.text for told in self.billing()))))


def rulings_of(addition: Addition) -> set[str]:
    """The ids of the rulings that speak of an addition."""
    billing = addition.billing
    clauses = (*billing.conditions, *billing.limits, *billing.exclusions, *addition.reminders)
    named = {id_ for _, requirement in addition.requirements for id_ in requirement.rulings}
    named |= {id_ for clause in clauses for id_ in clause.rulings}
    return named | {
        id_ for id_, found in rulebook().rulings.items() if addition.id in (found.get("additions") or ())
    }


# ---- sources -----------------------------------------------------------------------------------------------


def cited_by(key: str) -> list[tuple[str, str, str]]:
    """Where a source is cited: addition, its title, and what rests on it."""
    found: dict[tuple[str, str, str], None] = {}
    for id_, addition in rulebook().additions.items():
        clauses = (*addition.billing.conditions, *addition.billing.limits, *addition.billing.exclusions)
        parts = [
            *((f"要件「{requirement.label}」", requirement.cite) for _, requirement in addition.requirements),
            *((f"算定の決まり「{clause.label}」", clause.cite) for clause in (*clauses, *addition.reminders)),
            ("加算そのもの", addition.cite),
        ]
        for what, cites in parts:
            if any(cite.partition(" ")[0] == key for cite in cites):
                found[id_, addition.title, what] = None
    return list(found)


# ---- differences between two days --------------------------------------------------------------------------


def changed(first: date, last: date, sector: str) -> list[tuple[RuleChange, str]]:
    """Every rule that differs between two days, with its sectors; sectors that change alike are told once."""
    found: dict[tuple[str, tuple[str, ...], tuple[date, ...]], tuple[RuleChange, list[str]]] = {}
    for change in rule_changes(judge(), first, last):
        if sector in ("", change.sector):
            key = (change.addition, change.lines, change.days)
            found.setdefault(key, (change, []))[1].append(SECTORS[change.sector])
    return [(change, "・".join(sectors)) for change, sectors in found.values()]


# ---- search ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a search found its words."""

    kind: str
    title: str
    text: str
    address: str


def search(words: str) -> list[Hit]:
    """Titles, requirements, rulings and terms that hold every word, titles first."""
    wanted = halfwidth(words).casefold().split()
    if not wanted:
        return []
    found = [hit for hit in _all() if all(word in _plain(f"{hit.title} {hit.text}") for word in wanted)]
    return sorted(found, key=lambda hit: not all(word in _plain(hit.title) for word in wanted))[:MOST_HITS]


def _plain(text: str) -> str:
    return halfwidth(text).casefold()


def _all() -> Iterator[Hit]:
    book = rulebook()
    for id_, addition in book.additions.items():
        address = reverse("rule", args=[id_])
        names = "、".join(dict.fromkeys((addition.title, *addition.titles.values())))
        yield Hit("加算", addition.title, names, address)
        for sectors, requirement in addition.requirements:
            day = _in_force(addition, requirement)
            if day is not None:
                asked = f"?on={day}&sector={(sectors or addition.sectors)[0]}#{requirement.id}"
                title = f"{requirement.label}（{addition.title}）"
                yield Hit("要件", title, requirement.text, address + asked)
    for id_, found in book.rulings.items():
        named = next(iter(found.get("additions") or ()), None)
        address = reverse("rule", args=[named]) + f"#{id_}" if named in book.additions else reverse("rules")
        yield Hit("疑義解釈", f"{found['number']}", str(found["text"]), address)
    for section in glossary():
        for term in section.terms:
            yield Hit("用語", term.term, term.told, f"{reverse('glossary')}#{term.anchor}")


def _in_force(addition: Addition, requirement: Requirement) -> date | None:
    """The first day of the last period in which a requirement is asked."""
    for period in reversed(addition.periods):
        day = max(period.from_, requirement.from_ or period.from_)
        if requirement.exists_on(day) and (period.until is None or day <= period.until):
            return day
    return None
