"""Who may call: a bearer token, its scopes, the user's own role, and a limit of requests for each token."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from mitasu.server.accounts.models import SCOPES, ApiToken, Role, Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.ledger.audit import audit

SECONDS = 60
"""A token may send `API_LIMIT` requests in so many seconds, to all processes together."""
BLOCKS = 30
"""A process takes the limit from the database in so many parts, so that most requests write nothing."""
LEAST = {"read": Role.VIEW, "facts": Role.ENTER, "filings": Role.APPROVE, "admin": Role.ADMIN}
"""The role at the site that a scope asks of the token's user."""


class Limit:
    """Counts requests of a token in windows of time, shared by all processes through the database.

    A process takes a block of the limit, and uses it up before it takes another. What one process has taken and
    not used, another cannot use: never are more let through, and at most one block for each process fewer.
    """

    def __init__(self, most: int, seconds: int = SECONDS) -> None:
        self.most, self.seconds, self.block = most, seconds, max(1, most // BLOCKS)
        self.lock = Lock()
        self.window, self.left = 0, dict[int, int]()

    def exceeded(self, token: ApiToken) -> bool:
        """Counts one request; whether it is one too many."""
        window = int(time.time()) // self.seconds
        with self.lock:
            if window != self.window:
                self.window, self.left = window, {}
            left = self.left.get(token.pk)
            if left:
                self.left[token.pk] = left - 1
        if left is None or left == 0:
            left = self._taken(token, window)
        return left < 0

    def _taken(self, token: ApiToken, window: int) -> int:
        """A new block of which one is used up at once: how many are left; below 0 where none was to be had."""
        before = token.take(self.block, window) - self.block
        left = min(self.block, self.most - before) - 1
        with self.lock:
            if window == self.window:
                kept = self.left.get(token.pk, 0)
                self.left[token.pk] = max(kept, 0) + left if left >= 0 else (kept or -1)
        return left

    def waits(self) -> int:
        """Seconds until the next window."""
        return self.seconds - int(time.time()) % self.seconds


_limit = Limit(settings.API_LIMIT)


class TooMany(HttpError):
    """More requests than the limit; `seconds`: when to try again."""

    def __init__(self, limit: Limit) -> None:
        self.seconds = limit.waits()
        super().__init__(
            429,
            f"{limit.seconds}秒に{limit.most}回までです。{self.seconds}秒待ってから送ってください。",
        )


class Token(HttpBearer):
    """Authentication by an API token."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """The token that the request carries, if it counts."""
        found = ApiToken.of(token)
        if found is None:
            return None
        if _limit.exceeded(found):
            raise TooMany(_limit)
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
