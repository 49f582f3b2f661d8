"""Many institutions: the matrix shows one's own sites only, quickly, and its files say what the page says."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from datetime import date
from typing import Any

import openpyxl
import pytest
from bench.many_sites import plant_many
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mitasu.dates import japanese_date
from mitasu.server.accounts.models import Membership, Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Kind
from mitasu.server.sites import standings
from mitasu.server.sites.judging import institution_of
from mitasu.server.sites.models import Standing, Task
from mitasu.server.sites.standings import lines, refresh, short_of

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = "electronic-information-sharing"
NOVEMBER = date(2026, 11, 22)


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """The day on which the samples were written."""
    monkeypatch.setattr(timezone, "localdate", lambda *_: NOVEMBER)
    return NOVEMBER


@pytest.fixture
def three(make_site: Any, today: date) -> list[Site]:
    return [make_site(name) for name in ("paper-clinic", "childrens-clinic", "hospital")]


@pytest.fixture
def client(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def names(response: Any) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*>([^<]+)</a>', text(response))


def rows(response: Any, encoding: str = "utf-8-sig") -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode(encoding))))


def test_the_matrix_shows_every_site_of_the_user_with_symbol_and_word(
    client: Client, three: list[Site]
) -> None:
    response = client.get("/sites/")
    assert names(response) == sorted(site.name for site in three)
    assert '<span aria-hidden="true">○</span> 算定可' in text(response)
    assert "3施設のうち" in text(response)


def test_a_site_outside_the_role_is_not_in_the_matrix_its_files_or_its_choices(
    client: Client, three: list[Site], today: date
) -> None:
    Site.objects.create(
        slug="other", name="よその医院", sector="dental", kind="clinic", prefecture="47", vendor="丙社"
    )
    for address in ("/sites/", "/sites/export/", "/sites/bulk/", "/sites/changes/"):
        for hidden in ("よその医院", "丙社", "沖縄県", "歯科"):
            assert hidden not in client.get(address).content.decode("utf-8-sig", "replace"), address


def test_someone_without_sites_sees_an_empty_matrix(db: None, today: date) -> None:
    stranger = Client()
    stranger.force_login(
        User.objects.create(username="x"), backend="django.contrib.auth.backends.ModelBackend"
    )
    assert "条件に合う施設はありません" in text(stranger.get("/sites/"))


@pytest.mark.parametrize(
    "address",
    ["/sites/", "/sites/export/", "/sites/bulk/", "/sites/posters/", "/sites/changes/", "/sites/rest/"],
)
def test_whoever_is_not_signed_in_is_sent_to_sign_in(db: None, address: str) -> None:
    assert Client().get(address).headers["Location"].startswith("/accounts/login/")


def test_only_additions_that_concern_a_site_are_columns(client: Client, make_site: Any, today: date) -> None:
    make_site("paper-clinic")
    assert "診療録管理体制加算" not in text(client.get("/sites/")).split("<tbody>")[0].split("<thead>")[1]
    make_site("hospital")
    assert "診療録管理体制加算" in text(client.get("/sites/")).split("<tbody>")[0].split("<thead>")[1]


def test_the_columns_can_be_chosen_in_the_address(client: Client, three: list[Site]) -> None:
    head = rows(client.get("/sites/export/", {"column": [EXAMPLE]}))[0]
    assert head[6:] == ["電子的診療情報連携体制整備加算"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "白樺"}, ["白樺記念病院"]),
        ({"q": "０１１９９"}, ["白樺記念病院"]),
        ({"prefecture": "14"}, ["ひばりの森こどもクリニック"]),
        ({"kind": "medical/hospital"}, ["白樺記念病院"]),
        ({"addition": "record-management"}, ["白樺記念病院"]),
        ({"q": "ない名前"}, []),
    ],
)
def test_filters_stand_in_the_address(
    client: Client, three: list[Site], query: dict[str, str], expected: list[str]
) -> None:
    assert names(client.get("/sites/", query)) == expected


def test_a_mark_chooses_the_sites_that_have_it_at_the_addition(client: Client, three: list[Site]) -> None:
    marks = {row[0]: row[6] for row in rows(client.get("/sites/export/", {"column": [EXAMPLE]}))[1:]}
    claimable = sorted(name for name, mark in marks.items() if mark.startswith("○"))
    assert claimable
    assert names(client.get("/sites/", {"addition": EXAMPLE, "mark": "○"})) == claimable
    assert names(client.get("/sites/", {"addition": EXAMPLE, "mark": "✕"})) == []


def test_the_vendor_is_a_filter_where_sites_have_one(client: Client, three: list[Site]) -> None:
    assert "電子カルテの会社" not in text(client.get("/sites/"))
    Site.objects.filter(pk=three[0].pk).update(vendor="甲社")
    assert "電子カルテの会社" in text(client.get("/sites/"))
    assert names(client.get("/sites/", {"vendor": "甲社"})) == [three[0].name]


def test_a_wrong_choice_says_how_to_mend_it_and_keeps_what_was_typed(
    client: Client, three: list[Site]
) -> None:
    page = text(client.get("/sites/", {"month": "2026年13月", "q": "白樺"}))
    assert "条件を直してください" in page
    assert 'value="2026年13月"' in page
    assert "祝日の表" in text(client.get("/sites/", {"month": "1999-01"}))


def test_with_a_choice_that_cannot_be_read_nothing_is_done_in_bulk(client: Client, three: list[Site]) -> None:
    wrong = "?kind=medical/hospitl"
    for address in ("/sites/export/", "/sites/posters/"):
        assert client.get(address + wrong).status_code == 400
    response = client.post(f"/sites/bulk/{wrong}", {"title": "確認"})
    assert "施設を選ぶ条件に読めないものがあります" in text(response)
    assert not Task.objects.exists()


def test_next_month_and_any_month_are_judged_on_their_first_day(client: Client, three: list[Site]) -> None:
    assert "令和8年12月1日" in text(client.get("/sites/", {"month": "next"}))
    assert "令和8年6月1日" in text(client.get("/sites/", {"month": "R8.6"}))
    assert "令和8年11月22日" in text(client.get("/sites/", {"month": "2026-11"}))


def test_sites_are_put_in_order_of_yen_deadline_and_missing(client: Client, three: list[Site]) -> None:
    table = rows(client.get("/sites/export/", {"sort": "deadline"}))[1:]
    days = [row[2] or "9999" for row in table]
    assert days == sorted(days)
    missing = [int(row[5]) for row in rows(client.get("/sites/export/", {"sort": "missing"}))[1:]]
    assert missing == sorted(missing, reverse=True)


def test_yen_at_risk_are_those_lost_at_the_next_deadline(make_site: Any) -> None:
    """On 15 May 2025 the web posting rests on a grace up to 31 May; the clinic has no posting after it."""
    site = make_site("paper-clinic")
    institution = institution_of(site)
    on, visits = date(2025, 5, 15), {"first_visit": 100, "revisit": 200, "home_visit": 10}
    found = short_of(institution, on, visits)
    assert found.lost_on == "2025-05-31"
    before, after = short_of(institution, on, visits).yen, short_of(institution, date(2025, 6, 1), visits).yen
    assert (before, after) == (100 * 8 * 10 + (100 + 200) * 1 * 10, 0)
    assert found.at_risk == before


def test_yen_that_depend_on_visits_nobody_entered_are_unknown_and_not_zero(make_site: Any) -> None:
    found = short_of(institution_of(make_site("paper-clinic")), date(2025, 5, 15), {})
    assert (found.yen, found.at_risk) == (None, None)


def test_months_whose_figures_are_not_known_yet_put_nothing_at_risk(make_site: Any) -> None:
    """The hospital may file anew by 1 December 2026; in January the rates and summaries of December are unknown."""
    visits = {"first_visit": 900, "revisit": 5200, "admission": 420}
    found = short_of(institution_of(make_site("hospital")), NOVEMBER, visits)
    assert found.due is not None
    assert (found.yen, found.at_risk) != (0, None)
    assert found.at_risk == 0


def test_what_ends_with_the_old_rules_is_at_risk_while_the_new_filing_is_missing(make_site: Any) -> None:
    site = make_site("paper-clinic")
    visits = {"first_visit": 100, "revisit": 200, "home_visit": 0}
    on = date(2026, 5, 15)
    assert short_of(institution_of(site), on, visits).at_risk == 0
    new = [entry for entry in known(site).of(Kind.FILING) if entry.subject == EXAMPLE]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試験"}, replaces=entry.number) for entry in new])
    found = short_of(institution_of(site), on, visits)
    assert found.lost_on == "2026-06-01"
    assert found.at_risk == (100 * 4 + 200 * 2) * 10, "what level 3 of the new addition would bring"


def test_where_no_deadline_takes_anything_away_nothing_is_at_risk(make_site: Any) -> None:
    found = short_of(
        institution_of(make_site("hospital")), date(2026, 8, 15), {"first_visit": 10, "revisit": 10}
    )
    assert (found.at_risk, found.lost_on) == (0, "")


def test_a_standing_is_made_anew_after_one_more_entry(three: list[Site], today: date) -> None:
    [before] = lines(Site.objects.filter(slug="paper-clinic"), today)
    append(three[0], [Draft(Kind.FACT, "online_claims", {"value": False})])
    [after] = lines(Site.objects.filter(slug="paper-clinic"), today)
    assert before.short.cells[EXAMPLE].symbol == "○"
    assert after.short.cells[EXAMPLE].symbol == "△"
    assert Standing.objects.count() == 1


def test_a_standing_made_by_other_rules_does_not_count(
    three: list[Site], today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines(Site.objects.all(), today)
    made = []
    monkeypatch.setattr(standings, "edition", lambda: "another")
    monkeypatch.setattr(standings, "short_of", lambda *_: made.append(1) or standings.Short())
    lines(Site.objects.all(), today)
    assert len(made) == 3


def test_refreshing_prepares_today_and_next_month_and_drops_days_that_are_over(three: list[Site]) -> None:
    lines(Site.objects.all(), date(2026, 11, 20))
    lines(Site.objects.all(), date(2026, 10, 1))
    assert refresh(NOVEMBER) == 3
    kept = set(Standing.objects.values_list("on", flat=True))
    assert kept == {date(2026, 10, 1), NOVEMBER, date(2026, 12, 1)}


# ---- judged first, the rest behind it -----------------------------------------------------------------------


@pytest.fixture
def one_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few sites count as many."""
    monkeypatch.setattr(standings, "AT_ONCE", 1)


