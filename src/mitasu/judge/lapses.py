"""What lapses by itself: grace that ends, drills and trainings that have to be done again, months that close.

Each is found by asking the rules for later days, and for what is overdue for earlier ones; nothing is
reckoned from the kind of event, so that every duty counted from events is met.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from mitasu.dates import add_months, japanese_month, last_day, month_of, months_between
from mitasu.facts import DERIVED, View
from mitasu.judge.due import ONE_DAY, Deadline, concerning, held, own
from mitasu.judge.filings import RATES
from mitasu.judge.judgement import Answer, Judge, Judgement, RequirementAnswer, unmet
from mitasu.judge.marks import points_text
from mitasu.rules.nodes import Fact, facts_of
from mitasu.rules.rule import Requirement

LOOK_BACK = 1100
"""For what is overdue one looks back so many days: three years."""

# ---- grace ---------------------------------------------------------------------------------------------


def graces(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    """The last day of each grace on which what is claimed rests, or would but for the rate of a month."""
    filed = held(answer)
    for judgement in concerning(answer):
        only_rate = judgement.addition in filed and set(judgement.missing) <= RATES
        rests = judgement.status == "claimable" or (judgement.status == "not_claimable" and only_rate)
        for found in judgement.needed if rests else ():
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


# ---- what has to be done again, what closes, what turns ------------------------------------------------


def events(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The last day on which the drills, trainings, conferences and uses so far still suffice."""
    for judgement in own(answer):
        lapsing: dict[tuple[str, date], list[RequirementAnswer]] = {}
        for found in judgement.needed if judgement.reported is not None else ():
            for fact in facts_of(judgement.levels[judgement.reported or 0][0].requirements[found.id]):
                event = _event_of(judge, fact) if found.status in ("met", "deemed") else None
                if event and (day := _lapses(judge, answer, judgement, found, fact, last)) is not None:
                    lapsing.setdefault((event, day), []).append(found)
        for (event, day), rows in lapsing.items():
            yield _event(judge, judgement, event, day, [row.requirement for row in rows], overdue=False)


def overdue_events(judge: Judge, answer: Answer) -> Iterator[Deadline]:
    """The drills, trainings and conferences for want of which alone a better level, or the addition, is lost."""
    for judgement in own(answer):
        best = judgement.reported if judgement.status == "claimable" else None
        for index, (fixed, reason) in enumerate(judgement.levels[:best]):
            lapsed: dict[str, tuple[date, list[Requirement]]] = {}
            mended: dict[Any, bool] = {}
            for found in (r.requirement for r in judgement.requirements if r.id in unmet(reason)):
                for fact in facts_of(fixed.requirements[found.id]):
                    event = _event_of(judge, fact)
                    day = _last_held(answer, fact) if event else None
                    if event and day:
                        earliest, rows = lapsed.setdefault(event, (day, []))
                        lapsed[event] = (min(earliest, day), [*rows, found])
                        mended[fact.key] = True
            again = judge.judge(answer.institution, answer.on, [judgement.addition], mended)
            reached = again.of(judgement.addition)
            levels = [other.level.level for other, _ in reached.levels]
            if lapsed and reached.status == "claimable" and levels.index(reached.level or "") <= index:
                for event, (day, rows) in lapsed.items():
                    yield _event(judge, judgement, event, day, rows, overdue=True)
                break


def _last_held(answer: Answer, fact: Fact) -> date | None:
    """The last day on which a fact held that does not any more; None where it did not within the time looked at."""
    if answer.view.get(fact.key) is not False:
        return None
    days = (answer.on - timedelta(days=number) for number in range(1, LOOK_BACK + 1))
    return next((day for day in days if View(answer.institution, day, DERIVED).get(fact.key) is True), None)


def _event(
    judge: Judge, judgement: Judgement, event: str, day: date, rows: list[Requirement], *, overdue: bool
) -> Deadline:
    labels = "」「".join(dict.fromkeys(row.label for row in rows))
    remedies = "".join(dict.fromkeys(row.remedy for row in rows))
    told = (
        f"{day}を過ぎ、「{labels}」を満たしていません。"
        if overdue
        else f"この日を過ぎると「{labels}」を満たしません。"
    )
    return Deadline(
        day,
        "event",
        f"{judge.words.name(event)}（{judgement.title}）",
        told + remedies,
        judgement.addition,
        f"event/{event}/{judgement.addition}",
        None,
        tuple(dict.fromkeys(cite for row in rows for cite in row.cite)),
        overdue,
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
            until = _holds_until(judge, answer, judgement, found.id, day - ONE_DAY)
            if until is not None:
                return until
    return None


def cohorts(judge: Judge, answer: Answer, last: date) -> Iterator[Deadline]:
    """The days on which a month of discharge summaries closes (退院月の末日から14日)."""
    for judgement in own(answer):
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
