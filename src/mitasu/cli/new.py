"""A commented institution file to start from, for the sector and kind asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import typer

from mitasu.cli.context import Context, known_sector
from mitasu.errors import InputError, Problem, UsageError
from mitasu.facts.read import KINDS_OF
from mitasu.facts.write import write_whole
from mitasu.rulebook import FACILITY_KINDS, SECTORS, Entry
from mitasu.rules.nodes import facts_of
from mitasu.text import nearest

POINTING = ("event", "role", "fact", "series", "overdue", "item", "other")
"""The arguments of derived facts that name an entry of the catalogue."""
HEAD = """\
# 施設ファイル: {name}（{sector}、{kind}）
# 分かるものだけ、行頭の「# 」を外して値を書きます。書かれていない事実は「不明」で、「いいえ」とは違います。
# 途中で変わった事実は  - {{from: 2025-04-01, value: true}}  のように期間で書きます（from と to の日も含みます）。
# 日付は 2025-04-01 のほか、令和7年4月1日、R7.4.1 でも書けます。mitasu ask {file} で一つずつ答えることもできます。
institution:
  name: {name}
  # code: "{code}"   # 医療機関コード10桁（都道府県2桁、点数表1桁、番号7桁）
  sector: {sector_id}
  kind: {kind_id}
"""


def write(context: Context, file: Path, sector: str, kind: str | None, name: str) -> None:
    """Write the file; one that exists is never overwritten."""
    kind = _checked(sector, kind)
    if os.path.exists(file):  # False, not an error, where the name is too long
        raise InputError(Problem("もうあります。上書きはしません。別の名前にしてください。", str(file)))
    if not file.resolve().parent.is_dir():
        raise InputError(Problem("フォルダーがありません。", str(file.parent)))
    write_whole(file, text(context, sector, kind, name.strip() or "わたしの施設", file.name))
    typer.echo(f"{file} を書き出しました。次は mitasu ask {file} か、ファイルを開いて値を書いてください。")


def _checked(sector: str, kind: str | None) -> str:
    known_sector(sector)
    kinds = KINDS_OF[sector]
    if kind is None:
        return "clinic" if "clinic" in kinds else kinds[0]
    if kind not in kinds:
        near = nearest(kind, kinds)
        raise UsageError(
            f"{SECTORS[sector]}の施設の種類に「{kind}」はありません。"
            + (f"近いもの: {near}" if near else f"書けるもの: {'、'.join(kinds)}")
        )
    return kind


def text(context: Context, sector: str, kind: str, name: str, file: str) -> str:
    """The text of the file: every fact that can matter there, commented out, with its question."""
    prefix = {
        "medical": "1311234567",
        "dental": "1331234567",
        "pharmacy": "1341234567",
        "nursing": "1361234567",
    }
    parts = [
        HEAD.format(
            name=json.dumps(name, ensure_ascii=False),
            sector=SECTORS[sector],
            kind=FACILITY_KINDS[kind],
            file=file,
            code=prefix[sector],
            sector_id=sector,
            kind_id=kind,
        )
    ]
    used = used_ids(context, sector, kind)
    catalogue = context.rulebook.catalogue
    for key, kind_of, title in (
        ("facts", "fact", "事実"),
        ("series", "series", "月ごとの値"),
        ("events", "event", "出来事（一度もなければ空の一覧 [] を書く）"),
        ("people", "role", "職員（書いた一覧がすべて。いなければ []）"),
    ):
        known = catalogue.of(kind_of)
        entries = [known[id_] for id_ in used if id_ in known and _asked_in(known[id_], sector)]
        if entries:
            parts.append(f"\n# ---- {title} ----\n{key}:\n")
            parts.extend(_grouped(context, entries, used))
    items = [
        id_
        for id_, a in context.rulebook.additions.items()
        if sector in a.sectors and (not a.kinds or kind in a.kinds) and a.filing.get("required", True)
    ]
    items += [
        id_ for id_, entry in catalogue.of("filing_item").items() if id_ in used and _asked_in(entry, sector)
    ]
    parts.append("\n# ---- 届出（書いた一覧がすべて。なければ []） ----\nfilings:\n" + "".join(
        f"  # - {{item: {id_}, arrived: 2026-05-15, accepted: 2026-05-28}}   # {_filed(context, id_, sector)}\n" for id_ in items
    ))  # fmt: skip
    return "".join(parts)


def _asked_in(entry: Entry, sector: str) -> bool:
    return not entry.sectors or sector in entry.sectors


def _filed(context: Context, item: str, sector: str) -> str:
    addition = context.rulebook.additions.get(item)
    return addition.title_in(sector) if addition else context.label(item)


def _grouped(context: Context, entries: list[Entry], used: dict[str, str]) -> Iterator[str]:
    """Entries below the addition that looks at them first."""
    group = ""
    for entry in entries:
        if used[entry.id] != group:
            group = used[entry.id]
            yield f"  # ―― {context.label(group)} ――\n"
        yield _role(entry) if entry.kind == "role" else _lines(entry)


def used_ids(context: Context, sector: str, kind: str) -> dict[str, str]:
    """Every catalogue id that a rule for the sector and kind looks at, with the first addition that does."""
    found: dict[str, str] = {}
    for id_, addition in context.rulebook.additions.items():
        if sector not in addition.sectors or (addition.kinds and kind not in addition.kinds):
            continue
        rule = context.rulebook.timeline(id_, sector).rule
        nodes = [requirement.need for requirement in rule.requirements]
        nodes += [r.applies_when for r in rule.requirements if r.applies_when is not None]
        nodes += [m.condition for r in rule.requirements for m in r.deemed if m.condition is not None]
        for fact in (fact for node in nodes for fact in facts_of(node)):
            args = dict(fact.args)
            entry = context.rulebook.catalogue.get(fact.id)
            pointed = (args[key] for key in POINTING if key in args)
            for used in (fact.id, *(entry.inputs if entry else ()), *map(str, pointed)):
                found.setdefault(used, id_)
    return found


def _lines(entry: Entry) -> str:
    values = (
        "（" + " / ".join(f"{value} {label}" for value, label in entry.values.items()) + "）"
        if entry.values
        else ""
    )
    unit = f"（{entry.unit}）" if entry.unit else ""
    optional = "［任意］" if entry.optional else ""
    sample = {
        "boolean": "true",
        "integer": "0",
        "decimal": "0.0",
        "yen": "0",
        "percent": "45.0",
        "date": "2025-04-01",
        "text": '""',
    }.get(entry.type, next(iter(entry.values), ""))
    written = {
        "fact": f"{entry.id}: {sample}",
        "series": f'{entry.id}: {{"2026-08": {sample}, "2026-09": {sample}}}',
        "event": f"{entry.id}: [{{on: 2026-04-20}}]",
    }[entry.kind]
    return f"  # {optional}{entry.ask}{unit}{values}\n  # {written}\n"


def _role(entry: Entry) -> str:
    return f"  # {entry.ask}\n  # - {{role: {entry.id}, employment: full_time, assignment: dedicated}}\n"