def body(response: Any) -> str:
    return text(response).split("<tbody>")[1].split("</tbody>")[0]


@pytest.mark.usefixtures("one_at_once")
def test_of_many_sites_the_judgements_come_first_and_the_rest_is_said_to_be_worked_out(
    client: Client, three: list[Site]
) -> None:
    page = client.get("/sites/")
    assert body(page).count("計算中") == 6
    assert "円" not in body(page)
    assert "不明" not in body(page)
    assert "期限と失うおそれは3施設を計算中です" in text(page)
    assert 'hx-get="/sites/rest/?"' in text(page)
    whole = body(client.get("/sites/", {"whole": "1"}))
    assert "計算中" not in whole
    assert re.findall(r'class="mark[^"]*"', body(page)) == re.findall(r'class="mark[^"]*"', whole)


@pytest.mark.usefixtures("one_at_once")
def test_what_is_pending_is_worked_out_site_by_site_until_the_page_is_loaded_anew(
    client: Client, three: list[Site], today: date
) -> None:
    client.get("/sites/")
    answers = [client.get("/sites/rest/") for _ in range(3)]
    assert ["あと2施設" in text(answers[0]), "あと1施設" in text(answers[1])] == [True, True]
    assert ["HX-Refresh" in answer.headers for answer in answers] == [False, False, True]
    page = client.get("/sites/")
    assert "計算中" not in body(page)
    assert 'hx-get="/sites/rest/' not in text(page)
    Standing.objects.all().delete()
    assert body(client.get("/sites/", {"whole": "1"})) == body(page)


