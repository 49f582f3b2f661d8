"""Small institutions, and a few trial rules, for the questions that follow a judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from mitasu.dates import months_between
from mitasu.facts import Institution, read_institution
from mitasu.rulebook import Rulebook

PROMOTION = "medical-dx-promotion"
HOME = "home-care-dx"
SHARING = "electronic-information-sharing"
RECORDS = "record-management"
VISITS = "visiting-nursing-dx"

FACTS: dict[str, Any] = {
    "own_website": True,
    "online_claims": True,
    "online_eligibility": True,
    "portal_start_registered": True,
    "view_in_rooms": True,
    "e_prescription": True,
    "e_prescription_inspection_reported": True,
    "emr_sharing": False,
    "home_consent_system": False,
    "posted_in_facility": True,
    "posted_dx_initiatives": True,
    "posted_on_website": True,
    "mynaportal_consultation": True,
    "pediatric_outpatient_fee": False,
    "under6_share_2024": 5.0,
}
"""A clinic that meets every standard of 医療DX推進体制整備加算 that is not a filing or a rate."""


def rates(percent: float, first: str = "2024-01", last: str = "2026-12") -> dict[str, float]:
    """The same rate in every month."""
    return dict.fromkeys(months_between(first, last), percent)


def document(
    *, filings: Any = (), facts: dict[str, Any] | None = None, rate: float = 50.0, **more: Any
) -> dict[str, Any]:
    """A clinic's file as a mapping; `facts` are put in place of the clinic's own, None takes one out."""
    whole = {key: value for key, value in {**FACTS, **(facts or {})}.items() if value is not None}
    found = {
        "institution": {"name": "試しの内科", "code": "1319900010", "sector": "medical", "kind": "clinic"},
        "facts": whole,
        "series": {"card_use_rate_receipts": rates(rate)},
        "people": [],
        **more,
    }
    return found if filings is None else found | {"filings": list(filings)}


def clinic(**parts: Any) -> Institution:
    """A clinic read from such a mapping."""
    return read_institution(document(**parts), Rulebook.shipped(), "")


def filing(item: str, accepted: str | None, **more: Any) -> dict[str, Any]:
    """A filing accepted on a day."""
    return {"item": item, **({"accepted": accepted} if accepted else {}), **more}


Row = TypeVar("Row")


def of(found: Iterable[Row], addition: str) -> Row:
    """The one row that is about an addition."""
    rows = [row for row in found if getattr(row, "addition", None) == addition]
    assert len(rows) == 1, [getattr(row, "addition", None) for row in rows]
    return rows[0]


@dataclass(frozen=True)
class Ran:
    """How a command went."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]
Write = Callable[..., Path]

# ---- trial rules ---------------------------------------------------------------------------------------

SOURCES = "TRIAL: {title: 試しの通知, grade: A, date: 2025-01-01}\n"
FACTS_OF_TRIAL = "trial_payroll: {label: 給与総額, kind: fact, type: yen, ask: 給与総額はいくらですか}\n"
TRIAL = """\
id: {id}
title: {title}
sectors: [medical, nursing]
cite: [TRIAL 1]
grade: A
filing:
  required: true
  forms:
    - {{form: 試しの様式1, until: 2025-12-31}}
    - {{form: 試しの様式2, from: 2026-01-01}}
  reports:
    - {{form: 試しの様式9（毎年8月）, until: 2025-12-31}}
  attachments:
    - {{document: 平面図}}
    - {{document: 研修の記録, levels: ["1"]}}
  note: 控えを残す。
requirements:
  - id: claims
    label: 請求
    cite: [TRIAL 2]
    need: {{fact: online_claims}}
    remedy: 請求を始める。
  - id: training
    label: 研修
    cite: [TRIAL 3]
    need: {{fact: event_within, with: {{event: security_training, months: 12}}}}
    remedy: 研修を行う。
  - id: filed
    label: 届出
    kind: filing
    cite: [TRIAL 4]
    need: {{fact: filing_in_effect, with: {{item: {id}, levels: $covering}}}}
    remedy: 届け出る。
every_level: [claims, filed]
periods:
  - from: 2024-06-01
    levels:
      - {{level: "1", points: {{medical: {high}}}, yen: {{nursing: 70}}, needs: [training]}}
      - {{level: "2", points: {{medical: {low}}}, yen: {{nursing: 50}}, needs: []}}
billing:
  encounters: {{medical: {kinds}, nursing: [nursing_visit]}}
{billing}"""


def trial_rule(
    folder: Path,
    id_: str,
    *,
    title: str = "試しの加算",
    high: str = "12",
    low: str = "8",
    kinds: str = "[first_visit]",
    billing: str = "",
) -> None:
    """Put a rule of two levels into a folder; level 1 needs a training within twelve months."""
    path = folder / "additions" / f"{id_}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    (folder / "facts").mkdir(exist_ok=True)
    (folder / "facts" / "trial.yaml").write_text(FACTS_OF_TRIAL, "utf-8")
    (folder / "sources-trial.yaml").write_text(SOURCES, "utf-8")
    text = TRIAL.format(id=id_, title=title, high=high, low=low, kinds=kinds, billing=billing)
    path.write_text(text, "utf-8")


def trial_clinic(rulebook: Rulebook, **parts: Any) -> Institution:
    """An institution of the trial rules."""
    head = {"name": "試しの内科", "sector": "medical", "kind": "clinic"}
    whole = {"institution": head, "facts": {"online_claims": True}, "filings": [], "people": [], **parts}
    return read_institution(whole, rulebook, "")


def days(*texts: str) -> list[date]:
    """Days as dates."""
    return [date.fromisoformat(text) for text in texts]
