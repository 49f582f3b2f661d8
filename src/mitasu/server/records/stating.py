"""What the register itself shows of the standard, offered to a person to put into the ledger as facts with evidence.

Nothing is stated by itself: a register that is loaded in part would state too little. Each offer carries
what was counted; what the register cannot show (how personal information is handled, whether a category of
three characters has sub-categories) is not offered.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from mitasu.dates import first_day, japanese_month, last_day, month_of, months_between, shift_month
from mitasu.errors import UsageError
from mitasu.facts.summaries import closes
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft
from mitasu.server.ledger.fold import Known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.records.models import (
    Diagnosis,
    DiagnosisRole,
    Outpatient,
    Profession,
    Step,
    SummaryEvent,
)
from mitasu.server.records.statistics import coding, discharged
from mitasu.server.records.writing import written

REQUIREMENTS = [
    f"record-management/{one}"
    for one in (
        "discharge-list",
        "disease-statistics-detailed",
        "search-by-disease",
        "record-managers",
        "summaries-complete",
    )
]


WORDS = {
    True: "はい",
    False: "いいえ",
    "record_system": "このシステム",
    "four_or_five_character": "ICD4桁または5桁",
}


@dataclass(frozen=True, slots=True)
class Offer:
    """A fact that the register can show: its value, what it rests on, and a warning where a person has to judge."""

    id: str
    value: Any
    basis: str
    warning: str = ""

    @property
    def label(self) -> str:
        """The fact's name."""
        return rulebook().catalogue.of("fact")[self.id].label

    @property
    def told(self) -> str:
        """The value in words."""
        return WORDS[self.value] if isinstance(self.value, bool | str) else f"{self.value:,}"


def offers(site: Site, on: date) -> list[Offer]:
    """The facts that the register can show on a day, over the discharges of the last twelve whole months."""
    last = shift_month(month_of(on), -1)
    first = shift_month(last, -11)
    stays = discharged(site, first_day(first), last_day(last))
    count = stays.count()
    if not count:
        return []
    told = f"{japanese_month(first)}から{japanese_month(last)}までの退院{count:,}件"
    coded = Exists(Diagnosis.objects.filter(stay=OuterRef("pk"), role=DiagnosisRole.MAIN).exclude(icd=""))
    lacking = {
        "discharge_list_identity": stays.filter(
            Q(patient__kanji="") | Q(patient__birth=None) | Q(sex="") | Q(age=None)
        ).count(),
        "discharge_list_address": stays.filter(patient__address="").count(),
        "discharge_list_postal_code": stays.filter(patient__postal="").count(),
        "discharge_list_physician_and_department": stays.filter(Q(doctor="") | Q(department="")).count(),
        "discharge_list_coded_diseases": stays.filter(~coded).count(),
    }
    found = [
        Offer("discharge_list_medium", "record_system", "一覧表はこのシステムにあります。"),
        Offer("discharge_list_stay_dates", True, f"{told}のすべてに入院日と退院日があります。"),
        Offer("discharge_list_free_search", True, "任意の条件・コードの組み合わせで検索できます。"),
        *(Offer(id_, lack == 0, f"{told}のうち欠けているもの{lack:,}件。") for id_, lack in lacking.items()),
        Offer("search_by_disease_inpatient", True, "ICDと病名で入院の診療録を検索できます。"),
    ]
    visits = Outpatient.objects.filter(site=site).count()
    if visits:
        found.append(
            Offer("search_by_disease_outpatient", True, f"外来の傷病名{visits:,}件を病名で検索できます。")
        )
    return [*found, *_summaries(site, on), *_grain(site, first, last), *_year(site, first, last, count)]


def _summaries(site: Site, on: date) -> list[Offer]:
    """Whether anybody lacks a summary, and whether all were written by physicians; only where any were recorded."""
    written = SummaryEvent.objects.filter(site=site, step=Step.WRITTEN, taken_back=False)
    if not written.exists():
        return []
    month = shift_month(month_of(on), -1)
    if on <= closes(month):
        month = shift_month(month, -1)
    stays = discharged(site, first_day(shift_month(month, -11)), last_day(month))
    lack = stays.filter(submitted=None).count()
    others = written.exclude(profession__in=(Profession.PHYSICIAN, "")).filter(stay__written=None).count()
    unknown = written.filter(profession="", stay__written=None).count()
    warning = f"作成者の職種の分からない要約が{unknown}件あります。" if unknown else ""
    return [
        Offer(
            "summaries_for_all_inpatients",
            lack == 0,
            f"{japanese_month(month)}までの1年の退院のうち、数えられる要約のないもの{lack:,}件。",
        ),
        Offer(
            "summaries_by_physicians_only",
            others == 0,
            f"医師の要約がなく、ほかの職種だけが作成したもの{others:,}件。",
            warning,
        ),
    ]


def _grain(site: Site, first: str, last: str) -> list[Offer]:
    """How fine the codes are: four or five characters, once a person has looked at those of three."""
    found = coding(site, first_day(first), last_day(last))
    if found.coded < found.stays or not found.coded:
        return []
    short = "、".join(f"{code}（{number}件）" for code, number in found.short[:20])
    warning = f"3桁のコード（{short}）が、細分類のない分類だけであることを確かめてください。" if short else ""
    basis = f"4桁以上{found.detailed:,}件、3桁{found.coded - found.detailed:,}件。"
    return [Offer("icd_statistics_grain", "four_or_five_character", basis, warning)]


def _year(site: Site, first: str, last: str, count: int) -> list[Offer]:
    """The discharges of twelve months, where every one of the months has some."""
    months = {
        month_of(day)
        for day in discharged(site, first_day(first), last_day(last))
        .values_list("discharged", flat=True)
        .distinct()
        if day
    }
    if set(months_between(first, last)) - months:
        return []
    warning = "一覧表に、この12か月の退院がすべて入っていることを確かめてください。"
    return [
        Offer(
            "discharges_last_12_months",
            count,
            f"{japanese_month(first)}から{japanese_month(last)}までの退院。",
            warning,
        )
    ]


def state(site: Site, wanted: Iterable[str], on: date, *, by: Any, via: str = "web") -> list[Entry]:
    """Puts the facts that a person chose into the ledger, with one evidence of what was counted."""
    chosen = set(wanted)
    found = [offer for offer in offers(site, on) if offer.id in chosen]
    if not found or len(found) != len(chosen):
        raise UsageError("記録できる事実を選んでください。頁を開き直すと、いまの数になります。")
    lines = [f"{offer.label}：{offer.basis}{offer.warning}" for offer in found]
    body = {
        "title": f"診療録管理の一覧表の点検（{on}）",
        "requirements": REQUIREMENTS,
        "note": "\n".join(lines),
        "figure": {"what": "一覧表の点検", "value": f"{len(found)}項目"},
    }

    def drafts(book: Known) -> list[Draft]:
        number = book.head[0] + 1
        facts = (Draft(Kind.FACT, offer.id, {"value": offer.value}, on, proof=number) for offer in found)
        return [Draft(Kind.EVIDENCE, "records", body, on), *facts]

    return written(site, drafts, by=by, via=via)
