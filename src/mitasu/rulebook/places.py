"""Where a rule may write `when`, or name a requirement that has one; elsewhere it is a fault, told with its line."""

from __future__ import annotations

from mitasu.rulebook.addition import Addition
from mitasu.rules.load import NodeReader
from mitasu.rules.nodes import Fact, Node, Requires, When
from mitasu.rules.placing import Placing, misplaced_in, perhaps_misplaced

WHY = (
    "any・at_least_n_of・not の中と、条件（if、applies_when、when の条件など）では、当てはまるかどうかが不明なときに、"
    "満たすと答えたものが後で覆ります。"
)


class PlaceChecker:
    """Records what may drop out where it must not, each once; `nodes`: the reader that knows the lines."""

    def __init__(self, nodes: NodeReader) -> None:
        self.nodes = nodes
        self.told: set[int] = set()

    def addition(self, addition: Addition) -> None:
        """Look at the requirements, levels and scope of an addition, closely only where there is a doubt."""
        requirements = [requirement for _, requirement in addition.requirements]
        needs = [need for period in addition.periods for level in period.levels for need in level.needs]
        if self.nodes.places and perhaps_misplaced(
            requirements, needs, addition.applies_when, self.always_known
        ):
            for sector in addition.sectors:
                for found in misplaced_in(addition.rule(sector), self.always_known):
                    self.record(found)

    def billing(self, addition: Addition) -> None:
        """Look at the conditions over encounters; what chooses points or an amount may not drop out."""
        if not self.nodes.places:
            return
        billing, asked = addition.billing, dict[str, list[Node]]()
        for clause in billing.conditions:
            if clause.need is not None:
                asked.setdefault(clause.id, []).append(clause.need)
        placing = Placing(asked, self.always_known)
        rows = [row.when for period in addition.periods for row in period.encounter_points]
        choosing = [*(clause.need for clause in billing.amounts), *rows]
        for needs in asked.values():
            for need in needs:
                for found in placing.misplaced(need):
                    self.record(found)
        for condition in choosing:
            if condition is not None:
                self.deciding(condition, placing)

    def deciding(self, node: Node, placing: Placing | None = None) -> None:
        """Look at a condition that decides by itself."""
        for found in (placing or Placing(known=self.always_known)).misplaced(node, firm=True):
            self.record(found)

    def always_known(self, fact: Fact) -> bool:
        """Whether a fact is known of everyone."""
        spec = self.nodes.fact(fact.id)
        return spec is not None and spec.always_known

    def record(self, found: When | Requires) -> None:
        """Record one, at the line where it is written, with what to write instead."""
        if id(found) in self.told:
            return
        self.told.add(id(found))
        at = self.nodes.places[id(found)][1]
        if isinstance(found, When):
            key, what = "when", "when はここには書けません。"
            instead = "{all: [場合, 求めること]} のように、場合を all で並べて書いてください。"
        else:
            key, id_ = "requirement", found.requirement
            what = f"「{id_}」は対象外になることがあるので、ここには書けません。"
            instead = (
                f"{{all: [場合, {{requirement: {id_}}}]}} のように、場合を all で並べて書いてください。"
                if key in at
                else "場合を all で並べた要件を別に作り、それを挙げてください。"
            )
        self.nodes.faults.add(f"{what}{WHY}{instead}", at, key, code="may-drop-out")
