"""What programs write: facts, monthly values, events, filings and evidence, each an entry of the ledger."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from django.utils import timezone
from ninja import Body, File, Form, Query, Router
from ninja.errors import HttpError
from ninja.files import UploadedFile

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.api.access import site_for
from mitasu.server.api.described import ONCE, SEEN, described, gives, page, returns
from mitasu.server.api.named import entry_at, rate_sent
from mitasu.server.api.once import answer, once
from mitasu.server.api.schemas import Day, FactIn, FilingChange, FilingIn, Id, Month, SeriesIn
from mitasu.server.ledger import documents
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.files import export_document, import_document
from mitasu.server.ledger.models import Document, Entry, Kind
from mitasu.server.sites.judging import head_of, known_of

router = Router(tags=["記録"])


def told(entry: Entry) -> dict[str, Any]:
    """An entry as the API tells it."""
    return {
        "number": entry.number,
        "kind": entry.kind,
        "subject": entry.subject,
        "from": entry.first_day,
        "to": entry.last_day,
        "body": entry.body,
        "document": entry.document or None,
        "proof": entry.proof,
        "replaces": entry.replaces,
        "recorded_at": entry.recorded_at.isoformat(),
        "recorded_by": entry.recorded_name,
        "digest": entry.digest,
    }


@router.get("/{site}/institution", summary="施設ファイル", openapi_extra=returns(described("institution")))
def institution(request: Any, site: Id) -> HttpResponse:
    """Everything that is known of a site as an institution file; the ETag is asked for when writing."""
    place = site_for(request, site, "read")
    response = answer(200, export_document(place))
    response["ETag"] = f'"{head_of(place)}"'
    return response


@router.put(
    "/{site}/institution", summary="施設ファイルを取り込む", openapi_extra=returns(described("written"), SEEN)
)
def put_institution(request: Any, site: Id, sent: Body[dict[str, Any]]) -> HttpResponse:
    """Takes over an institution file: what it states takes the place of what was stated."""
    place = site_for(request, site, "facts")
    made = import_document(place, sent, by=request.auth.user, via="api", expected=_seen(request))
    return _written(place, made)


@router.put("/{site}/facts/{fact}", summary="事実を書く", openapi_extra=returns(described("written"), SEEN))
def put_fact(request: Any, site: Id, fact: Id, sent: FactIn) -> HttpResponse:
    """A fact's value from a day to a day; asks for If-Match."""
    place = site_for(request, site, "facts")
    entry_at("fact", fact)
    if sent.from_ and sent.to and sent.to < sent.from_:
        raise UsageError(f"to（{sent.to}）が from（{sent.from_}）より前です。")
    body = {"value": sent.value, **({"source": sent.source} if sent.source else {})}
    draft = Draft(Kind.FACT, fact, body, sent.from_, sent.to, proof=sent.evidence)
    return _written(place, append(place, [draft], by=request.auth.user, via="api", expected=_seen(request)))


@router.put(
    "/{site}/series/{series}/{month}",
    summary="月ごとの値を書く",
    openapi_extra=returns(described("written"), SEEN),
)
def put_month(request: Any, site: Id, series: Id, month: Month, sent: SeriesIn) -> HttpResponse:
    """A month's value, with what it was computed from; asks for If-Match."""
    place = site_for(request, site, "facts")
    entry_at("series", series)
    rate_sent(series, sent.value, sent.numerator, sent.denominator)
    given = sent.dict(exclude_none=True, exclude={"value"})
    draft = Draft(
        Kind.SERIES, series, {"month": month, "value": sent.value, **{k: v for k, v in given.items() if v}}
    )
    return _written(place, append(place, [draft], by=request.auth.user, via="api", expected=_seen(request)))


@router.post(
    "/{site}/events/{event}",
    summary="出来事を書く",
    openapi_extra=returns(described("entry"), ONCE, status=201),
)
def post_event(request: Any, site: Id, event: Id, sent: Body[dict[str, Any]], on: Day) -> HttpResponse:
    """Something that happened on a day; the body holds its attributes."""
    place = site_for(request, site, "facts")
    entry_at("event", event)

    def do() -> tuple[int, Any]:
        draft = Draft(Kind.EVENT, event, {**sent, "on": on}, on, on)
        [made] = append(place, [draft], by=request.auth.user, via="api")
        return 201, told(made)

    return once(request, do)


@router.get("/{site}/filings", summary="届出の記録", openapi_extra=returns(page(described("entry"))))
def filings(request: Any, site: Id) -> HttpResponse:
    """The filings that count, in order."""
    place = site_for(request, site, "read")
    return answer(200, {"items": [told(one) for one in known_of(place).of(Kind.FILING)], "next": None})


