"""Filings, deadlines, improvements, history and changes as plain data (schema: actions.schema.json)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from mitasu.judge.changes import Move, RuleChange
from mitasu.judge.due import Deadline
from mitasu.judge.filings import FilingAnswer
from mitasu.judge.history import History
from mitasu.judge.improve import Difference, Gain, Improvement
from mitasu.judge.judgement import Judgement
from mitasu.judge.links import Link
from mitasu.judge.reach import Step


def filing_to_dict(answer: FilingAnswer) -> dict[str, Any]:
    """What to file for one addition."""
    return {
        "addition": answer.addition,
        "title": answer.title,
        "item": answer.item,
        "action": answer.action,
        "why": answer.why,
        "level": answer.level,
        "pays": answer.pays,
        "forms": list(answer.forms),
        "report_forms": list(answer.report_forms),
        "attachments": list(answer.attachments),
        "note": answer.note,
        "claimable_from": _day(answer.claimable_from),
        "law_from": _day(answer.law_from),
        "missing": list(answer.missing),
        "unknown": list(answer.unknown),
    }


def deadline_to_dict(deadline: Deadline) -> dict[str, Any]:
    """One deadline."""
    return {
        "day": deadline.day.isoformat(),
        "kind": deadline.kind,
        "title": deadline.title,
        "note": deadline.note,
        "addition": deadline.addition,
        "key": deadline.key,
        "post_by": _day(deadline.post_by),
        "overdue": deadline.overdue,
        "sources": list(deadline.sources),
    }


def improvement_to_dict(item: Improvement) -> dict[str, Any]:
    """One step with what it brings."""
    return {
        "addition": item.addition,
        "title": item.title,
        "level": item.level,
        "changes": changes_of(item.step),
        **gain_to_dict(item.gain),
        "at_most": item.at_most,
        "limits": list(item.limits),
        "files": item.files,
        "forms": list(item.forms),
        "claimable_from": _day(item.claimable_from),
        "law_from": _day(item.law_from),
        "conflicts": list(item.conflicts),
    }


def gain_to_dict(gain: Gain) -> dict[str, Any]:
    """What a change is worth, with what that was reckoned from."""
    return {
        "gained": dict(gain.each),
        "yen_a_month": gain.yen_a_month,
        "yen_a_year": gain.yen_a_year,
        "inputs": gain.inputs,
    }


def changes_of(step: Step) -> list[str]:
    """A step's changes in words."""
    return list(step.words)


def difference_to_dict(found: Difference) -> dict[str, Any]:
    """How one judgement differs."""
    return {
        "addition": found.before.addition,
        "title": found.before.title,
        "before": standing(found.before),
        "after": standing(found.after),
        "requirements": list(found.moved),
        **gain_to_dict(found.gain),
    }


def standing(judgement: Judgement) -> dict[str, Any]:
    """Status, level and points; at a station yen."""
    found = {"status": judgement.status, "level": judgement.level, "points": judgement.points}
    return found | ({"yen": judgement.yen} if judgement.pays_yen else {})


def history_to_dict(found: History) -> dict[str, Any]:
    """Runs and exposure of one addition."""
    return {
        "addition": found.addition,
        "title": found.title,
        "from": found.first,
        "to": found.last,
        "runs": [
            {
                "id": run.id,
                "label": run.label,
                "status": run.status,
                "from": run.first,
                "to": run.last,
                "why": run.why,
            }
            for run in found.runs
        ],
        "exposures": [
            {
                "month": row.claimed.month,
                "count": row.claimed.count,
                "level": row.claimed.level,
                "encounter": row.claimed.encounter,
                "points": row.claimed.points,
                "status": row.status,
                "yen": row.yen,
                "inputs": row.inputs,
                "why": row.why,
            }
            for row in found.exposures
        ],
        "yen": found.yen,
    }


def changes_to_dict(changes: Iterable[RuleChange], moves: Iterable[Move]) -> dict[str, Any]:
    """What the law changed, and which judgements move."""
    return {
        "rules": [
            {
                "addition": row.addition,
                "title": row.title,
                "sector": row.sector,
                "days": [day.isoformat() for day in row.days],
                "lines": list(row.lines),
            }
            for row in changes
        ],
        "moves": [
            {
                "institution": move.institution.name,
                "code": move.institution.code,
                "on": move.on.isoformat(),
                "addition": move.after.addition,
                "title": move.after.title,
                "before": standing(move.before),
                "after": standing(move.after),
                "filing": None if move.filing is None else filing_to_dict(move.filing),
            }
            for move in moves
        ],
    }


def link_to_dict(link: Link) -> dict[str, Any]:
    """One link between additions."""
    return {"addition": link.addition, "kind": link.kind, "other": link.other, "why": link.why}


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
