"""What the law changes for one's sites, and the rules as pages: only what concerns, every source within reach."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mitasu.rulebook import Rulebook
from mitasu.rulebook.glossary import glossary, terms_in
from mitasu.server.accounts.models import Site, User
from mitasu.server.sites.law_impact import impact, turns_around

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = "electronic-information-sharing"
REVISION = {"first": "2026-05-31", "last": "2026-06-01"}


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2026, 5, 15))
    return date(2026, 5, 15)


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


# ---- what the law changes ------------------------------------------------------------------------------------


def test_the_page_begins_with_the_next_day_on_which_the_law_turns(client: Client, site: Site) -> None:
    page = text(client.get("/sites/changes/"))
    assert "令和8年5月15日から令和8年6月1日までの制度の変更で" in page
    assert "1施設の判定が動き" in page


def test_where_the_law_turns_no_more_the_last_change_is_shown(
    client: Client, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: date(2031, 1, 10))
    past, coming = turns_around(["medical"], date(2031, 1, 10))
    page = text(client.get("/sites/changes/"))
    assert coming is None
    assert ("の前日から今日まで" in page) == (past is not None)


def test_each_change_tells_its_sites_their_moves_and_whether_to_file(client: Client, make_site: Any) -> None:
    make_site("paper-clinic")
    hospital = make_site("hospital")
    page = text(client.get("/sites/changes/", REVISION))
    assert "2施設の判定が動き" in page
    card = page.split("電子的診療情報連携体制整備加算</h2>")[1].split("</section>")[0]
    assert f'href="/s/{hospital.slug}/"' in card
    assert "不要" in card or "要：" in card
    assert "この日から始まる。" in card


def test_a_filing_that_is_due_says_so_with_its_form(client: Client, make_site: Any) -> None:
    from mitasu.server.ledger.append import Draft, append
    from mitasu.server.ledger.fold import known
    from mitasu.server.ledger.models import Kind

    site = make_site("hospital")
    new = [e for e in known(site).of(Kind.FILING) if e.subject.startswith(EXAMPLE)]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試験"}, replaces=entry.number) for entry in new])
    [change] = [
        c
        for c in impact(Site.objects.all(), date(2026, 5, 31), date(2026, 6, 1))
        if c.rule.addition == EXAMPLE
    ]
    assert change.to_file == 1
    page = text(client.get("/sites/changes/", REVISION))
    assert "要：届出が要る" in page
    assert "様式1の6" in page
    assert "届出が要るのは1施設です" in page


def test_changes_that_concern_none_of_the_sites_are_not_listed(client: Client, make_site: Any) -> None:
    make_site("paper-clinic")
    assert "診療録管理体制加算" not in text(client.get("/sites/changes/", REVISION))
    make_site("hospital")
    assert "診療録管理体制加算" in text(client.get("/sites/changes/", REVISION))


def test_days_without_any_change_say_that_nothing_concerns(client: Client, site: Site) -> None:
    page = text(client.get("/sites/changes/", {"first": "2026-07-02", "last": "2026-07-03"}))
    assert "あなたの施設に関わるものはありません" in page


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-06-01", "2026-05-31", "前の日より後の日にしてください"),
        ("令和8年2月30日", "2026-06-01", "という日はありません"),
        ("2020-01-01", "2026-06-01", "3年以内"),
        ("1990-01-01", "1990-06-01", "祝日の表"),
        ("2026-06-01", "", "必須"),
    ],
)
def test_days_that_cannot_be_are_refused_and_kept(
    client: Client, site: Site, first: str, last: str, told: str
) -> None:
    response = client.get("/sites/changes/", {"first": first, "last": last})
    assert response.status_code == 400
    assert told in text(response)
    assert f'value="{first}"' in text(response)


def test_many_sites_take_no_query_each(client: Client, make_site: Any) -> None:
    for number in range(4):
        make_site("paper-clinic", f"clinic-{number}")
    client.get("/sites/changes/", REVISION)
    with CaptureQueriesContext(connection) as queries:
        client.get("/sites/changes/", REVISION)
    assert len(queries) <= 10


# ---- rules -----------------------------------------------------------------------------------------------------

ADDITIONS = list(Rulebook.shipped().additions)


@pytest.mark.parametrize(
    "address", ["/rules/", f"/rules/{EXAMPLE}/", "/rules/diff/", "/rules/glossary/", "/rules/sources/K08-i/"]
)
def test_rules_are_for_whoever_is_signed_in_even_without_a_site(address: str) -> None:
    assert Client().get(address).status_code == 302
    stranger = Client()
    stranger.force_login(
        User.objects.create(username="x"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert stranger.get(address).status_code == 200


def test_the_list_names_every_addition_with_its_state_today(client: Client) -> None:
    page = text(client.get("/rules/"))
    for id_ in ADDITIONS:
        assert f'href="/rules/{id_}/"' in page
    assert "これから" in page
    assert "有効" in page


@pytest.mark.parametrize("addition", ADDITIONS)
def test_every_addition_can_be_read_in_every_sector_before_and_in_force(
    client: Client, addition: str
) -> None:
    found = Rulebook.shipped().additions[addition]
    for sector in found.sectors:
        for on in ("2015-01-01", found.periods[-1].from_.isoformat()):
            response = client.get(f"/rules/{addition}/", {"on": on, "sector": sector})
            assert response.status_code == 200
            for heading in (
                ("疑義解釈", "変更の履歴")
                if on == "2015-01-01"
                else ("対象", "点数", "要件", "経過措置", "届出", "算定の決まり")
            ):
                assert f">{heading}" in text(response)


def test_a_requirement_stands_with_condition_citation_and_ruling(client: Client) -> None:
    page = text(client.get("/rules/medical-dx-promotion/", {"on": "2025-04-01", "sector": "medical"}))
    card = page.split('id="e-prescription"')[1].split("</section>")[0]
    assert "判定の条件" in card
    assert 'href="/rules/sources/' in card
    assert "45.0%以上" in page
    assert "医療DX推進体制整備加算" in page


def test_a_page_defines_the_words_it_uses(client: Client) -> None:
    page = text(client.get("/rules/medical-dx-promotion/", {"on": "2025-04-01"}))
    assert "<dfn>電子処方箋</dfn>" in page
    assert [term.term for term in terms_in("専従の診療記録管理者")] == [
        "専従・専任・兼任",
        "診療記録・診療録管理",
        "診療記録管理者",
    ]


def test_a_wrong_day_or_sector_is_refused_and_an_unknown_addition_is_not_found(client: Client) -> None:
    response = client.get(f"/rules/{EXAMPLE}/", {"on": "令和8年2月30日"})
    assert response.status_code == 400
    assert "という日はありません" in text(response)
    assert client.get(f"/rules/{EXAMPLE}/", {"sector": "nursing"}).status_code == 400
    assert client.get("/rules/no-such-addition/").status_code == 404
    assert client.get("/rules/sources/nothing/").status_code == 404


def test_two_days_are_compared_over_all_additions(client: Client) -> None:
    page = text(client.get("/rules/diff/", REVISION))
    assert "医療DX推進体制整備加算" in page
    assert "前の日で終わり、この日からは算定できない。" in page
    nursing = text(client.get("/rules/diff/", {**REVISION, "sector": "nursing"}))
    assert "診療録管理体制加算" not in nursing
    assert client.get("/rules/diff/", {"first": "2026-06-01", "last": "2026-06-01"}).status_code == 400


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("医療ＤＸ 推進", "加算：医療DX推進体制整備加算"),
        ("退院時要約", "要件："),
        ("カード 失効", "疑義解釈："),
        ("みなす", "用語：経過措置"),
    ],
)
def test_search_finds_titles_requirements_rulings_and_terms(client: Client, words: str, kind: str) -> None:
    assert kind in text(client.get("/rules/", {"q": words}))


def test_what_a_search_points_to_is_there(client: Client) -> None:
    for address in re.findall(
        r'<li><a href="([^"]+)">(?:要件|疑義解釈|用語)', text(client.get("/rules/", {"q": "電子処方箋"}))
    ):
        page, _, anchor = address.partition("#")
        assert f'id="{anchor}"' in text(client.get(page.replace("&amp;", "&"))), address


def test_a_search_without_a_hit_says_so_and_shows_no_markup(client: Client) -> None:
    page = text(client.get("/rules/", {"q": "<b>ない</b>"}))
    assert "見つかりませんでした" in page
    assert "<b>ない</b>" not in page


def test_a_source_tells_where_it_is_and_what_rests_on_it(client: Client) -> None:
    page = text(client.get("/rules/sources/K08-i/"))
    assert "医科点数表" in page
    assert "電子的診療情報連携体制整備加算" in page


def test_the_glossary_explains_every_term_once(client: Client) -> None:
    page = text(client.get("/rules/glossary/"))
    terms = [term for section in glossary() for term in section.terms]
    assert len({term.anchor for term in terms}) == len(terms)
    for term in terms:
        assert f"<dfn>{term.term}</dfn>" in page
        assert term.told
