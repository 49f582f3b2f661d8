"""Teams: whether someone fits a role, and whether a staff has enough professions.

The team of 慢性腎臓病透析予防指導管理料 (特掲診療料の施設基準通知 第4の16の1) and the staff of 児童思春期支援指導加算
(第47の7の3). Somebody of whom one thing is not known may or may not count; what is sure without them is
decided all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mitasu.facts.derived.counts import serves
from mitasu.facts.institution import Person
from mitasu.facts.view import Found, View

DEDICATED = ("dedicated", "exclusive")
"""専任: whoever is 専従 is 専任 too."""
CHILD_STAFF = 2
"""People, and professions, of the staff that supports children (第47の7の3)."""
ASSIGNMENT_WORDS = {"dedicated": "専任", "exclusive": "専従", "concurrent": "兼任"}
EMPLOYMENT_WORDS = {"full_time": "常勤", "part_time": "非常勤", "dispatched": "派遣", "contracted": "請負"}


def everything(answers: Iterable[bool | None]) -> bool | None:
    """Whether all are true; None where that hangs on an unknown one.

    >>> everything([True, None]), everything([None, False]), everything([])
    (None, False, True)
    """
    found = list(answers)
    return False if False in found else None if None in found else True


def in_role(view: View, role: str) -> list[Person]:
    """Who is there in the role on the day."""
    return [
        person
        for person in view.institution.people or ()
        if person.role == role and serves(person.from_, person.until, view.on)
    ]


def _among(value: str | None, wanted: tuple[str, ...]) -> bool | None:
    return True if not wanted else None if value is None else value in wanted


def someone_in_role(
    view: View,
    *,
    role: str,
    assignment: tuple[str, ...] = (),
    employment: tuple[str, ...] = (),
    years: int = 0,
    where: Any = (),
) -> Found:
    """Whether someone in the role has such an assignment, employment, years of experience and attributes.

    One person must have all of it. One who surely has it suffices, whatever is not known of the others.
    """
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    wanted = {name: (value,) for name, value in dict(where).items()}

    def suits(person: Person) -> bool | None:
        experience = person.attributes.get("experience_years")
        return everything(
            [
                _among(person.assignment, assignment),
                _among(person.employment, employment),
                True if not years else None if experience is None else experience >= years,
                *(_among(person.attributes.get(name), values) for name, values in wanted.items()),
            ]
        )

    answers = [suits(person) for person in in_role(view, role)]
    asked = [
        "か".join(EMPLOYMENT_WORDS[word] for word in employment),
        "か".join(ASSIGNMENT_WORDS[word] for word in assignment),
        f"経験{years}年以上" if years else "",
    ]
    told = "・".join(filter(None, asked)) + ("の人" if any(asked) else "") + f"{answers.count(True)}人"
    if True in answers:
        return Found(True, told)
    if None in answers:
        return Found(None, told + f"、記載の足りない人{answers.count(None)}人", (role,))
    return Found(False, told)


def child_support_staff(view: View) -> Found:
    """Whether two or more dedicated people of two or more professions support children (第47の7の3(2)).

    Two professions need two people, so the professions decide; a profession that is not stated may be
    any of the seven.
    """
    role = "child_psychiatry_staff"
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    staff = [(_among(p.assignment, DEDICATED), p.attributes.get("occupation")) for p in in_role(view, role)]
    sure = [occupation for dedicated, occupation in staff if dedicated]
    maybe = [occupation for dedicated, occupation in staff if dedicated is not False]
    known, possible = set(sure) - {None}, set(maybe) - {None}
    told = f"専任{len(sure)}人、{len(known)}職種"
    if len(known) >= CHILD_STAFF:
        return Found(True, told)
    if len(maybe) >= CHILD_STAFF and (len(possible) >= CHILD_STAFF or None in maybe):
        return Found(None, told + "、ほかは職種か専任の記載がない", (role,))
    return Found(False, told)


FUNCTIONS = (child_support_staff, someone_in_role)
