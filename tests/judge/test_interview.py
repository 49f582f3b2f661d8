"""What is asked: only what can change an answer, in an order that makes sense, and never nothing where something would."""

from __future__ import annotations

from datetime import date
from itertools import islice, product
from typing import Any

import pytest
from institutions import answers, clinic, told, without

import mitasu
from mitasu.facts import Institution
from mitasu.judge.interview import Ask, asks
from mitasu.judge.judgement import Judge
from mitasu.rules.explain import undecided
from mitasu.rules.nodes import Open

DAYS = {
    "paper-clinic": ["2024-06-01", "2024-10-01", "2025-04-01", "2025-10-01", "2026-06-01"],
    "childrens-clinic": ["2024-06-01", "2025-05-01", "2026-09-01", "2026-11-01"],
    "hospital": ["2024-05-31", "2025-04-10", "2026-06-10"],
}
PLACES = [(name, day) for name, days in DAYS.items() for day in days]
ADDITIONS = [
    "electronic-information-sharing", "electronic-information-sharing-inpatient", "medical-dx-promotion",
    "medical-information-acquisition", "medical-information-system", "home-care-dx", "visiting-nursing-dx",
    "emergency-information", "emergency-view", "record-management",
]  # fmt: skip
"""What the samples say something about; every addition is tried by itself in test_interview_of_rules.py."""
LISTS = ("people", "filings")
"""Without one of these the samples leave everything open that they say nothing about."""


def outcome(judge: Judge, institution: Institution, on: date, additions: list[str]) -> tuple[Any, ...]:
    judgements = judge.judge(institution, on, additions).judgements
    return tuple((judgement.status, judgement.level, str(judgement.points)) for judgement in judgements)


def matters(
    judge: Judge, institution: Institution, on: date, found: list[Ask], place: int, additions: list[str]
) -> bool:
    """Whether some answers to everything else leave it to this question how the judgements come out."""
    options = [answers(ask.entry, ask.items, on) for ask in found]
    others = options[:place] + options[place + 1 :]
    for rest in islice(product(*others), 3000):
        outcomes = set()
        for value in options[place]:
            answered = institution
            for ask, given in zip(found, (*rest[:place], value, *rest[place:]), strict=True):
                answered = told(answered, ask.entry, ask.months, given)
            outcomes.add(outcome(judge, answered, on, additions))
            if len(outcomes) > 1:
                return True
    return False


@pytest.mark.parametrize(("name", "day"), PLACES)
def test_nothing_is_asked_whose_every_answer_leaves_the_judgements_as_they_are(
    judge: Judge, name: str, day: str
) -> None:
    whole, on = mitasu.sample(name), date.fromisoformat(day)
    asked = 0
    for id_ in (*whole.facts, *whole.series, *whole.events, "people", "filings"):
        institution = without(whole, id_)
        answer = judge.judge(institution, on, ADDITIONS if id_ in LISTS else None)
        found = asks(answer, judge.rulebook)
        additions = [judgement.addition for judgement in answer.judgements if judgement.unknown]
        asked += len(found)
        for place in range(len(found)):
            assert matters(judge, institution, on, found, place, additions), (id_, found[place].id)
    assert asked > 3


@pytest.mark.parametrize(("name", "day"), PLACES)
def test_where_a_fact_decides_something_is_asked(judge: Judge, name: str, day: str) -> None:
    whole, on = mitasu.sample(name), date.fromisoformat(day)
    for id_ in (*whole.facts, *whole.series, *whole.events, "people", "filings"):
        answer = judge.judge(without(whole, id_), on)
        undetermined = [judgement for judgement in answer.judgements if judgement.status == "undetermined"]
        assert not undetermined or asks(answer, judge.rulebook), (id_, undetermined[0].addition)


@pytest.mark.parametrize(
    ("name", "day"),
    [("paper-clinic", "2025-04-01"), ("childrens-clinic", "2026-11-01"), ("hospital", "2026-06-10")],
)
def test_answering_what_is_asked_ends_in_a_decision(judge: Judge, name: str, day: str) -> None:
    """Only the filings stay: everything else is forgotten, and each question takes its first answer, then its last."""
    whole, on = mitasu.sample(name), date.fromisoformat(day)
    for choice in (0, -1):
        institution = Institution(whole.name, whole.code, whole.sector, whole.kind, filings=whole.filings)
        for _ in range(120):
            answer = judge.judge(institution, on)
            found = asks(answer, judge.rulebook)
            if not found:
                break
            value = answers(found[0].entry, found[0].items, on)[choice]
            institution = told(institution, found[0].entry, found[0].months, value)
        for judgement in answer.judgements:
            open_ = [leaf for _, reason in judgement.levels for leaf in undecided(reason)]
            assert judgement.status != "undetermined" or any(isinstance(leaf.node, Open) for leaf in open_)
            assert judgement.unknown == ()


