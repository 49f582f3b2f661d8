"""Pages that are kept: never another's, never stale, and never written for looking at them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.config.round import go_round
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.audit import audit
from mitasu.server.ledger.models import Audit, Entry, Kind, canonical
from mitasu.server.ledger.verify import verify_audit
from mitasu.server.sites import kept_pages
from mitasu.server.sites.judging import Kept
from mitasu.server.sites.models import Task

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


@pytest.fixture
def composed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that were rendered, one for each page that was not answered from what is kept."""
    found: list[str] = []
    real = kept_pages.render_to_string

    def seen(template: str, *rest: Any) -> str:
        found.append(template)
        return real(template, *rest)

    monkeypatch.setattr(kept_pages, "render_to_string", seen)
    monkeypatch.setattr(kept_pages, "_answered", Kept(512))  # users of earlier tests had the same numbers
    return found


def home(client: Client, site: Site) -> str:
    answer = client.get(f"/s/{site.slug}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def signed_in(name: str, *, shown: str = "", **roles: Role) -> Client:
    user = User.objects.create_user(name, shown=shown)
    for slug, role in roles.items():
        Membership.objects.create(user=user, site=Site.objects.get(slug=slug), role=role)
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# ---- whose page ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_same_page_is_composed_once(site: Site, client_as: Any, composed: list[str]) -> None:
    client = client_as(Role.VIEW)
    first, second = home(client, site), home(client, site)
    assert without_token(first) == without_token(second)
    assert len(composed) == 1


@pytest.mark.django_db
def test_each_answer_carries_a_token_of_its_own_that_is_accepted(site: Site, client_as: Any) -> None:
    user = client_as(Role.VIEW)
    client = Client(enforce_csrf_checks=True)
    client.cookies = user.cookies
    pages = [home(client, site) for _ in range(2)]
    tokens = [re.findall(r'name="csrfmiddlewaretoken" value="(\w{64})"', page) for page in pages]
    assert len(tokens[0]) == len(tokens[1]) >= 1
    assert tokens[0] != tokens[1]
    assert kept_pages.TOKEN not in pages[1]
    sent = {"csrfmiddlewaretoken": tokens[1][0]}
    assert client.post("/accounts/logout/", {"csrfmiddlewaretoken": "x" * 64}).status_code == 403
    assert client.post("/accounts/logout/", sent).status_code == 302


@pytest.mark.django_db
def test_an_answer_given_again_has_the_headers_of_the_first(
    site: Site, client_as: Any, composed: list[str]
) -> None:
    client = client_as(Role.VIEW)
    answers = [client.get(f"/s/{site.slug}/") for _ in range(2)]
    assert len(composed) == 1
    headers = [{name: value for name, value in one.items() if name != "Content-Length"} for one in answers]
    assert headers[0] == headers[1]
    assert "default-src 'self'" in headers[1]["Content-Security-Policy"]
    assert headers[1]["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_whoever_signed_out_or_whose_session_ended_is_not_answered(
    site: Site, client_as: Any, composed: list[str]
) -> None:
    client = client_as(Role.VIEW)
    home(client, site)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get(f"/s/{site.slug}/").status_code == 302
    client = client_as(Role.VIEW)
    home(client, site)
    cookies = client.cookies.copy()
    client.post("/accounts/logout/")
    client.cookies = cookies
    assert client.get(f"/s/{site.slug}/").status_code == 302


@pytest.mark.django_db
def test_what_is_kept_for_one_host_is_not_answered_to_another(
    site: Site, client_as: Any, composed: list[str]
) -> None:
    client = client_as(Role.VIEW)
    home(client, site)
    assert client.get(f"/s/{site.slug}/", headers={"host": "evil.example"}).status_code == 400


@pytest.mark.django_db
def test_a_page_during_whose_making_the_role_changed_is_not_kept(
    site: Site, client_as: Any, composed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_as(Role.VIEW)
    mine = Membership.objects.filter(user__username="user-view")
    plain = kept_pages.render_to_string

    def meanwhile(*given: Any) -> str:
        mine.update(role=Role.ADMIN)
        return plain(*given)

    monkeypatch.setattr(kept_pages, "render_to_string", meanwhile)
    home(client, site)
    monkeypatch.setattr(kept_pages, "render_to_string", plain)
    mine.update(role=Role.VIEW)
    home(client, site)
    assert len(composed) == 2


@pytest.mark.django_db
def test_nobody_is_shown_the_name_or_role_of_another(make_site: Any) -> None:
    site = make_site()
    first = signed_in("one", shown="見本 一子", **{site.slug: Role.VIEW})
    second = signed_in("two", shown="見本 二郎", **{site.slug: Role.ADMIN})
    for _ in range(2):
        assert "見本 一子（閲覧）" in home(first, site)
        assert "見本 二郎（管理）" in home(second, site)
        assert "見本 一子" not in home(second, site)


@pytest.mark.django_db
def test_a_change_of_role_name_or_sites_shows_at_once(make_site: Any) -> None:
    site, other = make_site(), make_site("hospital")
    client = signed_in("one", shown="見本 一子", **{site.slug: Role.VIEW})
    assert "複数施設" not in home(client, site)
    Membership.objects.filter(user__username="one").update(role=Role.ENTER)
    assert "見本 一子（入力）" in home(client, site)
    User.objects.filter(username="one").update(shown="見本 三子")
    assert "見本 三子（入力）" in home(client, site)
    Membership.objects.create(user=User.objects.get(username="one"), site=other, role=Role.VIEW)
    assert "複数施設" in home(client, site)
    Site.objects.filter(pk=site.pk).update(name="改名した医院")
    assert "改名した医院" in home(client, site)


@pytest.mark.django_db
def test_a_kept_page_is_gone_for_whoever_lost_the_role(site: Site, client_as: Any) -> None:
    client = client_as(Role.VIEW)
    home(client, site)
    Membership.objects.filter(user__username="user-view").delete()
    assert client.get(f"/s/{site.slug}/").status_code == 404
    assert Audit.objects.order_by("-pk")[0].outcome == "refused"


@pytest.mark.django_db
def test_a_user_switched_off_or_with_another_password_is_signed_out(site: Site, client_as: Any) -> None:
    client = client_as(Role.VIEW)
    home(client, site)
    User.objects.filter(username="user-view").update(is_active=False)
    assert client.get(f"/s/{site.slug}/").status_code == 302
    User.objects.filter(username="user-view").update(is_active=True, password="another")
    assert client.get(f"/s/{site.slug}/").status_code == 302


@pytest.mark.django_db
def test_pages_of_two_sites_do_not_mix(make_site: Any) -> None:
    clinic, hospital = make_site(), make_site("hospital")
    client = signed_in("one", **{clinic.slug: Role.VIEW, hospital.slug: Role.VIEW})
    for _ in range(2):
        assert f'href="/s/{clinic.slug}/todo/"' in home(client, clinic)
        assert f'href="/s/{clinic.slug}/todo/"' not in home(client, hospital)


@pytest.mark.django_db
def test_the_next_day_makes_the_page_anew(site: Site, client_as: Any, monkeypatch: Any) -> None:
    client = client_as(Role.VIEW)
    assert "令和8年11月22日" in home(client, site)
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 12, 1))
    assert "令和8年12月1日" in home(client, site)


