"""Amounts with names: which of them an encounter gets, and how often one of them may be claimed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from test_billing_rules import bills, paid, refusal, visit

from mitasu.errors import InputError
from mitasu.facts import Filing, Institution
from mitasu.judge.encounters import read_encounters
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

RULE = """\
id: toy-amounts
title: 見本・名前のある点数
sectors: [medical]
cite: ["toy 5"]
requirements: [{id: always, label: いつも, cite: ["toy 5"], need: {not: {fact: facility_kind, equals: pharmacy}}}]
every_level: [always]
amounts: {long: 長い, short: 短い, video: オンライン, house: 病院, office: 診療所}
periods:
  - {from: 2025-01-01, until: 2025-12-31, cite: ["toy 5"], levels: [{level: "", points: {medical: {long: 30, short: 10, video: 5}}, needs: []}]}
  - {from: 2026-01-01, cite: ["toy 5"], levels: [{level: "", points: {medical: {house: {long: 40, short: 20}, office: {long: 60, short: 25}}}, needs: []}]}
billing:
  encounters: {medical: [first_visit, revisit]}
  limits:
    - {id: short-weekly, label: 短いものは週1回, cite: ["toy 6"], amount: short, weeks: 1}
    - {id: video-fortnightly, label: オンラインは2週に1回, cite: ["toy 6"], amount: video, weeks: 2}
  amounts:
    - {id: place, label: 病院か, cite: ["toy 7"], amount: house, kinds: [hospital]}
    - {id: place, label: 診療所か, cite: ["toy 7"], amount: office, kinds: [clinic, clinic_with_beds]}
    - {id: by-video, label: オンラインか, cite: ["toy 8"], amount: video, filed: toy-video, need: {fact: toy_video}}
    - {id: minutes, label: 長さ, cite: ["toy 8"], amount: long, once: true, need: {fact: toy_minutes, at_least: 30}}
    - {id: minutes, label: 長さ, cite: ["toy 8"], amount: short, need: {fact: toy_minutes, at_least: 5}}
