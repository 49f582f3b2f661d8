"""The bureau's list of accepted filings (届出受理医療機関名簿) in: the rows of one institution as filings.

The list says from when a filing counts (算定開始年月日), not when it was accepted. What is recorded is the
first opening day of that month as the day of acceptance, as it has the same effect; a start on any other
day than the first of a month is left to a person. An item is recognised by its title in the rulebook
(full-width or half-width), with a level at its end or none; what is not recognised is listed, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from mitasu.dates import first_opening_day, month_of, parse_date
from mitasu.documents.cells import Cell
from mitasu.documents.tables import find_header, open_table, text_of
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts import effective_from
from mitasu.rulebook import SECTORS
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.append import Draft, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.law import rulebook
from mitasu.server.ledger.models import Kind
from mitasu.server.sites.imports import Change, Plan
from mitasu.server.sites.prefectures import PREFECTURES

MOST_ROWS = 400_000
"""A list of a whole prefecture is long; only the rows of one institution are kept."""
WORDS = {
    "item": ["受理届出名称", "届出名称", "施設基準名称"],
    "start": ["算定開始年月日", "算定開始日"],
    "number": ["医療機関番号", "薬局番号", "医療機関コード", "保険医療機関番号"],
    "symbol": ["受理記号"],
    "receipt": ["受理番号"],
    "prefecture": ["都道府県コード"],
    "prefecture_name": ["都道府県名"],
    "sector": ["区分"],
    "name": ["医療機関名称", "薬局名称", "名称"],
}
NEEDED = {"item", "start", "number"}
SECTOR_WORDS = {
    "医科": "medical",
    "歯科": "dental",
    "薬局": "pharmacy",
    "調剤": "pharmacy",
    "訪問看護": "nursing",
}
NO_CODE = "この施設の医療機関コード（10桁）がまだ入力されていません。施設の設定でコードを入れてから取り込んでください。"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the list that is about the institution."""

    number: int
    name: str
    item: str
    symbol: str
    receipt: str
    start: Cell


@dataclass(frozen=True, slots=True)
class Accepted:
    """A filing that the list shows and the rulebook knows."""

    row: Row
    item: str
    level: str | None
    accepted: date


def plan(site: Site, content: bytes, name: str) -> Plan:
    """What the list would add at a site."""
    if not site.code:
        return Plan(problems=(NO_CODE,))
    try:
        how, rows = rows_of(site, content, name)
    except InputError as error:
        return Plan(problems=tuple(str(problem) for problem in error.problems))
    if not rows:
        told = f"名簿に、医療機関コード {site.code} の行がありません。都道府県と、医科・歯科・薬局の別を確かめてください。"
        return Plan(how, problems=(told,))
    found, left, notes = [], [], []
    for row in rows:
        taken = _accepted(row, site.sector)
        if isinstance(taken, str):
            left.append(taken)
        else:
            found.append(taken)
    book = known(site)
    there = {(f["item"], _text(f.get("level")), _effect(f.get("accepted"))) for f in _filings(book)}
    new = [one for one in found if (one.item, _text(one.level), effective_from(one.accepted)) not in there]
    old = len(found) - len(new)
    if old:
        notes.append(f"{old}件は、もう台帳にあります。")
    if not book.of(Kind.LISTING) or not any(entry.subject == "filings" for entry in book.of(Kind.LISTING)):
        notes.append(
            "取り込むと、届出の一覧はこれですべてとして扱います（載っていない加算は届け出ていないとみなします）。"
        )
    names = "、".join(dict.fromkeys(row.name for row in rows if row.name))
    notes.append(f"名簿での名前：{names or '（記載なし）'}。行の数：{len(rows)}。")
    if new:
        notes.append(
            "名簿に受理日はないので、算定開始月の最初の開庁日に受理されたものとして記録します。効力は同じです。"
        )

    def carry(by: Any, digest: str) -> int:
        return len(_recorded(site, book, new, name, by, digest))

    return Plan(how, tuple(_change(one) for one in new), tuple(left), tuple(notes), (), carry)


def rows_of(site: Site, content: bytes, name: str) -> tuple[str, list[Row]]:
    """The rows of a list that are about the site; InputError where no heading is found."""
    how, rows = open_table(content, name, MOST_ROWS, every_sheet=True)
    columns: dict[str, int] | None = None
    found = []
    for index, cells in enumerate(rows):
        header = find_header([cells], WORDS) if columns is None or _is_heading(cells) else None
        if header is not None and header[1].keys() >= NEEDED:
            columns = header[1]
        elif columns is not None and _is_of(site, cells, columns):
            row = _row(index, cells, columns)
            if row.item:
                found.append(row)
    if columns is None:
        raise InputError([_no_header(name)])
    return how, found


def _is_heading(cells: list[Cell]) -> bool:
    """Whether a row may be the heading of another sheet."""
    return any(isinstance(cell, str) and "算定開始" in cell for cell in cells)


def _no_header(name: str) -> Problem:
    words = "、".join(WORDS[key][0] for key in ("number", "item", "start"))
    return Problem(f"見出しの行が見つかりません。「{words}」の列がある名簿を選んでください。", name)


