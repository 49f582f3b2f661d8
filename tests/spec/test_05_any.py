"""いずれか（any）

並べた条件のどれか一つでよい。「次のいずれかを満たすこと」と告示が書くところに使う。
判定は部分のうちいちばん良いもので、一つ満たせば、ほかが不明でも満たす。満たすものがなく不明が残れば、不明である。
対象外の部分は選択肢から抜ける。全部が対象外なら全体も対象外になる。部分が一つもなければ、満たす道がないので満たさない。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.nodes import Any_, Deemed, Fact

NODES = (Any_,)

PAIRS = Table(
    "二つの部分のいずれか。",
    {"いずれか": "{any: [a, b]}"},
    """
    | a       | b       | いずれか |
    | met     | met     | met      |
    | met     | deemed  | met      |
    | met     | unknown | met      |
    | met     | unmet   | met      |
    | met     | n/a     | met      |
    | deemed  | deemed  | deemed   |
    | deemed  | unknown | deemed   |
    | deemed  | unmet   | deemed   |
    | deemed  | n/a     | deemed   |
    | unknown | unknown | unknown  |
    | unknown | unmet   | unknown  |
    | unknown | n/a     | unknown  |
    | unmet   | unmet   | unmet    |
    | unmet   | n/a     | unmet    |
    | n/a     | n/a     | n/a      |
    """,
    symmetric=True,
)

ONE = Table(
    "部分が一つなら、その判定のまま。",
    {"いずれか": "{any: [a]}"},
    """
    | a       | いずれか |
    | met     | met      |
    | deemed  | deemed   |
    | unknown | unknown  |
    | unmet   | unmet    |
    | n/a     | n/a      |
    """,
)

EMPTY = Table(
    "部分が一つもない。基準の値がない比較も、これと同じ扱いになる。",
    {"いずれか": Any_(())},
    """
    | いずれか |
    | unmet    |
    """,
)

LAST_DAYS = Table(
    "経過措置の最終日は、使える措置のうち長く続くものの日。終わりのない措置があれば日はない。",
    {
        "日が二つ": Any_(
            (
                Deemed(Fact("posted"), None, date(2025, 3, 31)),
                Deemed(Fact("on_website"), None, date(2025, 9, 30)),
            )
        ),
        "一つは当面": Any_(
            (Deemed(Fact("posted"), None, date(2025, 3, 31)), Deemed(Fact("on_website"), None, None))
        ),
    },
    """
    | posted | on_website | 日が二つ          | 一つは当面 |
    | true   | false      | met               | met        |
    | false  | false      | deemed 2025-09-30 | deemed     |
    | ?      | ?          | deemed 2025-09-30 | deemed     |
    """,
    shown="""
any:
  - 院内掲示。なくても2025-03-31までは満たすものとみなす
  - ウェブサイト掲載。なくても2025-09-30まで（または当面の間）満たすものとみなす
""",
)

TABLES = (PAIRS, ONE, EMPTY, LAST_DAYS)


def test_any_is_the_best_of_the_parts_that_apply() -> None:
    PAIRS.check()


def test_any_of_one_part_is_the_part() -> None:
    ONE.check()


def test_an_empty_any_is_unmet() -> None:
    EMPTY.check()


def test_any_is_deemed_until_the_last_measure_ends() -> None:
    LAST_DAYS.check()
