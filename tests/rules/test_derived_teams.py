"""Teams against counting by hand: every way to fill in what is not stated, tried one by one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import product
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from mitasu.facts import DERIVED, Institution, View
from mitasu.facts.columns import DERIVED_COLUMNS, frame
from mitasu.facts.institution import Person
from mitasu.rulebook import Rulebook

ON = date(2025, 4, 1)
CATALOGUE = Rulebook.shipped().catalogue
ROLE = "child_psychiatry_staff"
OCCUPATIONS = ("nurse", "public_health_nurse", "certified_psychologist", "occupational_therapist")
ASSIGNMENTS = ("exclusive", "dedicated", "concurrent")
same_every_time = settings(derandomize=True, deadline=None, max_examples=200)


def place(people: list[Person] | None) -> Institution:
    return Institution(
        "見本", "1310000001", "medical", "clinic", people=None if people is None else tuple(people)
    )


def both(name: str, institutions: list[Institution], **args: Any) -> list[bool | None]:
    """The value of a derived fact for each institution, which both readings must share."""
    found = [DERIVED[name](View(institution, ON, DERIVED), **args).value for institution in institutions]
    table = frame(institutions, CATALOGUE, ON).select(found=DERIVED_COLUMNS[name](ON, **args))
    assert table["found"].to_list() == found
    return found


def either(value: Any, otherwise: Sequence[Any]) -> Sequence[Any]:
    """What a value may be: itself, or where it is not stated any of these."""
    return otherwise if value is None else [value]


def decided(answers: set[bool]) -> bool | None:
    return answers.pop() if len(answers) == 1 else None


def staff(max_size: int = 4) -> st.SearchStrategy[list[Person]]:
    return st.lists(
        st.builds(
            lambda occupation, assignment, trained, from_, until: Person(
                ROLE,
                "part_time",
                assignment,
                {k: v for k, v in (("occupation", occupation), ("trained", trained)) if v is not None},
                from_,
                until,
            ),
            st.sampled_from((*OCCUPATIONS, None)),
            st.sampled_from((*ASSIGNMENTS, "dedicated", None)),
            st.sampled_from((True, False, None)),
            st.sampled_from((None, None, None, ON, ON + timedelta(days=1))),
            st.sampled_from((None, None, None, ON, ON - timedelta(days=1))),
        ),
        max_size=max_size,
    )


def there(people: list[Person]) -> list[Person]:
    return [p for p in people if (p.from_ or ON) <= ON <= (p.until or ON)]


def two_of_two(staff: list[tuple[str, str]]) -> bool:
    """第47の7の3(2): two or more dedicated people, two or more professions."""
    dedicated = [occupation for assignment, occupation in staff if assignment != "concurrent"]
    return len(dedicated) >= 2 and len(set(dedicated)) >= 2


@same_every_time
@given(st.lists(staff(), min_size=1, max_size=8))
def test_the_staff_for_children_is_counted_as_by_hand(staffs: list[list[Person]]) -> None:
    found = both("child_support_staff", [place(people) for people in staffs])
    for people, value in zip(staffs, found, strict=True):
        ways = [
            [
                (assignment, occupation)
                for assignment in either(person.assignment, ["dedicated", "concurrent"])
                for occupation in either(person.attributes.get("occupation"), OCCUPATIONS)
            ]
            for person in there(people)
        ]
        assert value == decided({two_of_two(list(way)) for way in product(*ways)}), people


@same_every_time
@given(st.lists(staff(), min_size=1, max_size=8))
def test_one_trained_dedicated_person_is_found_as_by_hand(staffs: list[list[Person]]) -> None:
    args = {"role": ROLE, "assignment": ("dedicated", "exclusive"), "where": (("trained", True),)}
    found = both("someone_in_role", [place(people) for people in staffs], **args)
    for people, value in zip(staffs, found, strict=True):
        ways = [
            [
                assignment != "concurrent" and trained
                for assignment in either(person.assignment, ["dedicated", "concurrent"])
                for trained in either(person.attributes.get("trained"), [True, False])
            ]
            for person in there(people)
        ]
        assert value == decided({any(way) for way in product(*ways)}), people


def team() -> st.SearchStrategy[list[Person]]:
    return st.lists(
        st.builds(
            lambda role, employment, assignment, years: Person(
                role, employment, assignment, {} if years is None else {"experience_years": years}
            ),
            st.sampled_from(("ckd_nurse", "ckd_nurse", "ckd_doctor")),
            st.sampled_from(("full_time", "full_time", "part_time", "dispatched", "contracted", None)),
            st.sampled_from((*ASSIGNMENTS, None)),
            st.sampled_from((0, 2, 3, 4, None)),
        ),
        max_size=4,
    )


@same_every_time
@given(
    st.lists(team(), min_size=1, max_size=8),
    st.sampled_from((0, 2, 3, 4)),
    st.sampled_from(((), ("full_time",))),
)
@example([[Person("ckd_nurse", "full_time", "dedicated", {"experience_years": 2})]], 3, ("full_time",))
@example([[Person("ckd_nurse", "full_time", "dedicated", {"experience_years": 3})]], 3, ("full_time",))
def test_a_member_of_the_team_is_found_as_by_hand(
    teams: list[list[Person]], least: int, employment: tuple[str, ...]
) -> None:
    args = {
        "role": "ckd_nurse",
        "assignment": ("dedicated", "exclusive"),
        "employment": employment,
        "years": least,
    }
    found = both("someone_in_role", [place(people) for people in teams], **args)
    for people, value in zip(teams, found, strict=True):
        ways = [
            [
                assignment in ("dedicated", "exclusive")
                and (not employment or how == "full_time")
                and years >= least
                for assignment in either(person.assignment, ASSIGNMENTS)
                for how in either(person.employment, ["full_time", "part_time"])
                for years in either(person.attributes.get("experience_years"), [0, 9])
            ]
            for person in people
            if person.role == "ckd_nurse"
        ]
        assert value == decided({any(way) for way in product(*ways)}), people


def test_without_a_list_of_people_nothing_is_known() -> None:
    view = View(place(None), ON, DERIVED)
    for name, args in (("child_support_staff", {}), ("someone_in_role", {"role": ROLE})):
        found = DERIVED[name](view, **args)
        assert (found.value, found.needs) == (None, (ROLE,))
        assert both(name, [place(None), place([])], **args) == [None, False]


def test_what_is_not_known_is_asked_of_the_role() -> None:
    people = [Person("ckd_nurse", "full_time", None, {"experience_years": 3})]
    found = DERIVED["someone_in_role"](
        View(place(people), ON, DERIVED), role="ckd_nurse", assignment=("dedicated",), years=3
    )
    assert (found.value, found.needs) == (None, ("ckd_nurse",))
