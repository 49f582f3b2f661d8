"""What the claims room hands out: the calculation of encounters, and the rulebook as an electronic fee table."""

from __future__ import annotations

from mitasu.claims.fee_table import COLUMNS, UNITS
from mitasu.rulebook import ENCOUNTER_KINDS, GRADES, SECTORS, Rulebook
from mitasu.schemas.parts import Schema, closed, day, document, ids, or_null, ref, rows, table, text, words

_AMOUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_CODE: Schema = {"type": "string", "pattern": "^([0-9]{9})?$"}


def fee_table_schema(rulebook: Rulebook) -> Schema:
    """The schema of the rulebook as an electronic fee table."""
    whole = {
        "on": or_null(day("この日に有効な行だけを出したとき、その日")),
        "note": text("但し書き"),
        "rows": rows(ref("row"), "一行に一つの額"),
    }
    row = {
        "codes": rows({"type": "string", "pattern": "^[0-9]{9}$"}, "確認できた診療行為コード。なければ空"),
        "addition": ids(rulebook.titles, "加算のid"),
        "name": text("その部門と期間での名前と区分"),
        "sector": words(SECTORS, "部門"),
        "level": text("区分。一つだけの加算は空"),
        "encounter": words({**ENCOUNTER_KINDS, "": "受診の種類によらない"}, "受診の種類"),
        "amount": text("名前のある点数のid。いくつも重なるときは / でつなぐ"),
        "amount_name": text("名前のある点数の名前"),
        "condition": text("受診がこの条件に当たるときの額"),
        "points": _AMOUNT | {"description": "点数。円で払われるか未確認なら null"},
        "yen": _AMOUNT | {"description": "訪問看護ステーションの額（円）"},
        "from": day("この日から"),
        "to": or_null(day("この日まで（この日を含む）。終わりの定めがなければ null")),
        "requirements": rows(text(), "満たすべき要件のid"),
        "points_if": rows(text(), "この額になるために、さらに満たすべき要件のid"),
        "exclusions": rows(ids(rulebook.titles), "同じ月に併せて算定できない加算"),
        "frequency": rows(ref("frequency"), "算定回数の限度。いずれも1回まで"),
        "frequency_text": text("算定回数の限度を言葉で"),
        "grade": words(GRADES, "根拠の等級"),
        "sources": rows(text(), "出典"),
    }
    frequency = {
        "id": text("決まりのid"),
        "every": {"type": "integer", "minimum": 1, "description": "いくつの月・週・日に1回か"},
        "unit": words(dict.fromkeys(UNITS, ""), "単位。月と週は暦による"),
        "counting": rows(words(ENCOUNTER_KINDS), "合わせて数える受診の種類。空ならすべて"),
        "also": rows(ids(rulebook.titles), "合わせて数える、ほかの加算"),
    }
    return document(
        "電子点数表",
        "規則集の加算の、期間ごとの額・要件・背反・回数（mitasu tensu export）。",
        closed(whole, whole),
        {"row": table(COLUMNS, row, COLUMNS), "frequency": closed(frequency, frequency)},
    )


def calculation_schema(rulebook: Rulebook) -> Schema:
    """The schema of the calculation of encounters."""
    addition = or_null(ids(rulebook.titles, "加算のid。加算でなければ null"))
    item = {
        "code": _CODE | {"description": "診療行為コード。確認できたものがなければ空"},
        "name": text("名前"),
        "kind": words({"base": "基本料", "addition": "加算", "procedure": "ほかの診療行為"}, "何か"),
        "addition": addition,
        "level": text("区分"),
        "points": _AMOUNT | {"description": "点数。分からなければ null"},
        "yen": _AMOUNT | {"description": "訪問看護ステーションの額（円）"},
        "why": text("理由"),
        "sources": rows(text(), "出典"),
        "unknown": rows(text(), "これが分かれば決まる事実のid"),
        "doubts": rows(text(), "決まらない理由。空なら決まっている"),
    }
    refused = {
        "code": _CODE | {"description": "診療行為コード"},
        "name": text("名前。加算なら空"),
        "addition": addition,
        "why": text("算定できない理由"),
        "rule": text("決まり"),
        "sources": rows(text(), "出典"),
        "unknown": rows(text(), "分からないために決められない項目のid"),
    }
    total = {"type": ["integer", "null"], "minimum": 0}
    encounter = {
        "encounter": text("受診のid"),
        "on": day("受診の日"),
        "kind": words(ENCOUNTER_KINDS, "受診の種類"),
        "items": rows(closed(item, item), "算定するもの"),
        "refused": rows(closed(refused, refused), "算定できないもの"),
        "total": total | {"description": "合計（点。訪問看護ステーションは円）。分からないものがあれば null"},
        "certain": {"type": "integer", "minimum": 0, "description": "確かな分だけの合計"},
        "yen": total | {"description": "合計の円"},
        "share": {"enum": [10, 20, 30, None], "description": "負担割合（%）。分からなければ null"},
        "share_why": text("負担割合の理由"),
        "copayment": total | {"description": "窓口の自己負担（円）。分からなければ null"},
        "missing": rows(text(), "合計が分からない理由"),
    }
    whole = {
        "encounters": rows(closed(encounter, encounter), "受診ごとの計算"),
        "warnings": rows(text(), "確かめること"),
        "editions": rows(text(), "使ったマスターの版"),
        "notes": rows(text(), "計算に含まないこと"),
    }
    return document("計算", "受診ごとの点数と自己負担（mitasu calc --json）。", closed(whole, whole))