@router.post(
    "/{site}/filings", summary="届出を記録する", openapi_extra=returns(described("entry"), ONCE, status=201)
)
def post_filing(request: Any, site: Id, sent: FilingIn) -> HttpResponse:
    """A filing that was sent; the judgement counts it once it is accepted."""
    place = site_for(request, site, "filings")

    def do() -> tuple[int, Any]:
        days = {"arrived": sent.arrived, "accepted": sent.accepted}
        body = {
            "item": sent.item,
            **({"level": sent.level} if sent.level else {}),
            **_given(days),
            **sent.attributes,
        }
        [made] = append(place, [Draft(Kind.FILING, sent.item, body)], by=request.auth.user, via="api")
        return 201, told(made)

    return once(request, do)


@router.patch(
    "/{site}/filings/{number}", summary="届出のその後を記録する", openapi_extra=returns(described("entry"))
)
def patch_filing(request: Any, site: Id, number: int, sent: FilingChange) -> HttpResponse:
    """What became of a filing: a new entry takes the old one's place."""
    place = site_for(request, site, "filings")
    old = known_of(place).entries.get(number)
    if old is None or old.kind != Kind.FILING:
        raise Http404
    days = {"arrived": sent.arrived, "accepted": sent.accepted, "withdrawn": sent.withdrawn}
    draft = Draft(Kind.FILING, old.subject, {**old.body, **_given(days)}, replaces=number)
    [made] = append(place, [draft], by=request.auth.user, via="api")
    return answer(200, told(made))


@router.get("/{site}/entries", summary="台帳の記録", openapi_extra=returns(page(described("entry"))))
def entries(
    request: Any,
    site: Id,
    cursor: int = Query(0, ge=0, le=2**31 - 1),
    limit: int = Query(100, ge=1, le=1000),
) -> HttpResponse:
    """Every entry of the ledger in order, in pages."""
    place = site_for(request, site, "read")
    found = list(Entry.objects.filter(site=place, number__gt=cursor).order_by("number")[: limit + 1])
    more, found = len(found) > limit, found[:limit]
    return answer(
        200, {"items": [told(one) for one in found], "next": str(found[-1].number) if more else None}
    )


@router.post(
    "/{site}/evidence", summary="証拠を加える", openapi_extra=returns(described("entry"), ONCE, status=201)
)
def post_evidence(
    request: Any,
    site: Id,
    title: str = Form(..., min_length=1, max_length=200),
    requirements: str = Form("", max_length=2000, description="加算/要件 をカンマで区切って並べる"),
    from_: Day | None = Form(None, alias="from"),  # noqa: B008
    to: Day | None = Form(None),  # noqa: B008
    file: UploadedFile | None = File(None),  # noqa: B008
) -> HttpResponse:
    """A document or a statement as evidence, for requirements and days."""
    place = site_for(request, site, "facts")
    if from_ and to and to < from_:
        raise UsageError(f"to（{to}）が from（{from_}）より前です。")
    _storable(title, requirements)

    def do() -> tuple[int, Any]:
        document = documents.store(file.read()).digest if file is not None else ""
        wanted = [one.strip() for one in requirements.split(",") if one.strip()]
        draft = Draft(Kind.EVIDENCE, "", {"title": title, "requirements": wanted}, from_, to, document)
        [made] = append(place, [draft], by=request.auth.user, via="api")
        return 201, told(made)

    return once(request, do)


@router.get(
    "/{site}/evidence/{number}/file",
    summary="証拠の文書",
    openapi_extra=gives(*documents.TYPES),
)
def evidence_file(request: Any, site: Id, number: int) -> HttpResponse:
    """The bytes of a document of the ledger."""
    place = site_for(request, site, "read")
    if not 0 < number < 2**31:
        raise Http404
    entry = Entry.objects.filter(site=place, number=number).exclude(document="").first()
    document = Document.objects.filter(digest=entry.document).first() if entry else None
    if document is None:
        raise Http404
    try:
        content = documents.read(document)
    except OSError:
        raise HttpError(404, "この証拠の文書が、台帳の置き場所にありません。") from None
    response = HttpResponse(content, content_type=document.media_type)
    response["Content-Disposition"] = f'attachment; filename="evidence-{number}"'
    return response


def _seen(request: Any) -> str:
    """The head that the writer had seen."""
    seen = request.headers.get("If-Match", "").strip().strip('"')
    if not seen:
        raise HttpError(428, "読んだときの ETag を If-Match に付けてください。")
    return str(seen)


def _written(place: Site, made: list[Entry]) -> HttpResponse:
    response = answer(200, {"entries": [told(one) for one in made], "at": timezone.now().isoformat()})
    response["ETag"] = f'"{head_of(place)}"'
    return response


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def _storable(*texts: str) -> None:
    if any("\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text) for text in texts):
        raise HttpError(400, "文字として保存できない符号が含まれています。")
