"""The interview: one question a page, わからない and あとで always, only what can matter."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from mitasu.judge.interview import asks
from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Entry, Kind
from mitasu.server.sites.asking_lists import levels_of
from mitasu.server.sites.judging import answer_of, institution_of, known_of
from mitasu.server.sites.models import Skip, Task
from mitasu.server.sites.views.start import new_site

pytestmark = pytest.mark.django_db
As = Callable[[Role | None], Client]
QUESTION = "free_statement"


@pytest.fixture(autouse=True)
def _open_questions(site: Site) -> None:
    """Two facts on which the sample clinic's addition hangs are taken back, so that they are asked."""
    retracted(site, QUESTION, "view_in_rooms")


@pytest.fixture
def today() -> date:
    return timezone.localdate()


@pytest.fixture
def hospital(user: User, site: Site) -> Site:
    """A hospital of which nothing is known yet, as the site itself."""
    head = {"name": "見本病院", "sector": "medical", "kind": "hospital"}
    return new_site(head, by=user, slug="new-hospital")


def address(site: Site, id_: str = "") -> str:
    return f"/s/{site.slug}/questions/{id_ + '/' if id_ else ''}"


def answer(client: Client, site: Site, id_: str, **data: str) -> Any:
    return client.post(address(site, id_), data)


def asked(site: Site) -> list[str]:
    return [ask.id for ask in asks(answer_of(site, timezone.localdate()), rulebook())]


def test_the_front_leads_to_the_first_question(site: Site, client_as: As) -> None:
    response = client_as(Role.ENTER).get(address(site))
    assert response["Location"] == address(site, asked(site)[0])


def test_a_question_shows_why_it_is_asked_how_many_are_left_and_the_verdict(
    site: Site, client_as: As
) -> None:
    text = client_as(Role.ENTER).get(address(site, QUESTION)).content.decode()
    assert f"あと{len(asked(site))}問" in text
    assert "算定できるかが決まります" in text
    assert "ここまでの判定" in text
    for word in ("はい", "いいえ", "わからない", "あとで"):
        assert f">{word}</button>" in text


def test_yes_is_written_from_today_and_leads_on(site: Site, client_as: As, today: date) -> None:
    response = answer(client_as(Role.ENTER), site, QUESTION, answer="yes")
    assert response["Location"] == address(site)
    span = institution_of(site).fact(QUESTION, today)
    assert (span.value, span.from_) == (True, today)
    assert QUESTION not in asked(site)
    entry = Entry.objects.filter(site=site).latest("number")
    assert (entry.recorded_name, entry.via) == ("user-enter", "web")


def test_an_answer_may_say_since_when_and_by_what_proof(site: Site, client_as: As, today: date) -> None:
    answer(
        client_as(Role.ENTER),
        site,
        QUESTION,
        answer="no",
        since="Ｒ８．４．１",
        proof="業者の確認書",
    )
    span = institution_of(site).fact(QUESTION, today)
    assert (span.value, span.from_, span.proof) == (False, date(2026, 4, 1), "業者の確認書")


@pytest.mark.parametrize(
    ("since", "told"),
    [
        ("令和8年2月30日", "という日はありません。年・月・日を確かめて、書き直してください。"),
        ("2099-01-01", "今日より後の日です"),
    ],
)
def test_a_day_that_cannot_be_is_refused_and_stays(site: Site, client_as: As, since: str, told: str) -> None:
    response = answer(client_as(Role.ENTER), site, QUESTION, answer="yes", since=since)
    assert response.status_code == 400
    assert told in response.content.decode()
    assert f'value="{since}"' in response.content.decode()
    assert QUESTION in asked(site)


def test_pressing_nothing_is_answered_with_what_can_be_chosen(site: Site, client_as: As) -> None:
    response = answer(client_as(Role.ENTER), site, QUESTION)
    assert response.status_code == 400
    assert "はい・いいえ・わからない・あとで" in response.content.decode()


