"""Percent and numbers with decimals as whole numbers, exactly as reported."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mitasu.rules.quantities import ONE_PERCENT, decimal, decimal_text, percent, percent_text


@pytest.mark.parametrize(
    ("value", "millionths"),
    [
        ("45%", 450_000),
        ("45 %", 450_000),
        (" 45% ", 450_000),
        ("４５％", 450_000),
        ("４４．９％", 449_000),
        ("４４．９", 449_000),
        ("+45%", 450_000),
        ("-5%", -50_000),
        ("44.9%", 449_000),
        ("44.9000%", 449_000),
        ("0.0001%", 1),
        ("100%", 1_000_000),
        (45, 450_000),
        (45.0, 450_000),
        (44.9, 449_000),
        (0.57, 5_700),
        (Decimal("44.9"), 449_000),
        (Decimal("29.9999"), 299_999),
        (0, 0),
    ],
)
def test_a_percent_is_kept_exactly(value: object, millionths: int) -> None:
    assert percent(value) == millionths


def test_a_percent_that_binary_fractions_would_miss_is_exact() -> None:
    assert all(percent(number / 100) == number * ONE_PERCENT // 100 for number in range(10_001))


@pytest.mark.parametrize("value", ["12.34567%", 12.34567, Decimal("0.00001"), "0.00001%"])
def test_more_than_four_decimals_are_refused_rather_than_rounded(value: object) -> None:
    with pytest.raises(ValueError, match="小数点以下が4桁を超えています"):
        percent(value)


@pytest.mark.parametrize(
    "value", ["", "%", "半分", "45%%", "4 5%", "1_0", None, [], "sNaN", "1e999999", "44." + "9" * 40 + "%"]
)
def test_what_is_no_number_is_no_percent(value: object) -> None:
    with pytest.raises(ValueError, match="％の数ではありません"):
        percent(value)


@pytest.mark.parametrize("value", [True, False])
def test_true_and_false_are_no_numbers(value: bool) -> None:
    with pytest.raises(ValueError, match=f"「{str(value).lower()}」は％の数ではありません"):
        percent(value)
    with pytest.raises(ValueError, match=f"「{str(value).lower()}」は数ではありません"):
        decimal(value)


@pytest.mark.parametrize("value", ["NaN", "nan", float("nan"), float("inf"), "-Infinity", Decimal("NaN")])
def test_nan_and_infinity_are_refused(value: object) -> None:
    for read in (percent, decimal):
        with pytest.raises(ValueError, match="数ではありません。分からない値は書かないでください"):
            read(value)


@pytest.mark.parametrize(
    ("value", "scaled"),
    [("1.4", 14_000), (2, 20_000), (1.4, 14_000), ("１．４", 14_000), ("-0.0001", -1), (0, 0)],
)
def test_a_number_with_decimals_is_kept_exactly(value: object, scaled: int) -> None:
    assert decimal(value) == scaled


@pytest.mark.parametrize("value", ["1.4%", "", None, "一"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="数ではありません"):
        decimal(value)


@pytest.mark.parametrize(
    ("millionths", "text"),
    [
        (449_000, "44.9%"),
        (300_000, "30.0%"),
        (123_456, "12.3456%"),
        (1, "0.0001%"),
        (0, "0.0%"),
        (-1, "-0.0001%"),
        (-50_000, "-5.0%"),
        (1_000_000, "100.0%"),
    ],
)
def test_a_percent_is_written_as_people_write_it(millionths: int, text: str) -> None:
    assert percent_text(millionths) == text


@given(st.integers(-(10**12), 10**12))
def test_what_is_written_is_read_back(scaled: int) -> None:
    assert percent(percent_text(scaled)) == scaled
    assert decimal(decimal_text(scaled)) == scaled
