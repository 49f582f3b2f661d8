"""Deadlines: everything with a day that concerns an institution, with the day by which to act.

Grace that ends, filings with the day by which they must arrive (必着), duties that come back each year,
drills and trainings that lapse, cohorts of summaries that close, rules that turn. Days the ministry
sets are data (`rulebook/calendar.yaml`); all others follow from the rules and the institution's facts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mitasu.dates import add_months, is_opening_day, month_of, months_between
from mitasu.facts import Institution
from mitasu.judge.filings import accept_by, filing_answers
from mitasu.judge.judgement import Answer, Judge, Judgement
from mitasu.rules.nodes import Fact, facts_of

KINDS = {
    "grace": "経過措置の終わり",
    "filing": "届出（必着）",
    "duty": "毎年の届出・報告",
    "event": "実施の期限",
    "cohort": "退院時要約の締切",
    "law": "制度が変わる日",
}
POST_DAYS = 3
"""A paper is posted so many opening days before it must arrive."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """One day: what must have happened by it. `key` stays the same when the day moves."""

    day: date
    kind: str
    title: str
    note: str
    addition: str | None
    key: str
    post_by: date | None = None
    sources: tuple[str, ...] = ()


def deadlines(judge: Judge, institution: Institution, on: date, within: int = 90) -> list[Deadline]:
    """Every deadline from the day on, within so many days, in order of the day."""
    answer = judge.judge(institution, on)
    last = on + timedelta(days=within)
    found = [
        *_graces(answer),
        *_filings(judge, answer),
        *_calendar(judge, answer, last),
        *_events(judge, answer),
        *_cohorts(judge, answer, last),
        *_turns(judge, answer, last),
    ]
    chosen = {item.key: item for item in found if on <= item.day <= last}
    return sorted(chosen.values(), key=lambda item: (item.day, item.kind, item.title))


def post_by(day: date) -> date:
    """The day by which to post what must arrive on a day.

    >>> post_by(date(2025, 4, 4))
    datetime.date(2025, 4, 1)
    """
    left = POST_DAYS
    while left:
        day -= timedelta(days=1)
        left -= is_opening_day(day)
    return day


def _concerning(answer: Answer) -> list[Judgement]:
    return [j for j in answer.judgements if j.status not in ("not_in_force", "not_applicable")]


def _graces(answer: Answer) -> Iterator[Deadline]:
    for judgement in _concerning(answer):
        if judgement.status != "claimable":
            continue
        for found in judgement.needed:
            if found.status == "deemed" and found.until is not None:
                label = found.requirement.label
                note = f"翌日から「{label}」を満たしていないと{judgement.named}を算定できません。{found.requirement.remedy}"
                key = f"grace/{judgement.addition}/{found.id}"
                cites = tuple(cite for measure in found.requirement.deemed for cite in measure.cite)
                yield Deadline(
                    found.until,
                    "grace",
                    f"{judgement.title}: {label}の経過措置",
                    note,
                    judgement.addition,
                    key,
                    None,
                    cites,
                )


def _filings(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    by, start = accept_by(answer.on)
    for found in filing_answers(judge, answer.institution, answer.on):
        if found.action in ("needed", "again"):
            form = "、".join(found.forms)
            note = f"{start}から{found.title}{found.level or ''}（{found.pays}）を算定するには、この日までに受理されること。審査は2週間から1か月。{form}"
            yield Deadline(
                by,
                "filing",
                f"{found.title}の{found.word}",
                note,
                found.addition,
                f"filing/{found.addition}",
                post_by(by),
            )


def _calendar(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    calendar = judge.rulebook.calendar
    held = {
        f.item for f in answer.institution.filings or () if f.withdrawn is None or f.withdrawn > answer.on
    }
    concerned = {j.addition for j in _concerning(answer)} & held
    for row in calendar.get("windows", ()):
        for addition in _touched(row, concerned, any_filing=bool(held)):
            day = _day(row["arrives_by"])
            note = f"{_day(row['counts_from'])}から算定するために、この日までに着くこと。"
            yield Deadline(
                day,
                "filing",
                row["label"],
                note,
                addition,
                f"{row['id']}/{addition or ''}",
                post_by(day),
                tuple(row["cite"]),
            )
    for row in calendar.get("duties", ()):
        for addition in _touched(row, concerned, any_filing=bool(held)):
            for year in range(answer.on.year, last.year + 1):
                day = date(year, row["month"], row["day"])
                if _in_force(row, day):
                    yield Deadline(
                        day,
                        "duty",
                        row["label"],
                        str(row.get("note", "")),
                        addition,
                        f"{row['id']}/{addition or ''}/{year}",
                        post_by(day),
                        tuple(row["cite"]),
                    )
    for row in calendar.get("recalculations", ()):
        for addition in _touched(row, concerned, any_filing=bool(held)):
            for month in months_between(month_of(answer.on), month_of(last)):
                day = add_months(date.fromisoformat(f"{month}-01"), 1) - timedelta(days=1)
                if int(month[5:]) in row["months"] and _in_force(row, day):
                    note = "区分が変わるときは、この月のうちに届け出て、翌月から算定します。"
                    yield Deadline(
                        day,
                        "duty",
                        row["label"],
                        note,
                        addition,
                        f"{row['id']}/{addition}/{month}",
                        None,
                        tuple(row["cite"]),
                    )
    for row in calendar.get("refilings", ()):
        for filing in answer.institution.filings or ():
            latest = max(
                (
                    f.accepted
                    for f in answer.institution.filings or ()
                    if f.item == filing.item and f.accepted
                ),
                default=None,
            )
            if filing.item in row["additions"] and filing.item in concerned and latest is not None:
                day = add_months(latest, 12 * row["years"])
                yield Deadline(
                    day,
                    "filing",
                    row["label"],
                    f"前回の受理は{latest}。",
                    filing.item,
                    f"{row['id']}/{filing.item}",
                    post_by(day),
                    tuple(row["cite"]),
                )


def _touched(row: Mapping[str, Any], concerned: Iterable[str], *, any_filing: bool) -> list[str | None]:
    if not row["additions"]:
        return [None] if any_filing else []
    return [addition for addition in row["additions"] if addition in concerned]


def _in_force(row: Mapping[str, Any], day: date) -> bool:
    start, end = row.get("from"), row.get("until")
    return (start is None or _day(start) <= day) and (end is None or day <= _day(end))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


def _events(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    """The last day on which the latest drill, training or use still counts."""
    for judgement in _concerning(answer):
        if judgement.reported is None:
            continue
        for found in judgement.needed:
            for fact in facts_of(judgement.levels[judgement.reported][0].requirements[found.id]):
                day = _lapses(fact, answer)
                if day is not None:
                    name = judge.words.name(str(dict(fact.args)["event"]))
                    note = f"この日を過ぎると「{found.requirement.label}」を満たしません。{found.requirement.remedy}"
                    key = f"event/{dict(fact.args)['event']}/{judgement.addition}/{found.id}"
                    yield Deadline(
                        day,
                        "event",
                        f"{name}（{judgement.title}）",
                        note,
                        judgement.addition,
                        key,
                        None,
                        found.requirement.cite,
                    )


def _lapses(fact: Fact, answer: Answer) -> date | None:
    args = dict(fact.args)
    if fact.id != "event_within" or answer.view.get(fact.key) is not True:
        return None
    wanted = dict(args.get("where", ()))
    days = [
        event.on
        for event in answer.institution.events.get(str(args["event"]), ())
        if event.on <= answer.on
        and all(event.attributes.get(name) == value for name, value in wanted.items())
    ]
    return add_months(max(days), int(args["months"])) if days else None


def _cohorts(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which a month of discharge summaries closes (退院月の末日から14日)."""
    judgement = next((j for j in _concerning(answer) if j.addition == "record-management"), None)
    if judgement is None or judgement.reported is None:
        return
    for found in judgement.requirements:
        for fact in facts_of(judgement.levels[judgement.reported][0].requirements[found.id]):
            if fact.id != "summaries_on_time" or not found.requirement.blocks:
                continue
            days = int(dict(fact.args)["days"])
            for month in months_between(month_of(add_months(answer.on, -1)), month_of(last)):
                closes = (
                    add_months(date.fromisoformat(f"{month}-01"), 1)
                    - timedelta(days=1)
                    + timedelta(days=days)
                )
                note = f"{month}に退院した患者の要約を、この日までに作成し提出した割合で決まります。"
                yield Deadline(
                    closes,
                    "cohort",
                    f"{month}退院分の{found.requirement.label}",
                    note,
                    judgement.addition,
                    f"cohort/{month}/{days}",
                    None,
                    found.requirement.cite,
                )


def _turns(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which a rule that concerns the institution turns."""
    for judgement in _concerning(answer):
        timeline = judge.rulebook.timeline(judgement.addition, answer.institution.sector)
        for day in timeline.dates:
            if answer.on < day <= last:
                note = "規則が変わります。mitasu changes で違いを見られます。"
                yield Deadline(
                    day,
                    "law",
                    f"{judgement.title}の規則が変わる",
                    note,
                    judgement.addition,
                    f"law/{judgement.addition}/{day}",
                )
