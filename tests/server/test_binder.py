"""The binder's page: chosen additions and months become one PDF for whoever asked, and what is missing is named truly."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from sample_files import PASSWORD, aged

from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.config.round import go_round
from mitasu.server.config.worker import finish
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.documents import path_of, store
from mitasu.server.ledger.models import Audit, Kind
from mitasu.server.sites import jobs
from mitasu.server.sites.binder import binder_of
from mitasu.server.sites.models import Job

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = "electronic-information-sharing"
CLAIMS = f"{EXAMPLE}/online-claims"


def address(site: Site) -> str:
    return reverse("binder", args=(site.slug,))


def paper(site: Site, title: str, *keys: str, **days: Any) -> int:
    document = store(f"{title}の本文".encode())
    body = {"title": title, "requirements": list(keys)}
    [entry] = append(
        site, [Draft(Kind.EVIDENCE, "", body, days.get("first"), days.get("last"), document.digest)]
    )
    return entry.number


def test_the_page_offers_the_additions_in_force_and_the_last_two_years(
    admin_client: Client, site: Site
) -> None:
    page = admin_client.get(address(site)).content.decode()
    assert f'value="{EXAMPLE}"' in page
    assert page.count('<input type="text" name="first"') == 1


WANTED = {"additions": [EXAMPLE], "first": "2026-06", "last": "令和8年11月"}


def made_by(client: Client, site: Site) -> str:
    """The address of a binder that was asked for and made."""
    where = str(client.post(address(site), WANTED)["Location"])
    assert finish() == 1
    return where


def test_a_viewer_asks_for_the_pdf_gets_it_and_it_is_recorded(
    client_as: Callable[..., Client], site: Site
) -> None:
    number = paper(site, "請求の控え", CLAIMS)
    reader = client_as(Role.VIEW)
    where = made_by(reader, site)
    page = reader.get(where).content.decode()
    assert "できました" in page
    assert f'href="{where}file"' in page
    response = reader.get(f"{where}file")
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith('attachment; filename="')
    told = [page.extract_text() for page in PdfReader(io.BytesIO(response.content)).pages]
    assert "青葉台こもれび内科" in told[0]
    assert "user-view" in told[0]
    assert "足りないもの" in told[1]
    assert any(f"証拠{number}　請求の控え" in text and "請求の控えの本文" in text for text in told)
    assert Audit.objects.filter(site=site, action="export", what__startswith="適時調査ファイル T").exists()


def test_until_it_is_made_the_page_says_so_with_and_without_javascript(
    admin_client: Client, site: Site
) -> None:
    where = admin_client.post(address(site), WANTED)["Location"]
    page = admin_client.get(where).content.decode()
    assert "順番を待っています" in page
    assert f'hx-get="{where}state/"' in page
    assert f'<a href="{where}">いまの様子を見る</a>' in page
    Job.objects.update(state=Job.State.RUNNING, step=2, told="証拠の頁を作っています")
    part = admin_client.get(f"{where}state/").content.decode()
    assert "<html" not in part
    assert "作成中</strong>　2／5：証拠の頁を作っています" in part
    assert admin_client.get(f"{where}file")["Location"] == where


def test_asking_how_far_it_is_fills_no_audit_trail(admin_client: Client, site: Site) -> None:
    where = admin_client.post(address(site), WANTED)["Location"]
    before = Audit.objects.count()
    admin_client.get(f"{where}state/")
    assert Audit.objects.count() == before


def test_where_no_worker_runs_the_page_says_what_to_do(admin_client: Client, site: Site) -> None:
    where = admin_client.post(address(site), WANTED)["Location"]
    assert "mitasu tick" not in admin_client.get(where).content.decode()
    Job.objects.update(made_at=timezone.now() - timedelta(minutes=1))
    assert "mitasu tick" in admin_client.get(where).content.decode()


def test_the_round_makes_what_waits(admin_client: Client, site: Site) -> None:
    where = admin_client.post(address(site), WANTED)["Location"]
    assert "○ 待っていた仕事を1件しました。" in go_round(timezone.localdate()).lines
    assert "できました" in admin_client.get(where).content.decode()


def test_a_binder_is_there_for_whoever_asked_and_nobody_else(
    admin_client: Client, client_as: Callable[..., Client], site: Site
) -> None:
    where = made_by(admin_client, site)
    colleague = client_as(Role.ADMIN)
    for part in ("", "state/", "file"):
        assert colleague.get(where + part).status_code == 404
        assert client_as(None).get(where + part).status_code == 404
    assert where not in colleague.get(address(site)).content.decode()
    assert where in admin_client.get(address(site)).content.decode()


def test_an_old_session_proves_itself_before_it_asks_and_before_it_saves(
    admin_client: Client, site: Site
) -> None:
    aged(admin_client)
    asked = admin_client.post(address(site), WANTED)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not Job.objects.exists()
    went_on = admin_client.post(asked["Location"], {"password": PASSWORD})
    assert Job.objects.count() == 1
    where = went_on["Location"]
    assert finish() == 1
    aged(admin_client)
    asked = admin_client.get(f"{where}file")
    cache.clear()
    back = admin_client.post(asked["Location"], {"password": PASSWORD})
    assert back["Location"] == f"{where}file"
    assert admin_client.get(back["Location"]).content.startswith(b"%PDF-")


def test_the_file_is_readable_by_us_only_and_gone_after_a_day(admin_client: Client, site: Site) -> None:
    where = made_by(admin_client, site)
    job = Job.objects.get()
    assert jobs.path_of(job).stat().st_mode & 0o777 == 0o600
    assert jobs.clear(timezone.now()) == 0
    Job.objects.update(ended_at=timezone.now() - timedelta(days=1, minutes=1))
    assert admin_client.get(f"{where}file").status_code == 404
    assert jobs.clear(timezone.now()) == 1
    assert not jobs.path_of(job).exists()
    assert not Job.objects.exists()


def test_a_file_that_is_gone_is_told_with_what_to_do(admin_client: Client, site: Site) -> None:
    where = made_by(admin_client, site)
    jobs.path_of(Job.objects.get()).unlink()
    answer = admin_client.get(f"{where}file")
    assert answer.status_code == 400
    assert "もう一度作ってください" in answer.content.decode()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"additions": []}, "加算を一つ以上選んでください"),
        ({"first": "2026-12"}, "より前です"),
        ({"first": "2010-01"}, "60か月までにしてください"),
        ({"last": "13月"}, "月として読めません"),
        ({"additions": ["no-such"]}, "候補にありません"),
    ],
)
def test_wrong_choices_say_how_to_mend_them(admin_client: Client, site: Site, given: Any, told: str) -> None:
    response = admin_client.post(
        address(site), {"additions": [EXAMPLE], "first": "2026-10", "last": "2026-11", **given}
    )
    assert response.status_code == 400
    assert told in response.content.decode()


def test_a_stranger_finds_no_binder(client_as: Callable[..., Client], site: Site) -> None:
    assert client_as(None).get(address(site)).status_code == 404
    assert client_as(None).post(address(site), {}).status_code == 404


def missing_of(
    site: Site, user: User, first: str = "2026-06", last: str = "2026-11"
) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for one in binder_of(site, [EXAMPLE], first, last, by=user).missing:
        found.setdefault(one.requirement, []).append((one.months, one.what))
    return found


def test_a_requirement_that_holds_without_a_paper_is_missing(site: Site, user: User) -> None:
    before = missing_of(site, user)
    assert before["オンライン請求"] == [("2026年6月〜2026年11月", "証拠となる文書が台帳にありません")]
    paper(site, "請求の控え", CLAIMS)
    assert "オンライン請求" not in missing_of(site, user)


def test_months_after_a_paper_ended_are_missing(site: Site, user: User) -> None:
    number = paper(site, "請求の控え", CLAIMS, last=date(2026, 8, 15))
    assert missing_of(site, user)["オンライン請求"] == [
        ("2026年9月〜2026年11月", f"証拠{number}の期限（令和8年8月15日）の後の文書がありません")
    ]


def test_what_is_unknown_or_unmet_is_missing_with_its_reason(site: Site, user: User) -> None:
    append(site, [Draft(Kind.FACT, "free_statement", {"value": False}, date(2026, 10, 1))])
    told = dict(missing_of(site, user)["明細書の無償交付"])
    assert told["2026年10月〜2026年11月"].startswith("要件を満たしていません（明細書の無償交付：いいえ")
    assert told["2026年6月〜2026年9月"] == "証拠となる文書が台帳にありません"


def test_what_the_judgement_does_not_rest_on_is_not_missing(site: Site, user: User) -> None:
    assert "地域医療情報連携ネットワーク" not in missing_of(site, user)


def test_facts_stand_with_their_proof_and_who_recorded_them(site: Site, user: User) -> None:
    [addition] = binder_of(site, [EXAMPLE], "2026-06", "2026-11", by=user).additions
    rooms = next(one for one in addition.requirements if one.id == "view-in-rooms")
    assert [(fact.value, fact.proof, fact.recorded_by) for fact in rooms.facts] == [
        ("はい", "診察室の端末の画面を撮影したもの", "医事課")
    ]
    assert [(band.first, band.last, band.status) for band in rooms.bands] == [("2026-06", "2026-11", "met")]
    assert [band.status for band in addition.bands] == ["claimable"]


def test_months_before_an_addition_existed_say_so(site: Site, user: User) -> None:
    [addition] = binder_of(site, [EXAMPLE], "2026-04", "2026-07", by=user).additions
    assert [(band.first, band.last, band.status) for band in addition.bands] == [
        ("2026-04", "2026-05", "not_in_force"),
        ("2026-06", "2026-07", "claimable"),
    ]


def test_a_lost_file_is_missing_and_breaks_the_verification(site: Site, user: User) -> None:
    number = paper(site, "請求の控え", CLAIMS)
    digest = binder_of(site, [EXAMPLE], "2026-06", "2026-11", by=user).papers[0].digest
    path_of(digest).unlink()
    found = binder_of(site, [EXAMPLE], "2026-06", "2026-11", by=user)
    assert found.papers[0].gone
    assert any(one.requirement == f"証拠{number}　請求の控え" for one in found.missing)
    assert any("文書がありません" in told for told in found.breaks)


def test_papers_outside_the_period_or_for_other_additions_stay_outside(site: Site, user: User) -> None:
    paper(site, "古い控え", CLAIMS, last=date(2025, 12, 31))
    paper(site, "ほかの加算", "home-care-dx/filed")
    assert binder_of(site, [EXAMPLE], "2026-06", "2026-11", by=user).papers == ()
