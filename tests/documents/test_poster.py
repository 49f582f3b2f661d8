"""The poster, the part for the website and the text: the same sentences, one sheet, nothing unescaped."""

from __future__ import annotations

import io
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

import mitasu as library
from mitasu.documents.page_text import page_text
from mitasu.documents.poster import (
    HEADING,
    LEAST,
    SIZES,
    Sheet,
    plain_text,
    poster_pdf,
    qr_code,
    rule_version,
    sheet_of,
    web_fragment,
)
from mitasu.errors import UsageError
from mitasu.judge.judgement import Judge
from mitasu.judge.page_check import check
from mitasu.judge.postings import postings, standing
from mitasu.judge.published import text_of_html

ON = date(2026, 11, 22)
POINT = {"A4": (595, 842), "A3": (842, 1191)}


@pytest.fixture(scope="module")
def hospital(judge: Judge) -> Sheet:
    """What the sample hospital posts."""
    institution = library.sample("hospital")
    return sheet_of(institution, standing(postings(judge, institution, ON), ON), ON)


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def sizes_of_letters(page: Any) -> set[float]:
    """The sizes of all letters on a page, in points."""
    found: set[float] = set()

    def seen(text: str, _: Any, matrix: Any, __: Any, size: float) -> None:
        if text.strip():
            found.add(round(size * abs(matrix[0] or 1), 1))

    page.extract_text(visitor_text=seen)
    return found


def long(sheet: Sheet, times: int) -> Sheet:
    return replace(sheet, done=tuple(f"{number}。{line}" for number in range(times) for line in sheet.done))


@pytest.mark.parametrize("size", ["A4", "A3"])
def test_the_poster_is_one_tagged_sheet_with_title_language_and_every_sentence(
    hospital: Sheet, size: str
) -> None:
    reader = read(poster_pdf(hospital, size=size))
    root: Any = reader.trailer["/Root"]
    [page] = reader.pages
    assert (round(page.mediabox.width), round(page.mediabox.height)) == POINT[size]
    assert reader.metadata is not None
    assert reader.metadata.title == f"{hospital.name} {HEADING}"
    assert (root["/Lang"], bool(root["/MarkInfo"]["/Marked"])) == ("ja", True)
    assert b"pdfuaid" in root["/Metadata"].get_data()
    text = page.extract_text().replace("\n", "")
    for line in (hospital.name, *hospital.claimed, *hospital.done):
        assert line in text


def test_every_font_is_inside_and_japanese(hospital: Sheet) -> None:
    [page] = read(poster_pdf(hospital)).pages
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)
        assert "Noto" in str(font["/BaseFont"])
        assert "Serif" not in str(font["/BaseFont"])


def test_the_foot_says_the_day_in_japanese_years_and_the_version_of_the_rules(hospital: Sheet) -> None:
    [page] = read(poster_pdf(hospital)).pages
    assert f"令和8年11月22日現在　規則の版 {rule_version()}" in page.extract_text()
    assert len(rule_version()) == 8


def test_letters_shrink_with_more_sentences_but_never_below_the_least(hospital: Sheet) -> None:
    few, many = (read(poster_pdf(long(hospital, times))) for times in (1, 4))
    assert len(few.pages) == len(many.pages) == 1
    assert min(sizes_of_letters(few.pages[0])) >= LEAST
    assert min(sizes_of_letters(many.pages[0])) >= LEAST
    assert max(sizes_of_letters(many.pages[0])) < max(sizes_of_letters(few.pages[0]))
    assert all(sizes[-1] == LEAST for sizes in SIZES.values())


def test_what_does_not_fit_on_a4_needs_a3(hospital: Sheet) -> None:
    sheet = long(hospital, 9)
    with pytest.raises(UsageError, match="A4一枚に収まりません。A3で"):
        poster_pdf(sheet)
    assert len(read(poster_pdf(sheet, size="A3")).pages) == 1
    with pytest.raises(UsageError, match="A3一枚に収まりません。二枚に"):
        poster_pdf(long(hospital, 40), size="A3")


def test_nothing_to_post_makes_no_poster(hospital: Sheet) -> None:
    with pytest.raises(UsageError, match="掲示する文がない"):
        poster_pdf(replace(hospital, claimed=(), done=()))


