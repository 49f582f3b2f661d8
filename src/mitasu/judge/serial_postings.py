"""What to post, and how a page compares with it, as plain data."""

from __future__ import annotations

from typing import Any

from mitasu.judge.page_check import Check
from mitasu.judge.postings import PostingSentence
from mitasu.rulebook import Rulebook


def posting_to_dict(sentence: PostingSentence, rulebook: Rulebook) -> dict[str, Any]:
    """One sentence to post."""
    return {
        "id": sentence.id,
        "addition": sentence.addition,
        "title": sentence.title,
        "level": sentence.level,
        "text": sentence.text,
        "from": sentence.from_.isoformat(),
        "until": sentence.until.isoformat() if sentence.until else None,
        "duty": sentence.duty,
        "places": [
            {
                "place": one.place,
                "requirement": one.requirement.id,
                "label": one.requirement.label,
                "status": one.status,
                "until": one.until.isoformat() if one.until else None,
            }
            for one in sentence.asked
        ],
        "to_fill": list(sentence.open_),
        "why": sentence.why,
        "note": sentence.posting.note,
        "sources": [rulebook.citation(cite) for cite in sentence.posting.cite],
    }


def check_to_dict(check: Check) -> dict[str, Any]:
    """How a page compares."""
    return {
        "drift": check.drift,
        "matched": [
            {"id": one.sentence.id, "text": one.sentence.text, "found": one.found} for one in check.matched
        ],
        "missing": [
            {
                "id": one.sentence.id,
                "text": one.sentence.text,
                "duty": one.sentence.duty,
                "requirements": [place.requirement.id for place in one.sentence.asked],
                "words": list(one.words),
            }
            for one in check.missing
        ],
        "stale": [{"found": one.found, "named": one.named, "why": one.why} for one in check.stale],
    }
