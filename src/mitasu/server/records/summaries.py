"""Discharge summaries: which submission counts, what is due, month by month in exact counts, overdue by doctor.

A summary counts where a physician wrote it and it was handed to the central record room; both days have to
be within 14 days, so the later of the two is compared. One that was returned does not count until it comes
again (the strict reading; a hospital may set that the first hand-in counts). What decides is
`mitasu.facts.summaries`, which knows the notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from mitasu.dates import first_day, last_day
from mitasu.errors import UsageError
from mitasu.facts.summaries import (
    Discharge,
    MonthOfSummaries,
    closes,
    last_in_time,
    month_of_summaries,
    standing,
)
from mitasu.server.accounts.models import Site
from mitasu.server.records.models import Profession, RoomSettings, Stay, Step, SummaryEvent
from mitasu.server.records.writing import saved

AT_ONCE = 2000
YEAR = timedelta(days=366)
DESIRED = 30
"""Within so many days all summaries are to be made, which is desirable only (別添3第4の1(8)なお書)."""


@dataclass(frozen=True, slots=True)
class State:
    """What the events of a summary come to; `why`: why it does not count though something was handed in."""

    written: date | None = None
    submitted: date | None = None
    returned: bool = False
    why: str = ""


def state_of(events: Iterable[SummaryEvent], settings: RoomSettings) -> State:
    """The state by the events in order: the day that counts is the later of writing and handing in."""
    professions = {Profession.PHYSICIAN.value}
    if settings.dentists_count:
        professions.add(Profession.DENTIST.value)
    written: date | None = None
    handed: date | None = None
    first: date | None = None
    returned = False
    unfit = ""
    for event in sorted(events, key=lambda one: (one.at, one.pk or 0)):
        if event.taken_back:
            continue
        day = timezone.localtime(event.at).date()
        if event.step == Step.WRITTEN:
            if event.profession in professions:
                written = written or day
            else:
                unfit = "作成者の職種が分かりません" if not event.profession else "医師が作成していません"
        elif event.step == Step.SUBMITTED:
            handed, returned = day, False
            first = first or day
        elif event.step == Step.RETURNED:
            handed, returned = None, True
    counted = first if settings.counting == RoomSettings.Counting.FIRST else handed
    if counted is None:
        return State(written, None, returned)
    if written is None:
        return State(None, None, returned, unfit or "作成の記録がありません")
    return State(written, max(written, counted), returned)


def recount(site: Site, stays: Iterable[int]) -> int:
    """Puts anew at stays which days count for their summaries; how many changed."""
    settings, ids, count = RoomSettings.of(site), sorted(set(stays)), 0
    for start in range(0, len(ids), AT_ONCE):
        chunk = ids[start : start + AT_ONCE]
        events = SummaryEvent.objects.filter(stay__in=chunk).order_by("stay_id", "at", "pk")
        by_stay = {pk: list(group) for pk, group in groupby(events, key=lambda one: one.stay_id)}
        changed = []
        for stay in Stay.objects.filter(pk__in=chunk):
            found = state_of(by_stay.get(stay.pk, ()), settings)
            before = (stay.written, stay.submitted, stay.returned)
            if before != (found.written, found.submitted, found.returned):
                stay.written, stay.submitted, stay.returned = found.written, found.submitted, found.returned
                changed.append(stay)
        Stay.objects.bulk_update(changed, ["written", "submitted", "returned"], batch_size=200)
        count += len(changed)
    return count


def recount_all(site: Site) -> int:
    """The same for every stay with events, after the settings changed."""
    return recount(site, SummaryEvent.objects.filter(site=site).values_list("stay_id", flat=True).distinct())


def note(
    stay: Stay, step: str, at: Any, *, by: Any, author: str = "", profession: str = "", text: str = ""
) -> None:
    """Records that something happened to a summary; UsageError where that was before the admission."""
    day = timezone.localtime(at).date()
    if day < stay.admitted:
        raise UsageError(f"要約の日（{day}）が入院日（{stay.admitted}）より前です。")
    event = SummaryEvent(
        site=stay.site,
        stay=stay,
        step=step,
        at=at,
        author=author,
        profession=profession,
        note=text,
        recorded_by=by,
    )
    saved(event)
    recount(stay.site, [stay.pk])


def standing_told(standing: str, submitted: date | None) -> str:
    """How a summary stands to its last day, in words."""
    if standing == "late":
        return "期限後" if submitted else "期限後・未提出"
    return {"on_time": "期限内", "open": "期限前"}[standing]


# ---- months ---------------------------------------------------------------------------------------------------


def discharges_of(site: Site, month: str) -> QuerySet[Stay]:
    """The stays that ended in a month."""
    return Stay.objects.filter(site=site, discharged__range=(first_day(month), last_day(month)))


@dataclass(frozen=True, slots=True)
class Month:
    """A month's summaries as they stood at the end of a day: exact counts, and whether they are final."""

    month: str
    on: date
    counts: MonthOfSummaries
    within_30: int | None
    rows: tuple[tuple[int, date, date | None, str], ...] = ()

    @property
    def final(self) -> bool:
        """Whether nothing can come in time any more: the month's last day and 14 days are over."""
        return self.on > closes(self.month)

    @property
    def open(self) -> int:
        """How many may still come in time."""
        return self.counts.due - self.counts.in_time - self.counts.overdue

    @property
    def enough(self) -> bool | None:
        """Whether 9 in 10 came in time: None where it can still turn out either way; a month without discharges has none."""
        due, done = self.counts.due, self.counts.in_time
        if due == 0:
            return None
        if 10 * done >= 9 * due:
            return True
        if self.final or 10 * (due - self.counts.overdue) < 9 * due:
            return False
        return None

    @property
    def text(self) -> str:
        """The rate in words: the counts, and percent cut off (never rounded up to 90)."""
        due, done = self.counts.due, self.counts.in_time
        if due == 0:
            return "該当なし（退院0件）"
        tenths = done * 1000 // due
        return f"{done}/{due}件（{tenths // 10}.{tenths % 10}％）"

    @property
    def can_miss(self) -> int:
        """How many more may be late with the month still at 9 in 10; negative where it is missed."""
        return self.counts.due // 10 - self.counts.overdue


