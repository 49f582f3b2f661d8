"""Drawing by chance from a stream whose length nobody knows, without asking chance for each that passes by.

Li's algorithm L ("Reservoir-sampling algorithms of time complexity O(n(1 + log(N/n)))", ACM TOMS 20(4), 1994): how
many pass until the next one is taken is drawn at once, so that among a million files chance is asked some
thousands of times.
"""

from __future__ import annotations

import random
from math import exp, floor, log, log1p
from typing import Generic, TypeVar

T = TypeVar("T")


class Lot(Generic[T]):
    """`most` of those added, each subset of that size being as likely as any other (all of them where they are fewer)."""

    def __init__(self, most: int, chance: random.Random) -> None:
        self.drawn: list[T] = []
        self._most, self._chance = most, chance
        self._weight, self._wait = 1.0, 0

    def add(self, one: T) -> None:
        """Lets one pass by; it is taken or not."""
        if len(self.drawn) < self._most:
            self.drawn.append(one)
            if len(self.drawn) == self._most:
                self._next()
        elif self._wait:
            self._wait -= 1
        else:
            self.drawn[self._chance.randrange(self._most)] = one
            self._next()

    def _next(self) -> None:
        self._weight *= exp(log(self._positive()) / self._most)
        full = self._weight >= 1  # what a float makes of a chance just below certainty
        self._wait = 0 if full else floor(log(self._positive()) / log1p(-self._weight))

    def _positive(self) -> float:
        return 1 - self._chance.random()  # never zero, which has no logarithm
