"""Signing in with an account of the organisation: whom the provider proves, who was linked before, and nobody else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives.asymmetric import rsa
from django.test import Client
from sample_files import PASSWORD, aged
from tests.oidc_provider import CLIENT, SECRET, Provider, provider

from mitasu.server.accounts.models import Membership, Role, Site, User

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/oidc/oidc/login/"


@pytest.fixture(scope="module")
def running() -> Iterator[Provider]:
    with provider() as found:
        yield found


@pytest.fixture
def organisation(running: Provider, settings: Any) -> Iterator[Provider]:
    """The provider, honest again, and the application told of it."""
    running.person, running.spoil, running.about, running.auth_time = "subject-1", None, "", time.time
    running.asked.clear()
    ours = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    app = {
        "provider_id": "oidc",
        "name": "病院のアカウント",
        "client_id": CLIENT,
        "secret": SECRET,
        "settings": {"server_url": running.address},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**ours, "APPS": [app]}}
    return running


@pytest.fixture
def linked(user: User) -> User:
    """Someone who has linked the account of the organisation."""
    SocialAccount.objects.create(user=user, provider="oidc", uid="subject-1")
    return user


def to_provider(client: Client, query: str = "") -> str:
    """Presses "continue"; the address to which the browser goes."""
    page = client.post(LOGIN + query)
    assert page.status_code == 200, page
    [address] = re.findall(r'http-equiv="refresh" content="0;url=([^"]+)"', page.content.decode())
    return unescape(address)


def through(client: Client, query: str = "") -> Any:
    """Signs in at the provider, and what the application answers to it."""
    gone = requests.get(to_provider(client, query), allow_redirects=False, timeout=5)
    assert gone.status_code == 302
    return client.get(gone.headers["Location"].removeprefix("http://testserver"))


def signed_in(client: Client) -> bool:
    return bool(client.get("/account/").status_code == 200)


def test_the_sign_in_page_offers_the_account_of_the_organisation(
    organisation: Provider, client: Client
) -> None:
    page = client.get("/accounts/login/").content.decode()
    assert "病院のアカウント" in page
    assert LOGIN in page


def test_who_is_linked_signs_in(organisation: Provider, linked: User, client: Client) -> None:
    answer = through(client, "?next=/account/")
    assert answer.status_code == 302
    assert answer["Location"] == "/account/"
    assert linked.shown in client.get("/account/").content.decode()
    [asked] = organisation.asked
    assert len(asked["nonce"]) >= 32
    assert asked["code_challenge_method"] == "S256"
    assert "prompt" not in asked


def test_someone_who_is_signed_in_links_their_account_themselves(
    organisation: Provider, user: User, client: Client
) -> None:
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert "まだつないでいません" in client.get("/account/").content.decode()
    proof = through(client, "?process=connect")
    assert proof["Location"] == "/accounts/reauthenticate/"
    assert not SocialAccount.objects.exists()
    client.post(proof["Location"], {"password": PASSWORD})
    assert SocialAccount.objects.get(uid="subject-1").user == user
    assert "つないでいます" in client.get("/account/").content.decode()
    other = Client()
    assert through(other).status_code == 302
    assert signed_in(other)


def test_linking_asks_for_a_fresh_sign_in(organisation: Provider, user: User, client: Client) -> None:
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    aged(client)
    answer = client.post(f"{LOGIN}?process=connect")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert organisation.asked == []


def test_a_stranger_of_the_organisation_is_refused_and_makes_no_user(
    organisation: Provider, linked: User, client: Client
) -> None:
    organisation.person = "subject-2"
    users = User.objects.count()
    answer = through(client)
    assert "自分で登録することはできません" in answer.content.decode()
    assert not signed_in(client)
    assert (User.objects.count(), SocialAccount.objects.count()) == (users, 1)


def test_an_address_that_a_user_has_too_links_nobody(
    organisation: Provider, user: User, client: Client, monkeypatch: Any
) -> None:
    User.objects.filter(pk=user.pk).update(email="hanako@example.test")
    organisation.spoil = lambda it, claims: it.signed(
        {**claims, "email": "hanako@example.test", "email_verified": True}
    )
    through(client)
    assert not signed_in(client)


def test_who_was_switched_off_stays_out(organisation: Provider, linked: User, client: Client) -> None:
    User.objects.filter(pk=linked.pk).update(is_active=False)
    through(client)
    assert not signed_in(client)


OTHER_KEY = rsa.generate_private_key(65537, 2048)
LIES = {
    "signed with another key": lambda it, claims: it.signed(claims, OTHER_KEY),
    "not signed at all": lambda it, claims: jwt.encode(
        claims, "", algorithm="none", headers={"kid": "key-1"}
    ),
    "signed with our own secret": lambda it, claims: it.signed(claims, SECRET * 3, "HS256"),
    "with a key that nobody knows": lambda it, claims: jwt.encode(
        claims, it.key, algorithm="RS256", headers={"kid": "key-9"}
    ),
    "in answer to another request": lambda it, claims: it.signed({**claims, "nonce": "another"}),
    "without a nonce": lambda it, claims: it.signed({k: v for k, v in claims.items() if k != "nonce"}),
    "for another application": lambda it, claims: it.signed({**claims, "aud": "another"}),
    "by another provider": lambda it, claims: it.signed({**claims, "iss": "http://127.0.0.1:1"}),
    "that has expired": lambda it, claims: it.signed({**claims, "exp": claims["iat"] - 120}),
    "that is no token": lambda it, claims: "x.y.z",
    "that is missing": lambda it, claims: "",
}


@pytest.mark.parametrize("lie", list(LIES.values()), ids=list(LIES))
def test_a_token_that_proves_nothing_lets_nobody_in(
    organisation: Provider, linked: User, client: Client, lie: Any
) -> None:
    organisation.spoil = lie
    answer = through(client)
    assert answer.status_code == 401
    assert "断りました" in answer.content.decode()
    assert not signed_in(client)


def test_user_info_about_someone_else_lets_nobody_in(
    organisation: Provider, linked: User, client: Client
) -> None:
    organisation.person, organisation.about = "subject-2", "subject-1"
    assert through(client).status_code == 401
    assert not signed_in(client)


def test_an_answer_to_a_request_of_another_browser_lets_nobody_in(
    organisation: Provider, linked: User, client: Client
) -> None:
    gone = requests.get(to_provider(Client()), allow_redirects=False, timeout=5)
    assert client.get(gone.headers["Location"].removeprefix("http://testserver")).status_code == 401
    assert not signed_in(client)


def test_a_provider_that_does_not_answer_is_told(
    organisation: Provider, client: Client, settings: Any
) -> None:
    ours = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]
    away = {**ours["APPS"][0], "settings": {"server_url": "http://127.0.0.1:9"}}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {**ours, "APPS": [away]}}
    answer = client.post(LOGIN)
    assert answer.status_code == 502
    assert "つながりません" in answer.content.decode()


def test_there_is_no_such_way_in_where_none_is_set_up(client: Client) -> None:
    assert client.get(LOGIN).status_code == 404
    assert client.get(f"{LOGIN}callback/").status_code == 404
    assert LOGIN not in client.get("/accounts/login/").content.decode()


@pytest.fixture
def by_organisation(organisation: Provider, site: Site) -> Client:
    """Someone without a password of ours, signed in with the account of the organisation."""
    person = User.objects.create_user("by-organisation")
    person.set_unusable_password()
    person.save()
    Membership.objects.create(user=person, site=site, role=Role.ADMIN)
    SocialAccount.objects.create(user=person, provider="oidc", uid="subject-1")
    client = Client()
    through(client)
    return client


FILE = "/sites/export/"


def test_a_fresh_sign_in_is_one_at_the_organisation_with_the_password(
    organisation: Provider, by_organisation: Client
) -> None:
    assert by_organisation.get(FILE).status_code == 200
    aged(by_organisation)
    asked = by_organisation.get(FILE)
    assert asked.status_code == 403
    assert "病院のアカウントでもう一度サインインする" in asked.content.decode()
    assert f'action="{LOGIN}?next=%2Fsites%2Fexport%2F' in asked.content.decode()
    back = through(by_organisation, f"?next={FILE}")
    assert organisation.asked[-1]["prompt"] == "login"
    assert back["Location"] == FILE
    assert by_organisation.get(FILE).status_code == 200


def test_an_old_proof_of_the_organisation_is_not_fresh(
    organisation: Provider, by_organisation: Client
) -> None:
    organisation.auth_time = lambda: time.time() - 3600
    aged(by_organisation)
    through(by_organisation, f"?next={FILE}")
    assert by_organisation.get(FILE).status_code == 403
