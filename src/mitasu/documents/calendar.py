"""Days as an iCalendar file (RFC 5545): all-day events with stable ids, sequence numbers and alarms.

An event keeps its UID as long as it is the same deadline; when its day moves, SEQUENCE grows, so that a
calendar which already has it shows the new day. Where a file is written the numbers are taken from the file
that it replaces: what that has beyond the days looked at goes on as it is, what is no deadline any more is
cancelled. A feed keeps the numbers itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Item:
    """An event of a calendar; `act_by`: the day before which the alarms ring, where it is not the day itself."""

    uid: str
    day: date
    title: str
    note: str
    category: str
    act_by: date | None = None
    sequence: int = 0
    cancelled: bool = False


class Known(NamedTuple):
    """An event of the calendar that is replaced."""

    sequence: int
    day: date
    event: Component

    @property
    def cancelled(self) -> bool:
        """Whether it was called off."""
        return str(self.event.get("status", "")) == "CANCELLED"


def calendar_of(name: str, items: Iterable[Item | Component], made: datetime | None = None) -> str:
    """A calendar of that name, of events and of components that are told again; `made`: the stamp (default: now)."""
    stamp = made or datetime.now(UTC)
    calendar = Calendar()
    calendar.add("prodid", "-//Mitasu//deadlines//JA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for item in items:
        calendar.add_component(_event(item, stamp) if isinstance(item, Item) else item)
    return str(calendar.to_ical().decode("utf-8"))


def calendar_text(
    institution: Institution,
    deadlines: Iterable[Deadline],
    before: str | None = None,
    made: datetime | None = None,
    days: tuple[date, date] | None = None,
) -> str:
    """An institution's calendar; `before`: the file it replaces, whose sequence numbers go on.

    `made`: the stamp (default: now). `days`: the first and last day looked at; where they are given, events
    of the same calendar that lie beyond are kept, and those within that are no deadlines any more are cancelled.
    """
    stamp, name = made or datetime.now(UTC), f"{institution.name} 届出と期限"
    same, known = _known(before, name) if before else (False, {})
    items: list[Item | Component] = []
    for deadline in deadlines:
        id_ = uid(institution, deadline)
        old = known.pop(id_, None)
        moved = old is not None and (old.day != deadline.day or old.cancelled)
        items.append(item_of(deadline, id_, (old.sequence if old else 0) + moved))
    if same and days:
        items.extend(_kept(known, days, stamp))
    return calendar_of(name, items, stamp)


def item_of(deadline: Deadline, id_: str, sequence: int = 0, kind: str = "") -> Item:
    """A deadline as an event; `kind`: the word for its kind, where it is none of `KINDS`."""
    word = kind or KINDS[deadline.kind]
    posting = f"郵送なら{deadline.post_by}までに投函。" if deadline.post_by else ""
    sources = f"\n出典: {'、'.join(deadline.sources)}" if deadline.sources else ""
    late = "（期限超過）" if deadline.overdue else ""
    return Item(
        id_,
        deadline.day,
        f"［{word}］{deadline.title}{late}",
        f"{deadline.note}{posting}{sources}".strip(),
        word,
        deadline.post_by,
        sequence,
    )


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
    return stable_uid(f"{institution.code or institution.name}/{deadline.key}")


def stable_uid(text: str) -> str:
    """An id that says nothing of the text and is always the same for it."""
    return hashlib.sha256(text.encode()).hexdigest()[:32] + "@mitasu"


def _event(item: Item, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", item.uid)
    event.add("dtstamp", stamp)
    event.add("dtstart", item.day)
    event.add("dtend", item.day + timedelta(days=1))
    event.add("summary", item.title)
    event.add("description", item.note)
    event.add("categories", [item.category])
    event.add("transp", "TRANSPARENT")
    event.add("sequence", item.sequence)
    if item.cancelled:
        event.add("status", "CANCELLED")
        return event
    for days in ALARM_DAYS:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", item.title)
        first = (item.act_by or item.day) - timedelta(days=days)
        alarm.add("trigger", first - item.day + timedelta(hours=ALARM_HOUR))
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
