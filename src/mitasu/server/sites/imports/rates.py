"""Rate notices in as a table: a month a row, the card-use rates of the payment fund's notice in columns."""

from __future__ import annotations

from datetime import date
from typing import Any

from mitasu.dates import japanese_month, month_of, parse_month
from mitasu.documents.cells import Cell
from mitasu.documents.tables import find_header, place, read_table, text_of
from mitasu.errors import InputError
from mitasu.facts.values import value_of
from mitasu.judge.words import Words
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.imports import Change, Plan

WORDS = {
    "month": ["診療月", "対象月", "年月", "月"],
    "card_use_rate_receipts": [
        "レセプト件数ベース",
        "マイナ保険証利用率(レセプト件数ベース)",
        "利用率(レセプト件数ベース)",
    ],
    "card_use_rate_checks": [
        "資格確認件数ベース",
        "オンライン資格確認件数ベース",
        "マイナ保険証利用率(オンライン資格確認件数ベース)",
    ],
    "card_use_rate_notified_on": ["通知日"],
    "outpatient_receipts": ["外来レセプト件数"],
}
HEAD = ["診療月", "レセプト件数ベース", "資格確認件数ベース", "通知日", "外来レセプト件数"]


def plan(site: Site, content: bytes, name: str) -> Plan:
    """What a table of rates would change at a site."""
    try:
        read = read_table(content, name)
    except InputError as error:
        return Plan(problems=tuple(str(problem) for problem in error.problems))
    header = find_header(read.rows, WORDS)
    if header is None or "month" not in header[1]:
        told = (
            f"見出しの行が見つかりません。列は「{'、'.join(HEAD)}」で、診療月と、ほかに一つ以上が要ります。"
        )
        return Plan(read.how, problems=(told,))
    values, problems = _values(read.rows, *header)
    book = known(site)
    changes, drafts = _changes(book, values)

    def carry(by: Any, digest: str) -> int:
        return len(append(site, drafts, by=by, expected=book.head[1]))

    notes = [f"{len(values) - len(drafts)}個の値は、いまと同じです。"] if len(values) > len(drafts) else []
    return Plan(read.how, tuple(changes), (), tuple(notes), tuple(problems), carry)


def _values(
    rows: list[list[Cell]], start: int, columns: dict[str, int]
) -> tuple[dict[tuple[str, str], Any], list[str]]:
    """The values by series and month as the file writes them, and problems with row and column."""
    heads = [text_of(cell) for cell in rows[start]]
    found: dict[tuple[str, str], Any] = {}
    problems: list[str] = []
    for index, cells in enumerate(rows[start + 1 :], start + 1):
        if not any(text_of(cell) for cell in cells):
            continue

        def cell(key: str, cells: list[Cell] = cells) -> Cell:
            return cells[columns[key]] if columns[key] < len(cells) else None

        try:
            month = _month(cell("month"))
        except ValueError as error:
            problems.append(f"{place(index, columns['month'], heads[columns['month']])}：{error}")
            continue
        for id_ in columns.keys() - {"month"}:
            text = text_of(cell(id_)).removesuffix("％").replace(",", "")
            if not text:
                continue
            where = place(index, columns[id_], heads[columns[id_]])
            entry = rulebook().catalogue.of("series")[id_]
            try:
                value_of(text, entry.type, entry.values)
            except ValueError as error:
                problems.append(f"{where}：{error}")
                continue
            if (id_, month) in found:
                problems.append(f"{where}：{japanese_month(month)}の値が二度書かれています。")
            found[id_, month] = text.removesuffix("%")
    return found, [*problems, *_fractions(found)]


def _month(cell: Cell) -> str:
    return month_of(cell) if isinstance(cell, date) else parse_month(text_of(cell))


def _fractions(found: dict[tuple[str, str], Any]) -> list[str]:
    """A column of shares below one is a column of fractions, not of percent: nobody is to guess which."""
    problems = []
    for id_ in ("card_use_rate_receipts", "card_use_rate_checks"):
        rates = [float(value) for (series, _), value in found.items() if series == id_]
        if rates and max(rates) < 1:
            label = rulebook().catalogue.of("series")[id_].label
            problems.append(
                f"{label}がすべて1％より小さくなっています。割合（0.312）でなく％の数（31.2）で書いてください。"
            )
    return problems


def _changes(book: Known, values: dict[tuple[str, str], Any]) -> tuple[list[Change], list[Draft]]:
    words, catalogue = Words(rulebook()), rulebook().catalogue.of("series")
    changes, drafts = [], []
    for (id_, month), value in sorted(values.items(), key=lambda item: (item[0][1], item[0][0])):
        entry = catalogue[id_]
        new = value_of(value, entry.type, entry.values)
        row = book.series.get(id_, {}).get(month)
        old = None if row is None else value_of(row.body["value"], entry.type, entry.values)
        if old != new:
            before = "なし" if old is None else words.value(old, entry)
            changes.append(Change(f"{entry.label}　{japanese_month(month)}", before, words.value(new, entry)))
            drafts.append(Draft(Kind.SERIES, id_, {"month": month, "value": value}))
    return changes, drafts
