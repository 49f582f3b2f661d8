"""Retention: when records are complete, how long they are kept, which may be disposed of, and disposing with a record.

Charts are kept five years and other records three, from when the care was completed (医師法24条2項、療担規則9条);
a hospital may set longer periods with their source. Someone in hospital, or under a hold, keeps everything.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, Max, OuterRef, Q

from mitasu.dates import add_months, japanese_date
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Kind
from mitasu.server.records.models import Disposal, Hold, Loan, Patient, RoomSettings, Stay

KINDS = {"charts": "診療録", "others": "手術記録・看護記録など"}
LEAST = {"charts": 5, "others": 3}
"""Years that the law asks for at least."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A patient's records of a kind: complete on a day, kept up to a day."""

    patient: Patient
    completed: date
    until: date


def years_of(settings: RoomSettings, kind: str) -> int:
    """How long records of a kind are kept, never shorter than the law asks."""
    return max(LEAST[kind], settings.charts_years if kind == "charts" else settings.others_years)


def lent_already(patient: Patient, what: str) -> str:
    """Why a record cannot be lent: it is out already; empty where it is not."""
    out = Loan.objects.filter(patient=patient, what=what.strip(), returned=None).first()
    if out is None:
        return ""
    return f"「{out.what}」は、{japanese_date(out.lent)}から{out.borrower}に貸し出し中です。返却を先に記録してください。"


def disposable(site: Site, kind: str, on: date, most: int = 500) -> list[Kept]:
    """The patients whose records of a kind may be disposed of on a day, the oldest first."""
    if kind not in KINDS:
        raise UsageError(f"「{kind}」という種類はありません。{'、'.join(KINDS)} のどちらかです。")
    years = years_of(RoomSettings.of(site), kind)
    before = add_months(on, -12 * years)
    inside = Exists(Stay.objects.filter(patient=OuterRef("pk"), discharged=None))
    held = Exists(Hold.objects.filter(patient=OuterRef("pk"), lifted=None))
    lent = Exists(Loan.objects.filter(patient=OuterRef("pk"), returned=None))
    found = (
        Patient.objects.filter(site=site)
        .annotate(
            left=Max("stays__discharged"),
            seen=Max("visits__last"),
            open=Count("visits", filter=Q(visits__last=None)),
        )
        .filter(~inside, ~held, ~lent, open=0)
        .filter(Q(left__lt=before) | Q(left=None), Q(seen__lt=before) | Q(seen=None))
        .exclude(left=None, seen=None)
        .order_by("left", "pk")
    )
    gone = {
        (patient, completed)
        for patient, completed in Disposal.objects.filter(site=site, what=kind).values_list(
            "patient_id", "completed"
        )
    }
    kept = []
    for patient in found.iterator():
        completed = max(day for day in (patient.left, patient.seen) if day)
        if (patient.pk, completed) not in gone:
            kept.append(Kept(patient, completed, add_months(completed, 12 * years)))
        if len(kept) >= most:
            break
    return kept


def dispose(
    site: Site,
    kind: str,
    patients: Iterable[int],
    on: date,
    *,
    method: str,
    approved_by: str,
    by: Any,
    via: str = "web",
) -> list[Disposal]:
    """Records that records were disposed of; UsageError where one of them may not be, or nobody approved."""
    wanted = set(patients)
    if not method.strip() or not approved_by.strip():
        raise UsageError("廃棄の方法と承認者を書いてください。")
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=site.pk)
        may = {one.patient.pk: one for one in disposable(site, kind, on, most=1_000_000)}
        if not wanted or not wanted <= may.keys():
            raise UsageError(
                "保存期間の中か、保留・貸出中・入院中の患者が含まれています。一覧から選び直してください。"
            )
        years = years_of(RoomSettings.of(site), kind)
        body = {
            "title": f"{KINDS[kind]}の廃棄（{on}、{len(wanted)}人分）",
            "requirements": ["record-management/records-kept"],
            "note": f"方法：{method.strip()}。承認：{approved_by.strip()}。完結から{years}年を過ぎたもの。",
        }
        entry = append(site, [Draft(Kind.EVIDENCE, "disposal", body, on)], by=by, via=via)[0]
        made = [
            Disposal(
                site=site, patient=may[pk].patient, what=kind, completed=may[pk].completed, years=years, on=on,
                method=method.strip()[:100], approved_by=approved_by.strip()[:100], by=by, evidence=entry.number,
            )
            for pk in sorted(wanted)
        ]  # fmt: skip
        return Disposal.objects.bulk_create(made)
