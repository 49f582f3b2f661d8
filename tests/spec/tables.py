"""Truth tables: how the chapters write them, how both readings are held to them, how the book shows them.

A table names conditions (as rule language, or as a tree where the language has no word for it) and lists,
row by row, the facts and the verdict that must come out. Every row is asked of the explaining reading
and of the column reading. A bare word in a condition (`{all: [a, b]}`) is a part that has the verdict
written in its column.

Cells: `true` `false` `20` `29.9%` `2025-04-01` `weekly`, `?` for unknown, `later 2025-05-15` for a value
that is told only after that day; verdicts `met` `deemed` `unmet` `unknown` `n/a`, with the day where one
belongs to it (`deemed 2025-03-31`). A column `day` is the day to which the law is fixed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import permutations
from typing import Any

import polars as pl

from mitasu.rules.columns import column, verdicts
from mitasu.rules.explain import Later, explain
from mitasu.rules.faults import Faults
from mitasu.rules.fix import fold
from mitasu.rules.load import FactSpec, NodeReader
from mitasu.rules.nodes import (
    AtLeast,
    AtMost,
    Deemed,
    Equals,
    Fact,
    Holds,
    LessThan,
    MoreThan,
    Node,
    Nothing,
    OneOf,
    Verdict,
    children,
)
from mitasu.rules.quantities import percent
from mitasu.rules.strict_yaml import read

FACTS = {
    spec.id: spec
    for spec in (
        FactSpec("posted", "boolean"),
        FactSpec("on_website", "boolean"),
        FactSpec("own_website", "boolean"),
        FactSpec("beds", "integer"),
        FactSpec("rate", "percent"),
        FactSpec("joined_on", "date"),
        FactSpec("free_until", "date"),
        FactSpec("backup", "enum", values=("daily", "weekly", "none")),
        FactSpec("full_time", "boolean", optional=True),
        FactSpec("doctors", "integer", optional=True),
        FactSpec("filed", "boolean", arguments={"item": "word!"}),
    )
}
LABELS = {
    "day": "判定する日",
    "posted": "院内掲示",
    "on_website": "ウェブサイト掲載",
    "own_website": "自院のウェブサイト",
    "beds": "病床数",
    "rate": "利用率",
    "joined_on": "参加した日",
    "free_until": "猶予の最終日",
    "backup": "バックアップの頻度",
    "full_time": "常勤（任意）",
    "doctors": "医師数（任意）",
    "filed": "届出",
}
WORDS = {"met": "満たす", "deemed": "経過措置", "unmet": "満たさない", "unknown": "不明", "n/a": "対象外"}
VERDICTS = dict(
    zip(
        WORDS,
        (Verdict.MET, Verdict.DEEMED, Verdict.UNMET, Verdict.UNKNOWN, Verdict.NOT_APPLICABLE),
        strict=True,
    )
)
SOME_DAY = date(2025, 4, 1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Tree = str | Node | Callable[[date], Node]


@dataclass(frozen=True)
class Table:
    """One truth table: a sentence, the conditions by the heading of their column, and the rows.

    `symmetric`: the rows hold for every order of the input columns. `requirements`: what `requirement:`
    stands for, by id. `shown`: the rule text shown in the book where a tree is not written in it.
    """

    title: str
    trees: Mapping[str, Tree]
    text: str
    symmetric: bool = False
    requirements: Mapping[str, str] = field(default_factory=dict)
    shown: str = ""

    @property
    def heads(self) -> list[str]:
        """The headings of the columns."""
        return _cells(self.text.strip().splitlines()[0])

    def rows(self) -> Iterator[dict[str, str]]:
        """The rows as written, by heading."""
        for line in self.text.strip().splitlines()[1:]:
            cells = _cells(line)
            assert len(cells) == len(self.heads), f"a row has as many cells as the heading: {line}"
            yield dict(zip(self.heads, cells, strict=True))

    def check(self) -> None:
        """Both readings give what is written, in every row and for every condition."""
        for head, tree in self.trees.items():
            frames: dict[Node, tuple[list[dict[str, str]], list[str]]] = {}
            for row, given in self._asked():
                node = self.node(tree, date.fromisoformat(given.get("day", SOME_DAY.isoformat())))
                found = explained(node, given)
                assert found == row[head], f"{head}, {given}: {found} instead of {row[head]}"
                rows, wanted = frames.setdefault(node, ([], []))
                rows.append(given)
                wanted.append(row[head].split(" ")[0])
            for node, (rows, wanted) in frames.items():
                verdicts = in_columns(node, rows)
                assert verdicts == wanted, f"{head} in columns: {verdicts} instead of {wanted} for {rows}"

    def _asked(self) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        """Each row with the inputs to ask for, in every order where the order must not matter."""
        inputs = [head for head in self.heads if head not in self.trees]
        for row in self.rows():
            for order in permutations(inputs) if self.symmetric else (inputs,):
                yield row, dict(zip(inputs, (row[head] for head in order), strict=True))

    def node(self, tree: Tree, day: date) -> Node:
        """The date-free tree that both readings are given."""
        if callable(tree):
            return tree(day)

        def tree_of(id_: str) -> Node:
            return self.node(self.requirements[id_], day) if id_ in self.requirements else Nothing()

        return fold(self.written(tree), day, tree_of)

    def written(self, tree: str | Node) -> Node:
        """The tree as written, its dates still inside."""
        return parse(tree, set(self.requirements)) if isinstance(tree, str) else tree

    def markdown(self) -> str:
        """The table as the book shows it."""
        lines = [self.title, ""]
        if self.shown:
            lines += ["```yaml", self.shown.strip(), "```", ""]
        written = [(head, tree) for head, tree in self.trees.items() if isinstance(tree, str)]
        lines += [f"- {head}: `{tree}`" for head, tree in written]
        lines += [f"- 要件 {id_}: `{need}`" for id_, need in self.requirements.items()]
        lines += [""] if written or self.requirements else []
        lines.append("| " + " | ".join(_label(head) for head in self.heads) + " |")
        lines.append("|" + "---|" * len(self.heads))
        for row in self.rows():
            cells = [_told(cell, head in self.trees) for head, cell in row.items()]
            lines.append("| " + " | ".join(cells) + " |")
        if self.symmetric:
            lines += ["", "並べる順は結果を変えない。"]
        return "\n".join(lines)


def parse(text: str, requirements: set[str] | None = None) -> Node:
    """A condition from rule language; a bare word is a part that has the verdict of its column."""
    faults = Faults("table")
    reader = NodeReader(faults, FACTS.get, lambda: FACTS, requirements or set(), {"q"}, set("abc") | {"x"})
    node = reader.node(_parts(read(text, "table")))
    assert not faults.problems, [str(problem) for problem in faults.problems]
    return node


def _parts(value: Any) -> Any:
    """The mapping with bare words in the place of conditions written out."""
    if isinstance(value, str):
        return {"holds": value}
    for key in ("all", "any", "parts"):
        if key in value:
            value[key][:] = [_parts(item) for item in value[key]]
    for key in ("not", "when", "need"):
        if key in value:
            value[key] = _parts(value[key])
    if "dated" in value:
        for day, step in value["dated"].items():
            value["dated"][day] = None if step is None else _parts(step)
    return value


def explained(node: Node, row: Mapping[str, str]) -> str:
    """The verdict of the explaining reading as a cell, with its day where it has one."""
    facts = {leaf.key: _value(row[name]) for name, leaf in leaves(node).items()}
    reason = explain(node, facts)
    word = next(word for word, verdict in VERDICTS.items() if verdict is reason.verdict)
    return word if reason.until is None else f"{word} {reason.until}"


def in_columns(node: Node, rows: list[dict[str, str]]) -> list[str]:
    """The verdicts of the column reading, one for each row."""
    series: dict[str, list[Any]] = {"": [None] * len(rows)}  # a frame without columns has no rows
    for name in leaves(node):
        values = [_value(row[name]) for row in rows]
        series[name] = [None if isinstance(value, Later) else value for value in values]
    frame = pl.DataFrame(series, strict=False)
    alone = frame.with_columns(column(node, _column_of).alias("verdict"))["verdict"].to_list()
    assert verdicts(frame, {"verdict": node}, _column_of)["verdict"].to_list() == alone
    words = {int(verdict): word for word, verdict in VERDICTS.items()}
    return [words[verdict] for verdict in alone]


def _column_of(leaf: Fact | Holds) -> pl.Expr:
    return pl.col(name_of(leaf))


def leaves(node: Node) -> dict[str, Fact | Holds]:
    """Every fact and other addition a tree asks for, by the heading of its column."""
    found: dict[str, Fact | Holds] = {}

    def visit(node: Node) -> None:
        match node:
            case Fact() | Holds():
                found[name_of(node)] = node
            case AtLeast(fact) | MoreThan(fact) | AtMost(fact) | LessThan(fact) | Equals(fact) | OneOf(fact):
                found[name_of(fact)] = fact
            case Deemed(_, _, Fact() as until):
                found[name_of(until)] = until
        for part in children(node):
            visit(part)

    visit(node)
    return found


def name_of(leaf: Fact | Holds) -> str:
    """The heading of a leaf's column: its id, with arguments or level where it has any."""
    if isinstance(leaf, Holds):
        return f"{leaf.addition} {leaf.level}".strip()
    return f"{leaf.id}({', '.join(str(value) for _, value in leaf.args)})" if leaf.args else leaf.id


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _value(cell: str) -> Any:
    if cell in VERDICTS:
        return VERDICTS[cell]
    if cell in ("?", "true", "false"):
        return {"?": None, "true": True, "false": False}[cell]
    if cell.startswith("later "):
        return Later(date.fromisoformat(cell.removeprefix("later ")))
    if cell.endswith("%"):
        return percent(cell)
    if _DAY.fullmatch(cell):
        return date.fromisoformat(cell)
    return int(cell) if re.fullmatch(r"-?\d+", cell) else cell


def _label(head: str) -> str:
    id_, _, rest = head.partition("(")
    label = f"{LABELS[id_]} `{id_}`" if id_ in FACTS else LABELS.get(id_, id_)
    return label + (f"（{rest.rstrip(')')}）" if rest else "")


def _told(cell: str, result: bool) -> str:
    word, _, day = cell.partition(" ")
    if cell.startswith("later "):
        return f"{day}の後に分かる"
    if word in WORDS:
        told = {"deemed": f"（{day}まで）", "unknown": f"（{day}の後に確定）"}.get(word, "") if day else ""
        return WORDS[word] + told
    return {"?": "不明", "true": "はい", "false": "いいえ", "none": "なし"}.get(cell, cell)