@pytest.mark.usefixtures("one_at_once")
def test_pending_sites_stand_behind_those_whose_place_is_known(client: Client, three: list[Site]) -> None:
    client.get("/sites/")
    client.get("/sites/rest/", {"q": "白樺"})
    for sort in ("yen", "deadline"):
        assert names(client.get("/sites/", {"sort": sort}))[0] == "白樺記念病院"


@pytest.mark.usefixtures("one_at_once")
def test_a_file_is_never_written_with_something_pending(client: Client, three: list[Site]) -> None:
    client.get("/sites/")
    assert "計算中" not in str(rows(client.get("/sites/export/")))
    assert not any(row["pending"] for row in Standing.objects.values_list("rows", flat=True))


@pytest.mark.usefixtures("one_at_once")
def test_working_on_the_rest_reaches_only_the_sites_of_the_user(client: Client, three: list[Site]) -> None:
    Membership.objects.filter(site=three[0]).delete()
    while "HX-Refresh" not in client.get("/sites/rest/").headers:
        pass
    assert set(Standing.objects.values_list("site_id", flat=True)) == {site.pk for site in three[1:]}


def test_a_site_whose_ledger_says_nothing_yet_is_listed_without_judgements(user: User, today: date) -> None:
    site = Site.objects.create(slug="new", name="準備中の医院", sector="medical", kind="clinic")
    Membership.objects.create(user=user, site=site, role=Role.VIEW)
    [line] = lines(Site.objects.filter(pk=site.pk), today)
    assert line.short.cells == {}


