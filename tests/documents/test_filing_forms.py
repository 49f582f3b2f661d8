"""The filing form in its three formats, each read back by a program that had no part in writing it."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from docx import Document
from pypdf import PdfReader

import mitasu
from mitasu.documents.cells import neutral, printable
from mitasu.documents.form_docx import form_docx
from mitasu.documents.form_pdf import form_pdf
from mitasu.documents.form_xlsx import form_xlsx
from mitasu.documents.forms import NO_NUMBER, FilingForm, filing_form, form_text
from mitasu.judge.judgement import Judge
from mitasu.judge.papers import Form, form_versions

ON, ACCEPTED = date(2026, 11, 22), date(2026, 12, 1)
SHARING, RECORDS = "electronic-information-sharing", "record-management"
PLACE = {"所在地": "=HYPERLINK(1)", "開設者": "医療法人こもれび\x0b会", "管理者": ""}


def drawn(judge: Judge, sample: str = "paper-clinic", addition: str = SHARING, **given: Any) -> FilingForm:
    answer = judge.judge(mitasu.sample(sample), given.pop("on", ON))
    given = {"accepted": ACCEPTED, "place": PLACE, "version": "制度データ abc123"} | given
    form = filing_form(judge, answer, addition, **given)
    assert form is not None
    return form


def test_the_form_names_the_bureau_the_level_the_number_and_its_version(judge: Judge) -> None:
    form = drawn(judge)
    assert form.to == "関東信越厚生局"
    assert form.named == "電子的診療情報連携体制整備加算2"
    assert form.number == "基本 別添7 様式1の6（令和8年6月1日からの版）"
    assert dict(form.head)["医療機関コード"] == "1319900010"


def test_a_number_that_the_rulebook_does_not_know_is_not_made_up(judge: Judge) -> None:
    form = drawn(judge, "hospital", "emergency-view")
    assert form.forms == ()
    assert form.number == NO_NUMBER


def test_the_version_is_that_of_the_day_of_acceptance(judge: Judge) -> None:
    addition = judge.rulebook.addition(SHARING)
    rows = [
        {"form": "様式9", "from": "2026-06-01", "until": "2026-11-30"},
        {"form": "様式9", "from": "2026-12-01", "until": None, "sectors": ["medical"]},
        {"form": "様式8", "sectors": ["pharmacy"]},
    ]
    turned = replace(addition, filing={"forms": rows})
    assert form_versions(turned, "medical", ON) == (Form("様式9", date(2026, 6, 1), date(2026, 11, 30)),)
    [form] = form_versions(turned, "medical", ACCEPTED)
    assert (form.number, form.version) == ("様式9", "2026-12-01")
    [undated] = form_versions(turned, "pharmacy", ACCEPTED)
    assert (undated.version, form_text(undated)) == ("", "様式8（版は未確認）")


def test_every_requirement_of_the_level_but_the_filing_itself_is_an_item(judge: Judge) -> None:
    form = drawn(judge)
    assert [item.id for item in form.items][:2] == ["online-claims", "free-statement"]
    shown = {item.id for item in (*form.items, *form.others)}
    assert "filed" not in shown
    assert "electronic-chart" in {item.id for item in form.others}


def test_an_item_without_proof_is_red_and_one_with_proof_names_it(judge: Judge) -> None:
    items = {item.id: item for item in drawn(judge).items}
    assert items["online-claims"].red
    assert items["online-claims"].proof == "証拠なし"
    assert items["online-eligibility"].proof.startswith("証拠なし（運用開始日のポータルサイト登録）")
    assert not items["posted-on-website"].red
    assert items["posted-on-website"].proof == "ウェブサイトの該当ページを印刷したもの"


def test_proof_from_the_ledger_takes_the_red_away(judge: Judge) -> None:
    proofs = {
        "online_claims": "証拠7 請求の届出の控え",
        "card_use_rate_receipts/2026-07": "証拠8 通知",
        "free-statement": "証拠9 掲示の写真",
    }
    items = {item.id: item for item in drawn(judge, proofs=proofs).items}
    assert [items[id_].red for id_ in ("online-claims", "card-use-rate", "free-statement")] == [False] * 3
    assert items["card-use-rate"].proof == "証拠8 通知"
    other_month = drawn(judge, proofs={"card_use_rate_receipts/2026-06": "証拠8 通知"})
    assert "card-use-rate" in {item.id for item in other_month.red}


def test_an_item_that_rests_on_the_rule_alone_needs_no_paper(judge: Judge) -> None:
    chart = drawn(judge, addition=SHARING)
    grace = next(item for item in chart.others if item.id == "emr-sharing-interface")
    assert (grace.word, grace.red, grace.proof) == ("経過措置", False, "規則による")
    absent = next(item for item in chart.others if item.id == "certified-chart")
    assert (absent.word, absent.red) == ("対象外", False)


def test_of_several_ways_that_hold_one_that_is_proved_is_enough(judge: Judge) -> None:
    form = drawn(judge, "childrens-clinic")
    lacking = {source.id for item in form.red for source in item.without_proof}
    shown = {source.id for item in form.items for source in item.sources}
    assert "emr_sharing_listed" not in shown
    assert lacking <= shown


def test_the_people_in_the_roles_that_count_are_listed(judge: Judge) -> None:
    form = drawn(judge, "hospital", RECORDS)
    assert form.staff is not None
    assert {person.role for person in form.staff} == {"診療記録管理者"}
    assert form.staff[0].employment == "常勤"
    assert drawn(judge).staff is None


def test_there_is_no_form_where_the_addition_is_not_for_the_institution(judge: Judge) -> None:
    answer = judge.judge(mitasu.sample("paper-clinic"), ON)
    assert filing_form(judge, answer, RECORDS, accepted=ACCEPTED) is None


def test_the_spreadsheet_has_no_formula_real_days_a4_and_headings_that_stay(judge: Judge) -> None:
    form = drawn(judge, "hospital", RECORDS, filed_on=date(2026, 11, 24))
    book = openpyxl.load_workbook(io.BytesIO(form_xlsx(form)))
    assert book.sheetnames == ["届出書", "届出の事項", "ほかの事項", "職員"]
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert "'=HYPERLINK(1)" in [cell.value for cell in cells]
    assert datetime(2026, 11, 24) in [cell.value for cell in cells if cell.is_date]
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "portrait")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.freeze_panes is not None
        assert "令和8年11月22日現在" in sheet.oddFooter.left.text
        assert "&P" in sheet.oddFooter.right.text or "Page" in sheet.oddFooter.right.text
    red = [cell for cell in cells if cell.value and "証拠なし" in str(cell.value)]
    assert len(red) == len(form.red)
    assert all(cell.font.color.rgb == "FFA90000" for cell in red)


def test_the_word_file_carries_every_item_and_marks_in_red_what_has_no_proof(judge: Judge) -> None:
    form = drawn(judge)
    document = Document(io.BytesIO(form_docx(form)))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    text = "\n".join(
        [paragraph.text for paragraph in document.paragraphs]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    assert all(item.label in text and item.text in text for item in form.items)
    assert "関東信越厚生局長 殿" in text
    assert "医療法人こもれび会" in text
    red = [
        run.text
        for row in document.tables[1].rows
        for run in row.cells[3].paragraphs[0].runs
        if run.font.color and run.font.color.rgb is not None
    ]
    assert len(red) == len(form.red)
    assert "制度データ abc123" in section.footer.paragraphs[0].text


@pytest.mark.slow
def test_the_pdf_is_tagged_and_has_every_item_the_day_and_the_rules(judge: Judge) -> None:
    form = drawn(judge)
    reader = PdfReader(io.BytesIO(form_pdf(form)))
    text = "".join(page.extract_text() for page in reader.pages).replace("\n", "")
    assert all(item.label in text for item in form.items)
    assert text.count("証拠なし") == len(form.red)
    assert "制度データ abc123" in text
    assert f"1 / {len(reader.pages)}" in text
    assert reader.metadata is not None
    assert reader.metadata.title == "電子的診療情報連携体制整備加算2の施設基準に係る届出"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_what_could_be_a_formula_or_a_control_character_becomes_plain_text() -> None:
    assert [neutral(text) for text in ("=1", "+1", "-1", "@a", "\t=1", "初診")] == [
        "'=1", "'+1", "'-1", "'@a", "'\t=1", "初診",
    ]  # fmt: skip
    assert printable("a\x00b\x1fc\nd") == "abc\nd"
