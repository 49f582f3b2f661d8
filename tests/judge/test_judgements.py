"""A judgement: status, level, points, what is missing and what is unknown, grace and what can only be told later."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import Any

import pytest
from institutions import CLINIC, clinic, rates, without

import mitasu
from mitasu.facts import Filing, Institution, Span
from mitasu.judge.judgement import Judge, Judgement
from mitasu.judge.marks import fallen
from mitasu.judge.serial import answer_to_dict

DAY = date(2025, 4, 1)
BARE = Institution("見本", "", "medical", "clinic")


def toys(**values: Any) -> Institution:
    """An institution that says only these toy facts; None is not said."""
    facts = {f"toy_{name}": (Span(value),) for name, value in values.items() if value is not None}
    return Institution("見本", "", "medical", "clinic", facts)


def one(judge: Judge, institution: Institution, addition: str, day: date = DAY) -> Judgement:
    return judge.judge(institution, day, [addition]).of(addition)


# ---- status, level, points -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "level", "points"),
    [
        (60.0, "1", 12),
        (45.0, "1", 12),
        (44.9, "2", 11),
        (30.0, "2", 11),
        (29.9, "3", 10),
        (15.0, "3", 10),
        (14.9, None, None),
        (14.9999, None, None),
    ],
)
def test_the_rate_decides_the_level_to_the_last_digit(
    judge: Judge, rate: float, level: str | None, points: int | None
) -> None:
    found = one(judge, clinic(judge.rulebook, rates(rate)), "medical-dx-promotion")
    assert (found.status, found.level, found.points) == (
        "claimable" if level else "not_claimable",
        level,
        points,
    )


@pytest.mark.parametrize(
    ("sector", "kind", "code", "points"),
    [("medical", "clinic", "1", 12), ("dental", "clinic", "3", 11), ("medical", "hospital", "1", 12)],
)
def test_each_sector_has_its_own_points(judge: Judge, sector: str, kind: str, code: str, points: int) -> None:
    head = {"sector": sector, "kind": kind, "code": f"13{code}1234567"}
    found = one(judge, clinic(judge.rulebook, {"institution": head}), "medical-dx-promotion")
    assert (found.level, found.points) == ("1", points)


def test_where_the_encounter_decides_the_points_are_by_encounter(judge: Judge) -> None:
    found = one(judge, clinic(judge.rulebook), "electronic-information-sharing", date(2026, 6, 1))
    assert (found.level, found.points) == ("3", {"first_visit": 4, "revisit": 2})
    found = one(judge, clinic(judge.rulebook), "medical-information-acquisition", date(2024, 6, 3))
    assert (found.level, found.points) == ("", {"first_visit": {"1": 3, "2": 1}, "revisit": {"3": 2, "4": 1}})
    found = one(judge, clinic(judge.rulebook), "medical-information-acquisition", date(2024, 12, 1))
    assert found.points == {"first_visit": 1, "revisit": 1}


HOMES, HOMES_RAISED = {"alone": 3, "together": 1}, {"alone": 5, "together": 2}


@pytest.mark.parametrize(
    ("day", "facts", "points", "unknown"),
    [
        ("2025-01-31", {"b": True, "c": True}, {"first_visit": 10, "home_visit": HOMES}, ()),
        ("2025-02-01", {"b": True, "c": False}, {"first_visit": 12, "home_visit": HOMES_RAISED}, ()),
        ("2025-04-01", {"b": True, "c": False}, {"first_visit": 10, "home_visit": HOMES}, ()),
        ("2025-04-01", {"b": True}, {"first_visit": 10, "home_visit": HOMES}, ("toy_c",)),
        ("2025-04-01", {"b": False}, {"first_visit": 10, "home_visit": HOMES}, ()),
        ("2025-04-01", {"b": True, "c": True}, {"first_visit": 12, "home_visit": HOMES_RAISED}, ()),
        ("2026-01-01", {"b": True, "c": True}, {"first_visit": 10}, ()),
    ],
)
def test_further_requirements_that_hold_bring_other_points(
    toy: Judge, day: str, facts: dict[str, bool], points: Any, unknown: tuple[str, ...]
) -> None:
    found = one(toy, toys(a=True, **facts), "toy-raised", date.fromisoformat(day))
    assert (found.status, found.points, found.unknown) == ("claimable", points, unknown)


def test_a_station_is_paid_in_yen(judge: Judge) -> None:
    station = {"institution": {"sector": "nursing", "kind": "station", "code": "1361234567"}}
    filed = {"filings": [{"item": "visiting-nursing-dx", "arrived": "2024-05-10", "accepted": "2024-05-20"}]}
    found = one(judge, clinic(judge.rulebook, station | filed), "visiting-nursing-dx")
    assert (found.status, found.level, found.points, found.yen) == ("claimable", "", None, 50)
    plain = answer_to_dict(judge.judge(clinic(judge.rulebook, station | filed), DAY))["judgements"]
    assert {row["addition"]: row.get("yen", "none") for row in plain if row["status"] == "claimable"} == {
        "visiting-nursing-dx": 50
    }
    medical = answer_to_dict(judge.judge(clinic(judge.rulebook), DAY))["judgements"]
    assert not any("yen" in row for row in medical)


def test_an_addition_has_no_answer_where_it_is_not_in_force_or_not_for_the_institution(judge: Judge) -> None:
    found = {j.addition: j for j in judge.judge(clinic(judge.rulebook), DAY).judgements}
    assert set(found) == set(judge.rulebook.order)
    assert found["electronic-information-sharing"].status == "not_in_force"
    assert found["medical-information-system"].status == "not_in_force"
    assert found["record-management"].status == "not_applicable"
    for judgement in found.values():
        if judgement.status in ("not_in_force", "not_applicable"):
            assert (judgement.level, judgement.points, judgement.requirements) == (None, None, ())
            assert (judgement.missing, judgement.unknown) == ((), ())


@pytest.mark.parametrize(
    ("day", "status"),
    [
        (date(2024, 5, 31), "not_in_force"),
        (date(2024, 6, 1), "claimable"),
        (date(2026, 5, 31), "claimable"),
        (date(2026, 6, 1), "not_in_force"),
    ],
)
def test_both_ends_of_a_period_belong_to_it(judge: Judge, day: date, status: str) -> None:
    change = rates(80.0) | {"filings": [*CLINIC["filings"]], "facts": {"emr_sharing": True}}
    assert one(judge, clinic(judge.rulebook, change), "medical-dx-promotion", day).status == status


def test_what_applies_to_a_hospital_only_is_judged_for_a_hospital(judge: Judge) -> None:
    hospital = mitasu.sample("hospital")
    assert one(judge, hospital, "record-management", date(2026, 6, 1)).status == "claimable"
    assert (
        one(judge, mitasu.sample("paper-clinic"), "record-management", date(2026, 6, 1)).status
        == "not_applicable"
    )


def test_a_standard_of_several_fees_pays_nothing_itself(judge: Judge) -> None:
    found = one(judge, mitasu.sample("hospital"), "emergency-view", date(2025, 6, 1))
    assert (found.status, found.points) == ("claimable", None)


@pytest.mark.parametrize(
    ("filed", "levels"), [("1", ["1", "2", "3"]), ("2", ["2", "3"]), ("3", ["3"]), (None, ["1", "2", "3"])]
)
@pytest.mark.parametrize(("system", "level"), [("full", "1"), ("half", "2"), ("none", "3")])
def test_a_filing_covers_its_level_and_the_levels_below(
    judge: Judge, filed: str | None, levels: list[str], system: str, level: str
) -> None:
    facts = {
        "full": {"e_prescription": True, "emr_sharing": True, "emr_sharing_listed": True, "e_prescription_listed": True, "security_guideline": True},
        "half": {"e_prescription": True, "emr_sharing": False, "e_prescription_listed": True, "security_guideline": True},
        "none": {"e_prescription": False, "emr_sharing": False, "e_prescription_listed": False, "security_guideline": False},
    }[system]  # fmt: skip
    filing = {"item": "electronic-information-sharing", "arrived": "2026-05-14", "accepted": "2026-05-27"}
    change = {"facts": facts, "filings": [filing | ({"level": filed} if filed else {})]}
    found = one(judge, clinic(judge.rulebook, change), "electronic-information-sharing", date(2026, 6, 1))
    best = max(level, levels[0])
    assert (found.status, found.level) == ("claimable", best)


@pytest.mark.parametrize("filed", ["1", "2", "3"])
@pytest.mark.parametrize(("rate", "level"), [(50.0, "1"), (35.0, "2"), (20.0, "3")])
def test_one_new_filing_of_2025_covers_levels_1_to_3_alike(
    judge: Judge, filed: str, rate: float, level: str
) -> None:
    old, _, *rest = CLINIC["filings"]
    new = {"item": "medical-dx-promotion", "level": filed, "arrived": "2025-04-04", "accepted": "2025-04-25"}
    found = one(
        judge, clinic(judge.rulebook, rates(rate) | {"filings": [old, new, *rest]}), "medical-dx-promotion"
    )
    assert (found.status, found.level) == ("claimable", level)


@pytest.mark.parametrize(("rate", "level"), [(50.0, "4"), (35.0, "5"), (20.0, "6")])
def test_an_old_filing_covers_levels_4_to_6(judge: Judge, rate: float, level: str) -> None:
    old, _, *rest = CLINIC["filings"]
    found = one(
        judge, clinic(judge.rulebook, rates(rate) | {"filings": [old, *rest]}), "medical-dx-promotion"
    )
    assert (found.status, found.level) == ("claimable", level)


@pytest.mark.parametrize(
    ("arrived", "accepted", "since"),
    [
        ("2025-04-04", "2025-04-25", date(2025, 4, 1)),
        ("2025-04-05", "2025-04-25", date(2025, 5, 1)),
        ("2025-04-04", "2025-05-02", date(2025, 6, 1)),
        ("2025-04-30", "2025-05-01", date(2025, 5, 1)),
    ],
)
def test_a_filing_counts_from_the_day_the_notice_gives(
    judge: Judge, arrived: str, accepted: str, since: date
) -> None:
    old, _, *rest = CLINIC["filings"]
    new = {"item": "medical-dx-promotion", "level": "1", "arrived": arrived, "accepted": accepted}
    institution = clinic(judge.rulebook, {"filings": [old, new, *rest]})
    for day in (date(2025, 4, 1), date(2025, 4, 30), date(2025, 5, 1), date(2025, 5, 31), date(2025, 6, 1)):
        expected = "1" if day >= since else "4"
        assert one(judge, institution, "medical-dx-promotion", day).level == expected


def test_a_withdrawn_filing_ends_on_its_day(judge: Judge) -> None:
    old = CLINIC["filings"][0] | {"withdrawn": "2025-04-10"}
    institution = clinic(judge.rulebook, {"filings": [old]})
    assert one(judge, institution, "medical-dx-promotion", date(2025, 4, 9)).status == "claimable"
    found = one(judge, institution, "medical-dx-promotion", date(2025, 4, 10))
    assert (found.status, found.missing) == ("not_claimable", ("filed",))


# ---- missing ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", list(product([True, False], repeat=5)))
def test_missing_is_what_the_nearest_level_lacks_and_on_a_tie_the_one_that_pays_more(
    toy: Judge, values: tuple[bool, ...]
) -> None:
    a, b, c, d, n = values
    found = one(toy, toys(a=a, b=b, c=c, d=d, n=5 if n else 4), "toy-levels")
    lacks = [
        [id_ for id_, held in wanted if not held]
        for wanted in ([("a", a), ("b", b), ("c", c)], [("a", a), ("d", d)], [("a", a), ("n", n)])
    ]
    held = next((place for place, ids in enumerate(lacks) if not ids), None)
    if held is not None:
        assert (found.status, found.level, found.points) == ("claimable", str(held + 1), (10, 5, 3)[held])
        assert found.missing == ()
    else:
        nearest = min(range(3), key=lambda place: (len(lacks[place]), place))
        assert (found.status, found.level, found.points) == ("not_claimable", None, None)
        assert list(found.missing) == lacks[nearest]
        assert found.reported == max(place for place in range(3) if lacks[place] == lacks[nearest])
    assert found.unknown == ()


def test_the_requirements_are_those_of_the_reported_level_in_the_order_of_the_file(toy: Judge) -> None:
    found = one(toy, toys(a=True, b=False, c=False, d=False, n=4), "toy-levels")
    assert [answer.id for answer in found.requirements] == ["a", "b", "c", "d", "n", "wish", "unsure"]
    assert found.missing == ("d",)


def test_a_wish_and_a_limit_without_source_never_block(toy: Judge) -> None:
    found = one(toy, toys(a=True, b=True, c=True, d=True, n=5), "toy-levels")
    statuses = {answer.id: answer.status for answer in found.requirements}
    assert (statuses["wish"], statuses["unsure"]) == ("advisory_unmet", "unmet")
    assert (found.status, found.level, found.missing) == ("claimable", "1", ())


def test_nothing_advisory_is_ever_missing_in_the_samples(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        for day in (date(2024, 6, 1), DAY, date(2026, 6, 1)):
            for judgement in judge.judge(mitasu.sample(name), day).judgements:
                for id_ in judgement.missing:
                    answer = judgement.requirement(id_)
                    assert answer is not None
                    assert answer.requirement.kind != "advisory"
                    assert not answer.requirement.unverified


# ---- unknown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", list(product([True, False, None], repeat=4)))
def test_unknown_is_never_taken_for_no(toy: Judge, values: tuple[bool | None, ...]) -> None:
    a, b, c, d = values
    found = one(toy, toys(a=a, b=b, c=c, d=d, n=4), "toy-levels")
    worlds = [
        one(toy, toys(a=x, b=y, c=z, d=w, n=4), "toy-levels")
        for x, y, z, w in product(*([value] if value is not None else [True, False] for value in values))
    ]
    best = {world.level for world in worlds}
    if found.status == "claimable":
        assert found.level is not None
        assert all(world.status == "claimable" and str(world.level) <= found.level for world in worlds)
        assert bool(found.unknown) == (len(best) > 1)
    elif found.status == "not_claimable":
        assert {world.status for world in worlds} == {"not_claimable"}
        assert found.unknown == ()
    else:
        assert {world.status for world in worlds} == {"claimable", "not_claimable"}
        assert found.unknown


def test_unknown_names_first_what_decides_alone(toy: Judge) -> None:
    assert one(toy, toys(a=True, n=4), "toy-levels").unknown == ("toy_d", "toy_b", "toy_c")
    assert one(toy, toys(a=True, b=True, n=4, d=False), "toy-levels").unknown == ("toy_c",)


def test_a_lower_level_that_holds_is_claimable_while_what_decides_the_higher_is_named(
    toy: Judge, judge: Judge
) -> None:
    found = one(toy, toys(a=True, c=True, d=True, n=5), "toy-levels")
    assert (found.status, found.level, found.unknown) == ("claimable", "2", ("toy_b",))
    found = one(judge, without(clinic(judge.rulebook), "mynaportal_consultation"), "medical-dx-promotion")
    assert (found.status, found.level, found.points) == ("claimable", "3", 10)
    assert found.unknown == ("mynaportal_consultation",)


def test_what_cannot_decide_any_more_is_not_named(judge: Judge) -> None:
    found = one(judge, without(clinic(judge.rulebook, rates(10.0)), "view_in_rooms"), "medical-dx-promotion")
    assert (found.status, found.unknown) == ("not_claimable", ())
    assert found.missing == ("card-use-rate",)


def test_a_list_that_is_not_there_is_unknown_and_an_empty_one_is_no(judge: Judge) -> None:
    assert one(judge, without(clinic(judge.rulebook), "filings"), "medical-dx-promotion").unknown == (
        "filings",
    )
    found = one(judge, clinic(judge.rulebook, {"filings": []}), "medical-dx-promotion")
    assert (found.status, found.missing) == ("not_claimable", ("filed",))


def test_an_institution_that_says_nothing_is_undetermined_wherever_it_could_be(judge: Judge) -> None:
    for judgement in judge.judge(BARE, DAY).judgements:
        assert judgement.status in ("undetermined", "not_in_force", "not_applicable")
        assert judgement.missing == ()


# ---- grace and what is told later ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "status", "until"),
    [
        (date(2025, 3, 31), "deemed", date(2025, 3, 31)),
        (date(2025, 4, 1), "unmet", None),
        (date(2025, 1, 1), "deemed", date(2025, 3, 31)),
    ],
)
def test_grace_lasts_to_its_last_day(toy: Judge, day: date, status: str, until: date | None) -> None:
    found = one(toy, toys(a=False, b=True, c=True), "toy-grace", day)
    answer = found.requirement("a")
    assert answer is not None
    assert (answer.status, answer.until) == (status, until)
    assert found.status == ("claimable" if status == "deemed" else "not_claimable")


def test_grace_may_last_to_a_day_that_a_fact_gives(toy: Judge) -> None:
    answer = one(toy, toys(a=True, b=False, c=True, until=date(2025, 9, 30)), "toy-grace").requirement("b")
    assert answer is not None
    assert (answer.status, answer.until) == ("deemed", date(2025, 9, 30))
    answer = one(toy, toys(a=True, b=False, c=True, until=date(2025, 1, 31)), "toy-grace").requirement("b")
    assert answer is not None
    assert answer.status == "unmet"


def test_grace_without_an_end_has_no_day(toy: Judge) -> None:
    found = one(toy, toys(a=True, b=True, c=False, d=True), "toy-grace")
    answer = found.requirement("c")
    assert answer is not None
    assert (found.status, answer.status, answer.until) == ("claimable", "deemed", None)
    assert "当面の間" in answer.why


def test_whether_grace_is_for_one_may_itself_be_unknown(toy: Judge) -> None:
    found = one(toy, toys(a=True, b=True, c=False), "toy-grace")
    assert (found.status, found.unknown) == ("undetermined", ("toy_d",))


def test_what_is_met_needs_no_grace(toy: Judge) -> None:
    found = one(toy, toys(a=True, b=True, c=True), "toy-grace", date(2025, 2, 1))
    assert {answer.status for answer in found.requirements} == {"met"}


def test_the_shipped_grace_ends_when_the_sources_say(judge: Judge) -> None:
    institution = clinic(judge.rulebook, {"facts": {"posted_on_website": False}})
    last, after = date(2025, 5, 31), date(2025, 6, 1)
    answer = one(judge, institution, "medical-dx-promotion", last).requirement("posted-on-website")
    assert answer is not None
    assert (answer.status, answer.until) == ("deemed", last)
    found = one(judge, institution, "medical-dx-promotion", after)
    assert (found.status, found.missing) == ("not_claimable", ("posted-on-website",))


@pytest.mark.parametrize(
    ("done", "overdue", "day", "status"),
    [
        (270, None, date(2026, 1, 10), "met"),
        (200, None, date(2026, 1, 10), "pending"),
        (200, 20, date(2026, 1, 10), "pending"),
        (200, 31, date(2026, 1, 10), "unmet"),
        (200, None, date(2026, 1, 14), "unmet"),
        (None, None, date(2026, 1, 10), "unknown"),
    ],
)
def test_last_months_summaries_are_told_when_they_can_be(
    judge: Judge, done: int | None, overdue: int | None, day: date, status: str
) -> None:
    hospital = mitasu.sample("hospital")
    series = {"summaries_due": 300, "summaries_within_14_days": done, "summaries_overdue": overdue}
    change = {id_: {"2025-12": value} for id_, value in series.items() if value is not None}
    kept = {id_: months for id_, months in hospital.series.items() if not id_.startswith("summaries")}
    institution = Institution(
        hospital.name, hospital.code, hospital.sector, hospital.kind, hospital.facts, {**kept, **change},
        hospital.events, hospital.people, hospital.filings,
    )  # fmt: skip
    found = one(judge, institution, "record-management", day)
    answer = next(a for a in found.requirements if "14" in a.requirement.label or "14" in a.id)
    assert (answer.status, answer.until) == (status, date(2026, 1, 14) if status == "pending" else None)
    if status == "pending":
        assert "summaries_within_14_days" not in found.unknown


# ---- reasons ---------------------------------------------------------------------------------------------


def test_every_reason_is_told(judge: Judge) -> None:
    for name in ("paper-clinic", "childrens-clinic", "hospital"):
        for day in (date(2024, 6, 1), DAY, date(2025, 11, 10), date(2026, 11, 1)):
            for judgement in judge.judge(mitasu.sample(name), day).judgements:
                for answer in judgement.requirements:
                    assert answer.why or answer.status == "not_applicable", (name, day, answer.id)


def test_what_is_unknown_is_told_as_unknown(judge: Judge) -> None:
    institution = without(mitasu.sample("childrens-clinic"), "network_joined_on")
    institution = without(institution, "network_use")
    answer = one(judge, institution, "electronic-information-sharing", date(2026, 11, 1)).requirement(
        "network-use"
    )
    assert answer is not None
    assert answer.status == "unknown"
    assert "不明" in answer.why


def test_the_gap_is_told_with_its_unit(judge: Judge, toy: Judge) -> None:
    answer = one(judge, clinic(judge.rulebook, rates(14.2)), "medical-dx-promotion").requirement(
        "card-use-rate"
    )
    assert answer is not None
    assert "14.2%" in answer.why
    assert "ポイント" in answer.why
    answer = one(toy, toys(a=True, n=3, d=False, b=False, c=False), "toy-levels").requirement("n")
    assert answer is not None
    assert answer.why == "お：3人、基準5人以上、あと2人"


# ---- a level that was filed and does not hold -------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "filed", "told"),
    [
        (20.0, "1", "届出は区分1：マイナ保険証利用率が足りない"),
        (60.0, "1", ""),
        (20.0, "3", ""),
        (60.0, "3", ""),
        (20.0, None, ""),
    ],
)
def test_a_level_that_was_filed_but_does_not_hold_is_told_with_what_it_lacks(
    judge: Judge, rate: float, filed: str | None, told: str
) -> None:
    addition = "medical-dx-promotion"
    filing = Filing(addition, filed, DAY, DAY)
    institution = replace(clinic(judge.rulebook, rates(rate)), filings=(filing,))
    found = one(judge, institution, addition)
    assert found.status == "claimable"
    assert fallen(found, institution, DAY) == told


def test_a_filing_that_is_withdrawn_or_not_yet_accepted_is_not_told_as_fallen(judge: Judge) -> None:
    addition = "medical-dx-promotion"
    known = clinic(judge.rulebook, rates(20.0))
    found = one(judge, known, addition)
    for filing in (
        Filing(addition, "1", DAY, DAY, DAY),
        Filing(addition, "1", DAY),
        Filing(addition, "1", DAY, date(2025, 4, 2)),
    ):
        assert fallen(found, replace(known, filings=(filing,)), DAY) == ""
