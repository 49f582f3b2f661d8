"""Closing a month: its counts go into the ledger as evidence and monthly values, as a new version each time.

Before the month's last day and 14 days are over a close is provisional, and says so: what may still come in
time is told as such, and the judgement waits where it matters. A correction is a further version; the
evidence of the one before stays readable, and what rested on it now rests on the new one.
"""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import japanese_date, japanese_month, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.facts.summaries import closes
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.models import Kind, canonical
from mitasu.server.records.models import MonthClose
from mitasu.server.records.summaries import Month, month_of_site
from mitasu.server.records.writing import written

REQUIREMENTS = ["record-management/summaries-within-14-days", "record-management/summaries-within-30-days"]


def close(
    site: Site, month: str, on: date, *, by: Any = None, via: str = "web", reason: str = ""
) -> MonthClose:
    """Closes a month as it stands at the end of a day, or corrects an earlier close; the close's version.

    UsageError where the month is not over, where nothing changed since the last version, or where a
    correction has no reason.
    """
    if month >= month_of(on):
        raise UsageError(f"{japanese_month(month)}はまだ終わっていません。月が終わってから締めてください。")
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        return _closed(site, month_of_site(site, month, on), by, via, reason.strip())


def versions_of(site: Site, month: str) -> list[MonthClose]:
    """The closes of a month, the latest first."""
    return list(MonthClose.objects.filter(site=site, month=month).select_related("by"))


def drifted(site: Site, last: MonthClose, on: date) -> bool:
    """Whether the register says something else now than a close did."""
    return _counts(last) != _counts_of(month_of_site(site, last.month, on))


def _closed(site: Site, found: Month, by: Any, via: str, reason: str) -> MonthClose:
    before = MonthClose.objects.filter(site=site, month=found.month).first()
    if before is not None and before.final and not reason:
        raise UsageError("確定した月を直すには、理由が要ります。")
    if before is not None and _counts(before) == _counts_of(found):
        raise UsageError(f"{japanese_month(found.month)}は、前の締めから何も変わっていません。")
    rows = [[pk, left, submitted, standing] for pk, left, submitted, standing in found.rows]
    version = 1 if before is None else before.version + 1
    entries = written(
        site,
        lambda book: _drafts(found, book.head[0] + 1, version, rows, reason, _still(book, before)),
        by=by,
        via=via,
    )
    counts = found.counts
    return MonthClose.objects.create(
        site=site, month=found.month, version=version, final=found.final, due=counts.due, in_time=counts.in_time,
        overdue=counts.overdue, within_30=found.within_30,
        rows=[[pk, str(left), str(submitted) if submitted else None, told] for pk, left, submitted, told in rows],
        reason=reason, evidence=entries[0].number, by=by,
    )  # fmt: skip


def _still(book: Known, before: MonthClose | None) -> int | None:
    """The evidence of the version before, where nobody has taken it back."""
    return before.evidence if before is not None and before.evidence in book.entries else None


def _counts(last: MonthClose) -> tuple[Any, ...]:
    return (last.due, last.in_time, last.overdue, last.within_30, last.final)


def _counts_of(found: Month) -> tuple[Any, ...]:
    counts = found.counts
    return (counts.due, counts.in_time, counts.overdue, found.within_30, found.final)


def _drafts(
    found: Month, number: int, version: int, rows: list[list[Any]], reason: str, replaced: int | None
) -> list[Draft]:
    month, counts = found.month, found.counts
    state = "確定" if found.final else "速報"
    told = f"退院{counts.due}件のうち期限内{counts.in_time}件、期限切れ{counts.overdue}件"
    if not found.final:
        told += f"、期限前{found.open}件。{japanese_date(closes(month))}を過ぎるまで確定しません"
    body = {
        "title": f"{japanese_month(month)}退院分の退院時要約（{state}、第{version}版）",
        "requirements": REQUIREMENTS,
        "note": f"{told}。{f'訂正の理由：{reason}' if reason else ''}",
        "figure": {"what": "14日以内に提出された割合", "value": found.text},
        "summaries": {
            "month": month,
            "version": version,
            "final": found.final,
            "on": str(found.on),
            "due": counts.due,
            "in_time": counts.in_time,
            "overdue": counts.overdue,
            "within_30": found.within_30,
            "rows": hashlib.sha256(canonical(rows).encode()).hexdigest(),
        },
    }
    drafts = [Draft(Kind.EVIDENCE, "summaries", body, replaces=replaced)]
    values = counts.series(month) | (
        {"summaries_within_30_days": {month: found.within_30}} if found.within_30 is not None else {}
    )
    drafts += [
        Draft(Kind.SERIES, id_, {"month": month, "value": value}, proof=number)
        for id_, months in values.items()
        for value in months.values()
    ]
    return drafts


def months_to_close(site: Site, on: date, back: int = 12) -> list[str]:
    """The months of the last year, the latest first."""
    this = month_of(on)
    return [shift_month(this, -step) for step in range(1, back + 1)]
