"""もしも: what would come of other facts and volumes; saved, opened, compared, deleted; never in the ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.models import Scenario
from mitasu.server.sites.scenarios import terms

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
EXAMPLE = "electronic-information-sharing"
LEVEL_1 = {"fact-security_guideline": "true", "fact-emr_sharing": "true", "filed": "on", "visits-first_visit": "120",
           "visits-revisit": "600", "visits-home_visit": "0", "visits-nursing_visit": "0"}  # fmt: skip
As = Callable[[Role | None], Client]


@pytest.fixture(autouse=True)
def on_the_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The day on which the samples are set."""
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)


def address(site: Site, name: str = "what-if", *rest: Any) -> str:
    return reverse(name, args=[site.slug, *rest])


def query(**fields: str) -> str:
    from urllib.parse import urlencode

    return urlencode({**LEVEL_1, **fields})


def save(client: Client, site: Site, name: str, **fields: str) -> Any:
    return client.post(address(site), {"name": name, "terms": query(**fields)})


def outcome(site: Site, **fields: str) -> Any:
    form = terms(site, {**LEVEL_1, **fields})
    assert form.is_valid(), form.errors
    return form.outcome()


def test_verdicts_and_yen_stand_before_and_after(site: Site, client_as: As) -> None:
    page = client_as(Role.VIEW).get(f"{address(site)}?{query()}").content.decode()
    assert "この案なら、月に13,200円増えます" in page
    assert "区分3 初診4点・再診2点" in page
    assert "区分1 初診15点・再診2点" in page
    assert "初診120回×11点×10円" in page


@pytest.mark.parametrize("first_visits", [0, 1, 137])
def test_the_yen_are_points_times_ten_times_first_visits(site: Site, first_visits: int) -> None:
    found = outcome(site, **{"visits-first_visit": str(first_visits), "visits-revisit": "0"})
    row = next(one for one in found.differences if one.after.addition == EXAMPLE)
    points = row.after.points["first_visit"] - row.before.points["first_visit"]
    assert row.gain.yen_a_month == found.yen_a_month == points * 10 * first_visits


def test_the_rate_can_be_supposed(site: Site, client_as: As) -> None:
    page = client_as(Role.VIEW).get(f"{address(site)}?rate=29.9&visits-first_visit=120&visits-revisit=600")
    assert "この案なら、月に16,800円減ります" in page.content.decode()


def test_without_filings_made_a_level_that_is_not_filed_is_not_reached(site: Site) -> None:
    assert outcome(site).differences[0].after.level == "1"
    form = terms(site, {key: value for key, value in LEVEL_1.items() if key != "filed"})
    assert form.is_valid()
    assert form.outcome().differences[0].after.level == "3"


def test_the_month_in_which_the_cost_is_earned_back(site: Site) -> None:
    found = outcome(site, cost="30,000", cost_a_month="1200")
    assert (found.net_a_month, found.payback_months, found.payback_month) == (12_000, 3, "2027-01")
    assert found.net_a_year == 12 * 12_000 - 30_000
    never = outcome(site, cost="1", cost_a_month="13200")
    assert (never.payback_months, never.payback_month) == (None, None)


def test_yen_that_hang_on_visits_not_given_are_unknown_and_not_zero(site: Site, client_as: As) -> None:
    none_given = {"visits-first_visit": "", "visits-revisit": ""}
    assert outcome(site, **none_given).yen_a_month is None
    page = client_as(Role.VIEW).get(f"{address(site)}?{query(**none_given)}").content.decode()
    assert "初診の回数を入れると出ます" in page
    assert "不明" in page


def test_the_form_starts_with_the_visits_of_the_site(site: Site, client_as: As) -> None:
    append(site, [Draft(Kind.PROFILE, body={"visits": {"first_visit": 77}})])
    page = client_as(Role.VIEW).get(address(site)).content.decode()
    assert 'value="77"' in page
    assert "試す" in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"rate": "130"}, "100%を超えています"),
        ({"rate": "たくさん"}, "45.0 のように書いてください"),
        ({"visits-first_visit": "-3"}, "0以上の整数ではありません"),
        ({"visits-first_visit": "99999999"}, "1,000,000以下"),
        ({"fact-emr_sharing": "maybe"}, "選択"),
        ({"month": "13月"}, "月として読めません"),
        ({"cost": "いくらか"}, "0以上の整数ではありません"),
    ],
)
def test_what_cannot_be_supposed_is_refused_and_stays_in_the_form(
    site: Site, client_as: As, fields: dict[str, str], told: str
) -> None:
    answer = client_as(Role.VIEW).get(f"{address(site)}?{query(**fields)}")
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "入力を直してください" in page
    assert told in page
    if not next(iter(fields)).startswith("fact-"):
        assert f'value="{next(iter(fields.values()))}"' in page


