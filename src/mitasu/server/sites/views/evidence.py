"""The evidence ledger: documents and statements by requirement, adding and mending them, verification."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.errors import InputError, MitasuError, UsageError
from mitasu.rulebook import Entry as CatalogueEntry
from mitasu.server.accounts.models import Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.documents import TYPES, read, shown_type
from mitasu.server.ledger.models import Audit, Entry
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.binder import value_text
from mitasu.server.sites.evidence import (
    Asked,
    Paper,
    asked_of,
    paper_of,
    papers_ever,
    papers_of,
    proved_by,
    requirement_name,
    resting_on,
    said_only,
)
from mitasu.server.sites.evidence_forms import PaperForm, RetractionForm, initial_of, kept, typed_value
from mitasu.server.sites.evidence_writing import record, renewal_of, retract
from mitasu.server.sites.integrity import check_now, check_of
from mitasu.server.sites.judging import known_of
from mitasu.server.sites.views import binder

VIEWS = {"requirement": "要件別", "expiry": "期限別", "number": "記録順"}


@dataclass(frozen=True, slots=True)
class Line:
    """A requirement with its papers, and what is only noted as proof."""

    asked: Asked
    papers: list[Paper]
    noted: list[str]


@site_page(Role.VIEW)
def evidence(request: SiteRequest) -> HttpResponse:
    """The papers by requirement (of one addition: `?addition=`), by expiry or in the order of recording (`?by=`)."""
    site, today = request.site, timezone.localdate()
    by = request.GET.get("by", "requirement")
    by = by if by in VIEWS else "requirement"
    papers, asked = papers_of(site, today), asked_of(site, today)
    additions = {one.addition: one.title for one in asked}
    chosen = request.GET.get("addition", "")
    context: dict[str, Any] = {
        "by": by,
        "views": VIEWS,
        "additions": additions,
        "chosen": chosen if chosen in additions else "",
        "check": check_of(site, today),
        "counts": {state: sum(one.state == state for one in papers) for state in ("expired", "ending")},
        "papers": papers,
    }
    if by == "requirement":
        shown = [one for one in asked if not context["chosen"] or one.addition == chosen]
        lines = [
            Line(
                one, [paper for paper in papers if one.key in paper.requirements], said_only(site, one, today)
            )
            for one in shown
        ]
        context["groups"] = {
            title: [line for line in lines if line.asked.addition == id_]
            for id_, title in additions.items()
            if any(line.asked.addition == id_ for line in lines)
        }
        keys = {one.key for one in asked}
        context["loose"] = [paper for paper in papers if not keys & set(paper.requirements)]
    elif by == "expiry":
        dated = [paper for paper in papers if paper.entry.last_day is not None]
        context["papers"] = sorted(dated, key=lambda one: (one.state == "renewed", one.entry.last_day))
    else:
        context["papers"] = papers_ever(site, today)
        context["counting"] = {paper.number for paper in papers}
    return render(request, "sites/evidence.html", context)


@site_page(Role.ENTER)
def evidence_add(request: SiteRequest) -> HttpResponse:
    """First which requirements (`?r=`), then the paper; `?renews=` and `?replaces=` begin from another paper."""
    site, today = request.site, timezone.localdate()
    earlier = _earlier(request)
    everything = {one.key: one for one in asked_of(site, today)}
    named = (
        request.POST.getlist("r")
        or request.GET.getlist("r")
        or (list(earlier.requirements) if earlier else [])
    )
    asked = [everything[key] for key in dict.fromkeys(named) if key in everything]
    if not asked:
        groups: dict[str, list[Asked]] = {}
        for one in everything.values():
            groups.setdefault(one.title, []).append(one)
        choosing = {
            "section": "evidence",
            "groups": groups,
            "earlier": earlier,
            "none": "next" in request.GET,
        }
        return render(request, "sites/evidence_choose.html", choosing)
    facts, initial = _facts_and_initial(request, asked, earlier)
    if request.method == "POST":
        form = PaperForm(site, asked, facts, request.POST, request.FILES)
        if form.is_valid():
            try:
                entry = _recorded(request, form, earlier)
            except MitasuError as error:
                for problem in _problems(error):
                    form.add_error(None, problem)
            else:
                messages.success(request, f"証拠{entry.number}「{entry.body['title']}」を記録しました。")
                return redirect("evidence-entry", site.slug, entry.number)
    else:
        form = PaperForm(site, asked, facts, initial=initial)
    context = {
        "section": "evidence",
        "form": form,
        "asked": asked,
        "earlier": earlier,
        "mode": _mode(request),
        "changes": request.GET.urlencode(),
    }
    return render(request, "sites/evidence_add.html", context, status=400 if form.is_bound else 200)


def _mode(request: SiteRequest) -> str:
    return next((mode for mode in ("renews", "replaces") if request.GET.get(mode)), "new")


def _earlier(request: SiteRequest) -> Paper | None:
    """The paper to begin from; 404 where the number is not that of a paper that counts."""
    mode = _mode(request)
    if mode == "new":
        return None
    wanted = request.GET[mode]
    papers = papers_of(request.site, timezone.localdate())
    found = next((one for one in papers if str(one.number) == wanted), None)
    if found is None:
        raise Http404("この証拠は見つかりません。")
    return found


def _facts_and_initial(
    request: SiteRequest, asked: Iterable[Asked], earlier: Paper | None
) -> tuple[list[CatalogueEntry], dict[str, Any]]:
    """The facts to offer; where another paper is renewed those it proved come first, with their values."""
    facts = {fact.id: fact for one in asked for fact in one.facts}
    if earlier is None:
        return list(facts.values()), {}
    initial = dict(initial_of(earlier.body))
    if _mode(request) == "replaces":
        entry = earlier.entry
        initial |= {"first_day": entry.first_day, "last_day": entry.last_day}
        if entry.document:
            initial["kept"] = kept(request.site, entry.document, str(earlier.body.get("file", "")))
        return [], initial
    proved = {one.fact.id: one for one in proved_by(known_of(request.site), earlier.number)}
    initial |= {
        f"fact-{id_}": typed_value(one.fact, one.stretch.entry.body["value"]) for id_, one in proved.items()
    }
    return list(({id_: one.fact for id_, one in proved.items()} | facts).values()), initial


def _recorded(request: SiteRequest, form: PaperForm, earlier: Paper | None) -> Entry:
    mode = _mode(request)
    paper = form.draft(earlier.number if earlier and mode == "replaces" else None)
    if earlier is not None:
        entry = earlier.entry
        paper = renewal_of(entry, paper) if mode == "renews" else _still_renewing(entry, paper)
    return record(request.site, paper, form.facts(), by=request.user)


def _still_renewing(entry: Entry, paper: Any) -> Any:
    """A correction of a renewal renews the same paper."""
    renews = entry.body.get("renews")
    if renews:
        paper.body["renews"] = renews
    return paper


def _problems(error: MitasuError) -> list[str]:
    return [str(one) for one in error.problems] if isinstance(error, InputError) else [str(error)]


@site_page(Role.VIEW)
def evidence_entry(request: SiteRequest, number: int) -> HttpResponse:
    """One paper: what it says, what rests on it, its place in the chain."""
    return _entry_page(request, number, RetractionForm())


def _entry_page(request: SiteRequest, number: int, form: RetractionForm) -> HttpResponse:
    site, today = request.site, timezone.localdate()
    paper = _paper(request, number)
    known = known_of(site)
    proved = [
        {
            "label": one.fact.label,
            "value": value_text(one.fact, one.stretch.value),
            "first": one.stretch.first,
            "last": one.stretch.last,
        }
        for one in proved_by(known, number)
    ]
    context = {
        "section": "evidence",
        "paper": paper,
        "requirements": {key: requirement_name(key) for key in paper.requirements},
        "proved": proved,
        "others": [one for one in resting_on(known, number) if one.kind not in ("fact", "series")],
        "along": [one for one in resting_on(known, number) if one.kind in ("fact", "series")],
        "counts": number in known.entries,
        "gone_by": Entry.objects.filter(site=site, replaces=number).first(),
        "type": shown_type(paper.document) if paper.document else "",
        "picture": paper.document is not None and paper.document.media_type.startswith("image/"),
        "form": form,
        "today": today,
    }
    return render(request, "sites/evidence_entry.html", context, status=400 if form.is_bound else 200)


def _paper(request: SiteRequest, number: int) -> Paper:
    found = paper_of(request.site, number, timezone.localdate())
    if found is None:
        raise Http404("この証拠は見つかりません。")
    return found


@site_page(Role.ENTER)
def evidence_retract(request: SiteRequest, number: int) -> HttpResponse:
    """Takes a paper back, with a reason."""
    _paper(request, number)
    if request.method != "POST":
        return redirect("evidence-entry", request.site.slug, number)
    form = RetractionForm(request.POST)
    if form.is_valid():
        try:
            retract(request.site, number, form.cleaned_data["reason"], by=request.user)
        except UsageError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, f"証拠{number}を取り消しました。支えていた事実は、前の記録に戻るか未確認になります。"
            )
            return redirect("evidence-entry", request.site.slug, number)
    return _entry_page(request, number, form)


@site_page(Role.VIEW)
def evidence_file(request: SiteRequest, number: int) -> HttpResponse:
    """The file of a paper, to be saved; never shown as a page of ours."""
    paper = _paper(request, number)
    if paper.document is None:
        raise Http404("この証拠にファイルはありません。")
    try:
        content = read(paper.document)
    except OSError:
        raise UsageError(
            f"証拠{number}のファイルが見つかりません。鎖の検証をして、管理者に知らせてください。"
        ) from None
    known_type = paper.document.media_type if paper.document.media_type in TYPES else ""
    ending = TYPES[known_type][1] if known_type else ".bin"
    audit_request(request, "export", f"証拠{number}のファイル：{paper.title}")
    return download(
        content, known_type or "application/octet-stream", f"証拠{number}_{paper.title[:80]}{ending}"
    )


@site_page(Role.VIEW, to_change=Role.VIEW)
def evidence_verify(request: SiteRequest) -> HttpResponse:
    """What the last verification found; POST verifies now."""
    site = request.site
    if request.method == "POST":
        found = check_now(site).breaks
        audit_request(request, "verify", f"鎖の検証：{f'{len(found)}か所' if found else '異常なし'}")
        return redirect("evidence-verify", site.slug)
    context = {
        "section": "evidence",
        "check": check_of(site),
        "entries": Entry.objects.filter(site=site).count(),
        "files": Entry.objects.filter(site=site).exclude(document="").values("document").distinct().count(),
        "head": Entry.objects.filter(site=site).order_by("-number").first(),
        "earlier": Audit.objects.filter(site=site, action="verify").order_by("-pk")[:10],
    }
    return render(request, "sites/evidence_verify.html", context)


urlpatterns = [
    path("s/<slug:site>/evidence/", evidence, name="evidence"),
    path("s/<slug:site>/evidence/add/", evidence_add, name="evidence-add"),
    path("s/<slug:site>/evidence/verify/", evidence_verify, name="evidence-verify"),
    path("s/<slug:site>/evidence/<int:number>/", evidence_entry, name="evidence-entry"),
    path("s/<slug:site>/evidence/<int:number>/retract/", evidence_retract, name="evidence-retract"),
    path("s/<slug:site>/evidence/<int:number>/file/", evidence_file, name="evidence-file"),
    *binder.urlpatterns,
]
