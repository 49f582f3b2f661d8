"""Import and export: nothing is lost, nothing is taken over unseen, and hostile files do no harm."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from sample_files import sample_document

from mitasu.facts import load_institution
from mitasu.rules.strict_yaml import read
from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.files import export_document
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.sites.imports.filings import item_of
from mitasu.server.sites.institution_file import as_json, as_yaml
from mitasu.server.sites.judging import institution_of

pytestmark = pytest.mark.django_db(transaction=False)
FULL = ["項番", "都道府県コード", "都道府県名", "区分", "医療機関番号", "併設医療機関番号", "医療機関記号番号", "医療機関名称", "受理届出名称", "受理記号", "受理番号", "算定開始年月日", "備考（見出し）"]  # fmt: skip
HOME = "/s/paper-clinic/exchange/"


def text(response: Any) -> str:
    return str(response.content.decode())


def sent(
    client: Client, kind: str, content: bytes | str, name: str = "a.csv", slug: str = "paper-clinic"
) -> Any:
    data = content.encode() if isinstance(content, str) else content
    return client.post(f"/s/{slug}/exchange/{kind}/", {"file": SimpleUploadedFile(name, data)})


def confirmed(client: Client, response: Any) -> Any:
    token = re.search(r'name="token" value="([^"]+)"', text(response))
    assert token is not None, text(response)
    return client.post(response.wsgi_request.path, {"token": token[1]}, follow=True)


def workbook(*sheets: list[list[Any]]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(row)
    book.save(written)
    return written.getvalue()


def bare(institution: Any) -> Any:
    facts = {
        id_: [(s.value, s.from_, s.until, s.proof) for s in spans] for id_, spans in institution.facts.items()
    }
    return (institution.name, institution.code, facts, institution.series, institution.events,
            institution.people, institution.filings)  # fmt: skip


# ---- roles -------------------------------------------------------------------------------------------------

PAGES = [
    "",
    "institution/",
    "filings/",
    "staff/",
    "rates/",
    "institution.yaml",
    "institution.json",
    "staff.csv",
]


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_finds_nothing(client_as: Callable[[Role | None], Client], page: str) -> None:
    assert client_as(None).get(HOME + page).status_code == 404


@pytest.mark.parametrize("page", ["institution/", "filings/", "staff/", "rates/"])
def test_taking_in_asks_for_the_role_of_entering(
    client_as: Callable[[Role | None], Client], page: str
) -> None:
    viewer = client_as(Role.VIEW)
    assert viewer.get(HOME + page).status_code == 403
    assert viewer.post(HOME + page, {}).status_code == 403
    assert "「入力」以上の役割が要ります" in text(viewer.get(HOME))
    assert client_as(Role.ENTER).get(HOME + page).status_code == 200


def test_the_page_offers_what_can_be_taken_out_and_in(admin_client: Client) -> None:
    page = text(admin_client.get(HOME))
    for words in ("YAML", "JSON", "届出受理の名簿", "職員の一覧", "利用率の通知"):
        assert words in page
    assert admin_client.get(HOME + "staff/?template").content.decode("utf-8-sig").startswith("役割,雇用")


# ---- institution files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("sample", ["paper-clinic", "childrens-clinic", "hospital"])
def test_a_file_taken_out_and_in_again_loses_nothing(
    make_site: Any, admin_client: Client, sample: str, form: str
) -> None:
    if sample != "paper-clinic":
        make_site(sample)
    exported = admin_client.get(f"/s/{sample}/exchange/institution.{form}")
    assert f".{form}" in exported.headers["Content-Disposition"]
    again = load_institution(read(exported.content.decode(), "x", json=form == "json"), rulebook())
    given = load_institution(sample_document(sample), rulebook())
    assert bare(again) == bare(given)
    assert Audit.objects.filter(action="export").exists()


@pytest.mark.parametrize(
    "words",
    [
        "はい",
        "yes",
        "on",
        "010",
        "2026-06-01",
        "12.5",
        "~",
        "a: b",
        "# x",
        "*a",
        "𠮷",
        "改\n行",
        "",
        "-",
        "=1",
    ],
)
def test_any_words_go_through_yaml_and_json(words: str) -> None:
    document = {"institution": {"name": words, "sector": "medical"}, "filings": [], "people": []}
    assert read(as_yaml(document, "x"), "x") == document
    assert read(as_json(document), "x", json=True) == document


def test_every_problem_of_a_file_is_named_with_its_line_and_nothing_is_written(admin_client: Client) -> None:
    before = Entry.objects.count()
    response = sent(
        admin_client,
        "institution",
        "institution:\n  name: 医院\n  sector: medical\n  kind: clinic\nfacts:\n  onlin_claims: true\n  beds: たくさん\n",
        "a.yaml",
    )
    assert response.status_code == 400
    assert "a.yaml:6" in text(response)
    assert "online_claims" in text(response)
    assert "a.yaml:7" in text(response)
    assert Entry.objects.count() == before


def changed_file(site: Site) -> str:
    document = export_document(site)
    document["facts"]["beds"] = 5
    document["institution"]["name"] = "新しい名前の内科"
    return as_yaml(document, "x")


def test_what_would_change_is_shown_first_and_done_only_when_confirmed(
    admin_client: Client, site: Site
) -> None:
    before = Entry.objects.count()
    response = sent(admin_client, "institution", changed_file(site), "a.yaml")
    assert "2か所が変わります" in text(response)
    assert "新しい名前の内科" in text(response)
    assert Entry.objects.count() == before
    assert "取り込みました" in text(confirmed(admin_client, response))
    site.refresh_from_db()
    assert site.name == institution_of(site).name == "新しい名前の内科"
    assert [span.value for span in institution_of(site).facts["beds"]] == [5]


def test_a_file_that_says_what_is_known_already_changes_nothing(admin_client: Client, site: Site) -> None:
    response = sent(admin_client, "institution", as_json(export_document(site)), "a.json")
    assert "変わるところはありません" in text(response)
    assert 'name="token"' not in text(response)


def test_the_file_of_another_institution_is_pointed_out(admin_client: Client, make_site: Any) -> None:
    other = make_site("childrens-clinic")
    assert "医療機関コードが違います" in text(
        sent(admin_client, "institution", as_json(export_document(other)), "a.json")
    )


def test_a_confirmation_after_someone_else_wrote_is_refused(admin_client: Client, site: Site) -> None:
    response = sent(admin_client, "institution", changed_file(site), "a.yaml")
    append(site, [Draft(Kind.NOTE, body={"text": "先に"})])
    refused = confirmed(admin_client, response)
    assert refused.status_code == 400
    assert "ほかの人が台帳に書き加えました" in text(refused)
    assert site.name != "新しい名前の内科"


def test_a_confirmation_counts_only_for_its_person_site_and_kind(
    admin_client: Client, client_as: Callable[[Role | None], Client], site: Site, make_site: Any
) -> None:
    make_site("hospital")
    response = sent(admin_client, "institution", changed_file(site), "a.yaml")
    token = re.search(r'name="token" value="([^"]+)"', text(response))[1]  # type: ignore[index]
    before = Entry.objects.count()
    for client, address in (
        (client_as(Role.ADMIN), f"{HOME}institution/"),
        (admin_client, "/s/hospital/exchange/institution/"),
        (admin_client, f"{HOME}staff/"),
    ):
        refused = client.post(address, {"token": token})
        assert refused.status_code == 400
        assert "期限が切れました" in text(refused)
    assert admin_client.post(f"{HOME}institution/", {"token": token + "x"}).status_code == 400
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("content", "name", "told"),
    [
        (b"", "a.yaml", "空です"),
        ("institution: {name: 医院}".encode("cp932"), "a.yaml", "Shift_JIS"),
        (b"a: &x [1]\nb: *x\n", "a.yaml", "アンカー"),
        (b"!!python/object/apply:os.system ['true']", "a.yaml", "タグ"),
        (b"[" * 200, "a.yaml", "深すぎます"),
        (b"PK\x03\x04" + b"\0" * 50, "a.yaml", "a.yaml"),
    ],
)
def test_hostile_and_wrong_institution_files_are_refused(
    admin_client: Client, content: bytes, name: str, told: str
) -> None:
    response = sent(admin_client, "institution", content, name)
    assert response.status_code == 400
    assert told in text(response)


def test_without_a_file_the_form_asks_for_one(admin_client: Client) -> None:
    assert admin_client.post(f"{HOME}institution/", {}).status_code == 400


def test_a_name_of_a_file_cannot_put_anything_into_the_page(admin_client: Client) -> None:
    page = text(sent(admin_client, "staff", "a", "<script>alert(1)</script>.csv"))
    assert "<script>alert" not in page


# ---- a new site from a file ----------------------------------------------------------------------------------


def test_a_site_can_be_made_from_a_file(db: None) -> None:
    user = User.objects.create(username="new")
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    content = as_json(sample_document("hospital")).encode()
    response = client.post("/start/file/", {"file": SimpleUploadedFile("h.json", content)})
    assert "白樺記念病院" in text(response)
    assert not Site.objects.filter(memberships__user=user).exists()
    done = confirmed(client, response)
    site = Site.objects.get(memberships__user=user)
    assert done.redirect_chain[-1][0] == f"/s/{site.slug}/"
    assert (site.prefecture, site.kind, site.memberships.get().role) == ("01", "hospital", Role.ADMIN)
    assert bare(institution_of(site)) == bare(load_institution(sample_document("hospital"), rulebook()))


def test_a_broken_file_makes_no_site(admin_client: Client) -> None:
    before = Site.objects.count()
    response = admin_client.post("/start/file/", {"file": SimpleUploadedFile("h.yaml", b"institution: {}")})
    assert response.status_code == 400
    assert Site.objects.count() == before
    assert admin_client.post("/start/file/", {"token": "x"}).status_code == 400
    assert admin_client.get("/start/file/").status_code == 200


# ---- the bureau's list ---------------------------------------------------------------------------------------


def bureau(
    site: Site, *rows: tuple[Any, ...], code: str = "", pref: str = "", sector: str = "医科"
) -> list[list[Any]]:
    """A list as the bureaus publish it: titles, a heading, rows of other institutions around those given."""
    other = [1, "01", "北海道", "医科", "0000001", "", "", "よその医院", "診療録管理体制加算１", "診療録１", "第1号", "令和 6年 6月 1日", ""]  # fmt: skip
    mine = [
        [2, pref or site.code[:2], "", sector, code or site.code[3:], "", "", site.name, *row, ""]
        for row in rows
    ]
    return [["届出受理医療機関名簿"], ["令和 8年 7月 1日 現在"], [], FULL, other, *mine, other]


DX = ("電子的診療情報連携体制整備加算３", "電情３", "第123号", "令和 8年 9月 1日")


@pytest.fixture
def unfiled(make_site: Any) -> Site:
    """A clinic of whose filings nothing is known."""
    site = Site.objects.get(slug="paper-clinic")
    rows = [
        entry
        for entry in known(site).entries.values()
        if entry.kind == Kind.FILING or entry.subject == "filings"
    ]
    append(site, [Draft(Kind.RETRACTION, body={"reason": "試験"}, replaces=row.number) for row in rows])
    assert institution_of(site).filings is None
    return site


def test_the_rows_of_the_site_become_filings(admin_client: Client, site: Site, unfiled: Site) -> None:
    rows = [
        DX,
        ("", "", "", ""),
        ("在宅医療ＤＸ情報活用加算", "在宅ＤＸ", "第9号", date(2024, 6, 1)),
        ("ニコチン依存症管理料", "ニコ", "第5号", "令和2年4月1日"),
        ("医療情報取得加算", "医情", "第6号", "令和6年6月15日"),
        ("医療ＤＸ推進体制整備加算", "医療ＤＸ", "第7号", "いつか"),
    ]
    response = sent(admin_client, "filings", workbook(bureau(site, *rows)), "名簿.xlsx")
    page = text(response)
    assert "2か所が変わります" in page
    for told in (
        "「ニコチン依存症管理料」（ニコ）：この名称は規則集にない",
        "月の初日ではない",
        "「いつか」は日付として読めません",
    ):
        assert told in page
    assert "よその医院" not in page
    confirmed(admin_client, response)
    found = institution_of(site).filings or ()
    assert [(f.item, f.level, f.accepted) for f in found] == [
        ("electronic-information-sharing", "3", date(2026, 9, 1)),
        ("home-care-dx", None, date(2024, 6, 3)),
    ]
    paper = known(site).last(Kind.EVIDENCE)
    assert paper.document
    assert [entry.proof for entry in known(site).of(Kind.FILING)] == [paper.number, paper.number]


def test_filings_that_are_there_already_are_not_added_again(
    admin_client: Client, site: Site, unfiled: Site
) -> None:
    confirmed(admin_client, sent(admin_client, "filings", workbook(bureau(site, DX)), "名簿.xlsx"))
    again = sent(admin_client, "filings", workbook(bureau(site, DX)), "名簿.xlsx")
    assert "変わるところはありません" in text(again)
    assert "1件は、もう台帳にあります" in text(again)


def test_every_sheet_of_a_list_is_read(admin_client: Client, site: Site, unfiled: Site) -> None:
    others = bureau(site, code="7654321")
    assert "1か所が変わります" in text(
        sent(admin_client, "filings", workbook(others, bureau(site, DX)), "名簿.xlsx")
    )


@pytest.mark.parametrize("changed", [{"code": "7654321"}, {"pref": "47"}, {"sector": "歯科"}])
def test_rows_of_others_with_the_same_number_elsewhere_are_not_taken(
    admin_client: Client, site: Site, changed: dict[str, str]
) -> None:
    response = sent(admin_client, "filings", workbook(bureau(site, DX, **changed)), "名簿.xlsx")
    assert response.status_code == 400
    assert f"医療機関コード {site.code} の行がありません" in text(response)


def test_a_list_without_its_heading_and_a_site_without_code_are_refused(
    admin_client: Client, site: Site
) -> None:
    assert "見出しの行が見つかりません" in text(
        sent(admin_client, "filings", workbook([["a", "b"]]), "名簿.xlsx")
    )
    Site.objects.filter(pk=site.pk).update(code="")
    assert "医療機関コード（10桁）がまだ" in text(
        sent(admin_client, "filings", workbook(bureau(site, DX)), "名簿.xlsx")
    )


def test_names_are_recognised_in_their_sector_only_and_never_guessed() -> None:
    assert item_of("電子的歯科診療情報連携体制整備加算１", "dental") == (
        "electronic-information-sharing",
        "1",
    )
    assert item_of("電子的歯科診療情報連携体制整備加算１", "medical") is None
    assert item_of("医療ＤＸ推進体制整備", "medical") is None
    assert item_of("診療録管理体制加算９", "medical") is None


# ---- staff ---------------------------------------------------------------------------------------------------

STAFF = "氏名,職種,常勤・非常勤,専従・専任,開始日,終了日\r\n髙﨑①㈱～,診療記録管理者,常勤,専従,R6.4.1,\r\n乙,看護師,常勤,,,\r\n"


def test_a_role_that_is_nearly_one_that_counts_is_named_with_that_one(
    admin_client: Client, site: Site
) -> None:
    misspelt = sent(admin_client, "staff", "役割,雇用\r\n診療記録管理,常勤\r\n".encode())
    assert (
        "「診療記録管理」：判定で数える役割ではないので取り込みません。「診療記録管理者」のことなら"
        in text(misspelt)
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_a_staff_list_becomes_people_without_their_names(
    admin_client: Client, site: Site, encoding: str
) -> None:
    response = sent(admin_client, "staff", STAFF.encode(encoding))
    assert "「看護師」：判定で数える役割ではない" in text(response)
    assert "髙﨑" not in text(response)
    confirmed(admin_client, response)
    [person] = institution_of(site).people or ()
    assert (person.role, person.employment, person.assignment, person.from_) == (
        "record_manager", "full_time", "exclusive", date(2024, 4, 1),
    )  # fmt: skip


def test_what_cannot_be_read_in_a_staff_list_is_named_with_row_and_column(admin_client: Client) -> None:
    page = text(sent(admin_client, "staff", STAFF.replace("常勤,専従,R6.4.1", "フル,専従,令和6年2月30日")))
    assert "2行目・C列（常勤・非常勤）：「フル」は使えません。常勤、非常勤、派遣、請負" in page
    assert "2行目・E列（開始日）：" in page
    assert "見出しの行が見つかりません" in text(sent(admin_client, "staff", "a,b\r\n1,2\r\n"))
    assert "より前です" in text(sent(admin_client, "staff", STAFF.replace("R6.4.1,", "R6.4.1,R5.4.1")))


def test_a_staff_list_taken_out_can_be_taken_in(admin_client: Client, make_site: Any) -> None:
    hospital = make_site("hospital")
    for encoding in ("utf-8-sig", "cp932"):
        content = admin_client.get(f"/s/hospital/exchange/staff.csv?encoding={encoding}").content
        assert "変わるところはありません" in text(sent(admin_client, "staff", content, slug="hospital"))
    cut = content.decode("cp932").split("\r\n")[:2]
    response = sent(admin_client, "staff", "\r\n".join(cut), slug="hospital")
    assert "に置き換わります" in text(response)
    confirmed(admin_client, response)
    assert len(institution_of(hospital).people or ()) == 1


def test_a_formula_in_a_staff_list_is_text_that_no_rule_counts(admin_client: Client) -> None:
    page = text(sent(admin_client, "staff", "役割,雇用\r\n=HYPERLINK(0),常勤\r\n"))
    assert "判定で数える役割ではない" in page


# ---- rates ---------------------------------------------------------------------------------------------------


def test_a_rate_notice_becomes_the_months_of_its_series(admin_client: Client, site: Site) -> None:
    notice = "診療月,レセプト件数ベース,通知日\r\n令和8年10月,41.5％,R8.12.14\r\n2026-09,40.1,\r\n"
    response = sent(admin_client, "rates", notice)
    assert "41.5%" in text(response)
    confirmed(admin_client, response)
    found = institution_of(site).series
    assert (found["card_use_rate_receipts"]["2026-10"], found["card_use_rate_receipts"]["2026-09"]) == (
        415_000,
        401_000,
    )
    assert found["card_use_rate_notified_on"]["2026-10"] == date(2026, 12, 14)
    assert "変わるところはありません" in text(sent(admin_client, "rates", notice))


@pytest.mark.parametrize(
    ("notice", "told"),
    [
        ("診療月,レセプト件数ベース\r\n2026-13,40\r\n", "2行目・A列（診療月）"),
        (
            "診療月,レセプト件数ベース\r\n2026-10,140\r\n",
            "2行目・B列（レセプト件数ベース）：割合が100%を超えて",
        ),
        ("診療月,レセプト件数ベース\r\n2026-10,0.415\r\n", "％の数（31.2）で書いてください"),
        ("診療月,レセプト件数ベース\r\n2026-10,40\r\n2026-10,41\r\n", "二度書かれています"),
        ("a,b\r\n", "見出しの行が見つかりません"),
    ],
)
def test_a_rate_notice_that_cannot_be_right_is_refused_with_its_place(
    admin_client: Client, notice: str, told: str
) -> None:
    response = sent(admin_client, "rates", notice)
    assert response.status_code == 400
    assert told in text(response)
