"""Answers of requirements and their words are made when asked for: the same, whenever and in whatever order."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from datetime import date
from itertools import product

import pytest
from institutions import clinic

import mitasu
from mitasu.judge.judgement import Answer, Judge, RequirementAnswer
from mitasu.judge.serial import answer_to_dict, judgement_to_dict
from mitasu.rulebook import Rulebook

SAMPLES = ("paper-clinic", "childrens-clinic", "hospital")
DAYS = (date(2023, 4, 1), date(2025, 4, 1), date(2026, 6, 1), date(2027, 6, 1))


def standings(answer: Answer) -> list[tuple[str, str, str | None, int, int]]:
    """What a head office asks of many institutions: no requirement, no reason."""
    return [
        (found.addition, found.status, found.level, len(found.missing), len(found.unknown))
        for found in answer.judgements
    ]


def requirements(answer: Answer) -> list[RequirementAnswer]:
    return [found for judgement in answer.judgements for found in judgement.requirements]


@pytest.mark.parametrize(("name", "day"), list(product(SAMPLES, DAYS)))
def test_status_level_and_what_is_missing_are_the_same_with_and_without_reasons(
    judge: Judge, name: str, day: date
) -> None:
    institution = mitasu.sample(name)
    full = answer_to_dict(Judge(Rulebook.shipped()).judge(institution, day))["judgements"]
    short = standings(judge.judge(institution, day))
    assert short == [
        (row["addition"], row["status"], row["level"], len(row["missing"]), len(row["unknown"]))
        for row in full
    ]
    for row in full:
        unmet = {found["id"] for found in row["requirements"] if found["status"] == "unmet"}
        assert set(row["missing"]) <= unmet


@pytest.mark.parametrize("name", SAMPLES)
def test_reasons_asked_for_later_are_those_of_the_time_of_the_judgement(judge: Judge, name: str) -> None:
    institution = mitasu.sample(name)
    answers = [judge.judge(institution, day) for day in DAYS]
    later = [[found.why for found in reversed(requirements(answer))][::-1] for answer in reversed(answers)]
    at_once = [
        [judge.words.why(found.reason, answer.view) for found in requirements(answer)]
        for answer in (judge.judge(institution, day) for day in DAYS)
    ]
    assert later[::-1] == at_once
    assert any(why for texts in at_once for why in texts)


def test_another_addition_may_still_be_asked_for_when_the_judgement_is_long_made(toy: Judge) -> None:
    alone = toy.judge(mitasu.sample("paper-clinic"), DAYS[2], ["toy-other"])
    assert alone.view.get(("holds", "electronic-information-sharing", "")).word == "met"
    assert alone.view.get(("holds", "electronic-information-sharing", "1")).word == "unmet"


def test_judgements_are_equal_where_all_they_say_is_equal(judge: Judge) -> None:
    one, same = (judge.judge(clinic(judge.rulebook), DAYS[1]).judgements for _ in range(2))
    assert one == same
    assert list(map(repr, one)) == list(map(repr, same))
    proven = {"facts": {"online_claims": [{"value": True, "from": "2024-01-01", "proof": "受付票"}]}}
    other = judge.judge(clinic(judge.rulebook, proven), DAYS[1]).of("medical-dx-promotion")
    here = next(found for found in one if found.addition == "medical-dx-promotion")
    assert standings_of(here) == standings_of(other)
    assert here != other
    assert {answer.id for answer in here.requirements} == {answer.id for answer in other.requirements}
    changed = set(other.requirements) - set(here.requirements)
    assert [found.id for found in changed] == ["online-claims"]
    assert "受付票" in next(iter(changed)).why


def standings_of(judgement: mitasu.Judgement) -> tuple[object, ...]:
    return judgement.status, judgement.level, judgement.points, judgement.missing, judgement.unknown


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_judgement_can_be_copied_and_pickled_with_every_reason(judge: Judge, asked_before: bool) -> None:
    for judgement in judge.judge(mitasu.sample("hospital"), DAYS[2]).judgements:
        if asked_before:
            assert all(isinstance(answer.why, str) for answer in judgement.requirements)
        for again in (pickle.loads(pickle.dumps(judgement)), copy.deepcopy(judgement)):  # noqa: S301  (our own)
            assert judgement_to_dict(again) == judgement_to_dict(judgement)
            assert again == judgement


def test_an_answer_that_nobody_keeps_is_let_go_at_once(judge: Judge) -> None:
    answer = judge.judge(mitasu.sample("hospital"), DAYS[2])
    assert all(isinstance(found.why, str) for found in requirements(answer)[:5])
    view = weakref.ref(answer.view)
    gc.disable()
    try:
        del answer
        assert view() is None
    finally:
        gc.enable()


def test_judges_of_one_rulebook_share_its_compiled_trees_and_a_copy_starts_anew(rulebook: Rulebook) -> None:
    institution = mitasu.sample("hospital")
    assert Judge(rulebook).explainer is Judge(rulebook).explainer
    copied = pickle.loads(pickle.dumps(rulebook))  # noqa: S301  (our own)
    assert copied.explainer is not rulebook.explainer
    answers = [answer_to_dict(Judge(book).judge(institution, DAYS[2])) for book in (rulebook, copied)]
    assert answers[0] == answers[1]
