"""Conditions as text: `icd:C34 かつ (手術:K514 または 年齢>=70) かつ ではない 診療科:内科`.

`and or not` do as well as かつ, または, ではない; two conditions side by side are joined by かつ. A value with
blanks stands in quotes; `A..B` is a range, ends included; `退院日:なし` finds those still in hospital.
"""

from __future__ import annotations

import re
import unicodedata

from mitasu.errors import UsageError
from mitasu.server.records.search.conditions import (
    EVERYTHING,
    FIELDS,
    MOST_CONDITIONS,
    MOST_DEPTH,
    NAMES,
    SIGNS,
    Group,
    Node,
    Not,
    condition,
    group,
    in_order,
)

AND, OR, NOT = {"かつ", "and", "AND"}, {"または", "or", "OR"}, {"ではない", "not", "NOT"}
_TOKEN = re.compile(r'\s*(?:([()])|([^\s()"<>=:]+)(>=|<=|[<>=:])(?:"([^"]*)"|([^\s()"]+))|([^\s()"]+)|("))')
_SIGNS_WIDE = str.maketrans("（）：＞＜＝”“　", '():><=""' + " ")
RANGE = ".."
NOTHING = "なし"


def parse(text: str) -> Node:
    """The tree of a text; everything for an empty one. UsageError says where it cannot be read."""
    text = unicodedata.normalize("NFC", text).translate(_SIGNS_WIDE)
    tokens = _tokens(text)
    if not tokens:
        return EVERYTHING
    reading = _Reading(tokens)
    found = reading.any_(0)
    if reading.left:
        raise UsageError(f"「{reading.shown()}」から後が読めません。かっこの対応を確かめてください。")
    return in_order(found)


def _tokens(text: str) -> list[tuple[str, str, str, str]]:
    """(kind, name, sign, value): kinds are ( ) word condition."""
    found: list[tuple[str, str, str, str]] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match[7]:
            raise UsageError(
                f"「{text[at : at + 20].strip()}」が読めません。項目:値 の形で書いてください（例：icd:C34）。"
            )
        at = match.end()
        if match[1]:
            found.append((match[1], "", "", ""))
        elif match[2]:
            value = match[5] if match[4] is None else match[4]
            found.append(("condition", match[2], match[3], value))
        else:
            found.append(("word", match[6], "", ""))
        if len(found) > 4 * MOST_CONDITIONS:
            raise UsageError(f"条件が多すぎます（{MOST_CONDITIONS}まで）。")
    return found


class _Reading:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[tuple[str, str, str, str]]) -> None:
        self.tokens, self.at = tokens, 0

    @property
    def left(self) -> bool:
        return self.at < len(self.tokens)

    def shown(self) -> str:
        kind, name, sign, value = self.tokens[self.at]
        return f"{name}{sign}{value}" if name else kind

    def word(self, words: set[str]) -> bool:
        """Takes one of these words where it comes next."""
        found = self.left and self.tokens[self.at][0] == "word" and self.tokens[self.at][1] in words
        self.at += found
        return found

    def any_(self, depth: int) -> Node:
        """Parts joined by または."""
        parts = [self.all_(depth)]
        while self.word(OR):
            parts.append(self.all_(depth))
        return group("any", parts)

    def all_(self, depth: int) -> Node:
        """Parts joined by かつ, or standing side by side."""
        parts = [self.one(depth)]
        while self.left:
            kind, name, *_ = self.tokens[self.at]
            if kind == ")" or (kind == "word" and name in OR):
                break
            self.word(AND)
            parts.append(self.one(depth))
        return group("all", parts)

    def one(self, depth: int) -> Node:
        """A condition, a group in brackets, or either denied."""
        if depth > MOST_DEPTH:
            raise UsageError(f"かっこが深すぎます（{MOST_DEPTH}重まで）。")
        if not self.left:
            raise UsageError("条件が途中で終わっています。")
        if self.word(NOT):
            return Not(self.one(depth + 1))
        kind, name, sign, value = self.tokens[self.at]
        if kind == "(":
            self.at += 1
            found = self.any_(depth + 1)
            if not self.left or self.tokens[self.at][0] != ")":
                raise UsageError("「(」に対する「)」がありません。")
            self.at += 1
            return found
        if kind != "condition":
            raise UsageError(f"「{self.shown()}」が読めません。項目:値 の形で書いてください（例：icd:C34）。")
        self.at += 1
        return _condition(name, sign, value)


def _condition(name: str, sign: str, value: str) -> Node:
    ordered = NAMES.get(name) in {field.id for field in FIELDS.values() if len(field.operators) > 1}
    if ordered and sign in (":", "=") and RANGE in value:
        first, _, last = value.partition(RANGE)
        parts = [condition(name, how, end) for how, end in (("from", first), ("to", last)) if end]
        return Group("all", tuple(parts)) if parts else condition(name, "is", "")
    if value == NOTHING and sign in (":", "=") and "none" in FIELDS[NAMES.get(name, "icd")].operators:
        return condition(name, "none", "")
    return condition(name, SIGNS[sign], value)
