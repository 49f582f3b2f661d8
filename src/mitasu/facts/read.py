"""Reading institution files (YAML, JSON or plain mappings), strictly, every fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

from mitasu.dates import parse_month
from mitasu.errors import InputError, Problem
from mitasu.facts.institution import Event, Filing, Institution, Person, Span
from mitasu.facts.values import value_of
from mitasu.rulebook import FACILITY_KINDS, SECTORS, Entry, Rulebook
from mitasu.rules.faults import Faults, shown
from mitasu.rules.strict_yaml import NoDay, line_of, read_file
from mitasu.text import halfwidth, nearest

TOP = ("institution", "facts", "series", "events", "people", "filings")
HEAD = ("name", "code", "sector", "kind")
EMPLOYMENT = {"full_time": "常勤", "part_time": "非常勤", "dispatched": "派遣", "contracted": "請負"}
ASSIGNMENT = {"exclusive": "専従", "dedicated": "専任", "concurrent": "兼任"}
KINDS_OF = {
    "medical": ("hospital", "clinic_with_beds", "clinic"),
    "dental": ("hospital", "clinic_with_beds", "clinic"),
    "pharmacy": ("pharmacy",),
    "nursing": ("station",),
}
TABLES = {"medical": "1", "dental": "3", "pharmacy": "4", "nursing": "6"}


def load_institution(source: str | Path | Mapping[str, Any], rulebook: Rulebook) -> Institution:
    """The institution in a file or mapping; InputError with every fault otherwise."""
    if isinstance(source, Mapping):
        return read_institution(source, rulebook, "")
    return read_institution(read_file(source), rulebook, str(source))


def read_institution(document: Any, rulebook: Rulebook, name: str) -> Institution:
    """The institution that a mapping describes (format: docs, 施設ファイル)."""
    faults = Faults(name or "施設")
    reader = _Reader(rulebook, faults)
    institution = reader.institution(document, name)
    if faults.problems or institution is None:
        raise InputError(faults.problems)
    return institution


class _Reader:
    def __init__(self, rulebook: Rulebook, faults: Faults) -> None:
        self.rulebook, self.catalogue, self.faults = rulebook, rulebook.catalogue, faults

    def institution(self, document: Any, name: str) -> Institution | None:
        faults = self.faults
        faults.keys(document, TOP, ("institution",), "施設ファイル")
        if not isinstance(document, dict):
            return None
        head = document.get("institution", {})
        if "institution" in document:
            faults.keys(head, HEAD, ("name", "sector", "kind"), "institution")
        if not isinstance(head, dict):
            head = {}
        sector, kind = str(head.get("sector")), str(head.get("kind"))
        known = "sector" in head and faults.one_of(sector, SECTORS, "部門（sector）", head, "sector")
        if (
            "kind" in head
            and faults.one_of(kind, FACILITY_KINDS, "施設の種類（kind）", head, "kind")
            and known
            and kind not in KINDS_OF[sector]
        ):
            faults.add(f"{SECTORS[sector]}の施設の種類は {'、'.join(KINDS_OF[sector])} です。", head, "kind")
        name_ = head.get("name")
        if "name" in head and (not isinstance(name_, str) or not name_.strip()):
            faults.add("施設の名前（name）を文字で書いてください。", head, "name")
        return Institution(
            str(name_),
            self.code(head, sector),
            sector,
            kind,
            self.facts(self.table(document, "facts")),
            self.series(self.table(document, "series")),
            self.events(self.table(document, "events")),
            self.rows(document, "people", self.person),
            self.rows(document, "filings", self.filing),
            name,
        )

    def table(self, document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = document.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.faults.add(f"{key} には「id: 値」を並べます。", document, key)
            return {}
        return value

    def rows(
        self, document: Mapping[str, Any], key: str, read: Callable[[Any, Any, int], Any]
    ) -> tuple[Any, ...] | None:
        if document.get(key) is None:
            return None
        items = self.faults.items(document, key)
        return tuple(
            found for index, item in enumerate(items) if (found := read(item, items, index)) is not None
        )

    def row(self, row: Any, rows: Any, index: int, what: str) -> bool:
        """Whether an item of a list is a mapping; otherwise recorded with its line."""
        if not isinstance(row, dict):
            self.faults.add(
                f"{what}には項目と値の組を書きます（見つかったもの: {shown(row)}）。", rows, index
            )
        return isinstance(row, dict)

    def code(self, head: Mapping[str, Any], sector: str) -> str:
        code = head.get("code")
        if code is None:
            return ""
        text = halfwidth(str(code))
        if not re.fullmatch(r"\d{10}", text):
            self.faults.add(
                f"医療機関コード「{shown(code)}」は10桁の数字ではありません（都道府県2桁、点数表1桁、番号7桁）。",
                head,
                "code",
            )
        elif not 1 <= int(text[:2]) <= 47:
            self.faults.add(
                f"医療機関コードの都道府県番号「{text[:2]}」はありません（01から47）。", head, "code"
            )
        elif sector in TABLES and text[2] != TABLES[sector]:
            self.faults.add(
                f"医療機関コードの3桁目「{text[2]}」は{SECTORS[sector]}（{TABLES[sector]}）ではありません。",
                head,
                "code",
            )
        return text

    def entry(self, id_: str, kinds: tuple[str, ...], what: str, at: Any, key: Any) -> Entry | None:
        entry = self.catalogue.get(id_)
        if entry is not None and entry.kind in kinds:
            return entry
        near = nearest(id_, self.catalogue.of(*kinds))
        if entry is not None and entry.kind != "derived":
            where = {
                "fact": "facts",
                "series": "series",
                "event": "events",
                "role": "people",
                "filing_item": "filings",
            }
            self.faults.add(
                f"「{id_}」は{what}ではありません。{where.get(entry.kind, entry.kind)} に書きます。", at, key
            )
        else:
            self.faults.add(
                f"{what}「{shown(id_)}」は目録にありません。", at, key, nearest=near, code="unknown-id"
            )
        return None

    def value(self, value: Any, entry: Any, at: Any, key: Any, what: str) -> Any:
        try:
            return value_of(value, entry.type, entry.values)
        except ValueError as error:
            self.faults.add(f"{what}: {error}", at, key)
            return None

    # ---- facts and series --------------------------------------------------------------------------

    def facts(self, table: Mapping[str, Any]) -> dict[str, tuple[Span, ...]]:
        found = {}
        for id_, value in table.items():
            entry = self.entry(id_, ("fact",), "事実", table, id_)
            if entry is None or value is None:
                continue
            if isinstance(value, list):
                found[id_] = self.spans(value, entry)
            elif isinstance(value, dict):
                self.faults.add(f"「{id_}」には値か、{{from, to, value}} の一覧を書きます。", table, id_)
            else:
                read = self.value(value, entry, table, id_, f"「{id_}」")
                if read is not None:
                    found[id_] = (Span(read, line=line_of(table, id_)),)
        return found

    def spans(self, rows: Any, entry: Entry) -> tuple[Span, ...]:
        found = []
        for index, row in enumerate(rows):
            if not self.row(row, rows, index, f"「{entry.id}」の期間") or not self.faults.keys(
                row, ("from", "to", "value", "proof"), ("value",), f"「{entry.id}」の期間"
            ):
                continue
            start, end = self.faults.day(row, "from"), self.faults.day(row, "to")
            if start and end and end < start:
                self.faults.add(
                    f"「{entry.id}」の期間の終わり（{end}）が始まり（{start}）より前です。", row, "to"
                )
            if row["value"] is None:
                continue
            read = self.value(row["value"], entry, row, "value", f"「{entry.id}」")
            if read is not None:
                found.append(Span(read, start, end, self.proof(row), line_of(rows, index)))
        found.sort(key=lambda span: span.from_ or date.min)
        for earlier, later in pairwise(found):
            if earlier.until is None or (later.from_ or date.min) <= earlier.until:
                self.faults.add(
                    f"「{entry.id}」の期間が重なっています（{later.from_ or '初め'}から）。前の期間に to を書いてください。",
                    line=later.line,
                )
        return tuple(found)

    def series(self, table: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for id_, months in table.items():
            entry = self.entry(id_, ("series",), "月ごとの値", table, id_)
            if entry is None or months is None:
                continue
            if not isinstance(months, dict):
                self.faults.add(f'「{id_}」には「"2025-01": 値」を並べます。', table, id_)
                continue
            values = found[id_] = {}
            for key, value in months.items():
                try:
                    month = parse_month(key)
                except ValueError as error:
                    self.faults.add(f"「{id_}」: {error}", months, key)
                    continue
                if month in values:
                    self.faults.add(f"「{id_}」の{month}が二度書かれています。", months, key)
                if value is not None:
                    read = self.value(value, entry, months, key, f"「{id_}」の{month}")
                    if read is not None:
                        values[month] = read
        return found

    # ---- events, people, filings ---------------------------------------------------------------------

    def events(self, table: Mapping[str, Any]) -> dict[str, tuple[Event, ...]]:
        found = {}
        for id_, rows in table.items():
            entry = self.entry(id_, ("event",), "出来事", table, id_)
            if entry is None or rows is None:
                continue
            items = self.faults.items(table, id_)
            events = [self.event(row, entry, items, index) for index, row in enumerate(items)]
            found[id_] = tuple(sorted((event for event in events if event), key=lambda event: event.on))
        return found

    def event(self, row: Any, entry: Entry, rows: Any, index: int) -> Event | None:
        names = [attribute.name for attribute in entry.attributes]
        if not self.row(row, rows, index, f"「{entry.id}」") or not self.faults.keys(
            row, ("on", "proof", *names), ("on",), f"「{entry.id}」"
        ):
            return None
        day = self.faults.day(row, "on")
        if row["on"] is None:
            self.faults.add(f"「{entry.id}」に日（on）がありません。", row, "on")
        return None if day is None else Event(day, self.attributes(row, entry), self.proof(row))

    def proof(self, row: Mapping[str, Any]) -> str:
        """What shows a value, in words."""
        proof = row.get("proof")
        if proof is not None and (not isinstance(proof, str) or isinstance(proof, NoDay)):
            self.faults.add(
                f"証拠（proof）は文字で書きます（見つかったもの: {shown(proof)}）。", row, "proof"
            )
            return ""
        return proof or ""

    def attributes(self, row: Mapping[str, Any], entry: Entry) -> dict[str, Any]:
        found = {}
        for attribute in entry.attributes:
            if row.get(attribute.name) is not None:
                read = self.value(
                    row[attribute.name], attribute, row, attribute.name, f"「{attribute.name}」"
                )
                if read is not None:
                    found[attribute.name] = read
        return found

    def person(self, row: Any, rows: Any, index: int) -> Person | None:
        if not isinstance(row, dict) or "role" not in row:
            self.faults.add("people には {role: …, employment: …, assignment: …} を並べます。", rows, index)
            return None
        entry = self.entry(str(row["role"]), ("role",), "役割", row, "role")
        if entry is None:
            return None
        names = [attribute.name for attribute in entry.attributes]
        self.faults.keys(
            row, ("role", "employment", "assignment", "from", "to", *names), (), f"「{entry.id}」"
        )
        for key, known, what in (
            ("employment", EMPLOYMENT, "雇用の形"),
            ("assignment", ASSIGNMENT, "専従・専任"),
        ):
            if row.get(key) is not None:
                self.faults.one_of(row[key], known, what, row, key)
        start, end = self.faults.day(row, "from"), self.faults.day(row, "to")
        if start and end and end < start:
            self.faults.add(
                f"「{entry.id}」の期間の終わり（{end}）が始まり（{start}）より前です。", row, "to"
            )
        return Person(
            entry.id, row.get("employment"), row.get("assignment"), self.attributes(row, entry), start, end
        )

    def filing(self, row: Any, rows: Any, index: int) -> Filing | None:
        if not isinstance(row, dict) or "item" not in row:
            self.faults.add("filings には {item: …, arrived: …, accepted: …} を並べます。", rows, index)
            return None
        details = self.catalogue.of("filing")
        self.faults.keys(row, ("item", "level", "arrived", "accepted", "withdrawn", *details), (), "届出")
        known = sorted(self.rulebook.titles.keys() | self.catalogue.of("filing_item").keys())
        if not self.faults.one_of(row["item"], known, "届出の項目", row, "item"):
            return None
        level = self.level(row)
        days = {key: self.faults.day(row, key) for key in ("arrived", "accepted", "withdrawn")}
        arrived, accepted, withdrawn = days.values()
        if arrived and accepted and accepted < arrived:
            self.faults.add(f"受理日（{accepted}）が到着日（{arrived}）より前です。", row, "accepted")
        if accepted and withdrawn and withdrawn < accepted:
            self.faults.add(f"辞退日（{withdrawn}）が受理日（{accepted}）より前です。", row, "withdrawn")
        if accepted and not 2000 <= accepted.year <= 2035:
            self.faults.add(
                "受理日は2000年から2035年までで書いてください（祝日の表の範囲）。", row, "accepted"
            )
        found = {}
        for name, entry in details.items():
            if row.get(name) is not None:
                found[name] = self.value(row[name], entry, row, name, f"「{name}」")
        return Filing(str(row["item"]), level, arrived, accepted, withdrawn, found)

    def level(self, row: Mapping[str, Any]) -> str | None:
        """The level that a filing names, if it is one of its item."""
        try:
            return filed_level(row.get("level"), row["item"], self.rulebook)
        except InputError as error:
            (problem,) = error.problems
            self.faults.add(problem.message, row, "level", nearest=problem.nearest)
            return None


def filed_level(level: Any, item: str, rulebook: Rulebook) -> str | None:
    """A level that a filing of the item may name; of what is not judged here any word; InputError otherwise.

    None where none is named. A level that the item had once is one of them.
    """
    if level is None or level == "":
        return None
    if type(level) not in (str, int):
        raise InputError(Problem(f'区分（level）は "1" のように書きます（見つかったもの: {shown(level)}）。'))
    found, addition = halfwidth(str(level)), rulebook.additions.get(item)
    if addition is None or found in (known := addition.filed_levels):
        return found
    if not any(known):
        told = f"「{addition.title}」に区分はありません。level（{shown(level)}）は書かないでください。"
        raise InputError(Problem(told))
    listed = "、".join(filter(None, known))
    told = f"「{addition.title}」に区分「{shown(level)}」はありません（書けるもの: {listed}）。"
    raise InputError(Problem(told, nearest=nearest(found, known)))
