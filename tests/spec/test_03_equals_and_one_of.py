"""一致（equals）と、いずれかの値（one_of）

事実が決まった値であること、または並べた値のどれかであることを求める。バックアップの頻度や届出の区分のように、選択肢から一つを選ぶ事実に使う。
書かれていない値は、どの値とも一致も不一致もしないので、不明である。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import Equals, Fact, OneOf

NODES = (Equals, OneOf)

WORD = Table(
    "選択肢の一致。",
    {
        "毎日": "{fact: backup, equals: daily}",
        "毎日か毎週": "{fact: backup, one_of: [daily, weekly]}",
        "一つだけ": "{fact: backup, one_of: [weekly]}",
    },
    """
    | backup | 毎日    | 毎日か毎週 | 一つだけ |
    | daily  | met     | met        | unmet    |
    | weekly | unmet   | met        | met      |
    | none   | unmet   | unmet      | unmet    |
    | ?      | unknown | unknown    | unknown  |
    """,
)

COUNT = Table(
    "数の一致。",
    {"ちょうど20": "{fact: beds, equals: 20}", "0か20": "{fact: beds, one_of: [0, 20]}"},
    """
    | beds | ちょうど20 | 0か20   |
    | 0    | unmet      | met     |
    | 19   | unmet      | unmet   |
    | 20   | met        | met     |
    | 21   | unmet      | unmet   |
    | ?    | unknown    | unknown |
    """,
)

PERCENT = Table(
    "割合の一致。",
    {"ちょうど30％": '{fact: rate, equals: "30%"}'},
    """
    | rate     | ちょうど30％ |
    | 29.9999% | unmet        |
    | 30%      | met          |
    | 30.0001% | unmet        |
    | ?        | unknown      |
    """,
)

DAY = Table(
    "日付の一致。",
    {
        "当日": "{fact: joined_on, equals: 2025-04-01}",
        "どちらかの日": "{fact: joined_on, one_of: [2025-04-01, 2025-10-01]}",
    },
    """
    | joined_on  | 当日    | どちらかの日 |
    | 2025-03-31 | unmet   | unmet        |
    | 2025-04-01 | met     | met          |
    | 2025-10-01 | unmet   | met          |
    | ?          | unknown | unknown      |
    """,
)

TRUTH = Table(
    "「いいえ」であることを求める書き方。",
    {"はい": "{fact: posted, equals: true}", "いいえ": "{fact: posted, equals: false}"},
    """
    | posted | はい    | いいえ  |
    | true   | met     | unmet   |
    | false  | unmet   | met     |
    | ?      | unknown | unknown |
    """,
)

EMPTY = Table(
    "値を一つも並べなければ、満たす値はない（ルールの読み込みでは誤りとして断る）。",
    {"判定": OneOf(Fact("beds"), ())},
    """
    | beds | 判定    |
    | 20   | unmet   |
    | ?    | unknown |
    """,
)

TABLES = (WORD, COUNT, PERCENT, DAY, TRUTH, EMPTY)


def test_a_word_equals_one_value_or_one_of_several() -> None:
    WORD.check()


def test_a_count_equals_exactly() -> None:
    COUNT.check()


def test_a_percent_equals_exactly() -> None:
    PERCENT.check()


def test_a_day_equals_the_day_itself_only() -> None:
    DAY.check()


def test_a_fact_can_be_asked_to_be_false() -> None:
    TRUTH.check()


def test_one_of_no_values_is_unmet() -> None:
    EMPTY.check()
