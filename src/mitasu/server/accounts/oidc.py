"""Signing in with an account of the organisation (OpenID Connect), stricter than the library does it.

The ID token must be signed by a key of the provider, be for us and answer our own request (nonce, PKCE), and user
info must be about the same person. Who signs in again to prove who they are is asked for their password anew.
"""

from __future__ import annotations

import secrets
from typing import Any

import jwt
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from requests import RequestException

from mitasu.server.accounts.fresh import fresh_sign_in

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures with a public key; a shared secret or none is no proof of who signed."""
CLAIMS = ["iss", "aud", "exp", "iat", "sub", "nonce"]
LEEWAY = 60
"""So many seconds the clocks may differ."""


class Adapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # untyped library
    """Checks what the provider says; `nonce`: what we sent along."""

    nonce = ""

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **given: Any) -> Any:
        """The person who signed in; OAuth2Error where the answer proves nothing."""
        if not given["response"].get("id_token"):
            raise OAuth2Error("no id_token")
        login = super().complete_login(request, app, token, **given)
        said = login.account.extra_data
        if said.get("userinfo", {}).get("sub") != said["id_token"]["sub"]:
            raise OAuth2Error("user info is about someone else")
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed in answer to our request."""
        with get_adapter().get_requests_session() as session:
            answer = session.get(self.openid_config["jwks_uri"])
            answer.raise_for_status()
        try:
            number = jwt.get_unverified_header(id_token).get("kid")
            keys = jwt.PyJWKSet.from_dict(answer.json()).keys
            fits = [
                key for key in keys if number in (None, key.key_id) and key.public_key_use in (None, "sig")
            ]
            if len(fits) != 1:
                raise OAuth2Error("no key, or more than one, for the id_token")
            claims: dict[str, Any] = jwt.decode(
                id_token,
                fits[0],
                algorithms=ALGORITHMS,
                audience=app.client_id,
                issuer=self.openid_config["issuer"],
                leeway=LEEWAY,
                options={"require": CLAIMS},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise OAuth2Error("the id_token proves nothing") from error
        if not self.nonce or not secrets.compare_digest(str(claims["nonce"]).encode(), self.nonce.encode()):
            raise OAuth2Error("the id_token answers another request")
        return claims


class Provider(OpenIDConnectProvider):  # type: ignore[misc]  # untyped library
    """Sends a nonce along, and asks for the password anew where someone is signed in already."""

    oauth2_adapter_class = Adapter
    package = "allauth.socialaccount.providers.openid_connect"
    """Whose addresses it has."""

    def redirect(
        self, request: Any, process: str, next_url: str | None = None, data: Any = None, **given: Any
    ) -> HttpResponse:
        """To the sign-in page of the provider."""
        asked = given.pop("auth_params", None) or self.get_auth_params()
        asked["nonce"] = nonce = secrets.token_urlsafe(32)
        if request.user.is_authenticated:
            asked["prompt"] = "login"
        try:
            answer: HttpResponse = super().redirect(
                request, process, next_url=next_url, data=data, auth_params=asked, nonce=nonce, **given
            )
        except (RequestException, KeyError, ValueError) as error:
            raise ImmediateHttpResponse(
                render(request, "accounts/provider_away.html", {"provider": self.name}, status=502)
            ) from error
        return answer


class Callback(OAuth2CallbackView):  # type: ignore[misc]  # untyped library
    """Gives the adapter what we sent along."""

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, answer = super()._get_state(request, provider)
        self.adapter.nonce = str((state or {}).get("nonce", ""))
        return state, answer


def sign_in(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Asks whether to go to the provider; POST goes there, by a page of its own.

    A form of ours may lead to our own pages only (Content-Security-Policy), also after redirects.
    """
    view = OAuth2LoginView.adapter_view(_adapter(request, provider_id))
    if request.GET.get("process") == AuthProcess.CONNECT:
        view = fresh_sign_in(view)
    answer: HttpResponse = view(request)
    if answer.status_code == 302 and answer["Location"].startswith(("https://", "http://")):
        return render(request, "accounts/to_provider.html", {"address": answer["Location"]})
    return answer


def callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """What the provider says of who signed in."""
    answer: HttpResponse = Callback.adapter_view(_adapter(request, provider_id))(request)
    return answer


def _adapter(request: HttpRequest, provider_id: str) -> Adapter:
    if not any(app.provider_id == provider_id for app in get_adapter().list_apps(request)):
        raise Http404("この組織のアカウントは使えません。")
    return Adapter(request, provider_id)


urlpatterns = [
    path("accounts/oidc/<str:provider_id>/login/", sign_in),
    path("accounts/oidc/<str:provider_id>/login/callback/", callback),
]
