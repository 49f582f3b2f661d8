"""Filings: what to file, the road from check to acceptance, the form, and how the judgement follows the records."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.sites.filed import filed_of, history_of, sending_of
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.models import Road
from mitasu.server.sites.outlook import filings_of
from mitasu.server.sites.road import way_of
from mitasu.server.sites.views.start import new_site

pytestmark = pytest.mark.django_db
SHARING, RECORDS = "electronic-information-sharing", "record-management"
TODAY = date(2026, 11, 24)
FRONT, ROAD = "/s/paper-clinic/filings/", f"/s/paper-clinic/filings/{SHARING}/"


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tuesday, 24 November 2026."""
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def sent(client: Client, **typed: Any) -> Any:
    given = {"level": "2", "sent_on": "R8.11.24", "method": "electronic"} | typed
    return client.post(f"{ROAD}send/", given, follow=True)


def steps(site: Site, addition: str = SHARING) -> dict[str, str]:
    return {step.id: step.state for step in way_of(site, addition, timezone.localdate()).steps}


# ---- the front page ------------------------------------------------------------------------------------


def test_the_front_page_says_for_each_addition_what_to_file_why_on_which_form_and_by_when(
    admin_client: Client,
) -> None:
    page = text(admin_client.get(FRONT))
    assert "届出直し" in page
    assert "届出が要る" in page
    assert "まだ届け出られない" in page
    assert "基本 別添7 様式1の6" in page
    assert "令和8年12月1日（火）" in page
    assert "令和8年11月26日（木）</time>までに投函" in page
    assert "届け出た区分や内容では電子的診療情報連携体制整備加算2を算定できません" in page


def test_the_front_page_lists_what_stands_and_everything_ever_recorded(
    admin_client: Client, site: Site
) -> None:
    page = text(admin_client.get(FRONT))
    assert "令和8年5月27日（水）" in page
    assert len(history_of(site)) == 3
    assert page.count("いまの記録") == 3


def test_a_filing_of_an_addition_that_is_over_is_not_said_to_be_in_effect(
    admin_client: Client, make_site: Any
) -> None:
    make_site("hospital")
    page = (
        text(admin_client.get("/s/hospital/filings/")).rsplit("届け出てあるもの", 1)[1].split("記録の履歴")[0]
    )
    old = page[page.index("医療DX推進体制整備加算") :][:60]
    assert "加算が令和8年5月31日で終わった" in old
    assert "有効" in page[page.index("救急時医療情報取得加算") :][:60]


def test_a_filing_from_before_can_be_added_and_a_wrong_one_is_refused_with_what_was_typed(
    admin_client: Client, site: Site
) -> None:
    typed = {
        "action": "add",
        "item": "home-care-dx",
        "level": "9",
        "arrived": "R8.6.9",
        "accepted": "令和8年6月5日",
    }
    page = text(admin_client.post(FRONT, typed))
    assert "区分「9」はありません" in page
    assert "到着した日（令和8年6月9日）より前です" in page
    assert "令和8年6月5日" in page
    admin_client.post(FRONT, typed | {"level": "1", "accepted": "R8.6.15"})
    assert (filed_of(site, "home-care-dx")[0].level, filed_of(site, "home-care-dx")[0].accepted) == (
        "1",
        date(2026, 6, 15),
    )


def test_a_site_without_a_list_of_filings_stays_unknown_until_someone_says_that_it_is_complete(
    admin_client: Client, user: User
) -> None:
    new = new_site({"name": "新しい内科", "sector": "medical", "kind": "clinic"}, by=user, slug="new")
    assert institution_of(new).filings is None
    page = text(admin_client.get("/s/new/filings/"))
    assert "届出の一覧がまだありません" in page
    typed = {"action": "add", "item": "home-care-dx", "accepted": "R8.6.15"}
    assert "これですべてかどうか" in text(admin_client.post("/s/new/filings/", typed))
    assert institution_of(new).filings is None
    admin_client.post("/s/new/filings/", typed | {"complete": "on"})
    assert [one.item for one in institution_of(new).filings or ()] == ["home-care-dx"]


def test_that_there_is_no_filing_at_all_can_be_said(admin_client: Client, user: User) -> None:
    new = new_site({"name": "新しい内科", "sector": "medical", "kind": "clinic"}, by=user, slug="new")
    admin_client.post("/s/new/filings/", {"action": "none"})
    assert institution_of(new).filings == ()


