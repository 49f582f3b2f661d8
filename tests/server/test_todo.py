"""To-do, the calendar feed and notices: everything with a day is told to whom it concerns, and to nobody else."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import vobject
from django.core import mail
from django.test import Client
from django.utils import timezone

from mitasu.server.accounts.models import CalendarLink, Membership, Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.models import Audit, Kind
from mitasu.server.sites.due import rows_of
from mitasu.server.sites.models import CalendarItem, Notice, Task
from mitasu.server.sites.notices import can_mail, collect, digest_of, send_digests

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
LIST, SHARING = "/s/paper-clinic/todo/", "filing/electronic-information-sharing"
YEARLY = "yearly-self-check//2027"
Clock = Callable[[date], None]


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Tuesday, 24 November 2026, until it is set to another day."""

    def set_to(day: date) -> None:
        monkeypatch.setattr(
            timezone, "localdate", lambda *moment: moment[0].date() if moment and moment[0] else day
        )

    set_to(TODAY)
    return set_to


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def page_of(key: str) -> str:
    return f"{LIST}task/?key={quote(key, safe='')}"


def groups(response: Any) -> dict[str, list[str]]:
    return {label: [row.key for row, _ in rows] for _, label, rows in response.context["groups"]}


def paper(site: Site, last: date, **body: Any) -> int:
    [entry] = append(site, [Draft(Kind.EVIDENCE, body={"title": "保守契約書", **body}, last_day=last)])
    return int(entry.number)


# ---- the list ------------------------------------------------------------------------------------------


def test_what_has_to_be_done_stands_in_groups_with_the_day_to_arrive_and_to_post_by(
    admin_client: Client,
) -> None:
    response = admin_client.get(LIST)
    page = text(response)
    assert SHARING in groups(response)["今週（7日のうち）"]
    assert groups(response)["以後（90日より先）"] == [YEARLY]
    assert "令和8年12月1日（火）" in page
    assert "投函の目安" in page
    assert "令和8年11月26日（木）" in page


def test_once_the_day_to_post_has_passed_the_page_says_how_it_can_still_arrive(
    admin_client: Client, clock: Clock
) -> None:
    clock(date(2026, 11, 28))
    assert "過ぎました。電子申請か持参で" in text(admin_client.get(LIST))


def test_paper_that_ends_is_something_to_do_until_another_takes_over(
    admin_client: Client, site: Site
) -> None:
    number = paper(site, TODAY + timedelta(days=3), requirements=["home-care-dx/online-claims"])
    gone = paper(site, TODAY - timedelta(days=3))
    response = admin_client.get(LIST)
    assert f"evidence/{number}" in groups(response)["今週（7日のうち）"]
    assert f"evidence/{gone}" in groups(response)["期限切れ"]
    assert "在宅医療DX情報活用加算" in text(response)
    paper(site, TODAY + timedelta(days=500), renews=number)
    assert f"evidence/{number}" not in str(groups(admin_client.get(LIST)))


def test_the_list_is_narrowed_by_owner_addition_kind_and_state_in_the_address(
    admin_client: Client, site: Site, user: User
) -> None:
    Task.objects.create(site=site, key=SHARING, title="x", source="filing", due=date(2026, 12, 1), owner=user)
    Task.objects.create(site=site, key=YEARLY, title="x", source="duty", due=date(2027, 8, 31), state="done")

    def keys(query: str) -> set[str]:
        return {key for rows in groups(admin_client.get(f"{LIST}?{query}")).values() for key in rows}

    assert keys("owner=me") == {SHARING} == keys(f"owner={user.pk}")
    assert SHARING not in keys("owner=none")
    assert keys("addition=home-care-dx") == {"filing/home-care-dx"}
    assert keys("kind=duty") == set()
    assert keys("kind=duty&state=all") == keys("state=done") == {YEARLY}
    assert keys("state=open&owner=wrong") == keys("")
    assert "しぼり込み中" in text(admin_client.get(f"{LIST}?kind=law"))


def test_the_page_for_the_wall_has_a_box_to_tick_and_keeps_the_filters(admin_client: Client) -> None:
    page = text(admin_client.get(f"{LIST}print/?kind=filing"))
    assert "□" in page
    assert "電子的診療情報連携体制整備加算の届出直し" in page
    assert "自己点検" not in page
    assert "90日より先の1件は載せていません" in text(admin_client.get(f"{LIST}print/"))
    assert Audit.objects.filter(action="export", what="やること（印刷）").exists()


# ---- one thing -----------------------------------------------------------------------------------------


