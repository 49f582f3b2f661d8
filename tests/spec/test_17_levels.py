"""区分の決め方（確実な区分と、あり得る区分）

区分は良い順に並べ、求めることがそろう最初のものを取る。区分の判定が「満たす」「経過措置」「対象外」（求めることがない）なら、そろっている。
不明を満たさないとみなして取った区分が「確実な区分」、満たすとみなして取った区分が「あり得る区分」である。二つが同じなら、不明の事実は答えを変えない。
施設は「少なくとも加算3、うまくいけば加算1」と知ることができ、全国の集計では下限と上限になる。
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl
from tables import VERDICTS, Table

from mitasu.rules.columns import first_level

NODES = ()


@dataclass(frozen=True)
class Levels(Table):
    """A table of level verdicts, best first, and the levels that come out of them."""

    def check(self) -> None:
        rows = list(self.rows())
        names = [head for head in self.heads if head not in ("確実", "あり得る")]
        frame = pl.DataFrame({name: [int(VERDICTS[row[name]]) for row in rows] for name in names})
        levels = [(index, pl.col(name)) for index, name in enumerate(names)]
        found = frame.select(
            first_level(levels, counting_unknown=False).alias("確実"),
            first_level(levels, counting_unknown=True).alias("あり得る"),
        )
        for row, certain, possible in zip(rows, found["確実"], found["あり得る"], strict=True):
            told = ["なし" if index is None else names[index] for index in (certain, possible)]
            assert told == [row["確実"], row["あり得る"]], row


ONE = Levels(
    "区分が一つの加算。",
    {},
    """
    | 加算    | 確実 | あり得る |
    | met     | 加算 | 加算     |
    | deemed  | 加算 | 加算     |
    | n/a     | 加算 | 加算     |
    | unknown | なし | 加算     |
    | unmet   | なし | なし     |
    """,
)

TWO = Levels(
    "区分が二つの加算。",
    {},
    """
    | 加算1   | 加算2   | 確実  | あり得る |
    | met     | unmet   | 加算1 | 加算1    |
    | deemed  | met     | 加算1 | 加算1    |
    | unknown | met     | 加算2 | 加算1    |
    | unknown | unknown | なし  | 加算1    |
    | unknown | unmet   | なし  | 加算1    |
    | unmet   | met     | 加算2 | 加算2    |
    | unmet   | unknown | なし  | 加算2    |
    | unmet   | unmet   | なし  | なし     |
    """,
)

TABLES = (ONE, TWO)


def test_a_single_level_holds_certainly_possibly_or_not() -> None:
    ONE.check()


def test_of_two_levels_the_first_that_holds_is_taken() -> None:
    TWO.check()


def test_without_levels_there_is_none() -> None:
    assert pl.select(first_level([], counting_unknown=True)).item() is None
