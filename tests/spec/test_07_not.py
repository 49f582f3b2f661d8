"""否定（not）

条件が満たされていないことを求める。「次の届出をしていないこと」のような除外に使う。
不明の否定は不明、対象外の否定は対象外である。経過措置で満たすものは満たしているので、その否定は満たさない。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import Not

NODES = (Not,)

TRUTH = Table(
    "否定と、二重の否定。二重の否定では、経過措置の印だけが落ちる。",
    {"でない": "{not: a}", "でなくはない": "{not: {not: a}}"},
    """
    | a       | でない  | でなくはない |
    | met     | unmet   | met          |
    | deemed  | unmet   | met          |
    | unknown | unknown | unknown      |
    | unmet   | met     | unmet        |
    | n/a     | n/a     | n/a          |
    """,
)

COMPARISON = Table(
    "「20以上でない」と「20未満」は、分からないときも同じ答えになる。",
    {"以上でない": "{not: {fact: beds, at_least: 20}}", "未満": "{fact: beds, less_than: 20}"},
    """
    | beds | 以上でない | 未満    |
    | 19   | met        | met     |
    | 20   | unmet      | unmet   |
    | 21   | unmet      | unmet   |
    | ?    | unknown    | unknown |
    """,
)

EITHER = Table(
    "同じ事実の「はい」か「いいえ」も、事実が不明なら不明と答える。判定は部分の判定だけから決まり、事実どうしの関わりは見ない。",
    {"どちらか": "{any: [{fact: posted}, {not: {fact: posted}}]}"},
    """
    | posted | どちらか |
    | true   | met      |
    | false  | met      |
    | ?      | unknown  |
    """,
)

TABLES = (TRUTH, COMPARISON, EITHER)


def test_not_turns_met_and_unmet_round_and_leaves_unknown_and_not_applicable() -> None:
    TRUTH.check()


def test_not_at_least_is_less_than() -> None:
    COMPARISON.check()


def test_a_fact_or_its_opposite_is_unknown_while_the_fact_is() -> None:
    EITHER.check()
