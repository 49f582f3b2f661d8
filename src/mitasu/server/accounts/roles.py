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


WHO_REGISTERS = (
    "施設を登録できるのは、システム管理者（mitasu up で最初にサインインする人）と、どこかの施設で管理の役割の人です。"
    "新しい施設を登録するときは、その人に頼んでください。もうある施設を使うときは、"
    "その施設の管理の役割の人に、「設定」の「利用者と役割」で役割を渡してもらってください。"
)
"""What is said to those who may not register an institution: whom to ask."""


def may_register(user: Any) -> bool:
    """Whether a user may register a new institution: the administrator of the installation, or of any site.

    A site that its administrator has closed still counts, so that the way back is not shut with it.
    """
    if not user.is_authenticated:
        return False
    return bool(user.is_superuser) or Membership.objects.filter(user=user, role=Role.ADMIN).exists()


def closed_sites_of(user: Any) -> QuerySet[Site]:
    """The closed sites that a user may open again: their administrators only."""
    if not user.is_authenticated:
        return Site.objects.none()
    return Site.objects.filter(memberships__user=user, memberships__role=Role.ADMIN, closed=True)
