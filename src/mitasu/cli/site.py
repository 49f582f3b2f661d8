"""`--site NAME` in place of a file: the institution as the application's ledger has it.

The option is turned into a file name of its own form (`site:NAME`) before the command line is read, so that
every command which takes an institution file takes a site as well. `--data` beside it says where the
application's data lie, as it does for the commands that look after the application.
"""

from __future__ import annotations

import os
from pathlib import Path

from mitasu.errors import UsageError
from mitasu.facts import Institution
from mitasu.folders import ENVIRONMENT
from mitasu.rulebook import Rulebook

COMMANDS = (
    "judge",
    "why",
    "missing",
    "bill",
    "calc",
    "filings",
    "deadlines",
    "improve",
    "history",
    "changes",
    "post",
    "claims audit",
)
PREFIX = "site:"
NEEDED = {
    "--site": "--site には施設の識別名が要ります（画面のアドレスの /s/ の後の名前）。",
    "--data": "--data にはデータの置き場所が要ります。",
}


def with_sites(arguments: list[str]) -> list[str]:
    """The arguments with `--site NAME` put where the file belongs.

    >>> with_sites(["why", "record-management", "--site", "hospital"])
    ['why', 'site:hospital', 'record-management']
    >>> with_sites(["claims", "audit", "a.UKE", "--site=hospital"])
    ['claims', 'audit', 'site:hospital', 'a.UKE']
    >>> with_sites(["user", "add", "a", "--site", "hospital"])
    ['user', 'add', 'a', '--site', 'hospital']
    """
    length = next((n for n in (2, 1) if " ".join(arguments[:n]) in COMMANDS), 0)
    if not length:
        return arguments
    command, rest = arguments[:length], arguments[length:]
    names, kept = _taken(rest, "--site")
    if not names:
        return arguments
    folders, kept = _taken(kept, "--data")
    if folders:
        os.environ[ENVIRONMENT] = str(Path(folders[-1]).expanduser().resolve())
    return [*command, *(PREFIX + name for name in names), *kept]


def _taken(arguments: list[str], wanted: str) -> tuple[list[str], list[str]]:
    """The values of an option, and what is left without it; UsageError where a value is missing."""
    values: list[str] = []
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        option, equals, value = word.partition("=")
        if option != wanted:
            kept.append(word)
            continue
        found = value if equals else next(words, "")
        if not found or found.startswith("--"):
            raise UsageError(NEEDED[wanted])
        values.append(found)
    return values, kept


def site_name(file: Path) -> str | None:
    """The name of the site that a file argument stands for; None where it is a file."""
    text = str(file)
    return text.removeprefix(PREFIX) if text.startswith(PREFIX) else None


def site_institution(name: str, rulebook: Rulebook) -> Institution:
    """The institution of a site; the look is in the audit trail. UsageError where there is no such site."""
    from mitasu.cli.server import ready, site_named

    ready(None)
    from mitasu.facts import load_institution
    from mitasu.server.ledger.audit import audit
    from mitasu.server.ledger.files import export_document

    site = site_named(name)
    audit("view", "mitasu --site", site=site, via="cli")
    return load_institution(export_document(site), rulebook)
