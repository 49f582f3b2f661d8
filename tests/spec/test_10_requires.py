"""ほかの要件（requirement）

同じ加算の別の要件を、名前で指す。同じ条件を二度書かずに済み、判定の理由にも要件の名前が出る。
判定は、指された要件の判定そのものである。その日に存在しない要件や、参考にとどまる要件（望ましい、出典のない基準）を指していれば対象外で、抜ける。
"""

from __future__ import annotations

from datetime import date

import pytest
from tables import Table

from mitasu.rules.explain import Explainer, Reason, explain
from mitasu.rules.fix import fix
from mitasu.rules.nodes import All, Any_, Fact, Node, Requires, Verdict
from mitasu.rules.rule import Level, Period, Requirement, Rule

NODES = (Requires,)

SAME = Table(
    "指された要件の判定のまま。",
    {"判定": "{requirement: posting}"},
    """
    | a       | 判定    |
    | met     | met     |
    | deemed  | deemed  |
    | unknown | unknown |
    | unmet   | unmet   |
    | n/a     | n/a     |
    """,
    requirements={"posting": "{all: [a]}"},
)

CHAIN = Table(
    "要件がさらに別の要件を指していてもよい。",
    {"判定": "{any: [{requirement: both}, {fact: own_website}]}"},
    """
    | posted | on_website | own_website | 判定    |
    | true   | true       | false       | met     |
    | true   | false      | false       | unmet   |
    | true   | ?          | false       | unknown |
    | true   | ?          | true        | met     |
    """,
    requirements={"both": "{all: [{requirement: posting}, {fact: on_website}]}", "posting": "{fact: posted}"},
)


def _beside(kind: str = "institution", unverified: bool = False) -> Requirement:
    return Requirement(
        "posting",
        "院内掲示",
        Fact("posted"),
        kind=kind,
        unverified=unverified,
        from_=date(2025, 4, 1),
        until=date(2025, 9, 30),
    )


def _fixed(requirement: Requirement, day: date) -> Node:
    needs = All((Requires("posting"), Fact("on_website")))
    rule = Rule("x", "x", (requirement,), (Period(date(2024, 4, 1), None, (Level("", needs),)),))
    return fix(rule, day).levels[0].needs


IN_TIME = Table(
    "要件は、その期間（両端の日を含む）の外では抜ける。望ましい要件と出典のない要件は、いつも抜ける。",
    {
        "要件": lambda day: _fixed(_beside(), day),
        "望ましい": lambda day: _fixed(_beside(kind="advisory"), day),
        "出典なし": lambda day: _fixed(_beside(unverified=True), day),
    },
    """
    | day        | posted | on_website | 要件  | 望ましい | 出典なし |
    | 2025-03-31 | false  | true       | met   | met      | met      |
    | 2025-04-01 | false  | true       | unmet | met      | met      |
    | 2025-09-30 | false  | true       | unmet | met      | met      |
    | 2025-10-01 | false  | true       | met   | met      | met      |
    """,
    shown="""
requirements:
  - {id: posting, from: 2025-04-01, until: 2025-09-30, need: {fact: posted}}
needs: {all: [posting, {fact: on_website}]}
""",
)

TABLES = (SAME, CHAIN, IN_TIME)


def test_a_requirement_has_the_verdict_of_what_it_stands_for() -> None:
    SAME.check()


def test_a_requirement_may_rest_on_another() -> None:
    CHAIN.check()


def test_a_requirement_that_does_not_exist_or_cannot_block_drops_out() -> None:
    IN_TIME.check()


def test_a_requirement_named_twice_is_read_once() -> None:
    posting = Fact("posted")
    tree = Any_((Requires("posting", posting), All((Requires("posting", posting),))))
    reason = explain(tree, {"posted": False})
    assert reason.parts[0].parts[0] is reason.parts[1].parts[0].parts[0]


def test_levels_share_what_they_read_by_a_common_memo() -> None:
    posting, explainer = Fact("posted"), Explainer()
    memo: dict[int, Reason] = {}
    first = explainer.explain(Requires("posting", posting), {"posted": True}, memo)
    second = explainer.explain(All((Requires("posting", posting),)), {"posted": True}, memo)
    assert first.parts[0] is second.parts[0].parts[0]


@pytest.mark.parametrize(("value", "verdict"), [(True, Verdict.MET), (False, Verdict.UNMET)])
def test_a_reason_passes_on_the_value_that_the_requirement_found(value: bool, verdict: Verdict) -> None:
    reason = explain(Requires("posting", Fact("posted")), {"posted": value})
    assert (reason.verdict, reason.value) == (verdict, value)
