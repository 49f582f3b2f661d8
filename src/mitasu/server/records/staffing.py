"""Health-record managers: how many are needed by the discharges of a year, who counts, and their entry in the ledger.

Who counts is decided by `mitasu.facts.derived.records` from the people in the ledger; here the same words are
used to show it while the list is being kept.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from mitasu.dates import add_months
from mitasu.facts.derived.records import DISCHARGES_PER_MANAGER
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.records.models import StaffMember, Stay
from mitasu.server.records.writing import written

ROLE = "record_manager"
FLAGS = ("clerk_assistant", "cancer_registry", "other_duties")


def needed(discharges: int) -> int:
    """Managers for so many discharges in a year: one for every 2,000 begun, at least one.

    >>> needed(0), needed(2000), needed(2005)
    (1, 1, 2)
    """
    return max(1, -(-discharges // DISCHARGES_PER_MANAGER))


def year_before(on: date) -> tuple[date, date]:
    """The twelve months up to a day.

    >>> year_before(date(2026, 11, 22))
    (datetime.date(2025, 11, 23), datetime.date(2026, 11, 22))
    """
    return add_months(on, -12) + timedelta(days=1), on


def discharges(site: Site, on: date) -> int:
    """Discharges of the twelve months up to a day; a readmission is another one."""
    return Stay.objects.filter(site=site, discharged__range=year_before(on)).count()


def why_not(member: StaffMember, on: date) -> str:
    """Why someone does not count as a manager on a day; empty where they do."""
    if not (member.first <= on and (member.last is None or on <= member.last)):
        return "この日は務めていません"
    if member.employment != "full_time":
        return "常勤ではありません"
    if member.assignment not in ("exclusive", "dedicated"):
        return "専従でも専任でもありません"
    if member.cancer_registry:
        return "がん登録の専従担当者です"
    return ""


def counts_as_exclusive(member: StaffMember, on: date) -> bool:
    """Whether someone is the one exclusive manager that is needed."""
    fit = not why_not(member, on) and member.assignment == "exclusive"
    return fit and not member.clerk_assistant and not member.other_duties


def enough(members: list[StaffMember], discharged: int, on: date) -> tuple[bool, str]:
    """Whether there are enough, in words."""
    counted = [one for one in members if not why_not(one, on)]
    exclusive = any(counts_as_exclusive(one, on) for one in members)
    want = needed(discharged)
    told = f"数えられる管理者{len(counted)}人（専従{'あり' if exclusive else 'なし'}）、退院{discharged:,}人に対し{want}人必要"
    return exclusive and len(counted) >= want, told


def body_of(member: StaffMember) -> dict[str, Any]:
    """A manager as the ledger has them: without the name."""
    body: dict[str, Any] = {"role": ROLE, "employment": member.employment, "assignment": member.assignment}
    body |= {flag: getattr(member, flag) for flag in FLAGS}
    body["from"] = member.first.isoformat()
    return body | ({"to": member.last.isoformat()} if member.last else {})


def publish(site: Site, *, by: Any, via: str = "web") -> list[Entry]:
    """Puts the managers into the ledger in place of those that are there; nothing where nothing changed."""

    def drafts(book: Known) -> list[Draft]:
        have = [entry for entry in book.of(Kind.PERSON) if entry.subject == ROLE]
        want = [body_of(one) for one in StaffMember.objects.filter(site=site)]
        if [entry.body for entry in have] == want:
            return []
        gone = [
            Draft(Kind.RETRACTION, body={"reason": "診療記録管理者の一覧の更新"}, replaces=entry.number)
            for entry in have
        ]
        listed = any(entry.subject == "people" for entry in book.of(Kind.LISTING))
        return [
            *gone, *([] if listed or want else [Draft(Kind.LISTING, "people")]),
            *(Draft(Kind.PERSON, ROLE, body) for body in want),
        ]  # fmt: skip

    return written(site, drafts, by=by, via=via)
