"""Derived facts: what has to be computed from other facts before a rule can compare it.

Each function here has the name under which `rulebook/facts/derived.yaml` declares it, takes the view of
an institution on a day and the arguments a rule gives, and says what its value rests on. The same
facts for whole frames are in `columns`; a test holds the two to each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from mitasu.dates import (
    add_months,
    first_day,
    first_opening_day,
    japanese_month,
    last_day,
    month_of,
    shift_month,
)
from mitasu.facts.institution import Event, Filing
from mitasu.facts.view import Derive, Found, Later, View
from mitasu.rules.quantities import ONE_PERCENT, percent_text

EARLY_JOINERS = (date(2026, 5, 31), date(2026, 9, 30))
"""Whoever joined a network by the first day is free of using it until the second (疑義解釈 その7 問1, QA-44)."""
FREE_MONTHS = 3
"""Later joiners are free until the end of the third month after the month of joining (QA-44)."""
DISCHARGES_PER_MANAGER = 2_000
"""Discharges of twelve months for each record manager (A207 施設基準 1(5))."""


# ---- filings ---------------------------------------------------------------------------------------


def effective_from(accepted: date) -> date:
    """The day from which a filing accepted that day counts.

    Accepted in a month: from the first of the next; on the month's first opening day: from that
    month's first (保医発0305第7号 第2の7).

    >>> effective_from(date(2026, 6, 1)), effective_from(date(2026, 6, 2))
    (datetime.date(2026, 6, 1), datetime.date(2026, 7, 1))
    """
    month = month_of(accepted)
    return first_day(month if accepted == first_opening_day(month) else shift_month(month, 1))


def filing_in_effect(
    view: View,
    *,
    item: str,
    levels: tuple[str, ...] | None = None,
    took_effect_from: date | None = None,
    standing_on: date | None = None,
    window: Any = (),
    attribute: Any = (),
    optional_attribute: Any = (),
    relabel: Any = (),
) -> Found:
    """Whether a filing of the item counts on the day (see docs, the rule language, for the arguments)."""
    if view.institution.filings is None:
        return Found(None, "届出の一覧がありません", ("filings",))
    filings = [filing for filing in view.institution.filings if filing.item == item]
    if not filings:
        return Found(False, "届出がありません")
    special, wanted = dict(window), dict(attribute)
    exact = bool(special or took_effect_from)
    best, detail, states = False, "", []
    for filing in filings:
        day = _counts_from(filing, filings, special)
        told = _told(filing, day)
        if (
            isinstance(day, date)
            and day <= (standing_on or view.on)
            and not _withdrawn(filing, view.on, standing_on)
        ):
            level = _level_on(filing, day, view.on, relabel)
            late = took_effect_from is not None and day < took_effect_from
            covered = levels is None or level in levels or (level is None and not exact)
            if covered and not late and _has(filing, wanted):
                states.append(_states(filing, dict(optional_attribute)))
                best, detail = True, told
                if states[-1] is not False:
                    continue
        detail = detail or told
    if not best:
        return Found(False, detail)
    if optional_attribute:
        return Found(True if True in states else None if None in states else False, detail)
    return Found(True, detail)


def _counts_from(filing: Filing, filings: Iterable[Filing], window: Mapping[str, Any]) -> date | None:
    if filing.accepted is None:
        return None
    general = effective_from(filing.accepted)
    if not window or filing.arrived is None or month_of(filing.accepted) != window["accepted_in"]:
        return general
    before = any(
        other.accepted is not None and effective_from(other.accepted) < window["filed_before"]
        for other in filings
    )
    in_time = filing.arrived <= window["arrived_by"]
    return min(general, window["counts_from"]) if before and in_time else general


def _withdrawn(filing: Filing, on: date, standing_on: date | None) -> bool:
    return filing.withdrawn is not None and filing.withdrawn <= max(on, standing_on or on)


def _level_on(filing: Filing, took_effect: date, on: date, relabel: Any) -> str | None:
    level = filing.level
    for since, renamed in relabel:
        day = date.fromisoformat(since)
        if took_effect < day <= on and level is not None:
            level = dict(renamed).get(level, level)
    return level


def _has(filing: Filing, wanted: Mapping[str, Any]) -> bool:
    return not wanted or filing.attributes.get(wanted["name"]) == wanted["value"]


def _states(filing: Filing, wanted: Mapping[str, Any]) -> bool | None:
    if not wanted:
        return True
    stated = filing.attributes.get(wanted["name"])
    return None if stated is None else stated == wanted["value"]


def _told(filing: Filing, day: date | None) -> str:
    level = f"区分{filing.level}、" if filing.level else ""
    if filing.accepted is None:
        return f"届出（{level}受理日の記載なし）"
    ended = f"、{filing.withdrawn}に辞退" if filing.withdrawn else ""
    return f"届出（{level}{filing.accepted}受理、{day}から有効{ended}）"


def filing_arrived(view: View, *, item: str, by: date) -> Found:
    """Whether a filing of the item had arrived by a day, and by the day judged."""
    if view.institution.filings is None:
        return Found(None, "届出の一覧がありません", ("filings",))
    days = [f.arrived for f in view.institution.filings if f.item == item and f.arrived is not None]
    arrived = [day for day in days if day <= min(by, view.on)]
    return Found(bool(arrived), f"{arrived[0]}到着" if arrived else "届出がありません")


def fact_on(view: View, *, fact: str, day: date) -> Found:
    """The value of a fact on another day."""
    span = view.institution.fact(fact, day)
    return Found(None if span is None else span.value, f"{day}の時点", (fact,))


# ---- card-use rate -----------------------------------------------------------------------------------


def best_card_use_rate(view: View, *, basis: str, corrected_until: str = "") -> Found:
    """The best rate that may be used on the day, as percent (millionths), with its month.

    Receipts: months M-3, M-4, M-5 of the claim month M; `either`: also the checks series for M-2, M-3,
    M-4; `corrected`: plus 在宅医療DX情報活用加算 claims over outpatient receipts for rate months up to
    `corrected_until` (疑義解釈 その24 問1). A notified rate is usable from the month after the notice.
    Months without a value are left out; none at all is unknown.
    """
    month = month_of(view.on)
    candidates: list[tuple[int, str, str]] = []
    for back in (3, 4, 5):
        rate_month = shift_month(month, -back)
        rate = view.series("card_use_rate_receipts", rate_month)
        notified = view.series("card_use_rate_notified_on", rate_month)
        if rate is None or (notified is not None and month_of(notified) >= month):
            continue
        extra = (
            _home_care_share(view, rate_month)
            if basis == "corrected" and rate_month <= corrected_until
            else 0
        )
        candidates.append(
            (rate + extra, rate_month, "レセプト件数ベース" + ("、在宅分の補正後" if extra else ""))
        )
    for back in (2, 3, 4) if basis == "either" else ():
        rate_month = shift_month(month, -back)
        rate = view.series("card_use_rate_checks", rate_month)
        if rate is not None:
            candidates.append((rate, rate_month, "資格確認件数ベース"))
    window = f"{japanese_month(shift_month(month, -5))}から{japanese_month(shift_month(month, -3))}"
    if not candidates:
        return Found(None, f"{window}の利用率がありません", ("card_use_rate_receipts",))
    rate, rate_month, base = max(candidates, key=lambda found: found[0])
    return Found(
        rate, f"{japanese_month(rate_month)}の{percent_text(rate)}（{base}）", ("card_use_rate_receipts",)
    )


def _home_care_share(view: View, month: str) -> int:
    claims, receipts = view.series("home_care_dx_claims", month), view.series("outpatient_receipts", month)
    return 0 if not claims or not receipts else 100 * ONE_PERCENT * int(claims) // int(receipts)


# ---- events and people -------------------------------------------------------------------------------


def _matches(attributes: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool | None:
    answers = [
        None if attributes.get(name) is None else attributes[name] == value for name, value in wanted.items()
    ]
    return False if False in answers else None if None in answers else True


def event_within(view: View, *, event: str, months: int, where: Any = ()) -> Found:
    """Whether such an event lies within the months that end on the day (the same day of the month included)."""
    events = view.institution.events.get(event)
    if events is None:
        return Found(None, "実施日が分かりません", (event,))
    past = [found for found in events if found.on <= view.on]
    recent = [found for found in past if add_months(found.on, months) >= view.on]
    answers = [_matches(found.attributes, dict(where)) for found in recent]
    detail = f"直近は{past[-1].on}" if past else "実施の記録がありません"
    return Found(True if True in answers else None if None in answers else False, detail, (event,))


def latest_event(view: View, *, event: str, where: Any, if_true: Any = ()) -> Found:
    """Whether the latest event up to the day has these attributes; `if_true`: one attribute asks for another."""
    events = view.institution.events.get(event)
    if events is None:
        return Found(None, "実施日が分かりません", (event,))
    past = [found for found in events if found.on <= view.on]
    if not past:
        return Found(False, "実施の記録がありません")
    answer = _matches(past[-1].attributes, dict(where))
    if answer is not False and _left_undone(past[-1], dict(if_true)):
        answer = False
    return Found(answer, f"{past[-1].on}の実施", (event,))


def _left_undone(event: Event, pairs: Mapping[str, str]) -> bool:
    return any(
        event.attributes.get(asked) is True and event.attributes.get(done) is False
        for asked, done in pairs.items()
    )


def people_with(
    view: View, *, role: str, assignment: tuple[str, ...] = (), employment: tuple[str, ...] = ()
) -> Found:
    """How many people in the role have such an assignment and employment; unknown where that is not stated."""
    if view.institution.people is None:
        return Found(None, "職員の一覧がありません", (role,))
    sure = maybe = 0
    for person in view.institution.people:
        if person.role == role and _serves(person.from_, person.until, view.on):
            answers = [
                None if has is None else has in wanted
                for has, wanted in ((person.assignment, assignment), (person.employment, employment))
                if wanted
            ]
            sure += all(answers)
            maybe += False not in answers
    return Found(sure if sure == maybe else None, "", (role,))


def _serves(from_: date | None, until: date | None, on: date) -> bool:
    return (from_ is None or from_ <= on) and (until is None or on <= until)


# ---- regional network, e-prescription ------------------------------------------------------------------


def network_free_until(view: View) -> Found:
    """The last day on which a network that was joined need not have been used (QA-44)."""
    joined = view.get("network_joined_on")
    if joined is None:
        return Found(None, "参加日が分かりません", ("network_joined_on",))
    general = last_day(shift_month(month_of(joined), FREE_MONTHS))
    until = max(general, EARLY_JOINERS[1]) if joined <= EARLY_JOINERS[0] else general
    return Found(until, f"{joined}参加、{until}まで猶予")


def network_in_free_period(view: View) -> Found:
    """Whether the day lies between joining a network and the end of the free period (QA-44)."""
    until = network_free_until(view)
    if until.value is None:
        return until
    return Found(view.get("network_joined_on") <= view.on <= until.value, until.detail)


def network_site_fresh(view: View) -> Found:
    """Whether the network operator's site was updated within a year (QA-41); left out where not given."""
    updated = view.get("network_site_updated_on")
    if updated is None:
        return Found(None, "", ("network_site_updated_on",))
    return Found(updated <= view.on <= add_months(updated, 12), f"{updated}更新")