# ---- the road ------------------------------------------------------------------------------------------


def test_the_state_of_each_step_follows_from_the_judgement_and_not_from_ticks(
    admin_client: Client, site: Site
) -> None:
    assert steps(site) == {
        "check": "done",
        "evidence": "todo",
        "poster": "done",
        "web": "done",
        "form": "todo",
        "send": "todo",
        "accept": "todo",
        "claim": "todo",
    }
    append(site, [Draft(Kind.FACT, "posted_on_website", {"value": False}, TODAY)])
    assert (steps(site)["check"], steps(site)["web"]) == ("todo", "todo")
    page = text(admin_client.get(ROAD))
    assert "まだ満たしていない基準があります" in page
    assert "ウェブサイト掲載" in page


def test_the_evidence_step_is_done_once_every_item_has_proof(site: Site) -> None:
    titles = {f"{SHARING}/{item.id}" for item in way_of(site, SHARING, TODAY).form.red}  # type: ignore[union-attr]
    append(site, [Draft(Kind.EVIDENCE, body={"title": "点検表", "requirements": sorted(titles)})])
    assert steps(site)["evidence"] == "done"


def test_evidence_that_has_expired_proves_nothing(site: Site) -> None:
    titles = sorted(f"{SHARING}/{item.id}" for item in way_of(site, SHARING, TODAY).form.red)  # type: ignore[union-attr]
    body = {"title": "点検表", "requirements": titles}
    append(site, [Draft(Kind.EVIDENCE, body=body, last_day=TODAY - timedelta(days=1))])
    assert steps(site)["evidence"] == "todo"


def test_the_road_of_an_addition_without_filing_has_no_steps_for_it(make_site: Any) -> None:
    hospital = make_site("hospital")
    found = steps(hospital, "emergency-view")
    assert (found["form"], found["send"], found["accept"]) == ("none", "none", "none")


def test_a_road_is_begun_with_the_form_in_force_and_ticked_once_looked_over(
    admin_client: Client, site: Site
) -> None:
    admin_client.post(ROAD, {"action": "begin"})
    road = Road.objects.get()
    assert (road.form, road.form_version, road.level) == ("基本 別添7 様式1の6", "2026-06-01", "2")
    assert steps(site)["form"] == "todo"
    admin_client.post(ROAD, {"action": "looked-over"})
    assert steps(site)["form"] == "done"
    append(site, [Draft(Kind.FACT, "online_claims", {"value": True}, TODAY)])
    append(site, [Draft(Kind.PROFILE, body={"manager": "院長"})])
    assert steps(site)["form"] == "todo"
    assert "確かめたあとで書類の内容が変わりました" in text(admin_client.get(ROAD))


def test_a_road_begun_with_an_older_form_is_told_so_until_it_takes_the_new_one(
    admin_client: Client, site: Site
) -> None:
    Road.objects.create(site=site, addition=SHARING, form="基本 別添7 様式1の6", form_version="2024-06-01")
    page = text(admin_client.get(ROAD))
    assert "昨年の様式です" in page
    assert "令和6年6月1日からの版" in page
    assert "令和8年6月1日からの版" in page
    assert "昨年の様式です" in text(admin_client.get(f"{ROAD}form/"))
    admin_client.post(ROAD, {"action": "begin"})
    assert Road.objects.get().form_version == "2026-06-01"
    assert "昨年の様式です" not in text(admin_client.get(ROAD))


def test_the_planned_day_has_to_be_an_opening_day_to_come(admin_client: Client, site: Site) -> None:
    for typed, fault in (
        ("R8.11.1", "過ぎています"),
        ("R8.12.5", "閉庁日です"),
        ("R60.1.4", "祝日の表がありません"),
        ("13月", "13月"),
    ):
        page = text(admin_client.post(ROAD, {"action": "plan", "plan": typed}))
        assert fault in page
        assert typed in page
    admin_client.post(ROAD, {"action": "plan", "plan": "R9.1.4"})
    assert way_of(site, SHARING, TODAY).planned == date(2027, 1, 4)
    assert way_of(site, SHARING, TODAY).post_by == date(2026, 12, 24)


def test_a_filing_that_was_begun_can_be_left(admin_client: Client, site: Site) -> None:
    admin_client.post(ROAD, {"action": "begin"})
    admin_client.post(ROAD, {"action": "leave"})
    assert Road.objects.get().closed_at is not None
    assert way_of(site, SHARING, TODAY).road is None


