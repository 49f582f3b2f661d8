"""The schema of a rule file: the closed set of conditions, and every table that the rulebook's reader knows."""

from __future__ import annotations

from typing import Any

from mitasu.rulebook import ENCOUNTER_KINDS, FACILITY_KINDS, SECTORS, Rulebook, keys
from mitasu.schemas.conditions import conditions
from mitasu.schemas.parts import (
    ISO_DAY,
    Schema,
    closed,
    day,
    document,
    flag,
    grade,
    identifier,
    ids,
    mapping,
    or_null,
    ref,
    rows,
    table,
    text,
    words,
)

_NAME = "^[a-z0-9]+([-_][a-z0-9]+)*$"
_LEVEL: Schema = {"type": ["string", "integer"]}
_KINDS = {
    "institution": "施設の要件",
    "filing": "届出の要件",
    "advisory": "望ましい項目。満たさなくても妨げない",
}


def rule_schema(rulebook: Rulebook) -> Schema:
    """The schema of a rule file, for the facts, sources, rulings and additions of a rulebook."""
    return document(
        "規則のファイル",
        "一つの加算の規則。期間は両端を含む。until を書かないか null とすれば終わりの定めなし。",
        table(keys.TOP, _top(), ("id", "title", "sectors", "requirements", "every_level", "periods")),
        _shared(rulebook) | conditions(rulebook) | _tables(),
    )


def _shared(rulebook: Rulebook) -> dict[str, Schema]:
    """What many tables have: days, sources, rulings, sectors, additions."""
    known = "|".join(_literal(key) for key in rulebook.sources)
    rulings = {id_: (str(ruling["number"]), str(ruling["text"])) for id_, ruling in rulebook.rulings.items()}
    cite = {"type": "string", "pattern": f"^({known})( .*)?$", "description": "出典のid、空白、その中の場所"}
    return {
        "day": day(),
        "from": day("この日から（この日を含む）"),
        "until": or_null(day("この日まで（この日を含む）。null は終わりの定めなし")),
        "cite": rows(cite, "出典"),
        "grade": grade(),
        "rulings": rows(ids(rulings), "関わる疑義解釈"),
        "sectors": rows(words(SECTORS, "部門"), "部門。ほかの部門にはない"),
        "encounter_kinds": rows(words(ENCOUNTER_KINDS, "受診の種類")),
        "addition": ids(rulebook.titles, "加算"),
        "bundle": ids(
            {id_: str(bundle["label"]) for id_, bundle in rulebook.bundles.items()}, "包括される点数"
        ),
        "note": text("備考"),
    }


def _literal(word: str) -> str:
    return "".join(f"\\{sign}" if sign in ".^$*+?()[]{}|\\/" else sign for sign in word)


# ---- tables --------------------------------------------------------------------------------------------


def _top() -> dict[str, Schema]:
    when = {"from": ref("from"), "until": ref("until"), "sectors": ref("sectors")}
    items = rows(identifier(), "どの届出の様式か（書かなければ、この加算の届出）")
    form = {"form": text("様式"), **when, "items": items}
    attachment = {
        "document": text("添える書類"),
        **when,
        "levels": rows(text(), "この区分で届け出るときだけ"),
    }
    code = {
        "code": text("点数表の場所"),
        "sectors": ref("sectors"),
        "from": ref("from"),
        "until": ref("until"),
        "cite": ref("cite"),
        "note": ref("note"),
    }
    filing = {
        "required": flag("届出が要る"),
        "forms": rows(table(keys.FORM, form, ("form",)), "届出の様式"),
        "reports": rows(table(keys.FORM, form, ("form",)), "定例の報告の様式"),
        "attachments": rows(table(keys.ATTACHMENT, attachment, ("document",)), "添える書類"),
        "note": ref("note"),
    }
    return {
        "id": identifier("加算のid。ファイルの名前と同じ"),
        "title": text("加算の名前"),
        "titles": mapping(text(), {"enum": list(SECTORS)}, "部門によって違う名前"),
        "sectors": rows(words(SECTORS, "部門"), "対象の部門", least=1),
        "kinds": rows(words(FACILITY_KINDS, "施設の種類"), "対象の施設の種類（書かなければすべて）"),
        "applies_when": ref("condition"),
        "cite": ref("cite"),
        "grade": ref("grade"),
        "filing": table(keys.FILING, filing, (), "届出の仕方"),
        "codes": rows(table(keys.CODE, code, ("code",)), "点数表の場所"),
        "requirements": rows(ref("requirement"), "要件。通知の順に並べる"),
        "every_level": rows(identifier(), "どの区分にも要る要件のid"),
        "periods": rows(ref("period"), "期間。早い順に、重ならないように並べる"),
        "billing": ref("billing"),
        "questions": rows(ref("question"), "制度の上で決まっていないこと。人が確かめる"),
        "reminders": rows(ref("reminder"), "算定のときの注意。判定はしない"),
        "note": ref("note"),
        "amounts": mapping(text(), {"pattern": _NAME}, "受診の種類でない点数の名前（id: 名前）"),
    }