# ---- files -------------------------------------------------------------------------------------------------


def screen(response: Any) -> list[list[str]]:
    """The cells of the page's table as text."""
    body = text(response).split("<tbody>")[1].split("</tbody>")[0]
    found = []
    for row in body.split("</tr>")[:-1]:
        cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
        found.append([" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in cells])
    return found


def test_csv_and_excel_say_what_the_screen_says(client: Client, three: list[Site]) -> None:
    choice = {"sort": "missing", "month": "2025-05"}
    seen = screen(client.get("/sites/", choice))
    table = rows(client.get("/sites/export/", choice))[1:]
    assert [row[0] for row in table] == [row[0].split(" ")[0] for row in seen]
    for shown, saved in zip(seen, table, strict=True):
        assert shown[4:] == saved[6:]
        day = f"{japanese_date(date.fromisoformat(saved[2]))}（" if saved[2] else ""
        assert shown[1].startswith(day)
        assert shown[1].endswith(saved[3])
        assert shown[2].rstrip("円").replace(",", "") == saved[4]
        assert shown[3] == saved[5]
    excel = client.get("/sites/export/", {**choice, "format": "xlsx"})
    sheet: Any = openpyxl.load_workbook(io.BytesIO(excel.content)).active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[6:] for row in cells] == [row[6:] for row in table]
    assert Audit.objects.filter(action="export").count() == 2


def test_a_name_that_shift_jis_lacks_is_refused_with_its_place_on_the_page(
    client: Client, three: list[Site]
) -> None:
    Site.objects.filter(pk=three[2].pk).update(name="𠮷野記念病院")
    response = client.get("/sites/export/", {"encoding": "cp932"})
    assert response.status_code == 400
    assert "4行目・A列（施設）の「𠮷」（U+20BB7）" in text(response)
    assert names(response)


def test_names_of_people_and_places_go_through_shift_jis(client: Client, three: list[Site]) -> None:
    Site.objects.filter(pk=three[0].pk).update(name="髙﨑①㈱～")
    response = client.get("/sites/export/", {"encoding": "cp932"})
    assert "髙﨑①㈱～" in [row[0] for row in rows(response, "cp932")]
    assert "shift_jis" in response.headers["Content-Type"]


def test_a_name_that_is_a_formula_does_nothing_in_the_file(client: Client, three: list[Site]) -> None:
    Site.objects.filter(pk=three[0].pk).update(name="=HYPERLINK(0)")
    assert "'=HYPERLINK(0)" in [row[0] for row in rows(client.get("/sites/export/"))]


# ---- bulk --------------------------------------------------------------------------------------------------


def test_a_task_is_given_to_every_chosen_site_once(client: Client, three: list[Site], user: User) -> None:
    sent = {"title": "利用率を取り込む", "addition": EXAMPLE, "due": "R8.12.1", "mine": "on"}
    for _ in range(2):
        response = client.post("/sites/bulk/?kind=medical/clinic", sent, follow=True)
    assert "2施設には同じものがもうありました" in text(response)
    found = Task.objects.order_by("site__slug")
    assert [(task.site.slug, task.due, task.owner) for task in found] == [
        ("childrens-clinic", date(2026, 12, 1), user),
        ("paper-clinic", date(2026, 12, 1), user),
    ]
    assert Audit.objects.filter(action="change", what__startswith="まとめて渡す").count() == 2


def test_a_task_goes_only_where_the_role_allows_entering(
    client: Client, three: list[Site], user: User
) -> None:
    Membership.objects.filter(user=user, site=three[0]).update(role=Role.VIEW)
    page = text(client.get("/sites/bulk/"))
    assert "1施設には渡しません" in page
    assert three[0].name in page
    client.post("/sites/bulk/", {"title": "確認"})
    assert set(Task.objects.values_list("site__slug", flat=True)) == {"childrens-clinic", "hospital"}
    Membership.objects.filter(user=user).update(role=Role.VIEW)
    assert "入力できる役割の施設がありません" in text(client.post("/sites/bulk/", {"title": "もう一つ"}))


def test_a_task_without_a_title_or_with_an_impossible_day_is_refused_and_kept(
    client: Client, three: list[Site]
) -> None:
    response = client.post("/sites/bulk/", {"title": "", "due": "令和8年2月30日", "note": "あれこれ"})
    assert response.status_code == 400
    assert "令和8年2月30日" in text(response)
    assert "あれこれ" in text(response)
    assert not Task.objects.exists()


def test_posters_of_all_chosen_sites_come_as_one_file(
    client: Client, three: list[Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mitasu.errors import UsageError
    from mitasu.server.sites.views import bulk

    def make(site: Site, on: date) -> bytes:
        if site.slug == "hospital":
            raise UsageError("掲示するものがありません。")
        return f"%PDF-{site.slug}-{on}".encode()

    monkeypatch.setattr(bulk, "poster", lambda size: make)
    assert "3施設の掲示を保存" in text(client.get("/sites/bulk/"))
    response = client.get("/sites/posters/")
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        assert sorted(packed.namelist()) == [
            "childrens-clinic.pdf",
            "paper-clinic.pdf",
            "作れなかった施設.txt",
        ]
        assert packed.read("paper-clinic.pdf") == b"%PDF-paper-clinic-2026-11-22"
    assert client.get("/sites/posters/", {"q": "ない名前"}).status_code == 400


@pytest.mark.slow
def test_the_poster_of_a_site_in_the_file_is_the_one_of_its_own_page(
    client: Client, three: list[Site]
) -> None:
    response = client.get("/sites/posters/", {"q": three[0].name})
    with zipfile.ZipFile(io.BytesIO(response.content)) as packed:
        [name] = packed.namelist()
        assert name == f"{three[0].slug}.pdf"
        assert packed.read(name).startswith(b"%PDF-")


# ---- three hundred -----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_three_hundred_sites_are_one_page_and_a_dozen_queries(
    client: Client, user: User, today: date
) -> None:
    plant_many(user, 300)
    client.get("/sites/")
    with CaptureQueriesContext(
        connection,
    ) as queries:
        response = client.get("/sites/")
    assert len(names(response)) == 300
    assert len(queries) <= 12
    marks = set(re.findall(r'<span aria-hidden="true">(.)</span>', text(response).split("<tbody>")[1]))
    assert {"○", "△", "？"} <= marks
    assert len(rows(client.get("/sites/export/"))) == 301


@pytest.mark.slow
def test_beyond_five_hundred_sites_the_matrix_has_pages(client: Client, user: User, today: date) -> None:
    sites = Site.objects.bulk_create(
        Site(slug=f"s{number}", name=f"医院{number:04d}", sector="medical", kind="clinic")
        for number in range(501)
    )
    Membership.objects.bulk_create(Membership(user=user, site=site) for site in sites)
    assert len(names(client.get("/sites/"))) == 500
    assert names(client.get("/sites/", {"page": "2"})) == ["医院0500"]