def test_someone_takes_a_deadline_up_and_its_day_stays_that_of_the_law(
    admin_client: Client, site: Site, user: User
) -> None:
    page = text(admin_client.get(page_of(SHARING)))
    assert "届出の道へ" in page
    admin_client.post(page_of(SHARING), {"owner": user.pk, "state": "open", "note": "様式は机の上"})
    [row] = [row for row in rows_of(site, TODAY) if row.key == SHARING]
    assert (row.owner, row.day, row.task and row.task.note) == (user, date(2026, 12, 1), "様式は机の上")
    assert "担当：医事課" in text(admin_client.get(LIST))


def test_done_with_evidence_stands_in_the_ledger_too(admin_client: Client, site: Site) -> None:
    number = paper(site, TODAY + timedelta(days=900))
    admin_client.post(page_of(YEARLY), {"state": "done", "proof": str(number)})
    assert YEARLY not in str(groups(admin_client.get(LIST)))
    [row] = [row for row in rows_of(site, TODAY) if row.key == YEARLY]
    assert (row.state, row.proof) == ("done", number)
    assert f"証拠{number}" in text(admin_client.get(f"{LIST}?state=done"))


def test_evidence_that_is_not_in_the_ledger_is_refused_and_what_was_typed_stays(
    admin_client: Client, site: Site
) -> None:
    page = text(admin_client.post(page_of(YEARLY), {"state": "done", "proof": "9999", "note": "報告済み"}))
    assert "証拠9999は証拠台帳にありません" in page
    assert "報告済み" in page
    assert not Task.objects.exists()


def test_done_counts_for_its_day_and_the_same_duty_later_is_open_again(
    admin_client: Client, site: Site, clock: Clock
) -> None:
    admin_client.post(page_of(SHARING), {"state": "done"})
    assert SHARING not in str(groups(admin_client.get(LIST)))
    clock(date(2026, 12, 2))
    [row] = [row for row in rows_of(site, date(2026, 12, 2)) if row.key == SHARING]
    assert (row.day, row.state) == (date(2027, 1, 4), "open")
    assert SHARING in str(groups(admin_client.get(LIST)))


def test_what_a_person_adds_is_listed_late_when_its_day_has_passed(
    admin_client: Client, site: Site, clock: Clock
) -> None:
    wrong = text(admin_client.post(f"{LIST}new/", {"title": "業者に電話", "due": "R8.2.30"}))
    assert "業者に電話" in wrong
    assert "R8.2.30" in wrong
    admin_client.post(f"{LIST}new/", {"title": "業者に電話", "due": "R8.11.27", "addition": "home-care-dx"})
    own = Task.objects.get()
    assert (own.key[:4], own.due) == ("own/", date(2026, 11, 27))
    clock(date(2026, 11, 30))
    assert groups(admin_client.get(LIST))["期限切れ"] == [own.key]
    changed = {"title": "業者に電話する", "due": "", "state": "open"}
    admin_client.post(page_of(own.key), changed)
    assert groups(admin_client.get(LIST))["期限なし"] == [own.key]


@pytest.mark.parametrize(
    ("source", "word"),
    [
        ("question", "確かめること"),
        ("posting", "掲示を直すこと"),
        ("left", "職員の変更"),
        ("person", "渡されたこと"),
    ],
)
def test_a_task_that_never_was_a_deadline_says_what_it_is_and_not_that_its_deadline_is_gone(
    admin_client: Client, site: Site, source: str, word: str
) -> None:
    Task.objects.create(site=site, key=f"{source}:x", title="試し", source=source)
    [row] = [part for part in text(admin_client.get(LIST)).split("<li>") if ">試し<" in part]
    assert f'<span class="kind">{word}</span>' in row
    assert "この期限はなくなりました" not in row


@pytest.mark.parametrize("typed", ["20261127", "２０２６１１２７", "Ｒ８．１１．２７", "令和8年11月27日"])
def test_a_day_is_read_as_every_example_beside_the_field_says(
    admin_client: Client, site: Site, typed: str
) -> None:
    admin_client.post(f"{LIST}new/", {"title": "業者に電話", "due": typed})
    assert Task.objects.get().due == date(2026, 11, 27)


def test_a_deadline_that_is_no_longer_asked_for_says_so_where_someone_had_taken_it_up(
    admin_client: Client, site: Site
) -> None:
    Task.objects.create(site=site, key="filing/record-management", title="届出", source="filing", due=TODAY)
    assert "判定からは、この期限はなくなりました" in text(admin_client.get(LIST))


