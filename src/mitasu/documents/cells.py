"""Cells of tables, and text on its way into them: what a program could take for a formula becomes plain text."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

Cell = str | int | float | Decimal | date | bool | None

FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""With these a spreadsheet takes text for a formula; Japanese Excel also with the full-width ones."""


def printable(text: str) -> str:
    """The text without control characters, which no office file may hold; line ends stay.

    >>> printable("青葉\\x0b台")
    '青葉台'
    """
    return "".join(letter for letter in text if letter in "\n\t" or ord(letter) >= 32)


def neutral(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet could take it for a formula.

    >>> neutral("=1+1"), neutral("初診9点")
    ("'=1+1", '初診9点')
    """
    text = printable(text)
    return f"'{text}" if text.startswith(FORMULA) else text
