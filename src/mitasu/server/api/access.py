"""Who may call: a bearer token, its scopes, the user's own role, and a limit of requests for each token."""

from __future__ import annotations

import time
from collections import defaultdict
from threading import Lock
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja.errors import HttpError
from ninja.security import HttpBearer

from mitasu.server.accounts.models import SCOPES, ApiToken, Role, Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.ledger.audit import audit

LIMIT, SECONDS = 600, 60
"""So many requests in so many seconds for each token and worker process."""
LEAST = {"read": Role.VIEW, "facts": Role.ENTER, "filings": Role.APPROVE, "admin": Role.ADMIN}
"""The role at the site that a scope asks of the token's user."""


class Limit:
    """Counts requests in windows of time; memory holds one window."""

    def __init__(self, most: int, seconds: int) -> None:
        self.most, self.seconds, self.lock = most, seconds, Lock()
        self.window, self.counts = 0, defaultdict[Any, int](int)

    def exceeded(self, key: Any) -> bool:
        """Counts one request; whether it is one too many."""
        window = int(time.monotonic()) // self.seconds
        with self.lock:
            if window != self.window:
                self.window, self.counts = window, defaultdict(int)
            self.counts[key] += 1
            return self.counts[key] > self.most


_limit = Limit(LIMIT, SECONDS)


class Token(HttpBearer):
    """Authentication by an API token."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token that the request carries, if it counts."""
        found = ApiToken.of(token)
        if found is None:
            return None
        if _limit.exceeded(found.pk):
            raise HttpError(429, f"{SECONDS}秒に{LIMIT}回までです。少し待ってから送ってください。")
        now = timezone.now()
        if found.used_at is None or (now - found.used_at).total_seconds() > SECONDS:
            ApiToken.objects.filter(pk=found.pk).update(used_at=now)
        return found


def allowed(request: Any, scope: str) -> ApiToken:
    """The token of a request that has the scope; PermissionDenied otherwise."""
    token: ApiToken = request.auth
    if scope not in token.scopes:
        _audit(request, None, scope, "refused")
        raise PermissionDenied(f"このトークンには「{scope}」（{SCOPES[scope]}）の権限がありません。")
    return token


def site_for(request: Any, slug: str, scope: str) -> Site:
    """The site of that name, if the token's user has the role that the scope asks there; recorded either way.

    Http404 where the user has no role there or the token is for another site.
    """
    token = allowed(request, scope)
    found = role_at(token.user, slug)
    if found is None or (token.site_id is not None and token.site_id != found[0].pk):
        _audit(request, None, scope, "refused")
        raise Http404
    site, role = found
    if role < LEAST[scope]:
        _audit(request, site, scope, "refused")
        raise PermissionDenied(f"この施設での役割（{role.label}）では「{SCOPES[scope]}」はできません。")
    _audit(request, site, scope, "ok")
    return site


def _audit(request: Any, site: Site | None, scope: str, outcome: str) -> None:
    action = "view" if request.method in ("GET", "HEAD") or scope == "read" else "change"
    audit(
        action,
        f"{request.method} {request.path}",
        user=request.auth.user,
        site=site,
        outcome=outcome,
        address=request.META.get("REMOTE_ADDR", ""),
        via="api",
    )