def enough_e_prescribers(view: View) -> Found:
    """Whether at least two full-time doctors issue e-prescriptions, one where only one is full-time (QA-46)."""
    issuing, full_time = view.get("full_time_e_prescribers"), view.get("full_time_prescribers")
    if issuing is None:
        return Found(None, "", ("full_time_e_prescribers",))
    if issuing == 1 and full_time is None:
        return Found(None, "発行できる常勤医師1人", ("full_time_prescribers",))
    enough = issuing >= 2 or (issuing == 1 and full_time == 1)
    return Found(
        enough, f"発行できる常勤医師{issuing}人" + (f"／常勤{full_time}人" if full_time is not None else "")
    )


def other_prescribers_covered(view: View) -> Found:
    """Whether everyone else issues paper with an exchange number, or nobody else is there (QA-46)."""
    issuing, full_time = view.get("full_time_e_prescribers"), view.get("full_time_prescribers")
    if issuing is not None and full_time is not None and issuing >= full_time:
        return Found(True, "常勤医師全員が発行")
    return Found(view.get("others_issue_exchange_number"), "", ("others_issue_exchange_number",))


# ---- health records ------------------------------------------------------------------------------------


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
        and _serves(person.from_, person.until, view.on)
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
    closes = last_day(month) + timedelta(days=days)
    late = view.series(overdue, month) if overdue else None
    if view.on >= closes or (late is not None and (due - late) * hundred < share * due):
        return Found(False, told)
    return Found(Later(closes), f"{told}（{closes}に確定）", (series,))


DERIVED: Mapping[str, Derive] = {
    function.__name__: function
    for function in (
        filing_in_effect, filing_arrived, fact_on, best_card_use_rate, event_within, latest_event, people_with,
        network_free_until, network_in_free_period, network_site_fresh, enough_e_prescribers,
        other_prescribers_covered, record_managers_enough, summaries_on_time,
    )
}  # fmt: skip
