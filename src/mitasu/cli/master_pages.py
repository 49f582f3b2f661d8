"""Masters as tables for the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from mitasu.claims.masters import Difference, Edition, Found, Imported, Row
from mitasu.claims.masters.check import Checked
from mitasu.cli.context import console
from mitasu.cli.show import table

SHOWN = 30
"""How many rows of a difference are shown in each group; --json gives all."""


def imported(found: list[Imported]) -> None:
    """What was imported, and what was there already."""
    screen = console()
    rows = table("取り込んだマスター", "番号", "マスター", "版", "行数", "結果")
    for one in found:
        edition = one.edition
        told = (
            Text("もう取り込んであります（同じ内容）", style="dim")
            if one.known
            else Text("取り込みました", style="green")
        )
        rows.add_row(str(edition.id), edition.layout.title, str(edition.dated), f"{edition.rows:,}", told)
    screen.print(rows)
    for edition in {one.edition.kind: one.edition for one in found}.values():
        if edition.layout.raw or edition.layout.note:
            screen.print(f"※ {edition.layout.title}: {edition.layout.reading}", style="dim")


def editions(found: list[Edition]) -> None:
    """Every edition."""
    rows = table("取り込んだマスターの版", "番号", "id", "行数", "マスター（ファイル、SHA-256の初め）")
    for edition in found:
        told = f"{edition.layout.title}（{edition.file}、{edition.sha256[:12]}）"
        rows.add_row(str(edition.id), f"{edition.kind}@{edition.dated}", f"{edition.rows:,}", told)
    console().print(rows)


def difference(found: Difference) -> None:
    """What one edition says differently from another."""
    screen = console()
    screen.print(f"{found.first.title} → {found.second.dated}版", style="bold")
    if not found:
        screen.print("違いはありません。")
        return
    for sign, word, group in (("＋", "加わった行", found.added), ("－", "終わった行", found.ended)):
        screen.print(f"{word} {len(group)}件")
        for row in group[:SHOWN]:
            until = f"（{row.until}まで）" if word == "終わった行" and row.until else ""
            screen.print(f"  {sign} {_row(row)}{until}")
        _more(screen, len(group))
    screen.print(f"変わった行 {len(found.changed)}件")
    for one in found.changed[:SHOWN]:
        told = "、".join(
            f"{name}: {old or '（空）'} → {new or '（空）'}" for _, name, old, new in one.columns
        )
        screen.print(f"  ～ {_row(one.after)}: {told}")
    _more(screen, len(found.changed))


def found(hits: list[Found], warnings: list[str], what: str, month: str | None) -> None:
    """Rows found, each with the columns that are named."""
    screen = console()
    if not hits:
        when = f"{month}に有効な行" if month else "最も新しい版の行"
        screen.print(f"「{what}」に当たる{when}はありません。")
    for one in hits:
        layout = one.edition.layout
        screen.print(f"{_row(one.row)} ― {one.edition.title}（{one.row.line}行目）", style="bold")
        cells = [
            f"{layout.column(n)}: {cell}"
            for n, cell in enumerate(one.row.cells, 1)
            if n in layout.columns and cell.strip() not in ("", "0")
        ]
        if layout.raw:
            cells = ["（欄は解釈しません）" + " | ".join(one.row.cells)]
        screen.print("  " + " ｜ ".join(cells))
    for warning in warnings:
        screen.print(f"※ {warning}", style="yellow")


def checked(found: Checked) -> None:
    """Where the code table and the master part ways, what could now be confirmed."""
    screen = console()
    for one in found.differences:
        screen.print(f"✕ {one.code}（{one.month}）: {one.told}［{one.edition}］")
    for one in found.confirmable:
        screen.print(f"？ {one.code}（{one.month}）: {one.told}［{one.edition}］", style="magenta")
    screen.print(
        f"{found.compared}件を突き合わせました。違い{len(found.differences)}件、未確認のうち確かめられるもの{len(found.confirmable)}件。"
    )


def _row(row: Row) -> str:
    codes = "＋".join(code for code in (row.code, row.other) if code)
    return f"{codes} {row.name}".strip() or " | ".join(row.cells)


def _more(screen: Console, count: int) -> None:
    if count > SHOWN:
        screen.print(f"  … ほか{count - SHOWN}件（--json ですべて）")
