"""確定待ちの値（later）

前の月の集計のように、ある日が過ぎなければ分からない値がある。それまでは不明だが、施設に尋ねても答えは出ないので、分かる日を示して待つ。
不明が確定待ちのものだけなら、答えが決まる日（いちばん遅い日）を示す。ほかに不明の事実があれば、待つだけでは決まらないので日は示さない。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import AtLeast, Deemed, Equals, Fact, When

NODES = (Fact, AtLeast, Equals)

ALONE = Table(
    "確定待ちの値は、どの比較でも不明。",
    {
        "はい": "{fact: posted}",
        "いいえ": "{not: {fact: posted}}",
        "30％以上": '{fact: rate, at_least: "30%"}',
        "毎日": "{fact: backup, equals: daily}",
    },
    """
    | posted           | rate             | backup           | はい               | いいえ             | 30％以上           | 毎日               |
    | later 2025-05-15 | later 2025-05-16 | later 2025-05-17 | unknown 2025-05-15 | unknown 2025-05-15 | unknown 2025-05-16 | unknown 2025-05-17 |
    | true             | 30%              | daily            | met                | unmet              | met                | met                |
    """,
)

COMBINED = Table(
    "二つの条件の組み合わせ。",
    {
        "すべて": "{all: [{fact: posted}, {fact: on_website}]}",
        "いずれか": "{any: [{fact: posted}, {fact: on_website}]}",
        "二つ以上": "{at_least_n_of: 2, parts: [{fact: posted}, {fact: on_website}]}",
        "場合に限り": "{when: {fact: posted}, need: {fact: on_website}}",
    },
    """
    | posted           | on_website       | すべて             | いずれか           | 二つ以上           | 場合に限り         |
    | later 2025-05-15 | later 2025-06-15 | unknown 2025-06-15 | unknown 2025-06-15 | unknown 2025-06-15 | unknown 2025-06-15 |
    | later 2025-05-15 | true             | unknown 2025-05-15 | met                | unknown 2025-05-15 | met                |
    | later 2025-05-15 | false            | unmet              | unknown 2025-05-15 | unmet              | unknown 2025-05-15 |
    | later 2025-05-15 | ?                | unknown            | unknown            | unknown            | unknown            |
    | ?                | later 2025-05-15 | unknown            | unknown            | unknown            | unknown            |
    | true             | later 2025-05-15 | unknown 2025-05-15 | met                | unknown 2025-05-15 | unknown 2025-05-15 |
    | false            | later 2025-05-15 | unmet              | unknown 2025-05-15 | unmet              | n/a                |
    """,
)

MEASURED = Table(
    "経過措置との組み合わせ。対象かどうかが決まれば、確定を待たずに答えられる。",
    {
        "措置あり": Deemed(Fact("posted"), Fact("own_website"), None),
        "場合と措置": When(Fact("on_website"), Deemed(Fact("posted"), Fact("own_website"), None)),
    },
    """
    | posted           | own_website      | on_website       | 措置あり           | 場合と措置         |
    | later 2025-05-15 | true             | true             | deemed             | deemed             |
    | later 2025-05-15 | false            | true             | unknown 2025-05-15 | unknown 2025-05-15 |
    | later 2025-05-15 | later 2025-06-15 | true             | unknown 2025-06-15 | unknown 2025-06-15 |
    | later 2025-05-15 | ?                | true             | unknown            | unknown            |
    | false            | later 2025-06-15 | later 2025-07-15 | unknown 2025-06-15 | unknown 2025-07-15 |
    | true             | later 2025-06-15 | later 2025-07-15 | met                | met                |
    | ?                | false            | later 2025-07-15 | unknown            | unknown            |
    """,
    shown="""
applies_when: {fact: on_website}   # 「場合と措置」だけ
need: {fact: posted}
deemed: [{until: null, if: {fact: own_website}}]
""",
)

TABLES = (ALONE, COMBINED, MEASURED)


def test_a_pending_value_is_unknown_until_its_day() -> None:
    ALONE.check()


def test_a_condition_is_pending_only_where_nothing_else_is_unknown() -> None:
    COMBINED.check()


def test_a_measure_is_pending_only_where_nothing_else_is_unknown() -> None:
    MEASURED.check()
