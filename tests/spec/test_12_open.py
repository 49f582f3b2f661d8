"""未決の問い（open）

制度の文面からは決まらず、地方厚生局などに確かめるほかない事柄である。機械は決めず、いつも不明と答えて問いを示す。
ほかの条件だけで答えが決まるときは、問いは妨げにならない。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import Open

NODES = (Open,)

ALONE = Table(
    "いつも不明。否定しても不明。",
    {"問い": "{open: q}", "問いでない": "{not: {open: q}}"},
    """
    | 問い    | 問いでない |
    | unknown | unknown    |
    """,
)

BESIDE = Table(
    "ほかの条件との組み合わせ。",
    {
        "すべて": "{all: [{fact: posted}, {open: q}]}",
        "いずれか": "{any: [{fact: posted}, {open: q}]}",
        "場合に限り": "{when: {not: {fact: posted}}, need: {open: q}}",
    },
    """
    | posted | すべて  | いずれか | 場合に限り |
    | true   | unknown | met      | n/a        |
    | false  | unmet   | unknown  | unknown    |
    | ?      | unknown | unknown  | unknown    |
    """,
)

TABLES = (ALONE, BESIDE)


def test_an_open_question_is_always_unknown() -> None:
    ALONE.check()


def test_an_open_question_is_no_hindrance_where_the_rest_decides() -> None:
    BESIDE.check()
