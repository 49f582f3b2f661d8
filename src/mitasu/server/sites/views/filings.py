"""Filings: what to file and why, the road from check to acceptance, the filled form, and recording each step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.dates import japanese_date
from mitasu.documents.form_docx import form_docx
from mitasu.documents.form_pdf import form_pdf
from mitasu.documents.form_xlsx import form_xlsx
from mitasu.documents.forms import FilingForm
from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.facts import effective_from
from mitasu.judge.due import post_by
from mitasu.judge.filings import WORDS, accept_by
from mitasu.judge.papers import form_versions
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role, Site
from mitasu.server.downloads import download
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.filed import advance, body_of, complete, filed_of, history_of, send
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.models import Road
from mitasu.server.sites.outlook import filings_of
from mitasu.server.sites.road import PLACE, Way, drawn, fingerprint, open_road, place_of, way_of
from mitasu.server.sites.views.filing_forms import (
    Acceptance,
    Earlier,
    Place,
    Planning,
    Sending,
    TakingBack,
    Withdrawal,
)

OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS: dict[str, tuple[Callable[[FilingForm], bytes], str]] = {
    "xlsx": (form_xlsx, f"{OFFICE}.spreadsheetml.sheet"),
    "docx": (form_docx, f"{OFFICE}.wordprocessingml.document"),
    "pdf": (form_pdf, "application/pdf"),
}
SENT_ALREADY = "この届出の送付は、もう記録されています。いまの記録を見て、まちがいなら取り消してください。"
ORDER = ("needed", "again", "unknown", "withdraw", "not_yet", "none")


# ---- the front page ------------------------------------------------------------------------------------


@site_page(Role.VIEW, to_change=Role.APPROVE)
def filings(request: SiteRequest) -> HttpResponse:
    """Every addition with what to file, the accepted filings, and everything ever recorded about filings."""
    site, today = request.site, timezone.localdate()
    whole = complete(site)
    earlier = Earlier(request.POST or None, sector=site.sector, complete=whole)
    if request.method == "POST":
        if request.POST.get("action") == "none":
            append(site, [Draft(Kind.LISTING, "filings")], by=request.user)
            messages.success(request, "届け出たものは一つもない、と記録しました。")
            return redirect("filings", site.slug)
        if earlier.is_valid():
            typed = earlier.cleaned_data
            body = body_of(
                typed["item"], typed["level"], arrived=typed["arrived"], accepted=typed["accepted"]
            )
            if _done(
                lambda: append(site, [Draft(Kind.FILING, typed["item"], body)], by=request.user), earlier
            ):
                messages.success(request, "届出を記録しました。")
                return redirect("filings", site.slug)
    by, start = accept_by(today)
    answers = sorted(filings_of(site, today, by), key=lambda one: ORDER.index(one.action))
    context = {
        "answers": answers,
        "by": by,
        "post_by": post_by(by),
        "starts": start,
        "words": WORDS,
        "standing": [(one, one.state(today)) for one in filed_of(site)],
        "history": history_of(site),
        "complete": whole,
        "earlier": earlier,
        "may_approve": request.role >= Role.APPROVE,
    }
    return render(request, "sites/filings.html", context)


# ---- the road ------------------------------------------------------------------------------------------


@site_page(Role.VIEW)
def filing_road(request: SiteRequest, addition: str) -> HttpResponse:
    """Where the site stands on the road of one addition; POST begins it, ticks the form, or plans the day."""
    way = _way(request, addition)
    if request.method != "POST":
        return _road_page(request, way)
    action = request.POST.get("action", "")
    if action == "plan":
        planning = Planning(request.POST)
        if not planning.is_valid():
            return _road_page(request, way, planning=planning)
        _noted(way, request, plan=planning.cleaned_data["plan"].isoformat())
    elif action == "begin":
        _begun(way, request)
        messages.success(request, f"{way.title}の届出を、いま有効な様式で始めました。")
    elif action == "looked-over" and way.form is not None:
        said = fingerprint(way.form)
        _noted(way, request, form=timezone.localdate().isoformat(), form_said=said)
        messages.success(request, "書類を確かめた、と記録しました。")
    elif action == "leave" and way.road is not None and way.filing is None:
        way.road.closed_at = timezone.now()
        way.road.save()
        messages.success(request, "この届出をやめました。記録は残っています。")
    return redirect("filing-road", request.site.slug, addition)


def _begun(way: Way, request: SiteRequest) -> None:
    """A road with the form in force on the planned day; one that is under way takes that form over."""
    in_force = form_versions(rulebook().addition(way.addition), request.site.sector, way.planned)
    form = in_force[0] if in_force else None
    with transaction.atomic():
        Site.objects.select_for_update().get(pk=request.site.pk)
        road = open_road(request.site, way.addition) or Road(
            site=request.site, addition=way.addition, made_by_id=request.user.pk
        )
        road.level = way.filed.level or "" if way.filed else ""
        road.form = form.number if form else ""
        road.form_version = form.version if form else ""
        road.steps = {key: day for key, day in road.steps.items() if key == "plan"}
        road.save()


def _noted(way: Way, request: SiteRequest, **steps: str) -> None:
    if way.road is None:
        _begun(way, request)
    road = open_road(request.site, way.addition)
    if road is not None:
        road.steps = {**road.steps, **steps}
        road.save()


@site_page(Role.VIEW, to_change=Role.APPROVE)
def filing_record(request: SiteRequest, addition: str, what: str) -> HttpResponse:
    """Records that a filing was sent, accepted or withdrawn, or takes a record back; refusals keep what was typed."""
    if request.method != "POST":
        return redirect("filing-road", request.site.slug, addition)
    way = _way(request, addition)
    if what == "send":
        return _send(request, way)
    filing = next(
        (one for one in filed_of(request.site, addition) if str(one.number) == request.POST.get("filing")),
        None,
    )
    if filing is None:
        messages.error(
            request,
            "その届出の記録は、もう引き継がれたか取り消されています。いまの記録を見てから入力してください。",
        )
        return redirect("filing-road", request.site.slug, addition)
    forms: dict[str, Any] = {
        "accept": lambda: Acceptance(request.POST, filing=filing, sent_on=_sent_on(way)),
        "withdraw": lambda: Withdrawal(request.POST, filing=filing),
        "take-back": lambda: TakingBack(request.POST),
    }
    form = forms[what]()
    if not form.is_valid():
        return _road_page(request, way, **{what.replace("-", "_"): form})
    typed = form.cleaned_data

    def write() -> None:
        if what == "take-back":
            reason = {"reason": typed["reason"]}
            append(
                request.site, [Draft(Kind.RETRACTION, body=reason, replaces=filing.number)], by=request.user
            )
            Road.objects.filter(site=request.site, entry=filing.number).update(entry=None)
            return
        made = advance(request.site, filing.number, by=request.user, **typed)
        road = Road.objects.filter(site=request.site, entry=filing.number)
        closed = {"closed_at": timezone.now()} if typed.get("accepted") or typed.get("withdrawn") else {}
        road.update(entry=made.number, **closed)

    if not _done(write, form):
        return _road_page(request, way, **{what.replace("-", "_"): form})
    messages.success(request, _told(what, typed))
    return redirect("filing-road", request.site.slug, addition)


def _told(what: str, typed: dict[str, Any]) -> str:
    if what == "take-back":
        return "届出の記録を取り消しました。判定は取り消した後の記録によります。"
    if what == "withdraw":
        return f"{japanese_date(typed['withdrawn'])}からの辞退を記録しました。"
    if accepted := typed.get("accepted"):
        return f"受理を記録しました。{japanese_date(effective_from(accepted))}から有効です。"
    return "到着を記録しました。受理の通知を待ちます。"


def _send(request: SiteRequest, way: Way) -> HttpResponse:
    if way.filing is not None:
        messages.error(request, SENT_ALREADY)
        return redirect("filing-road", request.site.slug, way.addition)
    form = Sending(request.POST, request.FILES, way=way, complete=complete(request.site))
    if not form.is_valid():
        return _road_page(request, way, sending=form)
    typed = form.cleaned_data

    def write() -> None:
        with transaction.atomic():
            Site.objects.select_for_update().get(pk=request.site.pk)
            road = open_road(request.site, way.addition)
            if road is not None and road.entry is not None:
                raise UsageError(SENT_ALREADY)
            if road is None:
                _begun(way, request)
                road = Road.objects.get(site=request.site, addition=way.addition, closed_at=None)
            level = typed.get("level", "")
            made = send(
                request.site,
                way.addition,
                level,
                sent_on=typed["sent_on"],
                method=typed["method"],
                arrived=typed["arrived"],
                receipt=typed["receipt"],
                details=form.stated(),
                document=form.document,
                by=request.user,
            )
            road.level, road.entry, road.sent_on = level, made.number, typed["sent_on"]
            road.method, road.receipt = typed["method"], typed["receipt"]
            road.save()

    if not _done(write, form):
        return _road_page(request, way, sending=form)
    messages.success(request, "送付を記録しました。受理の通知が来たら、受理の日を記録してください。")
    return redirect("filing-road", request.site.slug, way.addition)


def _done(write: Callable[[], Any], form: Any) -> bool:
    """Whether writing succeeded; what the core refused is put on the form."""
    try:
        write()
    except MitasuError as error:
        problems = [str(one) for one in error.problems] if isinstance(error, InputError) else [str(error)]
        for problem in problems:
            form.add_error(None, problem)
        return False
    return True


def _sent_on(way: Way) -> Any:
    return way.road.sent_on if way.road is not None else None


def _way(request: SiteRequest, addition: str) -> Way:
    if addition not in rulebook().additions:
        raise Http404("この加算は見つかりません。")
    return way_of(request.site, addition, timezone.localdate())


def _road_page(request: SiteRequest, way: Way, **forms: Any) -> HttpResponse:
    """The road; a form that was refused stands in the place of the empty one, and its part is open."""
    today = timezone.localdate()
    filing = way.filing
    filed = filed_of(request.site, way.addition)
    standing = filing or next((one for one in filed if one.stands(today)), None)
    may_approve = request.role >= Role.APPROVE
    context = {
        "way": way,
        "standing": [(one, one.state(today)) for one in filed],
        "filing": standing,
        "history": history_of(request.site, way.addition),
        "may_enter": request.role >= Role.ENTER,
        "may_approve": may_approve,
        "planning": forms.get("planning") or Planning(initial={"plan": way.planned}),
        "refused": next(iter(forms), ""),
        "formats": FORMATS,
        "section": "filings",
    }
    if may_approve and way.form is not None:
        level = way.filed.level or "" if way.filed else ""
        start = {"level": level, "sent_on": today}
        context["sending"] = forms.get("sending") or Sending(
            initial=start, way=way, complete=complete(request.site)
        )
    if may_approve and standing is not None:
        context["accept"] = forms.get("accept") or Acceptance(filing=standing, sent_on=_sent_on(way))
        context["withdraw"] = forms.get("withdraw") or Withdrawal(filing=standing)
        context["take_back"] = forms.get("take_back") or TakingBack()
    return render(request, "sites/filing_road.html", context)


# ---- the form ------------------------------------------------------------------------------------------


@site_page(Role.VIEW)
def filing_form_page(request: SiteRequest, addition: str) -> HttpResponse:
    """The filled form beside the facts it comes from; POST enters what its head says."""
    way = _way(request, addition)
    if way.form is None:
        raise Http404("この日には、この施設の加算ではありません。")
    known = place_of(request.site)
    place = Place(request.POST or None, initial={key: known[label] for label, key in PLACE.items()})
    if request.method == "POST" and place.is_valid():
        profile: dict[str, Any] = {}
        for entry in known_of(request.site).of(Kind.PROFILE):
            profile |= entry.body
        append(request.site, [Draft(Kind.PROFILE, body=profile | place.body())], by=request.user)
        messages.success(request, "届出書の頭書きを記録しました。")
        return redirect("filing-form-page", request.site.slug, addition)
    context = {
        "way": way,
        "form_shown": way.form,
        "place": place,
        "may_enter": request.role >= Role.ENTER,
        "formats": FORMATS,
        "section": "filings",
        "refused": bool(place.errors),
    }
    return render(request, "sites/filing_form.html", context)


@site_page(Role.VIEW)
@fresh_sign_in
def filing_form_file(request: SiteRequest, addition: str, kind: str) -> HttpResponse:
    """The form as a file."""
    if kind not in FORMATS:
        raise Http404("この形の書類はありません。")
    way = _way(request, addition)
    form = drawn(request.site, addition, timezone.localdate(), way.planned, _sent_on(way))
    if form is None:
        raise Http404("この日には、この施設の加算ではありません。")
    write, media_type = FORMATS[kind]
    content = write(form)
    audit_request(request, "export", f"届出書：{form.named}（{kind}）")
    return download(content, media_type, f"{form.named}_届出書.{kind}")


urlpatterns = [
    path("s/<slug:site>/filings/", filings, name="filings"),
    path("s/<slug:site>/filings/<slug:addition>/", filing_road, name="filing-road"),
    path("s/<slug:site>/filings/<slug:addition>/form/", filing_form_page, name="filing-form-page"),
    path("s/<slug:site>/filings/<slug:addition>/form.<slug:kind>", filing_form_file, name="filing-form"),
    *(
        path(
            f"s/<slug:site>/filings/<slug:addition>/{what}/",
            filing_record,
            {"what": what},
            name=f"filing-{what}",
        )
        for what in ("send", "accept", "withdraw", "take-back")
    ),
]