def test_roles_decide_who_reads_and_who_changes(client_as: Callable[[Role | None], Client]) -> None:
    for address in (LIST, f"{LIST}print/", page_of(SHARING)):
        assert client_as(None).get(address).status_code == 404
        assert client_as(Role.VIEW).get(address).status_code == 200
    assert client_as(Role.VIEW).post(page_of(SHARING), {"state": "done"}).status_code == 403
    assert client_as(Role.VIEW).get(f"{LIST}new/").status_code == 403
    assert client_as(Role.ENTER).post(page_of(SHARING), {"state": "done"}).status_code == 302
    assert client_as(Role.ENTER).get(page_of("nothing")).status_code == 404
    assert client_as(None).post(f"{LIST}calendar/").status_code == 404


# ---- the calendar feed ---------------------------------------------------------------------------------


def made(client: Client, **chosen: str) -> str:
    response = client.post(f"{LIST}calendar/", chosen)
    address: str = response.context["address"]
    assert address in text(response)
    return address.removeprefix("http://testserver")


def events(client: Client, address: str) -> dict[str, Any]:
    """The events by their titles, as a parser reads them that had no part in writing them."""
    response = client.get(address)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = vobject.readOne(text(response))
    found = {event.summary.value: event for event in calendar.contents.get("vevent", [])}
    assert len({event.uid.value for event in found.values()}) == len(found)
    return found


def titled(found: dict[str, Any], part: str) -> Any:
    [event] = [event for title, event in found.items() if part in title]
    return event


def test_a_calendar_program_reads_the_deadlines_without_signing_in(admin_client: Client) -> None:
    event = titled(events(Client(), made(admin_client)), "電子的診療情報連携体制整備加算の届出直し")
    assert event.dtstart.value == date(2026, 12, 1)
    assert type(event.dtstart.value) is date
    assert event.categories.value == ["届出（必着）"]
    assert "2026年12月1日から" in event.description.value
    told = "\n".join(one.description.value for one in events(Client(), made(admin_client)).values())
    assert "出典: " in told
    assert not re.search(r"\b[A-Z][0-9]{2}\b", told), "sources have names; ids are the program's own"
    rings = sorted(alarm.trigger.value for alarm in event.contents["valarm"])
    posted = datetime(2026, 11, 26, 9) - datetime(2026, 12, 1)
    assert rings == [posted - timedelta(days=14), posted - timedelta(days=3)]


def test_ids_stay_between_two_downloads_and_the_sequence_grows_when_a_day_moves(
    admin_client: Client, clock: Clock
) -> None:
    address = made(admin_client)
    first, second = events(Client(), address), events(Client(), address)
    assert {title: event.uid.value for title, event in first.items()} == {
        title: event.uid.value for title, event in second.items()
    }
    assert {event.sequence.value for event in second.values()} == {"0"}
    clock(date(2026, 12, 2))
    moved = titled(events(Client(), address), "電子的診療情報連携体制整備加算の届出直し")
    assert moved.uid.value == titled(first, "電子的診療情報連携体制整備加算の届出直し").uid.value
    assert (moved.dtstart.value, moved.sequence.value) == (date(2027, 1, 4), "1")


def test_what_no_longer_has_to_be_done_is_cancelled_and_comes_back_with_a_higher_number(
    admin_client: Client, site: Site
) -> None:
    address = made(admin_client)
    uid = titled(events(Client(), address), "電子的診療情報連携体制整備加算").uid.value
    admin_client.post(page_of(SHARING), {"state": "done"})
    gone = titled(events(Client(), address), "電子的診療情報連携体制整備加算")
    assert (gone.uid.value, gone.status.value, gone.sequence.value) == (uid, "CANCELLED", "1")
    assert "valarm" not in gone.contents
    admin_client.post(page_of(SHARING), {"state": "open"})
    back = titled(events(Client(), address), "電子的診療情報連携体制整備加算")
    assert (back.uid.value, back.sequence.value, "status" in back.contents) == (uid, "2", False)


def test_what_was_cancelled_is_left_out_once_its_day_has_passed(admin_client: Client, clock: Clock) -> None:
    address = made(admin_client)
    events(Client(), address)
    for addition in ("electronic-information-sharing", "home-care-dx", "visiting-nursing-dx"):
        admin_client.post(page_of(f"filing/{addition}"), {"state": "dropped"})
    assert len([event for event in events(Client(), address).values() if "status" in event.contents]) == 3
    CalendarItem.objects.update(day=date(2026, 11, 30))
    clock(date(2026, 12, 1))
    assert not [event for event in events(Client(), address).values() if "status" in event.contents]


