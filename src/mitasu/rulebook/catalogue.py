"""The catalogue: which facts, series, events, roles, filings and encounter attributes exist.

An institution file may name nothing else, and a rule may ask nothing else. Each entry has a Japanese
label and the question to put to a user. Derived facts (computed from the others, in `mitasu.facts`) are
declared here too, so that a rule file can be checked without running anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mitasu.rules.faults import Faults
from mitasu.rules.load import ARGUMENTS, FactSpec

KINDS = ("fact", "series", "event", "role", "encounter", "filing", "filing_item", "derived")
TYPES = ("boolean", "integer", "decimal", "yen", "percent", "date", "enum", "text")
SECTORS = {"medical": "医科", "dental": "歯科", "pharmacy": "調剤", "nursing": "訪問看護"}
FACILITY_KINDS = {
    "hospital": "病院",
    "clinic_with_beds": "有床診療所",
    "clinic": "無床診療所",
    "pharmacy": "薬局",
    "station": "訪問看護ステーション",
}


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of an event or of a person in a role."""

    name: str
    type: str
    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a derived fact: its kind (see `rules.load.argument`), how it is told, the words it may be."""

    kind: str
    text: str = "{}"
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the catalogue."""

    id: str
    label: str
    kind: str
    type: str = "boolean"
    unit: str = ""
    ask: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    optional: bool = False
    sectors: tuple[str, ...] = ()
    when: tuple[tuple[str, Any], ...] = ()
    used_by: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    inputs: tuple[str, ...] = ()
    arguments: Mapping[str, Argument] = field(default_factory=dict)

    def attribute(self, name: str) -> Attribute | None:
        """The attribute of that name, if there is one."""
        return next((attribute for attribute in self.attributes if attribute.name == name), None)

    def spec(self) -> FactSpec:
        """What a condition may do with it."""
        kinds = {name: argument.kind for name, argument in self.arguments.items()}
        words = {name: tuple(found.values) for name, found in self.arguments.items() if found.values}
        return FactSpec(
            self.id, self.type, self.optional, tuple(self.values), kinds, words, self.always_known
        )

    @property
    def always_known(self) -> bool:
        """Whether every institution file tells it: derived, and nothing could be asked where it were not."""
        return self.kind == "derived" and not self.inputs and not self.arguments


class Catalogue:
    """All entries by id; ids are unique over every kind."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = {entry.id: entry for entry in entries}
        self._of: dict[tuple[str, ...], Mapping[str, Entry]] = {}

    def __iter__(self) -> Any:
        return iter(self._entries.values())

    def get(self, id_: str) -> Entry | None:
        """The entry of that id, or None."""
        return self._entries.get(id_)

    def of(self, *kinds: str) -> Mapping[str, Entry]:
        """Every entry of these kinds, by id."""
        if kinds not in self._of:
            self._of[kinds] = {entry.id: entry for entry in self._entries.values() if entry.kind in kinds}
        return self._of[kinds]

    def fact_spec(self, id_: str) -> FactSpec | None:
        """What a condition over an institution may do with the fact of that id."""
        entry = self._entries.get(id_)
        return entry.spec() if entry and entry.kind in ("fact", "derived") else None

    def encounter_spec(self, id_: str) -> FactSpec | None:
        """What a condition over an encounter may do with the attribute of that id."""
        entry = self._entries.get(id_)
        return entry.spec() if entry and entry.kind == "encounter" else None


_FIELDS = (
    "label", "kind", "type", "unit", "ask", "values", "optional", "sectors", "when", "used_by", "attributes",
    "inputs", "arguments",
)  # fmt: skip


def read_entries(document: Any, faults: Faults) -> list[Entry]:
    """The entries of one catalogue file; faults are recorded, sound entries returned."""
    if not isinstance(document, dict):
        faults.add("目録は「id: {label: …, kind: …}」を並べます。", document)
        return []
    found = []
    for id_, table in document.items():
        if not faults.keys(table, _FIELDS, ("label", "kind"), f"目録の「{id_}」"):
            continue
        if not faults.one_of(table["kind"], KINDS, "種類", table, "kind"):
            continue
        if not _shaped(id_, table, faults):
            continue
        type_ = str(table.get("type", "boolean"))
        faults.one_of(type_, TYPES, "型", table, "type")
        if type_ == "enum" and not table.get("values"):
            faults.add(f"「{id_}」は enum なのに values がありません。", table)
        found.append(
            Entry(
                id_,
                str(table["label"]),
                str(table["kind"]),
                type_,
                str(table.get("unit", "")),
                str(table.get("ask", "")),
                dict(table.get("values") or {}),
                bool(table.get("optional", False)),
                tuple(table.get("sectors") or ()),
                tuple((table.get("when") or {}).items()),
                tuple(table.get("used_by") or ()),
                tuple(_attribute(attribute) for attribute in faults.items(table, "attributes")),
                tuple(table.get("inputs") or ()),
                {
                    name: _argument(id_, declared, table["arguments"], name, faults)
                    for name, declared in (table.get("arguments") or {}).items()
                },
            )
        )
    return found


def _shaped(id_: str, table: Mapping[str, Any], faults: Faults) -> bool:
    """Whether the parts of an entry that are mappings and lists are such."""
    before = len(faults.problems)
    for key in ("values", "when", "arguments"):
        if table.get(key) is not None and not isinstance(table[key], dict):
            faults.add(f"「{id_}」の {key} には「id: 値」を並べます。", table, key)
    for row in faults.items(table, "attributes"):
        faults.keys(
            row, ("name", "type", "label", "values", "optional"), ("name", "type"), f"「{id_}」の attributes"
        )
    return len(faults.problems) == before


def _argument(id_: str, declared: Any, at: object, name: str, faults: Faults) -> Argument:
    """An argument as it is declared: by its kind alone, or with how it is told and what it may be."""
    table = declared if isinstance(declared, dict) else {"kind": declared}
    if not faults.keys(table, ("kind", "text", "values"), ("kind",), f"「{id_}」の引数「{name}」"):
        return Argument("word")
    kind, text, values = str(table["kind"]), str(table.get("text", "{}")), table.get("values") or {}
    faults.one_of(kind.rstrip("!?"), ARGUMENTS, "引数の種類", at, name)
    if text.count("{}") != 1:
        faults.add(f"引数「{name}」の text には値の場所 {{}} を一つ書きます。", at, name)
    if not isinstance(values, dict):
        faults.add(f"引数「{name}」の values には「値: 言葉」を並べます。", at, name)
        values = {}
    return Argument(kind, text, dict(values))


def _attribute(table: Mapping[str, Any]) -> Attribute:
    return Attribute(
        str(table["name"]),
        str(table["type"]),
        str(table.get("label", "")),
        dict(table.get("values") or {}),
        bool(table.get("optional", False)),
    )
