"""The filing form as a Word document: A4, headings that repeat on every page, red where proof is missing."""

from __future__ import annotations

import io
from typing import Any

from mitasu.dates import japanese_date
from mitasu.documents.forms import NOT_ENTERED, FilingForm, Item

FONT = "Noto Sans CJK JP"
RED = (0xA9, 0x00, 0x00)
WIDTHS = (34, 50, 58, 38)
"""Millimetres of the columns of the items."""


def form_docx(form: FilingForm) -> bytes:
    """The form as the bytes of a docx file."""
    from docx import Document
    from docx.shared import Mm, Pt

    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(15)
    section.top_margin = section.bottom_margin = Mm(16)
    for style in ("Normal", "Title", "Heading 1"):
        _in_japanese(document.styles[style])
    document.styles["Normal"].font.size = Pt(10.5)
    document.core_properties.title = f"{form.named}の届出"
    document.core_properties.language = "ja-JP"
    _footer(section, form)
    _head(document, form)
    document.add_heading("届出の事項", 1)
    _items(document, form.items)
    if form.staff is not None:
        _staff(document, form)
    document.add_heading("添付書類", 1)
    for text in form.attachments or ("様式のほかの添付書類は未確認",):
        document.add_paragraph(text, style="List Bullet")
    if form.remarks:
        document.add_heading("届け出るときの注意", 1)
        for text in form.remarks:
            document.add_paragraph(text, style="List Bullet")
    if form.others:
        document.add_heading("この区分では求められない事項", 1)
        for item in form.others:
            document.add_paragraph(f"{item.label}：{item.word}", style="List Bullet")
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _in_japanese(style: Any) -> None:
    """The font for Latin and for Japanese letters alike; Word keeps them apart."""
    from docx.oxml.ns import qn

    style.font.name = FONT
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)


def _head(document: Any, form: FilingForm) -> None:
    document.add_heading(f"{form.named}の施設基準に係る届出", 0)
    document.add_paragraph(form.number)
    document.add_paragraph(f"{form.to}長 殿" if form.to else "届出先：未記入")
    rows = [*form.head, ("届出事項", form.named), ("算定", form.pays or "－")]
    rows.append(("届出の日", japanese_date(form.filed_on) if form.filed_on else "令和　　年　　月　　日"))
    table = document.add_table(rows=0, cols=2, style="Table Grid")
    for label, value in rows:
        cells = table.add_row().cells
        cells[0].text = label
        if value:
            cells[1].text = value
        else:
            _red(cells[1].paragraphs[0], NOT_ENTERED)
    _set_widths(table, (40, 140))
    if form.red:
        _red(
            document.add_paragraph(),
            f"証拠のない事項が{len(form.red)}件あります。送る前に証拠をそろえてください。",
        )


def _items(document: Any, items: tuple[Item, ...]) -> None:
    table = document.add_table(rows=1, cols=4, style="Table Grid")
    _heading_row(table.rows[0], ("事項", "求められること", "書くこと", "証拠"))
    for number, item in enumerate(items, 1):
        cells = table.add_row().cells
        cells[0].text = f"{number} {item.label}"
        cells[1].text = item.text
        cells[2].text = "\n".join((f"【{item.word}】", *item.stated))
        if item.red:
            _red(cells[3].paragraphs[0], item.proof)
        else:
            cells[3].text = item.proof
    _set_widths(table, WIDTHS)


def _set_widths(table: Any, widths: tuple[int, ...]) -> None:
    """The widths in every cell, where Word looks for them."""
    from docx.shared import Mm

    table.autofit = False
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def _staff(document: Any, form: FilingForm) -> None:
    document.add_heading("職員", 1)
    table = document.add_table(rows=1, cols=4, style="Table Grid")
    _heading_row(table.rows[0], ("役割", "雇用の形", "専従・専任", "いつから"))
    for person in form.staff or ():
        cells = table.add_row().cells
        start = japanese_date(person.from_) if person.from_ else ""
        for cell, text in zip(cells, (person.role, person.employment, person.assignment, start), strict=True):
            cell.text = text or NOT_ENTERED


def _heading_row(row: Any, texts: tuple[str, ...]) -> None:
    """Headings in bold, repeated at the top of every page."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for cell, text in zip(row.cells, texts, strict=True):
        cell.paragraphs[0].add_run(text).bold = True


def _red(paragraph: Any, text: str) -> None:
    from docx.shared import RGBColor

    run = paragraph.add_run(text)
    run.bold = True
    run.font.color.rgb = RGBColor(*RED)


def _footer(section: Any, form: FilingForm) -> None:
    """The day and the rules it was made by, and the page among how many."""
    from docx.shared import Pt

    paragraph = section.footer.paragraphs[0]
    paragraph.add_run(f"{form.footer}　").font.size = Pt(8)
    for code in ("PAGE", "NUMPAGES"):
        if code == "NUMPAGES":
            paragraph.add_run(" / ").font.size = Pt(8)
        _field(paragraph, code)


def _field(paragraph: Any, code: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Pt

    run = paragraph.add_run()
    run.font.size = Pt(8)
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        run._r.append(element)
