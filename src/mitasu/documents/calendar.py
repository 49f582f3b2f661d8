"""Deadlines as an iCalendar file (RFC 5545): all-day events with stable ids, sequence numbers and alarms.

An event keeps its UID as long as it is the same deadline; when its day moves, SEQUENCE grows, so that a
calendar which already has it shows the new day. The numbers are taken from the file that is replaced. What
that file has beyond the days looked at goes on as it is; what is no deadline any more is cancelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from icalendar import Alarm, Calendar, Component, Event

from mitasu.errors import InputError, Problem, reason
from mitasu.facts import Institution
from mitasu.facts.write import write_whole
from mitasu.judge.due import KINDS, Deadline

ALARM_DAYS = (14, 3)
"""An alarm rings so many days before the day (or before the day to post by)."""
ALARM_HOUR = 9
UNREADABLE = "前の予定表（ics）を読めません。別の名前で書き出してください。"


class Known(NamedTuple):
    """An event of the calendar that is replaced."""

    sequence: int
    day: date
    event: Component

    @property
    def cancelled(self) -> bool:
        """Whether it was called off."""
        return str(self.event.get("status", "")) == "CANCELLED"


def calendar_text(
    institution: Institution,
    deadlines: Iterable[Deadline],
    before: str | None = None,
    made: datetime | None = None,
    days: tuple[date, date] | None = None,
) -> str:
    """The calendar; `before`: the file it replaces, whose sequence numbers go on.

    `made`: the stamp (default: now). `days`: the first and last day looked at; where they are given, events
    of the same calendar that lie beyond are kept, and those within that are no deadlines any more are cancelled.
    """
    stamp, name = made or datetime.now(UTC), f"{institution.name} 届出と期限"
    same, known = _known(before, name) if before else (False, {})
    calendar = Calendar()
    calendar.add("prodid", "-//Mitasu//deadlines//JA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for deadline in deadlines:
        event = _event(institution, deadline, stamp)
        old = known.pop(str(event["uid"]), None)
        moved = old is not None and (old.day != deadline.day or old.cancelled)
        event.add("sequence", (old.sequence if old else 0) + moved)
        calendar.add_component(event)
    for kept in _kept(known, days, stamp) if same and days else ():
        calendar.add_component(kept)
    return str(calendar.to_ical().decode("utf-8"))


def _kept(known: dict[str, Known], days: tuple[date, date], stamp: datetime) -> Iterator[Component]:
    """Events of the calendar before that are told again: what lies beyond the days, and what is called off."""
    first, last = days
    for old in known.values():
        if old.day > last or (old.cancelled and old.day >= first):
            yield old.event
        elif old.day >= first:
            event = Event()
            for key in ("uid", "dtstart", "dtend", "summary", "categories", "transp"):
                if key in old.event:
                    event[key] = old.event[key]
            event.add("dtstamp", stamp)
            event.add("status", "CANCELLED")
            event.add("sequence", old.sequence + 1)
            yield event


def uid(institution: Institution, deadline: Deadline) -> str:
    """The id of a deadline, the same whenever its day moves."""
    text = f"{institution.code or institution.name}/{deadline.key}"
    return hashlib.sha256(text.encode()).hexdigest()[:32] + "@mitasu"


def _event(institution: Institution, deadline: Deadline, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", uid(institution, deadline))
    event.add("dtstamp", stamp)
    event.add("dtstart", deadline.day)
    event.add("dtend", deadline.day + timedelta(days=1))
    late = "（期限超過）" if deadline.overdue else ""
    event.add("summary", f"［{KINDS[deadline.kind]}］{deadline.title}{late}")
    posting = f"郵送なら{deadline.post_by}までに投函。" if deadline.post_by else ""
    sources = f"\n出典: {'、'.join(deadline.sources)}" if deadline.sources else ""
    event.add("description", f"{deadline.note}{posting}{sources}".strip())
    event.add("categories", [KINDS[deadline.kind]])
    event.add("transp", "TRANSPARENT")
    for days in ALARM_DAYS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", str(event["summary"]))
        first = (deadline.post_by or deadline.day) - timedelta(days=days)
        alarm.add("trigger", first - deadline.day + timedelta(hours=ALARM_HOUR))
        event.add_component(alarm)
    return event


def _known(text: str, name: str) -> tuple[bool, dict[str, Known]]:
    """Whether an older calendar is of that name, and its events by id."""
    try:
        calendar = Calendar.from_ical(text)
        found = {
            str(event["uid"]): Known(int(event.get("sequence", 0)), _day_of(event), event)
            for event in calendar.walk("VEVENT")
            if "uid" in event and "dtstart" in event
        }
    except ValueError:
        raise InputError(Problem(UNREADABLE)) from None
    return str(calendar.get("x-wr-calname", "")) == name, found


def _day_of(event: Component) -> date:
    start = event.decoded("dtstart")
    return start.date() if isinstance(start, datetime) else date(start.year, start.month, start.day)


def write_calendar(
    path: Path,
    institution: Institution,
    deadlines: Iterable[Deadline],
    days: tuple[date, date] | None = None,
) -> None:
    """Write the calendar; where the file exists its sequence numbers go on."""
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else None
        text = calendar_text(institution, deadlines, before, None, days)
    except (UnicodeDecodeError, InputError):
        raise InputError(Problem(UNREADABLE, str(path))) from None
    except OSError as error:
        raise InputError(Problem(f"書き込めません（{reason(error)}）。", str(path))) from None
    write_whole(path, text)
