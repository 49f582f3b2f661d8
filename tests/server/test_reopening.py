"""A closed site: gone for everyone, opened again by its administrator, and both stand in the ledger."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from sample_files import aged

from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.ledger.verify import verify

pytestmark = pytest.mark.django_db
As = Callable[[Role | None], Client]


@pytest.fixture
def closed(admin_client: Client, site: Site) -> Site:
    """A site that its administrator has closed."""
    answer = admin_client.post(f"/s/{site.slug}/settings/close/", {"name": site.name}, follow=True)
    assert "から再び開けます" in answer.content.decode()
    assert admin_client.get(f"/s/{site.slug}/").status_code == 404
    return site


def test_its_administrator_opens_it_again(admin_client: Client, closed: Site) -> None:
    where = f"/s/{closed.slug}/settings/reopen/"
    assert where in admin_client.get("/account/").content.decode()
    assert "医事課が閉じました" in admin_client.get(where).content.decode()
    answer = admin_client.post(where, follow=True)
    assert "再び開きました" in answer.content.decode()
    assert admin_client.get(f"/s/{closed.slug}/").status_code == 200
    notes = Entry.objects.filter(site=closed, kind=Kind.NOTE).order_by("number")
    assert list(notes.values_list("subject", flat=True)) == ["closed", "reopened"]
    assert [found for found in verify(closed) if found.number is not None] == []
    assert Audit.objects.filter(site=closed, action="change", what="施設を再び開く").count() == 1
    assert where not in admin_client.get("/account/").content.decode()


def test_looking_opens_nothing(admin_client: Client, closed: Site) -> None:
    admin_client.get(f"/s/{closed.slug}/settings/reopen/")
    closed.refresh_from_db()
    assert closed.closed


@pytest.mark.parametrize("role", [None, Role.VIEW, Role.ENTER, Role.APPROVE])
def test_for_anyone_else_it_does_not_exist(client_as: As, closed: Site, role: Role | None) -> None:
    other = client_as(role)
    for answer in (
        other.get(f"/s/{closed.slug}/settings/reopen/"),
        other.post(f"/s/{closed.slug}/settings/reopen/"),
    ):
        assert answer.status_code == 404
        assert closed.name not in answer.content.decode()
    assert closed.name not in other.get("/account/").content.decode()
    assert Audit.objects.filter(outcome="refused", what__contains="reopen").count() == 2
    closed.refresh_from_db()
    assert closed.closed


def test_an_open_site_cannot_be_opened(admin_client: Client, site: Site) -> None:
    assert admin_client.post(f"/s/{site.slug}/settings/reopen/").status_code == 404
    assert not Entry.objects.filter(site=site, kind=Kind.NOTE).exists()


def test_opening_asks_for_a_fresh_sign_in(admin_client: Client, closed: Site) -> None:
    aged(admin_client)
    answer = admin_client.post(f"/s/{closed.slug}/settings/reopen/")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    closed.refresh_from_db()
    assert closed.closed