# ---- sending and acceptance ----------------------------------------------------------------------------


def test_after_sending_the_road_waits_and_nothing_more_has_to_be_filed(
    admin_client: Client, site: Site
) -> None:
    assert next(one for one in filings_of(site, TODAY) if one.addition == SHARING).action == "again"
    page = text(sent(admin_client, receipt="第123号"))
    assert "送付を記録しました" in page
    assert "令和8年11月24日に電子申請で送付、受付番号 第123号" in page
    assert (steps(site)["send"], steps(site)["accept"]) == ("done", "waiting")
    current = way_of(site, SHARING, TODAY).current
    assert current is not None
    assert current.id == "accept"
    found = next(one for one in filings_of(site, TODAY) if one.addition == SHARING)
    assert (found.action, found.claimable_from) == ("none", date(2026, 12, 1))
    assert filed_of(site, SHARING)[0].arrived == TODAY
    assert answer_of(site, date(2026, 12, 1)).of(SHARING).level == "3"


def test_before_acceptance_the_level_is_not_claimable_and_from_its_effective_day_it_is(
    admin_client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(admin_client)
    number = filed_of(site, SHARING)[0].number
    assert answer_of(site, date(2026, 12, 1)).of(SHARING).level == "3"
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 11, 27))
    page = text(admin_client.post(f"{ROAD}accept/", {"filing": number, "accepted": "R8.11.27"}, follow=True))
    assert "令和8年12月1日から有効です" in page
    assert answer_of(site, date(2026, 11, 30)).of(SHARING).level == "3"
    judged = answer_of(site, date(2026, 12, 1)).of(SHARING)
    assert (judged.status, judged.level) == ("claimable", "2")
    assert (steps(site)["accept"], steps(site)["claim"]) == ("done", "waiting")
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 12, 1))
    assert steps(site)["claim"] == "done"
    assert Road.objects.get().closed_at is not None


def test_an_addition_never_filed_is_claimable_only_from_its_accepted_filing(
    admin_client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    road = "/s/paper-clinic/filings/visiting-nursing-dx/"
    assert answer_of(site, date(2026, 12, 1)).of("visiting-nursing-dx").status == "not_claimable"
    admin_client.post(f"{road}send/", {"sent_on": "R8.11.24", "method": "by_hand"})
    number = filed_of(site, "visiting-nursing-dx")[0].number
    assert answer_of(site, date(2026, 12, 1)).of("visiting-nursing-dx").status == "not_claimable"
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 12, 1))
    admin_client.post(f"{road}accept/", {"filing": number, "accepted": "R8.12.1"})
    assert answer_of(site, date(2026, 12, 1)).of("visiting-nursing-dx").status == "claimable"


def test_acceptance_takes_the_place_of_the_entry_before_and_the_book_keeps_both(
    admin_client: Client, site: Site
) -> None:
    sent(admin_client, method="post")
    first = filed_of(site, SHARING)[0]
    assert first.arrived is None
    admin_client.post(f"{ROAD}accept/", {"filing": first.number, "arrived": "R8.11.24"})
    second = filed_of(site, SHARING)[0]
    assert (second.recorded.replaces, second.arrived, second.accepted) == (first.number, TODAY, None)
    assert len(filed_of(site, SHARING)) == 2
    assert Entry.objects.filter(site=site, number=first.number).exists()
    assert f"記録{second.number}に引き継いだ" in text(admin_client.get(ROAD))


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"sent_on": "R8.11.25"}, "今日より後です"),
        (
            {"method": "post", "arrived": "R8.11.20"},
            "到着した日（令和8年11月20日）が送った日（令和8年11月24日）より前です",
        ),
        ({"sent_on": "令和8年2月30日"}, "令和8年2月30日"),
        ({"method": ""}, "必須"),
        ({"level": "7"}, "7"),
    ],
)
def test_a_wrong_sending_is_refused_with_the_remedy_and_stays_on_the_page(
    admin_client: Client, site: Site, typed: dict[str, str], fault: str
) -> None:
    before = len(history_of(site))
    page = text(sent(admin_client, receipt="控え77", **typed))
    assert fault in page
    assert "控え77" in page
    assert "入力を直してください" in page
    assert len(history_of(site)) == before


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        (
            {"accepted": "R8.11.20", "arrived": "R8.11.24"},
            "受理の日（令和8年11月20日）が到着した日（令和8年11月24日）より前です",
        ),
        ({"accepted": "R8.11.20"}, "受理の日（令和8年11月20日）が送った日（令和8年11月24日）より前です"),
        ({"arrived": "R8.11.19"}, "到着した日（令和8年11月19日）が送った日"),
        ({"accepted": "R8.12.1"}, "今日より後です"),
        ({}, "どちらかを入れてください"),
    ],
)
def test_days_in_the_wrong_order_are_refused_and_kept(
    admin_client: Client, site: Site, typed: dict[str, str], fault: str
) -> None:
    sent(admin_client, method="post")
    filing = filed_of(site, SHARING)[0]
    page = text(admin_client.post(f"{ROAD}accept/", {"filing": filing.number, **typed}))
    assert fault in page
    assert all(value in page for value in typed.values())
    assert filed_of(site, SHARING)[0].number == filing.number


