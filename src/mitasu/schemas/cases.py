"""Case files: an institution and a day (or encounters), and what must come out."""

from __future__ import annotations

from mitasu.facts.read import TOP
from mitasu.judge.cases import CASE, EXPECTATION
from mitasu.judge.judgement import REQUIREMENT_STATUSES, STATUSES
from mitasu.rulebook import Rulebook
from mitasu.schemas.given import encounter_parts, institution_parts, institution_table
from mitasu.schemas.parts import (
    Schema,
    closed,
    document,
    flag,
    grade,
    identifier,
    mapping,
    or_null,
    ref,
    rows,
    table,
    text,
    written_day,
)

NAMES = ("fixtures", "cases", "notes")


def cases_schema(rulebook: Rulebook) -> Schema:
    """The schema of a file of cases."""
    whole = {
        "fixtures": mapping(institution_table(("institution",)), description="事例のもとになる施設"),
        "cases": rows(ref("case"), "事例"),
        "notes": rows(text(), "覚え書き"),
    }
    parts = institution_parts(rulebook) | encounter_parts(rulebook)
    changed = {key: parts[key] for key in TOP} | {"institution": _partial(parts["institution"])}
    own = {
        "case": table(CASE, _case(), ("id", "given")),
        "addition_name": {"enum": list(rulebook.titles)},
        "merge": closed({key: or_null(changed[key]) for key in TOP}, (), "もとの施設に重ねる。null は消す"),
        "expectation": table(EXPECTATION, _expectation(), (), "期待する答え。書いたものだけを比べる"),
    }
    return document(
        "事例のファイル",
        "規則の隣に置く試験。施設と日（または受診）を与え、出るはずの答えを書く。",
        table(NAMES, whole, ("cases",)),
        parts | own,
    )


def _partial(head: Schema) -> Schema:
    return {key: item for key, item in head.items() if key not in ("required", "allOf")}


def _case() -> dict[str, Schema]:
    given = {
        "fixture": text("もとになる施設（fixtures の名前）"),
        "merge": or_null(ref("merge")),
    } | {key: ref(key) for key in TOP}
    expect = mapping(ref("expectation"), ref("addition_name"), "加算ごとに期待する答え")
    points = _any_of({"type": "integer", "minimum": 0})
    return {
        "id": {"type": ["string", "integer"], "description": "事例のid"},
        "title": text("何を試すか"),
        "given": closed(given, (), "与える施設"),
        "on": written_day("判定する日"),
        "expect": expect,
        "expect_any": rows(expect, "このうち少なくとも一つ"),
        "encounters": ref("encounters"),
        "history": ref("history"),
        "bill": mapping(mapping(points, ref("addition_name")), description="受診ごと・加算ごとの点数"),
        "grade": grade(),
        "note": text("備考"),
    }


def _any_of(schema: Schema) -> Schema:
    """A value, or a list of which any one is right."""
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}


def _expectation() -> dict[str, Schema]:
    amount: Schema = {"type": ["integer", "null"], "minimum": 0}
    points = {"anyOf": [amount, mapping({"anyOf": [amount, mapping(amount)]})]}
    status: Schema = {"enum": list(REQUIREMENT_STATUSES)}
    detailed = {
        "status": _any_of(status),
        "until": _any_of(or_null(ref("date"))),
        "soft": _any_of(flag()),
    }
    return {
        "status": _any_of({"enum": list(STATUSES)}) | {"description": "判定"},
        "level": _any_of({"type": ["string", "null"]}) | {"description": "区分"},
        "points": _any_of(points) | {"description": "点数"},
        "yen": _any_of(amount) | {"description": "額（円）"},
        "requirements": mapping(
            {"anyOf": [*_any_of(status)["anyOf"], closed(detailed)]}, identifier(), "要件の答え"
        ),
        "missing": rows(identifier(), "足りない要件のうち、含まれるはずのもの"),
        "unknown": rows(text(), "未確認の事実のうち、含まれるはずのもの"),
    }
