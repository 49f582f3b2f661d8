"""Staff lists in: people by role, employment and assignment. The list takes the place of the one before.

Names of people are not asked for and not kept; roles that no rule counts are left out and listed.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.documents.cells import Cell
from mitasu.documents.tables import find_header, place, read_table, text_of
from mitasu.errors import InputError
from mitasu.facts import load_institution
from mitasu.facts.read import ASSIGNMENT, EMPLOYMENT
from mitasu.rulebook import Entry
from mitasu.server.accounts.models import Site
from mitasu.server.ledger.files import export_document, import_document
from mitasu.server.ledger.law import rulebook
from mitasu.server.sites.imports import Change, Plan
from mitasu.text import nearest

WORDS = {
    "role": ["役割", "職種", "職名"],
    "employment": ["雇用", "常勤", "勤務形態"],
    "assignment": ["専従", "専任", "配置"],
    "from": ["開始日", "配置日", "就任日", "採用日"],
    "to": ["終了日", "退職日", "解任日"],
}
HEAD = ["役割", "雇用", "専従など", "開始日", "終了日"]
YES_NO = {"はい": True, "いいえ": False, "○": True, "×": False, "true": True, "false": False}


def plan(site: Site, content: bytes, name: str) -> Plan:
    """What a staff list would change at a site."""
    try:
        read = read_table(content, name)
    except InputError as error:
        return Plan(problems=tuple(str(problem) for problem in error.problems))
    header = find_header(read.rows, WORDS)
    if header is None or "role" not in header[1]:
        return Plan(read.how, problems=(f"見出しの行が見つかりません。列は「{'、'.join(HEAD)}」です。",))
    people, left, problems = _people(read.rows, *header)
    before = export_document(site)
    if not problems:
        try:
            load_institution({**before, "people": people}, rulebook())
        except InputError as error:
            problems = [str(problem) for problem in error.problems]
    if problems:
        return Plan(read.how, left=tuple(left), problems=tuple(problems))
    was = before.get("people")

    def carry(by: Any, digest: str) -> int:
        document = {"institution": before["institution"], "people": people}
        return len(import_document(site, document, by=by))

    notes = (
        [] if was is None else [f"いまの職員の一覧（{len(was)}人）は、このファイルの一覧に置き換わります。"]
    )
    if not people and not left:
        notes.append("職員のいない一覧です。どの役割の人もいないものとして扱います。")
    changes = () if _same(was, people) else tuple(_changes(was, people))
    return Plan(read.how, changes, tuple(left), tuple(notes), (), carry)


def _people(
    rows: list[list[Cell]], start: int, columns: Mapping[str, int]
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """The people of the rows below the heading; rows left out; problems with row, column and what may stand there."""
    roles = {text_of(entry.label): entry for entry in rulebook().catalogue.of("role").values()}
    roles |= dict(rulebook().catalogue.of("role"))
    heads = [text_of(cell) for cell in rows[start]]
    people: list[dict[str, Any]] = []
    left: list[str] = []
    problems: list[str] = []
    for index, cells in enumerate(rows[start + 1 :], start + 1):
        if not any(text_of(cell) for cell in cells):
            continue
        reader = _Cells(index, cells, columns, heads, problems)
        role = reader.text("role")
        entry = roles.get(role)
        if entry is None:
            near = nearest(role, [one.label for one in rulebook().catalogue.of("role").values()])
            left.append(
                f"{index + 1}行目「{role or '（空）'}」：判定で数える役割ではないので取り込みません。"
                + (f"「{near}」のことなら、役割の列を直してください。" if near else "")
            )
            continue
        person = {
            "role": entry.id,
            "employment": reader.word("employment", EMPLOYMENT),
            "assignment": reader.word("assignment", ASSIGNMENT),
            "from": reader.day("from"),
            "to": reader.day("to"),
            **reader.attributes(entry),
        }
        people.append({key: value for key, value in person.items() if value is not None})
    return people, left, problems


class _Cells:
    """The cells of one row by column, faults collected with their place."""

    def __init__(
        self, index: int, cells: list[Cell], columns: Mapping[str, int], heads: list[str], problems: list[str]
    ) -> None:
        self.index, self.cells, self.columns = index, cells, columns
        self.heads, self.problems = heads, problems

    def raw(self, key: str) -> Cell:
        column = self.columns.get(key)
        return self.cells[column] if column is not None and column < len(self.cells) else None

    def text(self, key: str) -> str:
        return text_of(self.raw(key)).removeprefix("'")

    def fault(self, column: int, told: str) -> None:
        self.problems.append(f"{place(self.index, column, self.heads[column])}：{told}")

    def word(self, key: str, known: Mapping[str, str]) -> str | None:
        text = self.text(key)
        found = {label: id_ for id_, label in known.items()} | {id_: id_ for id_ in known}
        if text and text not in found:
            self.fault(
                self.columns[key],
                f"「{text}」は使えません。{'、'.join(known.values())}のどれかにしてください。",
            )
        return found.get(text)

    def day(self, key: str) -> date | None:
        text = self.text(key)
        if not text:
            return None
        try:
            return parse_date(text)
        except ValueError as error:
            self.fault(self.columns[key], str(error))
            return None

    def attributes(self, entry: Entry) -> dict[str, Any]:
        """What a role asks besides: columns headed by the attribute's label, with はい or いいえ."""
        found: dict[str, Any] = {}
        for attribute in entry.attributes:
            for column, head in enumerate(self.heads):
                text = text_of(self.cells[column]) if column < len(self.cells) else ""
                if head in (text_of(attribute.label), attribute.name) and text:
                    if text.lower() in YES_NO:
                        found[attribute.name] = YES_NO[text.lower()]
                    else:
                        self.fault(column, f"「{text}」は、はい か いいえ にしてください。")
        return found