def month_of_site(site: Site, month: str, on: date) -> Month:
    """A month's summaries as they stood at the end of a day."""
    rows = list(
        discharges_of(site, month).filter(discharged__lte=on).order_by("discharged", "pk")
        .values_list("pk", "discharged", "submitted")
    )  # fmt: skip
    discharges = [Discharge(discharged, submitted) for _, discharged, submitted in rows if discharged]
    counts = month_of_summaries(discharges, month, on)
    thirty = None
    if on > closes(month, DESIRED):
        thirty = sum(
            one.submitted is not None and one.submitted <= last_in_time(one.discharged, DESIRED)
            for one in discharges
        )
    told = tuple(
        (pk, one.discharged, one.submitted, standing(one, on))
        for (pk, _, _), one in zip(rows, discharges, strict=True)
    )
    return Month(month, on, counts, thirty, told)


@dataclass(frozen=True, slots=True)
class Projection:
    """How the running month may end: bounds by what is known, and the share so far of what is decided."""

    month: Month
    worst: int
    best: int

    @property
    def text(self) -> str:
        """In words."""
        due = self.month.counts.due
        if due == 0:
            return "今月はまだ退院がありません。"
        decided = self.month.counts.in_time + self.month.counts.overdue
        told = f"今日までの退院{due}件のうち、提出済み{self.month.counts.in_time}件、期限切れ{self.month.counts.overdue}件、期限前{self.month.open}件。"
        left = f"このままなら{self.worst}/{due}件から{self.best}/{due}件の間です。"
        if decided == 0:
            return told + left + "まだ何も決まっていません。"
        more = self.month.can_miss
        return (
            told
            + left
            + (f"あと{more}件まで遅れても9割を保てます。" if more >= 0 else "もう9割に届きません。")
        )


def projected(site: Site, month: str, on: date) -> Projection:
    """The running month: if nothing more comes in time, and if all that is open does."""
    found = month_of_site(site, month, on)
    return Projection(found, found.counts.in_time, found.counts.in_time + found.open)


# ---- what waits -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Waiting:
    """A summary that has not come: its stay, last day in time, days left (negative: overdue)."""

    stay: Stay
    last: date
    left: int

    @property
    def state(self) -> str:
        """In words."""
        told = (
            f"あと{self.left}日" if self.left > 0 else "今日まで" if self.left == 0 else f"{-self.left}日超過"
        )
        if self.stay.returned:
            return f"{told}・差戻し"
        return f"{told}・{'未提出' if self.stay.written else '未作成'}"


def waiting(stays: QuerySet[Stay], on: date) -> list[Waiting]:
    """The discharges of the last year whose summary does not count yet, by doctor and day of discharge."""
    found = (
        unsubmitted(stays, on)
        .filter(discharged__gt=on - YEAR)
        .select_related("patient")
        .order_by("doctor", "discharged", "pk")
    )
    return [
        Waiting(stay, last, (last - on).days)
        for stay in found
        if stay.discharged and (last := last_in_time(stay.discharged))
    ]


def unsubmitted(stays: QuerySet[Stay], on: date) -> QuerySet[Stay]:
    """The discharges up to a day whose summary does not count."""
    return stays.filter(discharged__lte=on, submitted=None)


def long_ago(stays: QuerySet[Stay], on: date) -> int:
    """How many discharges before the last year have no summary that counts: a matter of the register, not of a doctor."""
    return unsubmitted(stays, on).filter(discharged__lte=on - YEAR).count()


def by_doctor(rows: Sequence[Waiting]) -> list[tuple[str, list[Waiting]]]:
    """Grouped by doctor, those most overdue first."""
    grouped = [(doctor, list(group)) for doctor, group in groupby(rows, key=lambda one: one.stay.doctor)]
    return sorted(grouped, key=lambda one: (min(row.left for row in one[1]), one[0]))


def soon(rows: Iterable[Waiting], days: int = 4) -> list[Waiting]:
    """Those overdue or with so few days left."""
    return [row for row in rows if row.left < days]
