"""The keys of targets in custody: who keeps a copy, wrapped with a passphrase (`sealing`)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from mitasu.errors import UsageError
from mitasu.server.continuity import keys
from mitasu.server.continuity.models.backups import Escrow, Target
from mitasu.server.continuity.sealing import WORK, wrapped


def sealed(
    target: Target, custodian: str, passphrase: str, path: Path, at: datetime, *, work: int = WORK
) -> Escrow:
    """Writes the key of a target, wrapped for a custodian, to a new file; UsageError where it is there already."""
    custodian = custodian.strip()
    if not custodian:
        raise UsageError("預かる人を書いてください。")
    try:
        secret = (keys.folder() / target.key).read_text().strip()
    except OSError:
        raise UsageError(f"「{target.label}」の鍵が、この機械にありません。") from None
    said = {
        "site": target.site.name,
        "target": target.name,
        "location": target.location,
        "custodian": custodian,
        "made": at.isoformat(),
    }
    wrapped(secret, passphrase, said, path, work=work)
    return Escrow.objects.create(
        target=target, custodian=custodian, fingerprint=keys.fingerprint(secret), made_at=at
    )
