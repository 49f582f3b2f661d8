"""Bills: how often, beside what, to whom; a refusal names its rule and source, and what is not known."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from institutions import CLINIC, clinic, rates

import mitasu
from mitasu.facts import Institution, Span
from mitasu.judge.bill import Bill, Biller, Refusal
from mitasu.judge.encounters import read_encounters
from mitasu.judge.judgement import Judge

TOY = Institution("見本", "", "medical", "clinic", {"toy_a": (Span(True),), "toy_b": (Span(True),)})


def visit(id_: str, on: str, kind: str = "first_visit", **more: Any) -> dict[str, Any]:
    return {"id": id_, "patient": "p", "on": on, "kind": kind, **more}


def bills(
    judge: Judge, institution: Institution, *visits: dict[str, Any], history: list[Any] | None = None
) -> dict[str, Bill]:
    document = {"encounters": list(visits), "history": history or []}
    encounters, claims = read_encounters(document, judge.rulebook, "")
    return {bill.encounter.id: bill for bill in Biller(judge, institution).bills(encounters, claims)}


def refusal(bill: Bill, addition: str) -> Refusal:
    (found,) = (refused for refused in bill.refused if refused.addition == addition)
    return found


def paid(found: dict[str, Bill], addition: str) -> dict[str, int]:
    return {id_: bill.points(addition) for id_, bill in found.items()}


# ---- once in so many months --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "points"),
    [("2025-01-31", 0), ("2025-02-01", 0), ("2025-03-31", 0), ("2025-04-01", 7), ("2025-12-01", 7)],
)
def test_once_in_three_months_counts_calendar_months(toy: Judge, second: str, points: int) -> None:
    found = bills(toy, TOY, visit("a", "2025-01-15", card=True), visit("b", second, card=True))
    assert paid(found, "toy-limits") == {"a": 7, "b": points}
    if not points:
        refused = refusal(found["b"], "toy-limits")
        assert (refused.rule, refused.sources) == ("three-months", ("toy 3の1",))
        assert "2025年1月" in refused.why


@pytest.mark.parametrize(("second", "points"), [("2025-06-30", 0), ("2025-07-01", 2)])
def test_once_in_six_months_counts_what_the_limit_names(toy: Judge, second: str, points: int) -> None:
    found = bills(toy, TOY, visit("a", "2025-01-15", card=True), visit("b", second, "revisit"))
    assert paid(found, "toy-limits") == {"a": 7, "b": points}


def test_a_limit_counts_only_the_kinds_it_names(toy: Judge) -> None:
    found = bills(toy, TOY, visit("a", "2025-01-15", "revisit"), visit("b", "2025-01-20", card=True))
    assert paid(found, "toy-limits") == {"a": 2, "b": 7}


@pytest.mark.parametrize(("second", "points"), [("2024-12-31", 0), ("2025-01-01", 4)])
def test_once_in_twelve_months(toy: Judge, second: str, points: int) -> None:
    found = bills(toy, TOY, visit("a", "2024-01-31", "home_visit"), visit("b", second, "home_visit"))
    assert paid(found, "toy-other") == {"a": 4, "b": points}


def test_a_limit_that_refused_starts_no_new_count(toy: Judge) -> None:
    found = bills(
        toy, TOY, *(visit(day, day, card=True) for day in ("2025-01-15", "2025-03-15", "2025-04-15"))
    )
    assert list(paid(found, "toy-limits").values()) == [7, 0, 7]


def test_a_limit_counts_other_additions_where_it_says_so(toy: Judge) -> None:
    history = [{"patient": "p", "on": "2025-01-10", "addition": "home-care-dx"}]
    found = bills(
        toy, TOY, visit("a", "2025-06-30", "revisit"), visit("b", "2025-07-01", "revisit"), history=history
    )
    assert paid(found, "toy-limits") == {"a": 0, "b": 2}


def test_every_patient_has_limits_of_his_own(toy: Judge) -> None:
    found = bills(
        toy, TOY, visit("a", "2025-01-15", card=True), visit("b", "2025-01-15", card=True) | {"patient": "q"}
    )
    assert paid(found, "toy-limits") == {"a": 7, "b": 7}


@pytest.mark.parametrize(
    ("row", "points"),
    [
        ({"on": "2025-01-31", "addition": "toy-limits", "kind": "first_visit"}, 0),
        ({"on": "2025-01-31", "addition": "toy-limits", "kind": "revisit"}, 7),
        ({"on": "2025-01-31", "addition": "toy-limits"}, 0),
        ({"on": "2024-12-31", "addition": "toy-limits", "kind": "first_visit"}, 7),
        ({"on": "2025-01-31", "addition": "toy-limits", "kind": "first_visit", "patient": "q"}, 7),
    ],
)
def test_what_was_billed_before_counts(toy: Judge, row: dict[str, Any], points: int) -> None:
    found = bills(toy, TOY, visit("a", "2025-03-31", card=True), history=[{"patient": "p", **row}])
    assert paid(found, "toy-limits") == {"a": points}


def test_what_was_billed_elsewhere_counts(toy: Judge) -> None:
    found = bills(toy, TOY, visit("a", "2025-03-31", card=True, billed=["toy-limits"]))
    assert refusal(found["a"], "toy-limits").rule == "three-months"


def test_encounters_out_of_order_are_counted_in_order_and_answered_as_given(toy: Judge) -> None:
    found = bills(toy, TOY, visit("late", "2025-02-15", card=True), visit("early", "2025-01-15", card=True))
    assert list(found) == ["late", "early"]
    assert paid(found, "toy-limits") == {"late": 0, "early": 7}


# ---- beside what -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [("home", "first"), ("first", "home")])
def test_an_exclusion_works_both_ways_round(toy: Judge, order: tuple[str, str]) -> None:
    rows = {"home": ("home_visit", {}), "first": ("first_visit", {"card": True})}
    found = bills(
        toy,
        TOY,
        *(
            visit(name, f"2025-05-{day:02d}", rows[name][0], **rows[name][1])
            for day, name in enumerate(order, 3)
        ),
    )
    addition = {"home": "toy-other", "first": "toy-limits"}
    assert found[order[0]].points(addition[order[0]]) > 0
    refused = refusal(found[order[1]], addition[order[1]])
    assert (refused.rule, refused.sources) == ("not-beside", ("toy 3の3",))
    assert toy.rulebook.titles[addition[order[0]]] in refused.why


def test_an_exclusion_ends_with_its_month_and_its_last_day(toy: Judge) -> None:
    found = bills(toy, TOY, visit("a", "2025-04-30", "home_visit"), visit("b", "2025-05-01", card=True))
    assert paid(found, "toy-limits")["b"] == 7
    found = bills(toy, TOY, visit("a", "2025-06-03", "home_visit"), visit("b", "2025-06-20", card=True))
    assert paid(found, "toy-limits")["b"] == 7


def test_what_was_billed_elsewhere_excludes(toy: Judge) -> None:
    found = bills(toy, TOY, visit("a", "2025-05-03", card=True, billed=["toy-other"]))
    assert refusal(found["a"], "toy-limits").rule == "not-beside"


@pytest.mark.parametrize(
    ("bundle", "rule", "unknown"),
    [("pediatric-outpatient-fee", None, ()), ("special-admission-fee", "bundle", ())],
)
def test_a_bundle_swallows_what_is_not_outside_it(
    toy: Judge, bundle: str, rule: str | None, unknown: Any
) -> None:
    bill = bills(toy, TOY, visit("a", "2025-05-03", card=True, bundle=bundle))["a"]
    assert bill.points("toy-limits") == (0 if rule else 7)
    if rule:
        assert (refusal(bill, "toy-limits").rule, refusal(bill, "toy-limits").unknown) == (rule, unknown)


def test_a_bundle_of_which_nothing_is_written_leaves_it_open(toy: Judge) -> None:
    bill = bills(toy, TOY, visit("a", "2025-05-03", "home_visit", bundle="pediatric-outpatient-fee"))["a"]
    assert refusal(bill, "toy-other").unknown == ("bundle",)


# ---- what is not known -------------------------------------------------------------------------------------


def test_an_attribute_that_is_not_known_is_named(toy: Judge) -> None:
    refused = refusal(bills(toy, TOY, visit("a", "2025-01-15"))["a"], "toy-limits")
    assert (refused.rule, refused.unknown) == ("card-used", ("card",))
    assert "マイナ保険証の利用（card）" in refused.why


def test_a_condition_that_is_not_met_is_told_with_its_source(toy: Judge) -> None:
    refused = refusal(bills(toy, TOY, visit("a", "2025-01-15", card=False))["a"], "toy-limits")
    assert (refused.rule, refused.unknown, refused.sources) == ("card-used", (), ("toy 3",))
    assert "マイナ保険証を使っていません" in refused.why


def test_what_is_sure_is_told_before_what_is_not_known(toy: Judge) -> None:
    found = bills(toy, TOY, visit("a", "2025-01-15", card=True), visit("b", "2025-01-20"))
    assert (refusal(found["b"], "toy-limits").rule, refusal(found["b"], "toy-limits").unknown) == (
        "three-months",
        (),
    )


def test_a_fact_of_the_institution_that_is_not_known_is_named(toy: Judge) -> None:
    bill = bills(toy, Institution("見本", "", "medical", "clinic"), visit("a", "2025-01-15", card=True))["a"]
    refused = refusal(bill, "toy-limits")
    assert (refused.rule, refused.unknown) == ("facility-standard", ("toy_a",))
    assert "あ" in refused.why


def test_a_standard_that_is_not_met_is_told_with_its_requirement(toy: Judge) -> None:
    institution = Institution("見本", "", "medical", "clinic", {"toy_a": (Span(False),)})
    refused = refusal(bills(toy, institution, visit("a", "2025-01-15", card=True))["a"], "toy-limits")
    assert (refused.rule, refused.sources, refused.unknown) == ("a", ("toy 3",), ())


@pytest.mark.parametrize(
    ("information", "level", "points"),
    [("obtained", "2", 1), ("none_stored", "2", 1), ("refused", "1", 3), ("not_sought", "1", 3)],
)
def test_the_encounter_decides_the_level_where_the_law_says_so(
    judge: Judge, information: str, level: str, points: int
) -> None:
    row = visit("a", "2024-06-03", card=information != "not_sought", information=information)
    bill = bills(judge, clinic(judge.rulebook), row)["a"]
    (item,) = (item for item in bill.items if item.addition == "medical-information-acquisition")
    assert (item.level, item.points) == (level, points)


def test_a_level_that_cannot_be_told_is_never_billed_on_a_guess(judge: Judge) -> None:
    refused = refusal(
        bills(judge, clinic(judge.rulebook), visit("a", "2024-06-03", card=True))["a"],
        "medical-information-acquisition",
    )
    assert (refused.rule, refused.unknown) == ("level", ("information",))


# ---- the shipped additions -----------------------------------------------------------------------------------


def test_once_a_month_and_at_first_visits_only(judge: Judge) -> None:
    found = bills(
        judge, clinic(judge.rulebook), visit("a", "2025-06-05"), visit("b", "2025-06-25"), visit("c", "2025-07-01"),
        visit("d", "2025-08-01", "revisit"),
    )  # fmt: skip
    assert paid(found, "medical-dx-promotion") == {"a": 12, "b": 0, "c": 12, "d": 0}
    assert refusal(found["b"], "medical-dx-promotion").rule == "monthly-limit"
    assert not [row for row in found["d"].refused if row.addition == "medical-dx-promotion"]


def test_revisits_once_in_three_months(judge: Judge) -> None:
    rows = [
        visit(day, day, "revisit", card=False, information="not_sought")
        for day in ("2025-06-30", "2025-08-31", "2025-09-01")
    ]
    assert list(
        paid(bills(judge, clinic(judge.rulebook), *rows), "medical-information-acquisition").values()
    ) == [1, 0, 1]


def test_two_additions_of_one_visit_stand_side_by_side(judge: Judge) -> None:
    bill = bills(judge, clinic(judge.rulebook), visit("a", "2025-06-05", card=True, information="obtained"))[
        "a"
    ]
    assert {item.addition for item in bill.items} == {
        "medical-dx-promotion",
        "medical-information-acquisition",
    }
    for item in bill.items:
        assert item.why


def test_an_addition_that_gives_way_waits_for_the_better_one(judge: Judge) -> None:
    home = {
        "home_consent": True,
        "information": "obtained",
        "plan_used_information": True,
        "first_home_visit": False,
        "card": True,
    }
    for addition in judge.rulebook.additions.values():
        for other in addition.billing.gives_way_to:
            assert other in judge.rulebook.additions
    rows = [
        visit("a", "2025-06-05", "revisit", card=False, information="not_sought"),
        visit("b", "2025-06-20", "home_visit", **home),
    ]
    found = bills(judge, clinic(judge.rulebook), *rows)
    billed = {item.addition for bill in found.values() for item in bill.items}
    assert not {"medical-information-acquisition", "home-care-dx"} <= billed
    assert billed & {"medical-information-acquisition", "home-care-dx"}


def test_the_new_addition_replaces_the_old_one_on_its_day(judge: Judge) -> None:
    rows = [visit(day, day, card=True, information="obtained") for day in ("2026-05-31", "2026-06-01")]
    found = bills(judge, clinic(judge.rulebook, rates(90.0)), *rows)
    assert [sorted(item.addition for item in bill.items) for bill in found.values()] == [
        ["medical-dx-promotion", "medical-information-acquisition"],
        ["electronic-information-sharing"],
    ]


def test_a_station_is_billed_in_yen(judge: Judge) -> None:
    change = {
        "institution": {"sector": "nursing", "kind": "station", "code": "1361234567"},
        "filings": [{"item": "visiting-nursing-dx", "arrived": "2024-05-10", "accepted": "2024-05-20"}],
    }
    row = visit("a", "2025-06-05", "nursing_visit", home_consent=True, information="obtained", card=True, nurse_grade="nurse",
                first_home_visit=False, plan_used_information=True, service="home_nursing")  # fmt: skip
    bill = bills(judge, clinic(judge.rulebook, change), row)["a"]
    (item,) = bill.items
    assert (item.points, item.yen, bill.points("visiting-nursing-dx")) == (None, 50, 50)


def test_what_only_excludes_is_refused_where_the_other_is_filed(judge: Judge) -> None:
    filed = bills(judge, clinic(judge.rulebook), visit("a", "2026-06-05", "revisit"))["a"]
    assert refusal(filed, "statement-issuance").sources
    free = [row for row in CLINIC["filings"] if row["item"] != "electronic-information-sharing"]
    bill = bills(judge, clinic(judge.rulebook, {"filings": free}), visit("a", "2026-06-05", "revisit"))["a"]
    assert not [row for row in bill.refused if row.addition == "statement-issuance"]


def test_every_refusal_of_the_samples_names_a_rule_and_a_reason(judge: Judge) -> None:
    from importlib.resources import files

    rows = str(files("mitasu").joinpath("samples", "encounters.yaml"))
    for name in ("paper-clinic", "childrens-clinic"):
        for bill in mitasu.bill(mitasu.sample(name), rows):
            for row in bill.refused:
                assert row.rule
                assert row.why
                assert row.sources or row.unknown


def test_a_bill_asks_the_standard_of_its_own_day(judge: Judge) -> None:
    institution = clinic(judge.rulebook, {"facts": {"posted_on_website": False}})
    found = bills(judge, institution, visit("a", "2025-05-31"), visit("b", "2025-06-01"))
    assert paid(found, "medical-dx-promotion") == {"a": 12, "b": 0}
    assert refusal(found["b"], "medical-dx-promotion").rule == "posted-on-website"
    assert Biller(judge, institution).answer(date(2025, 5, 31)).on == date(2025, 5, 31)
