"""The items of a year's checklist: as shipped, or as a site loaded them from its own file; strictly read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mitasu.errors import InputError, Problem
from mitasu.rules.strict_yaml import Rows, Table, decode, line_of, read
from mitasu.text import nearest

HOSPITAL, BOTH, VENDOR = "hospital", "both", "vendor"
WHO = {HOSPITAL: "医療機関", BOTH: "医療機関と事業者", VENDOR: "事業者"}
SUGGESTS = ("bcp_drill", "contact_tree", "continuity_plan", "security_manager", "security_training")
TOP = {"year": int, "title": str, "note": str, "parts": Rows}
PART = {"id": str, "title": str, "items": Rows}
ITEM = {"id": str, "text": str, "who": str, "new": bool, "suggests": str}
NEEDED = {"year", "title", "parts", "id", "items", "text"}
WORDS = {int: "整数", str: "文字", bool: "true か false", Rows: "一覧"}
MOST_ITEMS = 200


@dataclass(frozen=True, slots=True)
class Item:
    """One item; `new`: new in its year, `suggests`: which of our own records speaks for はい (empty: none)."""

    id: str
    text: str
    who: str = BOTH
    new: bool = False
    suggests: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Items under a heading."""

    id: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The items of a fiscal year; `digest` is the hash of the file they were read from."""

    year: int
    title: str
    note: str
    parts: tuple[Part, ...]
    digest: str

    @property
    def items(self) -> dict[str, Item]:
        """Every item by id, in order."""
        return {item.id: item for part in self.parts for item in part.items}

    def asked(self, vendor: bool) -> list[tuple[Part, list[Item]]]:
        """What the hospital, or a vendor, is asked."""
        wanted = (BOTH, VENDOR) if vendor else (BOTH, HOSPITAL)
        found = [(part, [item for item in part.items if item.who in wanted]) for part in self.parts]
        return [(part, items) for part, items in found if items]


def read_checklist(content: bytes, name: str) -> Checklist:
    """The items of a YAML file; InputError with every fault, by line."""
    if len(content) > 500_000:
        raise InputError(Problem("ファイルが大きすぎます（500,000バイトまで）。", name))
    document = read(decode(content, name), name)
    reader = _Reader(name)
    found = reader.checklist(document, hashlib.sha256(content).hexdigest())
    if reader.problems or found is None:
        raise InputError(reader.problems)
    return found


class _Reader:
    """Reads the tables of a file and collects every fault."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[Problem] = []

    def fault(self, told: str, where: Any, key: str | int | None = None, near: str | None = None) -> None:
        self.problems.append(Problem(told, self.name, line_of(where, key) or line_of(where), nearest=near))

    def table(
        self, value: Any, keys: Mapping[str, type], where: Any, index: int | str | None
    ) -> dict[str, Any]:
        """A mapping with known keys of the right kind; empty where it is none."""
        if not isinstance(value, Table):
            self.fault(f"「{'、'.join(keys)}」を持つ項目の形で書いてください。", where, index)
            return {}
        for key, given in value.items():
            if key not in keys:
                self.fault(f"「{key}」という項目名はありません。", value, key, nearest(key, keys))
            elif type(given) is not keys[key]:
                self.fault(f"「{key}」には{WORDS[keys[key]]}を書いてください。", value, key)
        lacking = [key for key in keys if key in NEEDED and key not in value]
        if lacking:
            self.fault(f"「{'、'.join(lacking)}」がありません。", value)
        return {key: given for key, given in value.items() if key in keys and type(given) is keys[key]}

    def checklist(self, value: Any, digest: str) -> Checklist | None:
        top = self.table(value, TOP, value, None)
        if "year" in top and not 2020 <= top["year"] <= 2100:
            self.fault("year は点検する年度（西暦）を書いてください。例：2026。", value, "year")
        seen: set[str] = set()
        rows = top.get("parts", ())
        parts = tuple(self.part(one, rows, index, seen) for index, one in enumerate(rows))
        if "parts" in top and not 0 < len(seen) <= MOST_ITEMS:
            self.fault(f"点検の項目は1から{MOST_ITEMS}までにしてください。", value, "parts")
        if self.problems:
            return None
        return Checklist(top["year"], top["title"], top.get("note", ""), parts, digest)

    def part(self, value: Any, rows: Any, index: int, seen: set[str]) -> Part:
        said = self.table(value, PART, rows, index)
        items = said.get("items", ())
        found = tuple(self.item(one, items, place, seen) for place, one in enumerate(items))
        return Part(said.get("id", ""), said.get("title", ""), found)

    def item(self, value: Any, rows: Any, index: int, seen: set[str]) -> Item:
        said = self.table(value, ITEM, rows, index)
        id_ = said.get("id", "")
        if id_ in seen:
            self.fault(f"「{id_}」が二度書かれています。", value, "id")
        if id_ and not (id_.isascii() and id_.replace("-", "").replace("_", "").isalnum() and len(id_) <= 40):
            self.fault(f"id「{id_}」は、半角の英数字と - _ で40字までにしてください。", value, "id")
        seen.add(id_)
        for key, allowed in (("who", tuple(WHO)), ("suggests", SUGGESTS)):
            if key in said and said[key] not in allowed:
                told = f"「{said[key]}」は使えません。{'、'.join(allowed)} のどれかです。"
                self.fault(told, value, key, nearest(said[key], allowed))
        return Item(**{"id": id_, "text": "", **said})


def shipped_text(year: int) -> str | None:
    """The file of a year that is shipped; None where none is."""
    path = Path(str(files("mitasu.server.continuity").joinpath("checklists", f"{year}.yaml")))
    return path.read_text("utf-8") if path.is_file() else None


@cache
def shipped() -> Mapping[int, Checklist]:
    """The years that are shipped."""
    folder = Path(str(files("mitasu.server.continuity").joinpath("checklists")))
    found = [read_checklist(path.read_bytes(), path.name) for path in sorted(folder.glob("*.yaml"))]
    return {one.year: one for one in found}
