"""日付で変わる条件と値（dated）

改定や期限で変わる条件を、始まる日とともに並べる。判定する日に効いているのは、その日までに始まったもののうちいちばん新しいものである。
最初の日より前は何も求められていないので対象外、null と書けばその日から求めをやめたことになる。
基準の値にも同じ書き方を使う。ただし値がまだない比較や、区分が値を決めていない比較は「満たさない」になる。基準が分からないまま満たすことはできないからである。
どの日にどの法が効くかは判定の前に片付くので、条件の木から日付は消える。
"""

from __future__ import annotations

from datetime import date

import pytest
from tables import Table

from mitasu.rules.explain import explain
from mitasu.rules.fix import fix
from mitasu.rules.nodes import AtLeast, Dated, DatedValue, Fact, Node, Param
from mitasu.rules.rule import Level, Period, Rule

NODES = (Dated,)

CONDITION = Table(
    "条件が変わる日の、前の日と当日。",
    {
        "判定": "{dated: {2024-06-01: {fact: posted}, 2025-04-01: {fact: on_website}, 2025-10-01: null}}",
    },
    """
    | day        | posted | on_website | 判定    |
    | 2024-05-31 | true   | true       | n/a     |
    | 2024-06-01 | true   | false      | met     |
    | 2025-03-31 | true   | false      | met     |
    | 2025-04-01 | true   | false      | unmet   |
    | 2025-04-02 | ?      | true       | met     |
    | 2025-09-30 | true   | ?          | unknown |
    | 2025-10-01 | false  | false      | n/a     |
    """,
)

LIMIT = Table(
    "基準の値が変わる日の、前の日と当日。",
    {"以上": '{fact: rate, at_least: {dated: {2024-10-01: "15%", 2025-04-01: "30%"}}}'},
    """
    | day        | rate     | 以上    |
    | 2024-09-30 | 100%     | unmet   |
    | 2024-09-30 | ?        | unmet   |
    | 2024-10-01 | 14.9999% | unmet   |
    | 2024-10-01 | 15%      | met     |
    | 2025-03-31 | 15%      | met     |
    | 2025-04-01 | 15%      | unmet   |
    | 2025-04-01 | 30%      | met     |
    | 2025-04-01 | ?        | unknown |
    """,
)

WORDS = Table(
    "一致を求める値も、日付で変えられる。",
    {"判定": "{fact: backup, equals: {dated: {2024-06-01: weekly, 2025-04-01: daily}}}"},
    """
    | day        | backup | 判定  |
    | 2025-03-31 | weekly | met   |
    | 2025-04-01 | weekly | unmet |
    | 2025-04-01 | daily  | met   |
    """,
)


def _level(day: date, **params: object) -> Node:
    level = Level("1", AtLeast(Fact("rate"), Param("rate")), params=params)
    return fix(Rule("x", "x", (), (Period(date(2024, 4, 1), None, (level,)),)), day).levels[0].needs


PARAMS = Table(
    "区分ごとの値（$rate）。値を決めていない区分では、利用率が分からなくても満たさない。",
    {
        "45％の区分": lambda day: _level(day, rate=450_000),
        "値が変わる区分": lambda day: _level(
            day, rate=DatedValue(((date(2024, 10, 1), 150_000), (date(2025, 4, 1), 450_000)))
        ),
        "値のない区分": _level,
    },
    """
    | day        | rate | 45％の区分 | 値が変わる区分 | 値のない区分 |
    | 2024-09-30 | 45%  | met        | unmet          | unmet        |
    | 2025-03-31 | 45%  | met        | met            | unmet        |
    | 2025-03-31 | 15%  | unmet      | met            | unmet        |
    | 2025-04-01 | 15%  | unmet      | unmet          | unmet        |
    | 2025-04-01 | ?    | unknown    | unknown        | unmet        |
    """,
    shown="""
need: {fact: rate, at_least: $rate}
levels:
  - {level: "1", params: {rate: 45%}}
""",
)

TABLES = (CONDITION, LIMIT, WORDS, PARAMS)


def test_the_condition_in_force_is_the_latest_begun() -> None:
    CONDITION.check()


def test_the_limit_in_force_is_the_latest_begun_and_before_the_first_there_is_none() -> None:
    LIMIT.check()


def test_a_value_to_equal_may_change_too() -> None:
    WORDS.check()


def test_a_level_supplies_limits_and_without_one_a_comparison_is_unmet() -> None:
    PARAMS.check()


def test_a_tree_with_dates_is_not_read_before_it_is_fixed_to_a_day() -> None:
    with pytest.raises(ValueError, match="fixed to a day"):
        explain(Dated(((date(2025, 4, 1), Fact("posted")),)), {"posted": True})
