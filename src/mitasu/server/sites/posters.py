"""The poster of a site as a PDF, from the screen of postings where this installation has it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from importlib import import_module
from importlib.util import find_spec
from typing import Any

MODULE, FUNCTION = "mitasu.server.sites.postings", "poster_pdf"
"""Where `poster_pdf(site, on) -> bytes` is looked for."""


def poster_maker() -> Callable[[Any, date], bytes] | None:
    """What makes a site's poster; None where this installation cannot."""
    if find_spec(MODULE) is None:
        return None
    found = getattr(import_module(MODULE), FUNCTION, None)
    return found if callable(found) else None
