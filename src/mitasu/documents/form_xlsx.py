"""The filing form as a spreadsheet: A4 portrait, one page wide, headings that stay, real dates, no formulas."""

from __future__ import annotations

import io
from typing import Any

from mitasu.documents.cells import neutral
from mitasu.documents.forms import NO_PROOF, NOT_ENTERED, FilingForm, Item

WIDTHS = (5, 22, 40, 36, 30)
HEADINGS = ("番号", "事項", "求められること", "書くこと", "証拠")


def form_xlsx(form: FilingForm) -> bytes:
    """The form as the bytes of an xlsx file."""
    import xlsxwriter

    written = io.BytesIO()
    book = xlsxwriter.Workbook(written, {"in_memory": True, "strings_to_formulas": False})
    book.set_properties({"title": neutral(f"{form.named}の届出"), "comments": neutral(form.footer)})
    sheet = _Book(book, form)
    sheet.cover()
    sheet.items("届出の事項", form.items)
    if form.others:
        sheet.items("ほかの事項", form.others)
    if form.staff is not None:
        sheet.staff()
    book.close()
    return written.getvalue()


class _Book:
    """The sheets of one form."""

    def __init__(self, book: Any, form: FilingForm) -> None:
        self.book, self.form = book, form
        base = {"font_name": "Noto Sans CJK JP", "font_size": 10.5, "valign": "top", "text_wrap": True}
        self.plain = book.add_format(base)
        self.framed = book.add_format(base | {"border": 1})
        self.head = book.add_format(base | {"border": 1, "bold": True, "bg_color": "#EEEEEE"})
        self.bold = book.add_format(base | {"bold": True, "font_size": 14, "text_wrap": False})
        self.day = book.add_format(
            base | {"border": 1, "num_format": '[$-411]ggge"年"m"月"d"日"', "align": "left"}
        )
        self.red = book.add_format(base | {"border": 1, "bold": True, "font_color": "#A90000"})

    def sheet(self, name: str, frozen: int, widths: tuple[int, ...]) -> Any:
        """A sheet as it is printed: paper, margins, footer, rows that stay."""
        sheet = self.book.add_worksheet(name)
        sheet.set_paper(9)
        sheet.set_portrait()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.6, bottom=0.8)
        sheet.set_footer(f"&L&8{self.form.footer.replace('&', '&&')[:200]}&R&P / &N")
        sheet.freeze_panes(frozen, 0)
        sheet.repeat_rows(0, frozen - 1)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        return sheet

    def cover(self) -> None:
        """The first sheet: to whom, who, what, with which form, from when."""
        form, sheet = self.form, self.sheet("届出書", 2, (20, 70))
        sheet.write_string(0, 0, neutral(f"{form.named}の施設基準に係る届出"), self.bold)
        sheet.write_string(1, 0, neutral(form.number), self.plain)
        rows: list[tuple[str, Any]] = [("届出先", f"{form.to}長 殿" if form.to else ""), *form.head]
        rows += [("届出事項", form.named), ("算定", form.pays), ("様式", form.number)]
        rows += [("届出の日", form.filed_on), ("判定の日", form.on)]
        rows += [(f"添付{number}", text) for number, text in enumerate(form.attachments, 1)]
        rows += [("添付", "様式のほかの添付書類は未確認")] if not form.attachments else []
        rows += [("注意", text) for text in form.remarks]
        count = len(form.red)
        rows.append(
            ("証拠のない事項", f"{count}件：{'、'.join(item.label for item in form.red)}" if count else "0件")
        )
        for row, (label, value) in enumerate(rows, 3):
            sheet.write_string(row, 0, label, self.head)
            if hasattr(value, "isoformat"):
                sheet.write_datetime(row, 1, _midnight(value), self.day)
            elif not value:
                sheet.write_string(row, 1, "" if label == "届出の日" else NOT_ENTERED, self.red)
            else:
                wrong = label == "証拠のない事項" and count
                sheet.write_string(row, 1, neutral(value), self.red if wrong else self.framed)

    def items(self, name: str, items: tuple[Item, ...]) -> None:
        """A sheet of items, the proof in red where there is none."""
        sheet = self.sheet(name, 1, WIDTHS)
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(0, column, heading, self.head)
        for row, item in enumerate(items, 1):
            stated = f"【{item.word}】{'／'.join(item.stated)}"
            sheet.write_number(row, 0, row, self.framed)
            for column, text in ((1, item.label), (2, item.text), (3, stated)):
                sheet.write_string(row, column, neutral(text), self.framed)
            if name == "届出の事項":
                sheet.write_string(row, 4, neutral(item.proof), self.red if item.red else self.framed)
            else:
                asked = item.proof if NO_PROOF not in item.proof else "この区分では求められない"
                sheet.write_string(row, 4, neutral(asked), self.framed)

    def staff(self) -> None:
        """The sheet of people in the roles that the addition counts."""
        sheet = self.sheet("職員", 1, (30, 16, 16, 22))
        for column, heading in enumerate(("役割", "雇用の形", "専従・専任", "いつから")):
            sheet.write_string(0, column, heading, self.head)
        for row, person in enumerate(self.form.staff or (), 1):
            for column, text in enumerate((person.role, person.employment, person.assignment)):
                sheet.write_string(row, column, neutral(text or NOT_ENTERED), self.framed)
            if person.from_ is None:
                sheet.write_string(row, 3, NOT_ENTERED, self.red)
            else:
                sheet.write_datetime(row, 3, _midnight(person.from_), self.day)


def _midnight(day: Any) -> Any:
    from datetime import datetime, time

    return datetime.combine(day, time())
