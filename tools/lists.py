"""The reference pages that are lists: facts, sources, rulings, commands."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer
from markdown import NOTICE, bullets, escape, labels, lines, scope, sectors, slug, sources, table
from typer.testing import CliRunner

from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.facts.values import TYPE_WORDS
from mitasu.rulebook import GRADES, Entry, Rulebook

WIDTH = 100
KINDS = {
    "fact": ("事実", "施設ファイルの `facts` に、値か期間ごとの値を書きます。"),
    "series": ("月ごとの値", '施設ファイルの `series` に、`"2025-01": 値` の形で書きます。'),
    "event": ("出来事", "施設ファイルの `events` に、行った日（`on`）と項目を書きます。"),
    "role": ("職員の役割", "施設ファイルの `people` に書きます。"),
    "filing_item": (
        "届け出るもの",
        "施設ファイルの `filings` の `item` に、加算のidのほかに書けるものです。",
    ),
    "filing": ("届出の項目", "施設ファイルの `filings` に、届出ごとに書きます。"),
    "encounter": ("受診の項目", "受診の一覧に、受診ごとに書きます。"),
    "derived": ("計算する事実", "ほかの事実から計算します。施設ファイルには書きません。"),
}


def facts_page(rulebook: Rulebook) -> str:
    """The catalogue."""
    parts = [
        f"{NOTICE}\n# 事実の目録\n\n",
        "判定に使う事実のすべてです。書いていない事実は「いいえ」ではなく「不明」として扱います。"
        "「任意」の事実は、書いていなければ判断から除きます。\n",
    ]
    for kind, (title, told) in KINDS.items():
        found = rulebook.catalogue.of(kind).values()
        staff = (
            f"\n雇用の形: {labels(EMPLOYMENT)}。専従など: {labels(ASSIGNMENT)}。\n" if kind == "role" else ""
        )
        rows = [_entry(entry, rulebook) for entry in found]
        parts.append(f"\n## {title}\n\n{told}\n{staff}\n{table(('id', '事実', '型', '単位', '問い'), rows)}")
    return "".join(parts)


def _entry(entry: Entry, rulebook: Rulebook) -> tuple[str, ...]:
    marks = ["任意" if entry.optional else "", sectors(entry.sectors)]
    for id_, value in entry.when:
        other = rulebook.catalogue.get(id_)
        label, shown = (other.label, other.values.get(value, value)) if other else (id_, value)
        marks.append(f"{escape(label)}が「{escape(shown)}」のとき")
    attributes = [
        f"`{found.name}` {escape(found.label)}{scope('任意' if found.optional else '')}: {_type(found)}"
        for found in entry.attributes
    ]
    inputs = f"もとになるもの: {'、'.join(f'`{id_}`' for id_ in entry.inputs)}" if entry.inputs else ""
    given = [f"`{name}`{scope(labels(found.values))}" for name, found in entry.arguments.items()]
    arguments = f"引数: {'、'.join(given)}" if given else ""
    typed = "" if entry.kind in ("event", "role", "filing_item") else _type(entry)
    return (
        f"`{entry.id}`",
        lines(escape(entry.label) + scope(*marks)),
        typed,
        escape(entry.unit),
        lines(escape(entry.ask), *attributes, inputs, arguments),
    )


def _type(entry: Any) -> str:
    return labels(entry.values) if entry.type == "enum" else escape(TYPE_WORDS[entry.type])


def sources_page(rulebook: Rulebook) -> str:
    """What a citation's first word stands for."""
    grouped: dict[str, list[str]] = {}
    for key, source in rulebook.sources.items():
        grouped.setdefault(str(source.get("kind", "その他")), []).append(key)
    parts = [
        f"{NOTICE}\n# 出典\n\n",
        "規則の引用は、出典のidとその中の場所からなります。等級: "
        + "、".join(f"{grade} {word}" for grade, word in GRADES.items())
        + "。\n",
    ]
    for kind, keys in grouped.items():
        parts.append(f"\n## {escape(kind)}\n")
        parts.extend(_source(key, rulebook.sources[key]) for key in keys)
    return "".join(parts)


def _source(key: str, source: Any) -> str:
    grade = GRADES.get(str(source.get("grade")), "等級なし")
    told = [grade, f"日付 {source['date']}" if source.get("date") else ""]
    told += [f"読んだ日 {source['read']}" if source.get("read") else ""]
    parts = [f"**{escape(key)}** {escape(source['title'])}{scope(*told)}"]
    parts += [f"場所: {escape(source['place'])}"] if source.get("place") else []
    parts += [escape(source["note"])] if source.get("note") else []
    return f"\n({slug('source', key)})=\n\n{'。'.join(parts)}\n"


def rulings_page(rulebook: Rulebook) -> str:
    """The official questions and answers that touch a rule."""
    used: dict[str, list[str]] = {}
    for id_, addition in rulebook.additions.items():
        for found in _rulings(addition):
            used.setdefault(found, []).append(id_)
    parts = [f"{NOTICE}\n# 疑義解釈\n\n規則に関わる疑義解釈を、短く言い換えたものです。\n"]
    for id_, found in rulebook.rulings.items():
        named = dict.fromkeys((*(found.get("additions") or ()), *used.get(id_, ())))
        pages = "、".join(
            f"[{escape(rulebook.titles[name])}](rules/{name}.md)"
            for name in named
            if name in rulebook.additions
        )
        dated = f"{found['date']}" if found.get("date") else ""
        items = [escape(found["text"])]
        items += [f"加算: {pages}"] if pages else []
        items += [f"出典: {sources(found.get('cite') or (), str(found.get('grade', '')))}"]
        items += [f"備考: {escape(found['note'])}"] if found.get("note") else []
        head = f"**{escape(id_)}** {escape(found['number'])}{scope(dated)}"
        parts.append(f"\n({slug('ruling', id_)})=\n\n{head}\n\n{bullets(items)}")
    return "".join(parts)


def _rulings(addition: Any) -> Iterator[str]:
    for _, requirement in addition.requirements:
        yield from requirement.rulings
    billing = addition.billing
    for clause in (*billing.conditions, *billing.limits, *billing.exclusions, *addition.reminders):
        yield from clause.rulings


def cli_page(app: typer.Typer) -> str:
    """Every command with its help."""
    parts = [f"{NOTICE}\n# コマンド\n\n`mitasu` の使い方です。どの命令も `--help` で同じものが見られます。\n"]
    for words in _commands(typer.main.get_command(app), ()):
        result = CliRunner().invoke(app, [*words, "--help"], prog_name="mitasu", terminal_width=WIDTH)
        if result.exit_code:
            raise RuntimeError(f"mitasu {' '.join(words)} --help failed: {result.output}")
        name = " ".join(("mitasu", *words))
        body = "\n".join(line.rstrip() for line in result.output.strip("\n").splitlines())
        parts.append(f"\n## {name}\n\n```text\n{body}\n```\n")
    return "".join(parts)


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield words
    for name, found in getattr(command, "commands", {}).items():
        if not getattr(found, "hidden", False):
            yield from _commands(found, (*words, name))