def test_not_knowing_goes_on_and_makes_a_task(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    for _ in range(2):
        answer(client, site, QUESTION, answer="unknown")
    assert Skip.objects.get(site=site).unknown
    task = Task.objects.get(site=site)
    assert (task.key, task.title) == ("ask:free_statement", "明細書の無償交付を確かめる")
    assert client.get(address(site))["Location"] != address(site, QUESTION) if len(asked(site)) > 1 else True


def test_later_goes_on_without_a_task_and_the_question_stays_within_reach(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    for id_ in asked(site):
        answer(client, site, id_, answer="later")
    assert not Task.objects.filter(site=site).exists()
    text = client.get(address(site)).content.decode()
    assert "まだ決まらないもの" in text
    assert address(site, QUESTION) in text


def test_not_knowing_is_accepted_for_every_question_of_a_new_site(
    hospital: Site, client_as: As, user: User
) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    seen = []
    while True:
        response = client.get(address(hospital))
        if response.status_code == 200:
            break
        seen.append(response["Location"])
        assert client.get(response["Location"]).status_code == 200
        assert client.post(response["Location"], {"answer": "unknown"})["Location"] == address(hospital)
    assert len(seen) == len(set(seen)) > 3
    text = response.content.decode()
    assert all(place in text for place in seen)


def test_the_last_page_lists_first_what_the_fewest_answers_decide(hospital: Site, user: User) -> None:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    for id_ in asked(hospital):
        client.post(address(hospital, id_), {"answer": "later"})
    undecided = client.get(address(hospital)).context["undecided"]
    counts = [len(lines) for _, lines in undecided if lines]
    assert counts == sorted(counts)


def test_an_answer_to_a_question_put_off_closes_its_task(site: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    answer(client, site, QUESTION, answer="unknown")
    answer(client, site, QUESTION, answer="yes")
    assert not Skip.objects.filter(site=site).exists()
    assert Task.objects.get(site=site).state == Task.State.DONE


def test_a_question_that_cannot_matter_is_not_asked(site: Site, client_as: As) -> None:
    response = client_as(Role.ENTER).get(address(site, "beds"))
    assert "いまたずねることがありません" in response.content.decode()
    assert client_as(Role.ENTER).get(address(site, "no_such_fact")).status_code == 404


def retracted(site: Site, *chosen: str) -> None:
    """Takes back what the ledger says of some subjects."""
    rows = [one for one in known_of(site).entries.values() if one.subject in chosen]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試し"}, replaces=one.number) for one in rows])


def test_a_series_asks_for_the_months_that_count(site: Site, client_as: As) -> None:
    retracted(site, "card_use_rate_receipts")
    client = client_as(Role.ENTER)
    [ask] = [
        one
        for one in asks(answer_of(site, timezone.localdate()), rulebook())
        if one.id == "card_use_rate_receipts"
    ]
    text = client.get(address(site, ask.id)).content.decode()
    assert all(f'name="{month}"' in text for month in ask.months)
    assert answer(client, site, ask.id, answer="save").status_code == 400
    response = answer(client, site, ask.id, answer="save", **{ask.months[0]: "３２．５％"})
    assert response.status_code == 302
    assert institution_of(site).series[ask.id] == {ask.months[0]: 325_000}


def test_a_rate_above_a_hundred_is_refused_and_stays(site: Site, client_as: As) -> None:
    retracted(site, "card_use_rate_receipts")
    month = next(one for one in asks(answer_of(site, timezone.localdate()), rulebook()) if one.months).months[
        0
    ]
    response = answer(client_as(Role.ENTER), site, "card_use_rate_receipts", answer="save", **{month: "325"})
    assert response.status_code == 400
    assert "100%を超えています" in response.content.decode()
    assert 'value="325"' in response.content.decode()


@pytest.fixture
def unlisted(site: Site) -> Site:
    """The paper clinic, with nothing known of its filings."""
    rows = [
        one
        for one in known_of(site).of(Kind.FILING, Kind.LISTING)
        if one.kind == Kind.FILING or one.subject == "filings"
    ]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試し"}, replaces=one.number) for one in rows])
    return site


def test_the_filings_are_asked_as_a_whole(unlisted: Site, client_as: As) -> None:
    client = client_as(Role.ENTER)
    page = client.get(f"/s/{unlisted.slug}/questions/filings/").content.decode()
    assert '受理された日 <span class="need">必須' in page
    [ask] = [
        one for one in asks(answer_of(unlisted, timezone.localdate()), rulebook()) if one.id == "filings"
    ]
    nothing = answer(client, unlisted, "filings", answer="save")
    assert nothing.status_code == 400
    assert "ひとつも届け出ていない" in nothing.content.decode()
    response = answer(client, unlisted, "filings", answer="save", **{"0-filed": "on"})
    assert "受理された日を入れてください" in response.content.decode()
    unticked = answer(client, unlisted, "filings", answer="save", **{"1-accepted": "R8.5.27"})
    assert "届け出ているなら印を付け" in unticked.content.decode()
    given = {"0-filed": "on", "0-accepted": "R8.5.27"}
    assert (
        "印の付いた届出があります"
        in answer(client, unlisted, "filings", answer="none", **given).content.decode()
    )
    assert answer(client, unlisted, "filings", answer="save", **given).status_code == 302
    [filing] = institution_of(unlisted).filings or ()
    assert (filing.item, filing.accepted) == (ask.items[0], date(2026, 5, 27))


def test_one_press_says_that_nothing_was_filed(unlisted: Site, client_as: As) -> None:
    assert answer(client_as(Role.ENTER), unlisted, "filings", answer="none").status_code == 302
    assert institution_of(unlisted).filings == ()


def test_levels_stand_in_the_order_of_their_numbers() -> None:
    levels = levels_of("base-up-2", "medical")
    assert levels[:3] == ["1", "2", "3"]
    assert levels == sorted(levels, key=int)


@pytest.fixture
def ward(make_site: Callable[..., Site], user: User) -> tuple[Site, Client]:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return make_site("hospital"), client


def test_events_are_asked_with_their_days_and_none_is_an_answer(ward: tuple[Site, Client]) -> None:
    site, client = ward
    retracted(site, "bcp_drill", "events.bcp_drill")
    assert "bcp_drill" in asked(site)
    given = {
        "answer": "save",
        "rows": "2",
        "0-on": "R8.2.26",
        "0-led_by": "security_manager",
        "0-reviewed": "yes",
    }
    assert client.post(address(site, "bcp_drill"), {**given, "1-reviewed": "yes"}).status_code == 400
    assert client.post(address(site, "bcp_drill"), given).status_code == 302
    [event] = institution_of(site).events["bcp_drill"]
    assert (event.on, event.attributes["led_by"], event.attributes["reviewed"]) == (
        date(2026, 2, 26),
        "security_manager",
        True,
    )
    retracted(site, "bcp_drill", "events.bcp_drill")
    assert client.post(address(site, "bcp_drill"), {"answer": "none"}).status_code == 302
    assert institution_of(site).events["bcp_drill"] == ()


def test_more_rows_keep_what_was_typed(ward: tuple[Site, Client]) -> None:
    site, client = ward
    retracted(site, "bcp_drill", "events.bcp_drill")
    response = client.post(address(site, "bcp_drill"), {"answer": "more", "rows": "2", "0-on": "R8.2.26"})
    assert 'name="4-on"' in response.content.decode()
    assert 'value="R8.2.26"' in response.content.decode()


def test_a_detail_that_is_missing_is_asked_alone_and_put_into_the_entry(ward: tuple[Site, Client]) -> None:
    site, client = ward
    retracted(site, "bcp_drill")
    [entry] = append(
        site, [Draft(Kind.EVENT, "bcp_drill", {"on": "2026-02-26"}, date(2026, 2, 26), date(2026, 2, 26))]
    )
    given = {f"{entry.number}-led_by": "security_manager", f"{entry.number}-reviewed": "yes"}
    assert client.post(address(site, "bcp_drill"), {"answer": "save"}).status_code == 400
    assert client.post(address(site, "bcp_drill"), {"answer": "save", **given}).status_code == 302
    [event] = institution_of(site).events["bcp_drill"]
    assert event.attributes == {"led_by": "security_manager", "reviewed": True}


def test_the_first_list_of_people_asks_for_every_role(ward: tuple[Site, Client]) -> None:
    site, client = ward
    retracted(site, "people", "record_manager", "security_manager")
    assert "record_manager" in asked(site)
    place = address(site, "record_manager")
    page = client.get(place).content.decode()
    assert "診療記録管理者に当たる人はいますか" in page
    assert "誰ですか" not in page.split("<h1")[1].split("<form")[1], "yes and no do not answer who it is"
    assert client.post(place, {"answer": "save", "record_manager-there": "yes"}).status_code == 400
    given = {
        "answer": "save",
        "record_manager-there": "yes",
        "record_manager-0-employment": "full_time",
        "record_manager-0-assignment": "exclusive",
    } | {f"{role}-there": "no" for role in rulebook().catalogue.of("role") if role != "record_manager"}
    assert client.post(place, {**given, "security_manager-0-employment": "full_time"}).status_code == 400
    assert client.post(place, given).status_code == 302
    [person] = institution_of(site).people or ()
    assert (person.role, person.employment, person.assignment) == ("record_manager", "full_time", "exclusive")


def test_what_is_missing_of_a_person_is_asked_alone(ward: tuple[Site, Client]) -> None:
    site, client = ward
    retracted(site, "security_manager")
    [entry] = append(site, [Draft(Kind.PERSON, "security_manager", {"role": "security_manager"})])
    if "security_manager" not in asked(site):
        pytest.fail("the manager's assignment should be asked")
    given = {
        "answer": "save",
        f"{entry.number}-assignment": "dedicated",
        f"{entry.number}-employment": "full_time",
    }
    assert client.post(address(site, "security_manager"), given).status_code == 302
    assert [
        one.assignment for one in institution_of(site).people or () if one.role == "security_manager"
    ] == ["dedicated"]


def test_whoever_may_only_look_sees_the_question_and_cannot_answer(site: Site, client_as: As) -> None:
    client = client_as(Role.VIEW)
    assert "「入力」の役割が要ります" in client.get(address(site, QUESTION)).content.decode()
    assert answer(client, site, QUESTION, answer="yes").status_code == 403


def test_the_questions_of_a_site_do_not_exist_for_a_stranger(site: Site, client_as: As) -> None:
    assert client_as(None).get(address(site)).status_code == 404
    assert answer(client_as(None), site, QUESTION, answer="yes").status_code == 404
