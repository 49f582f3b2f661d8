"""What is given: the institution file and the list of encounters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT, HEAD, KINDS_OF, TABLES, TOP
from mitasu.judge.encounters import BASE_FEES, HISTORY, PLAIN, SHARES
from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, SECTORS, Entry, Rulebook
from mitasu.schemas.parts import (
    WRITTEN_MONTH,
    Schema,
    closed,
    document,
    entries,
    ids,
    named,
    or_null,
    ref,
    rows,
    table,
    text,
    value,
    value_parts,
    words,
    written_day,
)

_CODE = "^([0０][1-9１-９]|[1-3１-３][0-9０-９]|[4４][0-7０-７])[0-9０-９]{8}$"


def institution_schema(rulebook: Rulebook) -> Schema:
    """The schema of an institution file."""
    return document(
        "施設ファイル",
        "施設の事実・月ごとの値・出来事・職員・届出。書いていない事実は「いいえ」ではなく「不明」として扱う。",
        institution_table(("institution",)),
        institution_parts(rulebook),
    )


def institution_table(required: tuple[str, ...]) -> Schema:
    """The whole file; its sections are shared parts of the schema."""
    return table(TOP, {key: ref(key) for key in TOP}, required)


def institution_parts(rulebook: Rulebook) -> dict[str, Schema]:
    """Every section of an institution file by name."""
    catalogue = rulebook.catalogue
    head = table(HEAD, _head(), ("name", "sector", "kind"), "どの施設か")
    types = value_parts()
    return {
        **types,
        **{f"{type_}_fact": _held(ref(type_)) for type_ in types},
        "institution": head | {"allOf": [_sector(sector) for sector in SECTORS]},
        "facts": _section(catalogue.of("fact"), _fact, "事実。値、または期間ごとの値の一覧"),
        "series": _section(catalogue.of("series"), _months, "月ごとの値"),
        "events": _section(
            catalogue.of("event"), _events, "出来事。書いた一覧がすべて（空の一覧は一度もなかったこと）"
        ),
        "people": or_null(rows(_person(catalogue.of("role")), "職員。書いた一覧がすべて")),
        "filings": or_null(rows(_filing(rulebook), "届出。書いた一覧がすべて")),
    }


def _head() -> dict[str, Schema]:
    code: Schema = {
        "type": ["string", "integer", "null"],
        "pattern": _CODE,
        "minimum": 10**9,
        "maximum": 48 * 10**8 - 1,
        "description": "医療機関コード10桁（都道府県2桁、点数表1桁、番号7桁）。引用符を付けて書く",
    }
    name = {"type": "string", "pattern": "\\S", "description": "施設の名前"}
    return {
        "name": name,
        "code": code,
        "sector": words(SECTORS, "部門"),
        "kind": words(FACILITY_KINDS, "施設の種類"),
    }


def _sector(sector: str) -> Schema:
    """What a sector means for the kind of facility and the third digit of the code."""
    digit = TABLES[sector]
    wide = chr(ord(digit) + 0xFEE0)
    then = {"kind": {"enum": list(KINDS_OF[sector])}, "code": {"pattern": f"^.{{2}}[{digit}{wide}]"}}
    return {
        "if": {"properties": {"sector": {"const": sector}}, "required": ["sector"]},
        "then": {"properties": then},
    }


def _section(found: Mapping[str, Entry], one: Any, description: str) -> Schema:
    properties = {id_: named(one(entry), entry) for id_, entry in found.items()}
    return or_null(closed(properties, (), description))


def _fact(entry: Entry) -> Schema:
    if entry.type != "enum":
        return ref(f"{entry.type}_fact")
    held = value(entry)
    return {"description": held["description"]} | _held(held)


def _held(one: Schema) -> Schema:
    """A value that always held, null (unknown), or spans of values."""
    span = {
        "from": or_null(written_day("この日から")),
        "to": or_null(written_day("この日まで（この日を含む）")),
        "value": or_null(one),
        "proof": or_null(text("証拠の控え")),
    }
    return {"anyOf": [one, {"type": "null"}, rows(closed(span, ("value",)))]}


def _months(entry: Entry) -> Schema:
    return {
        "type": ["object", "null"],
        "description": '"2025-01": 値 の形',
        "patternProperties": {WRITTEN_MONTH: or_null(value(entry))},
        "additionalProperties": False,
    }


def _events(entry: Entry) -> Schema:
    attributes = {found.name: or_null(named(value(found), found)) for found in entry.attributes}
    properties = {"on": written_day("行った日"), "proof": or_null(text("証拠の控え"))} | attributes
    return or_null(rows(closed(properties, ("on",))))


def _person(roles: Mapping[str, Entry]) -> Schema:
    plain = {
        "role": ids(entries(roles), "役割"),
        "employment": or_null(words(EMPLOYMENT, "雇用の形")),
        "assignment": or_null(words(ASSIGNMENT, "専従・専任・兼任")),
        "from": or_null(written_day("この日から")),
        "to": or_null(written_day("この日まで（この日を含む）")),
    }
    own = {role: [found.name for found in entry.attributes] for role, entry in roles.items()}
    attributes = {
        found.name: or_null(named(value(found), found))
        for entry in roles.values()
        for found in entry.attributes
    }
    properties = plain | attributes
    return closed(properties, ("role",)) | {
        "allOf": [
            {
                "if": {"properties": {"role": {"const": role}}, "required": ["role"]},
                "then": {"propertyNames": {"enum": [*plain, *names]}},
            }
            for role, names in own.items()
        ]
    }


def _filing(rulebook: Rulebook) -> Schema:
    details = {
        id_: or_null(named(value(entry), entry)) for id_, entry in rulebook.catalogue.of("filing").items()
    }
    items = rulebook.titles | {
        id_: entry.label for id_, entry in rulebook.catalogue.of("filing_item").items()
    }
    properties = {
        "item": ids(items, "何の届出か"),
        "level": {"type": ["string", "integer", "null"], "description": '区分（"1" のように書く）'},
        "arrived": or_null(written_day("届出書が届いた日")),
        "accepted": or_null(written_day("受理された日")),
        "withdrawn": or_null(written_day("辞退した日（この日から効力がない）")),
    } | details
    return closed(properties, ("item",))


# ---- encounters --------------------------------------------------------------------------------------


def encounters_schema(rulebook: Rulebook) -> Schema:
    """The schema of a list of encounters."""
    whole = {"encounters": ref("encounters"), "history": or_null(ref("history"))}
    return document(
        "受診の一覧",
        "日付の順に並べた受診と、その前に算定したもの。書いていない項目は「不明」として扱う。",
        {"anyOf": [ref("encounters"), closed(whole, ("encounters",))]},
        encounter_parts(rulebook),
    )


def encounter_parts(rulebook: Rulebook) -> dict[str, Schema]:
    """The list of encounters and the history."""
    attributes = {
        id_: or_null(named(value(entry), entry)) for id_, entry in rulebook.catalogue.of("encounter").items()
    }
    named_text: Schema = {"type": ["string", "integer"]}
    bundles = {id_: str(bundle["label"]) for id_, bundle in rulebook.bundles.items()}
    plain = {
        "id": named_text | {"description": "受診のid（一覧の中で一つだけ）"},
        "patient": named_text | {"description": "患者を区別する符号"},
        "on": written_day("受診した日"),
        "kind": words(ENCOUNTER_KINDS, "受診の種類"),
        "bundle": or_null(ids(bundles, "包括される点数のうち、患者が対象となっているもの")),
        "billed": or_null(rows(ids(rulebook.titles), "同じ月に、ほかで算定した加算")),
        "base_fee": or_null(
            words(
                {id_: label for id_, (_, label) in BASE_FEES.items()},
                "ふつうの基本料でないとき、その種類。計算（mitasu calc）だけが使う",
            )
        ),
        "procedures": or_null(
            rows(
                {
                    "type": ["string", "integer"],
                    "pattern": "^[0-9]{9}$",
                    "minimum": 10**8,
                    "maximum": 10**9 - 1,
                },
                "併せて行った診療行為のコード9桁。計算だけが使う",
            )
        ),
        "share": {
            "description": "患者の負担割合（%）。計算だけが使う",
            "enum": [*SHARES, *map(str, SHARES), *(f"{share}%" for share in SHARES), None],
        },
        "born": or_null(written_day("生年月日。計算だけが使う")),
    }
    encounter = table((*PLAIN, *attributes), plain | attributes, ("id", "patient", "on", "kind"))
    claim = {
        "patient": named_text | {"description": "患者を区別する符号"},
        "on": written_day("算定した日"),
        "addition": ids(rulebook.titles, "算定した加算"),
        "kind": or_null(words(ENCOUNTER_KINDS, "受診の種類")),
        "level": {"type": ["string", "integer", "null"], "description": "区分"},
        "amount": {
            "type": ["string", "null"],
            "description": "名前のある点数のどれか（規則の amounts のid）",
        },
    }
    return value_parts() | {
        "encounters": rows(encounter, "受診。日付の順に並べる"),
        "history": rows(table(HISTORY, claim, ("patient", "on", "addition")), "これまでに算定した加算"),
    }
