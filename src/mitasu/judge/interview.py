"""What to ask: the unknown facts that can change an answer, in the order in which to ask them.

Only facts on which an undecided verdict hangs are asked; a detail of a fact that is itself unknown
waits until that one is answered. A fact that decides several additions, or decides alone, comes first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mitasu.dates import month_of, shift_month
from mitasu.judge.judgement import Answer, Judgement
from mitasu.rulebook import Entry, Rulebook
from mitasu.rules.explain import undecided
from mitasu.rules.nodes import Fact, facts_of

FILINGS = Entry("filings", "届出の一覧", "filings", ask="届け出ている加算と受理日は何ですか")


@dataclass(frozen=True, slots=True)
class Ask:
    """One thing to ask: the catalogue entry, its question, what it decides; months or items where they matter."""

    entry: Entry
    question: str
    decides: tuple[str, ...]
    months: tuple[str, ...] = ()
    items: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The fact's id."""
        return self.entry.id


def asks(answer: Answer, rulebook: Rulebook) -> list[Ask]:
    """What to ask for an institution on a day, in order."""
    weights: dict[str, float] = {}
    decides: dict[str, list[str]] = {}
    for judgement in answer.judgements:
        for id_ in judgement.unknown:
            weights[id_] = weights.get(id_, 0) + 1 / len(judgement.unknown)
            decides.setdefault(id_, []).append(judgement.title)
    found = []
    for id_ in sorted(weights, key=lambda id_: -weights[id_]):
        entry = FILINGS if id_ == "filings" else rulebook.catalogue.get(id_)
        if entry is None or _waits(entry, answer):
            continue
        items = tuple(_items(answer.judgements)) if id_ == "filings" else ()
        months = _months(entry, answer) if entry.kind == "series" else ()
        if entry.kind == "series" and not months:  # every month is known; only time will tell
            continue
        found.append(Ask(entry, entry.ask, tuple(dict.fromkeys(decides[id_])), months, items))
    return found


def _waits(entry: Entry, answer: Answer) -> bool:
    """Whether the question makes no sense for this institution, or not yet."""
    if entry.sectors and answer.institution.sector not in entry.sectors:
        return True
    return any(answer.view.get(id_) != value for id_, value in entry.when)


def _months(entry: Entry, answer: Answer) -> tuple[str, ...]:
    month = month_of(answer.on)
    backs = (1,) if entry.id.startswith("summaries") else (3, 4, 5)
    months = (shift_month(month, -back) for back in backs)
    known = answer.institution.series.get(entry.id, {})
    return tuple(found for found in months if found not in known)


def _items(judgements: Iterable[Judgement]) -> Iterable[str]:
    """The filing items on which undecided verdicts hang, and those that bring such a level other points."""
    found: dict[str, None] = {}
    for judgement in judgements:
        for fixed, reason in judgement.levels:
            facts = [leaf.node for leaf in undecided(reason) if isinstance(leaf.node, Fact)]
            if facts:
                trees = (fixed.requirements.get(id_) for id_ in fixed.level.points_if)
                facts += [fact for tree in trees if tree is not None for fact in facts_of(tree)]
            for fact in facts:
                if fact.id.startswith("filing"):
                    found.setdefault(dict(fact.args)["item"])
    return found
