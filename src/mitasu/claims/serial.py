"""Revenue, audit and card use as plain data for JSON; the shapes are told in the handbook (docs/claims-audit.md)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from fractions import Fraction
from typing import Any

from mitasu.claims.charges import Doubt
from mitasu.claims.findings import Audit, Finding, Missed, MonthSum
from mitasu.claims.rates import MonthUse, cut
from mitasu.claims.revenue import Revenue, Total
from mitasu.claims.standing import Named
from mitasu.rulebook import Rulebook


def audit_to_dict(audit: Audit) -> dict[str, Any]:
    """An audit: sums, findings, what was missed, what is not known."""
    titles = audit.titles
    return {
        "institution": {"name": audit.name, "code": audit.code},
        "files": [
            {
                "name": one.name,
                "code": one.code,
                "institution": one.institution,
                "month": one.month,
                "reviewer": one.reviewer,
                "volume": one.volume,
                "receipts": one.receipts,
                "faults": one.faults,
            }
            for one in audit.files
        ],
        "receipts": audit.receipts,
        "total": _sums(audit.total, month=False),
        "months": [
            _sums(one)
            | {
                "additions": [
                    {"addition": id_, "title": titles[id_], **_sums(row, month=False)}
                    for id_ in audit.additions
                    for row in audit.of(id_)
                    if row.month == one.month and _any(row)
                ]
            }
            for one in audit.months
        ],
        "findings": [_finding(one) for one in audit.findings],
        "missed": [_missed(one) for one in audit.missed],
        "unsettled": [_missed(one) for one in audit.unsettled],
        "unconfirmed": [{"addition": id_, "title": title} for id_, title in audit.unconfirmed],
        "untold": [
            {
                "addition": one.addition,
                "title": one.title,
                "conditions": list(one.conditions),
                "bundles": list(one.bundles),
            }
            for one in audit.untold
        ],
        "doubts": [_doubt(one) for one in audit.doubts],
    }


def _any(row: MonthSum) -> bool:
    return bool(row.charged or row.repay or row.undetermined or row.missed)


def _sums(one: MonthSum, *, month: bool = True) -> dict[str, Any]:
    return ({"month": one.month} if month else {}) | {
        "charged": one.charged,
        "charged_yen": one.charged_yen,
        "unpriced": one.unpriced,
        "repay": one.repay,
        "repay_yen": one.repay_yen,
        "undetermined": one.undetermined,
        "undetermined_yen": one.undetermined_yen,
        "missed": one.missed,
        "missed_yen": one.missed_yen,
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "month": one.month,
        "day": _day(one.day),
        "file": one.file,
        "receipt": one.receipt,
        "line": one.line,
        "code": one.code,
        "addition": one.addition,
        "title": one.title,
        "level": one.level,
        "points": one.points,
        "due": one.due,
        "right_level": one.right,
        "yen": one.yen,
        "repaid": one.repaid,
        "why": one.why,
        "requirements": [_named(row) for row in one.failed],
        "unknown": [_named(row) for row in one.unknown],
        "rule": one.rule,
        "sources": list(one.sources),
        "grade": one.grade,
    }


def _named(one: Named) -> dict[str, str]:
    return {"id": one.id, "label": one.label} | ({"why": one.why} if one.why else {})


def _missed(one: Missed) -> dict[str, Any]:
    return {
        "month": one.month,
        "day": _day(one.day),
        "file": one.file,
        "receipt": one.receipt,
        "line": one.line,
        "addition": one.addition,
        "title": one.title,
        "level": one.level,
        "encounter": one.encounter,
        "points": one.points,
        "yen": one.yen,
        "charged_level": one.lower,
    }


def _doubt(one: Doubt) -> dict[str, Any]:
    return {
        "file": one.file,
        "line": one.line,
        "receipt": one.receipt,
        "code": one.code,
        "message": one.message,
    }


def revenue_to_dict(found: Revenue, rulebook: Rulebook, unconfirmed: Iterable[str]) -> dict[str, Any]:
    """Revenue: a row for each month, code, in- or outpatient and department."""
    return {
        "receipts": found.receipts,
        "months": list(found.months),
        "points": found.points,
        "yen": found.yen,
        "rows": [
            {
                "month": row.month,
                "code": row.meaning.code,
                "addition": row.meaning.addition,
                "title": rulebook.titles[row.meaning.addition],
                "level": row.meaning.level,
                "encounter": row.meaning.encounter,
                "inpatient": row.inpatient,
                "department": row.department,
                "count": row.count,
                "points": row.points,
                "yen": row.yen,
                "confirmed": row.meaning.confirmed,
                "within": row.meaning.within,
                "grade": row.meaning.grade,
            }
            for row in found.rows
        ],
        "by": {what: [_total(one) for one in found.by(what)] for what in ("addition", "month", "department")},
        "unconfirmed": [{"addition": id_, "title": rulebook.titles[id_]} for id_ in unconfirmed],
        "doubts": [_doubt(one) for one in found.doubts],
    }


def _total(one: Total) -> dict[str, Any]:
    return {
        "key": list(one.key),
        "inpatient": one.inpatient,
        "count": one.count,
        "points": one.points,
        "yen": one.yen,
        "uncounted": one.uncounted,
    }


def card_use_to_dict(months: Iterable[MonthUse]) -> dict[str, Any]:
    """Card use by month: own counts and estimates apart from what was notified; rates as fractions and in percent."""
    return {
        "months": [
            {
                "month": one.month,
                "estimate": {
                    "receipts": one.receipts,
                    "reviewers": list(one.reviewers),
                    "doubled": one.doubled,
                    "persons": one.persons,
                    "checks": one.checks,
                    "cards": one.cards,
                    "home_care": one.home_care,
                    "by_receipts": _rate(one.by_receipts),
                    "by_checks": _rate(one.by_checks),
                },
                "notified": {
                    "by_receipts": _reading(one.notified_receipts),
                    "by_checks": _reading(one.notified_checks),
                },
                "correction": _rate(one.correction),
                "corrected": _rate(one.corrected),
            }
            for one in months
        ]
    }


def _reading(one: Any) -> dict[str, Any] | None:
    if one is None:
        return None
    rate = None if one.rate is None else str(one.rate)
    return {"percent": rate, "numerator": one.numerator, "denominator": one.denominator}


def _rate(rate: Fraction | None) -> dict[str, Any] | None:
    if rate is None:
        return None
    return {"numerator": rate.numerator, "denominator": rate.denominator, "percent": str(cut(rate))}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