def test_an_acceptance_on_a_day_on_which_the_office_is_closed_is_refused(
    admin_client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(admin_client)
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 11, 30))
    number = filed_of(site, SHARING)[0].number
    page = text(admin_client.post(f"{ROAD}accept/", {"filing": number, "accepted": "R8.11.28"}))
    assert "令和8年11月28日は閉庁日です" in page


def test_a_copy_of_what_was_sent_becomes_evidence_and_the_filings_proof(
    admin_client: Client, site: Site
) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (20, 20), "white").save(picture, "PNG")
    sent(admin_client, photo=SimpleUploadedFile("控え.png", picture.getvalue()))
    filing = filed_of(site, SHARING)[0]
    paper = known_of(site).entries[filing.recorded.proof]
    assert (paper.kind, bool(paper.document)) == (Kind.EVIDENCE, True)
    assert "届出の控え" in paper.body["title"]


def test_a_copy_that_is_not_a_picture_or_paper_is_refused_and_nothing_is_recorded(
    admin_client: Client, site: Site
) -> None:
    before = len(history_of(site))
    page = text(sent(admin_client, photo=SimpleUploadedFile("x.exe", b"MZ\x00\x01")))
    assert "この形のファイルは受け取れません" in page
    assert len(history_of(site)) == before


def test_sending_twice_is_recorded_once(admin_client: Client, site: Site) -> None:
    sent(admin_client)
    before = len(history_of(site))
    assert "送付は、もう記録されています" in text(sent(admin_client))
    assert len(history_of(site)) == before


def test_how_it_was_sent_stays_with_the_filing_when_it_is_accepted_and_with_no_other(
    admin_client: Client, site: Site
) -> None:
    sent(admin_client, method="post", receipt="簡易書留1")
    first = filed_of(site, SHARING)[0]
    admin_client.post(
        f"{ROAD}accept/", {"filing": first.number, "arrived": "R8.11.24", "accepted": "R8.11.24"}
    )
    latest, older = filed_of(site, SHARING)
    assert sending_of(site, latest)["receipt"] == "簡易書留1"
    assert sending_of(site, older) == {}


def test_a_withdrawal_ends_the_filing_on_its_day(admin_client: Client, site: Site) -> None:
    number = filed_of(site, SHARING)[0].number
    early = text(admin_client.post(f"{ROAD}withdraw/", {"filing": number, "withdrawn": "R8.5.1"}))
    assert "辞退の日（令和8年5月1日）が受理の日（令和8年5月27日）より前です" in early
    admin_client.post(f"{ROAD}withdraw/", {"filing": number, "withdrawn": "R8.12.15"})
    assert answer_of(site, date(2026, 12, 14)).of(SHARING).level == "3"
    assert answer_of(site, date(2026, 12, 15)).of(SHARING).status == "not_claimable"


def test_a_record_made_by_mistake_is_taken_back_with_its_reason_and_stays_in_the_history(
    admin_client: Client, site: Site
) -> None:
    sent(admin_client)
    number = filed_of(site, SHARING)[0].number
    assert "取り消す理由" in text(admin_client.post(f"{ROAD}take-back/", {"filing": number}))
    page = text(
        admin_client.post(f"{ROAD}take-back/", {"filing": number, "reason": "送っていなかった"}, follow=True)
    )
    assert "取り消し：送っていなかった" in page
    assert number not in [one.number for one in filed_of(site)]
    assert steps(site)["send"] == "todo"


