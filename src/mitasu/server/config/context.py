"""What every page knows: the site it is about, the role in it, and the sites one may open."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from mitasu.server.accounts.models import Role
from mitasu.server.accounts.roles import may_register, sites_of

SECTIONS = (
    ("site-home", "ホーム"),
    ("todo", "やること"),
    ("questions", "質問"),
    ("rates", "利用率"),
    ("filings", "届出"),
    ("postings", "掲示"),
    ("evidence", "証拠台帳"),
    ("claims", "レセプト"),
    ("records", "診療録"),
    ("continuity", "バックアップ"),
    ("bcp", "BCP・訓練"),
    ("what-if", "もしも"),
    ("facts", "事実"),
    ("exchange", "取り込み・書き出し"),
    ("site-settings", "設定"),
)
"""The pages of a site in its navigation: address name and label."""


def sections(request: HttpRequest) -> tuple[tuple[str, str], ...]:
    """The pages in the navigation of the request's site, for its user.

    診療録 is shown to those who may see health records, and to administrators, who grant it.
    """
    site, role = getattr(request, "site", None), getattr(request, "role", None)
    if getattr(site, "records", "") or role == Role.ADMIN:
        return SECTIONS
    return tuple(one for one in SECTIONS if one[0] != "records")


def page(request: HttpRequest) -> dict[str, Any]:
    """Site, role, whether the user has several sites, today and whether these are sample data."""
    return {
        "site": getattr(request, "site", None),
        "role": getattr(request, "role", None),
        "several": lambda: _several(request),
        "today": timezone.localdate(),
        "demo": settings.DEMO,
        "registers": lambda: _registers(request),
        "sections": sections(request),
    }


def _registers(request: HttpRequest) -> bool:
    """Whether to offer the user to register an institution.

    On a page of a site by the role there alone, as such pages are kept while no more than that stays the same.
    """
    role = getattr(request, "role", None)
    if role is None:
        return may_register(request.user)
    return role == Role.ADMIN or bool(request.user.is_superuser)


def _several(request: HttpRequest) -> bool:
    """Whether there are two sites at least that the user may open."""
    known: bool | None = getattr(request, "several", None)
    return known if known is not None else sites_of(request.user)[:2].count() > 1
