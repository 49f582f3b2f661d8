"""The binder for an on-site inspection: choose additions and months, get one PDF."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from mitasu.dates import month_of, shift_month
from mitasu.errors import UsageError
from mitasu.server.accounts.models import Role
from mitasu.server.downloads import download
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.sites.binder import binder_of
from mitasu.server.sites.evidence import asked_of
from mitasu.server.sites.evidence_forms import BinderForm

MONTHS = 24


@site_page(Role.VIEW, to_change=Role.VIEW)
def binder(request: SiteRequest) -> HttpResponse:
    """Which additions and months; POST makes the PDF."""
    from mitasu.documents.binder import binder_pdf

    site, today = request.site, timezone.localdate()
    choices = list({one.addition: one.title for one in asked_of(site, today)}.items())
    month = month_of(today)
    initial = {
        "additions": [id_ for id_, _ in choices],
        "first": shift_month(month, 1 - MONTHS),
        "last": month,
    }
    form = BinderForm(choices, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        found = binder_of(site, said["additions"], said["first"], said["last"], by=request.user)
        try:
            made = binder_pdf(found)
        except UsageError as error:
            form.add_error(None, str(error))
        else:
            audit_request(
                request, "export", f"適時調査ファイル {found.id}（{said['first']}〜{said['last']}）"
            )
            return download(made, "application/pdf", f"適時調査ファイル_{site.name}_{found.id}.pdf")
    return render(
        request,
        "sites/binder.html",
        {"form": form, "section": "evidence"},
        status=400 if form.is_bound else 200,
    )


urlpatterns = [path("s/<slug:site>/binder/", binder, name="binder")]
