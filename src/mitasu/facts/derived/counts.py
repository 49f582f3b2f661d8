"""Events within a period and people in roles: what a rule counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mitasu.dates import add_months
from mitasu.facts.institution import Event
from mitasu.facts.view import Found, View


def _matches(attributes: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool | None:
    answers = [
        None if attributes.get(name) is None else attributes[name] == value for name, value in wanted.items()
    ]
    return False if False in answers else None if None in answers else True


def event_within(view: View, *, event: str, months: int, where: Any = ()) -> Found:
    """Whether such an event lies within the months that end on the day (the same day of the month included)."""
    events = view.institution.events.get(event)
    if events is None:
        return Found(None, "実施日が分かりません", (event,))
    past = [found for found in events if found.on <= view.on]
    recent = [found for found in past if add_months(found.on, months) >= view.on]
    answers = [_matches(found.attributes, dict(where)) for found in recent]
    detail = f"直近は{past[-1].on}" if past else "実施の記録がありません"
    return Found(True if True in answers else None if None in answers else False, detail, (event,))


def latest_event(view: View, *, event: str, where: Any, if_true: Any = ()) -> Found:
    """Whether the latest event up to the day has these attributes; `if_true`: one attribute asks for another."""
    events = view.institution.events.get(event)
    if events is None:
        return Found(None, "実施日が分かりません", (event,))
    past = [found for found in events if found.on <= view.on]
    if not past:
        return Found(False, "実施の記録がありません")
    answer = _matches(past[-1].attributes, dict(where))
    if answer is not False and _left_undone(past[-1], dict(if_true)):
        answer = False
    return Found(answer, f"{past[-1].on}の実施", (event,))


def _left_undone(event: Event, pairs: Mapping[str, str]) -> bool:
    return any(
        event.attributes.get(asked) is True and event.attributes.get(done) is False
        for asked, done in pairs.items()
    )


def people_with(
    view: View, *, role: str, assignment: tuple[str, ...] = (), employment: tuple[str, ...] = ()
) -> Found:
    """How many people in the role have such an assignment and employment; unknown where that is not stated."""
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    sure = maybe = 0
    for person in view.institution.people:
        if person.role == role and serves(person.from_, person.until, view.on):
            answers = [
                None if has is None else has in wanted
                for has, wanted in ((person.assignment, assignment), (person.employment, employment))
                if wanted
            ]
            sure += all(answers)
            maybe += False not in answers
    return Found(sure if sure == maybe else None, "", (role,))


def serves(from_: date | None, until: date | None, on: date) -> bool:
    """Whether someone is there on the day."""
    return (from_ is None or from_ <= on) and (until is None or on <= until)


FUNCTIONS = (event_within, latest_event, people_with)
