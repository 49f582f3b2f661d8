"""Files that the browser saves: their type, their name in ASCII and in Japanese, never shown as a page."""

from __future__ import annotations

import unicodedata
from urllib.parse import quote

from django.http import HttpResponse


def download(content: bytes, media_type: str, name: str) -> HttpResponse:
    """An answer that is saved as a file; `name` may be Japanese."""
    response = HttpResponse(content, content_type=media_type)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def disposition(name: str) -> str:
    """The header that names a file: in ASCII for old programs, in UTF-8 for others.

    >>> print(disposition("一覧.csv"))
    attachment; filename="mitasu.csv"; filename*=UTF-8''%E4%B8%80%E8%A6%A7.csv
    """
    clean = "".join(
        "_" if letter in '\\/:*?"<>|' or unicodedata.category(letter)[0] == "C" else letter for letter in name
    )
    stem, dot, ending = clean.rpartition(".")
    plain = "".join(
        letter for letter in stem if letter.isascii() and (letter.isalnum() or letter in "-_")
    ).strip("-_")
    return (
        f"attachment; filename=\"{plain or 'mitasu'}{dot}{ending}\"; filename*=UTF-8''{quote(clean, safe='')}"
    )
