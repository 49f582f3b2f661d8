"""いくつ以上（at_least_n_of・次のうち n つ以上）

並べた条件のうち n 個以上を求める。判定は良い順に並べて n 番目のものになる。n が1なら「いずれか」と、n が部分の数と同じなら「すべて」と同じ答えになる。
対象外の部分は抜ける。残りが n 個に足りなければ満たさない。全部が対象外なら全体も対象外になる。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.nodes import AtLeastNOf, Deemed, Fact

NODES = (AtLeastNOf,)

TRIPLES = Table(
    "三つの部分のうち一つ、二つ、三つ以上。",
    {
        "一つ以上": "{at_least_n_of: 1, parts: [a, b, c]}",
        "二つ以上": "{at_least_n_of: 2, parts: [a, b, c]}",
        "三つ以上": "{at_least_n_of: 3, parts: [a, b, c]}",
    },
    """
    | a       | b       | c       | 一つ以上 | 二つ以上 | 三つ以上 |
    | met     | met     | met     | met      | met      | met      |
    | met     | met     | deemed  | met      | met      | deemed   |
    | met     | met     | unknown | met      | met      | unknown  |
    | met     | met     | unmet   | met      | met      | unmet    |
    | met     | met     | n/a     | met      | met      | unmet    |
    | met     | deemed  | deemed  | met      | deemed   | deemed   |
    | met     | deemed  | unknown | met      | deemed   | unknown  |
    | met     | deemed  | unmet   | met      | deemed   | unmet    |
    | met     | deemed  | n/a     | met      | deemed   | unmet    |
    | met     | unknown | unknown | met      | unknown  | unknown  |
    | met     | unknown | unmet   | met      | unknown  | unmet    |
    | met     | unknown | n/a     | met      | unknown  | unmet    |
    | met     | unmet   | unmet   | met      | unmet    | unmet    |
    | met     | unmet   | n/a     | met      | unmet    | unmet    |
    | met     | n/a     | n/a     | met      | unmet    | unmet    |
    | deemed  | deemed  | deemed  | deemed   | deemed   | deemed   |
    | deemed  | deemed  | unknown | deemed   | deemed   | unknown  |
    | deemed  | deemed  | unmet   | deemed   | deemed   | unmet    |
    | deemed  | deemed  | n/a     | deemed   | deemed   | unmet    |
    | deemed  | unknown | unknown | deemed   | unknown  | unknown  |
    | deemed  | unknown | unmet   | deemed   | unknown  | unmet    |
    | deemed  | unknown | n/a     | deemed   | unknown  | unmet    |
    | deemed  | unmet   | unmet   | deemed   | unmet    | unmet    |
    | deemed  | unmet   | n/a     | deemed   | unmet    | unmet    |
    | deemed  | n/a     | n/a     | deemed   | unmet    | unmet    |
    | unknown | unknown | unknown | unknown  | unknown  | unknown  |
    | unknown | unknown | unmet   | unknown  | unknown  | unmet    |
    | unknown | unknown | n/a     | unknown  | unknown  | unmet    |
    | unknown | unmet   | unmet   | unknown  | unmet    | unmet    |
    | unknown | unmet   | n/a     | unknown  | unmet    | unmet    |
    | unknown | n/a     | n/a     | unknown  | unmet    | unmet    |
    | unmet   | unmet   | unmet   | unmet    | unmet    | unmet    |
    | unmet   | unmet   | n/a     | unmet    | unmet    | unmet    |
    | unmet   | n/a     | n/a     | unmet    | unmet    | unmet    |
    | n/a     | n/a     | n/a     | n/a      | n/a      | n/a      |
    """,
    symmetric=True,
)

_PARTS = (
    Deemed(Fact("posted"), None, date(2025, 3, 31)),
    Deemed(Fact("on_website"), None, date(2025, 9, 30)),
    Fact("own_website"),
)

LAST_DAYS = Table(
    "経過措置の最終日は、n 個をそろえておける最後の日。数に余りがあれば、早く終わる措置は日を縮めない。",
    {
        "一つ以上": AtLeastNOf(1, _PARTS),
        "二つ以上": AtLeastNOf(2, _PARTS),
        "三つ以上": AtLeastNOf(3, _PARTS),
    },
    """
    | posted | on_website | own_website | 一つ以上          | 二つ以上          | 三つ以上          |
    | false  | false      | true        | met               | deemed 2025-09-30 | deemed 2025-03-31 |
    | false  | false      | false       | deemed 2025-09-30 | deemed 2025-03-31 | unmet             |
    | false  | true       | true        | met               | met               | deemed 2025-03-31 |
    | false  | false      | ?           | deemed 2025-09-30 | deemed 2025-03-31 | unknown           |
    """,
    shown="""
parts:
  - 院内掲示。なくても2025-03-31までは満たすものとみなす
  - ウェブサイト掲載。なくても2025-09-30までは満たすものとみなす
  - 自院のウェブサイト
""",
)

NONE_ASKED = Table(
    "部分がなければ、0個はそろい、1個はそろわない（ルールの読み込みでは、どちらも誤りとして断る）。",
    {"0個": AtLeastNOf(0, ()), "1個": AtLeastNOf(1, ())},
    """
    | 0個 | 1個   |
    | met | unmet |
    """,
)

TABLES = (TRIPLES, LAST_DAYS, NONE_ASKED)


def test_at_least_n_of_is_the_nth_best_of_the_parts_that_apply() -> None:
    TRIPLES.check()


def test_at_least_n_of_is_deemed_for_as_long_as_n_parts_can_be_found() -> None:
    LAST_DAYS.check()


def test_none_of_no_parts_is_met_and_one_of_no_parts_is_unmet() -> None:
    NONE_ASKED.check()
