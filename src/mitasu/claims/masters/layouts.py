"""How the files of the public masters are laid out: data (`layouts.yaml`), with the source of every position.

A column that no source names is kept as it is and never interpreted; a layout with `raw` names none at all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from mitasu.rules.strict_yaml import read

OPEN = ("", "0", "00000000", "99999999")
"""Ends of validity that mean none; the masters write 99999999."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One kind of master. Columns count from 1, as its specification does; 0: there is no such column."""

    kind: str
    title: str
    family: str
    file: str
    letter: str = ""
    width: int = 0
    least: int = 1
    codes: int = 0
    code: int = 0
    other: int = 0
    name: int = 0
    from_: int = 0
    until: int = 0
    raw: bool = False
    grade: str = "P"
    note: str = ""
    columns: Mapping[int, str] = field(default_factory=dict)
    words: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    nth: Mapping[str, int] = field(default_factory=dict)
    key: tuple[int, ...] = ()
    """The columns that tell its rows apart, where code and other do not."""

    def is_named(self, file: str) -> bool:
        """Whether a file is called as this kind of master is."""
        plain = unicodedata.normalize("NFKC", file).replace(" ", "")
        return re.search(self.file, plain, re.IGNORECASE) is not None

    def column(self, position: int) -> str:
        """What a column is called; its number where no source names it."""
        return self.columns.get(position, f"第{position}欄")

    @property
    def reading(self) -> str:
        """What is read of it, in a sentence."""
        if self.raw:
            return "欄を解釈せず、そのまま持ちます。"
        return self.note or "名前のある欄を読み、ほかの欄はそのまま持ちます。"


@cache
def layouts() -> dict[str, Layout]:
    """Every kind of master by its id, in the order of the file."""
    text = files("mitasu.claims.masters").joinpath("layouts.yaml").read_text("utf-8")
    tables: dict[str, Any] = read(text, "layouts.yaml")
    found: dict[str, Layout] = {}
    for kind, table in tables.items():
        given = {**tables[table["like"]], **table} if "like" in table else dict(table)
        given.pop("like", None)
        given["from_"] = given.pop("from", 0)
        given["columns"] = {int(column): name for column, name in given["columns"].items()}
        given["words"] = {int(column): tuple(words) for column, words in given.get("words", {}).items()}
        given["key"] = tuple(given.get("key", ()))
        found[kind] = Layout(kind, **given)
    return found


def layout_of(kind: str) -> Layout:
    """The layout of a kind that is known."""
    return layouts()[kind]