@pytest.mark.django_db
def test_a_message_to_a_user_is_shown_once_and_not_kept(site: Site, client_as: Any) -> None:
    client = client_as(Role.ENTER)
    before = home(client, site)
    sent = {"place": "wall", "day": "2026-11-20"}
    client.post(f"/s/{site.slug}/postings/record/", sent)
    assert "に出ている文を記録しました" in home(client, site)
    assert "に出ている文を記録しました" not in home(client, site)
    assert "に出ている文を記録しました" not in before


@pytest.mark.django_db
def test_every_view_of_a_kept_page_is_recorded(site: Site, client_as: Any) -> None:
    client = client_as(Role.VIEW)
    before = Audit.objects.count()
    for _ in range(3):
        home(client, site)
    rows = Audit.objects.order_by("-pk")[:3]
    assert Audit.objects.count() == before + 3
    assert {(row.action, row.what, row.outcome, row.name) for row in rows} == {
        ("view", f"/s/{site.slug}/", "ok", "user-view")
    }


@pytest.mark.django_db
def test_a_record_that_depends_on_a_row_is_made_only_where_the_row_is_found(site: Site) -> None:
    there = "SELECT 1 FROM accounts_site WHERE id = %s"
    before = Audit.objects.count()
    assert audit("view", "/one/", site=site, found=(there, [site.pk]))
    assert not audit("view", "/two/", site=site, found=(there, [site.pk + 1000]))
    assert list(
        Audit.objects.order_by("-pk").values_list("what", flat=True)[: Audit.objects.count() - before]
    ) == ["/one/"]
    assert verify_audit() == []


