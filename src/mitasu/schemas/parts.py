"""What every schema is made of: closed tables, days and months, ids with their labels, values of the catalogue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mitasu.facts.values import MOST
from mitasu.rulebook import GRADES, Entry
from mitasu.rulebook.catalogue import TYPES, Attribute

Schema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_D, _DASH, _DOT = "[0-9０-９]", "[-－−]", "[.．/／]"
_ERA = f"(令和|平成|昭和|[RHSＲＨＳ])\\s*({_D}{{1,2}}|元)"
_WRITTEN_DAY = (
    f"^({_D}{{4}}{_DASH}{_D}{{1,2}}{_DASH}{_D}{{1,2}}"
    f"|{_D}{{4}}(年|{_DOT}){_D}{{1,2}}(月|{_DOT}){_D}{{1,2}}日?"
    f"|{_ERA}\\s*(年|{_DOT}|{_DASH})\\s*{_D}{{1,2}}\\s*(月|{_DOT}|{_DASH})\\s*{_D}{{1,2}}日?)$"
)
WRITTEN_MONTH = (
    f"^({_D}{{4}}(年|{_DOT}|{_DASH}){_D}{{1,2}}月?|{_ERA}\\s*(年|{_DOT}|{_DASH})\\s*{_D}{{1,2}}月?)$"
)
_WRITTEN_INTEGER = f"^[+＋]?{_D}+$"
_WRITTEN_DECIMAL = f"^[+＋]?{_D}+([.．]{_D}+)?$"
_WRITTEN_PERCENT = f"^[+＋]?{_D}+([.．]{_D}+)?\\s*[%％]?$"
ISO_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
ISO_MONTH = "^[0-9]{4}-[0-9]{2}$"


def document(title: str, description: str, body: Schema, defs: Mapping[str, Schema] | None = None) -> Schema:
    """A whole schema: the dialect first, then title, description, body and shared parts."""
    head = {"$schema": DIALECT, "title": title, "description": description}
    return head | body | ({"$defs": dict(defs)} if defs else {})


def table(
    keys: Iterable[str], properties: Mapping[str, Schema], required: Iterable[str] = (), description: str = ""
) -> Schema:
    """A mapping that allows these keys and no others.

    `keys` come from the code that reads the mapping. ValueError where the two part ways: a key that is
    read and not described, or described and not read.
    """
    keys = tuple(keys)
    if set(keys) != set(properties):
        apart = sorted(set(keys) ^ set(properties))
        raise ValueError(f"the schema and the reader disagree on these keys: {', '.join(apart)}")
    found: Schema = {"type": "object"} | ({"description": description} if description else {})
    found["properties"] = {key: properties[key] for key in keys}
    if required := [key for key in keys if key in set(required)]:
        found["required"] = required
    return found | {"additionalProperties": False}


def closed(properties: Mapping[str, Schema], required: Iterable[str] = (), description: str = "") -> Schema:
    """A mapping whose keys stand in no list of the code."""
    return table(properties, properties, required, description)


def mapping(values: Schema, names: Schema | None = None, description: str = "") -> Schema:
    """A mapping whose values are all alike; `names`: what its keys may be."""
    found: Schema = {"type": "object"} | ({"description": description} if description else {})
    return found | ({"propertyNames": names} if names else {}) | {"additionalProperties": values}


def rows(items: Schema, description: str = "", least: int = 0) -> Schema:
    """A list whose items are all alike."""
    found: Schema = {"type": "array"} | ({"description": description} if description else {})
    return found | {"items": items} | ({"minItems": least} if least else {})


def text(description: str = "") -> Schema:
    """Any text."""
    return {"type": "string"} | ({"description": description} if description else {})


def flag(description: str = "") -> Schema:
    """true or false."""
    return {"type": "boolean"} | ({"description": description} if description else {})


def day(description: str = "") -> Schema:
    """A day as a rule or an answer writes it: 2025-04-01."""
    return {"type": "string", "pattern": ISO_DAY, "description": description or "日（2025-04-01 の形）"}


def written_day(description: str) -> Schema:
    """A day as people write it: 2025-04-01, 令和7年4月1日, R7.4.1, full-width digits."""
    return {"description": description} | ref("date")


def identifier(description: str = "") -> Schema:
    """An id of our kind: lower-case words joined by hyphens."""
    found: Schema = {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}
    return found | ({"description": description} if description else {})


def or_null(schema: Schema) -> Schema:
    """The same, or null (nothing is said)."""
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if isinstance(schema.get("type"), str):
        return {**schema, "type": [schema["type"], "null"]}
    if isinstance(schema.get("type"), list):
        return {**schema, "type": list(dict.fromkeys((*schema["type"], "null")))}
    told = {key: schema[key] for key in ("title", "description") if key in schema}
    return told | {"anyOf": [{key: schema[key] for key in schema if key not in told}, {"type": "null"}]}


def words(labels: Mapping[str, str], description: str = "") -> Schema:
    """One of a few words, explained in the description."""
    shown = "、".join(f"{word}＝{label}" if label else word for word, label in labels.items())
    return {"enum": list(labels), "description": f"{description}（{shown}）" if description else shown}


def ids(labels: Mapping[str, str | tuple[str, str]], description: str = "") -> Schema:
    """One of many ids, each with its label (and the question behind it), for an editor to show."""
    choices = []
    for id_, label in labels.items():
        title, more = (label, "") if isinstance(label, str) else label
        choices.append({"const": id_, "title": title} | ({"description": more} if more else {}))
    found: Schema = {"description": description} if description else {}
    listed: Schema = {"oneOf": choices} if choices else {"not": {}}
    return found | listed


def entries(found: Mapping[str, Entry]) -> dict[str, str | tuple[str, str]]:
    """Catalogue entries as labels for `ids`."""
    return {id_: (entry.label, entry.ask) for id_, entry in found.items()}


def grade() -> Schema:
    """How well the sources support something."""
    return words(GRADES, "根拠の等級")


def ref(name: str) -> Schema:
    """A reference to a shared part."""
    return {"$ref": f"#/$defs/{name}"}


def value_parts() -> dict[str, Schema]:
    """The values of each catalogue type as an institution file may write them, as shared parts."""
    parts: dict[str, Schema] = {
        "boolean": {"enum": [True, False, "はい", "いいえ"]},
        "integer": {
            "type": ["integer", "string"],
            "minimum": 0,
            "maximum": MOST,
            "pattern": _WRITTEN_INTEGER,
        },
        "yen": {"type": ["integer", "string"], "minimum": 0, "maximum": MOST, "pattern": _WRITTEN_INTEGER},
        "decimal": {"type": ["number", "string"], "minimum": 0, "maximum": MOST, "pattern": _WRITTEN_DECIMAL},
        "percent": {"type": ["number", "string"], "minimum": 0, "maximum": 100, "pattern": _WRITTEN_PERCENT},
        "date": {
            "type": "string",
            "pattern": _WRITTEN_DAY,
            "description": "日（2025-04-01、令和7年4月1日、R7.4.1）",
        },
        "text": text(),
    }
    if {*parts, "enum"} != set(TYPES):
        raise ValueError(f"types without schema or reader: {sorted({*parts, 'enum'} ^ set(TYPES))}")
    return parts


def value(entry: Entry | Attribute) -> Schema:
    """A value of a catalogue entry; the words of an enum are explained."""
    return words(entry.values) if entry.type == "enum" else ref(entry.type)


def named(schema: Schema, entry: Entry | Attribute) -> Schema:
    """A schema under the label of its catalogue entry, with the question, the unit and the words explained."""
    unit = f"単位: {entry.unit}" if isinstance(entry, Entry) and entry.unit else ""
    ask = entry.ask if isinstance(entry, Entry) else ""
    told = "。".join(part for part in (ask, unit, schema.get("description", "")) if part)
    return (
        {"title": entry.label or getattr(entry, "name", "")}
        | ({"description": told} if told else {})
        | {key: item for key, item in schema.items() if key not in ("title", "description")}
    )
