"""The catalogue of facts on the terminal."""

from __future__ import annotations

from mitasu.cli.context import Context, console, known_sector
from mitasu.cli.show import table
from mitasu.errors import InputError, Problem, UsageError
from mitasu.rulebook import SECTORS, Entry
from mitasu.rulebook.catalogue import KINDS
from mitasu.text import nearest

KIND_WORDS = {
    "fact": "事実", "series": "月ごとの値", "event": "出来事", "role": "役割", "encounter": "受診の属性",
    "filing": "届出の属性", "filing_item": "届出の項目", "derived": "計算される事実",
}  # fmt: skip
NO_TYPE = ("event", "role", "filing_item")
TYPE_WORDS = {
    "boolean": "真偽", "integer": "整数", "decimal": "数", "yen": "円", "percent": "％", "date": "日付", "enum": "選択", "text": "文字",
}  # fmt: skip


def listing(context: Context, sector: str | None, kind: str | None, *, as_json: bool) -> None:
    """Print the entries, of one sector or kind where asked."""
    if sector is not None:
        known_sector(sector)
    if kind is not None and kind not in KINDS:
        raise UsageError(f"種類「{kind}」はありません。近いもの: {nearest(kind, KINDS) or '、'.join(KINDS)}")
    entries = [
        entry
        for entry in context.rulebook.catalogue
        if (not kind or entry.kind == kind) and (not sector or not entry.sectors or sector in entry.sectors)
        and (kind or entry.kind != "derived")
    ]  # fmt: skip
    if as_json:
        from mitasu.cli.context import emit

        keys = ("id", "label", "kind", "type", "unit", "ask", "optional")
        emit([{key: getattr(entry, key) for key in keys} for entry in entries])
        return
    rows = table(f"事実の目録（{len(entries)}件）", "id", "種類", "型", "単位", "名前")
    for entry in entries:
        type_ = "" if entry.kind in NO_TYPE else TYPE_WORDS[entry.type]
        rows.add_row(entry.id, KIND_WORDS[entry.kind], type_, entry.unit, entry.label)
    console().print(rows)


def show(context: Context, id_: str) -> None:
    """Print one entry: its question, how to write it, what uses it."""
    entry = context.rulebook.catalogue.get(id_)
    if entry is None:
        known = [found.id for found in context.rulebook.catalogue]
        raise InputError(Problem(f"事実「{id_}」は目録にありません。", nearest=nearest(id_, known)))
    screen = console()
    screen.print(f"{entry.id} — {entry.label}", style="bold")
    screen.print(
        f"種類: {KIND_WORDS[entry.kind]}"
        + ("" if entry.kind in NO_TYPE else f"　型: {TYPE_WORDS[entry.type]}")
        + (f"　単位: {entry.unit}" if entry.unit else "")
    )
    lines = [
        f"問い: {entry.ask}" if entry.ask else "",
        f"部門: {'、'.join(SECTORS[sector] for sector in entry.sectors)}" if entry.sectors else "",
        "書かなくてもよい（書かれていれば判断に使う）" if entry.optional else "",
        f"条件: {'、'.join(f'{key} が {value} のとき' for key, value in entry.when)}" if entry.when else "",
        *(f"  {value} — {label}" for value, label in entry.values.items()),
        *(f"  {a.name}（{TYPE_WORDS[a.type]}）— {a.label}" for a in entry.attributes),
        f"使う要件: {'、'.join(entry.used_by)}" if entry.used_by else "",
        f"書き方: {example(entry)}",
    ]
    for line in lines:
        if line:
            screen.print(line)


def example(entry: Entry) -> str:
    """How the entry is written in an institution file, in one line."""
    sample = {
        "boolean": "true", "integer": "10", "decimal": "1.5", "yen": "100000", "percent": "45.0", "date": "2025-04-01", "text": "…",
        "enum": next(iter(entry.values), ""),
    }[entry.type]  # fmt: skip
    match entry.kind:
        case "fact":
            return f"facts: {{{entry.id}: {sample}}}　または　{entry.id}: [{{from: 2025-04-01, value: {sample}}}]"
        case "series":
            return f'series: {{{entry.id}: {{"2025-01": {sample}}}}}'
        case "event":
            return f"events: {{{entry.id}: [{{on: 2025-04-01}}]}}"
        case "role":
            return f"people: [{{role: {entry.id}, employment: full_time, assignment: dedicated}}]"
        case "filing":
            return f"filings: [{{item: …, {entry.id}: {sample}}}]"
        case "filing_item":
            return f"filings: [{{item: {entry.id}, arrived: 2025-03-18, accepted: 2025-03-25}}]"
        case "encounter":
            return f"受診の一覧の各行に {entry.id}: {sample}"
    return "ほかの事実から計算される（書かない）"
