"""Signing in by a one-time link, and the page that a locked-out user sees."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from mitasu.server.accounts.fresh import back
from mitasu.server.accounts.models import SignInLink


@require_GET
def sign_in_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Signs in the user of a one-time link and goes on to what they wanted, or home; 410 where it no longer counts."""
    user = SignInLink.taken(secret)
    if user is None:
        return render(request, "accounts/link_spent.html", status=410)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect(back(request))


def locked_out(request: HttpRequest, *_: Any, **__: Any) -> HttpResponse:
    """The answer after too many failed sign-ins."""
    return render(request, "accounts/locked_out.html", status=429)
