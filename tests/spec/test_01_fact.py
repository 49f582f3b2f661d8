"""事実（fact）

施設や人についての「はい」か「いいえ」の事柄で、条件のいちばん小さな単位である。
書かれていない事実は不明であり、「いいえ」とはみなさない。確かめていないことを「満たさない」と言えば、算定できるはずの加算を見落とすからである。
計算で求める事実には引数（with）が付き、引数が違えば別の事実になる。
"""

from __future__ import annotations

import pytest
from tables import Table

from mitasu.rules.explain import explain
from mitasu.rules.nodes import Fact, Verdict

NODES = (Fact,)

TRUTH = Table(
    "「はい」なら満たす。「いいえ」なら満たさない。書かれていなければ不明。",
    {"判定": "{fact: posted}"},
    """
    | posted | 判定    |
    | true   | met     |
    | false  | unmet   |
    | ?      | unknown |
    """,
)

ARGUMENTS = Table(
    "引数が違う事実は、別々に答えられる。",
    {
        "甲": "{fact: filed, with: {item: first}}",
        "乙": "{fact: filed, with: {item: second}}",
    },
    """
    | filed(first) | filed(second) | 甲      | 乙      |
    | true         | false         | met     | unmet   |
    | false        | ?             | unmet   | unknown |
    """,
)

TABLES = (TRUTH, ARGUMENTS)


def test_a_true_fact_is_met_a_false_one_unmet_and_an_absent_one_unknown() -> None:
    TRUTH.check()


def test_a_fact_with_other_arguments_is_another_fact() -> None:
    ARGUMENTS.check()


def test_a_fact_is_looked_up_by_its_id_or_by_id_and_arguments() -> None:
    assert Fact("posted").key == "posted"
    assert Fact("filed", (("item", "first"),)).key == ("filed", (("item", "first"),))


@pytest.mark.parametrize("value", [0, 1, "true", "", 1.0])
def test_a_condition_on_truth_takes_nothing_but_true_and_false(value: object) -> None:
    with pytest.raises(TypeError, match="posted"):
        explain(Fact("posted"), {"posted": value})


def test_a_reason_tells_the_value_that_was_found() -> None:
    reason = explain(Fact("posted"), {"posted": False})
    assert (reason.verdict, reason.value, reason.parts) == (Verdict.UNMET, False, ())
