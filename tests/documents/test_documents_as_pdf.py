"""PDFs: tagged, in Japanese, with their fonts inside, and made of nothing but what was given."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from mitasu.documents import fonts
from mitasu.documents.pdf import pdf_of
from mitasu.errors import UsageError

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">{}</svg>'
LETTERS = "電子的診療情報連携体制整備加算 ㈱髙﨑①～"


def picture() -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(written, "PNG")
    return written.getvalue()


def read(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


def fonts_in(reader: PdfReader) -> list[Any]:
    return [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]


def test_a_pdf_is_tagged_and_says_its_title_and_language() -> None:
    reader = read(pdf_of("<h1>掲示</h1>", title="掲示 <A4>"))
    root: Any = reader.trailer["/Root"]
    assert reader.metadata is not None
    assert reader.metadata.title == "掲示 <A4>"
    assert root["/Lang"] == "ja"
    assert root["/MarkInfo"]["/Marked"]
    assert b"pdfuaid" in root["/Metadata"].get_data()


def test_japanese_text_can_be_read_back_and_its_fonts_are_inside() -> None:
    reader = read(pdf_of(f"<p>{LETTERS}</p>", title="文字"))
    assert LETTERS in reader.pages[0].extract_text()
    for font in fonts_in(reader):
        descriptor = font["/DescendantFonts"][0]["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)


def test_each_page_says_its_number_of_how_many() -> None:
    reader = read(pdf_of('<p>一</p><p style="break-before: page">二</p>', title="頁"))
    assert [page.extract_text().split("\n")[-1] for page in reader.pages] == ["1 / 2", "2 / 2"]


def test_styles_of_the_caller_come_after_ours() -> None:
    page = read(pdf_of("<p>大きな掲示</p>", title="A3", styles="@page { size: A3 }")).pages[0]
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (842, 1191)


def test_a_given_picture_is_drawn() -> None:
    reader = read(
        pdf_of('<img src="picture:photo.png" alt="写真">', title="絵", pictures={"photo.png": picture()})
    )
    assert len(reader.pages[0].images) == 1


@pytest.mark.parametrize(
    "html",
    [
        '<img src="file:///etc/hostname" alt="">',
        '<img src="http://127.0.0.1/a.png" alt="">',
        '<img src="picture:other.png" alt="">',
        '<img src="other.png" alt="">',
        '<link rel="stylesheet" href="https://example.com/a.css">',
        '<link rel="attachment" href="file:///etc/hostname">',
        '<object data="file:///etc/hostname"></object>',
        SVG.format('<image href="file:///etc/hostname" width="5" height="5"/>'),
        '<p style="background: url(file:///etc/hostname)">a</p>',
    ],
)
def test_what_was_not_given_ends_the_work(html: str) -> None:
    with pytest.raises(ValueError, match="not given to the document"):
        pdf_of(html, title="外", pictures={"photo.png": picture()})


def test_styles_cannot_name_anything_outside_either() -> None:
    with pytest.raises(ValueError, match="not given"):
        pdf_of("<p>a</p>", title="外", styles="@import url(file:///etc/hostname);")


def test_a_picture_written_in_the_page_itself_is_drawn() -> None:
    reader = read(
        pdf_of('<img src="data:image/svg+xml,' + SVG.format("").replace('"', "%22") + '">', title="絵")
    )
    assert len(reader.pages) == 1


def test_fonts_whose_look_was_checked_come_first() -> None:
    assert fonts.choose(frozenset({"Aaa", "IPAexGothic", "Noto Sans CJK JP"})) == "Noto Sans CJK JP"
    assert fonts.choose(frozenset({"Zen", "Aaa"})) == "Aaa"


def test_without_a_japanese_font_the_work_stops_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    fonts.japanese_font.cache_clear()
    with pytest.raises(UsageError, match="apt install fontconfig fonts-noto-cjk"):
        pdf_of("<p>掲示</p>", title="掲示")
    fonts.japanese_font.cache_clear()


def test_this_machine_has_a_japanese_font() -> None:
    assert "Noto Sans CJK JP" in fonts.installed()
