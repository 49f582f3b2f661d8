"""Whole-file numbers by columns are those of the reader, record by record."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from claim_lines import DENTAL, PHARMACY, Put, read

from mitasu.claims import statistics as columns
from mitasu.claims.generate import Profile, write_month
from mitasu.claims.statistics import statistics


def same(path: Path) -> None:
    found, other = statistics(path), read(path)
    totals = other.file.totals
    assert dict(found.records) == totals.records
    assert dict(found.months) == totals.months
    assert (found.receipts[True], found.receipts[False]) == (totals.inpatient, totals.outpatient)
    assert sum(found.points.values()) == totals.points
    assert found.kinds == Counter(receipt.kind for receipt in other.receipts)
    assert found.departments == Counter(code for receipt in other.receipts for code in receipt.departments)
    if found.kind == "medical":
        items: dict[tuple[str, bool, str, str], tuple[int, int]] = {}
        for receipt in other.receipts:
            for item in receipt.items:
                key = receipt.month, receipt.inpatient, item.record, item.code
                lines, times = items.get(key, (0, 0))
                items[key] = lines + 1, times + (item.times or 0)
        assert found.items == items


def test_the_numbers_are_those_of_the_reader(month_file: Path) -> None:
    same(month_file)


def test_portions_do_not_change_the_numbers(month_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "PORTION", 3_000)
    same(month_file)


@pytest.mark.parametrize("lines", [DENTAL, PHARMACY])
def test_other_kinds_have_records_receipts_and_points(put: Put, lines: tuple[str, ...]) -> None:
    same(put(lines))


def test_public_funds_alone_count_once(clinic: Profile, tmp_path: Path) -> None:
    write_month(clinic, "2025-05", tmp_path / "a.UKE", 200, 3)
    assert any(kind[1] == "2" for kind in statistics(tmp_path / "a.UKE").kinds)
    same(tmp_path / "a.UKE")