"""
FACTS = """\
toy_minutes: {label: 時間, kind: encounter, type: integer, unit: 分, ask: 何分ですか}
toy_video: {label: オンライン, kind: encounter, ask: オンラインですか}
toy-video: {label: オンラインの届出, kind: filing_item, ask: 届け出ていますか}
"""
ID = "toy-amounts"
CLINIC = Institution("見本", "", "medical", "clinic", filings=())


def package(folder: Path, rule: str, name: str = ID) -> Path:
    """A folder with one rule, its facts and its source."""
    for path, text in (
        (f"additions/{name}.yaml", rule),
        ("facts/toy.yaml", FACTS),
        ("sources-toy.yaml", "toy: {title: 見本の通知, grade: C}\n"),
    ):
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


@pytest.fixture(scope="module")
def amounts(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(Rulebook.load(package(tmp_path_factory.mktemp("amounts"), RULE)))


def say(on: str, minutes: int | None = None, *, video: bool | None = False, **more: Any) -> dict[str, Any]:
    stated = {"toy_minutes": minutes, "toy_video": video}
    return visit(
        on, on, "revisit", **{key: value for key, value in stated.items() if value is not None}, **more
    )


@pytest.mark.parametrize(
    ("minutes", "points", "told"), [(45, 30, "長い"), (30, 30, "長い"), (29, 10, "短い"), (5, 10, "短い")]
)
def test_the_first_amount_whose_condition_holds_is_paid_and_named(
    amounts: Judge, minutes: int, points: int, told: str
) -> None:
    (bill,) = bills(amounts, CLINIC, say("2025-06-02", minutes)).values()
    (item,) = (item for item in bill.items if item.addition == ID)
    assert item.points == points
    assert item.why.endswith(f"（{told}）")


def test_where_none_holds_nothing_is_paid(amounts: Judge) -> None:
    (bill,) = bills(amounts, CLINIC, say("2025-06-02", 4)).values()
    assert refusal(bill, ID).why == "この受診で算定できる区分がありません。"


@pytest.mark.parametrize(
    ("stated", "unknown"),
    [({"video": None, "minutes": 30}, "toy_video"), ({"video": False, "minutes": None}, "toy_minutes")],
)
def test_what_is_not_known_of_an_earlier_amount_lets_no_later_one_be_paid(
    amounts: Judge, stated: dict[str, Any], unknown: str
) -> None:
    (bill,) = bills(amounts, CLINIC, say("2025-06-02", stated["minutes"], video=stated["video"])).values()
    assert refusal(bill, ID).unknown == (unknown,)


def test_the_kind_of_institution_may_decide_before_the_encounter(amounts: Judge) -> None:
    for kind, points in (("hospital", 40), ("clinic", 60), ("clinic_with_beds", 60)):
        institution = replace(CLINIC, kind=kind)
        assert paid(bills(amounts, institution, say("2026-06-02", 30)), ID) == {"2026-06-02": points}


# ---- amounts that ask for another filing ---------------------------------------------------------------------


def test_an_amount_may_ask_for_a_filing_of_its_own(amounts: Judge) -> None:
    filed = replace(CLINIC, filings=(Filing("toy-video", None, None, date(2025, 5, 20)),))
    assert paid(bills(amounts, filed, say("2025-06-02", video=True)), ID) == {"2025-06-02": 5}
    (bill,) = bills(amounts, filed, say("2025-05-30", video=True)).values()
    assert refusal(bill, ID).why == "オンラインか：オンラインの届出の届出がありません。"
    (bill,) = bills(amounts, replace(CLINIC, filings=None), say("2025-06-02", video=True)).values()
    assert refusal(bill, ID).unknown == ("filings",)


# ---- how often -----------------------------------------------------------------------------------------------


def test_an_amount_that_is_paid_once_gives_way_to_the_next(amounts: Judge) -> None:
    found = bills(amounts, CLINIC, *(say(on, 30) for on in ("2025-06-02", "2025-06-09", "2025-06-16")))
    assert list(paid(found, ID).values()) == [30, 10, 10]


@pytest.mark.parametrize(
    ("before", "points", "unknown"),
    [("long", 10, ()), ("short", 30, ()), (None, 0, ("amount",))],
)
def test_what_was_paid_once_before_is_told_by_the_history(
    amounts: Judge, before: str | None, points: int, unknown: tuple[str, ...]
) -> None:
    row = {"patient": "p", "on": "2025-03-03", "addition": ID} | ({"amount": before} if before else {})
    (bill,) = bills(amounts, CLINIC, say("2025-06-02", 30), history=[row]).values()
    assert bill.points(ID) == points
    if unknown:
        assert refusal(bill, ID).unknown == unknown
        assert "history の amount" in refusal(bill, ID).why


@pytest.mark.parametrize(
    ("second", "points"),
    [("2025-06-02", 0), ("2025-06-07", 0), ("2025-06-08", 10)],  # Monday 2, Saturday 7, Sunday 8 June
)
def test_once_in_a_week_counts_from_sunday_to_saturday(amounts: Judge, second: str, points: int) -> None:
    first = {**say("2025-06-01", 10), "id": "first"}
    found = bills(amounts, CLINIC, first, {**say(second, 10), "id": "second"})
    assert paid(found, ID) == {"first": 10, "second": points}
    if not points:
        assert refusal(found["second"], ID).rule == "short-weekly"


@pytest.mark.parametrize(("second", "points"), [("2025-06-14", 0), ("2025-06-15", 5)])
def test_once_in_two_weeks_counts_this_week_and_the_one_before(
    amounts: Judge, second: str, points: int
) -> None:
    filed = replace(CLINIC, filings=(Filing("toy-video", None, None, date(2025, 1, 20)),))
    first = {**say("2025-06-04", video=True), "id": "first"}
    found = bills(amounts, filed, first, {**say(second, video=True), "id": "second"})
    assert paid(found, ID) == {"first": 5, "second": points}


def test_a_limit_of_one_amount_leaves_the_others_alone(amounts: Judge) -> None:
    found = bills(amounts, CLINIC, say("2025-06-02", 30), say("2025-06-03", 10))
    assert list(paid(found, ID).values()) == [30, 10]


@pytest.mark.parametrize(("before", "points"), [("short", 0), ("long", 10), (None, 0)])
def test_a_claim_of_the_week_counts_if_it_was_of_that_amount(
    amounts: Judge, before: str | None, points: int
) -> None:
    row = {"patient": "p", "on": "2025-06-01", "addition": ID} | ({"amount": before} if before else {})
    (bill,) = bills(amounts, CLINIC, say("2025-06-03", 10), history=[row]).values()
    assert bill.points(ID) == points
    if before is None:
        assert refusal(bill, ID).unknown == ("amount",)


def test_a_kind_of_encounter_without_points_is_refused(tmp_path: Path) -> None:
    text = RULE.replace(ID, "toy-kinds").replace("{long: 30, short: 10, video: 5}", "{revisit: 7}")
    judge = Judge(Rulebook.load(package(tmp_path, text, "toy-kinds")))
    found = bills(judge, CLINIC, visit("a", "2025-06-02"), visit("b", "2025-06-03", "revisit"))
    assert paid(found, "toy-kinds") == {"a": 0, "b": 7}
    assert refusal(found["a"], "toy-kinds").rule == "level"


# ---- what is written wrongly -----------------------------------------------------------------------------------


def test_an_amount_that_the_addition_does_not_have_is_refused(amounts: Judge) -> None:
    for addition, told in ((ID, "近いもの: short"), ("home-care-dx", "「shrt」はありません")):
        row = {"patient": "p", "on": "2025-06-01", "addition": addition, "amount": "shrt"}
        with pytest.raises(InputError, match=told):
            read_encounters({"encounters": [], "history": [row]}, amounts.rulebook, "")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("weeks: 1", "weeks: 0", "weeks は1から52までの整数で、days・months と併せては書けません"),
        ("weeks: 1", "weeks: 1, months: 1", "weeks は1から52までの整数で、days・months と併せては書けません"),
        ("amount: short, weeks", "amount: shrt, weeks", "「shrt」はありません。近いもの: short"),
        ("kinds: [hospital]", "kinds: [hospitl]", "「hospitl」はありません。近いもの: hospital"),
        (", kinds: [hospital]", "", "「place」に条件（need）がありません"),
        ("filed: toy-video", "filed: toy-vdeo", "「toy-vdeo」はありません。近いもの: toy-video"),
    ],
)
def test_a_clause_of_amounts_is_checked_when_it_is_loaded(
    tmp_path: Path, old: str, new: str, told: str
) -> None:
    assert old in RULE
    problems = [str(problem) for problem in Rulebook.check(package(tmp_path, RULE.replace(old, new)))[1]]
    assert any(told in problem for problem in problems), problems
