"""Clinics: infection control, antibiotic use, conferences with care facilities, filing again after two years.

外来感染対策向上加算 (基本診療料の施設基準通知 別添1第1の4), 抗菌薬適正使用体制加算 (別添1第1の7),
介護保険施設等連携往診加算 (特掲診療料の施設基準通知 別添1第14の4の2), 地域包括診療加算 (様式2の3). A year is the
twelve months that end on the day, the same day of the month included.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date

from mitasu.dates import add_months, first_day, japanese_month, last_day, month_of, shift_month
from mitasu.facts.institution import Event
from mitasu.facts.view import Found, View

YEAR = 12
"""Months of a year that ends on the day."""
TRAININGS = 2
"""Trainings of the staff a year (第1の4の1(6), 「年2回程度」)."""
CONFERENCES = 2
"""Conferences attended a year (第1の4の1(7), 「年2回程度」)."""
TOP_SHARE = (3, 10)
"""The best three tenths of all clinics (第1の7の1(3), 「上位30％以内」)."""


def _recent(events: Sequence[Event], on: date) -> list[Event]:
    return [event for event in events if event.on <= on <= add_months(event.on, YEAR)]


def infection_trainings_enough(view: View) -> Found:
    """Whether the staff was trained at least twice in a year, apart from safety training (第1の4の1(6)).

    A training of which it is not told whether it was apart may count or not.
    """
    events = view.institution.events.get("infection_training")
    if events is None:
        return Found(None, "実施日が分かりません", ("infection_training",))
    apart = [event.attributes.get("separate_from_safety") for event in _recent(events, view.on)]
    sure, maybe = apart.count(True), len(apart) - apart.count(False)
    told = f"12か月に{sure}回"
    if sure >= TRAININGS:
        return Found(True, told)
    if maybe >= TRAININGS:
        return Found(
            None, f"{told}（ほかに別の研修か分からないもの{maybe - sure}回）", ("infection_training",)
        )
    return Found(False, told)


def infection_conferences_enough(view: View) -> Found:
    """Whether conferences were attended twice in a year, and once with each of several hospitals (第1の4の1(7)).

    Conferences of hospitals that file 感染対策向上加算1 and of medical associations count, by video too
    (1(8)). Where there are two or more partner hospitals, as many hosts must be such hospitals; a joint
    conference is written once for each host (疑義解釈 QOC-07).
    """
    events = view.institution.events.get("infection_conference")
    if events is None:
        return Found(None, "参加した日が分かりません", ("infection_conference",))
    recent = _recent(events, view.on)
    told = f"12か月に{len(recent)}回"
    if len(recent) < CONFERENCES:
        return Found(False, told)
    partners = view.get("infection_partner_hospitals")
    if partners is None:
        return Found(None, f"{told}、連携する病院の数が不明", ("infection_partner_hospitals",))
    if partners <= 1:
        return Found(True, told)
    hosts = [(event.attributes.get("host"), event.attributes.get("host_kind")) for event in recent]
    sure = {host for host, kind in hosts if kind == "level_1_hospital" and host is not None}
    named = {host for host, kind in hosts if kind in ("level_1_hospital", None) and host is not None}
    unnamed = sum(1 for host, kind in hosts if kind in ("level_1_hospital", None) and host is None)
    told = f"{told}、加算1の病院{len(sure)}施設（連携{partners}施設）"
    if len(sure) >= partners:
        return Found(True, told)
    if len(named) + unnamed >= partners:
        return Found(None, f"{told}、主催者の記載が足りません", ("infection_conference",))
    return Found(False, told)


def surveillance_top_30_percent(view: View) -> Found:
    """Whether the clinic is among the best 30 % of all clinics of the surveillance (第1の7の1(3)): rank / n ≤ 0.3.

    Compared in whole numbers: of 100 clinics rank 30 is within, of 99 rank 29. A rank of 0 is none.
    """
    rank, clinics = view.get("surveillance_rank"), view.get("surveillance_clinics")
    if rank is None or clinics is None or rank < 1:
        absent = [rank is None or rank < 1, clinics is None]
        ids = ("surveillance_rank", "surveillance_clinics")
        return Found(None, "順位が不明", tuple(id_ for id_, gone in zip(ids, absent, strict=True) if gone))
    part, whole = TOP_SHARE
    return Found(whole * rank <= part * clinics, f"{clinics}施設中{rank}位")


def fewest_facility_conferences(view: View) -> Found:
    """Conferences of the facility that had the fewest in a year; 0 where there was none (第14の4の2の1(2)).

    Every facility named in a conference up to the day counts, however long ago that was.
    """
    known = _facilities(view)
    if isinstance(known, Found):
        return known
    facilities, events = known
    if not facilities:
        return Found(0, "カンファレンスの記録がありません")
    counts = Counter(event.attributes["facility"] for event in _recent(events, view.on))
    fewest = min(facilities, key=lambda facility: (counts[facility], facility))
    where = fewest if len(facilities) == 1 else f"{len(facilities)}施設のうち最も少ない{fewest}"
    return Found(counts[fewest], f"{where}で12か月に{counts[fewest]}回")


def facility_conferences_monthly(view: View) -> Found:
    """Whether every facility had a conference in every whole calendar month of the year (第14の4の2の1(2)イ, 2024)."""
    known = _facilities(view)
    if isinstance(known, Found):
        return known
    facilities, events = known
    if not facilities:
        return Found(False, "カンファレンスの記録がありません")
    held = {(event.attributes["facility"], month_of(event.on)) for event in events if event.on <= view.on}
    gaps = [
        (facility, month)
        for facility in sorted(facilities)
        for month in whole_months(view.on)
        if (facility, month) not in held
    ]
    if gaps:
        facility, month = gaps[-1]
        return Found(False, f"{facility}では{japanese_month(month)}に行っていません")
    return Found(True, f"{'・'.join(sorted(facilities))}で毎月")


def _facilities(view: View) -> tuple[set[str], Sequence[Event]] | Found:
    """The facilities named up to the day and the events; or why they are not known."""
    needs = ("care_facility_conference",)
    events = view.institution.events.get("care_facility_conference")
    if events is None:
        return Found(None, "カンファレンスの日が分かりません", needs)
    names = [event.attributes.get("facility") for event in events if event.on <= view.on]
    if None in names:
        return Found(None, "施設の名前のない記録があります", needs)
    return {name for name in names if name is not None}, events


def whole_months(on: date, months: int = YEAR) -> list[str]:
    """The calendar months that lie wholly in the months that end on the day, the earliest first.

    >>> whole_months(date(2025, 3, 31))[0], whole_months(date(2025, 3, 31))[-1]
    ('2024-04', '2025-03')
    >>> len(whole_months(date(2025, 4, 1))), len(whole_months(date(2025, 4, 2)))
    (12, 11)
    """
    around = [shift_month(month_of(on), -back) for back in range(months + 1, -1, -1)]
    return [month for month in around if last_day(month) <= on <= add_months(first_day(month), months)]


def filed_within(view: View, *, item: str, months: int) -> Found:
    """Whether the latest filing of the item was accepted within so many months (the same day included).

    地域包括診療加算 is filed anew every two years (様式2の3, 疑義解釈 QOC-01).
    """
    if view.institution.filings is None:
        return Found(None, "届出の一覧がありません", ("filings",))
    days = [
        filing.accepted
        for filing in view.institution.filings
        if filing.item == item
        and filing.accepted is not None
        and filing.accepted <= view.on
        and not (filing.withdrawn is not None and filing.withdrawn <= view.on)
    ]
    if not days:
        return Found(False, "届出がありません")
    due = add_months(max(days), months)
    return Found(view.on <= due, f"{max(days)}受理、{due}まで")


FUNCTIONS = (
    facility_conferences_monthly,
    fewest_facility_conferences,
    filed_within,
    infection_conferences_enough,
    infection_trainings_enough,
    surveillance_top_30_percent,
)
