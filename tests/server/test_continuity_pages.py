"""The pages of backups: who may see and do what, and that everything stands in the audit trail."""

from __future__ import annotations

from typing import Any

import pytest
from backup_places import DAY, Places
from django.test import Client
from django.utils import timezone

from mitasu.server.accounts.models import Membership, Role, User
from mitasu.server.continuity import media
from mitasu.server.continuity.handing import handed_over
from mitasu.server.continuity.models.backups import Generation, Schedule, Source, State, Target
from mitasu.server.continuity.models.media import Medium
from mitasu.server.continuity.proving import canary, sliced
from mitasu.server.ledger.models import Audit

pytestmark = pytest.mark.django_db
BASE = "/s/hospital/continuity/"


@pytest.fixture
def as_role(places: Places) -> Any:
    def signed_in(role: Role) -> Client:
        person = User.objects.create_user(f"c-{role.name.lower()}")
        Membership.objects.create(user=person, site=places.site, role=role)
        client = Client()
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return signed_in


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_before_anything_is_set_up_the_page_says_what_to_do(as_role: Any) -> None:
    assert "管理の役割の人に" in text(as_role(Role.VIEW).get(BASE))
    assert "保管先（どこに）" in text(as_role(Role.ADMIN).get(BASE))


def test_the_status_shows_the_light_the_targets_and_what_was_handed_over(
    places: Places, as_role: Any
) -> None:
    places.charts()
    target = places.target(append_only=True)
    now = timezone.now()
    places.made(target, now)
    sliced(target, places.engine, now)
    canary(target, places.engine, now)
    handed_over(places.site, now)
    shown = text(as_role(Role.VIEW).get(BASE))
    assert "いま手を打つことがあります" in shown
    assert "消すか上書きができて" in shown
    assert "証拠台帳に渡したもの" in shown
    assert "chart-0" not in shown
    assert target.location not in shown
    assert Audit.objects.filter(site=places.site, action="view", what=BASE).exists()


def test_who_may_only_see_the_light_sees_no_places_and_asks_for_nothing(places: Places, as_role: Any) -> None:
    places.charts()
    target = places.target()
    reader = as_role(Role.ENTER)
    for page in (f"targets/{target.name}/", "media/", "restores/", "setup/"):
        assert reader.get(BASE + page).status_code == 403
    assert reader.post(BASE, {"target": target.name}).status_code == 403
    assert Schedule.objects.get().requested_at is None
    approver = as_role(Role.APPROVE)
    assert approver.post(BASE, {"target": target.name}).status_code == 302
    assert Schedule.objects.get().requested_at is not None
    assert approver.get(BASE + "setup/").status_code == 403
    assert Audit.objects.filter(site=places.site, outcome="refused").count() == 6


def test_a_copy_that_did_not_count_is_decided_with_a_reason(places: Places, as_role: Any) -> None:
    places.charts(20)
    target = places.target()
    places.made(target, timezone.now() - DAY)
    for path in sorted((places.root / "charts").glob("chart-*"))[:10]:
        path.unlink()
    made = places.made(target, timezone.now())
    client = as_role(Role.APPROVE)
    address = f"{BASE}targets/disk/"
    assert "決めること" in text(client.get(address))
    refused = client.post(address, {"number": made.number, "accept": "yes", "reason": ""})
    assert refused.status_code == 400
    done = client.post(address, {"number": made.number, "accept": "yes", "reason": "古い記録を移した"})
    assert done.status_code == 302
    after = Generation.objects.get(pk=made.pk)
    assert (after.state, after.decided_reason) == (State.ACCEPTED, "古い記録を移した")
    assert after.decided_by is not None
    assert "限界" in text(client.get(address))


def test_the_page_of_a_target_tells_the_commands_for_what_is_not_done_on_pages(
    places: Places, as_role: Any
) -> None:
    places.charts()
    places.target()
    disk = text(as_role(Role.APPROVE).get(f"{BASE}targets/disk/"))
    for words in (
        "verify disk",
        "canary disk",
        "forget disk 番号",
        "target change disk",
        "escrow disk",
        "target key disk",
    ):
        assert f"<code>mitasu backup {words} --site {places.site.slug}" in disk
    removable = places.target("rdx", medium="removable", location="(媒体)")
    page = text(as_role(Role.ADMIN).get(f"{BASE}targets/{removable.name}/"))
    assert "mitasu media write ラベル" in page
    assert "mitasu backup verify" not in page


def test_an_administrator_adds_and_stops_targets_and_sources(places: Places, as_role: Any) -> None:
    client = as_role(Role.ADMIN)
    said = {
        "what": "target", "target-name": "nas", "target-label": "NAS", "target-medium": "nas",
        "target-location": str(places.root / "nas"), "target-keep": "5", "target-every_hours": "24",
        "target-grace_hours": "6", "target-origin": "",
    }  # fmt: skip
    assert client.post(BASE + "setup/", said).status_code == 302
    assert Target.objects.get(name="nas").keep == 5
    twice = client.post(BASE + "setup/", said)
    assert twice.status_code == 400
    assert "もう使われています" in text(twice)
    folder = places.root / "data"
    folder.mkdir()
    source = {
        "what": "source", "source-name": "charts", "source-label": "電子カルテ", "source-kind": "directory",
        "source-place": str(folder), "source-covers": ["charts"], "source-sentinels": "VERSION\n",
        "source-fresh_hours": "26", "source-newest": "",
    }  # fmt: skip
    without = client.post(BASE + "setup/", source)
    assert without.status_code == 400
    assert f"目印「VERSION」が {folder} にないか、空です" in text(without)
    (folder / "VERSION").write_text("1")
    assert client.post(BASE + "setup/", source).status_code == 302
    assert Source.objects.get(name="charts").sentinels == ["VERSION"]
    assert client.post(BASE + "setup/", {"what": "off", "target": "nas"}).status_code == 302
    assert not Target.objects.get(name="nas").active
    assert Audit.objects.filter(what__startswith="バックアップの設定に加える").count() == 2


def test_media_are_registered_and_their_alarms_answered_on_the_page(places: Places, as_role: Any) -> None:
    places.charts()
    target = places.target("rdx", medium="removable", location="(媒体)")
    client = as_role(Role.APPROVE)
    said = {"do": "register", "target": "rdx", "label": "RDX-A", "uuid": "AA-01", "shelf": "金庫"}
    assert client.post(BASE + "media/", said).status_code == 302
    medium = Medium.objects.get(target=target)
    assert medium.events.get().by is not None
    missing = client.post(BASE + "media/", {"do": "attach", "medium": medium.pk})
    assert missing.status_code == 400
    assert "RDX-A" in text(missing)
    event = media._event(medium, timezone.now(), "appeared", "手順の外でつながれた", None, alarm=True)
    assert "手順の外で" in text(client.get(BASE + "media/"))
    assert client.post(BASE + "media/", {"do": "answer", "event": event.pk, "answer": ""}).status_code == 400
    done = client.post(BASE + "media/", {"do": "answer", "event": event.pk, "answer": "清掃で触れた"})
    assert done.status_code == 302
    event.refresh_from_db()
    assert event.answered_at is not None


def test_the_page_of_drills_tells_how_one_is_done_and_who_keeps_the_keys(
    places: Places, as_role: Any
) -> None:
    places.target()
    shown = text(as_role(Role.APPROVE).get(BASE + "restores/"))
    assert "mitasu drill start disk --site hospital" in shown
    assert "まだだれも預かっていません" in shown