def _told() -> dict[str, Schema]:
    """What everything with a source has."""
    return {"cite": ref("cite"), "grade": ref("grade"), "note": ref("note")}


def _tables() -> dict[str, Schema]:
    measure = _told() | {
        "from": ref("from"),
        "until": {"anyOf": [ref("until"), ref("until_fact")]},
        "if": ref("condition"),
        "sectors": ref("sectors"),
    }
    question = {
        "id": identifier("問いのid"),
        "text": text("決まっていないこと"),
        "ask": text("確かめる先と仕方"),
        "cite": ref("cite"),
        "requirement": identifier("関わる要件のid"),
        "sectors": ref("sectors"),
        "from": ref("from"),
        "until": ref("until"),
        "note": ref("note"),
    }
    return {
        "requirement": table(keys.REQUIREMENT, _requirement(), ("id", "label", "need", "cite")),
        "measure": table(keys.MEASURE, measure, ("until", "cite"), "経過措置"),
        "period": table(keys.PERIOD, _period(), ("from", "levels")),
        "level": table(keys.LEVEL, _level(), ("level", "needs")),
        "encounter_points": table(keys.ENCOUNTER_POINTS, _encounter_points(), ("encounter", "points")),
        "billing": table(keys.BILLING, _billing(), ("encounters",), "算定の決まり"),
        "question": table(keys.QUESTION, question, ("id", "text", "ask")),
        "reminder": _clause({}),
    }


def _requirement() -> dict[str, Schema]:
    return _told() | {
        "id": identifier("要件のid。部門の違うものは同じidでよい"),
        "label": text("要件の名前（数語）"),
        "text": text("要件（短く、正確に）"),
        "rulings": ref("rulings"),
        "kind": words({kind: _KINDS[kind] for kind in keys.REQUIREMENT_KINDS}, "要件の種類"),
        "sectors": ref("sectors"),
        "from": ref("from"),
        "until": ref("until"),
        "part_of": identifier("この要件の一部であり、それを通してだけ数える"),
        "soft": flag("「程度」とある基準。人が理由を付けて認めることができる"),
        "unverified": flag("基準の出典が確かめられていない。示すだけで妨げない"),
        "need": ref("condition"),
        "applies_when": ref("condition"),
        "deemed": rows(ref("measure"), "経過措置"),
        "remedy": text("満たすためにすること（一文）"),
    }


def _period() -> dict[str, Schema]:
    return _told() | {
        "from": ref("from"),
        "until": ref("until"),
        "every_level": rows(identifier(), "この期間にどの区分にも要る要件のid"),
        "levels": rows(ref("level"), "区分。点数の高い順に並べ、初めに満たすものを採る", least=1),
        "encounter_points": rows(ref("encounter_points"), "受診によって決まる点数"),
        "titles": mapping(text(), {"enum": list(SECTORS)}, "この期間の、部門ごとの加算の名前"),
    }


def _level() -> dict[str, Schema]:
    number: Schema = {"type": ["integer", "null"], "minimum": 0}
    by_name = mapping(number, {"pattern": _NAME}, "点数の名前（amounts）ごとの点数")
    by_kind = mapping(
        {"anyOf": [number, by_name]}, {"pattern": _NAME}, "受診の種類か点数の名前（amounts）ごとの点数"
    )
    in_sector = {"enum": list(SECTORS)}
    one_of = closed({"any": rows(identifier(), least=1)}, ("any",), "このうちいずれか")
    raised = {
        "needs": rows(identifier("要件のid"), "すべて満たすとこの点数になる要件。算定は妨げない", least=1),
        "points": mapping({"anyOf": [number, by_kind]}, in_sector, "部門ごとの点数"),
    }
    return _told() | {
        "level": _LEVEL | {"description": '区分（"1" のように書く。一つだけなら ""）'},
        "points": mapping({"anyOf": [number, by_kind]}, in_sector, "部門ごとの点数"),
        "points_if": closed(raised, ("needs", "points"), "満たすと変わる点数"),
        "yen": mapping(
            {"anyOf": [number, {"const": "unknown"}]}, in_sector, "部門ごとの額（円）。unknown は未確認"
        ),
        "needs": rows({"anyOf": [identifier("要件のid"), one_of]}, "どの区分にも要るもののほかに要る要件"),
        "params": mapping(
            {"anyOf": [_param(), mapping(_param(), in_sector)]},
            {"pattern": "^[a-z_]+$"},
            "$名前 の値。部門ごとに書いてもよい",
        ),
        "sectors": ref("sectors"),
    }


