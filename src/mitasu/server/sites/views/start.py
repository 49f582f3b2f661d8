"""The start: name your institution in four fields; the first verdict is one page further.

Whoever registers an institution becomes its administrator, so not everybody may (`registering`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path

from mitasu.errors import InputError
from mitasu.facts.read import KINDS_OF
from mitasu.rulebook import FACILITY_KINDS, SECTORS
from mitasu.server.accounts.models import Membership, Role, Site
from mitasu.server.accounts.roles import WHO_REGISTERS, may_register
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import Kind
from mitasu.text import halfwidth


class Institution(forms.Form):
    """Name, code, sector and kind of an institution."""

    name = forms.CharField(label="施設の名前", max_length=200)
    sector_and_kind = forms.ChoiceField(
        label="種類",
        choices=[
            (
                f"{sector}/{kind}",
                f"{label}の{FACILITY_KINDS[kind]}" if sector in ("medical", "dental") else label,
            )
            for sector, label in SECTORS.items()
            for kind in KINDS_OF[sector]
        ],
        widget=forms.RadioSelect,
    )
    code = forms.CharField(
        label="医療機関コード",
        max_length=20,
        required=False,
        help_text="10桁（都道府県2桁、点数表1桁、番号7桁）。後からでも入れられます。",
        widget=forms.TextInput({"class": "short", "inputmode": "numeric"}),
    )

    def head(self) -> dict[str, Any]:
        """The `institution` part of an institution file."""
        sector, kind = self.cleaned_data["sector_and_kind"].split("/")
        head = {"name": self.cleaned_data["name"].strip(), "sector": sector, "kind": kind}
        code = halfwidth(self.cleaned_data["code"]).strip()
        return {**head, "code": code} if code else head


View = Callable[[HttpRequest], HttpResponse]


def registering(view: View) -> View:
    """A view that registers an institution: 403 for those who may not, recorded as refused."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest) -> HttpResponse:
        if not may_register(request.user):
            changing = request.method not in ("GET", "HEAD", "OPTIONS")
            audit_request(request, "change" if changing else "view", "施設の登録", outcome="refused")
            raise PermissionDenied(WHO_REGISTERS)
        return view(request)

    return page


@registering
def start(request: HttpRequest) -> HttpResponse:
    """Makes a site with the user as its administrator."""
    form = Institution(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            site = new_site(form.head(), by=request.user)
        except InputError as error:
            for problem in error.problems:
                form.add_error("code", str(problem))
        else:
            audit_request(request, "change", f"施設を作る：{site.slug}")
            return redirect("site-home", site.slug)
    return render(request, "sites/start.html", {"form": form})


def new_site(head: dict[str, Any], *, by: Any, via: str = "web", slug: str = "") -> Site:
    """A new site with its first entry; `by` becomes its administrator. InputError where the head is not right."""
    with transaction.atomic():
        site = Site.objects.create(
            slug=slug or f"site-{secrets.token_hex(4)}",
            name=head["name"],
            code=head.get("code", ""),
            sector=head["sector"],
            kind=head["kind"],
            prefecture=head.get("code", "")[:2],
        )
        if by is not None:
            Membership.objects.create(user=by, site=site, role=Role.ADMIN)
        append(site, [Draft(Kind.INSTITUTION, body=head)], by=by, via=via)
    return site


urlpatterns = [path("start/", start, name="start")]
