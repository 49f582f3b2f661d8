"""The `billing` of a rule file: clauses over encounters, and points that the encounter decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitasu.rulebook.addition import Billing, Clause, EncounterPoints
from mitasu.rulebook.catalogue import FACILITY_KINDS, SECTORS
from mitasu.rulebook.keys import BILLING, CLAUSE, ENCOUNTER_KINDS, ENCOUNTER_POINTS
from mitasu.rulebook.tables import References, TableReader
from mitasu.rules.faults import Faults, shown
from mitasu.rules.load import NodeReader
from mitasu.rules.nodes import Requires, find_ring, nodes_of


class BillingReader(TableReader):
    """Reads what one rule file says of encounters; conditions may name each other and the file's questions."""

    def __init__(self, document: Any, faults: Faults, references: References, questions: set[str]) -> None:
        super().__init__(document, faults, references)
        known = references.catalogue
        self.nodes = NodeReader(
            faults, known.encounter_spec, lambda: known.of("encounter"), questions=questions
        )
        self.nodes.requirements = self._condition_ids()
        self.sound = True
        """Whether no conditions name each other in a ring."""

    def billing(self, table: Any) -> Billing:
        """How often and beside what an addition may be billed."""
        faults = self.faults
        if not faults.keys(table, BILLING, ("encounters",), "算定（billing）"):
            return Billing({})
        encounters = table["encounters"] if isinstance(table["encounters"], dict) else {}
        for sector in encounters:
            faults.one_of(sector, SECTORS, "部門", encounters, sector)
        clauses = {
            key: tuple(filter(None, (self.clause(row, extra) for row in faults.items(table, key))))
            for key, extra in (
                ("conditions", ("need", "choice")),
                ("limits", ("months", "weeks", "days", "counting", "also_counting", "amount")),
                ("exclusions", ("additions",)),
                ("together_with", ("additions", "counting")),
                ("amounts", ("need", "amount", "kinds", "filed", "once")),
            )
        }
        named = {
            clause.id: {node.requirement for node in nodes_of(clause.need) if isinstance(node, Requires)}
            for clause in clauses["conditions"]
            if clause.need is not None
        }
        ring = find_ring(named)
        self.sound = ring is None
        if ring is not None:
            told = f"条件どうしが輪になって求め合っています（{' → '.join(ring)}）。"
            faults.add(told, table, "conditions")
        bundles = (
            self.words(table, "outside_bundles", self.references.bundles, "包括項目")
            if "outside_bundles" in table
            else None
        )
        ways = self.words(table, "gives_way_to", sorted(self.references.additions), "加算")
        return Billing(
            {sector: self.words(encounters, sector, ENCOUNTER_KINDS, "受診の種類") for sector in encounters},
            clauses["conditions"], clauses["limits"], clauses["exclusions"], ways, bundles,
            clauses["together_with"], clauses["amounts"],
        )  # fmt: skip

    def clause(self, table: Any, extra: tuple[str, ...] = ()) -> Clause | None:
        """One clause; `extra`: the keys that it may have besides those of every clause."""
        faults = self.faults
        if not faults.keys(table, (*CLAUSE, *extra), ("id", "label"), "算定の決まり"):
            return None
        self.citing(table, f"「{table['id']}」")
        known = sorted(self.references.additions)
        need = None if table.get("need") is None else self.nodes.node(table["need"], table, "need")
        if "need" in extra and need is None and not table.get("kinds"):
            faults.add(f"「{table['id']}」に条件（need）がありません。", table)
        encounters = self.words(table, "encounters", ENCOUNTER_KINDS, "受診の種類")
        months = table.get("months", 1)
        if type(months) is not int or not 1 <= months <= 120:
            faults.add(f"months は1以上の整数です（見つかったもの: {shown(months)}）。", table, "months")
            months = 1
        days, weeks = self.period(table, "days", 31), self.period(table, "weeks", 52)
        amount = str(table.get("amount", ""))
        if "amount" in table:
            faults.one_of(
                amount, self.document.get("amounts") or {}, "点数の名前（amounts）", table, "amount"
            )
        return Clause(
            str(table["id"]), str(table["label"]), str(table.get("text", "")), self.cite(table), self.grade(table),
            self.rulings(table), self.sectors(table), faults.day(table, "from"), faults.day(table, "until"), encounters,
            need, bool(table.get("choice", False)), months,
            self.words(table, "counting", ENCOUNTER_KINDS, "受診の種類") or encounters,
            self.words(table, "also_counting", known, "加算"), self.words(table, "additions", known, "加算"),
            days, amount, weeks, self.words(table, "kinds", FACILITY_KINDS, "施設の種類"),
            self.filed(table), bool(table.get("once", False)),
        )  # fmt: skip

    def period(self, table: Mapping[str, Any], key: str, most: int) -> int | None:
        """How many days or weeks a limit counts instead of months."""
        number = table.get(key)
        others = {"months", "weeks", "days"} - {key}
        if number is not None and (
            type(number) is not int or not 1 <= number <= most or others & table.keys()
        ):
            told = f"{key} は1から{most}までの整数で、{'・'.join(sorted(others))} と併せては書けません。"
            self.faults.add(told, table, key)
            return None
        return number

    def filed(self, table: Mapping[str, Any]) -> str:
        """The item whose filing an amount asks for."""
        if table.get("filed") is None:
            return ""
        known = {*self.references.additions, *self.references.catalogue.of("filing_item")}
        self.faults.one_of(table["filed"], sorted(known), "届出の項目", table, "filed")
        return str(table["filed"])

    def encounter_points(self, table: Any) -> EncounterPoints | None:
        """Points that the encounter decides."""
        faults = self.faults
        if not faults.keys(table, ENCOUNTER_POINTS, ("encounter", "points"), "encounter_points"):
            return None
        faults.one_of(table["encounter"], ENCOUNTER_KINDS, "受診の種類", table, "encounter")
        when = None if table.get("when") is None else self.nodes.node(table["when"], table, "when")
        return EncounterPoints(
            str(table["encounter"]),
            str(table.get("level", "")),
            self.by_sector(table, "points"),
            when,
            str(table.get("amount", "")),
        )

    def _condition_ids(self) -> set[str]:
        billing = self.document.get("billing")
        rows = billing.get("conditions") if isinstance(billing, dict) else None
        return {str(row.get("id")) for row in rows or () if isinstance(row, dict)}
