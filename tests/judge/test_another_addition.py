"""Whether another addition holds, at a level or better: asked by a rule, whatever the order and however late."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mitasu.facts import Institution, Span
from mitasu.judge.judgement import Judge, Judgement

DAY = date(2025, 4, 1)


def asked(toy: Judge, day: date = DAY, additions: list[str] | None = None, **values: Any) -> Judgement:
    facts = {f"toy_{name}": (Span(value),) for name, value in values.items()}
    institution = Institution("見本", "", "medical", "clinic", facts)
    return toy.judge(institution, day, additions or ["toy-holds", "toy-levels"]).of("toy-holds")


LEVEL_1 = {"a": True, "b": True, "c": True, "d": False, "n": 0}
LEVEL_2 = {"a": True, "b": False, "c": False, "d": True, "n": 0}
LEVEL_3 = {"a": True, "b": False, "c": False, "d": False, "n": 5}


@pytest.mark.parametrize(
    ("facts", "status"),
    [
        (LEVEL_1, "claimable"),
        (LEVEL_2, "claimable"),
        (LEVEL_3, "not_claimable"),
        ({"a": True, "b": False, "n": 5}, "undetermined"),
        ({**LEVEL_3, "n": 4}, "not_claimable"),
        ({"b": False, "c": False, "n": 0}, "undetermined"),
        ({"a": False}, "not_claimable"),
    ],
    ids=[
        "better",
        "just so",
        "worse",
        "worse for sure, better unknown",
        "none",
        "all unknown",
        "none for sure",
    ],
)
@pytest.mark.parametrize(
    "additions", [["toy-holds", "toy-levels"], ["toy-levels", "toy-holds"], ["toy-holds"]]
)
def test_another_addition_holds_at_the_level_or_better(
    toy: Judge, facts: dict[str, Any], status: str, additions: list[str]
) -> None:
    assert asked(toy, additions=additions, **facts).status == status


def test_an_addition_that_is_not_in_force_does_not_hold(toy: Judge) -> None:
    assert asked(toy, date(2026, 1, 1), **LEVEL_1).status == "not_claimable"


@pytest.mark.parametrize(("b", "status"), [(True, "met"), (False, "advisory_unmet")])
def test_what_only_a_wish_asks_for_is_judged_when_the_wish_is_looked_at(
    toy: Judge, b: bool, status: str
) -> None:
    found = asked(toy, **{**LEVEL_2, "b": b})
    assert [(answer.id, answer.status) for answer in found.requirements] == [
        ("other", "met"),
        ("wish", status),
    ]


def test_an_addition_that_has_one_level_holds_at_no_other(toy: Judge) -> None:
    answer = toy.judge(
        Institution("見本", "", "medical", "clinic", {"toy_b": (Span(True),)}), DAY, ["toy-other"]
    )
    held = [answer.view.get(("holds", "toy-other", level)).word for level in ("", "1")]
    assert held == ["met", "unmet"]
