"""Deadlines: everything with a day that concerns an institution, with the day by which to act.

Grace that ends, filings with the day by which they must arrive (必着), duties that come back each year,
drills and trainings that lapse, cohorts of summaries that close, rules that turn. Days the ministry
sets are data (`rulebook/calendar.yaml`); all others follow from the rules and the institution's facts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from mitasu.dates import add_months, is_opening_day, japanese_month, last_day, month_of, months_between
from mitasu.errors import UsageError
from mitasu.facts import DERIVED, Institution, View
from mitasu.judge.describe import differences
from mitasu.judge.filing_facts import refiled
from mitasu.judge.filings import TO_FILE, accept_by, filing_answers
from mitasu.judge.judgement import Answer, Judge, Judgement, RequirementAnswer
from mitasu.judge.marks import points_text
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
MOST_DAYS = 3660
ONE_DAY = timedelta(days=1)


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
    """Every deadline from the day on, within so many days, in order of the day; UsageError outside the calendar."""
    if not 1 <= within <= MOST_DAYS:
        raise UsageError(
            f"何日先まで（within）は1から{MOST_DAYS}までの整数で書いてください（見つかったもの: {within}）。"
        )
    last = on + timedelta(days=within)
    is_opening_day(on), is_opening_day(last)  # both within the table of holidays
    answer = judge.judge(institution, on)
    found = [
        *_graces(judge, answer),
        *_filings(judge, answer),
        *_windows(judge, answer),
        *_duties(judge, answer, last),
        *_refilings(judge, answer),
        *_events(judge, answer, last),
        *_cohorts(judge, answer, last),
        *_turns(judge, answer, last),
    ]
    chosen = {item.key: item for item in found if on <= item.day <= last}
    return sorted(chosen.values(), key=lambda item: (item.day, item.kind, item.title, item.key))


def arrive_by(day: date) -> date:
    """The last opening day up to a day: what comes by paper reaches an open office.

    >>> arrive_by(date(2025, 8, 31))
    datetime.date(2025, 8, 29)
    """
    while not is_opening_day(day):
        day -= ONE_DAY
    return day


def post_by(day: date) -> date:
    """The day by which to post what must arrive on a day.

    >>> post_by(date(2025, 4, 4))
    datetime.date(2025, 4, 1)
    """
    day, left = arrive_by(day), POST_DAYS
    while left:
        day -= ONE_DAY
        left -= is_opening_day(day)
    return day


def _paper(deadline: Deadline) -> Deadline:
    """A deadline of something on paper: when to post it, and what to do where the office is closed on the day."""
    note = deadline.note
    if not is_opening_day(deadline.day):
        note += f"この日は閉庁日です。{arrive_by(deadline.day)}（開庁日）までに着くように出します。"
    return replace(deadline, note=note, post_by=post_by(deadline.day))


def _concerning(answer: Answer) -> list[Judgement]:
    return [j for j in answer.judgements if j.status not in ("not_in_force", "not_applicable")]


# ---- grace ---------------------------------------------------------------------------------------------


def _graces(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    for judgement in _concerning(answer):
        for found in judgement.needed if judgement.status == "claimable" else ():
            if found.status == "deemed" and (
                last := _holds_until(judge, answer, judgement, found.id, found.until)
            ):
                label, pays = found.requirement.label, points_text(judgement)
                about = f"{judgement.title}: " if judgement.title != label else ""
                lost = (
                    f"{judgement.named}を算定できません" if pays else f"{judgement.title}の基準を満たしません"
                )
                cites = (cite for measure in found.requirement.deemed for cite in measure.cite)
                yield Deadline(
                    last,
                    "grace",
                    f"{about}{label}の経過措置",
                    f"翌日から「{label}」を満たしていないと{lost}。{found.requirement.remedy}",
                    judgement.addition,
                    f"grace/{judgement.addition}/{found.id}",
                    None,
                    tuple(dict.fromkeys(cites)),
                )


def _holds_until(
    judge: Judge, answer: Answer, judgement: Judgement, requirement: str, last: date | None
) -> date | None:
    """The last day on which a requirement holds that holds until `last` at least; None where it does not fall.

    A grace that takes over is followed to its end; what the file says of later days is believed.
    """
    while last is not None:
        next_day = judge.judge(answer.institution, last + ONE_DAY, [judgement.addition])
        after = next_day.of(judgement.addition).requirement(requirement)
        if after is None or after.status != "deemed":
            return last if after is not None and after.status in ("unmet", "unknown", "pending") else None
        last = after.until
    return None


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
        own = found.item == found.addition
        named = found.title if own else judge.words.name(found.item)
        yield _paper(
            Deadline(
                by,
                "filing",
                f"{named}の届出" + ("直し" if found.action == "again" else ""),
                note,
                found.addition,
                f"filing/{found.addition}" + ("" if own else f"/{found.item}"),
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
            yield _paper(_set(judge, row, _day(row["arrives_by"]), "filing", note, addition, key))


def _duties(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    calendar = judge.rulebook.calendar
    for row in calendar.get("duties", ()):
        for year in range(answer.on.year, last.year + 1):
            day = date(year, row["month"], row["day"])
            for addition in _touched(row, answer) if _in_force(row, day) and day <= last else ():
                key = f"{row['id']}/{addition or ''}/{year}"
                yield _paper(_set(judge, row, day, "duty", str(row.get("note", "")), addition, key))
    for row in calendar.get("recalculations", ()):
        for month in months_between(month_of(answer.on), month_of(last)):
            day = last_day(month)
            due = int(month[5:]) in row["months"] and _in_force(row, day) and day <= last
            for addition in _touched(row, answer) if due else ():
                note = "区分が変わるときは、この月のうちに届け出て、翌月から算定します。"
                yield _paper(_set(judge, row, day, "duty", note, addition, f"{row['id']}/{addition}/{month}"))


def _refilings(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    for row in judge.rulebook.calendar.get("refilings", ()):
        for addition in _touched(row, answer):
            days = (f.accepted for f in answer.institution.filings or () if f.item == addition and f.accepted)
            latest = max((day for day in days if day <= answer.on), default=None)
            if latest is not None:
                day = add_months(latest, 12 * row["years"])
                note, key = f"前回の受理は{latest}。", f"{row['id']}/{addition}"
                yield _paper(_set(judge, row, day, "filing", note, addition, key))


def _set(
    judge: Judge, row: Mapping[str, Any], day: date, kind: str, note: str, addition: str | None, key: str
) -> Deadline:
    """A deadline that the calendar sets; where a row is for several additions the title says which."""
    several = addition is not None and len(row["additions"]) > 1
    title = f"{judge.words.name(addition)}: {row['label']}" if addition and several else row["label"]
    return Deadline(day, kind, title, note, addition, key, None, tuple(row["cite"]))


def _touched(row: Mapping[str, Any], answer: Answer) -> list[str | None]:
    """The additions of a row that the institution has filed and that are in force; None: it is for all who filed any."""
    held = _held(answer)
    if not row["additions"]:
        return [None] if held else []
    concerned = {judgement.addition for judgement in _concerning(answer)} & held
    return [addition for addition in row["additions"] if addition in concerned]


def _held(answer: Answer) -> set[str]:
    """The items of which the institution has a filing that is not withdrawn."""
    filings = answer.institution.filings or ()
    return {f.item for f in filings if f.withdrawn is None or f.withdrawn > answer.on}


def _in_force(row: Mapping[str, Any], day: date) -> bool:
    start, end = row.get("from"), row.get("until")
    return (start is None or _day(start) <= day) and (end is None or day <= _day(end))


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))


# ---- what has to be done again, what closes, what turns ------------------------------------------------


def _own(answer: Answer) -> list[Judgement]:
    """The judgements of what the institution claims or has filed."""
    held = _held(answer)
    return [j for j in _concerning(answer) if j.status == "claimable" or j.addition in held]


def _events(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The last day on which the drills, trainings, conferences and uses so far still suffice."""
    for judgement in _own(answer):
        lapsing: dict[tuple[str, date], list[RequirementAnswer]] = {}
        for found in judgement.needed if judgement.reported is not None else ():
            for fact in facts_of(judgement.levels[judgement.reported or 0][0].requirements[found.id]):
                event = _event_of(judge, fact) if found.status in ("met", "deemed") else None
                if event and (day := _lapses(judge, answer, judgement, found, fact, last)) is not None:
                    lapsing.setdefault((event, day), []).append(found)
        for (event, day), rows in lapsing.items():
            labels = "」「".join(dict.fromkeys(row.requirement.label for row in rows))
            remedies = "".join(dict.fromkeys(row.requirement.remedy for row in rows))
            yield Deadline(
                day,
                "event",
                f"{judge.words.name(event)}（{judgement.title}）",
                f"この日を過ぎると「{labels}」を満たしません。{remedies}",
                judgement.addition,
                f"event/{event}/{judgement.addition}",
                None,
                tuple(dict.fromkeys(cite for row in rows for cite in row.requirement.cite)),
            )


