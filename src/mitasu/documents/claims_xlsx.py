"""An audit of claims as an Excel file: まとめ, 月別, 所見, 算定もれ. No patient is named in it."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from mitasu.claims.findings import Audit, Finding, Missed, MonthSum
from mitasu.documents.cells import neutral
from mitasu.rulebook import ENCOUNTER_KINDS

Cell = str | int | date | None
MONTH = (
    "月", "算定の回数", "算定の円", "円の分からない回数", "返還の件数", "返還の円", "判断できない件数", "判断できない円", "算定もれの件数",
    "算定もれの円",
)  # fmt: skip
FINDING = (
    "種類", "月", "日", "ファイル", "レセプト番号", "行", "コード", "加算", "点数", "正しい区分", "正しい点数", "返還の円",
    "判断できない円", "要件・事実", "理由", "根拠の強さ",
)  # fmt: skip
MISSED = (
    "月",
    "日",
    "ファイル",
    "レセプト番号",
    "行",
    "受診",
    "加算",
    "算定した区分",
    "点数",
    "円",
    "確かさ",
)
UPPER = "レセプトでは分からない条件があるため、多くてこの額です。"


def audit_xlsx(audit: Audit, on: date) -> bytes:
    """The audit as an Excel file; `on`: the day on which it was made."""
    import xlsxwriter

    written = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(written, options)
    book.set_properties({"title": f"レセプトの突き合わせ {audit.name}"})
    font = {"font_name": "Yu Gothic", "font_size": 10, "valign": "top"}
    formats = {
        "head": book.add_format(
            {**font, "bold": True, "bottom": 1, "bg_color": "#F2F2F2", "text_wrap": True}
        ),
        "text": book.add_format({**font, "text_wrap": True}),
        "day": book.add_format({**font, "num_format": "yyyy-mm-dd", "align": "left"}),
        "number": book.add_format({**font, "num_format": "#,##0"}),
    }
    _sheet(book, "まとめ", ("項目", "内容"), _summary(audit, on), (26, 90), formats)
    months = [_month(one.month, one) for one in audit.months] + [_month("計", audit.total)]
    _sheet(book, "月別", MONTH, months, (10, *([14] * 9)), formats)
    widths = (16, 9, 11, 22, 10, 8, 11, 30, 7, 9, 9, 10, 12, 36, 60, 9)
    _sheet(book, "所見", FINDING, map(_finding, audit.findings), widths, formats)
    rows = [_missed(one, UPPER) for one in audit.missed]
    rows += [_missed(one, "算定できたか判断できません（円に入れません）。") for one in audit.unsettled]
    _sheet(book, "算定もれ", MISSED, rows, (9, 11, 22, 10, 8, 9, 30, 11, 7, 8, 44), formats)
    book.close()
    return written.getvalue()


def _summary(audit: Audit, on: date) -> Iterable[tuple[Cell, ...]]:
    total = audit.total
    yield "施設", f"{audit.name}（{audit.code}）"
    yield "作った日", on
    for one in audit.files:
        told = f"{one.name} {one.institution}（{one.code}）請求年月{one.month} {one.receipts:,}件、読み取りの指摘{one.faults}件"
        yield "ファイル", told
    yield "レセプト", f"{audit.receipts:,}件"
    unpriced = f"（ほかに円の分からないもの{total.unpriced:,}回）" if total.unpriced else ""
    yield "算定", f"{total.charged:,}回 {total.charged_yen:,}円{unpriced}"
    yield "返還になりうるもの", f"{total.repay:,}件 {total.repay_yen:,}円"
    yield (
        "判断できないもの",
        f"{total.undetermined:,}件 {total.undetermined_yen:,}円（返還には入れていません）",
    )
    yield "算定もれ", f"{total.missed:,}件 多くて{total.missed_yen:,}円"
    for told_ in audit.untold:
        bundles = f"、患者が{'・'.join(told_.bundles)}の対象か" if told_.bundles else ""
        conditions = "、".join(told_.conditions)
        yield f"分からない条件：{told_.title}", f"{conditions}{bundles}".strip("、")
    if audit.unconfirmed:
        yield "コード未確認の加算", "、".join(title for _, title in audit.unconfirmed)
    for doubt in audit.doubts:
        yield "読み取りの疑問", f"{doubt.file}の{doubt.line}行目：{doubt.message}"
    yield "お断り", "参考です。審査支払機関・地方厚生局の判断に代わるものではありません。"


def _month(name: str, one: MonthSum) -> tuple[Cell, ...]:
    return (
        name, one.charged, one.priced_yen, one.unpriced, one.repay, one.repay_yen, one.undetermined, one.undetermined_yen, one.missed,
        one.missed_yen,
    )  # fmt: skip


def _finding(one: Finding) -> tuple[Cell, ...]:
    names = "、".join(row.label for row in (*one.failed, *one.unknown))
    repaid, open_ = (one.yen, None) if one.repaid else (None, one.yen)
    return (
        one.word, one.month, one.day, one.file, one.receipt, one.line, one.code, one.named, one.points, one.right, one.due,
        repaid, open_, names, one.why, one.grade,
    )  # fmt: skip


def _missed(one: Missed, sure: str) -> tuple[Cell, ...]:
    points, yen = (one.points, one.yen) if one.points else (None, None)
    return (
        one.month, one.day, one.file, one.receipt, one.line, ENCOUNTER_KINDS[one.encounter], one.title + one.level,
        one.lower, points, yen, "" if one.lower is not None else sure,
    )  # fmt: skip


def _sheet(
    book: Any,
    name: str,
    head: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    widths: Sequence[int],
    formats: dict[str, Any],
) -> None:
    sheet = book.add_worksheet(name)
    for column, (text, width) in enumerate(zip(head, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, formats["head"])
    for index, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(index, column, value, formats["day"])
            elif isinstance(value, int):
                sheet.write_number(index, column, value, formats["number"])
            elif value is not None:
                sheet.write_string(index, column, neutral(value)[:32_767], formats["text"])
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.set_footer("&L&A&R&P / &N")
