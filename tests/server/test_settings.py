"""Settings of a site: profile, institution, members and roles, closing, the audit trail; and a fresh sign-in for what matters."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from mitasu.server.accounts.fresh import MOMENT
from mitasu.server.accounts.models import Membership, Role, SignInLink, Site, User
from mitasu.server.ledger.audit import audit
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.sites.judging import institution_of
from mitasu.server.sites.outlook import visits_of

pytestmark = pytest.mark.django_db(transaction=False)
ADMIN_PAGES = ("site-institution", "site-members", "site-trail", "site-trail-csv", "site-archive")


def address(name: str, site: Site, *arguments: Any) -> str:
    return reverse(name, args=(site.slug, *arguments))


def membership(site: Site, username: str) -> Membership:
    return Membership.objects.get(site=site, user__username=username)


def stale(client: Client) -> Client:
    """The client as it is ten minutes after its sign-in."""
    session = client.session
    session[MOMENT] = session[MOMENT] - 600
    session.save()
    return client


# ---- profile and institution -----------------------------------------------------------------------------


def test_everyone_with_a_role_sees_the_settings_and_what_is_not_known_says_so(
    client_as: Callable[..., Client], site: Site
) -> None:
    page = client_as(Role.VIEW).get(address("site-settings", site)).content.decode()
    assert "青葉台こもれび内科" in page
    assert "未登録" in page
    assert "監査記録" not in page


def test_the_profile_is_an_entry_of_the_ledger(client_as: Callable[..., Client], site: Site) -> None:
    given = {
        "address": "架空市見本町1-2-3",
        "prefecture": "13",
        "phone": "00-0000-0000",
        "founder": "医療法人見本会",
        "administrator": "見本 花子",
        "website": "www.example.jp",
        "vendor": "見本電子カルテ",
        "visits-first_visit": "１２０",
        "visits-revisit": "1,600",
    }
    response = client_as(Role.ENTER).post(address("site-profile", site), given)
    assert response.status_code == 302
    body = known(site).last(Kind.PROFILE).body
    assert body == {
        "address": "架空市見本町1-2-3",
        "phone": "00-0000-0000",
        "founder": "医療法人見本会",
        "administrator": "見本 花子",
        "website": "https://www.example.jp",
        "visits": {"first_visit": 120, "revisit": 1600},
    }
    site.refresh_from_db()
    assert (site.prefecture, site.vendor) == ("13", "見本電子カルテ")
    assert visits_of(site) == {"first_visit": 120, "revisit": 1600}


def test_a_profile_that_stays_the_same_is_not_recorded_again(
    client_as: Callable[..., Client], site: Site
) -> None:
    client = client_as(Role.ENTER)
    for _ in range(2):
        client.post(address("site-profile", site), {"address": "架空市1", "visits-first_visit": "5"})
    assert Entry.objects.filter(site=site, kind=Kind.PROFILE).count() == 1
    client.post(address("site-profile", site), {"address": "架空市1"})
    assert known(site).last(Kind.PROFILE).body == {"address": "架空市1", "visits": {}}


def test_a_wrong_profile_says_how_to_mend_it_and_keeps_what_was_typed(
    client_as: Callable[..., Client], site: Site
) -> None:
    given = {"address": "架空市見本町", "website": "ない", "visits-first_visit": "-3"}
    response = client_as(Role.ENTER).post(address("site-profile", site), given)
    page = response.content.decode()
    assert response.status_code == 400
    assert "0以上の整数" in page
    assert "架空市見本町" in page
    assert known(site).last(Kind.PROFILE) is None


def test_a_viewer_cannot_change_the_profile(client_as: Callable[..., Client], site: Site) -> None:
    client = client_as(Role.VIEW)
    assert client.get(address("site-profile", site)).status_code == 403
    assert client.post(address("site-profile", site), {"address": "x"}).status_code == 403


def test_a_new_name_and_kind_stand_in_the_ledger_and_on_the_site(admin_client: Client, site: Site) -> None:
    given = {"name": "青葉台こもれび病院", "sector_and_kind": "medical/hospital", "code": "1319900010"}
    assert admin_client.post(address("site-institution", site), given).status_code == 302
    site.refresh_from_db()
    assert (site.name, site.kind) == ("青葉台こもれび病院", "hospital")
    institution = institution_of(site)
    assert (institution.name, institution.kind, institution.code) == (site.name, "hospital", "1319900010")


def test_an_institution_that_cannot_be_is_refused_and_nothing_changes(
    admin_client: Client, site: Site
) -> None:
    given = {"name": "青葉台", "sector_and_kind": "medical/clinic", "code": "12"}
    response = admin_client.post(address("site-institution", site), given)
    assert response.status_code == 400
    assert "青葉台" in response.content.decode()
    site.refresh_from_db()
    assert site.name == "青葉台こもれび内科"


@pytest.mark.parametrize("name", ADMIN_PAGES)
def test_administration_is_for_administrators(
    client_as: Callable[..., Client], site: Site, name: str
) -> None:
    assert client_as(Role.APPROVE).get(address(name, site)).status_code == 403
    assert client_as(None).get(address(name, site)).status_code == 404


# ---- members ---------------------------------------------------------------------------------------------


def test_a_new_user_gets_a_sign_in_link_that_works_once(admin_client: Client, site: Site) -> None:
    given = {"username": "reception", "shown": "受付", "email": "", "role": Role.ENTER}
    page = admin_client.post(address("site-members", site), given).content.decode()
    [link] = re.findall(r"<code>(http://testserver/sign-in/[^<]+/)</code>", page)
    assert membership(site, "reception").role == Role.ENTER
    assert not User.objects.get(username="reception").has_usable_password()
    newcomer = Client()
    assert newcomer.get(link).status_code == 302
    assert newcomer.get(address("site-home", site)).status_code == 200
    assert Client().get(link).status_code == 410
    told = Audit.objects.filter(site=site, action="change").values_list("what", flat=True)
    assert "利用者を作って加える：reception（入力）" in told
    assert link not in admin_client.get(address("site-members", site)).content.decode()


def test_someone_who_exists_is_added_without_a_link(admin_client: Client, site: Site) -> None:
    User.objects.create_user("other", password="battery-staple-horse", shown="ほかの人")
    page = admin_client.post(
        address("site-members", site),
        {"username": "other", "shown": "のっとり", "role": Role.VIEW},
        follow=True,
    ).content.decode()
    assert membership(site, "other").role == Role.VIEW
    assert User.objects.get(username="other").shown == "ほかの人"
    assert "/sign-in/" not in page
    assert not SignInLink.objects.filter(user__username="other").exists()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"username": "clerk", "role": 1}, "もうこの施設の利用者です"),
        ({"username": "だめ な名前", "role": 1}, "利用者名"),
        ({"username": "x", "role": 9}, "役割"),
        ({"username": "gone", "role": 1}, "停止中です"),
    ],
)
def test_a_member_who_cannot_be_added_is_refused_with_the_reason(
    admin_client: Client, site: Site, given: dict[str, Any], told: str
) -> None:
    User.objects.create_user("gone", is_active=False)
    count = Membership.objects.count()
    response = admin_client.post(address("site-members", site), given)
    assert response.status_code == 400
    assert told in response.content.decode()
    assert Membership.objects.count() == count


def test_a_role_is_changed_and_taken_away(
    admin_client: Client, client_as: Callable[..., Client], site: Site
) -> None:
    viewer = client_as(Role.VIEW)
    member = membership(site, "user-view")
    admin_client.post(address("site-member-role", site, member.pk), {"role": Role.ENTER})
    member.refresh_from_db()
    assert member.role == Role.ENTER
    admin_client.post(address("site-member-remove", site, member.pk))
    assert viewer.get(address("site-home", site)).status_code == 404
    assert User.objects.filter(username="user-view").exists()


def test_the_last_administrator_can_neither_be_removed_nor_lowered(admin_client: Client, site: Site) -> None:
    own = membership(site, "clerk")
    Membership.objects.create(
        site=site, user=User.objects.create_user("off", is_active=False), role=Role.ADMIN
    )
    for name, given in (("site-member-remove", {}), ("site-member-role", {"role": Role.APPROVE})):
        response = admin_client.post(address(name, site, own.pk), given)
        assert response.status_code == 400
        assert "管理の役割を持つ人がいなくなります" in response.content.decode()
    own.refresh_from_db()
    assert own.role == Role.ADMIN


def test_an_administrator_may_go_where_another_stays(
    admin_client: Client, client_as: Callable[..., Client], site: Site
) -> None:
    client_as(Role.ADMIN)
    response = admin_client.post(address("site-member-remove", site, membership(site, "clerk").pk))
    assert response.url == reverse("home")
    assert admin_client.get(address("site-home", site)).status_code == 404


def test_a_link_is_made_only_for_whom_the_administrator_may_let_in(
    admin_client: Client, site: Site, make_site: Callable[..., Site]
) -> None:
    elsewhere = Site.objects.create(slug="elsewhere", name="よその医院", sector="medical", kind="clinic")
    people = {
        "plain": ({}, True),
        "chief": ({"is_superuser": True}, False),
        "secret": ({"password": "battery-staple-horse"}, False),
        "both": ({}, False),
    }
    for name, (options, allowed) in people.items():
        person = User.objects.create_user(name, **options)
        member = Membership.objects.create(site=site, user=person, role=Role.VIEW)
        if name == "both":
            Membership.objects.create(site=elsewhere, user=person, role=Role.VIEW)
        response = admin_client.post(address("site-member-link", site, member.pk))
        assert ("/sign-in/" in response.content.decode()) is allowed
        assert response.status_code == (200 if allowed else 400)


def test_members_of_another_site_cannot_be_touched(
    admin_client: Client, site: Site, make_site: Callable[..., Site]
) -> None:
    other = Site.objects.create(slug="other", name="よその医院", sector="medical", kind="clinic")
    stranger = Membership.objects.create(site=other, user=User.objects.create_user("x"), role=Role.VIEW)
    for name in ("site-member-role", "site-member-remove", "site-member-link"):
        response = admin_client.post(address(name, site, stranger.pk), {"role": Role.ADMIN})
        assert response.status_code == 400
        assert "もうこの施設にいません" in response.content.decode()
    stranger.refresh_from_db()
    assert stranger.role == Role.VIEW


# ---- a fresh sign-in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["site-members", "site-trail-csv", "site-archive"])
def test_with_a_password_it_is_asked_for_again_after_five_minutes(
    admin_client: Client, site: Site, name: str
) -> None:
    assert admin_client.get(address(name, site)).status_code == 200
    response = stale(admin_client).get(address(name, site))
    assert response.status_code == 302
    assert response.url.startswith("/accounts/reauthenticate/")


@pytest.mark.parametrize("name", ["site-members", "site-trail-csv", "site-archive"])
def test_without_a_password_one_signs_in_anew(
    client_as: Callable[..., Client], site: Site, name: str
) -> None:
    client = client_as(Role.ADMIN)
    person = User.objects.get(username="user-admin")
    person.set_unusable_password()
    person.save()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(address(name, site)).status_code == 200
    response = stale(client).get(address(name, site))
    assert response.status_code == 403
    assert "もう一度サインイン" in response.content.decode()


def test_a_stale_sign_in_changes_no_member(admin_client: Client, site: Site) -> None:
    given = {"username": "reception", "role": Role.ADMIN}
    assert stale(admin_client).post(address("site-members", site), given).status_code == 302
    assert not User.objects.filter(username="reception").exists()


# ---- closing ---------------------------------------------------------------------------------------------


def test_a_closed_site_is_gone_for_everyone_and_nothing_is_deleted(admin_client: Client, site: Site) -> None:
    count = Entry.objects.filter(site=site).count()
    assert admin_client.post(address("site-archive", site), {"name": "ちがう名前"}).status_code == 400
    assert admin_client.post(address("site-archive", site), {"name": site.name}).status_code == 302
    assert admin_client.get(address("site-home", site)).status_code == 404
    assert Entry.objects.filter(site=site).count() == count + 1


# ---- the audit trail -------------------------------------------------------------------------------------


def test_the_trail_says_who_saw_changed_and_was_refused_what(
    admin_client: Client, client_as: Callable[..., Client], site: Site
) -> None:
    client_as(Role.VIEW).get(address("site-home", site))
    client_as(Role.VIEW).post(address("site-profile", site), {})
    page = admin_client.get(address("site-trail", site)).content.decode()
    assert "user-view" in page
    assert "<td>user-view</td>" in page
    assert 'title="/s/paper-clinic/settings/profile/">所在地・開設者・受診の数</td>' in page
    assert 'title="/s/paper-clinic/">ホーム</td>' in page
    assert "断られた" in page
    assert "/s/" not in re.sub(r"<[^>]*>", "", page.split("<tbody>")[1].split("</tbody>")[0]), (
        "no raw address"
    )


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (
            "/s/paper-clinic/additions/electronic-information-sharing/",
            "根拠（電子的診療情報連携体制整備加算）",
        ),
        ("/s/paper-clinic/questions/beds/", "質問（許可病床数）"),
        ("PUT /api/v1/sites/paper-clinic/facts/beds", "事実を書く（許可病床数）"),
        ("GET /api/v1/sites/paper-clinic", "一つの施設"),
        ("/api/v1/sites/paper-clinic/postings.pdf 掲示.pdf", "院内掲示のポスター：掲示.pdf"),
        ("/s/paper-clinic/gone/", "/s/paper-clinic/gone/"),
        ("ファイルから施設を作る：site-1", "ファイルから施設を作る：site-1"),
    ],
)
def test_the_trail_tells_addresses_in_words(
    admin_client: Client, site: Site, user: User, what: str, told: str
) -> None:
    audit("change", what, user=user, site=site)
    assert f">{told}</td>" in admin_client.get(address("site-trail", site)).content.decode()
    rows = admin_client.get(address("site-trail-csv", site)).content.decode("utf-8-sig").split("\r\n")
    assert any(f",{told}," in row and row.endswith(f",画面,{what}") for row in rows)


@pytest.mark.parametrize(
    ("via", "told"), [("cli", "（コマンド）"), ("tick", "（定時の実行）"), ("web", "（サインインなし）")]
)
def test_the_trail_says_what_acted_where_nobody_was_signed_in(
    admin_client: Client, site: Site, via: str, told: str
) -> None:
    audit("view", "mitasu judge", site=site, via=via)
    assert f"<td>{told}</td>" in admin_client.get(address("site-trail", site)).content.decode()
    assert f",{told}," in admin_client.get(address("site-trail-csv", site)).content.decode()


def test_the_trail_is_filtered_by_day_person_and_action(
    admin_client: Client, user: User, site: Site, client_as: Callable[..., Client]
) -> None:
    client_as(Role.VIEW)
    audit("export", "古い控え", user=user, site=site)
    audit("verify", "検証の控え", user=User.objects.get(username="user-view"), site=site)
    where = address("site-trail", site)
    today, yesterday = timezone.localdate(), timezone.localdate() - timedelta(days=1)

    def shown(**filters: Any) -> str:
        return admin_client.get(where, filters).content.decode()

    assert "古い控え" in shown(action="export")
    assert "検証の控え" not in shown(action="export")
    assert "検証の控え" in shown(person="user-view")
    assert "古い控え" not in shown(person="user-view")
    assert "古い控え" in shown(first=today.isoformat(), last=today.isoformat())
    assert "古い控え" not in shown(last=yesterday.isoformat())
    wrong = admin_client.get(where, {"first": "きのう"})
    assert wrong.status_code == 400
    assert "日付として読めません" in wrong.content.decode()


def test_the_trail_of_one_site_shows_nothing_of_another(
    admin_client: Client, site: Site, make_site: Callable[..., Site]
) -> None:
    other = make_site("hospital")
    audit("view", "よその控え", site=other)
    assert "よその控え" not in admin_client.get(address("site-trail", site)).content.decode()


def test_the_trail_goes_out_as_csv_that_no_spreadsheet_runs(
    admin_client: Client, user: User, site: Site
) -> None:
    audit("change", "=HYPERLINK(1)", user=user, site=site)
    response = admin_client.get(address("site-trail-csv", site), {"action": "change"})
    assert response["Content-Type"].startswith("text/csv")
    assert response["Content-Disposition"].startswith("attachment; filename=")
    text = response.content.decode("utf-8-sig")
    assert response.content.startswith(b"\xef\xbb\xbf")
    head, *rows = text.split("\r\n")
    assert head == "日時,人,こと,対象,結果,接続元,経路,記録のまま"
    assert any("'=HYPERLINK(1)" in row for row in rows)
    assert all(",変えた," in row for row in rows if row)
    assert Audit.objects.filter(site=site, action="export", what="監査記録（CSV）").exists()


def test_a_long_trail_has_pages(admin_client: Client, site: Site) -> None:
    for number in range(120):
        audit("view", f"控え{number:03d}", site=site)
    where = address("site-trail", site)
    assert "控え119" in admin_client.get(where, {"person": ""}).content.decode()
    second = admin_client.get(where, {"page": 2}).content.decode()
    assert "控え000" in second
    assert "控え119" not in second
