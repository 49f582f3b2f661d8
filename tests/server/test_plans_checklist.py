"""The cyber-security checklist by year: strict answers, suggestions that only people take up, signatures that hold."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from mitasu.errors import InputError, UsageError
from mitasu.server.accounts.models import Role, Site, User
from mitasu.server.continuity.models.plans import Answer, Sheet
from mitasu.server.continuity.plans import checklist
from mitasu.server.continuity.plans.comparing import compare
from mitasu.server.continuity.plans.items import read_checklist, shipped, shipped_text
from mitasu.server.ledger.fold import known
from mitasu.server.ledger.models import Entry

pytestmark = pytest.mark.django_db(transaction=False)
IN_YEAR = date(2025, 11, 22)
TODAY = date(2026, 11, 22)
OWN = """
year: 2026
title: 令和8年度の点検
parts:
  - id: "1"
    title: 体制
    items:
      - {id: manager, text: 責任者を置いている。, suggests: security_manager}
      - {id: drill, text: 訓練をしている。, who: hospital, suggests: bcp_drill, new: true}
      - {id: vendor-only, text: 保守の回線を閉じている。, who: vendor}
"""


def address(name: str, site: Site, *arguments: object) -> str:
    return reverse(name, args=(site.slug, *arguments))


def answered(site: Site, user: User, value: str = "yes", year: int = 2025, party: str = "") -> Sheet:
    sheet = checklist.begin(site, year, party)
    for _, lines in checklist.lines_of(site, year, party):
        for line in lines:
            checklist.answer(
                sheet, line.item, value, IN_YEAR, target=date(2026, 3, 31) if value == "no" else None,
                today=TODAY, by=user,
            )  # fmt: skip
    return sheet


# ---- the items -------------------------------------------------------------------------------------------


def test_the_shipped_year_has_four_parts_and_five_new_items() -> None:
    items = shipped()[2025]
    assert [part.title for part in items.parts] == ["体制", "管理・運用", "インシデント", "規程"]
    assert {item.id for item in items.items.values() if item.new} == {
        "passwords", "password-reuse", "usb", "two-factor", "rules",
    }  # fmt: skip
    assert [len(part.items) for part in items.parts] == [1, 13, 3, 1]


def test_a_year_whose_items_are_unknown_is_not_made_up(site: Site) -> None:
    assert 2026 not in checklist.years_of(site)
    with pytest.raises(UsageError, match="令和8年度の点検項目は入っていません"):
        checklist.begin(site, 2026)


def test_an_own_file_brings_its_year(site: Site, user: User) -> None:
    found = checklist.load(site, OWN.encode(), "own.yaml", by=user)
    assert (found.year, list(found.items)) == (2026, ["manager", "drill", "vendor-only"])
    asked = [item.id for _, items in found.asked(vendor=False) for item in items]
    assert asked == ["manager", "drill"]
    assert [item.id for _, items in found.asked(vendor=True) for item in items] == ["manager", "vendor-only"]


def test_the_shipped_file_can_be_loaded_again_as_a_pattern() -> None:
    text = shipped_text(2025)
    assert text is not None
    assert read_checklist(text.encode(), "x.yaml").items == shipped()[2025].items


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("year: 2026", "yaer: 2026", "x.yaml:2: 「yaer」という項目名はありません。近いもの: year"),
        ("year: 2026", "year: いつか", "「year」には整数を書いてください"),
        ("year: 2026", "year: 26", "年度（西暦）"),
        ("suggests: bcp_drill", "suggests: bcp_dril", "x.yaml:9: 「bcp_dril」は使えません"),
        ("who: vendor", "who: vender", "近いもの: vendor"),
        ("id: drill", "id: manager", "x.yaml:9: 「manager」が二度書かれています"),
        ("id: drill", "id: 訓練", "半角の英数字"),
        ("text: 訓練をしている。, ", "", "「text」がありません"),
        ("new: true", "new: はい", "true か false"),
        ("parts:", "part:", "「part」という項目名はありません"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(old: str, new: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_checklist(OWN.replace(old, new, 1).encode(), "x.yaml")
    assert told in str(refused.value)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 3000)
    | st.sampled_from(["manager", "yes", "", "体制", "hospital"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["year", "title", "note", "parts", "id", "items", "text", "who", "new", "suggests", "x"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(ANYTHING)
def test_whatever_a_file_holds_it_is_read_or_refused_with_problems(value: Any) -> None:
    try:
        told: Any = read_checklist(json.dumps(value, ensure_ascii=False).encode(), "x.yaml").items
    except InputError as error:
        told = error.problems
    assert told


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content: bytes) -> None:
    with pytest.raises(InputError):
        read_checklist(b"x: " + content, "x.yaml")


def test_items_stay_once_a_sheet_with_them_was_signed(site: Site, user: User) -> None:
    checklist.sign(answered(site, user), IN_YEAR, today=TODAY, by=user)
    other = OWN.replace("year: 2026", "year: 2025")
    with pytest.raises(UsageError, match="署名した点検表がある"):
        checklist.load(site, other.encode(), "own.yaml", by=user)


# ---- answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("no", IN_YEAR, None), "目標日が要ります"),
        (("no", IN_YEAR, date(2026, 4, 1)), "令和8年3月31日までの間"),
        (("no", IN_YEAR, date(2025, 11, 21)), "確かめた日から"),
        (("yes", IN_YEAR, date(2026, 3, 1)), "「いいえ」のときだけ"),
        (("yes", date(2025, 3, 31), None), "より前です"),
        (("yes", date(2026, 11, 23), None), "今日まで"),
        (("na", IN_YEAR, None), "理由を覚え書き"),
        (("maybe", IN_YEAR, None), "使えません"),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    site: Site, user: User, given: tuple[str, date, date | None], told: str
) -> None:
    value, on, target = given
    sheet, item = checklist.begin(site, 2025), checklist.item_named(site, 2025, "usb")
    with pytest.raises(UsageError, match=told):
        checklist.answer(sheet, item, value, on, target, today=TODAY, by=user)
    assert not Answer.objects.exists()


def test_no_needs_a_day_within_the_fiscal_year_and_may_have_its_last(site: Site, user: User) -> None:
    sheet, item = checklist.begin(site, 2025), checklist.item_named(site, 2025, "usb")
    checklist.answer(sheet, item, "no", IN_YEAR, date(2026, 3, 31), today=TODAY, by=user)
    assert checklist.answers_of(sheet)["usb"].target == date(2026, 3, 31)


def test_an_earlier_answer_stays_to_be_seen(site: Site, user: User) -> None:
    sheet, item = checklist.begin(site, 2025), checklist.item_named(site, 2025, "usb")
    checklist.answer(sheet, item, "no", IN_YEAR, date(2026, 3, 31), today=TODAY, by=user)
    checklist.answer(sheet, item, "yes", date(2026, 2, 1), today=TODAY, by=user)
    assert [one.value for one in sheet.answers.all()] == ["no", "yes"]
    assert checklist.answers_of(sheet)["usb"].value == "yes"


def test_evidence_must_be_in_the_ledger(site: Site, user: User) -> None:
    sheet, item = checklist.begin(site, 2025), checklist.item_named(site, 2025, "usb")
    with pytest.raises(UsageError, match="証拠999は台帳にない"):
        checklist.answer(sheet, item, "yes", IN_YEAR, evidence=999, today=TODAY, by=user)


def test_suggestions_come_from_the_fiscal_year_and_answer_nothing(make_site: Callable[..., Site]) -> None:
    hospital = make_site("hospital")
    told = checklist.suggestions(hospital, 2025, TODAY)
    assert "令和8年2月26日" in told["bcp_drill"].text
    assert "security_manager" in told
    assert "continuity_plan" not in told, "no plan was approved here"
    assert "bcp_drill" not in checklist.suggestions(hospital, 2026, TODAY)
    assert checklist.answers_of(checklist.sheet_of(hospital, 2025)) == {}


# ---- signing ---------------------------------------------------------------------------------------------


def test_a_sheet_with_an_open_item_is_not_signed(site: Site, user: User) -> None:
    sheet = checklist.begin(site, 2025)
    with pytest.raises(UsageError, match="まだ答えのない項目が18あります"):
        checklist.sign(sheet, IN_YEAR, today=TODAY, by=user)


def test_nobody_but_a_person_signs(site: Site, user: User) -> None:
    with pytest.raises(UsageError, match="人が署名"):
        checklist.sign(answered(site, user), IN_YEAR, today=TODAY, by=None)


def test_a_signature_holds_until_an_answer_changes(site: Site, user: User) -> None:
    sheet = answered(site, user)
    signature = checklist.sign(sheet, IN_YEAR, today=TODAY, by=user)
    assert checklist.signed(sheet) == (signature, True)
    entry = known(site).entries[signature.entry]
    assert entry.body["checklist"]["digest"] == signature.digest
    item = checklist.item_named(site, 2025, "usb")
    checklist.answer(sheet, item, "yes", date(2026, 1, 5), today=TODAY, by=user)
    assert checklist.signed(sheet) == (signature, False)


def test_the_guideline_is_only_stated_by_a_signer_who_says_so_and_never_beside_a_no(
    site: Site, user: User
) -> None:
    before = known(site).facts.get("security_guideline")
    sheet = answered(site, user)
    checklist.sign(sheet, IN_YEAR, today=TODAY, by=user)
    assert known(site).facts.get("security_guideline") == before
    signature = checklist.sign(sheet, IN_YEAR, guideline_until=date(2026, 6, 30), today=TODAY, by=user)
    stretches = {one.first: one for one in known(site).facts["security_guideline"]}
    assert stretches[IN_YEAR].entry.proof == signature.entry
    assert stretches[date(2026, 7, 1)].value is None, "unknown again when the signature is too old"
    checklist.answer(
        sheet, checklist.item_named(site, 2025, "usb"), "no", IN_YEAR, date(2026, 3, 1), today=TODAY, by=user
    )
    with pytest.raises(UsageError, match="usb"):
        checklist.sign(sheet, IN_YEAR, guideline_until=date(2026, 6, 30), today=TODAY, by=user)


def test_each_vendor_has_one_sheet_of_its_own(site: Site, user: User) -> None:
    sheet = answered(site, user, party="見本システム株式会社")
    assert checklist.begin(site, 2025, " 見本システム株式会社 ").pk == sheet.pk
    ids = {line.item.id for _, lines in checklist.lines_of(site, 2025, sheet.party) for line in lines}
    assert "continuity-plan" not in ids
    with pytest.raises(UsageError, match="医療機関の点検表"):
        checklist.sign(sheet, IN_YEAR, guideline_until=date(2026, 6, 30), today=TODAY, by=user)
    checklist.sign(sheet, IN_YEAR, today=TODAY, by=user)


def test_the_paper_shows_every_item_with_its_answer(site: Site, user: User) -> None:
    reader = PdfReader(io.BytesIO(checklist.sheet_pdf(answered(site, user, "no"))))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    assert text.count("いいえ") == 18
    assert "署名のない版" in text


def test_two_years_are_compared_item_by_item(site: Site, user: User) -> None:
    answered(site, user, "no")
    checklist.load(site, OWN.encode(), "own.yaml", by=user)
    sheet = checklist.begin(site, 2026)
    item = checklist.item_named(site, 2026, "manager")
    checklist.answer(sheet, item, "yes", date(2026, 5, 1), today=TODAY, by=user)
    changes = {one.item.id: one.change for one in compare(site, 2025, 2026)}
    assert (changes["manager"], changes["drill"], changes["usb"]) == ("better", "new", "dropped")


# ---- the pages -------------------------------------------------------------------------------------------


def filled(**more: Any) -> dict[str, Any]:
    return {"on": "R7.11.22", **more}


def test_a_sheet_is_answered_as_a_whole_and_records_only_what_changed(
    client_as: Callable[..., Client], site: Site
) -> None:
    client = client_as(Role.ENTER)
    page = address("bcp-checklist-sheet", site, 2025)
    given = filled(**{"value-usb": "yes", "value-manager": "no", "target-manager": "R8.3.31"})
    assert client.post(page, given).status_code == 302
    assert client.post(page, given).status_code == 302
    assert Answer.objects.filter(sheet__site=site).count() == 2
    assert {one.given_name for one in Answer.objects.all()} == {"user-enter"}


def test_one_wrong_answer_leaves_all_of_them_unrecorded(client_as: Callable[..., Client], site: Site) -> None:
    given = filled(**{"value-usb": "yes", "value-manager": "no"})
    response = client_as(Role.ENTER).post(address("bcp-checklist-sheet", site, 2025), given)
    assert response.status_code == 400
    assert "まだ何も記録していません" in response.content.decode()
    assert not Answer.objects.filter(sheet__site=site).exists()


def test_only_the_role_of_approval_signs(client_as: Callable[..., Client], site: Site, user: User) -> None:
    answered(site, user)
    page = address("bcp-checklist-sign", site, 2025)
    assert client_as(Role.ENTER).post(page, {"on": "R7.11.22"}).status_code == 403
    assert client_as(Role.APPROVE).post(page, {"on": "R7.11.22"}).status_code == 302
    shown = client_as(Role.VIEW).get(address("bcp-checklist-sheet", site, 2025)).content.decode()
    assert "署名済み" in shown
    assert "変えた回答を記録する" not in shown


def test_a_vendors_sheet_begins_from_the_page(client_as: Callable[..., Client], site: Site) -> None:
    client = client_as(Role.ENTER)
    response = client.post(address("bcp-checklist-sheet", site, 2025), {"party": "見本システム"})
    sheet = Sheet.objects.get(site=site, party="見本システム")
    assert response["Location"] == address("bcp-checklist-vendor", site, 2025, sheet.pk)
    assert client.post(response["Location"], filled(**{"value-usb": "yes"})).status_code == 302
    assert "見本システム" in client.get(response["Location"]).content.decode()
    assert client.get(address("bcp-checklist-vendor-pdf", site, 2025, sheet.pk)).status_code == 200


def test_a_file_of_items_is_taken_in_from_the_page_or_refused_with_its_faults(
    client_as: Callable[..., Client], site: Site
) -> None:
    client = client_as(Role.ENTER)
    wrong = SimpleUploadedFile("own.yaml", OWN.replace("parts:", "part:").encode())
    response = client.post(address("bcp-checklist", site), {"file": wrong})
    assert response.status_code == 400
    assert "own.yaml" in response.content.decode()
    right = SimpleUploadedFile("own.yaml", OWN.encode())
    assert client.post(address("bcp-checklist", site), {"file": right}).status_code == 302
    assert client.get(address("bcp-checklist-items", site, 2026)).content.decode() == OWN
    assert client.get(address("bcp-checklist-compare", site, 2026, 2025)).status_code == 200


def test_looking_at_a_sheet_writes_nothing(client_as: Callable[..., Client], site: Site) -> None:
    count = Entry.objects.count()
    assert client_as(Role.ADMIN).get(address("bcp-checklist-sheet", site, 2025)).status_code == 200
    assert (Sheet.objects.filter(site=site).count(), Entry.objects.count()) == (0, count)
