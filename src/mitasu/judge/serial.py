"""Judgements and bills as plain data, in the format of the documented JSON (docs: 判定の形式)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from mitasu.judge.bill import Bill
from mitasu.judge.exclusions import Exclusion, exclusions
from mitasu.judge.judgement import Answer, Judgement, RequirementAnswer


def answer_to_dict(answer: Answer) -> dict[str, Any]:
    """All judgements of a day as plain data (schema: judgement.schema.json)."""
    institution = answer.institution
    return {
        "on": answer.on.isoformat(),
        "institution": {
            "name": institution.name,
            "code": institution.code,
            "sector": institution.sector,
            "kind": institution.kind,
        },
        "judgements": [judgement_to_dict(judgement) for judgement in answer.judgements],
        "exclusions": [_exclusion(found) for found in exclusions(answer, answer.rulebook)],
    }


def _exclusion(found: Exclusion) -> dict[str, Any]:
    return {
        "additions": list(found.additions),
        "better": found.better,
        "why": found.why,
        "rule": found.rule,
        "sources": list(found.sources),
    }


def judgement_to_dict(judgement: Judgement) -> dict[str, Any]:
    """One judgement as plain data."""
    found: dict[str, Any] = {
        "addition": judgement.addition,
        "title": judgement.title,
        "status": judgement.status,
        "level": judgement.level,
        "points": judgement.points,
    }
    if judgement.pays_yen:
        found["yen"] = judgement.yen
    return found | {
        "grade": judgement.grade,
        "requirements": [_requirement(answer) for answer in judgement.requirements],
        "missing": list(judgement.missing),
        "unknown": list(judgement.unknown),
        "questions": [{"id": q.id, "text": q.text, "ask": q.ask} for q in judgement.questions],
    }


def _requirement(answer: RequirementAnswer) -> dict[str, Any]:
    requirement = answer.requirement
    return {
        "id": requirement.id,
        "label": requirement.label,
        "kind": requirement.kind,
        "part_of": requirement.part_of,
        "status": answer.status,
        "until": _day(answer.until),
        "soft": requirement.soft,
        "why": answer.why,
        "remedy": requirement.remedy,
        "grade": requirement.grade,
        "sources": list(requirement.cite),
        "rulings": list(requirement.rulings),
    }


def bills_to_dict(bills: Iterable[Bill]) -> dict[str, Any]:
    """Bills as plain data (schema: bill.schema.json)."""
    return {"bills": [_bill(bill) for bill in bills]}


def _bill(bill: Bill) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for item in bill.items:
        row: dict[str, Any] = {
            "addition": item.addition,
            "level": item.level,
            "points": item.points,
            "why": item.why,
        }
        if item.points is None:
            row["yen"] = item.yen
        items.append(row)
    refused = [
        {
            "addition": refusal.addition,
            "why": refusal.why,
            "rule": refusal.rule,
            "sources": list(refusal.sources),
            "unknown": list(refusal.unknown),
        }
        for refusal in bill.refused
    ]
    return {"encounter": bill.encounter.id, "items": items, "refused": refused}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
