"""What is printed or published of a site: postings as poster, web part and text, the check of a page, the binder."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from ninja import Query, Router

from mitasu.dates import months_between
from mitasu.documents.page_text import page_text
from mitasu.documents.poster import plain_text, poster_pdf, sheet_of, web_fragment
from mitasu.errors import UsageError
from mitasu.judge.page_check import check
from mitasu.judge.postings import standing
from mitasu.judge.serial_postings import check_to_dict, posting_to_dict
from mitasu.server.accounts.models import Site
from mitasu.server.api.access import site_for
from mitasu.server.api.described import described, gives, page, returns
from mitasu.server.api.named import additions_sent
from mitasu.server.api.once import answer
from mitasu.server.api.schemas import Day, Id, Month, PageIn, Size
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.binder import binder_of
from mitasu.server.sites.judging import institution_of
from mitasu.server.sites.posting_state import due_at, filled_of, outdated_of, postings_of
from mitasu.server.sites.views.postings import WEBSITE

router = Router(tags=["掲示と調査"])
ANY = {"type": "object"}
MOST_MONTHS, MOST_ADDITIONS = 60, 100


@router.get("/{site}/postings", summary="掲示する文", openapi_extra=returns(page(ANY)))
def postings(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """The sentences due on a day (default: today), where, why and what has still to be filled in."""
    place = site_for(request, site, "read")
    day = on or timezone.localdate()
    rows = [posting_to_dict(one, rulebook()) for one in standing(postings_of(place, day), day)]
    return answer(200, {"items": rows, "next": None})


@router.get("/{site}/postings.pdf", summary="院内掲示のポスター", openapi_extra=gives("application/pdf"))
def poster(request: Any, site: Id, on: Day | None = None, size: Size = "A4") -> HttpResponse:
    """The poster for the wall."""
    place = site_for(request, site, "read")
    made = poster_pdf(_sheet(place, on, "wall"), size=size, website=filled_of(place).get(WEBSITE) or None)
    return _exported(request, place, made, "application/pdf", "掲示.pdf")


@router.get("/{site}/postings.html", summary="ウェブサイト用の掲示", openapi_extra=gives("text/html"))
def web(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """The part for the website; saved as a file, never shown as a page of ours."""
    place = site_for(request, site, "read")
    made = web_fragment(_sheet(place, on, "web")).encode()
    return _exported(request, place, made, "text/html; charset=utf-8", "掲示.html")


@router.get("/{site}/postings.txt", summary="掲示の文章", openapi_extra=gives("text/plain"))
def text(request: Any, site: Id, on: Day | None = None) -> HttpResponse:
    """Every sentence as plain text."""
    place = site_for(request, site, "read")
    made = plain_text(_sheet(place, on, None)).encode()
    return _exported(request, place, made, "text/plain; charset=utf-8", "掲示.txt")


@router.post(
    "/{site}/postings/check",
    summary="公開ページを掲示する文と比べる（何も残さない）",
    openapi_extra=returns(described("check")),
)
def check_page(request: Any, site: Id, sent: PageIn) -> HttpResponse:
    """Which sentences a page tells, lacks, and which of its own are out of date; nothing is kept."""
    place = site_for(request, site, "read")
    day = sent.on or timezone.localdate()
    due = due_at(place, day, sent.place)
    compared = check(page_text(sent.text.encode()), due, outdated_of(place, day))
    return answer(200, check_to_dict(compared))


@router.get("/{site}/evidence/binder", summary="適時調査ファイル", openapi_extra=gives("application/pdf"))
def binder(
    request: Any,
    site: Id,
    additions: list[Id] = Query(..., min_length=1, max_length=MOST_ADDITIONS),  # noqa: B008
    from_: Month = Query(..., alias="from"),  # noqa: B008
    to: Month = Query(...),  # noqa: B008
) -> HttpResponse:
    """The binder for an inspection: the additions over the months, their facts and papers, what is missing."""
    from mitasu.documents.binder import binder_pdf

    place = site_for(request, site, "read")
    wanted = list(dict.fromkeys(additions))
    additions_sent(wanted)
    if to < from_ or len(months_between(from_, to)) > MOST_MONTHS:
        raise UsageError(f"from は to より前で、{MOST_MONTHS}か月までにしてください。")
    found = binder_of(place, wanted, from_, to, by=request.auth.user)
    name = f"適時調査ファイル_{found.id}.pdf"
    return _exported(request, place, binder_pdf(found), "application/pdf", name)


def _sheet(site: Site, on: Any, place: str | None) -> Any:
    day = on or timezone.localdate()
    return sheet_of(institution_of(site), due_at(site, day, place), day)


def _exported(request: Any, site: Site, made: bytes, media_type: str, name: str) -> HttpResponse:
    audit(
        "export",
        f"{request.path} {name}",
        user=request.auth.user,
        site=site,
        address=request.META.get("REMOTE_ADDR", ""),
        via="api",
    )
    return download(made, media_type, f"{site.name}_{name}")