def test_reading_twice_writes_nothing_the_second_time(admin_client: Client) -> None:
    address = made(admin_client)
    events(Client(), address)
    before = list(CalendarItem.objects.values())
    events(Client(), address)
    assert list(CalendarItem.objects.values()) == before


def test_a_discreet_calendar_names_no_addition_and_no_filing(admin_client: Client, site: Site) -> None:
    address = made(admin_client, discreet="on")
    events_text = Client().get(address).content.decode()
    admin_client.post(page_of(SHARING), {"state": "done"})
    events_text += Client().get(address).content.decode()
    unfolded = events_text.replace("\r\n ", "")
    assert "［届出（必着）］期限" in unfolded
    assert "［取り消し］" in unfolded
    assert not [word for word in ("加算", "様式", "青葉台") if word in unfolded]


def test_a_persons_own_tasks_are_in_their_calendar_only(
    admin_client: Client, site: Site, user: User, client_as: Callable[[Role | None], Client]
) -> None:
    other = client_as(Role.ENTER)
    mine, theirs = made(admin_client), made(other)
    due = date(2026, 12, 10)
    Task.objects.create(site=site, key="own/a", title="私の用事", due=due, made_by=user)
    colleague = User.objects.get(username="user-enter")
    Task.objects.create(site=site, key="own/b", title="頼んだ用事", due=due, made_by=user, owner=colleague)
    assert "私の用事" in str(list(events(Client(), mine)))
    assert "頼んだ用事" not in str(list(events(Client(), mine)))
    assert "頼んだ用事" in str(list(events(Client(), theirs)))
    assert "私の用事" not in str(list(events(Client(), theirs)))
    Task.objects.update(state="done")
    assert titled(events(Client(), mine), "私の用事").status.value == "CANCELLED"
    assert "私の用事" not in str(list(events(Client(), theirs)))


def test_all_sites_of_a_person_are_in_one_feed_until_the_role_ends(
    admin_client: Client, make_site: Callable[..., Site], user: User
) -> None:
    hospital = make_site("hospital")
    address, here = made(admin_client, scope="all"), made(admin_client, scope="site")
    assert "白樺記念病院" in str(list(events(Client(), address)))
    assert "白樺記念病院" not in str(list(events(Client(), here)))
    Membership.objects.filter(user=user, site=hospital).delete()
    assert "白樺記念病院" not in Client().get(address).content.decode()


def test_the_secret_is_shown_once_and_kept_as_a_hash(admin_client: Client) -> None:
    address = made(admin_client)
    secret = address.rsplit("/", 1)[1].removesuffix(".ics")
    assert secret not in text(admin_client.get(LIST))
    assert secret not in str(list(CalendarLink.objects.values()))
    assert not Audit.objects.filter(what__contains=secret).exists()


def test_a_revoked_or_unknown_secret_is_not_found_and_audited(admin_client: Client, user: User) -> None:
    address = made(admin_client)
    link = CalendarLink.objects.get()
    admin_client.post(f"{LIST}calendar/stop/", {"link": str(link.pk)})
    for refused in (address, "/calendar/nothing.ics"):
        assert Client().get(refused).status_code == 404
    assert Audit.objects.filter(action="export", via="calendar", outcome="refused").count() == 2
    assert not Audit.objects.filter(action="export", via="calendar", outcome="ok").exists()


def test_nobody_stops_the_calendar_of_another(
    admin_client: Client, client_as: Callable[[Role | None], Client]
) -> None:
    address = made(admin_client)
    for number in (str(CalendarLink.objects.get().pk), "x", "²"):
        client_as(Role.ADMIN).post(f"{LIST}calendar/stop/", {"link": number})
    assert Client().get(address).status_code == 200


def test_the_calendar_of_someone_switched_off_ends(admin_client: Client, user: User) -> None:
    address = made(admin_client)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert Client().get(address).status_code == 404


# ---- notices -------------------------------------------------------------------------------------------


def test_each_matter_is_told_once_at_fourteen_and_once_at_three_days(site: Site, user: User) -> None:
    assert collect(date(2026, 11, 13)) == 3
    assert collect(date(2026, 11, 14)) == 0
    assert collect(date(2026, 11, 24)) == 3
    assert collect(date(2026, 11, 25)) == 0
    notice = Notice.objects.filter(key__contains=SHARING).latest("pk")
    assert "令和8年12月1日まで" in notice.title
    assert "令和8年11月26日までに投函します" in notice.text
    assert notice.why == "青葉台こもれび内科で管理の役割があります。投函の目安の日まで3日以内になりました。"


