"""Pages that are kept as they were answered, while nothing that they show has changed.

A kept page counts for one user at one site in one role on one day, and for exactly what the database says of
them now: user, site and the head of its chain are read with every request. So nobody is shown what another may
see, and a change made by any other process is shown at once. Left out of what is kept is the token of the
forms, which is each answer's own; a page with messages to its user is neither kept nor answered from here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.accounts.rows import columns
from mitasu.server.ledger.pages import SiteRequest
from mitasu.server.sites.integrity import check_of
from mitasu.server.sites.judging import Kept, head_of

TOKEN = f"token-{secrets.token_hex(16)}"
"""Stands in a kept page where the token of the forms goes; nobody outside this process knows it."""
_pages = Kept[tuple[bytes, ...]](512)
_SITE = columns(Site)


def kept_page(
    request: SiteRequest, template: str, context: Callable[[], dict[str, Any]], *depends: Hashable
) -> HttpResponse:
    """The page of a template about a site; `context` is asked only where the page is not kept.

    `depends`: what else than the site's ledger, its row, the user and the day the page follows from.
    """
    if len(get_messages(request)):
        return render(request, template, context())
    key = (template, *_of_request(request), *depends)
    parts = _pages.get(key)
    if parts is None:
        text = render_to_string(template, {**context(), "csrf_token": TOKEN}, request)
        parts = _pages.put(key, tuple(part.encode() for part in text.split(TOKEN)))
    return HttpResponse(get_token(request).encode().join(parts))


def _of_request(request: SiteRequest) -> tuple[Hashable, ...]:
    """Everything that the frame of a page shows, and what the site's ledger says."""
    site, user = request.site, request.user
    return (
        user.pk,
        str(user),
        request.role,
        request.several,
        site.records,
        tuple([getattr(site, name) for name in _SITE]),
        head_of(site),
        check_of(site).breaks,
        timezone.localdate(),
        settings.DEMO,
    )
