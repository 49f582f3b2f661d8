"""Opening a closed site again. For anyone but its administrators it does not exist."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.accounts.models import Site
from mitasu.server.accounts.roles import closed_sites_of
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import Entry, Kind

CLOSED, REOPENED = "closed", "reopened"
"""Subjects of the notes in the ledger."""


@login_required
def reopen(request: Any, site: str) -> HttpResponse:
    """Since when a site is closed, and opening it again."""
    found = closed_sites_of(request.user).filter(slug=site).first()
    if found is None:
        audit_request(request, "view", request.path, outcome="refused")
        raise Http404("この施設は見つかりません。")
    request.closed_site = found
    return _reopened(request)


@fresh_sign_in
def _reopened(request: Any) -> HttpResponse:
    site: Site = request.closed_site
    if request.method == "POST":
        with transaction.atomic():
            append(site, [Draft(Kind.NOTE, REOPENED, {"text": "施設を再び開いた"})], by=request.user)
            Site.objects.filter(pk=site.pk).update(closed=False)
            request.site = site
            audit_request(request, "change", "施設を再び開く")
        messages.success(request, f"{site.name}を再び開きました。役割のある人に、また見えます。")
        return redirect("site-settings", site.slug)
    notes = Entry.objects.filter(site=site, kind=Kind.NOTE, subject=CLOSED)
    context = {"closed": site, "note": notes.order_by("-number").first()}
    return render(request, "sites/settings_reopen.html", context)


urlpatterns = [path("s/<slug:site>/settings/reopen/", reopen, name="site-reopen")]
