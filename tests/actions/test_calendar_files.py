"""Deadlines as an iCalendar file, read back with a parser that had no part in writing it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import vobject
from clinics import PROMOTION, Run, clinic, document, filing

import mitasu as library
from mitasu.documents.calendar import calendar_text, uid, write_calendar
from mitasu.errors import InputError
from mitasu.judge.deadlines import deadlines
from mitasu.judge.due import KINDS, Deadline
from mitasu.judge.judgement import Judge

CLINIC = clinic()
MADE = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
DUE = Deadline(
    date(2025, 4, 4),
    "filing",
    "届出直し",
    "この日までに着くこと。",
    PROMOTION,
    "refiling/x",
    date(2025, 4, 1),
    ("S2 注1",),
)
TRAINING = Deadline(date(2025, 6, 30), "event", "研修", "研修を行う。", None, "event/x")


def events(text: str) -> dict[str, Any]:
    """The events of a calendar by id, as the other parser reads them."""
    calendar = vobject.readOne(text)
    found = {event.uid.value: event for event in calendar.contents.get("vevent", [])}
    assert len(found) == len(calendar.contents.get("vevent", []))
    return found


def made(*rows: Deadline, before: str | None = None) -> dict[str, Any]:
    return events(calendar_text(CLINIC, rows, before, MADE))


@pytest.mark.parametrize("name", ["paper-clinic", "childrens-clinic", "hospital"])
@pytest.mark.parametrize("on", ["2025-03-10", "2026-05-10"])
def test_every_deadline_comes_back_with_its_day_and_words(judge: Judge, name: str, on: str) -> None:
    institution = library.sample(name)
    rows = deadlines(judge, institution, date.fromisoformat(on), 365)
    found = events(calendar_text(institution, rows))
    assert found.keys() == {uid(institution, row) for row in rows}
    for row in rows:
        event = found[uid(institution, row)]
        assert event.dtstart.value == row.day
        assert event.summary.value == f"［{KINDS[row.kind]}］{row.title}"
        assert row.note in event.description.value
        assert all(source in event.description.value for source in row.sources)


def test_events_last_the_whole_day_and_do_not_block_it() -> None:
    (event,) = made(DUE).values()
    assert type(event.dtstart.value) is date
    assert event.dtstart.params["VALUE"] == ["DATE"]
    assert event.dtend.value == DUE.day + timedelta(days=1)
    assert event.transp.value == "TRANSPARENT"
    assert event.categories.value == ["届出（必着）"]


def test_the_description_says_when_to_post_and_from_which_source() -> None:
    (event,) = made(DUE).values()
    assert "郵送なら2025-04-01までに投函。" in event.description.value
    assert "出典: S2 注1" in event.description.value


@pytest.mark.parametrize(("row", "first"), [(DUE, date(2025, 4, 1)), (TRAINING, date(2025, 6, 30))])
def test_alarms_ring_in_the_morning_before_the_day_to_act_on(row: Deadline, first: date) -> None:
    (event,) = made(row).values()
    alarms = event.contents["valarm"]
    rings = {datetime.combine(row.day, datetime.min.time()) + alarm.trigger.value for alarm in alarms}
    nine = datetime.combine(first, datetime.min.time()) + timedelta(hours=9)
    assert rings == {nine - timedelta(days=14), nine - timedelta(days=3)}
    assert all(alarm.action.value == "DISPLAY" and alarm.description.value for alarm in alarms)


def test_the_id_is_that_of_the_deadline_and_the_institution_whatever_the_day() -> None:
    moved = replace(DUE, day=date(2025, 4, 1), title="別の言葉")
    assert uid(CLINIC, DUE) == uid(CLINIC, moved)
    assert uid(CLINIC, DUE) != uid(CLINIC, TRAINING)
    assert uid(CLINIC, DUE) != uid(replace(CLINIC, code="1319900028"), DUE)
    assert uid(replace(CLINIC, code=""), DUE) != uid(replace(CLINIC, code="", name="別の内科"), DUE)


def test_the_sequence_grows_when_the_day_moves_and_not_otherwise() -> None:
    first = calendar_text(CLINIC, [DUE, TRAINING], None, MADE)
    same = calendar_text(CLINIC, [replace(DUE, title="別の言葉", note="別の文"), TRAINING], first, MADE)
    moved = calendar_text(CLINIC, [replace(DUE, day=date(2025, 4, 7)), TRAINING], same, MADE)
    still = calendar_text(CLINIC, [replace(DUE, day=date(2025, 4, 7)), TRAINING], moved, MADE)
    back = calendar_text(CLINIC, [DUE, TRAINING], still, MADE)
    numbers = [
        [events(text)[uid(CLINIC, row)].sequence.value for row in (DUE, TRAINING)]
        for text in (first, same, moved, still, back)
    ]
    assert numbers == [["0", "0"], ["0", "0"], ["1", "0"], ["1", "0"], ["2", "0"]]


def test_a_deadline_that_is_new_begins_at_zero() -> None:
    before = calendar_text(CLINIC, [replace(DUE, day=date(2025, 4, 1))], None, MADE)
    found = made(DUE, TRAINING, before=before)
    assert found[uid(CLINIC, DUE)].sequence.value == "1"
    assert found[uid(CLINIC, TRAINING)].sequence.value == "0"


LOOKED_AT = (date(2025, 3, 1), date(2025, 4, 30))


def again(*rows: Deadline, before: str, days: tuple[date, date] = LOOKED_AT) -> str:
    return calendar_text(CLINIC, rows, before, MADE, days)


def test_what_lies_beyond_the_days_looked_at_goes_on_as_it_is() -> None:
    moved = replace(TRAINING, day=date(2025, 7, 1))
    first = calendar_text(CLINIC, [DUE, moved], calendar_text(CLINIC, [DUE, TRAINING], None, MADE), MADE)
    short = again(DUE, before=first)
    event = events(short)[uid(CLINIC, TRAINING)]
    assert (event.dtstart.value, event.sequence.value) == (date(2025, 7, 1), "1")
    whole = calendar_text(CLINIC, [DUE, replace(TRAINING, day=date(2025, 7, 2))], short, MADE)
    assert events(whole)[uid(CLINIC, TRAINING)].sequence.value == "2", "the numbers go on"


def test_what_is_no_deadline_any_more_is_called_off() -> None:
    first = calendar_text(CLINIC, [DUE, TRAINING], None, MADE)
    done = again(before=first)
    event = events(done)[uid(CLINIC, DUE)]
    assert (event.status.value, event.sequence.value) == ("CANCELLED", "1")
    assert event.dtstart.value == DUE.day
    assert "valarm" not in event.contents
    still = again(before=done)
    assert events(still)[uid(CLINIC, DUE)].sequence.value == "1"
    back = events(again(DUE, before=still))[uid(CLINIC, DUE)]
    assert (back.sequence.value, "status" in back.contents) == ("2", False)


def test_what_has_passed_is_left_out() -> None:
    first = calendar_text(CLINIC, [DUE, TRAINING], None, MADE)
    later = (date(2025, 4, 5), date(2025, 4, 30))
    assert events(again(before=first, days=later)).keys() == {uid(CLINIC, TRAINING)}
    cancelled = again(before=first)
    assert events(again(before=cancelled, days=later)).keys() == {uid(CLINIC, TRAINING)}


def test_the_calendar_of_another_institution_is_neither_kept_nor_called_off() -> None:
    other = replace(CLINIC, name="別の内科", code="1319900028")
    first = calendar_text(other, [DUE, TRAINING], None, MADE)
    assert events(again(DUE, before=first)).keys() == {uid(CLINIC, DUE)}


def test_an_event_with_an_hour_does_not_disturb() -> None:
    first = calendar_text(CLINIC, [TRAINING], None, MADE)
    hour = "BEGIN:VEVENT\r\nUID:b\r\nDTSTAMP:20250301T000000Z\r\nDTSTART:20250610T090000\r\nEND:VEVENT\r\n"
    text = first.replace("END:VCALENDAR", hour + "END:VCALENDAR")
    assert events(again(before=text)).keys() == {uid(CLINIC, TRAINING), "b"}


def test_the_command_calls_off_what_has_been_filed(mitasu: Run, write: Any, tmp_path: Path) -> None:
    old = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
    made_again = filing(PROMOTION, "2025-03-26", arrived="2025-03-20", level="1")
    for filings, on in (([old], "2025-03-10"), ([old, made_again], "2025-03-27")):
        path = write(document(filings=filings))
        assert mitasu("deadlines", path, "--on", on, "--ics", tmp_path / "x.ics").status == 0
    found = events((tmp_path / "x.ics").read_bytes().decode("utf-8"))
    off = [event.summary.value for event in found.values() if "status" in event.contents]
    assert any("2025年4月からの届出直し" in summary for summary in off)


def test_lines_are_utf_8_of_75_octets_ended_by_crlf() -> None:
    long = replace(DUE, note="長い説明。" * 60 + "改行\nと;と,と\\")
    text = calendar_text(CLINIC, [long], None, MADE)
    octets = text.encode("utf-8")
    assert octets.endswith(b"\r\n")
    assert b"\n" not in octets.replace(b"\r\n", b"")
    assert max(len(line) for line in octets.split(b"\r\n")) <= 75
    for line in octets.split(b"\r\n"):
        line.decode("utf-8")
    assert long.note in events(text)[uid(CLINIC, long)].description.value


def test_a_calendar_without_deadlines_is_still_one() -> None:
    assert made() == {}


def test_the_same_calendar_is_made_twice() -> None:
    assert calendar_text(CLINIC, [DUE], None, MADE) == calendar_text(CLINIC, [DUE], None, MADE)


# ---- files -----------------------------------------------------------------------------------------------------


def test_the_file_that_is_replaced_hands_on_its_numbers(tmp_path: Path) -> None:
    path = tmp_path / "期限.ics"
    for row in (DUE, replace(DUE, day=date(2025, 4, 7)), replace(DUE, day=date(2025, 4, 8))):
        write_calendar(path, CLINIC, [row])
    (event,) = events(path.read_bytes().decode("utf-8")).values()
    assert (event.dtstart.value, event.sequence.value) == (date(2025, 4, 8), "2")


@pytest.mark.parametrize(
    "content",
    [b"institution: {name: x}\n", b"\xff\xfe\x00", b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\n"],
    ids=["another file", "not text", "cut off"],
)
def test_a_file_that_is_no_calendar_is_not_overwritten(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clinic.yaml"
    path.write_bytes(content)
    with pytest.raises(InputError, match="別の名前で書き出して"):
        write_calendar(path, CLINIC, [DUE])
    assert path.read_bytes() == content


def test_events_of_others_without_id_or_day_do_not_disturb(tmp_path: Path) -> None:
    path = tmp_path / "x.ics"
    path.write_text(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n"
        "BEGIN:VEVENT\r\nSUMMARY:a\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:a\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        "utf-8",
        newline="",
    )
    write_calendar(path, CLINIC, [DUE])
    assert list(events(path.read_text("utf-8"))) == [uid(CLINIC, DUE)]


def test_a_folder_that_is_not_there_is_told_in_japanese(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="書き込めません"):
        write_calendar(tmp_path / "ない" / "x.ics", CLINIC, [DUE])
    with pytest.raises(InputError, match="書き込めません"):
        write_calendar(tmp_path, CLINIC, [DUE])


def test_the_command_writes_it_and_says_how_many(mitasu: Run, write: Any, tmp_path: Path) -> None:
    old = filing(PROMOTION, "2024-05-31", arrived="2024-05-17")
    path = write(document(filings=[old]))
    ran = mitasu("deadlines", path, "--on", "2025-03-10", "--ics", tmp_path / "x.ics")
    assert (ran.status, ran.err) == (0, "")
    found = events((tmp_path / "x.ics").read_bytes().decode("utf-8"))
    assert ran.out == f"{len(found)}件の予定を {tmp_path / 'x.ics'} に書き出しました。\n"
    assert any(event.dtstart.value == date(2025, 4, 4) for event in found.values())