def test_whoever_sees_to_it_is_told_and_nobody_else(site: Site, user: User, client_as: Any) -> None:
    client_as(Role.ENTER), client_as(Role.VIEW)
    colleague = User.objects.get(username="user-enter")
    Task.objects.create(site=site, key=SHARING, title="x", due=date(2026, 12, 1), owner=colleague)
    collect(TODAY)
    told = Notice.objects.filter(key__contains=SHARING)
    assert [notice.user for notice in told] == [colleague]
    assert told[0].why.startswith("あなたが担当です。")
    others = Notice.objects.filter(key__contains="filing/home-care-dx").values_list(
        "user__username", flat=True
    )
    assert set(others) == {"clerk", "user-enter"}


def test_paper_that_ends_and_a_law_that_turns_are_told_thirty_days_before(site: Site) -> None:
    number = paper(site, date(2026, 12, 20))
    collect(TODAY)
    assert Notice.objects.filter(key__contains=f"evidence/{number}").count() == 1
    collect(date(2026, 5, 10))
    assert Notice.objects.filter(key__contains="law/").exists()


def test_what_is_done_is_told_to_nobody(site: Site) -> None:
    Task.objects.create(site=site, key=SHARING, title="x", due=date(2026, 12, 1), state="done")
    collect(TODAY)
    assert not Notice.objects.filter(key__contains=SHARING).exists()


def test_a_yearly_duty_stays_in_sight_after_its_day_until_someone_says_it_is_done(
    admin_client: Client, site: Site, clock: Clock
) -> None:
    collect(date(2027, 8, 29))
    assert Task.objects.get(site=site, key=YEARLY).due == date(2027, 8, 31)
    clock(date(2027, 9, 2))
    assert YEARLY in groups(admin_client.get(LIST))["期限切れ"]
    admin_client.post(page_of(YEARLY), {"state": "done"})
    assert YEARLY not in str(groups(admin_client.get(LIST)))


def test_a_task_that_nobody_touched_goes_with_its_deadline(site: Site) -> None:
    Task.objects.create(site=site, key="event/x/y", title="x", source="event", due=TODAY + timedelta(days=2))
    kept = Task.objects.create(
        site=site, key="event/x/z", title="x", source="event", due=TODAY, note="手配中"
    )
    collect(TODAY)
    assert list(Task.objects.filter(source="event")) == [kept]


def test_the_inbox_shows_ones_own_notices_with_why_they_came_and_marks_them_as_read(
    admin_client: Client, site: Site, client_as: Any
) -> None:
    collect(TODAY)
    page = text(admin_client.get("/notices/"))
    assert "なぜ届いたか：" in page
    assert "未読3件" in page
    one = Notice.objects.first()
    assert one is not None
    client_as(Role.VIEW).post("/notices/", {"notice": one.pk})
    assert Notice.objects.filter(read_at=None).count() == 3
    admin_client.post("/notices/", {"notice": one.pk})
    admin_client.post("/notices/", {"notice": "x"})
    assert Notice.objects.filter(read_at=None).count() == 2
    admin_client.post("/notices/")
    assert "未読0件" in text(admin_client.get("/notices/"))


def test_notices_of_a_site_are_gone_with_the_role_there(admin_client: Client, site: Site, user: User) -> None:
    collect(TODAY)
    Membership.objects.filter(user=user).delete()
    assert "未読0件" in text(admin_client.get("/notices/"))
    assert digest_of(user) == ""


def test_the_inbox_asks_to_sign_in() -> None:
    assert Client().get("/notices/").status_code == 302


def test_a_digest_goes_out_at_most_once_a_week_and_only_where_mail_is_configured(
    site: Site, user: User, settings: Any, clock: Clock
) -> None:
    user.email = "clerk@example.jp"
    user.save()
    collect(TODAY)
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert not can_mail()
    assert send_digests(TODAY) == 0
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    now = timezone.localtime(timezone.now()).date()
    assert send_digests(now) == 1
    assert "■ 青葉台こもれび内科" in mail.outbox[0].body
    assert "なぜ届いたか" in mail.outbox[0].body
    Notice.objects.create(user=user, site=site, key="later", title="あとから", why="試し")
    assert send_digests(now + timedelta(days=6)) == 0
    assert send_digests(now + timedelta(days=7)) == 1
    assert "あとから" in mail.outbox[1].body
    assert send_digests(now + timedelta(days=30)) == 0
