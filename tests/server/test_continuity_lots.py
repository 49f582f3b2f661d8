"""Lots drawn from a stream: never more than asked for, never one twice, and none likelier than another."""

from __future__ import annotations

import random
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mitasu.server.continuity.lots import Lot


def drawn(passing: int, most: int, seed: int) -> list[int]:
    lot: Lot[int] = Lot(most, random.Random(seed))  # noqa: S311 - repeatable
    for one in range(passing):
        lot.add(one)
    return lot.drawn


@given(st.integers(0, 600), st.integers(1, 50), st.integers(0, 2**32))
def test_as_many_as_asked_for_are_drawn_or_all_where_they_are_fewer_and_none_twice(
    passing: int, most: int, seed: int
) -> None:
    found = drawn(passing, most, seed)
    assert len(found) == len(set(found)) == min(most, passing)
    assert set(found) <= set(range(passing))


def test_early_and_late_ones_are_drawn_equally_often() -> None:
    counts = Counter(one for seed in range(4_000) for one in drawn(40, 10, seed))
    assert len(counts) == 40
    # each is drawn 1,000 times in the mean; 27.4 is one standard deviation of 4,000 chances of a quarter
    assert all(abs(counts[one] - 1_000) < 5 * 27.4 for one in range(40))
    halves = sum(counts[one] for one in range(20)), sum(counts[one] for one in range(20, 40))
    assert abs(halves[0] - halves[1]) < 1_000


def test_pairs_are_drawn_as_often_as_chance_has_it() -> None:
    together = Counter(tuple(sorted(drawn(6, 2, seed))) for seed in range(6_000))
    assert len(together) == 15
    assert all(abs(count - 400) < 5 * 19.4 for count in together.values())
