"""Sites: their judgements and what follows from them. Nothing here writes to a ledger; POST makes a new one."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Query, Router
from ninja.errors import HttpError

from mitasu.dates import month_of, shift_month
from mitasu.errors import UsageError
from mitasu.facts import load_institution
from mitasu.judge.history import history
from mitasu.judge.improve import known_facts, known_visits, what_if
from mitasu.judge.interview import asks
from mitasu.judge.serial import answer_to_dict, judgement_to_dict
from mitasu.judge.serial_actions import (
    deadline_to_dict,
    difference_to_dict,
    filing_to_dict,
    history_to_dict,
    improvement_to_dict,
)
from mitasu.server.accounts.models import Membership, Role, Site
from mitasu.server.api.access import allowed, site_for
from mitasu.server.api.described import ONCE, described, page, returns
from mitasu.server.api.once import answer, once
from mitasu.server.api.schemas import Day, Id, Moment, Month, SiteIn, WhatIfIn
from mitasu.server.ledger.audit import audit
from mitasu.server.ledger.files import import_document
from mitasu.server.ledger.law import judge, rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.verify import verify
from mitasu.server.sites.judging import answer_of, head_of, institution_of, known_of
from mitasu.server.sites.outlook import deadlines_of, filings_of, improvements_of, visits_of
from mitasu.server.sites.views.start import new_site

router = Router(tags=["施設"])
ANY = {"type": "object"}
MONTHS = 60


def shown(site: Site, role: int) -> dict[str, Any]:
    """A site as the API tells it."""
    return {
        "id": site.slug,
        "name": site.name,
        "code": site.code,
        "sector": site.sector,
        "kind": site.kind,
        "role": Role(role).name.lower(),
    }


@router.get("", summary="自分の施設の一覧", openapi_extra=returns(page(described("site"))))
def sites(
    request: Any,
    cursor: int = Query(0, ge=0, le=2**31 - 1),
    limit: int = Query(100, ge=1, le=1000),
) -> HttpResponse:
    """The sites at which the token's user has a role, in pages."""
    token = allowed(request, "read")
    roles = Membership.objects.select_related("site").filter(
        user=token.user, site__closed=False, site_id__gt=cursor
    )
    if token.site_id is not None:
        roles = roles.filter(site_id=token.site_id)
    found = list(roles.order_by("site_id")[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    audit("view", request.path, user=token.user, via="api", address=request.META.get("REMOTE_ADDR", ""))
    items = [shown(one.site, one.role) for one in found]
    return answer(200, {"items": items, "next": str(found[-1].site_id) if more else None})


@router.post(
    "",
    summary="施設ファイルから施設を作る",
    openapi_extra=returns(described("site"), ONCE, status=201),
)
def post_site(request: Any, sent: SiteIn) -> HttpResponse:
    """A new site from an institution file; the token's user becomes its administrator."""
    token = allowed(request, "admin")
    if token.site_id is not None:
        raise PermissionDenied("一つの施設だけのトークンでは、施設を作れません。")

    def do() -> tuple[int, Any]:
        load_institution(sent.institution, rulebook())
        head = dict(sent.institution["institution"])
        with transaction.atomic():
            place = new_site(head, by=token.user, via="api")
            import_document(place, sent.institution, by=token.user, via="api")
        audit(
            "change",
            f"施設を作る：{place.slug}",
            user=token.user,
            site=place,
            address=request.META.get("REMOTE_ADDR", ""),
            via="api",
        )
        return 201, {**shown(place, Role.ADMIN), "head": head_of(place)}

    return once(request, do)


@router.get("/{site}", summary="一つの施設", openapi_extra=returns(described("site")))
def one_site(request: Any, site: Id) -> HttpResponse:
    """A site, with the head of its ledger."""
    place = site_for(request, site, "read")
    role = Membership.objects.get(user=request.auth.user, site=place).role
    return answer(200, {**shown(place, role), "head": head_of(place)})


@router.get("/{site}/judgements", summary="判定", openapi_extra=returns(described("judgement")))
def judgements(request: Any, site: Id, on: Day | None = None, known_at: Moment | None = None) -> HttpResponse:
    """Every judgement on a day (default: today), by what is known now or was known at a moment."""
    place = site_for(request, site, "read")
    moment = known_at if known_at is None or timezone.is_aware(known_at) else timezone.make_aware(known_at)
    if moment is not None and known_of(place, moment).last(Kind.INSTITUTION) is None:
        raise HttpError(
            422, "known_at の時点では、この施設がまだ登録されていません。もっと後の日時にしてください。"
        )
    return answer(200, answer_to_dict(answer_of(place, on or timezone.localdate(), moment)))


@router.get(
    "/{site}/judgements/{addition}",
    summary="一つの加算の判定",
    openapi_extra=returns(described("judgement", "judgement")),
)
def judgement(request: Any, site: Id, addition: Id, on: Day | None = None) -> HttpResponse:
    """The judgement of one addition with every reason."""
    place = site_for(request, site, "read")
    _known_addition(addition)
    return answer(200, judgement_to_dict(answer_of(place, on or timezone.localdate()).of(addition)))


@router.get("/{site}/missing", summary="答えを変えうる、まだ分からない事実", openapi_extra=returns(page(ANY)))
def missing(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """The unknown facts that may change an answer, in the order in which to ask them."""
    place = site_for(request, site, "read")
    found = asks(answer_of(place, on or timezone.localdate()), rulebook())
    rows = [
        {
            "id": one.id,
            "question": one.question,
            "decides": one.decides,
            "months": one.months,
            "items": one.items,
        }
        for one in found
    ]
    return answer(200, {"items": rows, "next": None})


@router.get("/{site}/deadlines", summary="期限", openapi_extra=returns(described("actions", "deadlines")))
def deadlines(
    request: Any, site: Id, on: Day | None = None, within: int = Query(90, ge=1, le=800)
) -> HttpResponse:
    """Everything with a day within so many days."""
    place = site_for(request, site, "read")
    day = on or timezone.localdate()
    rows = [deadline_to_dict(one) for one in deadlines_of(place, day, within)]
    return answer(200, {"on": day, "deadlines": rows})


@router.get(
    "/{site}/filings/needed", summary="届出の要否", openapi_extra=returns(described("filings_needed"))
)
def filings_needed(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """What to file for each addition in force."""
    place = site_for(request, site, "read")
    day = on or timezone.localdate()
    return answer(200, {"on": day, "filings": [filing_to_dict(one) for one in filings_of(place, day)]})


@router.get("/{site}/improvements", summary="次の一歩", openapi_extra=returns(described("next_steps")))
def improvements(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """What each next step brings, with the site's own visits."""
    place = site_for(request, site, "read")
    day = on or timezone.localdate()
    rows = [improvement_to_dict(one) for one in improvements_of(place, day)]
    return answer(200, {"on": day, "visits": visits_of(place), "improvements": rows})


@router.get(
    "/{site}/history/{addition}",
    summary="月ごとの移り変わり",
    openapi_extra=returns(described("actions", "history")),
)
def months(
    request: Any,
    site: Id,
    addition: Id,
    from_: Month | None = Query(None, alias="from"),  # noqa: B008
    to: Month | None = None,
) -> HttpResponse:
    """How an addition and its requirements stood month by month (default: the last two years)."""
    place = site_for(request, site, "read")
    _known_addition(addition)
    last = to or month_of(timezone.localdate())
    first = from_ or shift_month(last, -23)
    if not shift_month(last, -MONTHS) <= first <= last:
        raise UsageError(f"from は to より前で、{MONTHS}か月までにしてください。")
    return answer(200, history_to_dict(history(judge(), institution_of(place), addition, first, last, [])))


@router.post(
    "/{site}/whatif",
    summary="もしも（何も残さない）",
    openapi_extra=returns(described("actions", "differences")),
)
def try_out(request: Any, site: Id, sent: WhatIfIn) -> HttpResponse:
    """The judgements that would change with other facts; nothing is kept."""
    place = site_for(request, site, "read")
    changes = known_facts(sent.set, rulebook())
    visits = known_visits(sent.visits if sent.visits is not None else visits_of(place), rulebook())
    found = what_if(judge(), institution_of(place), sent.on, changes, visits)
    return answer(200, {"on": sent.on, "differences": [difference_to_dict(one) for one in found]})


@router.get("/{site}/verification", summary="台帳の検証", openapi_extra=returns(described("verification")))
def verification(request: Any, site: Id) -> HttpResponse:
    """Whether the ledger is as it was recorded."""
    place = site_for(request, site, "read")
    breaks = [{"number": one.number, "what": one.what} for one in verify(place)]
    return answer(200, {"intact": not breaks, "breaks": breaks})


def _known_addition(id_: str) -> None:
    if id_ not in rulebook().order:
        raise Http404
