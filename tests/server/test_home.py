"""Home: a sentence first, the one next thing, the tiles, and the table."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.accounts.roles import WHO_REGISTERS
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.due import rows_of
from mitasu.server.sites.judging import answer_of
from mitasu.server.sites.sentences import month_sentence, next_sentence

pytestmark = pytest.mark.django_db


@pytest.fixture
def hospital(make_site: Any) -> Site:
    return make_site("hospital")


def test_the_first_thing_on_the_page_is_a_sentence_that_names_additions_levels_and_month(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    text = admin_client.get("/s/hospital/").content.decode()
    heading = text.split("<h1")[1].split("</h1>")[0]
    assert "11月は電子的診療情報連携体制整備加算2（初診9点・再診2点）" in heading
    assert heading.endswith("を算定できます。")


def test_the_next_month_is_told_by_what_changes(hospital: Site) -> None:
    before, after = answer_of(hospital, date(2026, 5, 31)), answer_of(hospital, date(2026, 6, 1))
    assert "電子的診療情報連携体制整備加算2（初診9点・再診2点）を算定できるようになります" in next_sentence(
        before, after
    )
    assert next_sentence(after, after) == "6月も同じです。"


def test_a_level_whose_numbers_are_not_in_yet_is_not_told_as_lost(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    now, then = answer_of(hospital, date(2026, 11, 22)), answer_of(hospital, date(2026, 12, 1))
    assert next_sentence(now, then) == (
        "12月は診療録管理体制加算1（100点）が未確認で（14日以内の要約提出9割以上）、"
        "いま分かっているのは2（30点）までです。"
    )
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    assert "区分2・30点（区分1は未確認）" in admin_client.get("/s/hospital/").content.decode()


def test_what_is_not_known_is_told_as_not_known(site: Site) -> None:
    append(site, [Draft(Kind.FACT, "online_claims", {"value": None}), Draft(Kind.LISTING, "filings")])
    answer = answer_of(site, date(2026, 11, 22))
    assert "online_claims" in answer.of("electronic-information-sharing").unknown
    assert "算定できます" not in month_sentence(answer) or "電子的" not in month_sentence(answer)


def test_the_next_thing_to_do_has_a_day_and_the_days_left(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    text = admin_client.get("/s/hospital/").content.decode()
    assert "次にすること" in text
    assert "あと9日" in text


def test_what_somebody_closed_is_no_longer_the_next_thing_to_do(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    today = date(2026, 11, 22)
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: today)

    def told() -> str:
        text = admin_client.get("/s/hospital/").content.decode()
        return re.sub("<[^>]*>|\\s", "", text.partition("次にすること")[2].partition("</section>")[0])

    first = told()
    row = next(row for row in rows_of(hospital, today) if row.title.replace(" ", "") in first)
    address = reverse("task", args=["hospital"]) + "?" + urlencode({"key": row.key})
    for state, same in (("done", False), ("open", True), ("dropped", False)):
        admin_client.post(address, {"state": state})
        told()  # the message about it
        assert (told() == first) is same


def test_the_table_has_what_was_filed_and_what_never_was_is_named_below(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    text = admin_client.get("/s/hospital/").content.decode()
    first, below = text.split("<h2>まだ届け出ていない加算</h2>")
    assert "外来腫瘍化学療法診療料3" in below
    assert "外来腫瘍化学療法診療料3" not in first.split("加算ごとの判定</h2>")[1]
    assert "診療録管理体制加算1" in first
    assert "区分2・30点" in first, "the level of next month, as it is another"
    assert "2026-12-01" not in re.sub(r'datetime="[^"]*"', "", text), "days are written as people write them"


def test_a_new_site_leads_to_a_verdict_at_once(admin_client: Client) -> None:
    given = {"name": "ひなた内科", "sector_and_kind": "medical/clinic", "code": ""}
    answer = admin_client.post("/start/", given, follow=True)
    assert "まだ決められません" in answer.content.decode().split("<h1")[1].split("</h1>")[0]


@pytest.mark.parametrize(
    ("code", "said"), [("131", "10桁"), ("9912345678", "都道府県"), ("1331234567", "3桁目")]
)
def test_a_code_that_is_not_one_is_refused_and_what_was_typed_stays(
    admin_client: Client, code: str, said: str
) -> None:
    count = Site.objects.count()
    answer = admin_client.post(
        "/start/", {"name": "ひなた内科", "sector_and_kind": "medical/clinic", "code": code}
    )
    text = answer.content.decode()
    assert said in text
    assert f'value="{code}"' in text
    assert 'value="ひなた内科"' in text
    assert Site.objects.count() == count


def test_home_leads_a_user_with_one_site_there_and_tells_one_without_whom_to_ask(
    client_as: Any, site: Site
) -> None:
    assert client_as(Role.VIEW).get("/")["Location"] == f"/s/{site.slug}/"
    without = client_as(None).get("/")
    assert without.status_code == 200
    assert WHO_REGISTERS in without.content.decode()
    chief = Client()
    chief.force_login(
        User.objects.create_superuser("chief"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert chief.get("/")["Location"] == "/start/"


def test_a_stranger_does_not_learn_whether_a_site_exists(client_as: Any, site: Site) -> None:
    stranger = client_as(None)
    there, nowhere = stranger.get(f"/s/{site.slug}/"), stranger.get("/s/nowhere/")
    assert (there.status_code, nowhere.status_code) == (404, 404)
    assert bare(there) == bare(nowhere)


def bare(answer: Any) -> str:
    """A page without the token that differs from one answer to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", answer.content.decode())


def test_what_lacks_one_thing_is_not_near_while_the_rest_is_not_known(admin_client: Client) -> None:
    given = {"name": "ひなた内科", "sector_and_kind": "medical/clinic", "code": ""}
    address = admin_client.post("/start/", given)["Location"]
    slug = address.strip("/").rpartition("/")[2]
    append(Site.objects.get(slug=slug), [Draft(Kind.LISTING, "filings")])
    text = admin_client.get(address).content.decode()
    assert '<span class="count">0</span>あと1つ' in text, "the filing is missing, but nothing else is known"
    assert "あと1以上" in text.split("まだ届け出ていない加算")[1]


def next_part(client: Client, address: str) -> str:
    """What the page says of the next thing to do."""
    return client.get(address).content.decode().split('class="next"')[1].split("</section>")[0]


def test_the_next_thing_leads_to_where_it_is_done_and_says_what_it_is_worth(
    hospital: Site, admin_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    append(hospital, [Draft(Kind.PROFILE, "", {"visits": {"first_visit": 900, "revisit": 5200}})])
    said = next_part(admin_client, "/s/hospital/")
    assert 'href="/s/hospital/filings/electronic-information-sharing/"' in said
    assert "月に54,000円ふえます" in said, "900 first visits at 6 points more"


def test_what_the_next_thing_is_worth_is_unknown_where_no_visits_are_entered(
    site: Site, admin_client: Client, monkeypatch: Any
) -> None:
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 11, 22))
    said = next_part(admin_client, f"/s/{site.slug}/")
    assert "在宅医療DX情報活用加算の届出直し" in said
    assert "月の額は不明です" in said


def test_a_new_site_is_led_to_the_questions_first(admin_client: Client) -> None:
    given = {"name": "ひなた内科", "sector_and_kind": "medical/clinic", "code": ""}
    address = admin_client.post("/start/", given)["Location"]
    said = next_part(admin_client, address)
    assert "届け出ているものを記録し、質問に答える" in said
    assert f'href="{address}questions/"' in said
