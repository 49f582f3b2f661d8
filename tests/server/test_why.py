"""Why: every clause with its facts, proof, source and what would change it; history; confirmation."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client

from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.sites.judging import known_of

pytestmark = pytest.mark.django_db
EXAMPLE = "electronic-information-sharing"
ON = "2026-11-22"
As = Callable[[Role | None], Client]


def page(client: Client, address: str, **parameters: str) -> str:
    response = client.get(address, parameters)
    assert response.status_code == 200, response.content.decode()
    return response.content.decode()


def address(site: Site, addition: str = EXAMPLE) -> str:
    return f"/s/{site.slug}/additions/{addition}/"


def test_the_home_page_leads_to_the_clauses_in_one_step(site: Site, client_as: As) -> None:
    home = page(client_as(Role.VIEW), f"/s/{site.slug}/")
    assert f'href="{address(site)}"' in home


def test_each_clause_shows_requirement_source_ruling_and_grade(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site), on=ON)
    assert "算定する月の3か月前のレセプト件数ベースのマイナ保険証利用率が30%以上であること。" in text
    assert "令和8年度 施設基準等及びその届出に関する手続きの取扱い" in text
    assert "基本別添1第1の8の1(4)(5)" in text
    assert rulebook().rulings["QA-42"]["text"] in text
    assert "A（公的資料）" in text


def test_clauses_stand_in_the_order_of_the_notice_with_their_parts_after_them(
    site: Site, client_as: As
) -> None:
    text = page(client_as(Role.VIEW), address(site), on=ON)
    order = [
        text.index(f'id="clause-{id_}"') for id_ in ("card-use-rate", "electronic-chart", "chart-guideline")
    ]
    assert order == sorted(order)
    assert 'class="clause depth-1" id="clause-chart-guideline"' in text


def test_a_fact_names_its_value_day_proof_and_who_recorded_it(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site), on=ON)
    assert "診察室の端末の画面を撮影したもの" in text
    assert '<time datetime="2023-03-20">令和5年3月20日（月）</time>' in text
    entry = next(one for one in known_of(site).of(Kind.FACT) if one.subject == "view_in_rooms")
    assert f"記録{entry.number}" in text
    assert "医事課" in text


def test_a_derived_fact_shows_only_the_months_it_looked_at(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site), on=ON)
    for month in ("2026年8月分", "2026年7月分", "2026年6月分"):
        assert month in text
    assert "2026年5月分" not in text


def test_evidence_in_the_ledger_is_named_with_its_last_day(site: Site, client_as: As) -> None:
    [paper] = append(site, [Draft(Kind.EVIDENCE, "", {"title": "請求の契約書"}, None, date(2027, 3, 31))])
    append(site, [Draft(Kind.FACT, "online_claims", {"value": True}, date(2026, 6, 1), proof=paper.number)])
    text = page(client_as(Role.VIEW), address(site), on=ON)
    assert f"証拠{paper.number} 請求の契約書" in text
    assert "令和9年3月31日（水）</time>まで" in text


def test_what_would_change_it_is_said_for_the_addition_and_for_the_clause(site: Site, client_as: As) -> None:
    append(site, [Draft(Kind.FACT, "free_statement", {"value": False}, date(2026, 11, 1))])
    text = page(client_as(Role.VIEW), address(site), on=ON)
    assert "何を変えれば変わるか" in text
    assert "この要件を満たすには：</strong>明細書の無償交付を「はい」にする" in text


def test_what_is_not_known_links_to_its_question(site: Site, client_as: As) -> None:
    known = next(one for one in known_of(site).of(Kind.FACT) if one.subject == "free_statement")
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試し"}, replaces=known.number)])
    text = page(client_as(Role.ENTER), address(site), on=ON)
    assert f'href="/s/{site.slug}/questions/free_statement/"' in text
    assert (
        f"/s/{site.slug}/questions/" not in page(client_as(Role.VIEW), address(site), on=ON).split("<main")[1]
    )


def test_the_day_may_be_typed_in_japanese(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site, "medical-dx-promotion"), on="Ｒ７．４．１")
    assert "令和7年4月1日（火）</time>の判定" in text
    assert "あと1" in text


def test_a_day_that_is_none_is_refused_and_stays_on_the_page(site: Site, client_as: As) -> None:
    response = client_as(Role.VIEW).get(address(site), {"on": "令和8年2月30日"})
    assert response.status_code == 400
    assert "という日はありません" in response.content.decode()
    assert 'value="令和8年2月30日"' in response.content.decode()


def test_an_earlier_state_of_the_ledger_can_be_asked(site: Site, client_as: As) -> None:
    before = known_of(site).head[0]
    moment = Entry.objects.get(site=site, number=before).recorded_at
    append(site, [Draft(Kind.FACT, "free_statement", {"value": False}, date(2026, 11, 1))])
    assert known_of(site, moment).head[0] == before
    response = client_as(Role.VIEW).get(address(site), {"on": ON, "known_at": "2020-01-01 09:00"})
    assert response.status_code == 400
    assert "まだ登録されていません" in response.content.decode()
    assert "までに記録されたこと" in page(client_as(Role.VIEW), address(site), on=ON, known_at="2100-01-01")


def test_a_day_without_the_addition_says_so(site: Site, client_as: As) -> None:
    assert "制度がありません" in page(client_as(Role.VIEW), address(site), on="2024-01-01")
    assert "対象になりません" in page(client_as(Role.VIEW), address(site, "record-management"), on=ON)


def test_the_text_page_says_the_same_without_markup(site: Site, client_as: As) -> None:
    response = client_as(Role.VIEW).get(address(site), {"on": ON, "format": "text"})
    text = response.content.decode()
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert "<" not in text
    assert "マイナ保険証利用率：満たす" in text
    assert "2026-08分" in text
    assert "出典：" in text


def test_the_history_is_a_chart_and_a_table_of_24_months(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site, "medical-dx-promotion"), tab="history", on="2025-12-01")
    assert "2024年1月から2025年12月まで" in text
    assert '<svg class="chart wide"' in text
    assert "経過措置" in text
    assert 'style="' not in text


def test_the_months_of_the_history_may_be_chosen(site: Site, client_as: As) -> None:
    text = page(
        client_as(Role.VIEW),
        address(site, "medical-dx-promotion"),
        tab="history",
        **{"from": "R7.4", "to": "2025-06"},
    )
    assert "2025年4月から2025年6月まで" in text


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        ("2026-01", "2025-01", "入れ替えて"),
        ("1990-01", "2026-01", "120か月まで"),
        ("きのう", "", "月として読めません"),
    ],
)
def test_months_that_cannot_be_shown_are_refused_with_how_to_mend(
    site: Site, client_as: As, first: str, last: str, told: str
) -> None:
    text = page(client_as(Role.VIEW), address(site), tab="history", **{"from": first, "to": last})
    assert told in text
    assert f'value="{first}"' in text
    assert "<svg" not in text


def test_the_filings_tab_says_what_to_file_and_what_is_filed(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site), tab="filings", on=ON)
    assert "区分3、2026年5月14日到着、2026年5月27日受理" in text


def test_the_income_is_points_by_visits(site: Site, client_as: As) -> None:
    append(site, [Draft(Kind.PROFILE, body={"visits": {"first_visit": 120, "revisit": 600}})])
    text = page(client_as(Role.VIEW), address(site), tab="income", on=ON)
    assert "4,800円" in text  # 初診 4点 × 10円 × 120回
    assert "受診の回数が入っていない" not in text


def test_without_visits_the_income_is_unknown_and_not_zero(site: Site, client_as: As) -> None:
    text = page(client_as(Role.VIEW), address(site), tab="income", on=ON)
    assert "受診の回数が入っていない" in text
    assert "不明" in text


def test_an_addition_that_is_not_in_the_rulebook_is_not_found(site: Site, client_as: As) -> None:
    assert client_as(Role.VIEW).get(address(site, "no-such-addition")).status_code == 404


def test_the_page_does_not_exist_for_a_stranger(site: Site, client_as: As) -> None:
    assert client_as(None).get(address(site)).status_code == 404


# ---- confirmation --------------------------------------------------------------------------------------------


def confirm(client: Client, site: Site, number: int, after: str = "") -> Any:
    return client.post(f"/s/{site.slug}/entries/{number}/confirm/", {"next": after})


def test_someone_with_approval_confirms_an_entry_and_it_is_shown(site: Site, client_as: As) -> None:
    entry = next(one for one in known_of(site).of(Kind.FACT) if one.subject == "view_in_rooms")
    client = client_as(Role.APPROVE)
    response = confirm(client, site, entry.number, f"{address(site)}?on={ON}")
    assert response["Location"] == f"{address(site)}?on={ON}"
    [made] = known_of(site).of(Kind.CONFIRMATION)
    assert made.body == {"confirms": entry.number, "digest": entry.digest}
    assert "user-approve<br>" in page(client, address(site), on=ON)
    assert Audit.objects.filter(site=site, action="change", what__contains="confirm").exists()


def test_the_same_person_confirms_an_entry_once(site: Site, client_as: As) -> None:
    entry = known_of(site).of(Kind.FACT)[0]
    client = client_as(Role.APPROVE)
    confirm(client, site, entry.number)
    confirm(client, site, entry.number)
    assert len(known_of(site).of(Kind.CONFIRMATION)) == 1


def test_a_retracted_entry_is_not_confirmed(site: Site, client_as: As) -> None:
    [entry] = append(site, [Draft(Kind.FACT, "beds", {"value": 3})])
    append(site, [Draft(Kind.RETRACTION, body={"reason": "まちがい"}, replaces=entry.number)])
    confirm(client_as(Role.APPROVE), site, entry.number)
    assert known_of(site).of(Kind.CONFIRMATION) == []


def test_confirming_asks_for_the_role_of_approval(site: Site, client_as: As) -> None:
    assert confirm(client_as(Role.ENTER), site, 1).status_code == 403
    assert confirm(client_as(None), site, 1).status_code == 404
    assert known_of(site).of(Kind.CONFIRMATION) == []
    assert "承認する" not in page(client_as(Role.ENTER), address(site), on=ON)


def test_after_confirming_nobody_is_sent_to_another_host(site: Site, client_as: As) -> None:
    response = confirm(client_as(Role.APPROVE), site, 2, "https://example.com/")
    assert response["Location"] == f"/s/{site.slug}/"
