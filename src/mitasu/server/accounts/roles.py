"""Who may do what where. A site outside one's role does not exist: looking for it finds nothing."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from mitasu.server.accounts.models import Membership, Role, Site


def sites_of(user: Any) -> QuerySet[Site]:
    """The open sites at which a user has a role."""
    if not user.is_authenticated:
        return Site.objects.none()
    return Site.objects.filter(memberships__user=user, closed=False)


def role_at(user: Any, slug: str) -> tuple[Site, Role] | None:
    """The site of that name and the user's role there; None where the user has none, whether or not it exists."""
    if not user.is_authenticated:
        return None
    found = (
        Membership.objects.select_related("site")
        .filter(user=user, site__slug=slug, site__closed=False)
        .first()
    )
    if found is None:
        return None
    found.site.records = found.records
    return found.site, Role(found.role)


def closed_sites_of(user: Any) -> QuerySet[Site]:
    """The closed sites that a user may open again: their administrators only."""
    if not user.is_authenticated:
        return Site.objects.none()
    return Site.objects.filter(memberships__user=user, memberships__role=Role.ADMIN, closed=True)
