"""From a rule file's YAML to an `Addition`, strictly, with every fault of the file collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mitasu.rulebook.addition import (
    Addition,
    Billing,
    Clause,
    EncounterPoints,
    LevelText,
    PeriodText,
    Question,
)
from mitasu.rulebook.catalogue import FACILITY_KINDS, SECTORS, Catalogue
from mitasu.rules.load import Faults, NodeReader, shown
from mitasu.rules.nodes import Any_, DatedValue, Fact, Node, Nothing, Requires
from mitasu.rules.quantities import percent
from mitasu.rules.rule import Measure, Requirement

ENCOUNTER_KINDS = {
    "first_visit": "初診",
    "revisit": "再診",
    "home_visit": "訪問診療",
    "nursing_visit": "訪問看護",
    "dispensing": "調剤",
    "admission": "入院初日",
    "emergency": "救急外来",
}
GRADES = {"A": "公的資料", "B": "複数の二次資料", "C": "単一の資料", "I": "解釈"}
REQUIREMENT_KINDS = ("institution", "filing", "advisory")

POINTED = {"event": "event", "role": "role", "fact": "fact", "series": "series", "overdue": "series"}
FILING = ("required", "forms", "note", "attachments")
FORM = ("form", "from", "until", "sectors")
CODE = ("code", "sectors", "from", "until", "cite", "note")

TOP = ("id", "title", "titles", "sectors", "kinds", "applies_when", "cite", "grade", "filing", "codes", "requirements",
       "every_level", "periods", "billing", "questions", "reminders", "note", "amounts")  # fmt: skip
REQUIREMENT = ("id", "label", "text", "cite", "grade", "rulings", "kind", "sectors", "from", "until", "part_of", "soft",
               "unverified", "need", "applies_when", "deemed", "remedy", "note")  # fmt: skip
MEASURE = ("from", "until", "if", "cite", "grade", "note", "sectors")
PERIOD = ("from", "until", "cite", "grade", "every_level", "levels", "encounter_points", "note", "titles")
LEVEL = ("level", "points", "points_if", "yen", "needs", "params", "sectors", "grade", "note", "cite")
ENCOUNTER_POINTS = ("encounter", "level", "points", "when", "note", "amount")
BILLING = ("encounters", "conditions", "limits", "exclusions", "together_with", "amounts", "gives_way_to",
           "outside_bundles")  # fmt: skip
CLAUSE = ("id", "label", "text", "cite", "grade", "rulings", "sectors", "from", "until", "encounters", "note")
QUESTION = ("id", "text", "ask", "cite", "requirement", "sectors", "from", "until", "note")
SOURCE = ("title", "kind", "date", "place", "grade", "read", "note")
RULING = ("number", "date", "text", "additions", "cite", "grade", "note")
OTHER = ("title", "encounters", "from", "until", "refused_when", "label", "text", "cite", "grade", "note")


@dataclass(frozen=True, slots=True)
class References:
    """What a rule file may point to: catalogue, sources, rulings, bundles, the other additions."""

    catalogue: Catalogue
    sources: Mapping[str, Any]
    rulings: Mapping[str, Any]
    bundles: Mapping[str, Any]
    additions: frozenset[str]


class AdditionReader:
    """Reads one rule file."""

    def __init__(self, document: Any, faults: Faults, references: References) -> None:
        self.document, self.faults, self.references = document, faults, references
        known = references.catalogue
        self.nodes = NodeReader(
            faults,
            known.fact_spec,
            lambda: known.of("fact", "derived"),
            additions=set(references.additions),
            known=self.known,
        )
        self.encounter_nodes = NodeReader(faults, known.encounter_spec, lambda: known.of("encounter"))

    def read(self) -> Addition | None:
        """The addition, or None where the file is not even a mapping with an id."""
        table, faults = self.document, self.faults
        if not faults.keys(
            table, TOP, ("id", "title", "sectors", "requirements", "every_level", "periods"), "加算のファイル"
        ):
            return None
        questions = tuple(
            filter(None, (self.question(row, table) for row in faults.items(table, "questions")))
        )
        self.nodes.questions = self.encounter_nodes.questions = {question.id for question in questions}
        rows = faults.items(table, "requirements")
        self.nodes.requirements = {str(row.get("id")) for row in rows if isinstance(row, dict)}
        requirements = [self.requirement(row, rows, index) for index, row in enumerate(rows)]
        every = self.ids(table, "every_level")
        periods = tuple(filter(None, (self.period(row, table) for row in faults.items(table, "periods"))))
        self.check_periods(periods, table)
        self.check_twice(requirements, rows)
        self.check_parts(requirements, rows)
        applies = (
            None
            if table.get("applies_when") is None
            else self.nodes.node(table["applies_when"], table, "applies_when")
        )
        return Addition(
            str(table["id"]),
            str(table["title"]),
            dict(table.get("titles") or {}),
            self.words(table, "sectors", SECTORS, "部門"),
            self.words(table, "kinds", FACILITY_KINDS, "施設の種類"),
            self.cite(table),
            self.grade(table),
            tuple(found for found in requirements if found is not None),
            every,
            periods,
            applies,
            self.billing(table["billing"]) if table.get("billing") is not None else Billing({}),
            questions,
            self.filing(table.get("filing") or {}),
            tuple(
                dict(row)
                for row in faults.items(table, "codes")
                if faults.keys(row, CODE, ("code",), "区分番号（codes）")
            ),
            tuple(filter(None, (self.clause(row, table, ()) for row in faults.items(table, "reminders")))),
            str(table.get("note", "")),
            faults.file,
            dict(table.get("amounts") or {}),
        )

    def known(self, argument: str) -> Iterable[str] | None:
        """What an argument of a derived fact must be one of."""
        if argument == "item":
            return {*self.references.additions, *self.references.catalogue.of("filing_item")}
        kind = POINTED.get(argument)
        return None if kind is None else self.references.catalogue.of(kind)

    # ---- parts every table has -------------------------------------------------------------------

    def words(self, table: Mapping[str, Any], key: str, known: Iterable[str], what: str) -> tuple[str, ...]:
        items = self.faults.items(table, key)
        return tuple(
            str(item)
            for index, item in enumerate(items)
            if self.faults.one_of(item, known, what, items, index)
        )

    def ids(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return self.words(table, key, sorted(self.nodes.requirements), "要件")

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

    # ---- requirements ----------------------------------------------------------------------------

    def requirement(self, table: Any, rows: Any, index: int) -> tuple[tuple[str, ...], Requirement] | None:
        faults = self.faults
        if not faults.keys(table, REQUIREMENT, ("id", "label", "need"), "要件"):
            return None
        kind = str(table.get("kind", "institution"))
        faults.one_of(kind, REQUIREMENT_KINDS, "要件の種類", table, "kind")
        self.citing(table, f"要件「{table['id']}」")
        sectors = self.sectors(table)
        measures = tuple(self.measure(row, table) for row in faults.items(table, "deemed"))
        applies = table.get("applies_when")
        return sectors, Requirement(
            str(table["id"]),
            str(table["label"]),
            self.nodes.node(table["need"], table, "need"),
            str(table.get("text", "")),
            kind,
            self.cite(table),
            self.grade(table),
            self.rulings(table),
            faults.day(table, "from"),
            faults.day(table, "until"),
            table.get("part_of"),
            bool(table.get("soft", False)),
            bool(table.get("unverified", False)),
            None if applies is None else self.nodes.node(applies, table, "applies_when"),
            tuple(measure for measure in measures if measure is not None),
            str(table.get("remedy", "")),
            str(table.get("note", "")),
        )

    def measure(self, table: Any, at: Any) -> Measure | None:
        faults = self.faults
        if not faults.keys(table, MEASURE, ("until",), "経過措置（deemed）"):
            return None
        until = table["until"]
        if isinstance(until, dict):
            node = self.nodes.node({**until, "equals": "2000-01-01"}, table, "until")
            last = node.fact if hasattr(node, "fact") else None
            if not isinstance(last, Fact):
                faults.add("until の事実は日付の事実です。", table, "until")
        else:
            last = faults.day(table, "until")
        condition = None if table.get("if") is None else self.nodes.node(table["if"], table, "if")
        self.citing(table, "経過措置")
        return Measure(
            faults.day(table, "from"),
            last,
            condition,
            str(table.get("note", "")),
            self.cite(table),
            self.grade(table),
            self.sectors(table),
        )

    def check_twice(self, requirements: list[Any], rows: Any) -> None:
        seen: dict[tuple[str, str], int] = {}
        for index, found in enumerate(requirements):
            if found is None:
                continue
            sectors, requirement = found
            for sector in sectors or tuple(SECTORS):
                if (requirement.id, sector) in seen:
                    self.faults.add(
                        f"要件「{requirement.id}」が{SECTORS[sector]}に二つあります。", rows, index
                    )
                    break
                seen[requirement.id, sector] = index

    def check_parts(self, requirements: list[Any], rows: Any) -> None:
        for index, found in enumerate(requirements):
            if found and found[1].part_of is not None:
                self.faults.one_of(
                    found[1].part_of, sorted(self.nodes.requirements), "親の要件", rows[index], "part_of"
                )

    # ---- periods ---------------------------------------------------------------------------------

    def period(self, table: Any, at: Any) -> PeriodText | None:
        faults = self.faults
        if not faults.keys(table, PERIOD, ("from", "levels"), "期間（periods）"):
            return None
        start = faults.day(table, "from")
        if start is None:
            return None
        levels = tuple(filter(None, (self.level(row) for row in faults.items(table, "levels"))))
        points = tuple(
            filter(None, (self.encounter_points(row) for row in faults.items(table, "encounter_points")))
        )
        every = self.ids(table, "every_level") if "every_level" in table else None
        return PeriodText(
            start,
            faults.day(table, "until"),
            every,
            levels,
            points,
            self.cite(table),
            self.grade(table),
            str(table.get("note", "")),
            dict(table.get("titles") or {}),
        )

    def check_periods(self, periods: tuple[PeriodText, ...], table: Any) -> None:
        for earlier, later in pairwise(periods):
            if earlier.until is None or later.from_ <= earlier.until:
                self.faults.add(f"期間が重なっています（{later.from_}から）。", table, "periods")
        for period in periods:
            if period.until is not None and period.until < period.from_:
                self.faults.add(
                    f"期間の終わり（{period.until}）が始まり（{period.from_}）より前です。", table, "periods"
                )

    def level(self, table: Any) -> LevelText | None:
        faults = self.faults
        if not faults.keys(table, LEVEL, ("level", "needs"), "区分（levels）"):
            return None
        needs: list[Node] = []
        items = faults.items(table, "needs")
        for index, item in enumerate(items):
            if isinstance(item, dict) and faults.keys(item, ("any",), ("any",), "needs"):
                needs.append(Any_(tuple(Requires(id_) for id_ in self.ids(item, "any"))))
            elif isinstance(item, str) and faults.one_of(
                item, sorted(self.nodes.requirements), "要件", items, index
            ):
                needs.append(Requires(item))
        points, yen = self.by_sector(table, "points"), self.by_sector(table, "yen")
        for sector, value in yen.items():
            yen[sector] = None if value == "unknown" else value
        params = {str(name): self.param(value, table) for name, value in (table.get("params") or {}).items()}
        raised: Any = table.get("points_if") or {}
        if raised and not faults.keys(raised, ("needs", "points"), ("needs", "points"), "points_if"):
            raised = {}
        return LevelText(
            str(table["level"]),
            tuple(needs),
            points,
            yen,
            params,
            self.sectors(table),
            self.grade(table),
            str(table.get("note", "")),
            self.ids(raised, "needs"),
            self.by_sector(raised, "points"),
        )

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

    def param(self, value: Any, at: Any) -> Any:
        if isinstance(value, dict) and "dated" in value:
            return DatedValue(tuple((day, self.param(step, value)) for day, step in self.nodes.steps(value)))
        if isinstance(value, dict):
            return {str(sector): self.param(item, value) for sector, item in value.items()}
        if isinstance(value, str) and value.endswith("%"):
            try:
                return percent(value)
            except ValueError as error:
                self.faults.add(str(error), at, "params")
        return value

    def encounter_points(self, table: Any) -> EncounterPoints | None:
        faults = self.faults
        if not faults.keys(table, ENCOUNTER_POINTS, ("encounter", "points"), "encounter_points"):
            return None
        faults.one_of(table["encounter"], ENCOUNTER_KINDS, "受診の種類", table, "encounter")
        self.encounter_nodes.requirements = self.condition_ids()
        when = None if table.get("when") is None else self.encounter_nodes.node(table["when"], table, "when")
        return EncounterPoints(
            str(table["encounter"]),
            str(table.get("level", "")),
            self.by_sector(table, "points"),
            when,
            str(table.get("amount", "")),
        )

    # ---- billing, questions ------------------------------------------------------------------------

    def condition_ids(self) -> set[str]:
        billing = self.document.get("billing")
        rows = billing.get("conditions") if isinstance(billing, dict) else None
        return {str(row.get("id")) for row in rows or () if isinstance(row, dict)}

    def billing(self, table: Any) -> Billing:
        faults = self.faults
        if not faults.keys(table, BILLING, ("encounters",), "算定（billing）"):
            return Billing({})
        self.encounter_nodes.requirements = self.condition_ids()
        encounters = table["encounters"] if isinstance(table["encounters"], dict) else {}
        for sector in encounters:
            faults.one_of(sector, SECTORS, "部門", encounters, sector)
        clauses = {
            key: tuple(filter(None, (self.clause(row, table, extra) for row in faults.items(table, key))))
            for key, extra in (
                ("conditions", ("need", "choice")),
                ("limits", ("months", "days", "counting", "also_counting")),
                ("exclusions", ("additions",)),
                ("together_with", ("additions", "counting")),
                ("amounts", ("need", "amount")),
            )
        }
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

    def clause(self, table: Any, at: Any, extra: tuple[str, ...]) -> Clause | None:
        faults = self.faults
        if not faults.keys(table, (*CLAUSE, *extra), ("id", "label"), "算定の決まり"):
            return None
        self.citing(table, f"「{table['id']}」")
        known = sorted(self.references.additions)
        need = None if table.get("need") is None else self.encounter_nodes.node(table["need"], table, "need")
        if "need" in extra and need is None:
            faults.add(f"「{table['id']}」に条件（need）がありません。", table)
        encounters = self.words(table, "encounters", ENCOUNTER_KINDS, "受診の種類")
        months = table.get("months", 1)
        if type(months) is not int or not 1 <= months <= 120:
            faults.add(f"months は1以上の整数です（見つかったもの: {shown(months)}）。", table, "months")
            months = 1
        days = table.get("days")
        if days is not None and (type(days) is not int or not 1 <= days <= 31 or "months" in table):
            faults.add("days は1から31までの整数で、months と併せては書けません。", table, "days")
            days = None
        amount = str(table.get("amount", ""))
        if "amount" in extra:
            faults.one_of(
                amount, self.document.get("amounts") or {}, "点数の名前（amounts）", table, "amount"
            )
        return Clause(
            str(table["id"]), str(table["label"]), str(table.get("text", "")), self.cite(table), self.grade(table),
            self.rulings(table), self.sectors(table), faults.day(table, "from"), faults.day(table, "until"), encounters,
            need, bool(table.get("choice", False)), months,
            self.words(table, "counting", ENCOUNTER_KINDS, "受診の種類") or encounters,
            self.words(table, "also_counting", known, "加算"), self.words(table, "additions", known, "加算"),
            days, amount,
        )  # fmt: skip

    def filing(self, table: Any) -> dict[str, Any]:
        """How to file, with every key known."""
        if not self.faults.keys(table, FILING, (), "届出（filing）"):
            return {}
        for row in self.faults.items(table, "forms"):
            self.faults.keys(row, FORM, ("form",), "様式（forms）")
        return dict(table)

    def question(self, table: Any, at: Any) -> Question | None:
        faults = self.faults
        if not faults.keys(table, QUESTION, ("id", "text", "ask"), "問い（questions）"):
            return None
        requirement = table.get("requirement")
        return Question(
            str(table["id"]), str(table["text"]), str(table["ask"]), self.cite(table),
            None if requirement is None else str(requirement), self.sectors(table),
            faults.day(table, "from"), faults.day(table, "until"),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class OtherAddition:
    """An addition that is not judged: it only excludes and is excluded."""

    id: str
    title: str
    encounters: Mapping[str, tuple[str, ...]]
    refused_when: Node
    clause: Clause


def read_other(document: Any, faults: Faults, references: References) -> dict[str, OtherAddition]:
    """The additions of other-additions.yaml."""
    found = {}
    for id_, table in (document or {}).items():
        if not faults.keys(table, OTHER, ("title", "encounters", "refused_when", "label"), f"「{id_}」"):
            continue
        reader = AdditionReader(table, faults, references)
        words = {
            key: table[key] for key in ("label", "text", "cite", "grade", "from", "until") if key in table
        }
        clause = reader.clause({"id": id_, **words}, table, ())
        node = reader.nodes.node(table["refused_when"], table, "refused_when")
        encounters = {sector: tuple(kinds) for sector, kinds in table["encounters"].items()}
        if clause is not None and not isinstance(node, Nothing):
            found[id_] = OtherAddition(id_, str(table["title"]), encounters, node, clause)
    return found
