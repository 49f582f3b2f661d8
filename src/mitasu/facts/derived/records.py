"""Health-record management (診療録管理体制加算): managers and discharge summaries."""

from __future__ import annotations

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.facts.derived.counts import serves
from mitasu.facts.summaries import closes
from mitasu.facts.view import Found, Later, View
from mitasu.rules.quantities import ONE_PERCENT

DISCHARGES_PER_MANAGER = 2_000
"""Discharges of twelve months for each record manager (A207 施設基準 1(5))."""


def record_managers_enough(view: View) -> Found:
    """Whether there is a manager for every 2,000 discharges, at least one exclusive (A207 1(5), 疑義解釈 RQ-03 … RQ-08).

    Counts: full-time, exclusive or dedicated, not the cancer-registry person. The exclusive one is not a
    clerk assistant of A207-2 and has no other duties.
    """
    people, discharges = view.institution.people, view.get("discharges_last_12_months")
    if people is None:
        return Found(None, "職員の一覧がありません", ("record_manager",))
    managers = [
        person
        for person in people
        if person.role == "record_manager"
        and serves(person.from_, person.until, view.on)
        and person.employment == "full_time"
        and person.assignment in ("exclusive", "dedicated")
        and not person.attributes.get("cancer_registry")
    ]
    exclusive = any(
        person.assignment == "exclusive"
        and not person.attributes.get("clerk_assistant")
        and not person.attributes.get("other_duties")
        for person in managers
    )
    told = f"数えられる管理者{len(managers)}人（専従{'あり' if exclusive else 'なし'}）"
    if not exclusive:
        return Found(False, told)
    if discharges is None:
        return Found(None, told + "、退院患者数が不明", ("discharges_last_12_months",))
    needed = max(1, -(-discharges // DISCHARGES_PER_MANAGER))
    return Found(len(managers) >= needed, f"{told}、退院{discharges}人に対し{needed}人必要")


def summaries_on_time(view: View, *, series: str, days: int, share: int, overdue: str = "") -> Found:
    """Whether enough of last month's discharge summaries came in time; pending until the month closes.

    The month closes on its last day + `days`. Before that it is already met where what is in suffices,
    and already unmet where too much is overdue. A month without discharges is met (A207 1(8)).
    """
    month = shift_month(month_of(view.on), -1)
    due, done = view.series("summaries_due", month), view.series(series, month)
    if due == 0:
        return Found(True, f"{japanese_month(month)}は退院なし")
    if due is None or done is None:
        return Found(
            None, f"{japanese_month(month)}の件数が不明", ("summaries_due" if due is None else series,)
        )
    told = f"{japanese_month(month)}退院{due}件のうち期限内{done}件"
    hundred = 100 * ONE_PERCENT
    if done * hundred >= share * due:
        return Found(True, told)
    end = closes(month, days)
    late = view.series(overdue, month) if overdue else None
    if view.on >= end or (late is not None and (due - late) * hundred < share * due):
        return Found(False, told)
    return Found(Later(end), f"{told}（{end}に確定）", (series,))


FUNCTIONS = (record_managers_enough, summaries_on_time)
