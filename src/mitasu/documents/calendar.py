"""Deadlines as an iCalendar file (RFC 5545): all-day events with stable ids, sequence numbers and alarms.

An event keeps its UID as long as it is the same deadline; when its day moves, SEQUENCE grows, so that a
calendar which already has it shows the new day. The numbers are taken from the file that is replaced.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
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


def calendar_text(
    institution: Institution,
    deadlines: Iterable[Deadline],
    before: str | None = None,
    made: datetime | None = None,
) -> str:
    """The calendar; `before`: the file it replaces, whose sequence numbers go on. `made`: the stamp (default: now)."""
    stamp = made or datetime.now(UTC)
    known = _known(before) if before else {}
    calendar = Calendar()
    calendar.add("prodid", "-//Mitasu//deadlines//JA")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", f"{institution.name} 届出と期限")
    for deadline in deadlines:
        event = _event(institution, deadline, stamp)
        sequence, day = known.get(str(event["uid"]), (0, deadline.day))
        event.add("sequence", sequence + (day != deadline.day))
        calendar.add_component(event)
    return str(calendar.to_ical().decode("utf-8"))


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
