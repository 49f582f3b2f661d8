"""The binder for an on-site inspection: choose additions and months; a worker makes one PDF for whoever asked."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.evidence import asked_of
from mitasu.server.sites.evidence_forms import BinderForm
from mitasu.server.sites.job_pages import JobPages
from mitasu.server.sites.jobs import asked, content_of
from mitasu.server.sites.makers import BINDER_STEPS
from mitasu.server.sites.models import Job

KIND = "binder"
MONTHS = 24
PAGES = JobPages(KIND, "適時調査ファイル", "PDFを保存する")


@site_page(Role.VIEW, to_change=Role.VIEW)
def binder(request: SiteRequest) -> HttpResponse:
    """Which additions and months, and the binders of the last day; POST asks for one."""
    if request.method == "POST":
        return _asked(request)
    return _page(request, _form(request))


@fresh_sign_in
def _asked(request: SiteRequest) -> HttpResponse:
    """A job for the binder, or the page with what is wrong."""
    form = _form(request)
    if not form.is_valid():
        return _page(request, form)
    said = form.cleaned_data
    title = f"{japanese_month(said['first'])}〜{japanese_month(said['last'])}、{len(said['additions'])}加算"
    try:
        job = asked(
            request.site, request.user, KIND, title,
            {key: said[key] for key in ("additions", "first", "last")}, steps=BINDER_STEPS,
        )  # fmt: skip
    except UsageError as error:
        form.add_error(None, str(error))
        return _page(request, form)
    return redirect("binder-made", request.site.slug, job.pk)


def _form(request: SiteRequest) -> BinderForm:
    today = timezone.localdate()
    choices = list({one.addition: one.title for one in asked_of(request.site, today)}.items())
    month = month_of(today)
    initial = {
        "additions": [id_ for id_, _ in choices],
        "first": shift_month(month, 1 - MONTHS),
        "last": month,
    }
    return BinderForm(choices, request.POST or None, initial=initial)


def _page(request: SiteRequest, form: BinderForm) -> HttpResponse:
    jobs = PAGES.of(request.user, request.site)[:10]
    return render(
        request,
        "sites/binder.html",
        {"form": form, "jobs": jobs, "section": "evidence"},
        status=400 if form.is_bound else 200,
    )


@site_page(Role.VIEW)
def made(request: SiteRequest, job: UUID) -> HttpResponse:
    """How far a binder is, and where it is to be saved."""
    return PAGES.made(request, job, "sites/binder_made.html", section="evidence")


@login_required
def state(request: HttpRequest, site: str, job: UUID) -> HttpResponse:
    """The part of that page that changes."""
    return PAGES.state(request, site, job)


@site_page(Role.VIEW)
@fresh_sign_in
def file(request: SiteRequest, job: UUID) -> HttpResponse:
    """The PDF, for whoever asked for it only."""
    found = PAGES.job(request.user, request.site, job)
    if found.state != Job.State.DONE:
        return redirect("binder-made", request.site.slug, found.pk)
    content = content_of(found)
    audit_request(request, "export", found.note)
    return download(content, found.media_type, found.file)


urlpatterns = [
    path("s/<slug:site>/binder/", binder, name="binder"),
    path("s/<slug:site>/binder/<uuid:job>/", made, name="binder-made"),
    path("s/<slug:site>/binder/<uuid:job>/state/", state, name="binder-state"),
    path("s/<slug:site>/binder/<uuid:job>/file", file, name="binder-file"),
]