def test_the_poster_looks_as_it_should(hospital: Sheet, tmp_path: Path) -> None:
    """Rendered: ink on the upper half, margins white, the foot at the bottom left."""
    (tmp_path / "poster.pdf").write_bytes(poster_pdf(hospital, website="https://example.jp/kijun"))
    command = shutil.which("pdftoppm")
    assert command, "poppler-utils is needed"
    subprocess.run(
        [command, "-r", "40", "-gray", "-png", "poster.pdf", "page"], cwd=tmp_path, check=True, timeout=60
    )
    [file] = tmp_path.glob("page*.png")
    picture = Image.open(file).convert("L")
    width, height = picture.size

    def ink(left: float, top: float, right: float, bottom: float) -> int:
        part = picture.crop((int(width * left), int(height * top), int(width * right), int(height * bottom)))
        return sum(part.histogram()[:128])

    assert ink(0, 0, 1, 0.03) == ink(0, 0, 0.05, 1) == ink(0.95, 0, 1, 1) == 0
    assert ink(0.05, 0.05, 0.95, 0.5) > 500
    assert ink(0.05, 0.94, 0.5, 1) > 10
    assert ink(0.5, 0.94, 1, 1) == 0


def test_the_qr_code_comes_with_its_address(hospital: Sheet) -> None:
    [page] = read(poster_pdf(hospital, website="https://example.jp/kijun")).pages
    assert "https://example.jp/kijun" in page.extract_text()
    assert len(page.images) == 1
    assert Image.open(io.BytesIO(qr_code("https://example.jp/"))).size[0] > 100


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "example.jp", "file:///etc/passwd", "https://", "https://" + "a" * 600]
)
def test_an_address_that_is_none_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(UsageError, match="https:// から"):
        qr_code(address)


class Tags(HTMLParser):
    """The tags of a text, in order; every one closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.open: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.open.append(tag)
        self.attributes += attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_part_for_the_website_is_plain_html_in_japanese_without_styles(hospital: Sheet) -> None:
    tags = Tags(web_fragment(hospital))
    assert tags.open == []
    assert set(tags.names) == {"section", "h2", "h3", "p", "ul", "li", "time"}
    assert ("lang", "ja") in tags.attributes
    assert ("datetime", "2026-11-22") in tags.attributes
    assert not {"style", "class"} & {name for name, _ in tags.attributes}


def test_what_an_institution_is_called_is_never_markup(hospital: Sheet) -> None:
    named = replace(hospital, name='<script>alert("x")</script>&内科', done=("<b>太字</b>",))
    assert "<script" not in web_fragment(named)
    assert "<b>" not in web_fragment(named)
    assert named.name in text_of_html(web_fragment(named))
    assert named.name in read(poster_pdf(named)).pages[0].extract_text()
    assert named.name in plain_text(named)


def test_all_three_tell_every_sentence_when_they_are_checked(judge: Judge) -> None:
    institution = library.sample("childrens-clinic")
    due = [one for one in standing(postings(judge, institution, ON), ON) if not one.open_]
    sheet = sheet_of(institution, due, ON)
    for content in (poster_pdf(sheet), web_fragment(sheet).encode(), plain_text(sheet).encode("cp932")):
        assert check(page_text(content), due).missing == ()


def test_a_sentence_with_a_blank_is_left_out_and_each_text_stands_once(judge: Judge) -> None:
    institution = library.sample("childrens-clinic")
    due = standing(postings(judge, institution, ON), ON)
    assert any(one.open_ for one in due)
    assert "〔" not in plain_text(sheet_of(institution, due, ON))
    hospital = library.sample("hospital")
    sheet = sheet_of(hospital, standing(postings(judge, hospital, ON), ON), ON)
    assert len(set(sheet.done)) == len(sheet.done)


# ---- pages that were published -------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "euc_jp"])
def test_a_page_is_read_in_the_encodings_of_japan(encoding: str) -> None:
    html = f'<html><head><meta charset="{encoding}"></head><body><p>マイナ保険証</p></body></html>'
    assert page_text(html.encode(encoding)) == "マイナ保険証"
    assert page_text("マイナ保険証".encode(encoding)) == "マイナ保険証"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "文字がありません"),
        (b"<html><body></body></html>", "文字がありません"),
        (b"%PDF-1.7\nbroken", "PDFを読めません"),
        (b"\xff\xfe\x00\xd8\xff\x80\x81", "文字コードが分かりません"),
        (b"x" * 20_000_001, "大きすぎます"),
    ],
)
def test_a_page_that_cannot_be_read_says_what_to_do(content: bytes, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        page_text(content)
