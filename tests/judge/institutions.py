"""Institutions for the tests of judging: a clinic, a hospital, a pharmacy, a station, with single things changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from mitasu.dates import months_between
from mitasu.facts import Event, Filing, Institution, Person, Span, read_institution
from mitasu.judge.cases import merge
from mitasu.rulebook import Entry, Rulebook
from mitasu.rules.quantities import ONE_PERCENT, decimal

LEVELS = (None, "1", "2", "3")
MONTHS = months_between("2024-01", "2026-12")
CLINIC: dict[str, Any] = {
    "institution": {"name": "見本内科", "code": "1311234567", "sector": "medical", "kind": "clinic"},
    "facts": {
        "beds": 0, "general_beds": 0, "own_website": True, "online_claims": True, "online_eligibility": True,
        "portal_start_registered": True, "view_in_rooms": True, "e_prescription": True, "e_prescription_listed": True,
        "e_prescription_inspection_reported": True, "emr_sharing": False, "emr_sharing_listed": False,
        "certified_chart": False, "home_consent_system": True, "security_guideline": True,
        "e_prescription_stated_on_website": False, "emergency_view": False, "posted_in_facility": True,
        "posted_dx_initiatives": True, "posted_on_website": True, "mynaportal_consultation": True,
        "free_statement": True, "pediatric_outpatient_fee": False, "under6_share_2024": 5.0, "network_kind": "none",
    },
    "series": {"card_use_rate_receipts": dict.fromkeys(MONTHS, 50.0)},
    "events": {"network_use": []},
    "people": [],
    "filings": [
        {"item": "medical-dx-promotion", "arrived": "2024-05-17", "accepted": "2024-05-31"},
        {"item": "medical-dx-promotion", "level": "1", "arrived": "2025-03-17", "accepted": "2025-03-26"},
        {"item": "electronic-information-sharing", "level": "3", "arrived": "2026-05-14", "accepted": "2026-05-27"},
        {"item": "home-care-dx", "level": "1", "arrived": "2025-03-17", "accepted": "2025-03-26"},
    ],
}  # fmt: skip


def clinic(
    rulebook: Rulebook, change: Mapping[str, Any] | None = None, base: Mapping[str, Any] = CLINIC
) -> Institution:
    """The clinic with a change merged key by key; None takes away."""
    return read_institution(merge(base, change or {}), rulebook, "clinic.yaml")


def rates(rate: float | None, first: str = "2024-01", last: str = "2026-12") -> dict[str, Any]:
    """A change: the rate of every month from one to another."""
    return {"series": {"card_use_rate_receipts": dict.fromkeys(months_between(first, last), rate)}}


def without(institution: Institution, id_: str) -> Institution:
    """An institution that does not say one thing: a fact, series, events, `people` or `filings`."""
    if id_ in ("people", "filings"):
        return replace(institution, **{id_: None})
    parts = {
        name: {key: value for key, value in getattr(institution, name).items() if key != id_}
        for name in ("facts", "series", "events")
    }
    return replace(institution, **parts)


def told(institution: Institution, entry: Entry, months: tuple[str, ...], value: Any) -> Institution:
    """An institution that answers a question with a value (see `answers`)."""
    match entry.kind:
        case "fact":
            return replace(institution, facts={**institution.facts, entry.id: (Span(value),)})
        case "series":
            known = institution.series.get(entry.id, {})
            return replace(
                institution,
                series={**institution.series, entry.id: {**known, **dict.fromkeys(months, value)}},
            )
        case "event":
            return replace(institution, events={**institution.events, entry.id: value})
        case "role":
            others = tuple(person for person in institution.people or () if person.role != entry.id)
            return replace(institution, people=(*others, *value))
    return replace(institution, filings=value)


def answers(entry: Entry, items: tuple[str, ...], on: date) -> list[Any]:
    """Values worth trying as the answer to a question: both sides of every limit that a rule may have."""
    match entry.kind, entry.type:
        case "event", _:
            found: list[Any] = [()]
            for bits in range(2 ** len(entry.attributes)):
                row = {
                    attribute.name: (next(iter(attribute.values)) if attribute.values else True)
                    if bits >> place & 1
                    else (list(attribute.values)[-1] if attribute.values else False)
                    for place, attribute in enumerate(entry.attributes)
                }
                found.append((Event(on, row),))
            return found
        case "role", _:
            return [(), (Person(entry.id, "full_time", "exclusive"),) * 3]
        case "filings", _:
            day = date(2024, 1, 4)
            special = {"pediatric_special": True}
            return [
                (),
                *((Filing(item, level, day, day, attributes=special),) for item in items for level in LEVELS),
            ]
        case _, "boolean":
            return [True, False]
        case _, "enum":
            return list(entry.values)
        case _, "percent":
            return [share * ONE_PERCENT for share in (0, 12, 15, 22, 25, 30, 40, 45, 50, 60, 70, 90, 100)]
        case _, "date":
            return [date(2020, 1, 1), date(2026, 5, 31), date(2026, 7, 6), on]
        case _, "decimal":
            return [decimal(number) for number in (0, 1, 2, 3, 10, 100, 1000, 10_000, 100_000)]
        case _, "yen":
            return [0, 1, 100_000, 1_000_000, 5_000_000, 10_000_000, 100_000_000]
    return [0, 1, 2, 3, 5, 10, 99, 100, 1000, 100_000]
