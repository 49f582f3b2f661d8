"""What comes out: judgements and bills (written by `mitasu.judge.serial`)."""

from __future__ import annotations

from mitasu.judge.judgement import REQUIREMENT_STATUSES, STATUSES
from mitasu.judge.words import STATUS_WORDS
from mitasu.rulebook import FACILITY_KINDS, SECTORS, Rulebook
from mitasu.rulebook.keys import REQUIREMENT_KINDS
from mitasu.schemas.parts import (
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
    text,
    words,
)

STATUS_LABELS = {
    "claimable": "算定できる",
    "not_claimable": "算定できない",
    "undetermined": "未確認の事実が決め手になる",
    "not_in_force": "この日には制度がない",
    "not_applicable": "この部門・施設は対象でない",
}
_AMOUNT: Schema = {"type": ["integer", "null"], "minimum": 0}


def judgement_schema(rulebook: Rulebook) -> Schema:
    """The schema of all judgements of an institution on a day."""
    institution = {
        "name": text("施設の名前"),
        "code": text("医療機関コード。分からなければ空"),
        "sector": words(SECTORS, "部門"),
        "kind": words(FACILITY_KINDS, "施設の種類"),
    }
    whole = {
        "on": day("判定した日"),
        "institution": closed(institution, institution, "施設"),
        "judgements": rows(ref("judgement"), "加算ごとの判定"),
        "exclusions": rows(ref("exclusion"), "算定できる加算のうち、同じ月に併せて算定できない組"),
    }
    return document(
        "判定",
        "ある施設の、ある日の、加算ごとの判定と理由（mitasu judge --json）。",
        closed(whole, ("on", "institution", "judgements")),
        {
            "judgement": _judgement(rulebook),
            "requirement": _requirement(),
            "question": _question(),
            "exclusion": _exclusion(rulebook),
        },
    )


def pays() -> dict[str, Schema]:
    """What a judgement pays: points, at a station yen."""
    by_name = mapping(_AMOUNT, description="区分か点数の名前ごとの点数")
    by_kind = mapping({"anyOf": [_AMOUNT, by_name]}, description="受診の種類か点数の名前ごとの点数")
    return {
        "points": {"description": "点数。算定できなければ null", "anyOf": [_AMOUNT, by_kind]},
        "yen": _AMOUNT | {"description": "訪問看護ステーションの額（円）。未確認なら null"},
    }


def _exclusion(rulebook: Rulebook) -> Schema:
    pair = rows(_addition(rulebook), "二つの加算", 2) | {"maxItems": 2}
    properties = {
        "additions": pair,
        "better": {
            "anyOf": [_addition(rulebook), {"type": "null"}],
            "description": "よりよい方。受診によって違うか、決められなければ null",
        },
        "why": text("理由"),
        "rule": text("併せて算定できない決まり"),
        "sources": rows(text(), "出典"),
    }
    return closed(properties, properties)


def _judgement(rulebook: Rulebook) -> Schema:
    properties = {
        "addition": _addition(rulebook),
        "title": text("その部門での加算の名前"),
        "status": words({status: STATUS_LABELS[status] for status in STATUSES}, "判定"),
        "level": {"type": ["string", "null"], "description": '算定できる最もよい区分。一つだけの加算は ""'},
        **pays(),
        "grade": grade(),
        "requirements": rows(ref("requirement"), "要件ごとの答え。通知の順"),
        "missing": rows(identifier(), "足りない要件のid。最も少ない区分のもの"),
        "unknown": rows(text(), "答えを変えうる未確認の事実のid"),
        "questions": rows(ref("question"), "制度の上で決まっていないこと"),
    }
    needed = ("addition", "title", "status", "level", "points", "requirements", "missing", "unknown")
    return closed(properties, needed)


def _addition(rulebook: Rulebook) -> Schema:
    return ids(rulebook.titles, "加算のid")


def _requirement() -> Schema:
    properties = {
        "id": identifier("要件のid"),
        "label": text("要件の名前"),
        "kind": words(dict.fromkeys(REQUIREMENT_KINDS, ""), "要件の種類"),
        "part_of": or_null(identifier("この要件の一部")),
        "status": words({status: STATUS_WORDS[status] for status in REQUIREMENT_STATUSES}, "要件の答え"),
        "until": or_null(day("経過措置の最終日、または確定する日。終わりの定めがなければ null")),
        "soft": flag("「程度」とある基準。人が理由を付けて認めることができる"),
        "why": text("理由"),
        "remedy": text("満たすためにすること"),
        "grade": grade(),
        "sources": rows(text(), "出典"),
        "rulings": rows(text(), "関わる疑義解釈のid"),
    }
    return closed(properties, ("id", "label", "status", "until", "why", "sources"))


def _question() -> Schema:
    properties = {
        "id": identifier("問いのid"),
        "text": text("決まっていないこと"),
        "ask": text("確かめる先と仕方"),
    }
    return closed(properties, properties)


def bill_schema(rulebook: Rulebook) -> Schema:
    """The schema of the bills of a list of encounters."""
    item = {
        "addition": _addition(rulebook),
        "level": text("区分"),
        "points": _AMOUNT | {"description": "点数。円で払われるか、額が未確認なら null"},
        "yen": _AMOUNT | {"description": "訪問看護ステーションの額（円）"},
        "why": text("理由"),
    }
    refusal = {
        "addition": _addition(rulebook),
        "why": text("算定できない理由"),
        "rule": text("決まりのid、または足りない要件のid"),
        "sources": rows(text(), "出典"),
        "unknown": rows(text(), "分からないために決められない項目のid"),
    }
    bill = {
        "encounter": text("受診のid"),
        "items": rows(closed(item, ("addition", "level", "points", "why")), "算定できるもの"),
        "refused": rows(closed(refusal, ("addition", "why", "rule")), "算定できないもの"),
    }
    return document(
        "算定の一覧",
        "受診ごとに算定できる加算と、できない加算とその理由（mitasu bill --json）。",
        closed({"bills": rows(closed(bill, bill), "受診ごとの算定")}, ("bills",)),
    )
