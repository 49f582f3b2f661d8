"""Removable media, step by step: attach, copy, read back, detach, seen to be gone, compared when they come back.

At each detach a mark (random, and a counter) and the list of what is on the medium are written down here and on
it. When it comes back and they differ, someone wrote in between. That a medium is away is never taken from a
button: it is away when its UUID is not among the devices.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.accounts.models import Site
from mitasu.server.continuity import keys
from mitasu.server.continuity.backing import begun
from mitasu.server.continuity.copying import arrived
from mitasu.server.continuity.devices import Devices
from mitasu.server.continuity.engine import Engine, EngineError, Repository
from mitasu.server.continuity.forgetting import FLOOR
from mitasu.server.continuity.locking import alone
from mitasu.server.continuity.models.backups import Generation, MediumKind, Run, Target, VerifySlice
from mitasu.server.continuity.models.media import Medium, MediumEvent, MediumState
from mitasu.server.continuity.offline import removable

UUIDS = re.compile(r"[0-9a-f]+(-[0-9a-f]+)*")
"""As file systems have them: 1b6c-aa01 (FAT), 8-4-4-4-12 (ext4, xfs), sixteen digits (NTFS)."""
MARK = "mitasu-medium.json"
REPOSITORY = "mitasu-backup"
HERE = (MediumState.ATTACHED, MediumState.COPIED, MediumState.VERIFIED, MediumState.DETACHED)


def registered(target: Target, label: str, uuid: str, at: datetime, *, by: Any = None, **more: str) -> Medium:
    """A new medium of a removable target; UsageError where the target is none, or label or UUID are known or none."""
    if target.medium != MediumKind.REMOVABLE:
        raise UsageError(f"「{target.label}」は取り外す媒体の保管先ではありません。")
    uuid, label = uuid.strip().lower(), label.strip()
    if not UUIDS.fullmatch(uuid):
        raise UsageError(
            f"「{uuid}」はファイルシステムのUUIDではありません。lsblk -o NAME,UUID に出るとおりに書いてください。"
        )
    if not label:
        raise UsageError("媒体のラベルを書いてください。")
    if Medium.objects.filter(target__site=target.site, label=label).exclude(state=MediumState.LOST).exists():
        raise UsageError(
            f"ラベル「{label}」の媒体は、もう登録されています。媒体ごとに違うラベルを貼ってください。"
        )
    if Medium.objects.filter(target=target, uuid=uuid).exists():
        raise UsageError(f"UUID {uuid} の媒体は、もう登録されています。")
    with transaction.atomic():
        medium = Medium.objects.create(target=target, label=label, uuid=uuid, state_at=at, **more)
        _event(medium, at, "registered", f"登録した（保管場所：{medium.shelf or '未記入'}）", by)
    return medium


def attached(medium: Medium, devices: Devices, at: datetime, *, by: Any = None) -> list[str]:
    """Takes note of a medium that is there and mounted, and compares it with how it was detached; returns alarms."""
    if medium.state == MediumState.LOST:
        raise UsageError(f"媒体「{medium.label}」は、なくしたものとして記録されています。")
    if medium.state in HERE:
        raise UsageError(f"媒体「{medium.label}」は、もうつないだことになっています。")
    place = _mounted(medium, devices)
    told = _compared(medium, place)
    medium.mounted, medium.attached_at, medium.seen_at, medium.offline_since = str(place), at, at, None
    _to(medium, MediumState.ATTACHED, at)
    _event(medium, at, "attached", "つないだ", by)
    for one in told:
        _event(medium, at, "differs", one, by, alarm=True)
    if not told and medium.counter:
        _event(medium, at, "same", "前に切り離したときのままだった（控えと一致）", by)
    return told


def _mounted(medium: Medium, devices: Devices) -> Path:
    present = devices.present()
    if medium.uuid not in present:
        raise UsageError(f"媒体「{medium.label}」（UUID {medium.uuid}）が、この機械に見えません。")
    if not present[medium.uuid]:
        raise UsageError(f"媒体「{medium.label}」はつながっていますが、マウントされていません。")
    return Path(present[medium.uuid])


def _compared(medium: Medium, place: Path) -> list[str]:
    """What differs from the last detach (nothing for a medium that was never used)."""
    mark = place / MARK
    if not medium.counter:
        return ["使ったことのない媒体のはずですが、Mitasu の控えがあります。"] if mark.exists() else []
    try:
        said = json.loads(mark.read_text())
    except (OSError, ValueError):
        return ["切り離したときに書いた控えがないか、読めません。"]
    told = []
    if (said.get("mark"), said.get("counter")) != (medium.mark, medium.counter):
        told.append("控えが、最後に切り離したときのものではありません（古い写しか、別の媒体の疑い）。")
    if _listing(place) != medium.listing:
        told.append("切り離している間に、中のファイルが書き換えられています。")
    return told


def _listing(place: Path) -> str:
    """SHA-256 over names, sizes and times of everything that the repository on a medium is made of."""
    root = place / REPOSITORY
    lines = sorted(
        f"{path.relative_to(root)}\0{stat.st_size}\0{stat.st_mtime_ns}"
        for path in root.rglob("*")
        if path.is_file() and (stat := path.stat())
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def written(medium: Medium, origin: Target, engine: Engine, at: datetime, *, by: Any = None) -> Run:
    """Copies the accepted generations of another target to an attached medium, then reads every byte on it back."""
    if medium.state not in (MediumState.ATTACHED, MediumState.COPIED):
        raise UsageError(
            f"媒体「{medium.label}」は、つないでから写します（いまは「{medium.get_state_display()}」）。"
        )
    target = medium.target
    with alone(origin), alone(target):
        work = begun(target, engine, at)
        repository = on_medium(medium)
        try:
            work.phase("copy")
            if not (Path(repository.location) / "config").exists():
                if medium.counter:
                    raise EngineError("place", f"媒体「{medium.label}」の保管先がなくなっています。")
                engine.init(repository)
            made = arrived(origin, work, medium=medium, repository=repository)
            _to(medium, MediumState.COPIED, at)
            _event(medium, at, "copied", f"世代を{len(made)}個写した", by)
            work.phase("read")
            start = time.monotonic()
            checked = engine.verify(repository, 1, 1)
            VerifySlice.objects.create(
                target=target, medium=medium, at=at, part=1, of=1, well=checked.well, log=checked.log,
                seconds=round(time.monotonic() - start),
            )  # fmt: skip
            if not checked.well:
                Generation.objects.filter(medium=medium).update(missing_since=at)
                _event(medium, at, "damaged", "読み返しで、壊れたところが見つかった", by, alarm=True)
                raise EngineError("damaged", f"媒体「{medium.label}」に壊れたところがあります。", checked.log)
            _trimmed(medium, engine, repository, at)
            _to(medium, MediumState.VERIFIED, at)
            _event(medium, at, "verified", "すべてを読み返し、正しかった", by)
            work.end("accepted" if made else "nothing", told="" if made else "写す世代はありませんでした。")
        except EngineError as error:
            work.end("failed", code=error.kind, told=str(error), log=error.log)
        return work.run


def _trimmed(medium: Medium, engine: Engine, repository: Repository, at: datetime) -> None:
    """Forgets, by their ids, the copies on a medium beyond those to keep; only after all was read back well."""
    there = medium.generations.filter(forgotten_at=None, missing_since=None).order_by("number")
    old = list(there)[: -max(FLOOR, medium.target.keep)]
    if old:
        engine.forget(repository, [one.snapshot for one in old])
        Generation.objects.filter(pk__in=[one.pk for one in old]).update(forgotten_at=at)


def on_medium(medium: Medium) -> Repository:
    """The repository on an attached medium."""
    return keys.repository(medium.target, location=str(Path(medium.mounted) / REPOSITORY))


def detached(medium: Medium, at: datetime, *, by: Any = None) -> Medium:
    """Writes mark and list, here and on the medium; it is offline only once it has been seen to be gone."""
    if medium.state not in HERE:
        raise UsageError(f"媒体「{medium.label}」は、つながっていません。")
    place = Path(medium.mounted)
    medium.mark, medium.counter = secrets.token_hex(32), medium.counter + 1
    try:
        fresh = place / f"{MARK}.new"
        with fresh.open("w") as file:
            json.dump({"mark": medium.mark, "counter": medium.counter, "at": at.isoformat()}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(place / MARK)
        medium.listing = _listing(place)
    except OSError as error:
        raise UsageError(f"媒体「{medium.label}」に控えを書けません（{error.strerror}）。") from None
    _to(medium, MediumState.DETACHED, at)
    _event(medium, at, "detached", f"切り離しを命じた（控え{medium.counter}）", by)
    return medium


def probed(site: Site, devices: Devices, at: datetime) -> list[MediumEvent]:
    """Looks which media are there: what was detached and is gone is offline; what is there outside a job is an alarm."""
    media = removable(site)
    if not media:
        return []
    try:
        present = devices.present()
    except OSError:
        return []  # not seen is not absent
    made = []
    for medium in media:
        there = medium.uuid in present
        if there:
            medium.seen_at = at
        if not there and medium.state in HERE:
            early = medium.state != MediumState.DETACHED
            told = "切り離しの手順を経ずに外された" if early else "つながっていないことを見た"
            medium.offline_since, medium.probed_at, medium.mounted = at, at, ""
            _to(medium, MediumState.OFFLINE, at)
            made.append(_event(medium, at, "absent", told, None, alarm=early))
        elif not there:
            medium.probed_at = at
        elif medium.state == MediumState.OFFLINE:
            medium.offline_since, medium.probed_at = None, None
            _to(medium, MediumState.REGISTERED, at)
            made.append(_event(medium, at, "appeared", "手順の外でつながれた", None, alarm=True))
        medium.save()
    return made


def lost(medium: Medium, at: datetime, reason: str, *, by: Any = None) -> Medium:
    """A medium that is lost or thrown away: its generations no longer count."""
    if not reason.strip():
        raise UsageError("理由を書いてください。")
    Generation.objects.filter(medium=medium, forgotten_at=None).update(missing_since=at)
    _to(medium, MediumState.LOST, at)
    _event(medium, at, "lost", f"なくした・廃棄した：{reason.strip()}", by)
    return medium


def answered(event: MediumEvent, at: datetime, answer: str, *, by: Any = None) -> None:
    """Someone has seen to an alarm."""
    if not answer.strip():
        raise UsageError("何をしたかを書いてください。")
    event.answered_at = at
    event.save(update_fields=["answered_at"])
    _event(event.medium, at, "answered", answer.strip(), by)


def _to(medium: Medium, state: MediumState, at: datetime) -> None:
    medium.state, medium.state_at = state, at
    medium.save()


def _event(
    medium: Medium, at: datetime, kind: str, told: str, by: Any, *, alarm: bool = False
) -> MediumEvent:
    return MediumEvent.objects.create(medium=medium, at=at, kind=kind, told=told[:500], by=by, alarm=alarm)


def attached_for(medium: Medium, at: datetime) -> timedelta | None:
    """How long a medium has been attached; None where it is not."""
    return at - medium.attached_at if medium.state in HERE and medium.attached_at else None
