"""経過措置（deemed・みなし）

新しい基準を満たしていなくても、決まった日までは満たすものとみなす措置である。多くは対象を限り、対象かどうかは措置の条件（if）で決まる。
本来の条件を満たしていれば措置は要らず、「満たす」と答える。満たしていなければ、または分からなければ、措置によって「経過措置」となり、その最終日を示す。終わりの決まっていない措置（当面の間）に最終日はない。
いつまで持つかを印として残すのは、最終日の後に算定できなくなる施設が、前もって備えられるようにするためである。
"""

from __future__ import annotations

from datetime import date

from tables import Table

from mitasu.rules.fix import fix
from mitasu.rules.nodes import Deemed, Fact, Holds, Node, Requires
from mitasu.rules.rule import Level, Measure, Period, Requirement, Rule

NODES = (Deemed,)

FOR_ALL = Table(
    "対象を限らない措置。本来の条件 a が対象外なら、措置もない。",
    {"措置あり": Deemed(Holds("a"), None, None)},
    """
    | a       | 措置あり |
    | met     | met      |
    | deemed  | deemed   |
    | unknown | deemed   |
    | unmet   | deemed   |
    | n/a     | n/a      |
    """,
    shown="""
need: a
deemed: [{until: null}]
""",
)

FOR_SOME = Table(
    "対象を条件 b で限る措置。対象かどうかが不明なら、本来の条件を満たしているときだけ答えが決まる。",
    {"措置あり": Deemed(Holds("a"), Holds("b"), None)},
    """
    | a       | b       | 措置あり |
    | met     | met     | met      |
    | met     | deemed  | met      |
    | met     | unknown | met      |
    | met     | unmet   | met      |
    | met     | n/a     | met      |
    | deemed  | met     | deemed   |
    | deemed  | deemed  | deemed   |
    | deemed  | unknown | deemed   |
    | deemed  | unmet   | deemed   |
    | deemed  | n/a     | deemed   |
    | unknown | met     | deemed   |
    | unknown | deemed  | deemed   |
    | unknown | unknown | unknown  |
    | unknown | unmet   | unknown  |
    | unknown | n/a     | unknown  |
    | unmet   | met     | deemed   |
    | unmet   | deemed  | deemed   |
    | unmet   | unknown | unknown  |
    | unmet   | unmet   | unmet    |
    | unmet   | n/a     | unmet    |
    | n/a     | met     | n/a      |
    | n/a     | deemed  | n/a      |
    | n/a     | unknown | n/a      |
    | n/a     | unmet   | n/a      |
    | n/a     | n/a     | n/a      |
    """,
    shown="""
need: a
deemed: [{until: null, if: b}]
""",
)

LAST_DAY = Table(
    "最終日は、日付でも、日付の事実でもよい。事実が分からなければ最終日は示さない。",
    {
        "日付": Deemed(Fact("posted"), None, date(2025, 9, 30)),
        "事実": Deemed(Fact("posted"), None, Fact("free_until")),
    },
    """
    | posted | free_until | 日付              | 事実              |
    | true   | 2026-10-31 | met               | met               |
    | false  | 2026-10-31 | deemed 2025-09-30 | deemed 2026-10-31 |
    | ?      | 2026-10-31 | deemed 2025-09-30 | deemed 2026-10-31 |
    | false  | ?          | deemed 2025-09-30 | deemed            |
    """,
    shown="""
need: {fact: posted}
deemed:
  - {until: 2025-09-30}
  # または
  - {until: {fact: free_until}}
""",
)


def _two(first: date | None, second: date | None) -> Node:
    return Deemed(Deemed(Fact("posted"), Fact("own_website"), first), None, second)


TWO = Table(
    "二つの措置が重なれば、長く続くほうの最終日になる。書く順は結果を変えない。",
    {
        "先が長い": _two(date(2025, 9, 30), date(2025, 3, 31)),
        "後が長い": _two(date(2025, 3, 31), date(2025, 9, 30)),
        "先が当面": _two(None, date(2025, 3, 31)),
        "後が当面": _two(date(2025, 3, 31), None),
    },
    """
    | posted | own_website | 先が長い          | 後が長い          | 先が当面          | 後が当面 |
    | true   | true        | met               | met               | met               | met      |
    | false  | true        | deemed 2025-09-30 | deemed 2025-09-30 | deemed            | deemed   |
    | false  | false       | deemed 2025-03-31 | deemed 2025-09-30 | deemed 2025-03-31 | deemed   |
    | false  | ?           | deemed 2025-03-31 | deemed 2025-09-30 | deemed 2025-03-31 | deemed   |
    """,
    shown="""
need: {fact: posted}
deemed:
  - {until: 先の日, if: {fact: own_website}}
  - {until: 後の日}
""",
)


def _on(day: date) -> Node:
    measures = (
        Measure(date(2024, 6, 1), date(2025, 3, 31)),
        Measure(date(2025, 6, 1), date(2025, 9, 30), Fact("own_website")),
    )
    posting = Requirement("posting", "院内掲示", Fact("posted"), deemed=measures)
    rule = Rule("x", "x", (posting,), (Period(date(2024, 4, 1), None, (Level("", Requires("posting")),)),))
    return fix(rule, day).levels[0].needs


IN_TIME = Table(
    "措置は、始まる日から最終日まで（両方の日を含む）だけ効く。",
    {"判定": _on},
    """
    | day        | posted | own_website | 判定              |
    | 2024-05-31 | false  | true        | unmet             |
    | 2024-06-01 | false  | true        | deemed 2025-03-31 |
    | 2025-03-31 | false  | true        | deemed 2025-03-31 |
    | 2025-04-01 | false  | true        | unmet             |
    | 2025-05-31 | false  | true        | unmet             |
    | 2025-06-01 | false  | true        | deemed 2025-09-30 |
    | 2025-06-01 | false  | false       | unmet             |
    | 2025-06-01 | false  | ?           | unknown           |
    | 2025-06-01 | true   | ?           | met               |
    | 2025-09-30 | false  | true        | deemed 2025-09-30 |
    | 2025-10-01 | false  | true        | unmet             |
    """,
    shown="""
need: {fact: posted}
deemed:
  - {from: 2024-06-01, until: 2025-03-31}
  - {from: 2025-06-01, until: 2025-09-30, if: {fact: own_website}}
""",
)

TABLES = (FOR_ALL, FOR_SOME, LAST_DAY, TWO, IN_TIME)


def test_a_measure_for_everyone_stands_in_for_what_is_unmet_or_unknown() -> None:
    FOR_ALL.check()


def test_a_measure_for_some_needs_its_condition() -> None:
    FOR_SOME.check()


def test_the_last_day_is_a_day_or_a_fact() -> None:
    LAST_DAY.check()


def test_of_two_measures_the_longer_one_counts() -> None:
    TWO.check()


def test_a_measure_is_in_force_from_its_first_day_to_its_last() -> None:
    IN_TIME.check()
