"""What the commands of 継続 share: the site, its targets by name, moments, and the audit trail."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mitasu.cli.server import ready, site_named
from mitasu.errors import UsageError
from mitasu.text import nearest

SiteName = Annotated[
    str, typer.Option("--site", metavar="SITE", help="施設の識別名（画面のアドレスの /s/ の後の名前）")
]
Data = Annotated[
    Path | None,
    typer.Option("--data", help="データの置き場所（既定: 環境変数 MITASU_DATA か利用者のデータフォルダ）"),
]
TargetName = Annotated[str, typer.Argument(metavar="TARGET", help="保管先の識別名")]


def at_site(site: str, data: Path | None) -> Any:
    """Django ready, and the site of that name."""
    ready(data)
    return site_named(site)


def target_named(site: Any, name: str) -> Any:
    """The target of that name at a site; UsageError with the nearest where there is none."""
    from mitasu.server.continuity.models.backups import Target

    return _named(Target.objects.filter(site=site), name, "保管先")


def source_named(site: Any, name: str) -> Any:
    """The source of that name at a site; UsageError with the nearest where there is none."""
    from mitasu.server.continuity.models.backups import Source

    return _named(Source.objects.filter(site=site), name, "対象")


def _named(rows: Any, name: str, what: str) -> Any:
    found = rows.filter(name=name).first()
    if found is None:
        near = nearest(name, rows.values_list("name", flat=True))
        raise UsageError(f"{what}「{name}」はありません。{f'近いもの: {near}。' if near else ''}")
    return found


def now() -> datetime:
    """This moment."""
    from django.utils import timezone

    return timezone.now()


def moment(text: str | None) -> datetime | None:
    """A moment as typed (2026-11-22 08:30, in Japan's time); UsageError for what is none."""
    from django.utils import timezone

    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"「{text}」は日時ではありません。2026-11-22T08:30 の形で書いてください。") from None
    return found if found.tzinfo else timezone.make_aware(found)


def shown(at: datetime | None) -> str:
    """A moment in Japan's time."""
    from django.utils import timezone

    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "－"


def audited(what: str, site: Any) -> None:
    """Into the audit trail."""
    from mitasu.server.ledger.audit import audit

    audit("backup", what, site=site, via="cli")


def handed(site: Any) -> None:
    """What was shown goes into the ledger."""
    from mitasu.server.continuity.handing import handed_over

    made = handed_over(site, now(), via="cli")
    if made:
        typer.echo(f"証拠を記録しました（{len(made)}件）。")


def passphrase(file: Path | None, *, twice: bool = False) -> str:
    """A passphrase from a file, or typed unseen."""
    if file is not None:
        try:
            return file.read_text().strip()
        except (OSError, UnicodeDecodeError):
            raise UsageError(f"{file} を読めません。") from None
    return str(typer.prompt("合言葉", hide_input=True, confirmation_prompt="もう一度" if twice else False))


def safe(text: str) -> str:
    """Text that came from outside, without signs that steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
