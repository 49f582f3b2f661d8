"""Every address of a site for every role: strangers find nothing, readers change nothing, nobody unknown gets in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.ledger.models import Audit, Entry
from mitasu.server.sites.page_names import NAMES

pytestmark = pytest.mark.django_db
EXAMPLES = {
    "int": 1,
    "slug": "electronic-information-sharing",
    "str": "record-management",
    "uuid": UUID(int=0),
    "path": "x",
}
OPEN = {"home", "health", "start", "sign-in-link", "calendar-feed"}
"""Addresses outside any site that do not ask for a sign-in by themselves, or lead on."""


def patterns(resolver: Any = None, namespace: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """The name and parameters of every address of our own pages."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            module = getattr(one.urlconf_name, "__name__", "")
            if not str(one.pattern).startswith(("api", "accounts")) and not module.startswith("allauth"):
                yield from patterns(one, namespace)
        elif isinstance(one, URLPattern) and one.name:
            yield one.name, dict(one.pattern.converters)


ADDRESSES = dict(patterns())
OF_A_SITE = sorted(name for name, parameters in ADDRESSES.items() if "site" in parameters)
OTHERS = sorted(
    name for name, parameters in ADDRESSES.items() if "site" not in parameters and name not in OPEN
)


def address(name: str, slug: str = "paper-clinic") -> str:
    """An address with its parameters filled in."""
    given = {
        key: slug
        if key == "site"
        else EXAMPLES[type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")]
        for key, converter in ADDRESSES[name].items()
    }
    return reverse(name, kwargs=given)


def test_there_are_addresses_to_try() -> None:
    assert {"site-home"} <= set(OF_A_SITE)
    assert len(OF_A_SITE) > 10


def test_every_address_of_a_site_has_a_name_to_be_told_by() -> None:
    assert sorted(NAMES) == OF_A_SITE


@pytest.mark.parametrize("name", OF_A_SITE)
def test_nobody_unknown_gets_in(site: Site, client: Client, name: str) -> None:
    for answer in (client.get(address(name)), client.post(address(name))):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", OF_A_SITE)
def test_a_stranger_finds_nothing_and_is_recorded(site: Site, client_as: Any, name: str) -> None:
    stranger = client_as(None)
    count = Entry.objects.count()
    for answer in (stranger.get(address(name)), stranger.post(address(name))):
        assert answer.status_code in (404, 405)
        assert site.name not in answer.content.decode()
    assert stranger.get(address(name)).status_code in (404, 405)
    assert Entry.objects.count() == count


@pytest.mark.parametrize("name", OF_A_SITE)
def test_someone_of_another_site_finds_nothing(site: Site, make_site: Any, name: str) -> None:
    other = User.objects.create_user("neighbour")
    place = Site.objects.create(slug="neighbour", name="となりの医院", sector="medical", kind="clinic")
    Membership.objects.create(user=other, site=place, role=Role.ADMIN)
    client = Client()
    client.force_login(other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address(name)).status_code in (404, 405)
    assert client.post(address(name)).status_code in (404, 405)


@pytest.mark.parametrize("name", OF_A_SITE)
def test_who_may_only_read_changes_nothing(site: Site, client_as: Any, name: str) -> None:
    reader = client_as(Role.VIEW)
    before = (
        Entry.objects.count(),
        Membership.objects.count(),
        Audit.objects.filter(outcome="refused").count(),
    )
    answer = reader.post(address(name))
    if answer.status_code == 403:
        assert Audit.objects.filter(outcome="refused").count() == before[2] + 1
    assert (Entry.objects.count(), Membership.objects.count()) == before[:2]


@pytest.mark.parametrize("name", OF_A_SITE)
def test_no_role_meets_an_error_of_the_program(site: Site, client_as: Any, name: str) -> None:
    for role in Role:
        client = client_as(role)
        for answer in (client.get(address(name)), client.post(address(name))):
            assert answer.status_code < 500, role.label


@pytest.mark.parametrize("name", OTHERS)
def test_pages_of_no_site_ask_for_a_sign_in_too(client: Client, name: str) -> None:
    assert client.get(address(name)).status_code in (302, 405)


REGISTERING = ("/start/", "/start/file/")
NEW = {"name": "ひなた内科", "sector_and_kind": "medical/clinic", "code": ""}


@pytest.mark.parametrize("role", [None, *Role])
def test_only_who_administers_a_site_registers_another(
    site: Site, client_as: Any, own_data: Any, role: Role | None
) -> None:
    client = client_as(role)
    count = Site.objects.count()
    allowed = role == Role.ADMIN
    for page in REGISTERING:
        before = Audit.objects.filter(outcome="refused").count()
        answer = client.get(page)
        assert answer.status_code == (200 if allowed else 403), page
        assert Audit.objects.filter(outcome="refused").count() == before + (not allowed)
        assert allowed or "その人に頼んでください" in answer.content.decode()
    assert client.post("/start/file/", {"token": "x"}).status_code == (400 if allowed else 403)
    assert client.post("/start/", NEW).status_code == (302 if allowed else 403)
    assert Site.objects.count() == count + allowed


def test_the_administrator_of_the_installation_registers_the_first_site(client: Client) -> None:
    chief = User.objects.create_superuser("chief")
    client.force_login(chief, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/", follow=True).redirect_chain == [("/start/", 302)]
    assert client.post("/start/", NEW).status_code == 302
    assert Membership.objects.get(user=chief).role == Role.ADMIN


@pytest.mark.parametrize("role", [None, *Role])
def test_registering_is_offered_to_nobody_who_would_be_refused(
    site: Site, client_as: Any, settings: Any, role: Role | None
) -> None:
    settings.DEMO = True
    client = client_as(role)
    for page in ("/account/", "/sites/", *([f"/s/{site.slug}/"] * 2 if role else [])):
        assert ('href="/start/"' in client.get(page).content.decode()) == (role == Role.ADMIN), page
    assert 'href="/start/"' not in Client().get("/accounts/login/").content.decode()


def test_a_request_of_another_page_is_refused(site: Site, user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    assert client.post("/start/", {"name": "x"}).status_code == 403
