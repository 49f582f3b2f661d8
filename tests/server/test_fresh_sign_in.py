"""What leaves the application asks for a sign-in of the last five minutes, and then goes on with the file."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from sample_files import PASSWORD, aged

from mitasu.server.accounts.models import Membership, Role, SignInLink, Site, User
from mitasu.server.ledger.models import Audit

pytestmark = pytest.mark.django_db
ADDITION = "electronic-information-sharing"
FILES = {
    "the matrix as CSV": ("matrix-export", [], ""),
    "the matrix as Excel": ("matrix-export", [], "?format=xlsx"),
    "posters of many sites": ("posters-export", [], ""),
    "a poster": ("posting-file", ["paper-clinic", "a4.pdf"], ""),
    "the part for the website": ("posting-file", ["paper-clinic", "web.html"], ""),
    "the text to post": ("posting-file", ["paper-clinic", "text.txt"], ""),
    "a form as Excel": ("filing-form", ["paper-clinic", ADDITION, "xlsx"], ""),
    "a form as Word": ("filing-form", ["paper-clinic", ADDITION, "docx"], ""),
    "a form as PDF": ("filing-form", ["paper-clinic", ADDITION, "pdf"], ""),
    "the institution file": ("export-institution", ["paper-clinic", "yaml"], ""),
    "the staff": ("export-staff", ["paper-clinic"], ""),
    "the audit trail": ("site-trail-csv", ["paper-clinic"], ""),
}


def exports() -> int:
    return Audit.objects.filter(action="export").count()


@pytest.fixture(params=list(FILES.values()), ids=list(FILES))
def address(request: pytest.FixtureRequest) -> str:
    name, given, query = request.param
    return reverse(name, args=given) + query


def test_an_old_session_proves_itself_by_its_password_and_then_gets_the_file(
    admin_client: Client, user: User, site: Site, address: str
) -> None:
    aged(admin_client)
    asked = admin_client.get(address)
    assert asked.status_code == 302
    assert asked["Location"].startswith("/accounts/reauthenticate/?next=")
    assert exports() == 0
    wrong = admin_client.post(asked["Location"], {"password": "not this one"})
    assert wrong.status_code == 200
    assert admin_client.get(address).status_code == 302
    proved = admin_client.post(asked["Location"], {"password": PASSWORD})
    assert proved.status_code == 302
    assert proved["Location"] == address
    got = admin_client.get(proved["Location"])
    assert got.status_code == 200
    assert got["Content-Disposition"].startswith("attachment")
    assert exports() == 1


def test_who_signs_in_by_links_is_led_back_to_the_file_by_a_new_link(site: Site, address: str) -> None:
    person = User.objects.create_user("by-link")
    Membership.objects.create(user=person, site=site, role=Role.ADMIN)
    client = Client()
    client.get(f"/sign-in/{SignInLink.made(person)}/")
    aged(client)
    refused = client.get(address)
    assert refused.status_code == 403
    assert "新しいサインインのリンク" in refused.content.decode()
    back = client.get(f"/sign-in/{SignInLink.made(person)}/")
    assert back["Location"] == address
    assert client.get(address)["Content-Disposition"].startswith("attachment")
    assert client.get(f"/sign-in/{SignInLink.made(person)}/")["Location"] == "/"


def test_someone_elses_link_does_not_lead_to_what_another_wanted(admin_client: Client, site: Site) -> None:
    person = User.objects.create_user("by-link")
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    aged(client)
    assert client.get(reverse("matrix-export")).status_code == 403
    other = User.objects.create_user("other")
    assert client.get(f"/sign-in/{SignInLink.made(other)}/")["Location"] == "/"


def test_too_many_wrong_passwords_are_stopped_with_a_word_of_what_to_do(
    admin_client: Client, site: Site
) -> None:
    aged(admin_client)
    asked = admin_client.get(reverse("matrix-export"))["Location"]
    answers = [admin_client.post(asked, {"password": "wrong"}) for _ in range(30)]
    assert answers[-1].status_code == 429
    assert "1分ほど待って" in answers[-1].content.decode()
