"""Sites, people and signed-in clients for the tests of the server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from sample_files import PASSWORD, sample_document

from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.ledger.files import import_document
from mitasu.server.sites.demo import SAMPLES
from mitasu.server.sites.views.start import new_site

QUICK = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""Passwords in tests are not worth the work of keeping them."""


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The sample institutions lie in the database before the first test, as sites of nobody; every test forgets its changes."""
    from django.test import override_settings

    with django_db_blocker.unblock(), override_settings(PASSWORD_HASHERS=QUICK):
        if User.objects.filter(username="clerk").exists():
            return
        clerk = User.objects.create_user("clerk", password=PASSWORD, shown="医事課")
        for name in SAMPLES:
            made(name, name, clerk)
        Membership.objects.all().delete()


@pytest.fixture(autouse=True)
def own_data(settings: Any, tmp_path: Path) -> Path:
    """Documents, anchors and keys of each test lie in its own folder; nobody has tried a password yet."""
    cache.clear()
    settings.DATA = tmp_path
    settings.DOCUMENTS = tmp_path / "documents"
    settings.PASSWORD_HASHERS = QUICK
    return tmp_path


def made(sample: str, slug: str, by: User) -> Site:
    document = sample_document(sample)
    site = new_site(dict(document["institution"]), by=by, slug=slug)
    import_document(site, document, by=by)
    return site


@pytest.fixture
def user(db: None) -> User:
    """Someone with an account."""
    return User.objects.get(username="clerk")


@pytest.fixture
def make_site(user: User) -> Callable[..., Site]:
    """Makes a site from a sample (`paper-clinic`, `childrens-clinic`, `hospital`), with `user` as administrator."""

    def make(sample: str = "paper-clinic", slug: str | None = None) -> Site:
        if slug not in (None, sample):
            return made(sample, slug, user)
        site = Site.objects.get(slug=sample)
        Membership.objects.get_or_create(user=user, site=site, defaults={"role": Role.ADMIN})
        return site

    return make


@pytest.fixture
def site(make_site: Callable[..., Site]) -> Site:
    """The sample paper clinic as a site."""
    return make_site()


@pytest.fixture
def client_as(site: Site) -> Callable[[Role | None], Client]:
    """A client signed in as a new user with that role at the site (None: no role there)."""

    def signed_in(role: Role | None) -> Client:
        name = f"user-{role.name.lower() if role else 'stranger'}"
        person = User.objects.filter(username=name).first() or User.objects.create_user(name)
        if role is not None:
            Membership.objects.update_or_create(user=person, site=site, defaults={"role": role})
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


@pytest.fixture
def admin_client(user: User, site: Site) -> Client:
    """A client signed in as the administrator of the site."""
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def places(make_site: Callable[..., Site], own_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The sample hospital with a folder for what is backed up and where to."""
    from backup_places import Places, template, trusted

    from mitasu.server.continuity import keys

    base = tmp_path_factory.getbasetemp() / "template"
    own = own_data / "outside"
    own.mkdir()
    trusted(keys.room())
    return Places(make_site("hospital"), own, template(base))
