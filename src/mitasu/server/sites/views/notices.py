"""The inbox: one's notices, newest first, with why each came; marked as read one by one or all at once."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone

from mitasu.server.ledger.audit import audit_request
from mitasu.server.sites.notices import inbox_of

MOST = 200


@login_required
def notices(request: HttpRequest) -> HttpResponse:
    """The inbox; POST marks one (`notice`) or all as read."""
    mine = inbox_of(request.user)
    if request.method == "POST":
        number = request.POST.get("notice", "")
        chosen = mine.filter(pk=number) if number.isascii() and number.isdigit() else mine
        if not number or number.isdigit():
            chosen.filter(read_at=None).update(read_at=timezone.now())
        return redirect("notices")
    audit_request(request, "view", request.path)
    context = {"notices": mine[:MOST], "unread": mine.filter(read_at=None).count()}
    return render(request, "sites/notices.html", context)


urlpatterns = [path("notices/", notices, name="notices")]
