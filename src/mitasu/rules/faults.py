"""The faults of one file, all of them collected: a file is read to its end even where parts of it are wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from mitasu.dates import parse_date
from mitasu.errors import Problem
from mitasu.rules.strict_yaml import line_of
from mitasu.text import nearest


class Faults:
    """The faults of one file, collected."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []

    def add(
        self,
        message: str,
        at: object = None,
        key: str | int | None = None,
        *,
        nearest: str | None = None,
        code: str = "rule",
        line: int | None = None,
    ) -> None:
        """Record a fault at a value of the file, or at one key of it, or at a line."""
        self.problems.append(Problem(message, self.file, line or line_of(at, key), nearest, code))

    def keys(
        self, table: Any, allowed: Iterable[str], required: Iterable[str] = (), what: str = "ここ"
    ) -> bool:
        """Whether `table` is a mapping with only allowed keys and all required ones; faults recorded."""
        if not isinstance(table, dict):
            self.add(f"{what}には項目と値の組を書きます（見つかったもの: {shown(table)}）。", table)
            return False
        allowed = tuple(allowed)
        for key in table:
            if key not in allowed:
                self.add(
                    f"{what}に「{key}」という項目はありません。", table, key, nearest=nearest(key, allowed)
                )
        missing = [key for key in required if key not in table]
        for key in missing:
            self.add(f"{what}に「{key}」がありません。", table)
        return not missing

    def day(self, table: Mapping[str, Any], key: str) -> date | None:
        """The day under a key, or None where it is absent or wrong (recorded)."""
        if table.get(key) is None:
            return None
        try:
            return parse_date(table[key])
        except ValueError as error:
            self.add(str(error), table, key)
            return None

    def items(self, table: Mapping[str, Any], key: str) -> list[Any]:
        """The list under a key, empty where absent; anything but a list is recorded."""
        value = table.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.add(f"「{key}」には一覧（[ ]）を書きます。", table, key)
            return []
        return value

    def one_of(
        self, value: Any, known: Iterable[str], what: str, at: object, key: str | int | None = None
    ) -> bool:
        """Whether a word is a known one; otherwise recorded with the nearest."""
        known = tuple(known)
        if value in known:
            return True
        self.add(f"{what}「{value}」はありません。", at, key, nearest=nearest(str(value), known))
        return False


def shown(value: object) -> str:
    """A value as it may stand in a message: short."""
    text = str(value)
    return text if len(text) <= 40 else text[:40] + "…"
