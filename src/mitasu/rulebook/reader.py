"""From a rule file's YAML to an `Addition`, strictly, with every fault of the file collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from mitasu.rulebook.addition import Addition, Billing, Clause, LevelText, PeriodText, Question
from mitasu.rulebook.billing import BillingReader
from mitasu.rulebook.catalogue import FACILITY_KINDS, SECTORS
from mitasu.rulebook.keys import (
    ATTACHMENT,
    CODE,
    FILING,
    FORM,
    LEVEL,
    MEASURE,
    OTHER,
    PERIOD,
    POINTED,
    QUESTION,
    REQUIREMENT,
    REQUIREMENT_KINDS,
    TOP,
)
from mitasu.rulebook.places import PlaceChecker
from mitasu.rulebook.tables import References, TableReader
from mitasu.rules.faults import Faults, shown
from mitasu.rules.load import NodeReader
from mitasu.rules.nodes import Any_, DatedValue, Fact, Node, Nothing, Requires, find_ring, nodes_of
from mitasu.rules.quantities import percent
from mitasu.rules.rule import Measure, Requirement


class AdditionReader(TableReader):
    """Reads one rule file."""

    def __init__(self, document: Any, faults: Faults, references: References) -> None:
        super().__init__(document, faults, references)
        known = references.catalogue
        self.nodes = NodeReader(
            faults,
            known.fact_spec,
            lambda: known.of("fact", "derived"),
            additions=set(references.additions),
            known=self.known,
        )

    def read(self) -> Addition | None:
        """The addition, or None where the file is not even a mapping with an id."""
        table, faults = self.document, self.faults
        if not faults.keys(
            table, TOP, ("id", "title", "sectors", "requirements", "every_level", "periods"), "加算のファイル"
        ):
            return None
        questions = tuple(filter(None, (self.question(row) for row in faults.items(table, "questions"))))
        self.nodes.questions = {question.id for question in questions}
        self.bills = BillingReader(table, faults, self.references, self.nodes.questions)
        rows = faults.items(table, "requirements")
        self.nodes.requirements = {str(row.get("id")) for row in rows if isinstance(row, dict)}
        requirements = [self.requirement(row) for row in rows]
        every = self.ids(table, "every_level")
        periods = tuple(filter(None, (self.period(row) for row in faults.items(table, "periods"))))
        self.check_periods(periods, table)
        self.check_twice(requirements, rows)
        self.check_parts(requirements, rows)
        sound = self.check_ring(requirements, rows)
        applies = (
            None
            if table.get("applies_when") is None
            else self.nodes.node(table["applies_when"], table, "applies_when")
        )
        addition = Addition(
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
            self.bills.billing(table["billing"]) if table.get("billing") is not None else Billing({}),
            questions,
            self.filing(table.get("filing") or {}),
            tuple(
                dict(row)
                for row in faults.items(table, "codes")
                if faults.keys(row, CODE, ("code",), "区分番号（codes）")
            ),
            tuple(filter(None, (self.bills.clause(row) for row in faults.items(table, "reminders")))),
            str(table.get("note", "")),
            faults.file,
            dict(table.get("amounts") or {}),
        )
        if sound:
            PlaceChecker(self.nodes).addition(addition)
        if self.bills.sound:
            PlaceChecker(self.bills.nodes).billing(addition)
        return addition

    def known(self, argument: str) -> Iterable[str] | None:
        """What an argument of a derived fact must be one of."""
        if argument == "item":
            return {*self.references.additions, *self.references.catalogue.of("filing_item")}
        kind = POINTED.get(argument)
        return None if kind is None else self.references.catalogue.of(kind)

    def ids(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        return self.words(table, key, sorted(self.nodes.requirements), "要件")

    # ---- requirements ----------------------------------------------------------------------------

    def requirement(self, table: Any) -> tuple[tuple[str, ...], Requirement] | None:
        faults = self.faults
        if not faults.keys(table, REQUIREMENT, ("id", "label", "need"), "要件"):
            return None
        kind = str(table.get("kind", "institution"))
        faults.one_of(kind, REQUIREMENT_KINDS, "要件の種類", table, "kind")
        self.citing(table, f"要件「{table['id']}」")
        sectors = self.sectors(table)
        measures = tuple(self.measure(row) for row in faults.items(table, "deemed"))
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

    def measure(self, table: Any) -> Measure | None:
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

    def check_ring(self, requirements: list[Any], rows: Any) -> bool:
        """Whether no requirements rest on each other in a ring; recorded where they do."""
        graph: dict[str, set[str]] = {}
        lines: dict[str, int] = {}
        for index, found in enumerate(requirements):
            if found is not None:
                named = {
                    node.requirement
                    for node in nodes_of(*found[1].conditions())
                    if isinstance(node, Requires)
                }
                graph.setdefault(found[1].id, set()).update(named)
                lines.setdefault(found[1].id, index)
        ring = find_ring(graph)
        if ring is not None:
            told = f"要件どうしが輪になって求め合っています（{' → '.join(ring)}）。"
            self.faults.add(told, rows[lines[ring[0]]], "id")
        return ring is None

    # ---- periods ---------------------------------------------------------------------------------

    def period(self, table: Any) -> PeriodText | None:
        faults = self.faults
        if not faults.keys(table, PERIOD, ("from", "levels"), "期間（periods）"):
            return None
        start = faults.day(table, "from")
        if start is None:
            return None
        levels = tuple(filter(None, (self.level(row) for row in faults.items(table, "levels"))))
        points = tuple(
            filter(
                None, (self.bills.encounter_points(row) for row in faults.items(table, "encounter_points"))
            )
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
                ids = self.ids(item, "any")
                needs.append(Any_(tuple(self.nodes.placed(Requires(id_), item) for id_ in ids)))
            elif isinstance(item, str) and faults.one_of(
                item, sorted(self.nodes.requirements), "要件", items, index
            ):
                needs.append(Requires(item))
        points, yen = self.by_sector(table, "points"), self.by_sector(table, "yen")
        for sector, value in yen.items():
            yen[sector] = None if value == "unknown" else value
        params = self.params(table)
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

    def params(self, table: Any) -> dict[str, Any]:
        """The values of `$name`, some of them by sector."""
        given = table.get("params") or {}
        if not isinstance(given, dict):
            self.faults.add("params には「名前: 値」を並べます。", table, "params")
            return {}
        found: dict[str, Any] = {}
        for name, value in given.items():
            if isinstance(value, dict) and "dated" not in value:
                for sector in value:
                    self.faults.one_of(sector, SECTORS, "部門", value, sector)
                found[str(name)] = {sector: self.param(item, value, sector) for sector, item in value.items()}
            else:
                found[str(name)] = self.param(value, given, name)
        return found

    def param(self, value: Any, at: Any, key: Any) -> Any:
        if isinstance(value, dict):
            if not self.faults.keys(value, ("dated",), ("dated",), f"「{key}」"):
                return None
            steps = self.nodes.steps(value)
            return DatedValue(tuple((day, self.param(step, value, "dated")) for day, step in steps))
        if isinstance(value, str) and value.endswith("%"):
            try:
                return percent(value)
            except ValueError as error:
                self.faults.add(str(error), at, key)
        elif not isinstance(value, bool | int | str | date | None):
            told = "params の値は、真偽・整数・言葉・割合（30%）・日付のどれかです"
            self.faults.add(f"{told}（見つかったもの: {shown(value)}）。", at, key)
        return value

    # ---- filing, questions -------------------------------------------------------------------------

    def filing(self, table: Any) -> dict[str, Any]:
        """How to file, with every key known."""
        if not self.faults.keys(table, FILING, (), "届出（filing）"):
            return {}
        for key, allowed in (("forms", FORM), ("reports", FORM), ("attachments", ATTACHMENT)):
            for row in self.faults.items(table, key):
                if self.faults.keys(row, allowed, allowed[:1], f"届出の {key}"):
                    self.span(row)
                    self.words(row, "items", sorted(self.known("item") or ()), "届出の項目")
        return dict(table)

    def span(self, table: Mapping[str, Any]) -> None:
        """Sectors and days of a row that is kept as it is."""
        self.sectors(table)
        self.faults.day(table, "from"), self.faults.day(table, "until")

    def question(self, table: Any) -> Question | None:
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
        clause = BillingReader(table, faults, references, set()).clause({"id": id_, **words})
        node = reader.nodes.node(table["refused_when"], table, "refused_when")
        PlaceChecker(reader.nodes).deciding(node)
        encounters = {sector: tuple(kinds) for sector, kinds in table["encounters"].items()}
        if clause is not None and not isinstance(node, Nothing):
            found[id_] = OtherAddition(id_, str(table["title"]), encounters, node, clause)
    return found
