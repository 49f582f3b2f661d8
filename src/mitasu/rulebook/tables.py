"""What every table of a rule file has: known words, sources, rulings, grades, amounts by sector."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mitasu.rulebook.catalogue import SECTORS, Catalogue
from mitasu.rulebook.keys import ENCOUNTER_KINDS, GRADES
from mitasu.rules.faults import Faults, shown


@dataclass(frozen=True, slots=True)
class References:
    """What a rule file may point to: catalogue, sources, rulings, bundles, the other additions."""

    catalogue: Catalogue
    sources: Mapping[str, Any]
    rulings: Mapping[str, Any]
    bundles: Mapping[str, Any]
    additions: frozenset[str]


class TableReader:
    """Reads the parts that tables of one rule file share; every fault is recorded at its line."""

    def __init__(self, document: Any, faults: Faults, references: References) -> None:
        self.document, self.faults, self.references = document, faults, references

    def words(self, table: Mapping[str, Any], key: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        items = self.faults.items(table, key)
        return tuple(
            str(item)
            for index, item in enumerate(items)
            if self.faults.one_of(item, known, what, items, index)
        )

    def sectors(self, table: Mapping[str, Any]) -> tuple[str, ...]:
        return self.words(table, "sectors", SECTORS, "部門")

    def cite(self, table: Mapping[str, Any]) -> tuple[str, ...]:
        items = self.faults.items(table, "cite")
        for index, item in enumerate(items):
            key = str(item).split(" ", 1)[0]
            self.faults.one_of(key, self.references.sources, "出典", items, index)
        return tuple(str(item) for item in items)

    def rulings(self, table: Mapping[str, Any]) -> tuple[str, ...]:
        return self.words(table, "rulings", self.references.rulings, "疑義解釈")

    def grade(self, table: Mapping[str, Any]) -> str:
        grade = table.get("grade", "A")
        self.faults.one_of(grade, GRADES, "根拠の等級", table, "grade")
        return str(grade)

    def citing(self, table: Mapping[str, Any], what: str) -> None:
        if not table.get("cite"):
            self.faults.add(f"{what}に出典（cite）がありません。", table, code="no-source")

    def by_sector(self, table: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = table.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.faults.add(f"{key} は部門ごとに書きます（{{medical: 12}}）。", table, key)
            return {}
        found = {}
        for sector, amount in value.items():
            if self.faults.one_of(sector, SECTORS, "部門", value, sector) and self.amount(
                amount, value, sector
            ):
                found[sector] = amount
        return found

    def amount(self, amount: Any, at: Any, key: str) -> bool:
        if isinstance(amount, dict):
            known = (*ENCOUNTER_KINDS, *(self.document.get("amounts") or {}))
            named = [self.faults.one_of(kind, known, "受診の種類", amount, kind) for kind in amount]
            return all(named) and all(self.amount(value, amount, kind) for kind, value in amount.items())
        if amount is None or amount == "unknown" or (type(amount) is int and amount >= 0):
            return True
        self.faults.add(f"点数は0以上の整数です（見つかったもの: {shown(amount)}）。", at, key)
        return False
