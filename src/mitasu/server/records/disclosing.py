"""The steps of a request for disclosure (診療情報の提供), and which may follow: one rule for pages and commands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from mitasu.server.records.models import DisclosureStep
from mitasu.server.records.parts import spoken

Kind = DisclosureStep.Kind
LAST = frozenset({Kind.ANSWERED, Kind.WITHDRAWN})
DECISIONS = frozenset({Kind.DECIDED, Kind.REFUSED})


def ended(steps: Sequence[DisclosureStep]) -> bool:
    """Whether nothing follows any more: it was answered or withdrawn."""
    return steps[-1].kind in LAST


def refused(
    steps: Sequence[DisclosureStep], kind: str, on: date | None, note: str
) -> Iterator[tuple[str, str]]:
    """Why a step may not follow the steps so far, the earliest first: (what of it is wrong, why)."""
    if ended(steps):
        yield "kind", "この請求は終わっています。"
        return
    if on is not None and on < steps[-1].on:
        yield "on", f"前の段階（{spoken(steps[-1].on)}）より前の日です。"
    if kind == Kind.REFUSED and not note.strip():
        yield "note", "提供しないときは、理由を書いてください。"
    if kind == Kind.ANSWERED and not any(one.kind in DECISIONS for one in steps):
        yield (
            "kind",
            f"「{Kind.DECIDED.label}」か「{Kind.REFUSED.label}」を、回答・提供より先に記録してください。",
        )