def _same(was: Any, people: list[dict[str, Any]]) -> bool:
    return was is not None and [_said(row) for row in was] == [_said(row) for row in people]


def _said(row: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in row.items() if value is not None}


def _changes(was: Any, people: list[dict[str, Any]]) -> list[Change]:
    counted: dict[str, list[int]] = {}
    for column, rows in enumerate((was or [], people)):
        for row in rows:
            counted.setdefault(_told(row), [0, 0])[column] += 1
    if not counted:
        return [Change("職員の一覧", "なし" if was is None else "0人", "0人")]
    return [Change(told, f"{old}人", f"{new}人") for told, (old, new) in counted.items() if old != new] or [
        Change("職員の並び", "いまの順", "ファイルの順")
    ]


def _told(row: Mapping[str, Any]) -> str:
    entry = rulebook().catalogue.get(str(row["role"]))
    parts = [EMPLOYMENT.get(str(row.get("employment")), ""), ASSIGNMENT.get(str(row.get("assignment")), "")]
    days = f"{row.get('from') or ''}〜{row.get('to') or ''}" if row.get("from") or row.get("to") else ""
    told = "・".join(part for part in (*parts, days) if part)
    return (entry.label if entry else str(row["role"])) + (f"（{told}）" if told else "")


def rows_out(document: Mapping[str, Any]) -> tuple[list[str], list[list[Cell]]]:
    """The staff list of an institution file as a table that this reads again."""
    roles = rulebook().catalogue.of("role")
    attributes = {a.name: a.label for entry in roles.values() for a in entry.attributes}
    rows: list[list[Cell]] = []
    for row in document.get("people") or ():
        entry = roles[row["role"]]
        extra = [{True: "はい", False: "いいえ"}.get(row.get(name), "") for name in attributes]
        rows.append([
            entry.label,
            EMPLOYMENT.get(str(row.get("employment")), ""),
            ASSIGNMENT.get(str(row.get("assignment")), ""),
            *(None if row.get(key) is None else parse_date(row[key]) for key in ("from", "to")),
            *extra,
        ])  # fmt: skip
    return [*HEAD, *attributes.values()], rows
