"""Trainings in information security: recorded, with roster or counts, and told to the judgement as `security_training`.

The rate is shown as the two counts it consists of. The report in the ledger holds counts by department and
no names; the roster itself is printed when it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import japanese_date
from mitasu.errors import UsageError
from mitasu.facts.values import value_of
from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.plans import Attendee, Training
from mitasu.server.continuity.plans.papers import paper_pdf, stored
from mitasu.server.continuity.plans.proofs import (
    counts_until,
    events_of,
    listing,
    paper,
    record,
    requirements_for,
    withdraw,
)
from mitasu.server.continuity.plans.roster import Person
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind

EVENT = "security_training"


def media() -> Mapping[str, str]:
    """How a training may be given: the catalogue's values with their labels."""
    entry = rulebook().catalogue.get(EVENT)
    assert entry is not None  # noqa: S101 - the catalogue is ours
    return next(one for one in entry.attributes if one.name == "medium").values


@dataclass(frozen=True, slots=True)
class Listed:
    """A training of the ledger, with what was recorded here about it (None: recorded elsewhere)."""

    event: Entry
    training: Training | None
    counts_until: date | None

    @property
    def on(self) -> date:
        """Its day."""
        return date.fromisoformat(str(self.event.body["on"]))

    @property
    def medium(self) -> str:
        """How it was given, in words."""
        return str(media().get(self.event.body.get("medium"), "未記録"))


def listed(site: Site, found: Known | None = None) -> list[Listed]:
    """Every training that the ledger counts, the latest first."""
    trainings = {row.event: row for row in Training.objects.filter(site=site, withdrawn=False)}
    return [
        Listed(
            event,
            trainings.get(event.number),
            counts_until(site, EVENT, date.fromisoformat(str(event.body["on"]))),
        )
        for event in events_of(found or known(site), EVENT)
    ]


def add(
    site: Site,
    *,
    on: date,
    title: str,
    led_by_manager: bool,
    medium: str = "",
    content: str = "",
    asked: int | None = None,
    attended: int | None = None,
    roster: Iterable[Person] = (),
    roster_name: str = "",
    today: date,
    by: Any,
    via: str = "web",
) -> Training:
    """Records a training, with a roster or with counts; UsageError where it cannot be so."""
    if on > today:
        raise UsageError("今日より後の日です。行ってから記録してください。")
    if medium:
        value_of(medium, "enum", media())
    people = list(roster)
    if not people and attended is not None and (asked is None or attended > asked):
        raise UsageError("受講した人数は、対象の人数以下にしてください（対象の人数も要ります）。")
    with transaction.atomic():
        training = Training.objects.create(
            site=site,
            on=on,
            title=title.strip(),
            content=content.strip(),
            medium=medium,
            led_by_manager=led_by_manager,
            asked=asked,
            attended=attended,
        )
        if people:
            _fill(training, people, roster_name)
        tell(training, by=by, via=via)
    return training


def take_roster(
    training: Training, roster: Iterable[Person], name: str, *, by: Any, via: str = "web"
) -> Training:
    """Puts a roster in the place of the one before (those who attended later, for instance)."""
    with transaction.atomic():
        now = _held(training)
        before = [now.asked, now.attended, now.roster]
        people = list(roster)
        told = sorted(_key(one) for one in now.attendees.all())
        if told == sorted(_key(one) for one in people):
            return now
        _fill(now, people, name)
        if [now.asked, now.attended, now.roster] != before or told:
            tell(now, by=by, via=via)
    return now


def _key(one: Any) -> tuple[str, str, str, str]:
    return one.code, one.name, one.department, str(one.attended_on or "")


def _fill(training: Training, people: list[Person], name: str) -> None:
    training.attendees.all().delete()
    Attendee.objects.bulk_create(
        Attendee(
            training=training,
            code=one.code,
            name=one.name,
            department=one.department,
            attended_on=one.attended_on,
        )
        for one in people
    )
    training.asked = len(people)
    training.attended = sum(one.attended_on is not None for one in people)
    training.roster = name[:200]
    training.save()


def _held(training: Training) -> Training:
    now = Training.objects.select_for_update().select_related("site").get(pk=training.pk)
    if now.withdrawn:
        raise UsageError("この研修の記録は取り消されています。")
    return now


def take_back(training: Training, reason: str, *, by: Any, via: str = "web") -> None:
    """Takes a training back: report and event leave the ledger's account, and stay to be seen."""
    with transaction.atomic():
        now = _held(training)
        withdraw(now.site, [now.event, now.entry], reason, by=by, via=via)
        now.withdrawn = True
        now.save()


def count_text(training: Training) -> str:
    """How many attended, as counts.

    >>> count_text(Training(asked=124, attended=118))
    '124人のうち118人が受講、6人が未受講'
    """
    if training.asked is None or training.attended is None:
        return "人数の記録なし"
    left = training.asked - training.attended
    return f"{training.asked:,}人のうち{training.attended:,}人が受講、{left:,}人が未受講"


def departments(training: Training) -> list[tuple[str, int, int]]:
    """Departments of the roster with how many were asked and attended."""
    counted: dict[str, list[int]] = {}
    for one in training.attendees.all():
        row = counted.setdefault(one.department or "所属なし", [0, 0])
        row[0] += 1
        row[1] += one.attended_on is not None
    return [(name, asked, attended) for name, (asked, attended) in counted.items()]


def tell(training: Training, *, by: Any, via: str = "web") -> None:
    """Puts a training into the ledger as it is now: a report with counts, and the event that rests on it."""
    site = training.site
    title = f"情報セキュリティ研修の記録（{japanese_date(training.on)}）"
    context = {
        "training": training,
        "medium": media().get(training.medium, "記録なし"),
        "count": count_text(training),
        "departments": departments(training),
    }
    document = stored("training", title, site, context)
    current = known(site)
    evidence = paper(
        title,
        requirements_for(site.sector, EVENT),
        document,
        first=training.on,
        last=counts_until(site, EVENT, training.on),
        replaces=training.entry if training.entry in current.entries else None,
        file=f"研修の記録_{training.on}.pdf",
    )

    def event(found: Known, number: int) -> list[Draft]:
        body = {"on": training.on.isoformat(), "led_by_manager": training.led_by_manager}
        if training.medium:
            body["medium"] = training.medium
        earlier = training.event if training.event in found.entries else None
        said = Draft(Kind.EVENT, EVENT, body, training.on, training.on, proof=number, replaces=earlier)
        return [*listing(found, f"events.{EVENT}"), said]

    made = record(site, evidence, event, by=by, via=via)
    training.entry, training.event = made[0].number, made[-1].number
    training.save()


def roster_pdf(training: Training) -> bytes:
    """The roster with names, for the inspector's table."""
    context = {
        "training": training,
        "people": training.attendees.all(),
        "count": count_text(training),
        "medium": media().get(training.medium, "記録なし"),
    }
    return paper_pdf(
        "roster", f"情報セキュリティ研修の受講者名簿（{japanese_date(training.on)}）", training.site, context
    )
