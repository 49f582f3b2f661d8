"""Garbage is collected rarely while claim files are read, and as before once the last of them is."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from mitasu.claims.garbage import RARELY, rarely_collected
from mitasu.claims.reading import open_claims


@pytest.fixture(autouse=True)
def usual() -> Iterator[None]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def test_the_threshold_is_higher_while_a_file_is_read_and_as_before_afterwards(month_file: Path) -> None:
    with open_claims(month_file) as claims:
        seen = {gc.get_threshold() for _ in claims.receipts()}
    assert seen == {(RARELY, 10, 10)}
    assert gc.get_threshold() == (700, 10, 10)
    assert gc.isenabled()


def test_a_reading_that_is_left_early_gives_the_threshold_back(month_file: Path) -> None:
    with open_claims(month_file) as claims:
        receipts = claims.receipts()
        next(receipts)
        assert gc.get_threshold() == (RARELY, 10, 10)
        del receipts
        assert gc.get_threshold() == (700, 10, 10)


def test_of_several_readings_the_last_to_end_gives_it_back(month_file: Path) -> None:
    with open_claims(month_file) as one, open_claims(month_file) as other:
        first, second = one.receipts(), other.receipts()
        next(first)
        next(second)
        assert sum(1 for _ in first) > 0
        assert gc.get_threshold() == (RARELY, 10, 10)
        assert sum(1 for _ in second) > 0
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("threshold", [(0, 10, 10), (RARELY + 1, 5, 5)])
def test_a_threshold_that_is_off_or_higher_is_left_alone(threshold: tuple[int, int, int]) -> None:
    gc.set_threshold(*threshold)
    with rarely_collected():
        assert gc.get_threshold() == threshold
    assert gc.get_threshold() == threshold


def test_a_threshold_set_meanwhile_stays() -> None:
    with rarely_collected():
        gc.set_threshold(1_000, 7, 7)
    assert gc.get_threshold() == (1_000, 7, 7)
    with rarely_collected():
        assert gc.get_threshold() == (RARELY, 7, 7)
    assert gc.get_threshold() == (1_000, 7, 7)


def test_an_error_gives_it_back() -> None:
    with pytest.raises(OSError, match="gone"), rarely_collected():
        raise OSError("gone")
    assert gc.get_threshold() == (700, 10, 10)
