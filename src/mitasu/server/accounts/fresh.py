"""A fresh sign-in for what matters most: exports, members, tokens. Five minutes, then it is asked for again."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.account.signals import user_logged_in as came_in
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpResponse
from django.shortcuts import render

MOMENT = "signed_in_at"
BACK = "back_to"
"""Keeps in the session the address that someone wanted who signs in by links only."""


@receiver(user_logged_in)
def remember(request: Any, **_: Any) -> None:
    """Notes in the session when its user signed in, by whatever way."""
    if request is not None:
        request.session[MOMENT] = time.time()


@receiver(came_in)
def remember_proof(request: Any, sociallogin: Any = None, **_: Any) -> None:
    """Notes when someone gave their password to the organisation's sign-in, as far as it says so.

    It lets people in who gave it hours ago.
    """
    at = sociallogin and sociallogin.account.extra_data.get("id_token", {}).get("auth_time")
    if isinstance(at, int | float):
        request.session[MOMENT] = min(time.time(), at)


def is_fresh(request: Any) -> bool:
    """Whether the user proved within the last minutes to be the one."""
    records = get_authentication_records(request, request.user)
    moments = [record["at"] for record in records if record["method"] != "socialaccount"]
    latest = max([request.session.get(MOMENT, 0), *moments])
    return bool(time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)


def back(request: Any) -> str:
    """Where a sign-in by a link leads: what the same session asked for before, once; otherwise home."""
    return str(request.session.pop(BACK, "/"))


def fresh_sign_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A view that asks for the password or second factor again where the last proof is older than five minutes.

    Then it goes on with what was asked. Those who can only sign in by a link are asked to follow a new one
    (403 with what to do), which leads back to the page.
    """

    @wraps(view)
    def asked(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated or is_fresh(request):
            return view(request, *args, **kwargs)
        if get_reauthentication_flows(request.user):
            raise ReauthenticationRequired()
        if request.method == "GET":
            request.session[BACK] = request.get_full_path()
        return render(
            request, "accounts/sign_in_again.html", {"back": request.session.get(BACK, "/")}, status=403
        )

    return asked