# ---- what another process writes ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_an_entry_of_another_process_shows_with_the_next_request(site: Site, client_as: Any) -> None:
    client = client_as(Role.VIEW)
    before = home(client, site)
    beside(site, Kind.FACT, "online_claims", {"value": False})
    after = home(client, site)
    assert "<h1" in before
    assert without_token(before) != without_token(after)


@pytest.mark.django_db
def test_a_ledger_that_was_tampered_with_warns_on_a_page_that_was_kept(
    site: Site, client_as: Any, own_data: Any
) -> None:
    client = client_as(Role.VIEW)
    append(site, [Draft(Kind.NOTE, "note", {"text": "控え"})])
    home(client, site)
    beside(site, Kind.FACT, "online_claims", {"value": False}, digest="0" * 63 + "1")
    assert "書き換えられ" in home(client, site)


def beside(site: Site, kind: Kind, subject: str, body: Any, *, digest: str | None = None) -> None:
    """An entry written straight into the table, as another process would have it, unknown to this one's caches."""
    last: Any = Entry.objects.filter(site=site).order_by("-number").first()
    entry = Entry(
        site=site,
        number=last.number + 1,
        kind=kind,
        subject=subject,
        content=canonical(body),
        recorded_at=timezone.now(),
        recorded_name="よそ",
        via="web",
        previous=last.digest,
    )
    entry.digest = digest or entry.computed()
    Entry.objects.bulk_create([entry])


def without_token(page: str) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page)


# ---- looking writes nothing but the audit trail ------------------------------------------------------------


@pytest.mark.django_db
def test_looking_at_pages_writes_no_task(site: Site, client_as: Any) -> None:
    client = client_as(Role.ENTER)
    client.post(f"/s/{site.slug}/postings/record/", {"place": "wall", "day": "2026-11-20"})
    item = "electronic-information-sharing"
    beside(site, Kind.FILING, item, {"item": item, "level": "2", "accepted": "2026-11-20"})
    before = list(Task.objects.values())
    reader = client_as(Role.VIEW)
    for address in ("", "postings/", "postings/?month=next", "postings/check/"):
        assert reader.get(f"/s/{site.slug}/{address}").status_code == 200
    assert list(Task.objects.values()) == before
    append(site, [Draft(Kind.NOTE, "note", {"text": "何か"})])
    assert Task.objects.filter(site=site, source="posting").count() == 1


@pytest.mark.django_db
def test_the_regular_round_makes_the_task_that_a_new_day_asks_for(
    site: Site, client_as: Any, monkeypatch: Any
) -> None:
    client = client_as(Role.ENTER)
    client.post(f"/s/{site.slug}/postings/record/", {"place": "wall", "day": "2026-11-20"})
    item = "electronic-information-sharing"
    append(site, [Draft(Kind.FILING, item, {"item": item, "level": "2", "accepted": "2026-11-20"})])
    Task.objects.all().delete()
    go_round(TODAY)
    assert Task.objects.get(site=site, source="posting").due == date(2026, 12, 1)


# ---- the chain under concurrent requests --------------------------------------------------------------------


RECORDING = """
import sys, threading
import django
django.setup()
from django.db import connection
from mitasu.server.ledger.audit import audit

def record(number):
    for turn in range(20):
        audit("view", f'{number}/{turn}「"\\\\」')
    connection.close()

threads = [threading.Thread(target=record, args=[number]) for number in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
VERIFYING = """
import django
django.setup()
from mitasu.server.ledger.models import Audit
from mitasu.server.ledger.verify import verify_audit
print(Audit.objects.count(), verify_audit())
"""


def test_the_audit_chain_holds_when_threads_and_processes_write_at_once(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    environment |= {
        "MITASU_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "mitasu.server.config.settings",
    }

    def python(*command: str) -> str:
        done = subprocess.run([sys.executable, *command], env=environment, check=True, capture_output=True)
        return done.stdout.decode()

    python("-m", "django", "migrate", "-v", "0")
    writing = [subprocess.Popen([sys.executable, "-c", RECORDING], env=environment) for _ in range(3)]
    assert [one.wait(120) for one in writing] == [0, 0, 0]
    assert python("-c", VERIFYING) == "240 []\n"
