"""The evidence ledger's pages: adding, correcting, renewing, taking back; expiry; files; verification."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from mitasu.server.accounts.models import Role, Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.documents import path_of
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Audit, Entry, Kind
from mitasu.server.ledger.verify import verify
from mitasu.server.sites import integrity
from mitasu.server.sites.judging import answer_of, institution_of

pytestmark = pytest.mark.django_db(transaction=False)
EXAMPLE = "electronic-information-sharing"
GUIDELINE = f"{EXAMPLE}/chart-guideline"
POSTED = f"{EXAMPLE}/posted-in-facility"
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def address(name: str, site: Site, *arguments: Any, **query: Any) -> str:
    shown = reverse(name, args=(site.slug, *arguments))
    return f"{shown}?{'&'.join(f'{key}={value}' for key, value in query.items())}" if query else shown


def photo(kind: str = "PNG") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(written, kind)
    return written.getvalue()


def add(client: Client, site: Site, *keys: str, query: dict[str, Any] | None = None, **fields: Any) -> Any:
    given = {"r": list(keys), "title": "業者の確認書", "note": "", **fields}
    return client.post(address("evidence-add", site, **(query or {})), given)


def latest(site: Site, kind: str = Kind.EVIDENCE) -> Entry:
    return Entry.objects.filter(site=site, kind=kind).order_by("-number")[0]


def pdf_file(name: str = "確認書.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "application/octet-stream")


# ---- the table -------------------------------------------------------------------------------------------


def test_the_front_page_lists_every_requirement_in_force_and_says_where_there_is_no_evidence(
    client_as: Callable[..., Client], site: Site
) -> None:
    page = client_as(Role.VIEW).get(address("evidence", site)).content.decode()
    assert "電子的診療情報連携体制整備加算" in page
    assert "証拠なし" in page
    assert "診察室の端末の画面を撮影したもの" in page
    assert "証拠を足す" not in page


def test_one_addition_can_be_shown_alone(admin_client: Client, site: Site) -> None:
    page = admin_client.get(address("evidence", site, addition="home-care-dx")).content.decode()
    assert re.findall(r"<h2>(.*?)</h2>", page) == ["在宅医療DX情報活用加算"]


def test_papers_are_listed_by_expiry_the_nearest_first(admin_client: Client, site: Site) -> None:
    today = timezone.localdate()
    for title, days in (("遠い", 400), ("切れた", -3), ("近い", 20)):
        append(site, [Draft(Kind.EVIDENCE, "", {"title": title}, None, today + timedelta(days))])
    append(site, [Draft(Kind.EVIDENCE, "", {"title": "期限なし"})])
    page = admin_client.get(address("evidence", site, by="expiry")).content.decode()
    rows = re.findall(r'<th scope="row"><a [^>]*>(.*?)</a>', page)
    assert rows == ["切れた", "近い", "遠い"]
    assert "期限切れ" in page
    assert "あと20日" in page


def test_a_stranger_finds_no_ledger(client_as: Callable[..., Client], site: Site) -> None:
    for name, *arguments in (("evidence",), ("evidence-add",), ("evidence-verify",), ("evidence-entry", 1)):
        assert client_as(None).get(address(name, site, *arguments)).status_code == 404


def test_a_viewer_cannot_add_or_take_back(client_as: Callable[..., Client], site: Site) -> None:
    [paper] = append(site, [Draft(Kind.EVIDENCE, "", {"title": "控え"})])
    client = client_as(Role.VIEW)
    assert add(client, site, GUIDELINE, file=pdf_file()).status_code == 403
    assert client.post(address("evidence-retract", site, paper.number), {"reason": "x"}).status_code == 403
    assert latest(site).number == paper.number


# ---- adding ----------------------------------------------------------------------------------------------


def test_adding_begins_with_the_requirements_in_force(client_as: Callable[..., Client], site: Site) -> None:
    client = client_as(Role.ENTER)
    page = client.get(address("evidence-add", site)).content.decode()
    assert f'value="{GUIDELINE}"' in page
    assert (
        "要件を一つ以上選んでください" in client.get(address("evidence-add", site, next=1)).content.decode()
    )
    form = client.get(address("evidence-add", site, r=GUIDELINE)).content.decode()
    assert "fact-security_guideline" in form


def test_a_paper_and_the_fact_it_proves_are_recorded_in_one_step(
    client_as: Callable[..., Client], site: Site
) -> None:
    before = answer_of(site, date(2026, 11, 22)).of(EXAMPLE).requirement("chart-guideline")
    assert before is not None
    assert before.status == "unknown"
    response = add(
        client_as(Role.ENTER),
        site,
        GUIDELINE,
        file=pdf_file(),
        first_day="R8.2.2",
        last_day="令和9年2月1日",
        **{"fact-security_guideline": "true"},
    )
    paper, fact = latest(site), latest(site, Kind.FACT)
    assert response.url == address("evidence-entry", site, paper.number)
    assert (paper.first_day, paper.last_day) == (date(2026, 2, 2), date(2027, 2, 1))
    assert paper.body["requirements"] == [GUIDELINE]
    assert path_of(paper.document).read_bytes() == PDF
    assert (fact.number, fact.proof) == (paper.number + 1, paper.number)
    after = answer_of(site, date(2026, 11, 22)).of(EXAMPLE).requirement("chart-guideline")
    assert after is not None
    assert after.status == "met"
    assert f"証拠{paper.number} 業者の確認書" in after.why


def test_what_expired_evidence_proved_is_unknown_again_and_the_pages_say_so(
    client_as: Callable[..., Client], site: Site
) -> None:
    client = client_as(Role.ENTER)
    ended = timezone.localdate() - timedelta(days=1)
    add(
        client,
        site,
        GUIDELINE,
        file=pdf_file(),
        last_day=ended.isoformat(),
        **{"fact-security_guideline": "true"},
    )
    page = client.get(address("evidence", site, addition=EXAMPLE)).content.decode()
    assert "期限切れの証拠が1件あります" in page
    row = page[page.index("安全管理ガイドラインに準拠した電子カルテ") :][:1500]
    assert "未確認" in row
    assert "期限切れ" in row
    assert institution_of(site).fact("security_guideline", ended) is not None
    assert institution_of(site).fact("security_guideline", ended + timedelta(days=1)) is None
    assert (
        "期限が切れています"
        in client.get(address("evidence-entry", site, latest(site).number)).content.decode()
    )


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PDF, "application/pdf"),
        (photo(), "image/png"),
        (photo("JPEG"), "image/jpeg"),
        ("業務日誌\n".encode("cp932"), "text/plain"),
    ],
)
def test_a_file_is_known_by_its_content_and_given_back_to_be_saved(
    client_as: Callable[..., Client], site: Site, content: bytes, media_type: str
) -> None:
    add(client_as(Role.ENTER), site, POSTED, file=pdf_file("なんでも.exe", content))
    response = client_as(Role.VIEW).get(address("evidence-file", site, latest(site).number))
    assert response.content == content
    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"].startswith("attachment; ")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert Audit.objects.filter(site=site, action="export", what__contains="業者の確認書").exists()


def test_a_telephone_photograph_is_kept_as_jpeg(client_as: Callable[..., Client], site: Site) -> None:
    import pillow_heif

    written = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (64, 64), "red")).save(written)
    add(client_as(Role.ENTER), site, POSTED, file=pdf_file("IMG_1.HEIC", written.getvalue()))
    assert path_of(latest(site).document).read_bytes().startswith(b"\xff\xd8\xff")


def test_a_figure_or_a_statement_is_evidence_too(client_as: Callable[..., Client], site: Site) -> None:
    client = client_as(Role.ENTER)
    add(client, site, POSTED, figure_what="掲示した場所", figure_value="３か所")
    assert latest(site).body["figure"] == {"what": "掲示した場所", "value": "３か所"}
    add(client, site, POSTED, statement_who="院長", statement_what="毎朝確かめています。")
    page = client.get(address("evidence-entry", site, latest(site).number)).content.decode()
    assert "毎朝確かめています。" in page
    assert "述べた人：院長" in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "ファイル、数、述べることのどれか一つ"),
        ({"figure_value": "3"}, "「数」と合わせて入力してください"),
        ({"statement_what": "はい"}, "「述べること」と合わせて"),
        ({"file": "mz"}, "この形のファイルは受け取れません"),
        ({"figure_what": "a", "figure_value": "1", "first_day": "R8.2.30"}, "という日はありません"),
        (
            {"figure_what": "a", "figure_value": "1", "first_day": "R8.2.2", "last_day": "R8.2.1"},
            "より前の日です",
        ),
        ({"title": "", "figure_what": "a", "figure_value": "1"}, "必須"),
    ],
)
def test_wrong_input_says_how_to_mend_it_and_keeps_what_was_typed(
    client_as: Callable[..., Client], site: Site, fields: dict[str, Any], told: str
) -> None:
    if fields.get("file") == "mz":
        fields = {"file": pdf_file("a.exe", b"MZ\x90\x00\x03")}
    count = Entry.objects.count()
    response = add(client_as(Role.ENTER), site, POSTED, **{"note": "大事な覚え書き", **fields})
    page = response.content.decode()
    assert response.status_code == 400
    assert told in page
    assert "大事な覚え書き" in page
    assert Entry.objects.count() == count


def test_a_file_that_was_taken_once_need_not_be_chosen_again(
    client_as: Callable[..., Client], site: Site
) -> None:
    client = client_as(Role.ENTER)
    page = add(client, site, POSTED, file=pdf_file(), first_day="R8.2.30").content.decode()
    assert "受け取り済みのファイル：確認書.pdf" in page
    [kept] = re.findall(r'name="kept" value="([^"]+)"', page)
    add(client, site, POSTED, kept=kept, first_day="R8.2.3")
    assert path_of(latest(site).document).read_bytes() == PDF


def test_a_file_that_one_did_not_send_cannot_be_named(client_as: Callable[..., Client], site: Site) -> None:
    response = add(client_as(Role.ENTER), site, POSTED, kept="a" * 64)
    assert response.status_code == 400
    assert "どれか一つ" in response.content.decode()


def test_a_fact_that_cannot_be_is_refused_at_its_field(client_as: Callable[..., Client], site: Site) -> None:
    key = f"{EXAMPLE}/regional-network"
    response = add(
        client_as(Role.ENTER),
        site,
        key,
        figure_what="参加施設",
        figure_value="10",
        **{"fact-network_participants": "たくさん"},
    )
    assert response.status_code == 400
    assert "たくさん" in response.content.decode()
    assert not Entry.objects.filter(site=site, kind=Kind.EVIDENCE).exists()


# ---- mending ---------------------------------------------------------------------------------------------


@pytest.fixture
def paper(client_as: Callable[..., Client], site: Site) -> Entry:
    """A paper until 1 February 2027 that proves a fact."""
    add(
        client_as(Role.ENTER),
        site,
        GUIDELINE,
        file=pdf_file(),
        first_day="2026-02-02",
        last_day="2027-02-01",
        **{"fact-security_guideline": "true"},
    )
    return latest(site)


def test_a_correction_is_a_new_entry_that_takes_over_what_rested_on_the_old_one(
    client_as: Callable[..., Client], site: Site, paper: Entry
) -> None:
    client = client_as(Role.ENTER)
    query = {"replaces": paper.number}
    form = client.get(address("evidence-add", site, **query)).content.decode()
    assert "令和9年2月1日" in form
    [kept] = re.findall(r'name="kept" value="([^"]+)"', form)
    add(
        client,
        site,
        GUIDELINE,
        query=query,
        title="確認書（正）",
        kept=kept,
        first_day="2026-02-02",
        last_day="2026-12-31",
    )
    mended = latest(site)
    assert (mended.replaces, mended.document) == (paper.number, paper.document)
    assert Entry.objects.filter(site=site, number=paper.number).exists()
    institution = institution_of(site)
    span = institution.fact("security_guideline", date(2026, 12, 31))
    assert span is not None
    assert span.proof == f"証拠{mended.number} 確認書（正）"
    assert institution.fact("security_guideline", date(2027, 1, 1)) is None
    old = client.get(address("evidence-entry", site, paper.number)).content.decode()
    assert f"証拠{mended.number}</a>に訂正されています" in old
    assert "取り消し・差し替え済み" in client.get(address("evidence", site, by="number")).content.decode()


def test_a_correction_leaves_later_knowledge_as_it_is(
    client_as: Callable[..., Client], site: Site, paper: Entry
) -> None:
    append(site, [Draft(Kind.FACT, "security_guideline", {"value": False}, date(2026, 6, 1))])
    add(client_as(Role.ENTER), site, GUIDELINE, query={"replaces": paper.number}, file=pdf_file())
    span = institution_of(site).fact("security_guideline", date(2026, 7, 1))
    assert span is not None
    assert span.value is False


def test_a_renewal_proves_the_same_facts_from_the_day_after(
    client_as: Callable[..., Client], site: Site, paper: Entry
) -> None:
    client = client_as(Role.ENTER)
    query = {"renews": paper.number}
    form = client.get(address("evidence-add", site, **query)).content.decode()
    assert re.search(r'<option value="true" selected>はい', form)
    add(
        client,
        site,
        GUIDELINE,
        query=query,
        file=pdf_file(content=PDF + b"2"),
        last_day="2028-02-01",
        **{"fact-security_guideline": "true"},
    )
    renewed = latest(site)
    assert renewed.first_day == date(2027, 2, 2)
    institution = institution_of(site)
    proofs = [
        span.proof if (span := institution.fact("security_guideline", day)) else None
        for day in (date(2027, 2, 1), date(2027, 2, 2), date(2028, 2, 1), date(2028, 2, 2))
    ]
    old, new = f"証拠{paper.number} 業者の確認書", f"証拠{renewed.number} 業者の確認書"
    assert proofs == [old, new, new, None]
    page = client.get(address("evidence-entry", site, paper.number)).content.decode()
    assert f"証拠{renewed.number}</a>が引き継いだ" in page


def test_taking_back_makes_what_rested_on_it_unknown_and_keeps_the_reason(
    client_as: Callable[..., Client], site: Site, paper: Entry
) -> None:
    client = client_as(Role.ENTER)
    where = address("evidence-retract", site, paper.number)
    assert client.post(where, {"reason": ""}).status_code == 400
    assert client.post(where, {"reason": "別の施設の書類だった"}).status_code == 302
    assert paper.number not in known(site).entries
    assert institution_of(site).fact("security_guideline", date(2026, 11, 22)) is None
    page = client.get(address("evidence-entry", site, paper.number)).content.decode()
    assert "理由：別の施設の書類だった" in page
    again = client.post(where, {"reason": "もう一度"})
    assert again.status_code == 400
    assert "もう取り消されたか" in again.content.decode()


def test_a_paper_that_no_longer_counts_cannot_be_renewed(
    client_as: Callable[..., Client], site: Site, paper: Entry
) -> None:
    client = client_as(Role.ENTER)
    client.post(address("evidence-retract", site, paper.number), {"reason": "誤り"})
    assert client.get(address("evidence-add", site, renews=paper.number)).status_code == 404
    assert client.get(address("evidence-add", site, renews="x")).status_code == 404


def test_entries_that_are_no_evidence_have_no_page(admin_client: Client, site: Site) -> None:
    assert admin_client.get(address("evidence-entry", site, 1)).status_code == 404
    assert admin_client.get(address("evidence-file", site, 1)).status_code == 404


def test_the_papers_of_another_site_are_not_here(
    admin_client: Client, make_site: Callable[..., Site], site: Site, paper: Entry
) -> None:
    other = make_site("hospital")
    assert admin_client.get(address("evidence-entry", other, paper.number)).status_code == 404


# ---- the chain -------------------------------------------------------------------------------------------


@pytest.fixture
def sealed(site: Site, client_as: Callable[..., Client], django_capture_on_commit_callbacks: Any) -> Entry:
    """A paper whose anchor is written."""
    with django_capture_on_commit_callbacks(execute=True):
        add(client_as(Role.ENTER), site, POSTED, file=pdf_file())
    return latest(site)


def test_an_untouched_ledger_has_a_closed_lock_and_no_warning(
    admin_client: Client, site: Site, sealed: Entry
) -> None:
    assert "鎖の検証：異常なし" in admin_client.get(address("evidence", site)).content.decode()
    assert "違うところ" not in admin_client.get(address("site-home", site)).content.decode()


def test_one_changed_byte_is_named_by_the_verification_and_warned_of_at_home(
    admin_client: Client, site: Site, sealed: Entry
) -> None:
    admin_client.get(address("site-home", site))
    path_of(sealed.document).write_bytes(PDF.replace(b"1.4", b"1.5"))
    home = admin_client.get(address("site-home", site)).content.decode()
    assert "証拠台帳に、記録したときと違うところが1か所あります" in home
    response = admin_client.post(address("evidence-verify", site), follow=True)
    page = response.content.decode()
    assert f"記録{sealed.number}の文書（業者の確認書）が書き換えられています" in page
    assert "鎖の検証：1か所" in page
    assert "1か所に違い" in admin_client.get(address("evidence", site)).content.decode()


def test_a_file_that_is_gone_is_told_and_not_a_server_error(
    admin_client: Client, site: Site, sealed: Entry
) -> None:
    path_of(sealed.document).unlink()
    assert "の文書がありません" in admin_client.get(address("evidence-verify", site)).content.decode()
    response = admin_client.get(address("evidence-file", site, sealed.number))
    assert response.status_code == 400
    assert "ファイルが見つかりません" in response.content.decode()


def test_an_edited_entry_is_named(admin_client: Client, site: Site, sealed: Entry) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER ledger_entry_no_update")
        cursor.execute("UPDATE ledger_entry SET recorded_name = 'x' WHERE id = %s", [sealed.pk])
    page = admin_client.post(address("evidence-verify", site), follow=True).content.decode()
    assert f"記録{sealed.number}（evidence）の中身が書き換えられています" in page


def test_a_viewer_may_verify_and_it_is_recorded(
    client_as: Callable[..., Client], site: Site, sealed: Entry
) -> None:
    client_as(Role.VIEW).post(address("evidence-verify", site))
    assert Audit.objects.get(site=site, action="verify").what == "鎖の検証：異常なし"


def test_a_file_is_read_again_only_when_it_was_touched(
    site: Site, sealed: Entry, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []

    def spied(of: Site, *, unread: Any = ()) -> list[Any]:
        seen.append(sealed.document in unread)
        return verify(of, unread=unread)

    integrity.check_of(site)
    monkeypatch.setattr(integrity, "verify", spied)
    integrity.check_of(site)
    append(site, [Draft(Kind.NOTE, body={"text": "a"})])
    integrity.check_of(site)
    integrity.check_now(site)
    assert seen == [True, False]
