"""What a server process does before its first request, so that nobody waits for it."""

from __future__ import annotations

import gc

from django.urls import get_resolver
from django.utils import timezone

from mitasu.facts import load_institution
from mitasu.server.ledger.law import judge, rulebook

KINDS = (
    ("medical", "hospital"),
    ("medical", "clinic"),
    ("dental", "clinic"),
    ("pharmacy", "pharmacy"),
    ("nursing", "station"),
)
"""Between them they are asked every rule in force."""
THRESHOLDS = (10_000, 20, 50)
"""Judging many institutions makes many small objects that all live for a moment: looking for garbage less often."""


def make_ready() -> None:
    """Reads the rules and the addresses, and takes what stays for good out of the sight of the garbage collector."""
    for sector, kind in KINDS:
        nothing = {"institution": {"name": kind, "sector": sector, "kind": kind}}
        judge().judge(load_institution(nothing, rulebook()), timezone.localdate())
    get_resolver().url_patterns  # noqa: B018  (imports every view)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
