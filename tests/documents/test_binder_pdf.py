"""The binder as a PDF: what is missing first, right page numbers, every paper in it, nothing of a foreign PDF but its look."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    TextStringObject,
)

from mitasu.documents.binder import Addition, Band, Binder, Fact, Missing, Paper, Requirement, binder_pdf
from mitasu.documents.pdf import pdf_of
from mitasu.documents.sheets import opened, picture_of, text_of

NOW = datetime(2026, 11, 22, 9, 5)
FACT = Fact("オンライン請求", "はい", date(2023, 3, 20), None, "証拠7 設置の報告書", "医事課", NOW)
REQUIREMENT = Requirement(
    "online-claims",
    "オンライン請求",
    "オンラインで請求していること。",
    "通知 別添1",
    (
        Band("2024-12", "2025-05", "unknown", why="不明"),
        Band("2025-06", "2026-11", "met", why="オンライン請求：はい"),
    ),
    (FACT,),
    (7,),
)
ADDITION = Addition("a", "ためしの加算", (Band("2024-12", "2026-11", "claimable"),), (REQUIREMENT,))
EMPTY = Binder(
    "T20261122-0a1b2c3d", "こもれび内科", "1319900010", "医事課", NOW, "2024-12", "2026-11", "1" * 64, "2" * 64, 120,
    (), (), (), (),
)  # fmt: skip


def paper(number: int, content: bytes | None, media_type: str = "application/pdf", **more: Any) -> Paper:
    ending = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "text/plain": ".txt"}.get(media_type, ".xlsx")
    given = {
        "first": None,
        "last": None,
        "kind": "書類",
        "ending": ending,
        "digest": "3" * 64 if content else "",
    }
    return Paper(
        number, f"書類{number}", ("ためしの加算「オンライン請求」",), recorded_by="医事課", recorded_at=NOW,
        media_type=media_type if content else "", content=content, **{**given, **more},
    )  # fmt: skip


def pages_pdf(count: int, styles: str = "") -> bytes:
    html = "".join(f'<p style="break-after: page">控え {index}</p>' for index in range(count - 1))
    return pdf_of(f"{html}<p>控え 終わり</p>", title="控え", styles=styles)


def photo(width: int, height: int, turned: int | None = None) -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    if turned:
        exif[0x0112] = turned
    Image.new("RGB", (width, height), "navy").save(written, "JPEG", exif=exif)
    return written.getvalue()


def texts(made: bytes) -> list[str]:
    return [page.extract_text() for page in PdfReader(io.BytesIO(made)).pages]


def outline(made: bytes) -> dict[str, int]:
    """Each bookmark and its page, from 1."""
    reader = PdfReader(io.BytesIO(made))

    def walk(rows: Any) -> Any:
        for row in rows:
            if isinstance(row, list):
                yield from walk(row)
            else:
                yield str(row.title), (reader.get_destination_page_number(row) or 0) + 1

    return dict(walk(reader.outline))


def test_the_cover_says_who_when_which_institution_period_rules_and_head() -> None:
    cover = texts(binder_pdf(replace(EMPTY, additions=(ADDITION,))))[0]
    for told in (
        "こもれび内科",
        "医事課",
        "令和8年11月22日 9:05",
        "2024年12月〜2026年11月",
        "1" * 64,
        "2" * 64,
        EMPTY.id,
    ):
        assert told in cover.replace("\n", "")
    assert "異常なし" in cover


def test_what_is_missing_comes_before_everything_else() -> None:
    missing = Missing("ためしの加算", "オンライン請求", "2024年12月〜2025年5月", "満たすかどうかが未確認です")
    told = texts(binder_pdf(replace(EMPTY, additions=(ADDITION,), missing=(missing,))))
    assert "足りないもの" in told[1]
    assert "満たすかどうかが未確認です" in told[1]
    assert "目次" in told[2]


def test_a_broken_chain_stands_on_the_cover() -> None:
    assert (
        "記録9の中身が書き換えられています"
        in texts(binder_pdf(replace(EMPTY, breaks=("記録9の中身が書き換えられています",))))[0]
    )


def test_every_page_carries_its_number_and_the_binders_id() -> None:
    told = texts(binder_pdf(replace(EMPTY, additions=(ADDITION,), papers=(paper(7, pages_pdf(3)),))))
    for index, text in enumerate(told, 1):
        assert f"{index} / {len(told)}" in text
        assert EMPTY.id in text


def test_the_index_and_the_bookmarks_name_the_pages_on_which_things_are() -> None:
    papers = (paper(7, pages_pdf(3)), paper(8, photo(80, 60), "image/jpeg"), paper(9, pages_pdf(2)))
    many = tuple(
        Missing("加算", f"要件{index}", "2025年4月", "証拠となる文書が台帳にありません")
        for index in range(60)
    )
    made = binder_pdf(replace(EMPTY, additions=(ADDITION,), papers=papers, missing=many))
    told, marks = texts(made), outline(made)
    index = told[marks["目次"] - 1]
    assert "ためしの加算" in told[marks["ためしの加算"] - 1]
    assert marks["目次"] > 4
    for number in (7, 8, 9):
        page = marks[f"証拠{number}　書類{number}"]
        assert told[page - 1].startswith(f"証拠{number}　書類{number}")
        assert f"書類{number}\n{page}" in index or f"書類{number} {page}" in index
    assert marks["証拠8　書類8"] == marks["証拠7　書類7"] + 4
    assert marks["証拠9　書類9"] == marks["証拠8　書類8"] + 1
    assert len(told) == marks["証拠9　書類9"] + 2


def test_the_binder_says_its_language_and_shows_its_title() -> None:
    reader = PdfReader(io.BytesIO(binder_pdf(replace(EMPTY, additions=(ADDITION,)))))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "ja"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert root["/PageMode"] == "/UseOutlines"
    assert reader.metadata is not None
    assert reader.metadata.title == "適時調査ファイル　こもれび内科　T20261122-0a1b2c3d"


def test_it_is_told_what_is_being_made() -> None:
    told: list[str] = []
    binder_pdf(replace(EMPTY, additions=(ADDITION,)), told.append)
    assert len(told) == len(set(told)) == 4


def test_a_requirement_shows_its_months_its_facts_and_their_proof() -> None:
    told = "".join(texts(binder_pdf(replace(EMPTY, additions=(ADDITION,)))))
    for part in (
        "2024年12月〜2025年5月",
        "？ 未確認",
        "2025年6月〜2026年11月",
        "○ 満たす",
        "設置の報告書",
        "令和5年3月20日から",
    ):
        assert part in told


def test_the_pages_of_a_pdf_follow_its_sheet_with_its_name_above() -> None:
    told = texts(binder_pdf(replace(EMPTY, papers=(paper(7, pages_pdf(2)),))))
    assert "次の頁から2頁" in told[-3]
    assert "控え 0" in told[-2]
    assert "証拠7　書類7（1／2頁）" in told[-2]
    assert "控え 終わり" in told[-1]


@pytest.mark.parametrize(
    ("styles", "rotation", "wide"),
    [
        ("", 0, False),
        ("@page { size: A3 landscape }", 0, True),
        ("", 90, True),
        ("@page { size: A5 }", 180, False),
    ],
)
def test_pages_of_any_size_and_turn_lie_on_a4(styles: str, rotation: int, wide: bool) -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pages_pdf(1, styles)))
    writer.pages[0].rotate(rotation)
    written = io.BytesIO()
    writer.write(written)
    page = PdfReader(io.BytesIO(binder_pdf(replace(EMPTY, papers=(paper(7, written.getvalue()),))))).pages[-1]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == ((842, 595) if wide else (595, 842))
    assert "控え 終わり" in page.extract_text()


def test_what_is_written_in_form_fields_is_drawn() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pages_pdf(1)))
    seen = DecodedStreamObject()
    seen.set_data(b"0 0 1 rg 0 0 50 20 re f")
    box = ArrayObject([FloatObject(one) for one in (0, 0, 50, 20)])
    seen.update({NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"), NameObject("/BBox"): box})  # fmt: skip
    stamp = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Stamp"),
            NameObject("/Rect"): ArrayObject([FloatObject(one) for one in (100, 100, 200, 140)]),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(seen)}),
        }
    )
    writer.pages[0][NameObject("/Annots")] = ArrayObject([writer._add_object(stamp)])
    written = io.BytesIO()
    writer.write(written)
    page: Any = PdfReader(
        io.BytesIO(binder_pdf(replace(EMPTY, papers=(paper(7, written.getvalue()),))))
    ).pages[-1]
    drawn = page["/Resources"]["/XObject"]
    assert [b"0 0 50 20 re" in one.get_object().get_data() for one in drawn.values()].count(True) == 1
    assert "/Annots" not in page


def test_scripts_and_attachments_of_a_foreign_pdf_stay_outside() -> None:
    writer = PdfWriter(clone_from=io.BytesIO(pages_pdf(1)))
    script = {
        NameObject("/S"): NameObject("/JavaScript"),
        NameObject("/JS"): TextStringObject("app.alert('x')"),
    }
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(script)
    writer.add_attachment("hidden.exe", b"MZ")
    written = io.BytesIO()
    writer.write(written)
    made = binder_pdf(replace(EMPTY, papers=(paper(7, written.getvalue()),)))
    assert b"app.alert" not in made
    assert "hidden.exe" not in PdfReader(io.BytesIO(made)).attachments


@pytest.mark.parametrize("kind", ["locked", "broken", "cut"])
def test_a_pdf_that_cannot_be_opened_is_attached_as_it_is(kind: str) -> None:
    content = pages_pdf(1)
    if kind == "locked":
        writer = PdfWriter(clone_from=io.BytesIO(content))
        writer.encrypt("secret", algorithm="RC4-128")
        written = io.BytesIO()
        writer.write(written)
        content = written.getvalue()
    content = {"locked": content, "broken": b"%PDF-1.7 nothing", "cut": content[: len(content) // 3]}[kind]
    made = binder_pdf(replace(EMPTY, papers=(paper(7, content),)))
    assert PdfReader(io.BytesIO(made)).attachments["証拠7.pdf"] == [content]
    assert "添付しています" in texts(made)[-1]


def test_excel_and_text_are_attached_and_text_is_printed_too() -> None:
    papers = (
        paper(7, b"PK\x03\x04table", "application/x"),
        paper(8, "勤務表\n二行目".encode("cp932"), "text/plain"),
    )
    made = binder_pdf(replace(EMPTY, papers=papers))
    attached = PdfReader(io.BytesIO(made)).attachments
    assert attached["証拠7.xlsx"] == [b"PK\x03\x04table"]
    assert attached["証拠8.txt"] == ["勤務表\n二行目".encode("cp932")]
    assert "勤務表" in texts(made)[-1]


def test_figures_statements_and_lost_files_have_a_sheet() -> None:
    papers = (
        paper(7, None, figure={"what": "9月の利用率", "value": "33.0%"}),
        paper(8, None, statement={"who": "院長", "what": "毎朝確かめています。"}),
        paper(9, None, gone=True, digest="4" * 64),
    )
    told = texts(binder_pdf(replace(EMPTY, papers=papers)))[-3:]
    assert "9月の利用率：33.0%" in told[0]
    assert "述べた人：院長" in told[1]
    assert "ファイルが台帳の置き場所にありません" in told[2]


def test_what_people_wrote_is_text_and_never_markup() -> None:
    told = texts(
        binder_pdf(replace(EMPTY, papers=(paper(7, None, note="<img src='file:///etc/hostname'>"),)))
    )
    assert "<img src='file:///etc/hostname'>" in told[-1]


def test_a_picture_stands_upright_and_small_enough() -> None:
    made = picture_of(photo(4000, 3000, turned=6))
    assert made is not None
    with Image.open(io.BytesIO(made)) as picture:
        assert picture.height > picture.width
        assert picture.height <= 1754
    assert picture_of(b"\xff\xd8\xffbroken") is None


def test_a_long_text_is_printed_in_its_beginning() -> None:
    assert text_of(("あ" * 70_000).encode()).endswith("（続きは添付のファイルにあります）")
    assert text_of(b"\x81") == ""
    assert opened(b"%PDF-") == ()


@pytest.mark.slow
def test_a_binder_of_three_hundred_pages_is_printed_whole() -> None:
    requirements = tuple(replace(REQUIREMENT, id=f"r{index}") for index in range(20))
    additions = tuple(replace(ADDITION, id=f"a{index}", requirements=requirements) for index in range(3))
    papers = (
        paper(7, pages_pdf(200)),
        *(paper(8 + index, photo(1200, 900), "image/jpeg") for index in range(80)),
    )
    made = binder_pdf(replace(EMPTY, additions=additions, papers=papers))
    assert len(texts(made)) >= 300