def _param() -> Schema:
    """A value that a level puts in for `$name`: one, or one by date. null: in this level there is none."""
    plain: Schema = {"type": ["boolean", "integer", "string", "null"]}
    steps = mapping(plain, {"pattern": ISO_DAY}) | {"minProperties": 1}
    return {"anyOf": [plain, closed({"dated": steps}, ("dated",))]}


def _encounter_points() -> dict[str, Schema]:
    return {
        "encounter": words(ENCOUNTER_KINDS, "受診の種類"),
        "level": _LEVEL | {"description": "区分"},
        "points": mapping({"type": "integer", "minimum": 0}, {"enum": list(SECTORS)}, "部門ごとの点数"),
        "when": ref("encounter_condition"),
        "amount": {"type": "string", "pattern": _NAME, "description": "amounts のid"},
        "note": ref("note"),
    }


def _billing() -> dict[str, Schema]:
    months = {
        "type": "integer",
        "minimum": 1,
        "maximum": 120,
        "description": "算定した月を含めて何か月に1回か",
    }
    condition = {
        "need": ref("encounter_condition"),
        "choice": flag("ほかの条件から引くだけで、それ自身は妨げない"),
    }
    days = {
        "type": "integer",
        "minimum": 1,
        "maximum": 31,
        "description": "算定した日を含めて何日に1回か（months の代わり）",
    }
    beside = {
        "additions": rows(ref("addition"), "同じ日に算定していなければならない加算"),
        "counting": ref("encounter_kinds"),
    }
    name: Schema = {"type": "string", "pattern": _NAME, "description": "amounts のid"}
    amount = {
        "amount": name,
        "need": ref("encounter_condition"),
        "kinds": rows(words(FACILITY_KINDS, "施設の種類"), "この種類の施設の点数"),
        "filed": identifier("この届出も要る"),
        "once": flag("患者1人につき1回だけ"),
    }
    weeks = {
        "type": "integer",
        "minimum": 1,
        "maximum": 52,
        "description": "その週（日曜日から土曜日まで）を含めて何週に1回か（months の代わり）",
    }
    limit = {
        "amount": name | {"description": "この名前の点数だけの回数"},
        "weeks": weeks,
        "days": days,
        "months": months,
        "counting": ref("encounter_kinds"),
        "also_counting": rows(ref("addition"), "これらの算定も数える"),
    }
    exclusion = {"additions": rows(ref("addition"), "同じ月に併せて算定できない加算")}
    return {
        "encounters": mapping(ref("encounter_kinds"), {"enum": list(SECTORS)}, "算定する受診の種類"),
        "conditions": rows(_clause(condition, "need"), "受診ごとの条件。この順に見る"),
        "limits": rows(_clause(limit), "算定の回数"),
        "exclusions": rows(_clause(exclusion), "併算定できない加算"),
        "together_with": rows(_clause(beside, "additions"), "同じ日に算定していなければならない加算"),
        "amounts": rows(_clause(amount, "amount"), "名前のある点数のどれになるか。初めに満たすものを採る"),
        "gives_way_to": rows(ref("addition"), "同じ月に算定できるなら、こちらを採る"),
        "outside_bundles": rows(ref("bundle"), "この加算を含まない包括点数"),
    }


def _clause(extra: dict[str, Schema], *required: str) -> Schema:
    plain: dict[str, Any] = _told() | {
        "id": identifier("決まりのid"),
        "label": text("数語で"),
        "text": text("決まり（短く、正確に）"),
        "rulings": ref("rulings"),
        "sectors": ref("sectors"),
        "from": ref("from"),
        "until": ref("until"),
        "encounters": ref("encounter_kinds"),
    }
    return table((*keys.CLAUSE, *extra), plain | extra, ("id", "label", "cite", *required))
