"""Receipts put together by hand, and a clinic whose additions are easily opened and shut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from mitasu.claims.audit import Auditor
from mitasu.claims.codes import CodeTable
from mitasu.claims.findings import Audit
from mitasu.claims.receipt import Fault, Header, Insurer, Item, Receipt
from mitasu.dates import months_between
from mitasu.facts import Institution, read_institution
from mitasu.judge.judgement import Judge
from mitasu.rulebook import Rulebook

FIRST, REVISIT, HOME_VISIT = "111000110", "112007410", "114001110"
PROMOTION, HOME, SHARING = "medical-dx-promotion", "home-care-dx", "electronic-information-sharing"
CODE = "1319900010"
GROUPS = {"111": "11", "112": "12", "113": "13", "114": "14", "190": "90", "180": "80"}

JUDGE = Judge(Rulebook.shipped())
CODES = CodeTable.shipped()

FACTS: dict[str, Any] = {
    "own_website": True,
    "online_claims": True,
    "online_eligibility": True,
    "portal_start_registered": True,
    "view_in_rooms": True,
    "e_prescription": True,
    "e_prescription_inspection_reported": True,
    "emr_sharing": False,
    "home_consent_system": True,
    "posted_in_facility": True,
    "posted_card_promotion": True,
    "posted_dx_initiatives": True,
    "posted_on_website": True,
    "mynaportal_consultation": True,
    "free_statement": True,
    "electronic_chart": False,
    "pediatric_outpatient_fee": False,
    "under6_share_2024": 5.0,
}
FILED = [
    {"item": PROMOTION, "level": "1", "accepted": "2025-03-10"},
    {"item": HOME, "level": "1", "accepted": "2025-03-10"},
]
SHARED = [{"item": SHARING, "level": "1", "accepted": "2026-05-20"}]


def clinic(*, rate: float = 50.0, filings: Any = FILED, code: str = CODE, **facts: Any) -> Institution:
    """A clinic with the same card-use rate in every month; a fact given as None is unknown."""
    whole = {key: value for key, value in {**FACTS, **facts}.items() if value is not None}
    document = {
        "institution": {"name": "試しの内科", "code": code, "sector": "medical", "kind": "clinic"},
        "facts": whole,
        "series": {"card_use_rate_receipts": dict.fromkeys(months_between("2024-01", "2026-12"), rate)},
        "people": [],
        "filings": list(filings),
    }
    return read_institution(document, JUDGE.rulebook, "")


_lines = count(1)


def item(code: str, *days: int, points: int | None = None, times: int | None = None) -> Item:
    """A line charged once on each day given."""
    told = tuple(sorted((day, days.count(day)) for day in set(days)))
    many = times if times is not None else len(days) or None
    return Item(next(_lines), "SI", GROUPS[code[:3]], "1", code, "", points, many, told)


def receipt(
    month: str,
    *items: Item,
    patient: str = "1",
    kind: str = "1112",
    insurers: list[Insurer] | None = None,
    departments: tuple[str, ...] = ("01",),
    visits: tuple[int, ...] = (),
) -> Receipt:
    """A receipt of an invented patient."""
    main = Insurer(next(_lines), True, "01130012", "12", patient, "01", None, None)
    return Receipt(
        main.line,
        7,
        kind,
        month,
        "1",
        date(1980, 4, 1),
        "",
        departments,
        insurers or [main],
        visits,
        list(items),
    )


class Hand:
    """A claim file made by hand."""

    def __init__(
        self, *receipts: Receipt, code: str = CODE, month: str = "2025-06", reviewer: str = "1"
    ) -> None:
        self.header: Header | None = Header(
            1, "medical", reviewer, code[:2], code[2], code[3:], "試しの内科", month, "00"
        )
        self.faults: list[Fault] = []
        self.path = Path("RECEIPTC.UKE")
        self._receipts = receipts

    def receipts(self) -> Iterator[Receipt]:
        """The receipts."""
        yield from self._receipts


def audited(institution: Institution, *receipts: Receipt, codes: CodeTable | None = None) -> Audit:
    """The audit of receipts in one file."""
    auditor = Auditor(
        Judge(Rulebook.shipped()), institution, codes or CodeTable.shipped(), date(2026, 11, 22)
    )
    auditor.take("RECEIPTC.UKE", receipts)
    return auditor.result()


def kinds(found: Audit) -> list[str]:
    """The kinds of all findings."""
    return [one.kind for one in found.findings]


def days(found: Iterable[Any]) -> list[str]:
    """The days of findings as text."""
    return [str(one.day) for one in found]
