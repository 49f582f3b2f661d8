"""Days as an iCalendar file (RFC 5545): all-day events with stable ids, sequence numbers and alarms.

An event keeps its UID as long as it is the same deadline; when its day moves, SEQUENCE grows, so that a
calendar which already has it shows the new day. Where a file is written the numbers are taken from the file
that it replaces; a feed keeps them itself and also says what was cancelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from icalendar import Alarm, Calendar, Event

from mitasu.errors import InputError, Problem
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


def calendar_of(name: str, items: Iterable[Item], made: datetime | None = None) -> str:
    """A calendar of that name; `made`: the stamp of its events (default: now)."""
    stamp = made or datetime.now(UTC)
    calendar = Calendar()
    calendar.add("prodid", "-//Mitasu//deadlines//JA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", name)
    for item in items:
        calendar.add_component(_event(item, stamp))
    return str(calendar.to_ical().decode("utf-8"))


def calendar_text(
    institution: Institution,
    deadlines: Iterable[Deadline],
    before: str | None = None,
    made: datetime | None = None,
) -> str:
    """An institution's calendar; `before`: the file it replaces, whose sequence numbers go on."""
    known = _known(before) if before else {}
    items = []
    for deadline in deadlines:
        id_ = uid(institution, deadline)
        items.append(item_of(deadline, id_, next_sequence(known.get(id_), deadline.day)))
    return calendar_of(f"{institution.name} 届出と期限", items, made)


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


def next_sequence(before: tuple[int, date] | None, day: date) -> int:
    """The number of an event whose number and day were these: it grows when the day moves.

    >>> next_sequence(None, date(2026, 12, 1)), next_sequence((3, date(2026, 12, 1)), date(2027, 1, 4))
    (0, 4)
    """
    if before is None:
        return 0
    sequence, known = before
    return sequence + (known != day)


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


def _known(text: str) -> Mapping[str, tuple[int, date]]:
    """Sequence and day of each event of an older calendar, by id."""
    try:
        events = Calendar.from_ical(text).walk("VEVENT")
        return {
            str(event["uid"]): (int(event.get("sequence", 0)), event.decoded("dtstart"))
            for event in events
            if "uid" in event and "dtstart" in event
        }
    except ValueError:
        raise InputError(Problem(UNREADABLE)) from None


def write_calendar(path: Path, institution: Institution, deadlines: Iterable[Deadline]) -> None:
    """Write the calendar; where the file exists its sequence numbers go on."""
    try:
        before = path.read_bytes().decode("utf-8") if path.exists() else None
    except UnicodeDecodeError:
        raise InputError(Problem(UNREADABLE, str(path))) from None
    except OSError as error:
        raise InputError(Problem(f"書き込めません（{error.strerror}）。", str(path))) from None
    write_whole(path, calendar_text(institution, deadlines, before))
