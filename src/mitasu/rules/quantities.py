"""Numbers that decide: whole numbers only.

Numbers with decimals are kept as whole ten-thousandths, percent as whole millionths ("45 %" is 450,000),
exactly as reported, because binary fractions make 0.57 x 100 less than 57. More than four decimals are
refused rather than rounded.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation

from mitasu.text import halfwidth

ONE_PERCENT = 10_000
_PERCENT = re.compile(r"([-+]?[0-9]+(?:\.[0-9]+)?)\s*%")
_EXACT = Context(traps=[InvalidOperation, Inexact])  # refuses where it would round


def percent(value: object) -> int:
    """Millionths from "45%", 45, 45.0 or Decimal("44.9"); ValueError in Japanese otherwise.

    >>> percent("45%"), percent(Decimal("44.9"))
    (450000, 449000)
    >>> percent(12.34567)
    Traceback (most recent call last):
    ...
    ValueError: 「12.34567」は小数点以下が4桁を超えています。
    """
    if isinstance(value, str) and (match := _PERCENT.fullmatch(halfwidth(value))):
        value = match[1]
    if isinstance(value, bool):
        raise ValueError(f"「{str(value).lower()}」は％の数ではありません。")
    return _scaled(value, "％の数")


def decimal(value: object) -> int:
    """Whole ten-thousandths from a number with up to four decimals; ValueError in Japanese otherwise.

    >>> decimal("1.4"), decimal(2)
    (14000, 20000)
    """
    if isinstance(value, bool):
        raise ValueError(f"「{str(value).lower()}」は数ではありません。")
    return _scaled(value, "数")


def decimal_text(scaled: int) -> str:
    """A number as people write it.

    >>> decimal_text(14000), decimal_text(20000)
    ('1.4', '2.0')
    """
    return percent_text(scaled).removesuffix("%")


def _scaled(value: object, what: str) -> int:
    try:
        exact = _EXACT.multiply(_EXACT.create_decimal(halfwidth(str(value))), Decimal(ONE_PERCENT))
    except ArithmeticError:
        raise ValueError(f"「{value}」は{what}ではありません。") from None
    if not exact.is_finite():
        raise ValueError(f"「{value}」は数ではありません。分からない値は書かないでください。")
    if exact != exact.to_integral_value():
        raise ValueError(f"「{value}」は小数点以下が4桁を超えています。")
    return int(exact)


def percent_text(millionths: int) -> str:
    """Percent as people write them.

    >>> percent_text(449000), percent_text(300000), percent_text(123456)
    ('44.9%', '30.0%', '12.3456%')
    """
    whole, rest = divmod(abs(millionths), ONE_PERCENT)
    digits = f"{rest:04d}".rstrip("0") or "0"
    return f"{'-' if millionths < 0 else ''}{whole}.{digits}%"