def test_a_scenario_is_saved_opened_and_deleted_and_the_ledger_never_touched(
    site: Site, client_as: As
) -> None:
    client, count = client_as(Role.ENTER), Entry.objects.count()
    opened = client.get(save(client, site, "共有サービス", cost="30000").headers["Location"]).content.decode()
    assert "開いている案：<strong>共有サービス</strong>" in opened
    assert "月に13,200円増えます" in opened
    saved = Scenario.objects.get()
    assert (saved.name, saved.on, saved.cost, saved.visits["first_visit"]) == (
        "共有サービス",
        TODAY,
        30000,
        120,
    )
    again = client.get(address(site, "scenario", saved.pk), follow=True).content.decode()
    assert "月に13,200円増えます" in again
    assert 'value="30000"' in again
    assert client.post(address(site, "scenario", saved.pk)).status_code == 302
    assert not Scenario.objects.exists()
    assert Entry.objects.count() == count


def test_a_name_is_taken_once(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    save(client, site, "案")
    answer = save(client, site, "案")
    assert answer.status_code == 400
    assert "「案」はもうあります" in answer.content.decode()
    assert Scenario.objects.count() == 1


def test_a_scenario_without_a_name_or_with_wrong_terms_is_not_saved(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    assert save(client, site, " ").status_code == 400
    assert save(client, site, "案", rate="x").status_code == 400
    assert not Scenario.objects.exists()


def test_three_scenarios_stand_side_by_side_and_a_fourth_does_not(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    for number in range(4):
        save(client, site, f"案{number}", **{"visits-first_visit": str(100 * number)})
    ids = Scenario.objects.order_by("name").values_list("pk", flat=True)
    page = client.get(address(site, "scenario-compare"), {"id": list(ids)}).content.decode()
    assert all(f"案{number}</a>" in page for number in range(3))
    assert "案3</a>" not in page
    assert "並べられるのは3つまでです" in page
    assert all(f"{amount}円" in page for amount in ("0", "11,000", "22,000"))
    assert (
        "比べる案が選ばれていません"
        in client.get(address(site, "scenario-compare"), {"id": "x"}).content.decode()
    )


def test_another_month_is_judged_by_its_rules(site: Site, client_as: As) -> None:
    page = (
        client_as(Role.VIEW).get(f"{address(site)}?month=令和7年4月&visits-first_visit=10").content.decode()
    )
    assert "医療DX推進体制整備加算" in page
    assert "令和7年4月1日" in page


def test_a_scenario_of_another_site_is_not_there(
    site: Site, make_site: Callable[..., Site], client_as: As, admin_client: Client
) -> None:
    other = make_site("hospital")
    saved = Scenario.objects.create(site=other, name="よその案", on=TODAY)
    assert admin_client.get(address(site, "scenario", saved.pk)).status_code == 404
    assert client_as(Role.ADMIN).get(address(other, "scenario", saved.pk)).status_code == 404
    page = admin_client.get(address(site, "scenario-compare"), {"id": saved.pk}).content.decode()
    assert "よその案" not in page


@pytest.mark.parametrize("name", ["what-if", "scenario-compare"])
def test_a_stranger_finds_no_such_page(site: Site, client_as: As, name: str) -> None:
    assert client_as(None).get(address(site, name)).status_code == 404


def test_who_may_only_look_saves_and_deletes_nothing(site: Site, client_as: As) -> None:
    save(client_as(Role.ENTER), site, "案")
    client = client_as(Role.VIEW)
    assert save(client, site, "別の案").status_code == 403
    assert client.post(address(site, "scenario", Scenario.objects.get().pk)).status_code == 403
    page = client.get(f"{address(site)}?{query()}").content.decode()
    assert "保存する" not in page
    assert "消す" not in page
    assert Scenario.objects.count() == 1


def test_every_sample_can_be_tried(make_site: Callable[..., Site], admin_client: Client) -> None:
    for sample in ("childrens-clinic", "hospital"):
        other = make_site(sample)
        assert admin_client.get(address(other)).status_code == 200
        assert admin_client.get(f"{address(other)}?filed=on&rate=80").status_code == 200


# ---- people ------------------------------------------------------------------------------------------------


MANAGERS = "staff-record_manager.full_time.dedicated"
EXCLUSIVE = "staff-record_manager.full_time.exclusive"


@pytest.fixture
def hospital(make_site: Callable[..., Site]) -> Site:
    return make_site("hospital")


def tried(site: Site, **fields: str) -> dict[str, Any]:
    form = terms(site, {"visits-admission": "420", **fields})
    assert form.is_valid(), form.errors
    return {one.after.addition: one for one in form.outcome().differences}


def test_people_of_a_role_are_varied_with_verdicts_and_yen(hospital: Site, admin_client: Client) -> None:
    count = Entry.objects.count()
    assert tried(hospital)["record-management"].after.status == "claimable"
    fewer = tried(hospital, **{MANAGERS: "1"})["record-management"]
    assert (fewer.before.level, fewer.after.level) == ("1", "2"), "4,075 discharges ask for three managers"
    assert fewer.gain.yen_a_month is not None
    assert fewer.gain.yen_a_month < 0
    none = tried(hospital, **{EXCLUSIVE: "0"})["record-management"]
    assert none.after.level != "1"
    more = tried(hospital, **{EXCLUSIVE: "0", MANAGERS: "9"})["record-management"]
    assert more.after.level != "1", "one has to be exclusive"
    assert tried(hospital, **{MANAGERS: "3"})["record-management"].gain.yen_a_month == 0
    page = admin_client.get(address(hospital), {MANAGERS: "1", "visits-admission": "420"}).content.decode()
    assert "診療記録管理者（常勤・専任）" in page
    assert "いま2人。空けておくとそのままです。" in page
    assert "円減ります" in page
    assert Entry.objects.count() == count


def test_a_scenario_keeps_the_people_supposed(hospital: Site, admin_client: Client) -> None:
    answer = save(admin_client, hospital, "管理者が一人減ったら", **{MANAGERS: "1"})
    assert f"{MANAGERS}=1" in answer.headers["Location"]
    saved = Scenario.objects.get()
    assert saved.changes["staff"] == {MANAGERS.removeprefix("staff-"): 1}
    page = admin_client.get(address(hospital, "scenario-compare"), {"id": saved.pk}).content.decode()
    assert "区分2" in page
    gone = admin_client.get(address(hospital), {"staff-record_manager.dispatched.exclusive": "1"})
    assert "いまの記録では分けられないもの（1件）" in gone.content.decode()


@pytest.mark.parametrize("number", ["-1", "たくさん", "99999999"])
def test_a_number_of_people_that_cannot_be_is_refused(
    hospital: Site, admin_client: Client, number: str
) -> None:
    answer = admin_client.get(address(hospital), {MANAGERS: number})
    assert answer.status_code == 400
    assert "入力を直してください" in answer.content.decode()


def test_what_concerns_additions_filed_or_near_comes_first(hospital: Site, admin_client: Client) -> None:
    form = terms(hospital, {})
    near = [field.name for _, fields in form.sections for field in fields]
    far = [field.name for field in form.far_fields]
    assert MANAGERS in near
    assert "fact-discharges_last_12_months" in near
    assert any(name.startswith("staff-ckd_doctor") for name in far), "never filed there"
    assert not set(near) & set(far)
    page = admin_client.get(address(hospital), {MANAGERS: "1"}).content.decode()
    assert "届け出ていない加算の条件（" in page
    table = page.split("<tbody>")[1].split("</tbody>")[0]
    assert table.index("診療録管理体制加算") < table.index("救急時医療情報取得加算"), "what moves comes first"
    assert "慢性腎臓病透析予防指導管理料" not in table
    assert "この案で変わらない、まだ届け出ていない加算" in page
