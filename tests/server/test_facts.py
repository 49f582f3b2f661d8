"""Facts: everything known by group, one fact's book, entering, taking back, and someone who left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.models import Skip, Task

pytestmark = pytest.mark.django_db
As = Callable[[Role | None], Client]


def address(site: Site, id_: str = "") -> str:
    return f"/s/{site.slug}/facts/{id_ + '/' if id_ else ''}"


def main(response: Any) -> str:
    return str(response.content.decode().split("<main", 1)[1])


def record(client: Client, site: Site, id_: str, **data: str) -> Any:
    return client.post(address(site, id_), {"do": "record", **data})


def retract(client: Client, site: Site, id_: str, number: int, reason: str = "入力ちがい") -> Any:
    return client.post(address(site, id_), {"do": "retract", "number": number, "reason": reason})


def test_everything_known_is_listed_by_group_with_value_proof_and_who_recorded_it(
    site: Site, client_as: As
) -> None:
    text = main(client_as(Role.VIEW).get(address(site)))
    for group in ("施設のこと", "月ごとの値", "出来事（訓練・研修など）", "職員", "届出"):
        assert group in text
    assert "最初に発行した電子処方箋の控え" in text
    assert "2026年9月分 33.0%（29か月分）" in text
    assert "医事課" in text


def test_what_is_not_recorded_is_unknown_and_an_empty_list_is_none(site: Site, client_as: As) -> None:
    groups = client_as(Role.VIEW).get(address(site)).context["groups"]
    values = {line.entry.id: line.value for rows in groups.values() for line in rows}
    assert values["security_guideline"] == "不明"
    assert values["network_use"] == "ありません"
    assert values["bcp_drill"] == "不明"


def test_what_another_sector_is_asked_is_not_listed(site: Site, client_as: As) -> None:
    assert "調剤結果の当日登録" not in main(client_as(Role.VIEW).get(address(site)))


def test_the_search_finds_by_any_word_in_any_width(site: Site, client_as: As) -> None:
    text = main(client_as(Role.VIEW).get(address(site), {"q": "ＨＰＫＩ"}))
    assert "HPKIカードの発行待ち" in text
    assert "オンライン請求" not in text
    nothing = main(client_as(Role.VIEW).get(address(site), {"q": "存在しない言葉"}))
    assert "当てはまる事実はありません" in nothing


def test_the_list_can_be_narrowed_to_what_has_no_proof(site: Site, client_as: As) -> None:
    text = main(client_as(Role.VIEW).get(address(site), {"show": "unproved"}))
    assert "明細書の無償交付" in text
    assert "診察室等での情報の閲覧・活用</a>" not in text


def test_a_facts_page_shows_its_spans_and_what_uses_it(site: Site, client_as: As) -> None:
    text = main(client_as(Role.VIEW).get(address(site, "e_prescription")))
    assert "令和8年9月1日（火）" in text
    assert "電子的診療情報連携体制整備加算「電子処方箋」" in text
    assert "<form" not in text


def test_a_value_is_recorded_with_its_days_and_evidence(site: Site, client_as: As) -> None:
    [paper] = append(site, [Draft(Kind.EVIDENCE, "", {"title": "写真"}, None, date(2027, 3, 31))])
    response = record(
        client_as(Role.ENTER),
        site,
        "security_guideline",
        value="yes",
        first="Ｒ８．４．１",
        last="令和9年3月31日",
        evidence=str(paper.number),
    )
    assert response.status_code == 302
    span = institution_of(site).fact("security_guideline", date(2026, 4, 1))
    assert (span.value, span.from_, span.until) == (True, date(2026, 4, 1), date(2027, 3, 31))
    assert span.proof == f"証拠{paper.number} 写真"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"value": "yes", "first": "2026-05-01", "last": "2026-04-01"}, "終わりの日が始まりの日より前です"),
        ({"value": "yes", "first": "きのう"}, "日付として読めません"),
        ({"value": "yes", "evidence": "9999"}, "証拠9999は台帳にありません"),
        ({"first": "2026-05-01"}, "必須"),
    ],
)
def test_a_wrong_entry_is_refused_with_how_to_mend_and_stays(
    site: Site, client_as: As, data: dict[str, str], told: str
) -> None:
    count = Entry.objects.filter(site=site).count()
    response = record(client_as(Role.ENTER), site, "security_guideline", **data)
    assert response.status_code == 400
    assert told in main(response)
    if "first" in data:
        assert f'value="{data["first"]}"' in main(response)
    assert Entry.objects.filter(site=site).count() == count


def test_what_has_not_come_yet_is_not_recorded(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    assert "行ってから" in main(record(client, site, "bcp_drill", first="2099-01-01"))
    assert "まだ来ていない月" in main(record(client, site, "outpatient_receipts", month="2099-01", value="1"))


def test_recording_a_fact_settles_its_question(site: Site, client_as: As) -> None:
    Skip.objects.create(site=site, question="security_guideline", unknown=True)
    Task.objects.create(site=site, key="ask:security_guideline", title="確かめる")
    record(client_as(Role.ENTER), site, "security_guideline", value="yes")
    assert not Skip.objects.filter(site=site).exists()
    assert Task.objects.get(site=site).state == Task.State.DONE


def test_a_months_value_an_event_and_a_person_can_be_entered(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    assert (
        record(client, site, "outpatient_receipts", month="令和8年9月", value="１，２３４").status_code == 302
    )
    assert record(client, site, "bcp_drill", first="R8.2.26", **{"at-reviewed": "yes"}).status_code == 302
    assert record(client, site, "security_manager", **{"at-assignment": "dedicated"}).status_code == 302
    institution = institution_of(site)
    assert institution.series["outpatient_receipts"] == {"2026-09": 1234}
    assert institution.events["bcp_drill"][0].attributes == {"reviewed": True}
    assert [one.role for one in institution.people or ()] == ["security_manager"]


def test_an_entry_is_taken_back_with_a_reason_and_stays_in_the_book(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    record(client, site, "beds", value="19", first="2026-04-01")
    number = Entry.objects.filter(site=site).latest("number").number
    assert retract(client, site, "beds", number).status_code == 302
    assert institution_of(site).fact("beds", date(2026, 4, 2)).value == 0
    text = main(client.get(address(site, "beds")))
    assert "19床" in text
    assert "理由：入力ちがい" in text


def test_taking_back_asks_for_a_reason_and_for_an_entry_that_counts(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    entry = next(one for one in known_of(site).of(Kind.FACT) if one.subject == "beds")
    response = retract(client, site, "beds", entry.number, "")
    assert response.status_code == 400
    assert f"記録{entry.number}を取り消す理由" in main(response)
    other = next(one for one in known_of(site).of(Kind.FACT) if one.subject == "own_website")
    assert "この事実の記録ではありません" in main(retract(client, site, "beds", other.number))
    assert other.number in known_of(site).entries


def test_a_value_that_was_painted_over_says_so(site: Site, client_as: As) -> None:
    record(client_as(Role.ENTER), site, "beds", value="3")
    text = main(client_as(Role.VIEW).get(address(site, "beds")))
    assert "後の記録に置き換わった" in text


def test_the_filings_are_shown_and_not_entered_here(site: Site, client_as: As) -> None:
    text = main(client_as(Role.ENTER).get(address(site, "filings")))
    assert "医療DX推進体制整備加算：2024-05-17到着、2024-05-29受理" in text
    assert 'value="record"' not in text


def test_roles_and_strangers(site: Site, client_as: As) -> None:
    assert record(client_as(Role.VIEW), site, "beds", value="3").status_code == 403
    assert client_as(None).get(address(site)).status_code == 404
    assert client_as(None).get(address(site, "beds")).status_code == 404
    assert client_as(Role.VIEW).get(address(site, "no_such_fact")).status_code == 404


# ---- someone left ----------------------------------------------------------------------------------------------


@pytest.fixture
def ward(make_site: Callable[..., Site], user: User) -> tuple[Site, Client]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return make_site("hospital"), client


def left(site: Site, number: int) -> str:
    return f"/s/{site.slug}/people/{number}/left/"


def person(site: Site, **wanted: str) -> Any:
    return next(
        one
        for one in known_of(site).of(Kind.PERSON)
        if all(one.body.get(key) == value for key, value in wanted.items())
    )


def test_a_manager_who_is_counted_touches_only_the_standard_that_counts_managers(
    ward: tuple[Site, Client],
) -> None:
    site, client = ward
    entry = person(site, role="record_manager", assignment="exclusive")
    last = timezone.localdate()
    assert answer_of(site, last + timedelta(days=1)).of("record-management").status == "claimable"
    response = client.get(left(site, entry.number), {"last": last.isoformat()})
    [one] = response.context["touched"]
    assert one.before.addition == "record-management"
    assert (one.action, one.last, one.before.level, one.after.level) == ("change", last, "1", "2")
    assert "まだ記録していません" in main(response)
    assert person(site, role="record_manager", assignment="exclusive").number == entry.number


def test_one_who_is_counted_without_being_decisive_leaves_the_standard_as_it_is(
    ward: tuple[Site, Client],
) -> None:
    site, client = ward
    entry = person(site, role="record_manager", employment="part_time")
    [one] = client.get(left(site, entry.number), {"last": "R8.11.30"}).context["touched"]
    assert (one.action, one.last) == ("keep", None)


def test_the_last_one_of_a_role_withdraws_the_standard(ward: tuple[Site, Client]) -> None:
    site, client = ward
    others = [one for one in known_of(site).of(Kind.PERSON) if one.body["role"] == "record_manager"]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試し"}, replaces=one.number) for one in others[1:]])
    last = timezone.localdate()
    [one] = client.get(left(site, others[0].number), {"last": last.isoformat()}).context["touched"]
    assert (one.action, one.last) == ("withdraw", last)
    assert "専従・専任の診療記録管理者" in one.why


def test_one_who_is_not_counted_touches_nothing(ward: tuple[Site, Client]) -> None:
    site, client = ward
    body = {"role": "record_manager", "employment": "part_time", "assignment": "concurrent"}
    [entry] = append(site, [Draft(Kind.PERSON, "record_manager", body)])
    response = client.get(left(site, entry.number), {"last": "R8.11.30"})
    assert response.context["touched"] == []
    assert "数えている施設基準はありません" in main(response)


def test_the_record_ends_the_person_and_makes_the_task(ward: tuple[Site, Client]) -> None:
    site, client = ward
    entry = person(site, role="record_manager", assignment="exclusive")
    response = client.post(left(site, entry.number), {"last": "2026-12-31"})
    assert response["Location"] == address(site, "record_manager")
    assert "令和8年12月31日までと記録しました" in main(client.get(response["Location"]))
    assert person(site, role="record_manager", assignment="exclusive").body["to"] == "2026-12-31"
    task = Task.objects.get(site=site)
    assert (task.addition, task.due) == ("record-management", date(2026, 12, 31))
    counted = answer_of(site, date(2027, 1, 1)).of("record-management").requirement("record-managers")
    assert counted is not None
    assert counted.status == "unmet"


@pytest.mark.parametrize("day", ["", "あした", "令和8年2月30日", "1950-01-01"])
def test_a_last_day_that_is_none_is_refused_and_nothing_is_recorded(
    ward: tuple[Site, Client], day: str
) -> None:
    site, client = ward
    entry = person(site, role="security_manager")
    count = Entry.objects.filter(site=site).count()
    assert client.post(left(site, entry.number), {"last": day}).status_code == 400
    assert Entry.objects.filter(site=site).count() == count


def test_leaving_asks_for_the_role_of_entering(site: Site, client_as: As) -> None:
    [entry] = append(site, [Draft(Kind.PERSON, "security_manager", {"role": "security_manager"})])
    assert client_as(Role.VIEW).get(left(site, entry.number)).status_code == 403
    assert client_as(None).get(left(site, entry.number)).status_code == 404
    assert client_as(Role.ENTER).get(left(site, 99999)).status_code == 404
    assert client_as(Role.ENTER).get(left(site, entry.number)).status_code == 200
