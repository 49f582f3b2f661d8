"""The interview for each addition, from an institution of its cases: each question matters, and the answers suffice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import islice, product
from typing import Any

import pytest
from institutions import answers, told, without

from mitasu.facts import Institution, read_institution
from mitasu.judge.cases import load_cases
from mitasu.judge.coverage import case_files
from mitasu.judge.interview import Ask, asks
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook
from mitasu.rulebook.book import HOME

FILES = case_files(HOME)
MOST = 200
"""How many answers to everything else are tried; the true ones come first."""


def claimable(addition: str, judge: Judge) -> tuple[Institution, date]:
    """An institution that may claim the addition on a day: nothing unknown, the fewest graces, the latest day."""
    found = []
    for case in load_cases(FILES[addition]):
        expected = (case.table.get("expect") or {}).get(addition, {})
        if case.on is not None and expected.get("status") == "claimable":
            institution = read_institution(case.document, judge.rulebook, case.file)
            judgement = judge.judge(institution, case.on, [addition]).of(addition)
            deemed = sum(requirement.status == "deemed" for requirement in judgement.requirements)
            if not judgement.unknown:
                found.append((deemed, -case.on.toordinal(), institution, case.on))
    return min(found, key=lambda row: row[:2])[2:]


def outcome(judge: Judge, institution: Institution, on: date, addition: str) -> tuple[Any, ...]:
    judgement = judge.judge(institution, on, [addition]).of(addition)
    return judgement.status, judgement.level, str(judgement.points), judgement.yen


def truth(whole: Institution, ask: Ask) -> Any:
    """What the institution says to a question; None where it does not say it either."""
    match ask.entry.kind:
        case "fact":
            span = whole.facts.get(ask.id, ())
            return span[0].value if span else None
        case "series":
            months = whole.series.get(ask.id, {})
            return next((months[month] for month in ask.months if month in months), None)
        case "event":
            return whole.events.get(ask.id)
        case "role":
            people = whole.people
            return None if people is None else tuple(person for person in people if person.role == ask.id)
    return whole.filings


def options(whole: Institution, ask: Ask, on: date) -> list[Any]:
    """Answers worth trying, the true one first."""
    found = truth(whole, ask)
    return [*([] if found is None else [found]), *answers(ask.entry, ask.items, on)]


def matters(
    judge: Judge, whole: Institution, missing: Institution, found: list[Ask], ask: Ask, at: Any
) -> bool:
    """Whether some answers to everything else leave it to this question how the judgement comes out."""
    addition, on = at
    others = [other for other in found if other.id != ask.id]
    for rest in islice(product(*(options(whole, other, on) for other in others)), MOST):
        answered = missing
        for other, value in zip(others, rest, strict=True):
            answered = told(answered, other.entry, other.months, value)
        values = options(whole, ask, on)
        outcomes = (
            outcome(judge, told(answered, ask.entry, ask.months, value), on, addition) for value in values
        )
        first = next(outcomes)
        if any(later != first for later in outcomes):
            return True
    return False


def stated(institution: Institution) -> Iterator[str]:
    yield from (*institution.facts, *institution.series, *institution.events)
    yield from (id_ for id_ in ("people", "filings") if getattr(institution, id_) is not None)


@pytest.mark.parametrize("addition", Rulebook.shipped().order)
def test_each_question_about_what_is_missing_can_change_the_judgement(judge: Judge, addition: str) -> None:
    whole, on = claimable(addition, judge)
    asked = set()
    for id_ in stated(whole):
        missing = without(whole, id_)
        found = asks(judge.judge(missing, on, [addition]), judge.rulebook)
        asked |= {ask.id for ask in found}
        for ask in found:
            assert matters(judge, whole, missing, found, ask, (addition, on)), (id_, ask.id)
    assert len(asked) >= 2


@pytest.mark.parametrize("addition", Rulebook.shipped().order)
def test_true_answers_to_what_is_asked_lead_to_the_judgement_of_the_whole_file(
    judge: Judge, addition: str
) -> None:
    """What is never asked is forgotten all the time; it must not have mattered. Optional details are stated or not."""
    whole, on = claimable(addition, judge)
    details = {id_: value for id_, value in whole.facts.items() if judge.rulebook.catalogue.get(id_).optional}
    institution = Institution(whole.name, whole.code, whole.sector, whole.kind, details)
    for _ in range(MOST):
        found = asks(judge.judge(institution, on, [addition]), judge.rulebook)
        if not found:
            break
        institution = confirmed(institution, whole, found[0])
    assert outcome(judge, institution, on, addition) == outcome(judge, whole, on, addition)
    assert judge.judge(institution, on, [addition]).of(addition).unknown == ()


def confirmed(institution: Institution, whole: Institution, ask: Ask) -> Institution:
    """An institution that says what the whole one says to a question."""
    match ask.entry.kind:
        case "fact":
            return replace(institution, facts={**institution.facts, ask.id: whole.facts[ask.id]})
        case "series":
            return replace(institution, series={**institution.series, ask.id: whole.series[ask.id]})
        case "event":
            return replace(institution, events={**institution.events, ask.id: whole.events[ask.id]})
        case "role":
            return replace(institution, people=whole.people)
    return replace(institution, filings=whole.filings)
