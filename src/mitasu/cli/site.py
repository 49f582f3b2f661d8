"""`--site NAME` in place of a file: the institution as the application's ledger has it.

The option is turned into a file name of its own form (`site:NAME`) before the command line is read, so that
every command which takes an institution file takes a site as well.
"""

from __future__ import annotations

from pathlib import Path

from mitasu.errors import UsageError
from mitasu.facts import Institution
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
    names: list[str] = []
    kept: list[str] = []
    words = iter(rest)
    for word in words:
        option, equals, value = word.partition("=")
        if option != "--site":
            kept.append(word)
            continue
        name = value if equals else next(words, "")
        if not name or name.startswith("--"):
            raise UsageError("--site には施設の識別名が要ります（画面のアドレスの /s/ の後の名前）。")
        names.append(PREFIX + name)
    return [*command, *names, *kept]


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
