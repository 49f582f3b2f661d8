"""Rates: reading the fund's notice, two steps before it is saved, the months that count, floors and projection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mitasu.claims.notice import CHECKS, RECEIPTS, read_notice
from mitasu.dates import month_of, shift_month
from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.judging import institution_of, known_of
from mitasu.server.sites.models import Skip
from mitasu.server.sites.rates import NOTIFIED, floors, points, projected, window

As = Callable[[Role | None], Client]
TODAY = date(2026, 11, 22)
MAIL = """社会保険診療報酬支払基金からのお知らせ
令和8年11月16日 通知
貴院のマイナ保険証利用率（レセプト件数ベース）は次のとおりです。
令和８年９月分
　マイナ保険証利用件数：1,234件
　レセプト件数：3,739件
　利用率：３３．０％
お問い合わせ 03-1234-5678
"""


def read(text: str) -> list[tuple[str, str | None, int | None, int | None]]:
    return [
        (one.month, None if one.rate is None else str(one.rate), one.numerator, one.denominator)
        for one in read_notice(text, TODAY).readings
    ]


# ---- the notice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "令和8年9月分 32.5%",
        "令和８年９月分　利用率　３２．５％",
        "R8.9 32.5%",
        "2026年9月: 32.5 %",
        "2026-09 利用率 32.5%",
        "2026/9　マイナ保険証利用率は32.5％でした。",
        "マイナ保険証利用率（令和8年9月診療分）32.5%",
        "9月分の利用率は32.5%です",
        "令和8年9月分\n利用率 32.5",
    ],
)
def test_one_month_is_read_however_it_is_written(text: str) -> None:
    assert read(text) == [("2026-09", "32.5", None, None)]


def test_a_whole_mail_gives_month_rate_counts_and_the_day_of_the_notice() -> None:
    found = read_notice(MAIL, TODAY)
    assert read(MAIL) == [("2026-09", "33.0", 1234, 3739)]
    assert found.notified_on == date(2026, 11, 16)
    assert (found.unread, found.conflicts) == ([], [])
    assert not found.readings[0].doubtful


@pytest.mark.parametrize(
    "text",
    [
        "令和8年8月　令和8年9月\n利用率 32.1% 33.0%",
        "令和8年8月分 32.1%\n令和8年9月分 33.0%",
        "令和8年8月 32.1% 令和8年9月 33.0%",
        "年月\t利用率\nR8.8\t32.1%\nR8.9\t33.0%",
    ],
)
def test_several_months_are_read_as_lines_or_as_a_table(text: str) -> None:
    assert read(text) == [("2026-08", "32.1", None, None), ("2026-09", "33.0", None, None)]


def test_the_columns_of_a_table_are_taken_by_their_names() -> None:
    text = (
        "年月\t利用件数\tレセプト件数\t利用率\n令和8年8月\t120\t374\t32.1%\n令和8年9月\t1,230\t3,727\t33.0%"
    )
    assert read(text) == [("2026-08", "32.1", 120, 374), ("2026-09", "33.0", 1230, 3727)]


def test_the_two_bases_are_kept_apart() -> None:
    found = read_notice("2026年9月 レセプト件数ベース 33.0% オンライン資格確認件数ベース 30.1%", TODAY)
    assert {one.basis: one.rate for one in found.readings} == {
        RECEIPTS: Decimal("33.0"),
        CHECKS: Decimal("30.1"),
    }
    later = read_notice("オンライン資格確認件数ベース\n令和6年12月 12.9%", TODAY)
    assert [one.basis for one in later.readings] == [CHECKS]


def test_a_month_without_a_year_is_the_latest_that_has_come_and_is_marked() -> None:
    [one] = read_notice("12月分 30%", TODAY).readings
    assert (one.month, one.guessed_year) == ("2025-12", True)


def test_what_cannot_be_read_is_named() -> None:
    found = read_notice("令和8年13月分 33%\n率は 32 くらい\n令和8年2月30日通知", TODAY)
    assert found.readings == []
    assert found.unread == [
        "令和8年13月分（という月はありません）",
        "令和8年13月分 33%",
        "率は 32 くらい",
        "令和8年2月30日（という日はありません）",
    ]


def test_a_rate_is_never_made_from_counts_and_counts_that_do_not_fit_are_noticed() -> None:
    [one] = read_notice("令和8年9月分 利用件数 123件 / レセプト件数 456件", TODAY).readings
    assert (one.rate, str(one.computed)) == (None, "26.97")
    [other] = read_notice("令和8年9月分 32.5% 利用件数 123件 / レセプト件数 456件", TODAY).readings
    assert other.doubtful


def test_two_rates_for_one_month_are_a_conflict() -> None:
    assert (
        "2026年9月（レセプト件数ベース）の率が二つあります"
        in read_notice("9月 33.0%\n9月 34.0%", TODAY).conflicts[0]
    )


@pytest.mark.parametrize(
    "text", ["", "拝啓", "%%%", "月月月率率率", "９" * 500, "令和 年 月 %\n" * 50, "\x0b\x1f月1%"]
)
def test_no_text_brings_the_reader_down(text: str) -> None:
    assert all(one.month for one in read_notice(text, TODAY).readings)


# ---- the line --------------------------------------------------------------------------------------------------


def test_the_projection_is_the_straight_line_and_stays_between_0_and_100() -> None:
    assert projected({"2026-07": 300_000, "2026-08": 310_000}, "2026-12") == {}
    rising = {"2026-06": 700_000, "2026-07": 800_000, "2026-08": 900_000, "2026-09": 1_000_000}
    assert set(projected(rising, "2026-12").values()) == {1_000_000}
    falling = {"2026-07": 100_000, "2026-08": 50_000, "2026-09": 0}
    assert projected(falling, "2026-11") == {"2026-10": 0, "2026-11": 0}


@pytest.mark.django_db
def test_the_floors_of_every_period_come_from_the_rulebook(site: Site) -> None:
    found = floors(institution_of(site), "2024-10", "2026-11")
    told = {(one.first, one.last, one.text) for one in found if not one.beside}
    assert ("2024-10", "2024-12", "15.0% 加算1") in told
    assert ("2025-04", "2025-09", "45.0% 加算1・4") in told
    assert ("2026-03", "2026-05", "70.0% 加算1・4") in told
    assert ("2026-06", "2026-11", "30.0% 加算1・2・3") in told
    assert ("2025-04", "2025-09", "12.0% 加算3・6（小児科特例）") in {
        (o.first, o.last, o.text) for o in found
    }


@pytest.mark.django_db
def test_the_window_marks_the_month_that_is_used(site: Site) -> None:
    found = window(institution_of(site), known_of(site), "2026-11")
    assert [(row.month, row.rate, row.used) for row in found.rows] == [
        ("2026-08", "32.1%", False),
        ("2026-07", "32.4%", True),
        ("2026-06", "31.9%", False),
    ]
    either = window(institution_of(site), known_of(site), "2024-10")
    assert [(row.month, row.basis) for row in either.rows if row.used] == [("2024-08", CHECKS)]


@pytest.mark.django_db
def test_only_what_rests_on_the_line_is_a_projection(site: Site) -> None:
    found = {one.month: one for one in points(institution_of(site), "2026-11")}
    assert (found["2026-12"].rate_text, found["2026-12"].projected) == ("33.0%", False)
    assert found["2027-02"].projected
    assert found["2025-03"].rate_text == "11.8%"
    assert found["2025-03"].judgement is not None
    assert found["2025-03"].judgement.level == "3"


# ---- the page --------------------------------------------------------------------------------------------------


def address(site: Site) -> str:
    return f"/s/{site.slug}/rates/"


def main(response: Any) -> str:
    return str(response.content.decode().split("<main", 1)[1])


def new_month() -> str:
    """A month of which nothing is recorded yet and which has come."""
    return month_of(timezone.localdate())


def saving(**changed: str) -> dict[str, str]:
    given = {"row-0-month": new_month(), "row-0-basis": RECEIPTS, "row-0-rate": "34.5", "notified_on": ""}
    return {"do": "save", **given, **changed}


@pytest.mark.django_db
def test_the_page_says_the_tier_of_next_month_with_its_reason_and_draws_the_chart(
    site: Site, client_as: As
) -> None:
    text = main(client_as(Role.VIEW).get(address(site)))
    month = int(shift_month(new_month(), 1)[5:7])
    assert f"{month}月は" in text
    assert "基準30.0%以上" in text
    assert "使う月" in text
    assert "見込み" in text
    assert "<svg" in text
    assert 'style="' not in text
    assert "<form" not in text


@pytest.mark.django_db
def test_pasting_shows_what_was_understood_and_saves_nothing(site: Site, client_as: As) -> None:
    count = Entry.objects.filter(site=site).count()
    text = main(client_as(Role.ENTER).post(address(site), {"do": "paste", "text": MAIL}))
    assert "まだ保存していません" in text
    for value in ("2026-09", "33.0", "1234", "3739", "令和8年11月16日"):
        assert f'value="{value}"' in text
    assert "いまの記録：33.0％" in text
    assert Entry.objects.filter(site=site).count() == count


@pytest.mark.django_db
def test_the_second_step_saves_rate_counts_and_day(site: Site, client_as: As) -> None:
    Skip.objects.create(site=site, question=RECEIPTS)
    given = saving(
        **{"row-0-numerator": "１２３", "row-0-denominator": "356", "notified_on": "Ｒ８．１１．１６"}
    )
    assert client_as(Role.ENTER).post(address(site), given).status_code == 302
    known = known_of(site)
    assert known.series[RECEIPTS][new_month()].body == {
        "month": new_month(),
        "value": "34.5",
        "numerator": 123,
        "denominator": 356,
    }
    assert known.series[NOTIFIED][new_month()].body["value"] == "2026-11-16"
    assert institution_of(site).series[RECEIPTS][new_month()] == 345_000
    assert not Skip.objects.filter(site=site).exists()


@pytest.mark.django_db
def test_another_value_takes_the_place_of_the_old_entry_and_the_same_writes_nothing(
    site: Site, client_as: As
) -> None:
    client, old = client_as(Role.ENTER), known_of(site).series[RECEIPTS]["2026-09"]
    count = Entry.objects.filter(site=site).count()
    client.post(address(site), saving(**{"row-0-month": "2026-09", "row-0-rate": "33.0"}))
    assert Entry.objects.filter(site=site).count() == count
    client.post(address(site), saving(**{"row-0-month": "2026-09", "row-0-rate": "34.0"}))
    assert known_of(site).series[RECEIPTS]["2026-09"].replaces == old.number


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"row-0-rate": ""}, "必須"),
        ({"row-0-rate": "345"}, "100%を超えています"),
        ({"row-0-rate": "三割"}, "％の数"),
        ({"row-0-month": "2099-01"}, "まだ来ていません"),
        ({"row-0-month": "十一月"}, "月として読めません"),
        ({"row-0-numerator": "12"}, "両方入れるか"),
        ({"row-0-numerator": "400", "row-0-denominator": "300"}, "分母より大きく"),
        ({"notified_on": "令和8年2月30日"}, "という日はありません"),
        ({"row-1-month": "2026-11", "row-1-basis": RECEIPTS, "row-1-rate": "30"}, "同じ月の率が二つ"),
    ],
)
def test_what_is_wrong_is_refused_with_how_to_mend_and_stays(
    site: Site, client_as: As, changed: dict[str, str], told: str
) -> None:
    if "row-1-month" in changed:
        changed = {**changed, "row-1-month": new_month()}
    count = Entry.objects.filter(site=site).count()
    response = client_as(Role.ENTER).post(address(site), saving(**changed))
    assert response.status_code == 400
    assert told in main(response)
    for value in (value for value in changed.values() if value and value != RECEIPTS):
        assert f'value="{value}"' in main(response)
    assert Entry.objects.filter(site=site).count() == count


@pytest.mark.django_db
def test_a_month_can_be_left_out_even_when_it_is_incomplete(site: Site, client_as: As) -> None:
    given = saving(
        **{"row-1-month": "2026-10", "row-1-basis": RECEIPTS, "row-1-rate": "", "row-1-skip": "on"}
    )
    assert client_as(Role.ENTER).post(address(site), given).status_code == 302
    assert "2026-10" not in known_of(site).series[RECEIPTS]
    assert new_month() in known_of(site).series[RECEIPTS]


@pytest.mark.django_db
def test_one_month_can_be_typed_and_is_shown_before_it_is_saved(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    given = {"do": "type", "typed-month": "令和8年9月", "typed-basis": RECEIPTS, "typed-rate": "３３．５％"}
    text = main(client.post(address(site), given))
    assert "まだ保存していません" in text
    assert 'value="33.5"' in text
    wrong = client.post(address(site), {**given, "typed-rate": "335"})
    assert wrong.status_code == 400
    assert 'value="335"' in main(wrong)


@pytest.mark.django_db
def test_a_text_without_rates_is_refused_and_names_the_lines(site: Site, client_as: As) -> None:
    response = client_as(Role.ENTER).post(address(site), {"do": "paste", "text": "率は 32 くらい"})
    assert response.status_code == 400
    assert "月と利用率を読み取れませんでした" in main(response)
    assert main(response).count("率は 32 くらい") == 2  # named, and still in the box
    assert client_as(Role.ENTER).post(address(site), {"do": "paste", "text": " "}).status_code == 400


@pytest.mark.django_db
def test_a_site_without_any_rate_says_unknown_and_projects_nothing(site: Site, client_as: As) -> None:
    rows = known_of(site).of(Kind.SERIES)
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試し"}, replaces=one.number) for one in rows])
    text = main(client_as(Role.VIEW).get(address(site)))
    assert "不明" in text
    assert "<strong>見込み</strong></td>" not in text
    assert "決まりません" in text


@pytest.mark.django_db
def test_roles_and_strangers(site: Site, client_as: As) -> None:
    assert client_as(Role.VIEW).post(address(site), saving()).status_code == 403
    assert client_as(None).get(address(site)).status_code == 404


def test_the_floors_and_levels_of_two_additions_are_told_by_name(
    make_site: Any, admin_client: Client, monkeypatch: Any
) -> None:
    make_site("hospital")
    monkeypatch.setattr("django.utils.timezone.localdate", lambda *_: date(2026, 11, 22))
    page = admin_client.get("/s/hospital/rates/").content.decode()
    assert (
        "電子的診療情報連携体制整備加算 30.0% 加算1・2・3、電子的診療情報連携体制整備加算（入院） 30.0% 加算1・2"
        in page
    )
    assert '<span class="nowrap">区分2</span>' in page
    assert "記録なし" in page, "a count that was not told is not an empty cell"
