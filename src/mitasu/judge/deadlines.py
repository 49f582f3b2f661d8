"""Deadlines: everything with a day that concerns an institution, with the day by which to act.

Grace that ends, filings with the day by which they must arrive (必着), duties that come back each year,
drills and trainings that lapse, cohorts of summaries that close, rules that turn. Days the ministry
sets are data (`rulebook/calendar.yaml`); all others follow from the rules and the institution's facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from mitasu.dates import add_months, is_opening_day, last_day, month_of, months_between
from mitasu.errors import UsageError
from mitasu.facts import Filing, Institution
from mitasu.judge.describe import differences
from mitasu.judge.due import ONE_DAY, Deadline, concerning, held, on_paper, own
from mitasu.judge.filing_facts import refiled
from mitasu.judge.filings import TO_FILE, accept_by, filing_answers
from mitasu.judge.judgement import Answer, Judge
from mitasu.judge.lapses import cohorts, events, graces, overdue_events

MOST_DAYS = 3660


def deadlines(judge: Judge, institution: Institution, on: date, within: int = 90) -> list[Deadline]:
    """Every deadline from the day on, within so many days, in order of the day; UsageError outside the calendar."""
    if not 1 <= within <= MOST_DAYS:
        raise UsageError(
            f"何日先まで（within）は1から{MOST_DAYS}までの整数で書いてください（見つかったもの: {within}）。"
        )
    last = on + timedelta(days=within)
    is_opening_day(on), is_opening_day(last)  # both within the table of holidays
    answer = judge.judge(institution, on)
    found = [
        *graces(judge, answer),
        *_filings(judge, answer),
        *_windows(judge, answer),
        *_duties(judge, answer, last),
        *_refilings(judge, answer),
        *events(judge, answer, last),
        *overdue_events(judge, answer),
        *cohorts(judge, answer, last),
        *_turns(judge, answer, last),
    ]
    found.sort(key=lambda item: (item.day, item.kind, item.title, item.key))
    chosen: dict[str, Deadline] = {}
    for item in found:
        if item.overdue or on <= item.day <= last:
            chosen.setdefault(item.key, item)
    return list(chosen.values())


# ---- filings and what the calendar sets ----------------------------------------------------------------


def _filings(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    by, start = accept_by(answer.on)
    for found in filing_answers(judge, answer.institution, answer.on, by):
        if found.action not in TO_FILE or _windowed(judge, found.item, start):
            continue
        form = f"様式：{'、'.join(found.forms)}。" if found.forms else ""
        pays = f"（{found.pays}）" if found.pays else ""
        note = (
            f"{start}から{found.title}{found.level or ''}{pays}を算定するには、この日までに着き、受理されること。"
            f"審査は2週間から1か月。{form}"
        )
        itself = found.item == found.addition
        named = found.title if itself else judge.words.name(found.item)
        yield on_paper(
            Deadline(
                by,
                "filing",
                f"{named}の届出" + ("直し" if found.action == "again" else ""),
                note,
                found.addition,
                f"filing/{found.addition}" + ("" if itself else f"/{found.item}"),
            )
        )


def _windowed(judge: Judge, item: str, start: date) -> bool:
    """Whether the calendar sets another day by which a filing of the item counts from that day."""
    rows = judge.rulebook.calendar.get("windows", ())
    return any(item in row["additions"] and _day(row["counts_from"]) == start for row in rows)


def _windows(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    """Filing windows that end otherwise than by the general rule; left out where what is filed already suffices."""
    for row in judge.rulebook.calendar.get("windows", ()):
        start = _day(row["counts_from"])
        opens = f"受付は{row['opens']}から。" if row.get("opens") else ""
        asked = f"{row['asked_by']}までの提出が求められています。" if row.get("asked_by") else ""
        for addition in _touched(row, answer):
            if addition is not None and refiled(judge, answer.institution, addition, start):
                continue
            note = f"{start}から算定するために、この日までに着くこと。{opens}{asked}"
            key = f"{row['id']}/{addition or ''}"
            yield on_paper(_set(judge, row, _day(row["arrives_by"]), "filing", note, addition, key))


def _duties(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    calendar = judge.rulebook.calendar
    for row in calendar.get("duties", ()):
        for year in range(answer.on.year, last.year + 1):
            day = date(year, row["month"], row["day"])
            for addition in _touched(row, answer) if _in_force(row, day) and day <= last else ():
                key = f"{row['id']}/{addition or ''}/{year}"
                yield on_paper(_set(judge, row, day, "duty", str(row.get("note", "")), addition, key))
    for row in calendar.get("recalculations", ()):
        for month in months_between(month_of(answer.on), month_of(last)):
            day = last_day(month)
            due = int(month[5:]) in row["months"] and _in_force(row, day) and day <= last
            for addition in _touched(row, answer) if due else ():
                note = "区分が変わるときは、この月のうちに届け出て、翌月から算定します。"
                yield on_paper(
                    _set(judge, row, day, "duty", note, addition, f"{row['id']}/{addition}/{month}")
                )


def _refilings(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    """What is filed again so many years after the last acceptance; overdue until it is accepted or on its way."""
    for row in judge.rulebook.calendar.get("refilings", ()):
        for addition in _touched(row, answer):
            filings = [f for f in answer.institution.filings or () if f.item == addition]
            days = (f.accepted for f in filings if f.accepted and f.accepted <= answer.on)
            latest = max(days, default=None)
            if latest is None or any(_under_way(f, latest, answer.on) for f in filings):
                continue
            day = add_months(latest, 12 * row["years"])
            found = _set(
                judge, row, day, "filing", f"前回の受理は{latest}。", addition, f"{row['id']}/{addition}"
            )
            if not _in_force(row, day):
                continue
            if day >= answer.on:
                yield on_paper(found)
                continue
            told = f"{found.note}期限（{day}）を過ぎています。すぐに届け出て、地方厚生局に確かめてください。"
            yield replace(found, note=told, overdue=True)


def _under_way(filing: Filing, latest: date, on: date) -> bool:
    """Whether a filing later than the last one accepted has been sent and is not accepted yet."""
    waiting = filing.accepted is None or filing.accepted > on
    return waiting and filing.arrived is not None and latest < filing.arrived <= on


def _set(
    judge: Judge, row: Mapping[str, Any], day: date, kind: str, note: str, addition: str | None, key: str
) -> Deadline:
    """A deadline that the calendar sets; where a row is for several additions the title says which."""
    several = addition is not None and len(row["additions"]) > 1
    title = f"{judge.words.name(addition)}: {row['label']}" if addition and several else row["label"]
    return Deadline(day, kind, title, note, addition, key, None, tuple(row["cite"]))


def _touched(row: Mapping[str, Any], answer: Answer) -> list[str | None]:
    """The additions of a row that the institution has filed and that are in force; None: it is for all who filed any."""
    filed = held(answer)
    if not row["additions"]:
        return [None] if filed else []
    concerned = {judgement.addition for judgement in concerning(answer)} & filed
    return [addition for addition in row["additions"] if addition in concerned]


def _in_force(row: Mapping[str, Any], day: date) -> bool:
    start, end = row.get("from"), row.get("until")
    return (start is None or _day(start) <= day) and (end is None or day <= _day(end))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _turns(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which an addition begins that is for such institutions, or a rule turns of one claimed or filed."""
    coming = [judgement for judgement in answer.judgements if judgement.status == "not_in_force"]
    for judgement in (*own(answer), *coming):
        timeline = judge.rulebook.timeline(judgement.addition, answer.institution.sector)
        for day in timeline.dates:
            if not answer.on < day <= last:
                continue
            before, after = timeline.on(day - ONE_DAY), timeline.on(day)
            if not differences(before, after, judge.rulebook):
                continue
            word = "が終わる" if not after.levels else "の規則が変わる" if before.levels else "が始まる"
            yield Deadline(
                day,
                "law",
                f"{judgement.title}{word}",
                f"違いは mitasu changes --from {day - ONE_DAY} --to {day} で見られます。",
                judgement.addition,
                f"law/{judgement.addition}/{day}",
                None,
                after.period.cite if after.period else (),
            )
