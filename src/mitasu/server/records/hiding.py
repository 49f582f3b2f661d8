"""Which counts of a published table are hidden: the small ones, and as few others as keep those from being worked out.

A count from 1 to 9 is hidden wherever it stands, as a total too. So that it does not follow from its row or column,
further counts are hidden with it, the smallest first and totals last, until (1) there is another table with the
same published numbers in which that count differs (an exact test: a cycle of changes through the table), (2) what
is hidden in a line whose total is shown comes to at least ten together, and (3) the same holds against the tables
with fewer ICD digits published beside it, whose counts are the sums of these.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

SMALL = 10
FEW = 50
"""So many rows are tried for the shortest way before all are."""
TOTAL = ""
"""The row and the column of totals."""
Place = tuple[str, str]
Coarse = Mapping[Place, int | None]


def with_totals(cells: Mapping[Place, int]) -> dict[Place, int]:
    """Counts by code and column with the totals of rows, columns and all, without zeros.

    >>> with_totals({("C34", "男"): 2, ("C34", "女"): 3})["C34", TOTAL]
    5
    """
    full: defaultdict[Place, int] = defaultdict(int)
    for (code, column), number in cells.items():
        if number:
            for place in ((code, column), (code, TOTAL), (TOTAL, column), (TOTAL, TOTAL)):
                full[place] += number
    return dict(full)


def hidden(cells: Mapping[Place, int], digits: int = 3, least: int = 3) -> set[Place]:
    """The places to hide of a table by codes of at most so many digits, totals among them.

    The tables with fewer digits, down to `least`, are taken as published by the same rule.
    """
    full = with_totals(cells)
    coarse: dict[Place, int | None] = {}
    if digits > least:
        shorter: defaultdict[Place, int] = defaultdict(int)
        for (code, column), number in cells.items():
            shorter[_parent(code, digits), column] += number
        away = hidden(shorter, digits - 1, least)
        coarse = {place: None if place in away else number for place, number in with_totals(shorter).items()}
    return _Hiding(full, coarse, digits).done()


def _parent(code: str, digits: int) -> str:
    return code[: digits - 1] if code.isascii() else code


class _Hiding:
    """Hides place after place until nothing small can be worked out."""

    def __init__(self, full: dict[Place, int], coarse: Coarse, digits: int) -> None:
        self.full = full
        self.small = [place for place, number in full.items() if number < SMALL]
        self.hidden = set(self.small)
        self.lines: list[tuple[list[Place], int | Place | None]] = []
        rows, columns = defaultdict(list), defaultdict(list)
        families: defaultdict[Place, list[Place]] = defaultdict(list)
        for place in full:
            code, column = place
            if column != TOTAL:
                rows[code].append(place)
            if code != TOTAL:
                columns[column].append(place)
                families[_parent(code, digits), column].append(place)
        self.by_row, self.by_column = rows, columns
        self.out: defaultdict[str, set[str]] = defaultdict(set)
        self.back: defaultdict[str, set[str]] = defaultdict(set)
        self.lines += [(places, (code, TOTAL)) for code, places in rows.items()]
        self.lines += [(places, (TOTAL, column)) for column, places in columns.items()]
        known = [(places, coarse[whole]) for whole, places in families.items() if whole in coarse]
        self.lines += known
        self.fixed = {places[0] for places, number in known if len(places) == 1 and number is not None}
        self.fixed |= {place for place, number in coarse.items() if place[0] == TOTAL and number is not None}
        """What is known from elsewhere: to hide it here hides nothing."""

    def done(self) -> set[Place]:
        """The places to hide."""
        more = True
        while more:
            told = sum(self._line(places, total) for places, total in self.lines)
            more = bool(told) or self._by_cycles()
        return self.hidden

    def _line(self, places: list[Place], total: int | Place | None) -> bool:
        """Hides one more in a line that tells too much; whether it did."""
        away = [place for place in places if place in self.hidden]
        shown = total not in self.hidden if isinstance(total, tuple) else total is not None
        if shown:
            lacks = bool(away) and (len(away) < 2 or sum(self.full[one] for one in away) < SMALL)
        else:
            lacks = not away
        if not lacks:
            return False
        if self._hide(places):
            return True
        return isinstance(total, tuple) and shown and self._hide([total])

    def _hide(self, places: Iterable[Place]) -> bool:
        """Hides the smallest of these that may be hidden, totals last; whether there was one."""
        free = [one for one in places if one not in self.hidden and one not in self.fixed]
        if free:
            self.hidden.add(min(free, key=lambda one: (TOTAL in one, self.full[one], one)))
        return bool(free)

    def _by_cycles(self) -> bool:
        """Hides one more beside each small count that follows from all the rest together; whether it did."""
        did = False
        self.out, self.back = defaultdict(set), defaultdict(set)
        for place in self.hidden:
            (self.out if self._allowed(place, True) else self.back)[place[1]].add(place[0])
            if self.full[place] > 1:
                self.out[place[1]].add(place[0])
                self.back[place[1]].add(place[0])
        for place in self.small:
            if not self._in_a_square(place) and not self._may_differ(place):
                code, column = place
                nearby = [*self.by_row[code], *self.by_column[column], (code, TOTAL), (TOTAL, column)]
                did |= self._hide(one for one in nearby if one in self.full) or self._hide(self.full)
        return did

    def _may_differ(self, place: Place) -> bool:
        """Whether another table has the same published numbers and another count here."""
        return any(self._path(place, up) for up in (True, False) if up or self.full[place] > 1)

    def _path(self, place: Place, up: bool) -> bool:
        """Whether a change of one here can be balanced by changes of hidden counts that stay at one or more.

        The table with its totals is a net between rows and columns. A change of a count (of a total: the other
        way round) is a step from its row to its column where it grows, and back where it shrinks.
        """
        grows = up != self._turned(place)
        start, end = (("c", place[1]), ("r", place[0])) if grows else (("r", place[0]), ("c", place[1]))
        seen, waiting = {start}, deque([start])
        while waiting:
            for following in self._steps(waiting.popleft(), place):
                if following == end:
                    return True
                if following not in seen:
                    seen.add(following)
                    waiting.append(following)
        return False

    def _in_a_square(self, place: Place) -> bool:
        """Whether the shortest of cycles, which nearly always is there, lets a count grow or shrink."""
        row, column = place
        for steps, others in ((self.out, self.back), (self.back, self.out)):
            if row not in steps[column]:
                continue
            rows = list(islice(others[column], FEW))
            for _, second in (*self.by_row[row], (row, TOTAL)):
                if second == column or row not in others[second]:
                    continue
                if any(one != row and one in steps[second] for one in rows):
                    return True
        return False

    def _allowed(self, place: Place, forward: bool) -> bool:
        """Whether there is a step from row to column (`forward`), or back, by a hidden count."""
        return self.full[place] > 1 or forward != self._turned(place)

    def _turned(self, place: Place) -> bool:
        return (place[0] == TOTAL) != (place[1] == TOTAL)

    def _steps(self, at: tuple[str, str], without: Place) -> Iterator[tuple[str, str]]:
        side, name = at
        if side == "r":
            places = [*self.by_row[name], (name, TOTAL)]
        else:
            places = [*self.by_column[name], (TOTAL, name)]
        for place in places:
            if place in self.hidden and place != without and self._allowed(place, side == "r"):
                yield ("c", place[1]) if side == "r" else ("r", place[0])