def test_a_detail_waits_for_the_fact_that_it_is_about(judge: Judge) -> None:
    day = date(2026, 11, 1)
    institution = without(mitasu.sample("childrens-clinic"), "network_kind")
    for id_ in ("network_participants", "network_joined_on", "network_partners_posted"):
        institution = without(institution, id_)
    first = [ask.id for ask in asks(judge.judge(institution, day), judge.rulebook)]
    assert first == ["network_kind"]
    entry = judge.rulebook.catalogue.of("fact")["network_kind"]
    later = [
        ask.id
        for ask in asks(judge.judge(told(institution, entry, (), "regional_network"), day), judge.rulebook)
    ]
    assert "network_participants" in later
    assert asks(judge.judge(told(institution, entry, (), "none"), day), judge.rulebook) == []


def test_what_decides_most_comes_first(judge: Judge) -> None:
    empty = Institution("見本", "", "medical", "clinic")
    found = asks(judge.judge(empty, date(2025, 4, 1)), judge.rulebook)
    answer = judge.judge(empty, date(2025, 4, 1))
    weights = [sum(1 / len(j.unknown) for j in answer.judgements if ask.id in j.unknown) for ask in found]
    assert weights == sorted(weights, reverse=True)
    assert len({ask.id for ask in found}) == len(found)


def test_a_rate_is_asked_for_the_months_that_count_and_are_not_known(judge: Judge) -> None:
    institution = without(clinic(judge.rulebook), "card_use_rate_receipts")
    (ask,) = asks(judge.judge(institution, date(2025, 4, 1), ["medical-dx-promotion"]), judge.rulebook)
    assert (ask.id, ask.months) == ("card_use_rate_receipts", ("2025-01", "2024-12", "2024-11"))


def test_a_rate_that_is_known_but_not_yet_usable_is_not_asked_for(judge: Judge) -> None:
    notified = dict.fromkeys(["2024-11", "2024-12", "2025-01"], "2025-04-15")
    institution = clinic(judge.rulebook, {"series": {"card_use_rate_notified_on": notified}})
    answer = judge.judge(institution, date(2025, 4, 1), ["medical-dx-promotion"])
    assert answer.judgements[0].status == "undetermined"
    assert asks(answer, judge.rulebook) == []


def test_filings_are_asked_for_the_items_on_which_something_hangs(judge: Judge) -> None:
    institution = without(clinic(judge.rulebook), "filings")
    (ask,) = asks(judge.judge(institution, date(2026, 6, 1), ADDITIONS), judge.rulebook)
    assert ask.id == "filings"
    assert "electronic-information-sharing" in ask.items
    assert "medical-dx-promotion" not in ask.items
    assert "after-hours" not in ask.items
    assert "電子的診療情報連携体制整備加算" in ask.decides


def test_filings_decide_most_and_are_asked_first_and_spare_all_other_questions(judge: Judge) -> None:
    whole, on = clinic(judge.rulebook), date(2026, 6, 1)
    first, *others = asks(judge.judge(without(whole, "filings"), on), judge.rulebook)
    assert first.id == "filings"
    assert {"after-hours", "base-up-1", "electronic-information-sharing"} <= set(first.items)
    assert len(others) > 50
    assert asks(judge.judge(whole, on), judge.rulebook) == []


def test_what_is_pending_is_not_asked_for(judge: Judge) -> None:
    hospital = mitasu.sample("hospital")
    kept = {id_: dict(months) for id_, months in hospital.series.items()}
    kept["summaries_within_14_days"]["2025-12"] = 200
    institution = Institution(
        hospital.name, hospital.code, hospital.sector, hospital.kind, hospital.facts, kept, hospital.events,
        hospital.people, hospital.filings,
    )  # fmt: skip
    answer = judge.judge(institution, date(2026, 1, 5), ["record-management"])
    assert "pending" in {requirement.status for requirement in answer.judgements[0].requirements}
    assert answer.judgements[0].unknown == ()
    assert asks(answer, judge.rulebook) == []
