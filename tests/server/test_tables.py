"""Tables as files: what is read is what was meant, what is written does nothing, and every refusal says where."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import openpyxl
import pytest

from mitasu.documents import tables
from mitasu.documents.tables import find_header, read_table, text_of, write_csv, write_xlsx
from mitasu.errors import InputError
from mitasu.server.downloads import disposition


def refused(content: bytes) -> str:
    with pytest.raises(InputError) as error:
        read_table(content, "名簿")
    return str(error.value)


def workbook(*rows: list[object]) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(written)
    return written.getvalue()


def archive(**parts: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return written.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16"])
def test_a_csv_is_read_in_the_encodings_that_offices_use(encoding: str) -> None:
    content = "職種,開始日\r\n診療記録管理者,令和6年4月1日\r\n".encode(encoding)
    assert read_table(content, "職員").rows == [["職種", "開始日"], ["診療記録管理者", "令和6年4月1日"]]


def test_bytes_in_no_known_encoding_are_refused_with_row_and_column() -> None:
    assert "2行目・B列" in refused("氏名,番号\nあ,".encode() + b"\x80\xff\n")


def test_an_open_quotation_mark_is_refused_with_its_line() -> None:
    assert "引用符" in refused(b'a,b\n1,"2\n')


def test_binary_data_and_empty_files_are_refused() -> None:
    assert "NUL" in refused(b"a,b\n\0,c")
    assert "空です" in refused(b"")
    assert "行がありません" in refused(b"\n\n")


def test_an_excel_file_gives_the_values_of_its_first_sheet_with_days_as_days() -> None:
    found = read_table(workbook(["名称", "日"], ["甲", date(2026, 6, 1)], [12.0, None]), "名簿")
    assert found.how == "Excel"
    assert found.rows == [["名称", "日"], ["甲", date(2026, 6, 1)], [12]]


def test_a_zip_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = archive(xl__workbook_xml=b"<workbook/>", xl__sheet_xml=b" " * 60_000_000)
    assert len(bomb) < 100_000
    assert "大きすぎる" in refused(bomb)


def test_an_archive_of_thousands_of_parts_is_refused() -> None:
    parts = {f"part{number}": b"" for number in range(2_100)}
    assert "大きすぎる" in refused(archive(xl__workbook_xml=b"", **parts))


def test_entities_in_the_xml_are_refused() -> None:
    evil = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb">]><workbook>&b;</workbook>'
    assert "DOCTYPE" in refused(archive(xl__workbook_xml=evil))


def test_archives_that_are_no_workbook_or_broken_are_refused() -> None:
    assert "ではありません" in refused(archive(word__document_xml=b"<a/>"))
    assert "壊れている" in refused(archive(xl__workbook_xml=b"<a/>"))
    assert "壊れている" in refused(workbook(["a"])[:400])
    assert "パスワード" in refused(b"\xd0\xcf\x11\xe0" + b"\0" * 600)


def test_a_sheet_that_lies_about_its_size_stays_within_the_limits() -> None:
    written = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(["a"], ["b"]))) as given,
        zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in given.infolist():
            content = given.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                content = content.replace(b'<row r="2"', b'<row r="1048576"').replace(b'"A2"', b'"A1048576"')
            packed.writestr(part.filename, content)
    with pytest.raises(InputError, match="行が多すぎます"):
        read_table(written.getvalue(), "名簿", most=1_000)


def test_too_many_rows_columns_or_letters_are_refused() -> None:
    with pytest.raises(InputError, match="2行まで"):
        read_table(b"a\nb\nc\n", "名簿", most=2)
    assert "列が多すぎます" in refused(("," * 300).encode())
    assert "2行目・B列の文字が長すぎます" in refused(f"a,b\n1,{'x' * 40_000}\n".encode())


@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1", "@SUM(A1)", "＝１＋１", "\t=1"])
def test_text_that_a_spreadsheet_would_run_is_written_as_text(evil: str) -> None:
    written = write_csv(["施設"], [[evil]]).decode("utf-8-sig").split("\r\n")[1]
    assert written.strip('"').startswith("'")
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx({"表": (["施設"], [[evil]])}, title="表")))
    cell = book.active["A2"]  # type: ignore[index]
    assert (cell.data_type, cell.value) == ("s", evil)


def test_numbers_stay_numbers_even_below_zero() -> None:
    assert write_csv(["円"], [[-1200]]).decode("utf-8-sig") == "円\r\n-1200\r\n"


def test_the_default_csv_begins_with_a_bom_and_ends_lines_as_excel_does() -> None:
    assert write_csv(["名称"], [["甲"]]) == b"\xef\xbb\xbf" + "名称\r\n甲\r\n".encode()


def test_the_letters_of_names_go_through_cp932_and_back() -> None:
    written = write_csv(["名称"], [["髙﨑①㈱～"]], encoding="cp932")
    assert read_table(written, "名簿").rows == [["名称"], ["髙﨑①㈱～"]]


def test_a_wave_dash_is_written_as_the_code_that_cp932_has_for_it() -> None:
    assert write_csv(["名称"], [["〜"]], encoding="cp932").decode("cp932") == "名称\r\n～\r\n"


def test_a_letter_that_cp932_lacks_is_refused_with_row_column_and_code() -> None:
    with pytest.raises(InputError) as error:
        write_csv(["番号", "名称"], [[1, "吉野家"], [2, "𠮷野医院"]], encoding="cp932", name="一覧")
    assert str(error.value).startswith(
        "一覧:3: 3行目・B列（名称）の「𠮷」（U+20BB7）はShift_JISにありません。"
    )


def test_an_encoding_we_do_not_write_is_refused() -> None:
    with pytest.raises(InputError, match="latin-1"):
        write_csv(["a"], [], encoding="latin-1")


def test_an_excel_file_is_frozen_a4_one_page_wide_with_real_days() -> None:
    content = write_xlsx(
        {"施設/一覧": (["名称", "期限", "円"], [["甲", date(2026, 12, 1), 12000]])}, title="一覧"
    )
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert (sheet.title, sheet.freeze_panes, sheet.page_setup.paperSize) == ("施設一覧", "B2", 9)  # type: ignore[union-attr]
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage  # type: ignore[union-attr]
    assert sheet["B2"].is_date  # type: ignore[union-attr]
    assert read_table(content, "一覧").rows[1] == ["甲", date(2026, 12, 1), 12000]


def test_a_header_is_found_below_titles_by_its_words() -> None:
    rows: tables.Rows = [
        ["届出受理医療機関名簿"],
        ["令和8年12月1日現在"],
        ["項番", "医療機関\n番号", "受理届出名称（略称）"],
    ]
    words = {"code": ["医療機関番号"], "name": ["受理届出名称"], "date": ["算定開始年月日"]}
    assert find_header(rows, words) == (2, {"code": 1, "name": 2})
    assert find_header([["甲", "乙"]], words) is None


def test_cells_become_plain_text() -> None:
    assert [text_of(cell) for cell in (None, " １２ ", date(2026, 6, 1), 3)] == ["", "12", "2026-06-01", "3"]


def test_a_download_has_an_ascii_and_a_japanese_name() -> None:
    assert disposition("複数施設-2026.csv").startswith(
        "attachment; filename=\"2026.csv\"; filename*=UTF-8''%E8%A4%87"
    )
    assert '"' not in disposition('a"\r\nX: b.csv').split("filename*=")[1]
