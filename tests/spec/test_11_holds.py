"""ほかの加算（holds）

別の加算を、その日に算定できること（区分を書けば、その区分かそれより良い区分で算定できること）を求める。
判定は、その加算の判定から来る。まだ決まっていなければ不明である。加算どうしが互いを求め合うルールは、読み込むときに断る。
"""

from __future__ import annotations

from tables import Table

from mitasu.rules.nodes import Holds

NODES = (Holds,)

TRUTH = Table(
    "加算の判定のまま。答えがなければ不明。",
    {"判定": "{holds: x}"},
    """
    | x       | 判定    |
    | met     | met     |
    | deemed  | deemed  |
    | unknown | unknown |
    | unmet   | unmet   |
    | n/a     | n/a     |
    | ?       | unknown |
    """,
)

LEVELS = Table(
    "区分を書いた条件と書かない条件は、別々に答えられる。",
    {"どの区分でも": "{holds: x}", "加算1": '{holds: x, level: "1"}'},
    """
    | x   | x 1     | どの区分でも | 加算1   |
    | met | met     | met          | met     |
    | met | unmet   | met          | unmet   |
    | met | unknown | met          | unknown |
    """,
)

TABLES = (TRUTH, LEVELS)


def test_holds_has_the_verdict_of_the_other_addition() -> None:
    TRUTH.check()


def test_a_level_is_asked_for_by_itself() -> None:
    LEVELS.check()
