"""What commands about a site share: the site and who acts, days, files read and written whole, the audit trail."""

from __future__ import annotations

import contextlib
import os
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.dates import parse_date
from mitasu.errors import InputError, Problem, UsageError, reading, reason

Site = Annotated[str, typer.Option("--site", metavar="SITE", help="施設の識別名")]
By = Annotated[
    str | None,
    typer.Option("--by", metavar="USER", help="だれが記録するか（利用者名）。省くとシステムとして記録する"),
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="データの置き場所（既定: 環境変数 MITASU_DATA か利用者のデータフォルダ）"),
]


def opened(site: str, data: Path | None, what: str, by: str | None = None, *, approving: bool = False) -> Any:
    """The site and the user who acts (None: the system), the look or change noted in the audit trail.

    UsageError where there is no such site or user, or where the user's role there does not reach.
    """
    from mitasu.cli.server import ready, site_named

    ready(data)
    from mitasu.server.accounts.models import Role
    from mitasu.server.accounts.roles import role_at
    from mitasu.server.ledger.audit import audit

    found = site_named(site)
    user = _user(by) if by else None
    if approving and user is None:
        raise UsageError("だれがするかを --by 利用者名 で指定してください。")
    least = Role.APPROVE if approving else Role.ENTER
    if user is not None:
        held = role_at(user, found.slug)
        if held is None or held[1] < least:
            audit("change", f"mitasu {what}", user=user, site=found, outcome="refused", via="cli")
            raise UsageError(f"利用者「{by}」には、{found.name}での{least.label}の役割がありません。")
    return found, user


def _user(name: str) -> Any:
    from mitasu.cli.server import _user as named

    user = named(name)
    if not user.is_active:
        raise UsageError(f"利用者「{name}」は停止中です。")
    return user


def noted(site: Any, action: str, what: str, user: Any = None) -> None:
    """Notes in the audit trail that a command saw (view), changed (change) or took out (export) something."""
    from mitasu.server.ledger.audit import audit

    audit(action, f"mitasu {what}"[:300], user=user, site=site, via="cli")


def day_or_none(text: str | None, option: str) -> date | None:
    """A day as typed; None where nothing was typed."""
    if text is None:
        return None
    try:
        return parse_date(text)
    except ValueError as error:
        raise UsageError(f"{option}: {error}") from None


def read_bytes(file: Path, most: int = 50_000_000) -> bytes:
    """The bytes of a file; InputError where it cannot be read."""
    try:
        if file.stat().st_size > most:
            raise InputError(Problem(f"ファイルが大きすぎます（{most:,}バイトまで）。", str(file)))
        return file.read_bytes()
    except OSError as error:
        raise InputError(Problem(f"ファイルを読めません（{reading(error)}）。", str(file))) from None


def write_bytes(file: Path, content: bytes) -> None:
    """Writes a file whole or not at all; InputError where it cannot be written."""
    name = ""
    try:
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=".mitasu-")
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        os.replace(name, file)
    except OSError as error:
        with contextlib.suppress(OSError):
            Path(name).unlink(missing_ok=True)
        raise InputError(Problem(f"書き込めません（{reason(error)}）。", str(file))) from None


def choice(value: str, known: Any, option: str) -> str:
    """One of the known words; UsageError with the nearest otherwise."""
    from mitasu.text import nearest

    if value not in known:
        near = nearest(value, known)
        told = f"近いもの: {near}。" if near else ""
        raise UsageError(f"{option}「{value}」は使えません。{told}{'、'.join(known)} のどれかです。")
    return value