def _cell(cells: list[Cell], columns: Mapping[str, int], key: str) -> str:
    column = columns.get(key)
    return text_of(cells[column]) if column is not None and column < len(cells) else ""


def _is_of(site: Site, cells: list[Cell], columns: Mapping[str, int]) -> bool:
    """Whether a row is about the site: number, and prefecture and sector where the list has them."""
    number = re.sub(r"[^0-9]", "", _cell(cells, columns, "number"))
    if len(number) == 10:
        return number == site.code
    if not number or number.zfill(7) != site.code[3:]:
        return False
    prefecture = re.sub(r"[^0-9]", "", _cell(cells, columns, "prefecture"))
    name = _cell(cells, columns, "prefecture_name")
    sector = _cell(cells, columns, "sector")
    return (
        (not prefecture or prefecture.zfill(2) == site.code[:2])
        and (not name or PREFECTURES[site.code[:2]].startswith(name[:2]))
        and (sector not in SECTOR_WORDS or SECTOR_WORDS[sector] == site.sector)
    )


def _row(index: int, cells: list[Cell], columns: Mapping[str, int]) -> Row:
    start = columns["start"]
    return Row(
        index + 1,
        _cell(cells, columns, "name"),
        _cell(cells, columns, "item"),
        _cell(cells, columns, "symbol"),
        _cell(cells, columns, "receipt"),
        cells[start] if start < len(cells) else None,
    )


# ---- which filing it is --------------------------------------------------------------------------------------


def _accepted(row: Row, sector: str) -> Accepted | str:
    """The filing that a row shows; otherwise why it is not taken."""
    told = f"{row.number}行目「{row.item}」" + (f"（{row.symbol}）" if row.symbol else "")
    item = item_of(row.item, sector)
    if item is None:
        return f"{told}：この名称は規則集にないので取り込みません。"
    try:
        start = parse_date(row.start if isinstance(row.start, date) else text_of(row.start))
        if start.day != 1:
            return f"{told}：算定開始日（{start}）が月の初日ではないので、受理日を決められません。手で入力してください。"
        return Accepted(row, *item, first_opening_day(month_of(start)))
    except (ValueError, UsageError) as error:
        return f"{told}：算定開始年月日を読めません。{error}"


def item_of(name: str, sector: str) -> tuple[str, str | None] | None:
    """The addition or other item of that name in a sector, with its level (None: the name has none); None where unknown.

    >>> item_of("診療録管理体制加算１", "medical")
    ('record-management', '1')
    >>> item_of("ニコチン依存症管理料", "medical") is None
    True
    """
    return _names(sector).get(_plain(name))


def _names(sector: str) -> dict[str, tuple[str, str | None]]:
    found: dict[str, tuple[str, str | None]] = {}
    for id_, label in _labels(sector):
        found.setdefault(_plain(label), (id_, None))
        addition = rulebook().additions.get(id_)
        for period in addition.periods if addition else ():
            for level in period.levels:
                if level.level:
                    found.setdefault(_plain(label + level.level), (id_, level.level))
    return found


def _labels(sector: str) -> Iterator[tuple[str, str]]:
    for id_, addition in rulebook().additions.items():
        if sector in addition.sectors:
            yield id_, addition.title_in(sector)
            yield from (
                (id_, period.titles[sector]) for period in addition.periods if sector in period.titles
            )
    for id_, entry in rulebook().catalogue.of("filing_item").items():
        if not entry.sectors or sector in entry.sectors:
            yield id_, entry.label


def _plain(text: str) -> str:
    return re.sub(r"\s", "", text_of(text))


# ---- into the ledger -----------------------------------------------------------------------------------------


def _filings(book: Known) -> list[dict[str, Any]]:
    return [entry.body for entry in book.of(Kind.FILING)]


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _effect(accepted: Any) -> date | None:
    return effective_from(parse_date(accepted)) if accepted else None


def _change(one: Accepted) -> Change:
    title = rulebook().titles.get(one.item) or rulebook().catalogue.of("filing_item")[one.item].label
    level = f"（区分{one.level}）" if one.level else ""
    receipt = f"、受理番号 {one.row.receipt}" if one.row.receipt else ""
    return Change(
        f"{title}{level}の届出",
        "なし",
        f"{effective_from(one.accepted)}から有効{receipt}（名簿の{one.row.number}行目）",
    )


def _recorded(site: Site, book: Known, new: list[Accepted], name: str, by: Any, digest: str) -> list[Any]:
    """The list itself as evidence, and the filings that it shows."""
    with transaction.atomic():
        title = f"届出受理の名簿（{SECTORS.get(site.sector, site.sector)}）"
        evidence = Draft(Kind.EVIDENCE, "filings", {"title": title, "file": name}, document=digest)
        [paper] = append(site, [evidence], by=by, expected=book.head[1])
        listed = any(entry.subject == "filings" for entry in book.of(Kind.LISTING))
        drafts = [] if listed else [Draft(Kind.LISTING, "filings")]
        for one in new:
            body = {"item": one.item, "accepted": one.accepted, **({"level": one.level} if one.level else {})}
            drafts.append(Draft(Kind.FILING, one.item, body, proof=paper.number))
        return append(site, drafts, by=by)
