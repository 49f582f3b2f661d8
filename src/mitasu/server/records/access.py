"""Who may do what with health records. A role at the site is not enough: the permission `records` is granted apart.

Every page of the room asks for it, nobody has it by default, and the administrator, who grants it, has it no
more than anyone else. What is searched and taken out is recorded with its conditions and the number of hits.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpResponse

from mitasu.server.accounts.models import Membership, Records, Role, Site
from mitasu.server.ledger.audit import audit_request
from mitasu.server.ledger.pages import SiteRequest, site_page
from mitasu.server.records.models import Stay, Step

OWN_STEPS = {Step.WRITTEN, Step.SUBMITTED}
"""What a doctor may record of their own summaries; taking in and returning is the record room's."""
RANK = {Records.NONE: 0, Records.OWN: 1, Records.READ: 2, Records.KEEP: 3}


class RecordsRequest(SiteRequest):
    """A request about the health records of a site by someone who may see them."""

    records: Records


def permission_of(user: Any, site: Site) -> Records:
    """What a user may do with a site's health records."""
    found = Membership.objects.filter(user=user, site=site).values_list("records", flat=True).first()
    return Records(found or Records.NONE)


def records_page(
    least: Records, *, to_change: Role | None = None, keep_to_change: bool = True
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A page of the room: `request.records` is at least `least`; changing asks for KEEP unless `keep_to_change` is off."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @site_page(Role.VIEW, to_change=to_change)
        @wraps(view)
        def page(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
            request.records = Records(request.site.records)
            changing = request.method not in ("GET", "HEAD", "OPTIONS")
            wanted = Records.KEEP if changing and keep_to_change else least
            if RANK[request.records] < RANK[wanted]:
                audit_request(request, "change" if changing else "view", request.path, outcome="refused")
                raise PermissionDenied("診療録を扱う許可がありません。許可は、施設の管理者が付けます。")
            request.section = "records"
            return view(request, *args, **kwargs)

        return page

    return decorate


def stays_of(user: Any, site: Site, records: Records) -> QuerySet[Stay]:
    """The stays that someone may see: all, their own, or none."""
    found = Stay.objects.filter(site=site)
    if RANK[records] >= RANK[Records.READ]:
        return found
    return found.filter(doctor_user=user) if records == Records.OWN else found.none()