def test_a_record_that_was_taken_over_meanwhile_is_not_changed_twice(
    admin_client: Client, site: Site
) -> None:
    sent(admin_client, method="post")
    number = filed_of(site, SHARING)[0].number
    admin_client.post(f"{ROAD}accept/", {"filing": number, "arrived": "R8.11.24"})
    page = text(admin_client.post(f"{ROAD}accept/", {"filing": number, "accepted": "R8.11.24"}, follow=True))
    assert "もう引き継がれたか取り消されています" in page
    assert filed_of(site, SHARING)[0].accepted is None


# ---- the form ------------------------------------------------------------------------------------------


def test_the_form_page_shows_the_facts_beside_and_red_words_where_proof_is_missing(
    admin_client: Client,
) -> None:
    page = text(admin_client.get(f"{ROAD}form/"))
    assert '<span class="red">証拠なし</span>' in page
    assert "ウェブサイトの該当ページを印刷したもの" in page
    assert "関東信越厚生局長" in page
    assert "未記入" in page


def test_the_head_of_the_form_is_entered_once_and_keeps_the_rest_of_the_profile(
    admin_client: Client, site: Site
) -> None:
    append(site, [Draft(Kind.PROFILE, body={"visits": {"first_visit": 9}})])
    typed = {"address": "東京都見本区1-1", "founder": "医療法人見本会", "manager": "見本院長"}
    page = text(admin_client.post(f"{ROAD}form/", typed, follow=True))
    assert "東京都見本区1-1" in page
    assert known_of(site).last(Kind.PROFILE).body["visits"] == {"first_visit": 9}


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "start"), [("xlsx", b"PK"), ("docx", b"PK"), ("pdf", b"%PDF-")])
def test_the_form_is_saved_as_a_file_with_a_name_in_ascii_and_in_japanese(
    admin_client: Client, kind: str, start: bytes
) -> None:
    response = admin_client.get(f"{ROAD}form.{kind}")
    assert response.status_code == 200
    assert response.content.startswith(start)
    named = response.headers["Content-Disposition"]
    assert f'filename="2_.{kind}"' in named or f".{kind}" in named
    assert "filename*=UTF-8''" in named
    assert Audit.objects.filter(action="export", what__contains="届出書").exists()


def test_the_saved_form_carries_what_the_page_shows(admin_client: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(admin_client.get(f"{ROAD}form.xlsx").content))
    cells = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row if cell.value]
    assert "青葉台こもれび内科" in cells
    assert "電子的診療情報連携体制整備加算2" in cells
    assert any("Mitasu 0.1.0・制度データ" in sheet.oddFooter.left.text for sheet in book)


@pytest.mark.parametrize(
    "address",
    [
        f"{ROAD}form.exe",
        "/s/paper-clinic/filings/nothing/",
        "/s/paper-clinic/filings/record-management/form/",
    ],
)
def test_what_is_not_there_is_not_found(admin_client: Client, address: str) -> None:
    assert admin_client.get(address).status_code == 404


# ---- who may -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", [FRONT, ROAD, f"{ROAD}form/", f"{ROAD}form.xlsx"])
def test_a_stranger_finds_nothing_and_a_viewer_may_read(
    client_as: Callable[[Role | None], Client], address: str
) -> None:
    assert client_as(None).get(address).status_code == 404
    assert client_as(Role.VIEW).get(address).status_code == 200


@pytest.mark.parametrize("what", ["send", "accept", "withdraw", "take-back"])
def test_recording_asks_for_the_role_of_approval(
    client_as: Callable[[Role | None], Client], what: str
) -> None:
    assert client_as(Role.ENTER).post(f"{ROAD}{what}/", {}).status_code == 403
    assert client_as(None).post(f"{ROAD}{what}/", {}).status_code == 404
    assert client_as(Role.APPROVE).get(f"{ROAD}{what}/").status_code == 302


def test_entering_asks_for_the_role_of_entering(client_as: Callable[[Role | None], Client]) -> None:
    assert client_as(Role.VIEW).post(ROAD, {"action": "begin"}).status_code == 403
    assert client_as(Role.ENTER).post(ROAD, {"action": "begin"}).status_code == 302
    assert client_as(Role.ENTER).post(FRONT, {"action": "none"}).status_code == 403
    assert "送付を記録できるのは、承認の役割のある人です" in text(client_as(Role.ENTER).get(ROAD))
