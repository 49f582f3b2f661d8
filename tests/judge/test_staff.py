"""People supposed: the facts that count a role change, and nothing that counts another."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

import mitasu
from mitasu.facts import Institution, Person
from mitasu.judge.judgement import Judge
from mitasu.judge.staff import MOST_GROUPS, Group, groups, people_of
from mitasu.judge.suppose import Supposition, suppose

ON = date(2026, 11, 22)
MANAGER = "record_manager.full_time.exclusive"


@pytest.fixture
def hospital() -> Institution:
    return mitasu.sample("hospital")


def found(judge: Judge, institution: Institution) -> dict[str, Group]:
    answer = judge.judge(institution, ON)
    return {group.key: group for group in groups(answer, answer.judgements)}


def after(judge: Judge, institution: Institution, **numbers: int) -> dict[str, str]:
    """How each requirement of what counts managers would stand."""
    answer = judge.judge(institution, ON)
    given = {key.replace("__", "."): number for key, number in numbers.items()}
    staff = people_of(answer, groups(answer, answer.judgements), given)
    outcome = suppose(judge, institution, ON, Supposition(staff=staff), {})
    asked = ("record-management", "electronic-information-sharing-inpatient")
    found = [one.after for one in outcome.differences if one.after.addition in asked]
    return {answer.id: answer.status for one in found for answer in one.requirements}


def test_people_are_told_in_groups_that_rules_do_not_tell_apart(judge: Judge, hospital: Institution) -> None:
    told = found(judge, hospital)
    assert [
        len(told[f"record_manager.{kind}"].there) for kind in ("full_time.exclusive", "full_time.dedicated")
    ] == [1, 2]
    assert told[MANAGER].label == "診療記録管理者（常勤・専従）"
    assert len(told["record_manager.part_time.dedicated"].there) == 1
    assert not told["ckd_doctor.full_time.dedicated.experience_years=5"].there


def test_a_detail_that_bars_someone_makes_a_group_of_its_own(judge: Judge, hospital: Institution) -> None:
    clerk = Person("record_manager", "full_time", "exclusive", {"cancer_registry": True})
    told = found(judge, replace(hospital, people=(*(hospital.people or ()), clerk)))
    assert told[f"{MANAGER}.cancer_registry=True"].label.endswith("がん登録の専従担当者である）")
    assert len(told[MANAGER].there) == 1


def test_one_manager_fewer_is_one_too_few(judge: Judge, hospital: Institution) -> None:
    assert after(judge, hospital)["record-managers"] == "met"
    assert after(judge, hospital, record_manager__full_time__dedicated=1)["record-managers"] == "unmet"
    assert after(judge, hospital, record_manager__full_time__exclusive=0)["record-managers"] == "unmet"
    grown = {"record_manager__full_time__exclusive": 3, "record_manager__full_time__dedicated": 0}
    assert after(judge, hospital, **grown)["record-managers"] == "met"


def test_a_role_of_which_nothing_is_supposed_stays_unknown(judge: Judge, hospital: Institution) -> None:
    unlisted = replace(hospital, people=None)
    assert not found(judge, unlisted)[MANAGER].known
    told = after(judge, unlisted, record_manager__full_time__exclusive=3)
    assert (told["record-managers"], told["security-manager"]) == ("met", "unknown")


def test_many_people_who_all_differ_are_kept_and_some_may_be_added(
    judge: Judge, hospital: Institution
) -> None:
    staff = tuple(
        Person("employee", "full_time", None, {"occupation": "nurse", "fte": 10_000, "age": 30 + year})
        for year in range(MOST_GROUPS + 1)
    )
    crowded = replace(hospital, people=(*(hospital.people or ()), *staff))
    [group] = [one for one in found(judge, crowded).values() if one.example.role == "employee"]
    assert group.adds
    assert group.label.endswith("を加える")
    answer = judge.judge(crowded, ON)
    supposed = people_of(answer, groups(answer, answer.judgements), {group.key: 2})
    assert len(supposed["employee"]) == len(staff) + 2
