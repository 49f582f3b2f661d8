"""Values of the catalogue's types, in their own unit: whole numbers, days, words; refused where they are none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from mitasu.dates import parse_date
from mitasu.rules.faults import shown
from mitasu.rules.quantities import ONE_PERCENT, decimal, percent
from mitasu.rules.strict_yaml import NoDay
from mitasu.text import halfwidth, nearest

MOST = 10**12


def value_of(value: Any, type_: str, values: Iterable[str] = ()) -> Any:
    """A value of a catalogue type in its own unit; ValueError in Japanese otherwise.

    >>> value_of(44.9, "percent"), value_of("令和7年4月1日", "date"), value_of(3, "integer")
    (449000, datetime.date(2025, 4, 1), 3)
    """
    if isinstance(value, str) and type_ in ("integer", "decimal", "yen", "percent", "boolean"):
        value = _typed_text(halfwidth(value), type_)
    match type_:
        case "boolean" if type(value) is bool:
            return value
        case "integer" | "yen" if type(value) is int:
            return _within(value, MOST)
        case "decimal" if type(value) in (int, float, Decimal):
            scaled = decimal(value)
            _within(value, MOST)
            return scaled
        case "percent" if type(value) in (int, float, Decimal):
            return _share(percent(value))
        case "date":
            return parse_date(value)
        case "enum":
            values = tuple(values)
            if value in values:
                return value
            near = nearest(str(value), values)
            told = f"近いもの: {near}" if near else f"書けるもの: {'、'.join(values)}"
            raise ValueError(f"値「{shown(value)}」は選べません。{told}")
        case "text" if isinstance(value, str) and not isinstance(value, NoDay):
            return value
    raise ValueError(f"値「{shown(value)}」は{TYPE_WORDS[type_]}ではありません。")


TYPE_WORDS = {
    "boolean": "真偽（true / false）", "integer": "0以上の整数", "decimal": "0以上の数", "yen": "0以上の円の整数", "percent": "％の数（45.0 など）",
    "date": "日付", "enum": "選べる値", "text": "文字",
}  # fmt: skip


def _typed_text(text: str, type_: str) -> Any:
    if type_ == "boolean":
        return {"true": True, "false": False, "はい": True, "いいえ": False}.get(text, text)
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if re.fullmatch(r"[-+]?[0-9]+\.[0-9]+%?|[-+]?[0-9]+%", text) and (type_ == "percent" or "%" not in text):
        return Decimal(text.rstrip("%"))
    return text


def _within(number: Any, most: int) -> Any:
    if number < 0:
        raise ValueError(f"「{number}」は負の数です。0以上で書いてください。")
    if number > most:
        raise ValueError(f"「{number}」は大きすぎます。")
    return number


def _share(millionths: int) -> int:
    if millionths < 0:
        raise ValueError("割合が0%より小さくなっています。")
    if millionths > 100 * ONE_PERCENT:
        raise ValueError("割合が100%を超えています。")
    return millionths
