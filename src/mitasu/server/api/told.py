"""What is wrong with a request, in Japanese: the type of fault that the validation names becomes a sentence.

The field's path stands beside the sentence; limits come from the fault. A type that is not listed here is told by a
sentence for the kind of value, never in the library's English.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mitasu.server.api.schemas import ID, MONTH

DAY = "日付（2026-11-22 の形）で書いてください"
MOMENT = "日時（2026-11-22T09:00:00+09:00 の形）で書いてください"
SENTENCES = {
    "missing": "がありません。必ず書いてください",
    "extra_forbidden": "という項目はありません。名前を確かめてください",
    "none_required": "には null だけを書けます",
    "string_type": "は文字列で書いてください",
    "string_too_long": "が長すぎます。{max_length}文字までです",
    "string_too_short": "が短すぎます。{min_length}文字以上で書いてください",
    "string_unicode": "に、文字として読めない符号があります",
    "int_type": "は整数で書いてください",
    "int_parsing": "は整数で書いてください",
    "int_parsing_size": "の数が大きすぎます",
    "int_from_float": "は小数のない整数で書いてください",
    "float_type": "は数で書いてください",
    "float_parsing": "は数で書いてください",
    "decimal_type": "は数で書いてください",
    "decimal_parsing": "は数で書いてください",
    "finite_number": "は有限の数で書いてください",
    "bool_type": "は true か false で書いてください",
    "bool_parsing": "は true か false で書いてください",
    "date_type": f"は{DAY}",
    "date_parsing": f"は{DAY}",
    "date_from_datetime_parsing": f"は{DAY}",
    "date_from_datetime_inexact": f"は時刻のない{DAY}",
    "datetime_type": f"は{MOMENT}",
    "datetime_parsing": f"は{MOMENT}",
    "datetime_from_date_parsing": f"は{MOMENT}",
    "datetime_object_invalid": f"は{MOMENT}",
    "timezone_aware": "には時差（+09:00 など）も書いてください",
    "greater_than": "は{gt}より大きくしてください",
    "greater_than_equal": "は{ge}以上にしてください",
    "less_than": "は{lt}より小さくしてください",
    "less_than_equal": "は{le}以下にしてください",
    "literal_error": "に書けるのは {expected} です",
    "enum": "に書けるのは {expected} です",
    "list_type": "は一覧（[ ]）で書いてください",
    "tuple_type": "は一覧（[ ]）で書いてください",
    "set_type": "は一覧（[ ]）で書いてください",
    "too_long": "が多すぎます（{actual_length}個）。{max_length}個までです",
    "too_short": "が少なすぎます（{actual_length}個）。{min_length}個以上書いてください",
    "dict_type": "は項目と値の組（{{ }}）で書いてください",
    "mapping_type": "は項目と値の組（{{ }}）で書いてください",
    "model_type": "は項目と値の組（{{ }}）で書いてください",
    "model_attributes_type": "は項目と値の組（{{ }}）で書いてください",
    "invalid_key": "の項目の名前は文字列で書いてください",
    "json_invalid": "を JSON として読めません",
    "json_type": "は JSON の文字列で書いてください",
    "uuid_parsing": "は UUID の形で書いてください",
    "url_parsing": "は https:// で始まるアドレスで書いてください",
    "bytes_type": "はファイルで送ってください",
}
PATTERNS = {
    ID: "は半角の英小文字・数字と . _ - で、120文字までで書いてください",
    MONTH: "は月（2026-11 の形）で書いてください",
}
ANYTHING = "を読めません。形を /api/v1/openapi.json で確かめてください"
WORDS = {"'": "", " or ": "、", ", ": "、"}


def sentence(fault: Mapping[str, Any]) -> str:
    """What is wrong with one field, and how to mend it.

    >>> sentence({"type": "missing", "loc": ("body", "sent", "on"), "msg": "Field required"})
    '「on」がありません。必ず書いてください。'
    >>> sentence({"type": "list_type", "loc": ("body", "rows", 2), "msg": ""})
    '「rows」の3番目は一覧（[ ]）で書いてください。'
    """
    context = dict(fault.get("ctx") or {})
    kind = str(fault.get("type", ""))
    if kind == "value_error":
        return f"{_named(fault)}：{_own(context, fault)}。"
    told = (
        PATTERNS.get(str(context.get("pattern")), "の書き方が違います")
        if kind == "string_pattern_mismatch"
        else ""
    )
    told = told or SENTENCES.get(kind, ANYTHING)
    if "expected" in context:
        for english, japanese in WORDS.items():
            context["expected"] = str(context["expected"]).replace(english, japanese)
    try:
        return f"{_named(fault)}{told.format_map(context)}。"
    except KeyError:  # the fault does not tell its limit
        return f"{_named(fault)}{ANYTHING}。"


def path(fault: Mapping[str, Any]) -> str:
    """Where in the request the fault is: body.sent.on."""
    return ".".join(str(part) for part in fault.get("loc", ()))


def _named(fault: Mapping[str, Any]) -> str:
    """The field, by the last name in its path; of a list also which."""
    parts = [part for part in fault.get("loc", ()) if part not in ("body", "query", "path", "form", "file")]
    places = ""
    while parts and isinstance(parts[-1], int):
        places = f"の{parts.pop() + 1}番目{places}"
    return f"「{parts[-1]}」{places}" if parts else f"本文{places}"


def _own(context: Mapping[str, Any], fault: Mapping[str, Any]) -> str:
    """A sentence of a check of our own."""
    error = context.get("error")
    return (
        str(error if error is not None else fault.get("msg", "")).removeprefix("Value error, ").rstrip("。")
    )
