"""How the clauses of a rule's `billing` read at one encounter of an institution, and how a refusal is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from mitasu.facts import Institution
from mitasu.judge.encounters import Encounter
from mitasu.rulebook import Addition, Clause, Rulebook
from mitasu.rules.explain import Explainer, Reason, undecided
from mitasu.rules.fix import fold
from mitasu.rules.nodes import Node, Nothing


@dataclass(frozen=True, slots=True)
class Item:
    """An addition that may be billed; `amount`: the name of the amount that the encounter decided."""

    addition: str
    level: str
    points: int | None
    yen: int | None
    why: str
    amount: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An addition that may not be billed here: why, by which rule, from which source."""

    addition: str
    why: str
    rule: str
    sources: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    standing: bool = False
    """Whether the institution's standards refuse it that day, whatever the encounter."""


class ClauseReader:
    """Reads clauses for one institution."""

    def __init__(self, institution: Institution, rulebook: Rulebook) -> None:
        self.institution, self.rulebook = institution, rulebook

    def of(self, clauses: Iterable[Clause], encounter: Encounter) -> Iterable[Clause]:
        """The clauses that speak of such an encounter at the institution."""
        sector, kind = self.institution.sector, self.institution.kind
        return (
            clause
            for clause in clauses
            if clause.holds_for(sector, encounter.kind, encounter.on)
            and (not clause.kinds or kind in clause.kinds)
        )

    def read(self, addition: Addition, node: Node, encounter: Encounter) -> Reason:
        """A condition over an encounter, with its reasons."""
        return Explainer().explain(self._tree(addition, node, encounter.on), encounter.attributes)

    def _tree(self, addition: Addition, node: Node, day: date) -> Node:
        """A condition over an encounter on a day; other conditions of the billing are put in by id."""
        conditions = addition.billing.conditions

        def tree_of(id_: str) -> Node:
            for clause in conditions:
                if (
                    clause.id == id_
                    and clause.need is not None
                    and clause.holds_for(self.institution.sector, "", day)
                ):
                    return fold(clause.need, day, tree_of)
            return Nothing()

        return fold(node, day, tree_of)

    def label(self, id_: str) -> str:
        """The Japanese name of a catalogue entry."""
        entry = self.rulebook.catalogue.get(id_)
        return entry.label if entry else {"filings": "届出の一覧"}.get(id_, id_)

    def unknown(self, label: str, reason: Reason) -> tuple[str, tuple[str, ...]]:
        """What is not known, in words and as ids."""
        ids = [getattr(getattr(leaf.node, "fact", leaf.node), "id", "") for leaf in undecided(reason)]
        asked = tuple(dict.fromkeys(id_ for id_ in ids if id_))
        names = "、".join(f"{self.label(id_)}（{id_}）" for id_ in asked) or "制度の解釈"
        return f"{label}：「{names}」が分からないため決められません。", asked

    def refuse(self, addition: Addition, clause: Clause, why: str, unknown: tuple[str, ...] = ()) -> Refusal:
        """A refusal by a clause."""
        return Refusal(addition.id, why, clause.id, clause.cite, unknown)
