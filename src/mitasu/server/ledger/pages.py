"""Pages about a site: open to those with the role, recorded in the audit trail, and not there for anyone else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from mitasu.server.accounts.models import Role, Site
from mitasu.server.accounts.roles import role_at
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import head


class SiteRequest(HttpRequest):
    """A request about a site by someone with a role there."""

    site: Site  # type: ignore[assignment]  # not the Site of django.contrib.sites
    role: Role


View = Callable[Concatenate[SiteRequest, ...], HttpResponse]


def site_page(least: Role, *, to_change: Role | None = None) -> Callable[[View], Callable[..., HttpResponse]]:
    """A view of `/s/<site>/…`: `request.site` and `request.role` are set, the role is at least `least`.

    Requests that may change something (POST) ask for `to_change` (default: 入力, or `least` where higher).
    Someone without any role at the site gets 404 (a site outside one's role does not exist), someone with
    too low a role 403; both are recorded as refused, and every page that is seen as viewed.
    """
    writing = to_change if to_change is not None else max(least, Role.ENTER)

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @login_required
        @wraps(view)
        def page(request: Any, site: str, *args: Any, **kwargs: Any) -> HttpResponse:
            found = role_at(request.user, site)
            if found is None:
                audit_request(request, "view", request.path, outcome="refused")
                raise Http404("この施設は見つかりません。")
            request.site, request.role = found
            request.site.head = head(request.site)
            changing = request.method not in ("GET", "HEAD", "OPTIONS")
            if request.role < (writing if changing else least):
                audit_request(request, "change" if changing else "view", request.path, outcome="refused")
                raise PermissionDenied("この操作をする役割がありません。")
            response = view(request, *args, **kwargs)
            audit_request(request, "change" if changing else "view", request.path)
            return response

        return page

    return decorate
