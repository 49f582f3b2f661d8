"""Signing in and out: links that count once, lock-out, two-factor, headers, and nobody who may not is let in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from sample_files import PASSWORD, aged

from mitasu.server.accounts.models import ApiToken, SignInLink, User
from mitasu.server.ledger.models import Audit

pytestmark = pytest.mark.django_db


def test_a_link_signs_in_once(user: User, client: Client) -> None:
    address = f"/sign-in/{SignInLink.made(user)}/"
    assert client.get(address).status_code == 302
    assert client.get("/account/").status_code == 200
    again = Client().get(address)
    assert again.status_code == 410
    assert "もう使えません" in again.content.decode()


def test_a_link_that_has_expired_or_whose_user_is_off_signs_nobody_in(user: User) -> None:
    secret = SignInLink.made(user)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(f"/sign-in/{secret}/").status_code == 410
    User.objects.update(is_active=False)
    assert Client().get(f"/sign-in/{SignInLink.made(user)}/").status_code == 410


def test_one_signs_in_with_name_and_password(user: User, client: Client) -> None:
    page = client.get("/accounts/login/")
    assert page.status_code == 200
    assert '<html lang="ja">' in page.content.decode()
    assert client.post("/accounts/login/", {"login": user.username, "password": PASSWORD}).status_code == 302
    assert client.get("/account/").status_code == 200


def test_after_five_wrong_passwords_even_the_right_one_is_not_taken(user: User, client: Client) -> None:
    for _ in range(5):
        client.post("/accounts/login/", {"login": user.username, "password": "wrong"})
    answer = client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 429
    assert "15分" in answer.content.decode()
    assert client.get("/account/").status_code == 302


def test_nobody_can_sign_up(client: Client) -> None:
    page = client.get("/accounts/signup/")
    assert "password1" not in page.content.decode()
    client.post("/accounts/signup/", {"username": "intruder", "password1": PASSWORD, "password2": PASSWORD})
    assert not User.objects.filter(username="intruder").exists()


@pytest.mark.parametrize("path", ["/", "/start/", "/account/", "/s/paper-clinic/"])
def test_pages_ask_for_signing_in(client: Client, site: Any, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


def test_every_page_carries_the_headers_that_keep_scripts_and_frames_out(admin_client: Client) -> None:
    for path in ("/account/", "/accounts/2fa/", "/nowhere/", "/static/mitasu/mitasu.css"):
        answer = admin_client.get(path)
        if answer.streaming:  # a static file, which is to be closed though the connection is not
            for close in answer._resource_closers:
                close()
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy
        assert answer["X-Content-Type-Options"] == "nosniff"
        if not path.startswith("/static"):
            assert answer["X-Frame-Options"] == "DENY"
            assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path", ["/account/", "/accounts/2fa/", "/accounts/password/change/", "/accounts/login/", "/start/"]
)
def test_pages_hold_neither_inline_scripts_nor_inline_styles(admin_client: Client, path: str) -> None:
    text = admin_client.get(path, follow=True).content.decode()
    assert " style=" not in text
    assert "<style" not in text
    assert all(
        'src="' in tag or "application/json" in tag
        for tag in text.split("<script")[1:]
        for tag in [tag.split(">")[0]]
    )


def test_a_token_is_shown_once_and_made_only_after_a_fresh_sign_in(user: User, site: Any) -> None:
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    given = {"name": "電子カルテ", "scopes": ["read"], "days": "30"}
    shown = client.post("/account/tokens/", given).content.decode()
    token = ApiToken.objects.get()
    assert token.hint in shown
    assert "いま一度だけ" in shown
    assert "いま一度だけ" not in client.get("/account/").content.decode()
    aged(client)
    assert client.post("/account/tokens/", given)["Location"].startswith("/accounts/reauthenticate/")
    assert ApiToken.objects.count() == 1


def test_who_signs_in_by_link_only_is_asked_to_do_so_again(site: Any, client_as: Any) -> None:
    from mitasu.server.accounts.models import Role

    client = client_as(Role.ADMIN)
    aged(client)
    answer = client.post("/account/tokens/", {"name": "x", "scopes": ["read"], "days": "30"})
    assert answer.status_code == 403
    assert "もう一度サインイン" in answer.content.decode()
    password = {"password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/password/set/", password).status_code == 403
    assert not User.objects.get(username="user-admin").has_usable_password()


def test_someone_elses_token_cannot_be_revoked(user: User, client_as: Any) -> None:
    ApiToken.made(user, "x", ["read"])
    token = ApiToken.objects.get()
    assert client_as(None).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_a_page_seen_and_a_page_refused_are_both_in_the_audit_trail(
    admin_client: Client, client_as: Any
) -> None:
    admin_client.get("/s/paper-clinic/")
    client_as(None).get("/s/paper-clinic/")
    seen, refused = Audit.objects.order_by("pk")
    assert (seen.action, seen.outcome, seen.name, seen.site.slug) == ("view", "ok", "医事課", "paper-clinic")
    assert (refused.outcome, refused.name, refused.site) == ("refused", "user-stranger", None)
