"""場合（when・〜の場合に限る）

ある場合に限って条件を求める。自院のウェブサイトがある施設だけに掲載を求める、病床200床以上の病院だけに基準を課す、というところに使う。
場合に当たらなければ対象外で、条件は抜ける。
場合に当たるかどうかが不明でも、条件を満たしていれば「満たす」と答える。当たっても当たらなくても妨げにならないからである。満たしていなければ、当たるかどうかで決まるので不明である。
この答え方は「すべて」の中で正しい。「いずれか」の選択肢や否定の中では、when ではなく「すべて」で場合と条件を並べて書く。抜けた選択肢は支えにならないからである。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.nodes import Deemed, Fact, When

NODES = (When,)

TRUTH = Table(
    "場合 a と、そのときに求める条件 b。",
    {"場合に限り": "{when: a, need: b}"},
    """
    | a       | b       | 場合に限り |
    | met     | met     | met        |
    | met     | deemed  | deemed     |
    | met     | unknown | unknown    |
    | met     | unmet   | unmet      |
    | met     | n/a     | n/a        |
    | deemed  | met     | met        |
    | deemed  | deemed  | deemed     |
    | deemed  | unknown | unknown    |
    | deemed  | unmet   | unmet      |
    | deemed  | n/a     | n/a        |
    | unknown | met     | met        |
    | unknown | deemed  | deemed     |
    | unknown | unknown | unknown    |
    | unknown | unmet   | unknown    |
    | unknown | n/a     | n/a        |
    | unmet   | met     | n/a        |
    | unmet   | deemed  | n/a        |
    | unmet   | unknown | n/a        |
    | unmet   | unmet   | n/a        |
    | unmet   | n/a     | n/a        |
    | n/a     | met     | n/a        |
    | n/a     | deemed  | n/a        |
    | n/a     | unknown | n/a        |
    | n/a     | unmet   | n/a        |
    | n/a     | n/a     | n/a        |
    """,
)

WEBSITE = Table(
    "「すべて」の中では、当たらない場合は抜ける。",
    {"掲示と掲載": "{all: [{fact: posted}, {when: {fact: own_website}, need: {fact: on_website}}]}"},
    """
    | posted | own_website | on_website | 掲示と掲載 |
    | true   | true        | true       | met        |
    | true   | true        | false      | unmet      |
    | true   | true        | ?          | unknown    |
    | true   | false       | false      | met        |
    | true   | false       | ?          | met        |
    | true   | ?           | true       | met        |
    | true   | ?           | false      | unknown    |
    | true   | ?           | ?          | unknown    |
    | false  | ?           | ?          | unmet      |
    """,
)

CHOICE = Table(
    "「いずれか」の選択肢としての場合は、「すべて」で並べて書く。",
    {"どちらか": "{any: [{fact: posted}, {all: [{fact: own_website}, {fact: on_website}]}]}"},
    """
    | posted | own_website | on_website | どちらか |
    | false  | true        | true       | met      |
    | false  | ?           | true       | unknown  |
    | false  | false       | true       | unmet    |
    | true   | ?           | ?          | met      |
    """,
)

LAST_DAY = Table(
    "経過措置の最終日は、求める条件の日。",
    {"場合に限り": When(Fact("own_website"), Deemed(Fact("on_website"), None, date(2025, 5, 31)))},
    """
    | own_website | on_website | 場合に限り        |
    | true        | true       | met               |
    | true        | false      | deemed 2025-05-31 |
    | ?           | false      | deemed 2025-05-31 |
    | false       | false      | n/a               |
    """,
    shown="""
applies_when: {fact: own_website}
need: {fact: on_website}
deemed: [{until: 2025-05-31}]
""",
)

TABLES = (TRUTH, WEBSITE, CHOICE, LAST_DAY)


def test_the_part_is_asked_only_where_the_condition_is_met() -> None:
    TRUTH.check()


def test_within_all_a_part_that_does_not_apply_drops_out() -> None:
    WEBSITE.check()


def test_a_branch_of_any_names_its_condition_beside_what_it_needs() -> None:
    CHOICE.check()


def test_the_last_day_is_that_of_the_part() -> None:
    LAST_DAY.check()
