"""Words as people type them: full-width and half-width, and the nearest known word.

Clerks type 「２０２５年４月」 and 「onlin_claims」; the first means a date, the second is one letter away
from a known id. Nothing here guesses silently: `nearest` only ever feeds an error message.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable


def halfwidth(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones (NFKC), without blanks at either end.

    >>> halfwidth(" Ｒ７．４．１ ")
    'R7.4.1'
    """
    return unicodedata.normalize("NFKC", text).strip()


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, or None where none is near.

    >>> nearest("onlin_claims", ["online_claims", "beds"])
    'online_claims'
    >>> nearest("zzz", ["online_claims", "beds"]) is None
    True
    """
    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
