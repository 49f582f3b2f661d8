"""How allauth behaves here: accounts are made by an administrator, never by whoever comes along."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Local accounts: no open sign-up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: users are added by an administrator."""
        return False

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The ways to prove anew who one is, the most usual first: password, then passkey, then a code."""
        found: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return sorted(found, key=lambda one: one["id"] == "mfa_reauthenticate")


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts of the organisation (OpenID Connect): joined to users who exist, by these users themselves."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: users are added by an administrator."""
        return False


def name_tried(request: HttpRequest, credentials: Any = None) -> str | None:
    """The name with which someone tries to sign in, for counting failures."""
    given = credentials or {}
    tried = given.get("username") or given.get("email") or request.POST.get("login")
    return str(tried).lower() if tried else None
