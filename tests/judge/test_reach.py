"""What would change a judgement: sets of changes that are tried, keep their promise and hold nothing needless."""

from __future__ import annotations

from datetime import date
from itertools import product

import pytest
from institutions import clinic, rates, told, without

import mitasu
from mitasu.facts import Institution, Span
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.judge.reach import steps
from mitasu.rules.nodes import Open

DAYS = {
    "paper-clinic": ["2024-10-01", "2025-04-01", "2025-06-01", "2026-03-01", "2026-06-01", "2026-11-01"],
    "childrens-clinic": ["2024-06-01", "2025-04-10", "2025-10-01", "2026-06-01", "2026-11-01"],
    "hospital": ["2024-05-31", "2024-06-01", "2025-04-10", "2025-10-01", "2026-06-10"],
}
PLACES = [(name, day) for name, days in DAYS.items() for day in days]


@pytest.fixture
def answer(judge: Judge, name: str, day: str) -> Answer:
    return judge.judge(mitasu.sample(name), date.fromisoformat(day))


def again(
    judge: Judge, answer: Answer, addition: str, changes: dict[object, object]
) -> tuple[str, str | None]:
    found = judge.judge(answer.institution, answer.on, [addition], changes).of(addition)
    return found.status, found.level


@pytest.mark.parametrize(("name", "day"), PLACES)
def test_every_step_brings_what_it_promises_and_is_better_than_today(judge: Judge, answer: Answer) -> None:
    for judgement in answer.judgements:
        order = [fixed.level.level for fixed, _ in judgement.levels]
        today = len(order) if judgement.status != "claimable" else order.index(judgement.level or "")
        for step in steps(judge, answer, judgement.addition):
            changes = {change.key: change.value for change in step.changes}
            assert again(judge, answer, step.addition, changes) == ("claimable", step.level)
            assert order.index(step.level) < today
            assert step.words
            assert all(step.words)


@pytest.mark.parametrize(("name", "day"), PLACES)
def test_no_step_asks_for_a_change_that_is_not_needed(judge: Judge, answer: Answer) -> None:
    for judgement in answer.judgements:
        order = [fixed.level.level for fixed, _ in judgement.levels]
        for step in steps(judge, answer, judgement.addition):
            for left_out in step.changes:
                changes = {change.key: change.value for change in step.changes if change.key != left_out.key}
                found = judge.judge(answer.institution, answer.on, [step.addition], changes).of(step.addition)
                as_good = found.status == "claimable" and order.index(found.level or "") <= order.index(
                    step.level
                )
                assert not as_good or (found.level == step.level and found.points != step.points)


@pytest.mark.parametrize(("name", "day"), PLACES)
def test_where_something_is_missing_there_is_a_step_unless_the_law_leaves_the_level_open(
    judge: Judge, answer: Answer
) -> None:
    for judgement in answer.judgements:
        if judgement.status == "not_claimable":
            found = steps(judge, answer, judgement.addition)
            assert bool(found) != all_levels_hang_on_a_question(judgement), judgement.addition


def all_levels_hang_on_a_question(judgement: Judgement) -> bool:
    """Whether each level needs a requirement whose whole condition the law leaves open."""
    return all(
        any(isinstance(tree, Open) for tree in fixed.requirements.values()) for fixed, _ in judgement.levels
    )


def test_no_step_turns_a_hospital_into_a_clinic(judge: Judge) -> None:
    answer = judge.judge(mitasu.sample("hospital"), date(2026, 6, 10), ["comprehensive-care-fee"])
    found = steps(judge, answer, "comprehensive-care-fee")
    assert found
    for step in found:
        assert "許可病床数を199床以下にする（いま240床）" in step.words
        assert "facility_kind" not in {change.key for change in step.changes}


def test_nothing_changes_where_the_best_level_holds(judge: Judge) -> None:
    answer = judge.judge(clinic(judge.rulebook, rates(90.0)), date(2025, 4, 1))
    assert steps(judge, answer, "medical-dx-promotion") == []


def test_a_step_can_be_taken_in_the_file(judge: Judge) -> None:
    institution = clinic(judge.rulebook, rates(44.1) | {"facts": {"mynaportal_consultation": False}})
    day = date(2025, 4, 1)
    answer = judge.judge(institution, day, ["medical-dx-promotion"])
    best = steps(judge, answer, "medical-dx-promotion")[0]
    assert (best.level, best.points, best.pays) == ("1", 12, "12点")
    assert set(best.words) == {
        "使える月のうち最も高いマイナ保険証利用率を45.0%以上にする（いま44.1%）",
        "マイナポータルの情報に基づく健康相談を「はい」にする",
    }
    entries = judge.rulebook.catalogue.of("fact", "series")
    institution = told(institution, entries["mynaportal_consultation"], (), True)
    institution = told(institution, entries["card_use_rate_receipts"], ("2025-01",), 450_000)
    found = judge.judge(institution, day).of("medical-dx-promotion")
    assert (found.status, found.level) == ("claimable", "1")


def test_an_unknown_fact_is_to_be_confirmed_first(judge: Judge) -> None:
    institution = without(clinic(judge.rulebook), "mynaportal_consultation")
    answer = judge.judge(institution, date(2025, 4, 1))
    (best, *_) = steps(judge, answer, "medical-dx-promotion")
    assert any("未確認: まず確かめる" in word for word in best.words)


def test_a_known_day_is_not_called_unknown(judge: Judge) -> None:
    answer = judge.judge(mitasu.sample("childrens-clinic"), date(2026, 11, 1))
    for judgement in answer.judgements:
        for step in steps(judge, answer, judgement.addition):
            for change in step.changes:
                known = answer.view.get(change.key) is not None
                assert change.unknown != known


@pytest.mark.parametrize("values", list(product([True, False, None], repeat=4)))
def test_the_first_step_to_a_level_is_the_cheapest(toy: Judge, values: tuple[bool | None, ...]) -> None:
    names = ("toy_a", "toy_b", "toy_c", "toy_d")
    facts = {name: (Span(value),) for name, value in zip(names, values, strict=True) if value is not None}
    institution = Institution("見本", "", "medical", "clinic", facts | {"toy_n": (Span(4),)})
    answer = toy.judge(institution, date(2025, 4, 1), ["toy-levels"])
    needs = {"1": ("toy_a", "toy_b", "toy_c"), "2": ("toy_a", "toy_d"), "3": ("toy_a", "toy_n")}
    cost = {level: sum(facts.get(id_) != (Span(True),) for id_ in ids) for level, ids in needs.items()}
    first: dict[str, int] = {}
    for step in steps(toy, answer, "toy-levels"):
        first.setdefault(step.level, len(step.changes))
    judgement = answer.of("toy-levels")
    held = {id_ for id_, spans in facts.items() if spans == (Span(True),)}
    brings = {
        level: min(other for other in needs if set(needs[other]) <= held | set(ids))
        for level, ids in needs.items()
    }
    better = [level for level in needs if judgement.status != "claimable" or level < (judgement.level or "")]
    assert first == {level: cost[level] for level in better if brings[level] == level}
