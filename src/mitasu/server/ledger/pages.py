"""Pages about a site: open to those with the role, recorded in the audit trail, and not there for anyone else."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from mitasu.server.accounts.models import Membership, Role, Site
from mitasu.server.accounts.rows import columns, first_row, row_of
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.models import START, Entry

FOUND = """
SELECT m.role, COALESCE((SELECT e.digest FROM {entry} e WHERE e.site_id = s.id ORDER BY e.number DESC LIMIT 1), %s),
  EXISTS (SELECT 1 FROM {member} n JOIN {site} o ON o.id = n.site_id
    WHERE n.user_id = m.user_id AND o.id <> s.id AND NOT o.closed), m.records, {columns}
FROM {member} m JOIN {site} s ON s.id = m.site_id WHERE m.user_id = %s AND s.slug = %s AND NOT s.closed
""".format(  # noqa: S608  (names of our own)
    entry=Entry._meta.db_table,
    member=Membership._meta.db_table,
    site=Site._meta.db_table,
    columns=", ".join(f"s.{name}" for name in columns(Site)),
)


class SiteRequest(HttpRequest):
    """A request about a site by someone with a role there."""

    site: Site  # type: ignore[assignment]  # not the Site of django.contrib.sites
    role: Role
    several: bool
    """Whether there is another site that the user may open."""


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
            if not _find(request, site):
                audit_request(request, "view", request.path, outcome="refused")
                raise Http404("この施設は見つかりません。")
            changing = request.method not in ("GET", "HEAD", "OPTIONS")
            if request.role < (writing if changing else least):
                audit_request(request, "change" if changing else "view", request.path, outcome="refused")
                raise PermissionDenied("この操作をする役割がありません。")
            response = view(request, *args, **kwargs)
            audit_request(request, "change" if changing else "view", request.path)
            return response

        return page

    return decorate


def _find(request: Any, slug: str) -> bool:
    """Sets the site of that name, its head and the user's role there; False where the user has none.

    One statement for all of it, as it is run with every page.
    """
    row = first_row(FOUND, [START, request.user.pk, slug])
    if row is None:
        return False
    request.role, request.several = Role(row[0]), bool(row[2])
    request.site = row_of(Site, row[4:])
    request.site.head, request.site.records = row[1], row[3]
    return True
