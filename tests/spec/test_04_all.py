"""すべて（all・いずれも）

並べた条件のすべてを求める。施設基準のほとんどはこの形である。
判定は部分のうちいちばん悪いもので、悪い順に「満たさない」「不明」「経過措置」「満たす」と並ぶ。一つでも満たさなければ、ほかが不明でも満たさない。
対象外の部分は抜けて、残りで決まる。全部が対象外なら全体も対象外になる。部分が一つもなければ、妨げるものがないので満たす。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.nodes import All, Deemed, Fact

NODES = (All,)

PAIRS = Table(
    "二つの部分のすべて。",
    {"すべて": "{all: [a, b]}"},
    """
    | a       | b       | すべて  |
    | met     | met     | met     |
    | met     | deemed  | deemed  |
    | met     | unknown | unknown |
    | met     | unmet   | unmet   |
    | met     | n/a     | met     |
    | deemed  | deemed  | deemed  |
    | deemed  | unknown | unknown |
    | deemed  | unmet   | unmet   |
    | deemed  | n/a     | deemed  |
    | unknown | unknown | unknown |
    | unknown | unmet   | unmet   |
    | unknown | n/a     | unknown |
    | unmet   | unmet   | unmet   |
    | unmet   | n/a     | unmet   |
    | n/a     | n/a     | n/a     |
    """,
    symmetric=True,
)

ONE = Table(
    "部分が一つなら、その判定のまま。",
    {"すべて": "{all: [a]}"},
    """
    | a       | すべて  |
    | met     | met     |
    | deemed  | deemed  |
    | unknown | unknown |
    | unmet   | unmet   |
    | n/a     | n/a     |
    """,
)

EMPTY = Table(
    "部分が一つもない（要件のない区分など）。",
    {"すべて": All(())},
    """
    | すべて |
    | met    |
    """,
)

NESTED_EMPTY = Table(
    "空の「すべて」は、ほかの部分を変えない。",
    {"すべて": All((All(()), Fact("posted")))},
    """
    | posted | すべて  |
    | true   | met     |
    | false  | unmet   |
    | ?      | unknown |
    """,
)


def _measured(id_: str, until: date | None) -> Deemed:
    return Deemed(Fact(id_), None, until)


LAST_DAYS = Table(
    "経過措置の最終日は、支えている措置のうち早く終わるものの日。終わりのない措置は日を縮めない。",
    {
        "日が二つ": All((_measured("posted", date(2025, 3, 31)), _measured("on_website", date(2025, 9, 30)))),
        "一つは当面": All((_measured("posted", date(2025, 3, 31)), _measured("on_website", None))),
    },
    """
    | posted | on_website | 日が二つ          | 一つは当面        |
    | true   | true       | met               | met               |
    | false  | true       | deemed 2025-03-31 | deemed 2025-03-31 |
    | true   | false      | deemed 2025-09-30 | deemed            |
    | false  | false      | deemed 2025-03-31 | deemed 2025-03-31 |
    """,
    shown="""
all:
  - 院内掲示。なくても2025-03-31までは満たすものとみなす
  - ウェブサイト掲載。なくても2025-09-30まで（または当面の間）満たすものとみなす
""",
)

TABLES = (PAIRS, ONE, EMPTY, NESTED_EMPTY, LAST_DAYS)


def test_all_is_the_worst_of_the_parts_that_apply() -> None:
    PAIRS.check()


def test_all_of_one_part_is_the_part() -> None:
    ONE.check()


def test_an_empty_all_is_met() -> None:
    EMPTY.check()


def test_an_empty_all_inside_another_changes_nothing() -> None:
    NESTED_EMPTY.check()


def test_all_is_deemed_until_the_first_measure_ends() -> None:
    LAST_DAYS.check()