def _event_of(judge: Judge, fact: Fact) -> str | None:
    """The event that a fact counts, if it counts one."""
    entry = judge.words.entry(fact)
    named = (dict(fact.args).get("event"), *(entry.inputs if entry else ()))
    events = judge.rulebook.catalogue.of("event")
    return next((str(id_) for id_ in named if id_ in events), None)


def _lapses(
    judge: Judge, answer: Answer, judgement: Judgement, found: RequirementAnswer, fact: Fact, last: date
) -> date | None:
    """The last day on which a requirement holds that falls because a fact turns with the days."""
    value = answer.view.get(fact.key)
    for number in range(1, (last - answer.on).days + 2):
        day = answer.on + timedelta(days=number)
        later = View(answer.institution, day, DERIVED).get(fact.key)
        if later != value:
            value = later
            if (held := _holds_until(judge, answer, judgement, found.id, day - ONE_DAY)) is not None:
                return held
    return None


def _cohorts(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which a month of discharge summaries closes (退院月の末日から14日)."""
    for judgement in _own(answer):
        for found in judgement.needed if judgement.reported is not None else ():
            for fact in facts_of(judgement.levels[judgement.reported or 0][0].requirements[found.id]):
                if fact.id == "summaries_on_time":
                    yield from _closings(answer, judgement, found, dict(fact.args), last)


def _closings(
    answer: Answer, judgement: Judgement, found: RequirementAnswer, args: Mapping[str, Any], last: date
) -> Iterator[Deadline]:
    days = int(args["days"])
    for month in months_between(month_of(add_months(answer.on, -2)), month_of(last)):
        closes = last_day(month) + timedelta(days=days)
        if not found.requirement.exists_on(closes):
            continue
        due, done = answer.view.series("summaries_due", month), answer.view.series(args["series"], month)
        count = f"いま{due}件のうち{done}件。" if due is not None and done is not None else ""
        yield Deadline(
            closes,
            "cohort",
            f"{japanese_month(month)}退院分の{found.requirement.label}",
            f"{japanese_month(month)}に退院した患者の要約を、この日までに作成し提出した割合で決まります。{count}",
            judgement.addition,
            f"cohort/{judgement.addition}/{month}/{days}",
            None,
            found.requirement.cite,
        )


def _turns(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which an addition begins that is for such institutions, or a rule turns of one claimed or filed."""
    coming = [judgement for judgement in answer.judgements if judgement.status == "not_in_force"]
    for judgement in (*_own(answer), *coming):
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
