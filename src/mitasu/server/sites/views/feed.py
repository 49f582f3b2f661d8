"""The calendar feed: whoever knows the secret address reads it, as calendar programs cannot sign in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_safe

from mitasu.server.ledger.audit import audit
from mitasu.server.sites.feed import feed_of, link_of


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar of a link; 404 where the secret is unknown, revoked, or its user switched off."""
    address = request.META.get("REMOTE_ADDR", "")
    link = link_of(secret)
    if link is None:
        audit(
            "export",
            "カレンダー（知らないか止められたアドレス）",
            outcome="refused",
            address=address,
            via="calendar",
        )
        raise Http404("このカレンダーはありません。")
    content = feed_of(link, timezone.localdate())
    audit("export", "カレンダー", user=link.user, site=link.site, address=address, via="calendar")
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'inline; filename="mitasu.ics"'
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


urlpatterns = [path("calendar/<str:secret>.ics", calendar_feed, name="calendar-feed")]
