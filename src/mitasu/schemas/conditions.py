"""Conditions: the closed set of forms that the engine reads, over the facts of a catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.rulebook import Entry, Rulebook
from mitasu.rulebook.catalogue import Argument
from mitasu.rules.load import COMPARISONS, FORMS, ORDERED_TYPES
from mitasu.schemas.parts import (
    ISO_DAY,
    ISO_MONTH,
    Schema,
    closed,
    day,
    entries,
    identifier,
    ids,
    mapping,
    ref,
    rows,
    text,
    words,
)

_PERCENT = "^[0-9]+([.][0-9]{1,4})?\\s*[%％]$"
_PARAM: Schema = {
    "type": "string",
    "pattern": "^\\$[a-z_]+$",
    "description": "区分の params の値（$名前）",
}
LIMITS: dict[str, Schema] = {
    "boolean": {"type": "boolean"},
    "integer": {"type": "integer"},
    "decimal": {"type": ["number", "string"], "pattern": "^[0-9]+([.][0-9]{1,4})?$"},
    "yen": {"type": "integer", "description": "円"},
    "percent": {"type": "string", "pattern": _PERCENT, "description": "割合（30% の形）"},
    "date": ref("day"),
}
_LEVEL: Schema = {"type": ["string", "integer"]}


def conditions(rulebook: Rulebook) -> dict[str, Schema]:
    """Conditions over an institution and over an encounter, each form of the engine once."""
    catalogue = rulebook.catalogue
    institution = catalogue.of("fact", "derived")
    dates = {id_: entry for id_, entry in institution.items() if entry.type == "date"}
    args = {id_: _arguments(entry, rulebook) for id_, entry in institution.items() if entry.arguments}
    until = closed({"fact": ids(entries(dates), "日付の事実"), "with": {"type": "object"}}, ("fact",))
    return {
        **{f"{kind}_id": ids(entries(catalogue.of(kind))) for kind in ("fact", "series", "event", "role")},
        "item_id": ids(entries(catalogue.of("filing_item")) | rulebook.titles),
        **{f"{type_}_limit": _limit(plain) for type_, plain in LIMITS.items()},
        "condition": _condition("condition"),
        "condition_fact": _fact(institution, args),
        "encounter_condition": _condition("encounter_condition", without=("holds",)),
        "encounter_condition_fact": _fact(catalogue.of("encounter"), {}),
        "until_fact": until | {"description": "この日付の事実の日まで"},
    }


def _condition(name: str, without: tuple[str, ...] = ()) -> Schema:
    part, parts = ref(name), rows(ref(name), least=1)
    steps: Schema = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": ISO_DAY},
        "additionalProperties": {"anyOf": [part, {"type": "null"}]},
        "description": "日付: 条件。その日から次の日付の前の日まで。null は問わない",
    }
    n = {"type": "integer", "minimum": 1, "description": "いくつ以上"}
    forms: dict[str, Schema] = {
        "fact": ref(f"{name}_fact"),
        "all": closed({"all": parts}, ("all",), "いずれも満たす"),
        "any": closed({"any": parts}, ("any",), "いずれかを満たす"),
        "at_least_n_of": closed(
            {"at_least_n_of": n, "parts": parts}, ("at_least_n_of", "parts"), "次のうちn以上"
        ),
        "not": closed({"not": part}, ("not",), "満たさない"),
        "requirement": closed(
            {"requirement": identifier("要件のid")}, ("requirement",), "ほかの要件を満たす"
        ),
        "holds": closed(
            {"holds": ref("addition"), "level": _LEVEL | {"description": "この区分か上の区分"}},
            ("holds",),
            "ほかの加算を算定できる",
        ),
        "when": closed({"when": part, "need": part}, ("when", "need"), "when のときだけ need を問う"),
        "dated": closed({"dated": steps}, ("dated",), "日付によって変わる条件"),
        "open": closed({"open": identifier("questions のid")}, ("open",), "制度の解釈が未確認（判断しない）"),
    }
    if set(forms) != set(FORMS):
        raise ValueError(f"forms without schema or reader: {sorted(set(forms) ^ set(FORMS))}")
    return {"oneOf": [forms[form] for form in FORMS if form not in without]}


def _fact(found: Mapping[str, Entry], args: Mapping[str, Schema]) -> Schema:
    """A fact that is true, or compared in the way its type allows."""
    operators = (*COMPARISONS, "equals", "one_of")
    labels = {
        "at_least": "以上",
        "more_than": "超",
        "at_most": "以下",
        "less_than": "未満",
        "equals": "等しい",
        "one_of": "いずれか",
    }
    properties: dict[str, Schema] = {"fact": ids(entries(found), "事実"), "with": {"type": "object"}}
    properties |= {operator: {"description": labels[operator]} for operator in operators}
    branches = [_of_type(type_, found) for type_ in ("boolean", *ORDERED_TYPES)]
    branches += [_of_words(entry) for entry in found.values() if entry.type == "enum"]
    plain = [id_ for id_ in found if id_ not in args]
    branches.append(_if(plain, {"properties": {"with": False}}))
    for id_, schema in args.items():
        needed = {"required": ["with"]} if schema.get("required") else {}
        branches.append(_if([id_], {"properties": {"with": schema}} | needed))
    return closed(properties, ("fact",), "事実。真偽の事実は比べ方を書かない") | {
        "allOf": [b for b in branches if b]
    }


def _if(names: list[str], then: Schema) -> Schema:
    condition = {"properties": {"fact": {"enum": names}}, "required": ["fact"]}
    return {"if": condition, "then": then} if names else {}


def _of_type(type_: str, found: Mapping[str, Entry]) -> Schema:
    names = [id_ for id_, entry in found.items() if entry.type == type_]
    limit = ref(f"{type_}_limit")
    equal = {"equals": limit, "one_of": rows(limit, least=1)}
    if type_ == "boolean":
        without = dict.fromkeys(COMPARISONS, False)
        return _if(names, {"properties": without | equal, "not": {"required": ["equals", "one_of"]}})
    allowed = dict.fromkeys(COMPARISONS, limit) | equal
    return _if(names, {"properties": allowed, "oneOf": [{"required": [operator]} for operator in allowed]})


def _of_words(entry: Entry) -> Schema:
    limit = _limit(words(entry.values))
    properties = dict.fromkeys(COMPARISONS, False) | {
        "equals": limit,
        "one_of": rows(limit, least=1),
    }
    return _if(
        [entry.id], {"properties": properties, "oneOf": [{"required": ["equals"]}, {"required": ["one_of"]}]}
    )


def _limit(plain: Schema) -> Schema:
    """A limit, a parameter of the level, or a limit by date."""
    steps = {
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": ISO_DAY},
        "additionalProperties": plain,
    }
    return {"anyOf": [plain, _PARAM, closed({"dated": steps}, ("dated",))]}


# ---- arguments of derived facts ------------------------------------------------------------------------


def _arguments(entry: Entry, rulebook: Rulebook) -> Schema:
    properties = {name: _argument(name, argument, rulebook) for name, argument in entry.arguments.items()}
    required = [name for name, argument in entry.arguments.items() if argument.kind.endswith("!")]
    return closed(properties, required, f"「{entry.label}」の引数")


def _argument(name: str, argument: Argument, rulebook: Rulebook) -> Schema:
    kind = argument.kind.rstrip("!?")
    pointed = {
        "item": "item",
        "role": "role",
        "event": "event",
        "fact": "fact",
        "series": "series",
        "overdue": "series",
    }
    chosen = {"assignment": ASSIGNMENT, "employment": EMPLOYMENT}
    if name in pointed:
        return ref(f"{pointed[name]}_id")
    if argument.values:
        return {"anyOf": [words(argument.values), _PARAM]}
    if kind == "words":
        return {"anyOf": [rows(words(chosen[name]) if name in chosen else text()), _PARAM]}
    if kind == "mapping":
        return _mapping(name, rulebook)
    plain: dict[str, Schema] = {
        "word": text(),
        "date": ref("day"),
        "month": {"type": "string", "pattern": ISO_MONTH},
        "integer": {"type": "integer"},
        "percent": {"type": "string", "pattern": _PERCENT},
    }
    return {"anyOf": [plain[kind], _PARAM]}


def _mapping(name: str, rulebook: Rulebook) -> Schema:
    """The structured arguments, as the functions of `mitasu.facts.derived` read them."""
    catalogue = rulebook.catalogue
    attributes = {
        found.name: found.label
        for entry in catalogue.of("event", "role").values()
        for found in entry.attributes
    }
    details = {id_: entry.label for id_, entry in catalogue.of("filing").items()}
    value: Schema = {"type": ["boolean", "string", "integer"]}
    match name:
        case "window":
            fields = {
                "filed_before": day("この日より前から届け出ていた"),
                "arrived_by": day("この日までに届いた"),
                "accepted_in": {
                    "type": "string",
                    "pattern": ISO_MONTH,
                    "description": "この月のうちに受理された",
                },
                "counts_from": day("この日から有効とする"),
            }
            return closed(fields, fields, "届出の特別な期限")
        case "attribute" | "optional_attribute":
            return closed({"name": ids(details, "届出の項目"), "value": value}, ("name", "value"))
        case "lapses":
            fields = {
                "from": day("この日から"),
                "took_effect_before": day("この日より前に有効となった届出は数えない"),
            }
            return closed(fields, fields, "改定の前の届出が効力を失う")
        case "relabel":
            renamed = mapping({"type": "string"}, description="元の区分: 新しい区分")
            return mapping(renamed, {"pattern": ISO_DAY}, "その日から、前からの届出の区分を読み替える")
        case "where":
            return mapping(value, {"enum": list(attributes)}, "出来事の項目: 値")
        case "if_true":
            return mapping(
                {"enum": list(attributes)}, {"enum": list(attributes)}, "はいであれば、こちらもはいであること"
            )
    raise ValueError(f"the argument {name} of a derived fact needs its schema here")
