"""大小の比較（at_least・more_than・at_most・less_than）

数、割合、日付を基準と比べる。「以上」と「以下」は基準ちょうどを含み、「超」と「未満」は含まない。
告示の言葉の一つひとつに決まった書き方を当てるのは、境目の施設（病床20床、利用率ちょうど30％、期限の当日）で答えが分かれるからである。
割合は小数点以下4桁までの整数として持ち、丸めない。日付では、基準の日そのものが「以前」にも「以後」にも入る。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import AtLeast, AtMost, LessThan, MoreThan

NODES = (AtLeast, MoreThan, AtMost, LessThan)

COUNT = Table(
    "数: 基準より一つ少ない、ちょうど、一つ多い。",
    {
        "以上": "{fact: beds, at_least: 20}",
        "超": "{fact: beds, more_than: 20}",
        "以下": "{fact: beds, at_most: 20}",
        "未満": "{fact: beds, less_than: 20}",
    },
    """
    | beds | 以上    | 超      | 以下    | 未満    |
    | 0    | unmet   | unmet   | met     | met     |
    | 19   | unmet   | unmet   | met     | met     |
    | 20   | met     | unmet   | met     | unmet   |
    | 21   | met     | met     | unmet   | unmet   |
    | ?    | unknown | unknown | unknown | unknown |
    """,
)

ZERO = Table(
    "基準が0でも、書かれていない数は0ではない。",
    {"以上": "{fact: beds, at_least: 0}", "以下": "{fact: beds, at_most: 0}"},
    """
    | beds | 以上    | 以下    |
    | -1   | unmet   | met     |
    | 0    | met     | met     |
    | 1    | met     | unmet   |
    | ?    | unknown | unknown |
    """,
)

PERCENT = Table(
    "割合: いちばん小さな差でも分ける。",
    {
        "以上": '{fact: rate, at_least: "30%"}',
        "超": '{fact: rate, more_than: "30%"}',
        "以下": '{fact: rate, at_most: "30%"}',
        "未満": '{fact: rate, less_than: "30%"}',
    },
    """
    | rate     | 以上    | 超      | 以下    | 未満    |
    | 0%       | unmet   | unmet   | met     | met     |
    | 29.9999% | unmet   | unmet   | met     | met     |
    | 30%      | met     | unmet   | met     | unmet   |
    | 30.0001% | met     | met     | unmet   | unmet   |
    | 100%     | met     | met     | unmet   | unmet   |
    | ?        | unknown | unknown | unknown | unknown |
    """,
)

FRACTION = Table(
    "二進の小数では57％に届かない0.57も、ちょうど57％として読む。",
    {"以上": '{fact: rate, at_least: "57%"}'},
    """
    | rate     | 以上  |
    | 56.9999% | unmet |
    | 57%      | met   |
    """,
)

DAY = Table(
    "日付: 前の日、当日、次の日。",
    {
        "以後": "{fact: joined_on, at_least: 2026-05-31}",
        "より後": "{fact: joined_on, more_than: 2026-05-31}",
        "以前": "{fact: joined_on, at_most: 2026-05-31}",
        "より前": "{fact: joined_on, less_than: 2026-05-31}",
    },
    """
    | joined_on  | 以後    | より後  | 以前    | より前  |
    | 2026-05-30 | unmet   | unmet   | met     | met     |
    | 2026-05-31 | met     | unmet   | met     | unmet   |
    | 2026-06-01 | met     | met     | unmet   | unmet   |
    | ?          | unknown | unknown | unknown | unknown |
    """,
)

TABLES = (COUNT, ZERO, PERCENT, FRACTION, DAY)


def test_a_count_is_compared_at_the_limit_and_on_both_sides_of_it() -> None:
    COUNT.check()


def test_an_unknown_count_is_not_zero() -> None:
    ZERO.check()


def test_a_percent_is_compared_at_the_limit_and_on_both_sides_of_it() -> None:
    PERCENT.check()


def test_a_percent_that_binary_fractions_would_miss_is_exact() -> None:
    FRACTION.check()


def test_a_day_is_compared_with_the_day_before_the_day_itself_and_the_day_after() -> None:
    DAY.check()
