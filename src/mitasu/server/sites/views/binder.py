"""The binder for an on-site inspection: choose additions and months; a worker makes one PDF for whoever asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.dates import japanese_month, month_of, shift_month
from mitasu.errors import UsageError
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Role, Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.evidence import asked_of
from mitasu.server.sites.evidence_forms import BinderForm
from mitasu.server.sites.jobs import KEPT, asked, content_of
from mitasu.server.sites.makers import BINDER_STEPS
from mitasu.server.sites.models import Job

KIND = "binder"
MONTHS = 24
WAITS_LONG = timedelta(seconds=30)
"""A job that has waited so long has no worker."""


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
    jobs = _of(request.user, request.site)[:10]
    return render(
        request,
        "sites/binder.html",
        {"form": form, "jobs": jobs, "section": "evidence"},
        status=400 if form.is_bound else 200,
    )


def _of(user: object, site: Site) -> list[Job]:
    """The binders of a user at a site whose day is not over, the latest first."""
    after = timezone.now() - KEPT
    found = Job.objects.filter(user=user, site=site, kind=KIND).exclude(ended_at__lt=after)  # type: ignore[misc]
    return list(found)


def _job(request: HttpRequest, site: Site, id_: UUID) -> Job:
    """The user's own job of that number; 404 for anyone else."""
    for job in _of(request.user, site):
        if job.pk == id_:
            return job
    raise Http404("この適時調査ファイルは見つかりません。作ってから1日で消えます。")


def _context(job: Job) -> dict[str, object]:
    waited = timezone.now() - job.made_at
    stuck = job.state == Job.State.WAITING and waited > WAITS_LONG
    until = job.ended_at + KEPT if job.ended_at else None
    return {"job": job, "stuck": stuck, "until": until}


@site_page(Role.VIEW)
def made(request: SiteRequest, job: UUID) -> HttpResponse:
    """How far a binder is, and where it is to be saved."""
    found = _job(request, request.site, job)
    return render(request, "sites/binder_made.html", _context(found) | {"section": "evidence"})


@login_required
def state(request: HttpRequest, site: str, job: UUID) -> HttpResponse:
    """The part of that page that changes; asked for every other second, so that it is not recorded as viewed."""
    found = role_at(request.user, site)
    if found is None:
        audit_request(request, "view", request.path, outcome="refused")
        raise Http404("この施設は見つかりません。")
    return render(
        request, "sites/binder_state.html", _context(_job(request, found[0], job)) | {"site": found[0]}
    )


@site_page(Role.VIEW)
@fresh_sign_in
def file(request: SiteRequest, job: UUID) -> HttpResponse:
    """The PDF, for whoever asked for it only."""
    found = _job(request, request.site, job)
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
