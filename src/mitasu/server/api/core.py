"""Without a site: judging and billing what is sent (for EMR vendors), and the rulebook."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpResponse
from ninja import Query, Router

from mitasu.facts import load_institution
from mitasu.judge.bill import Biller
from mitasu.judge.changes import in_order, rule_changes
from mitasu.judge.encounters import load_encounters
from mitasu.judge.serial import answer_to_dict, bills_to_dict
from mitasu.judge.serial_actions import changes_to_dict
from mitasu.server.api.access import allowed
from mitasu.server.api.described import described, page, returns
from mitasu.server.api.named import addition_at, additions_sent
from mitasu.server.api.once import answer
from mitasu.server.api.schemas import BillRequest, Day, Id, JudgeRequest
from mitasu.server.ledger.law import judge, rulebook

router = Router(tags=["規則と判定"])
ANY = {"type": "object"}


@router.post(
    "/judge", summary="施設ファイルを判定する（何も残さない）", openapi_extra=returns(described("judgement"))
)
def judge_sent(request: Any, sent: JudgeRequest) -> HttpResponse:
    """The judgements of an institution that is sent whole and not kept."""
    allowed(request, "read")
    additions_sent(sent.additions or ())
    institution = load_institution(sent.institution, rulebook())
    return answer(200, answer_to_dict(judge().judge(institution, sent.on, sent.additions)))


@router.post(
    "/bill", summary="受診の一覧に加算を付ける（何も残さない）", openapi_extra=returns(described("bill"))
)
def bill_sent(request: Any, sent: BillRequest) -> HttpResponse:
    """The bill of each encounter that is sent; nothing is kept."""
    allowed(request, "read")
    institution = load_institution(sent.institution, rulebook())
    visits, history = load_encounters(sent.encounters, rulebook())
    return answer(200, bills_to_dict(Biller(judge(), institution).bills(visits, history)))


@router.get("/rules", summary="加算の一覧", openapi_extra=returns(page(ANY)))
def rules(request: Any, valid_on: Day | None = None) -> HttpResponse:
    """The additions of the rulebook, or those in force on a day."""
    allowed(request, "read")
    rows = [
        {"id": id_, "title": (addition := rulebook().addition(id_)).title, "sectors": list(addition.sectors)}
        for id_ in rulebook().order
        if valid_on is None or _in_force(id_, valid_on)
    ]
    return answer(200, {"items": rows, "next": None})


@router.get(
    "/rules/diff", summary="二つの日の間の制度の変化", openapi_extra=returns(described("actions", "changes"))
)
def rules_diff(request: Any, from_: Day = Query(..., alias="from"), to: Day = Query(...)) -> HttpResponse:  # noqa: B008
    """What the law changed between two days."""
    allowed(request, "read")
    in_order(from_, to)
    return answer(200, changes_to_dict(rule_changes(judge(), from_, to), ()))


@router.get("/rules/{addition}", summary="一つの加算", openapi_extra=returns(ANY))
def rule(request: Any, addition: Id, valid_on: Day | None = None) -> HttpResponse:
    """An addition with its requirements on a day (default: today)."""
    allowed(request, "read")
    found = addition_at(addition)
    on = valid_on or date.today()
    states = {sector: rulebook().state(addition, sector, on) for sector in found.sectors}
    body = {
        "id": addition,
        "title": found.title,
        "on": on,
        "sectors": {
            sector: {
                "levels": [one.level.level for one in state.levels],
                "requirements": [
                    {"id": one.id, "label": one.label, "text": one.text, "cite": list(one.cite)}
                    for one in state.requirements
                ],
            }
            for sector, state in states.items()
        },
    }
    return answer(200, body)


def _in_force(id_: str, day: date) -> bool:
    return any(rulebook().state(id_, sector, day).levels for sector in rulebook().addition(id_).sectors)
