"""Until when a measure lasts, in words: a day, an open end, and a last day that nobody has stated, told apart."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitasu.facts import Institution, Span
from mitasu.judge.grace import last_day
from mitasu.judge.judgement import Judge, Judgement
from mitasu.judge.marks import first_reason, mark
from mitasu.rules.explain import explain
from mitasu.rules.nodes import All, Any_, AtLeastNOf, Deemed, Fact, Node, Requires, When

DAY, LATER = date(2025, 3, 31), date(2025, 9, 30)
A, B, END, OTHER = Fact("a"), Fact("b"), Fact("end"), Fact("other")
TOLD = Deemed(A, None, DAY)
OPEN = Deemed(A, None, None)
UNTOLD = Deemed(A, None, END)
FOR_B = Deemed(UNTOLD, B, None)


@pytest.mark.parametrize(
    ("tree", "facts", "last"),
    [
        (TOLD, {}, DAY),
        (OPEN, {}, None),
        (UNTOLD, {}, END),
        (UNTOLD, {"end": LATER}, LATER),
        (FOR_B, {"b": True}, None),
        (FOR_B, {"b": False}, END),
        (FOR_B, {}, END),
        (Deemed(TOLD, None, END), {}, END),
        (Deemed(OPEN, None, END), {}, None),
        (Deemed(UNTOLD, None, DAY), {}, END),
        (Deemed(UNTOLD, None, OTHER), {"other": LATER}, END),
        (Deemed(UNTOLD, None, OTHER), {"end": LATER}, OTHER),
        (All((TOLD, UNTOLD)), {}, DAY),
        (All((OPEN, UNTOLD, B)), {"b": True}, END),
        (All((OPEN, OPEN)), {}, None),
        (Any_((TOLD, UNTOLD)), {}, END),
        (Any_((UNTOLD, OPEN)), {}, None),
        (Any_((UNTOLD, B)), {"b": False}, END),
        (AtLeastNOf(2, (UNTOLD, OPEN, B)), {"b": False}, END),
        (When(OPEN, UNTOLD), {}, END),
        (When(UNTOLD, OPEN), {}, None),
        (Requires("x", UNTOLD), {}, END),
    ],
)
def test_the_last_day_is_a_day_or_open_or_what_would_tell_it(
    tree: Node, facts: dict[str, Any], last: date | Fact | None
) -> None:
    reason = explain(tree, facts)
    assert reason.verdict.word == "deemed"
    assert last_day(reason) == last
    assert reason.until == (last if isinstance(last, date) else None)


def judged(toy: Judge, **facts: Any) -> Judgement:
    spans = {f"toy_{name}": (Span(value),) for name, value in facts.items()}
    institution = Institution("見本", "", "medical", "clinic", spans)
    return toy.judge(institution, date(2025, 4, 1), ["toy-end"]).of("toy-end")


@pytest.mark.parametrize(
    ("facts", "term", "shown"),
    [
        ({"a": False, "b": True}, "「終わり」（未確認）まで", "◇ 経過措置で可（終わりの日は未確認）"),
        ({"a": False, "b": True, "until": LATER}, "2025-09-30まで", "◇ 経過措置で可（〜2025-09-30）"),
    ],
)
def test_a_last_day_that_nobody_has_stated_is_not_called_open_ended(
    toy: Judge, facts: dict[str, Any], term: str, shown: str
) -> None:
    found = judged(toy, **facts)
    answer = found.requirement("a")
    assert answer is not None
    assert answer.why == f"経過措置により{term}満たすものとみなす（あ：いいえ）"
    assert (answer.term, str(mark(found))) == (term, shown)
    assert first_reason(found) == f"あの経過措置（{term}）"


def test_an_open_end_is_called_so_and_what_needs_no_measure_has_no_end(toy: Judge) -> None:
    found = judged(toy, a=True, b=False)
    assert [(answer.id, answer.term) for answer in found.requirements] == [
        ("a", ""),
        ("b", "当面の間"),
        ("either", ""),
    ]
    assert str(mark(found)) == "◇ 経過措置で可（当面の間）"


def test_of_several_ways_one_without_end_is_enough(toy: Judge) -> None:
    found = judged(toy, a=False, b=False)
    assert [answer.term for answer in found.requirements] == [
        "「終わり」（未確認）まで",
        "当面の間",
        "当面の間",
    ]
    assert str(mark(found)) == "◇ 経過措置で可（終わりの日は未確認）"
