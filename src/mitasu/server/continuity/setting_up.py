"""Targets, sources and schedules as people set them up: checked here, by the same rules for pages and commands."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction

from mitasu.errors import InputError, MitasuError, Problem
from mitasu.server.accounts.models import Site
from mitasu.server.continuity import keys
from mitasu.server.continuity.databases import without_password
from mitasu.server.continuity.engine import Engine
from mitasu.server.continuity.forgetting import FLOOR
from mitasu.server.continuity.models.backups import (
    COVERS,
    MediumKind,
    Schedule,
    Source,
    SourceKind,
    Target,
)
from mitasu.server.continuity.trying import looked_at
from mitasu.text import nearest

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


def new_target(
    site: Site,
    name: str,
    label: str,
    medium: str,
    location: str,
    *,
    append_only: bool = False,
    keep: int = 14,
    every_hours: int = 24,
    grace_hours: int = 6,
    origin: str = "",
    key_file: Path | None = None,
    credentials_file: Path | None = None,
) -> Target:
    """A new target with its key and schedule; InputError lists everything that is wrong.

    `origin`: the target that generations are copied from (none: they are made from the sources).
    """
    problems = [
        *_named(name, label, Target.objects.filter(site=site).values_list("name", flat=True)),
        *_one_of("媒体", medium, MediumKind.values),
        *_place(medium, location),
        *_taken(site, medium, location),
    ]
    if keep < FLOOR:
        problems.append(f"残す世代数は{FLOOR}以上にしてください。")
    if every_hours < 1:
        problems.append("間隔は1時間以上にしてください。")
    source = Target.objects.filter(site=site, name=origin).first() if origin else None
    if origin and source is None:
        near = nearest(origin, Target.objects.filter(site=site).values_list("name", flat=True))
        problems.append(f"写し元の保管先「{origin}」はありません。{f'近いもの: {near}。' if near else ''}")
    if medium == MediumKind.REMOVABLE and source is None:
        problems.append("取り外す媒体には、写し元の保管先を指定してください。")
    _refuse(problems)
    stem = f"{site.slug}-{name}"[:60]
    key = keys.taken_over(stem, key_file, "key") if key_file else keys.made(stem)
    credentials = keys.taken_over(stem, credentials_file, "credentials") if credentials_file else ""
    with transaction.atomic():
        target = Target.objects.create(
            site=site, name=name, label=label.strip(), medium=medium, location=location.strip(),
            append_only=append_only, keep=keep, key=key, credentials=credentials,
        )  # fmt: skip
        Schedule.objects.create(
            target=target, origin=source, every_hours=every_hours, grace_hours=grace_hours
        )
    return target


def key_back(target: Target, key_file: Path, engine: Engine, credentials_file: Path | None = None) -> int:
    """Puts a key (out of custody) back for a target that is there: how many copies it opens.

    EngineError, and nothing changed, where the repository is not opened by it.
    """
    stem = f"{target.site.slug}-{target.name}"[:60]
    before = (target.key, target.credentials)
    made = [keys.taken_over(stem, key_file, "key")]
    target.key = made[0]
    if credentials_file:
        made.append(keys.taken_over(stem, credentials_file, "credentials"))
        target.credentials = made[1]
    try:
        found = len(engine.snapshots(keys.repository(target)))
    except MitasuError:
        target.key, target.credentials = before
        for name in made:
            (keys.folder() / name).unlink(missing_ok=True)
        raise
    target.save(update_fields=["key", "credentials"])
    return found


def changed_target(
    target: Target,
    *,
    label: str | None = None,
    keep: int | None = None,
    every_hours: int | None = None,
    grace_hours: int | None = None,
) -> None:
    """Changes what of a target may change while its generations stay; InputError lists what is wrong."""
    problems = []
    if label is not None and not label.strip():
        problems.append("名前を書いてください。")
    if keep is not None and keep < FLOOR:
        problems.append(f"残す世代数は{FLOOR}以上にしてください。")
    if every_hours is not None and every_hours < 1:
        problems.append("間隔は1時間以上にしてください。")
    if grace_hours is not None and grace_hours < 0:
        problems.append("遅れてよい時間は0以上にしてください。")
    _refuse(problems)
    schedule = target.schedule
    target.label = label.strip() if label is not None else target.label
    target.keep = keep if keep is not None else target.keep
    schedule.every_hours = every_hours if every_hours is not None else schedule.every_hours
    schedule.grace_hours = grace_hours if grace_hours is not None else schedule.grace_hours
    with transaction.atomic():
        target.save(update_fields=["label", "keep"])
        schedule.save(update_fields=["every_hours", "grace_hours"])


def new_source(
    site: Site,
    name: str,
    label: str,
    kind: str,
    place: str = "",
    *,
    covers: Iterable[str] = (),
    sentinels: Iterable[str] = (),
    newest: str = "",
    fresh_hours: int = 26,
) -> tuple[Source, list[str]]:
    """A new source, and what may be wrong with it just now (`trying`); InputError lists everything that is wrong."""
    covers, sentinels = list(dict.fromkeys(covers)), [one for one in sentinels if one.strip()]
    place = place.strip()
    problems = [
        *_named(name, label, Source.objects.filter(site=site).values_list("name", flat=True)),
        *_one_of("種類", kind, SourceKind.values),
    ]
    for cover in covers:
        problems += _one_of("対象のシステム", cover, list(COVERS))
    if kind == SourceKind.POSTGRESQL:
        try:
            without_password(place)
        except ValueError as error:
            problems.append(str(error))
    elif kind != SourceKind.OWN:
        problems += _local(place, kind)
    if kind != SourceKind.OWN and not sentinels:
        what = "表の名前" if kind in (SourceKind.SQLITE, SourceKind.POSTGRESQL) else "中のファイルの名前"
        problems.append(f"目印（必ず入っているはずの{what}）を一つ以上書いてください。")
    if kind in (SourceKind.DIRECTORY, SourceKind.DUMP):
        problems += [
            f"目印「{one}」は、フォルダーの中の名前で書いてください。"
            for one in sentinels
            if one.startswith("/") or ".." in Path(one).parts
        ]
    if newest and not re.fullmatch(r"[^\W\d]\w*\.[^\W\d]\w*", newest):
        problems.append(f"最後の取引の列は 表.列 の形で書いてください（「{newest}」）。")
    _refuse(problems)
    looked = looked_at(kind, place, sentinels, newest)
    _refuse(looked.problems)
    made = Source.objects.create(
        site=site, name=name, label=label.strip(), kind=kind, place=place, covers=covers,
        sentinels=sentinels, newest=newest, fresh_hours=fresh_hours,
    )  # fmt: skip
    return made, looked.doubts


def _named(name: str, label: str, taken: Iterable[str]) -> Iterable[str]:
    if not SLUG.fullmatch(name):
        yield f"識別名「{name}」は使えません。英小文字・数字・ハイフンで40文字までです。"
    elif name in set(taken):
        yield f"識別名「{name}」は、もう使われています。"
    if not label.strip():
        yield "名前を書いてください。"


def _one_of(what: str, value: str, known: list[str]) -> Iterable[str]:
    if value not in known:
        near = nearest(value, known)
        told = f"近いもの: {near}。" if near else f"{'、'.join(known)} のどれかです。"
        yield f"{what}「{value}」はありません。{told}"


def _place(medium: str, location: str) -> Iterable[str]:
    location = location.strip()
    if medium == MediumKind.REMOVABLE:
        return
    if location.startswith("rest:"):
        if not re.match(r"rest:https?://[^/@\s]+(/|$)", location):
            yield "場所は rest:http://機械:ポート/ の形で、利用者とパスワードは別のファイルで指定してください。"
    elif not location.startswith(("/", "sftp:")):
        yield "場所は、/ から始まるフォルダー、sftp:利用者@機械:/フォルダー、rest:http://… のどれかで書いてください。"


def _taken(site: Site, medium: str, location: str) -> Iterable[str]:
    """Two targets at one place would be counted as two methods."""
    if medium == MediumKind.REMOVABLE:
        return
    where = _one_place(location)
    for one in Target.objects.filter(active=True).exclude(medium=MediumKind.REMOVABLE).select_related("site"):
        if _one_place(one.location) == where:
            whose = f"保管先「{one.name}」" if one.site_id == site.pk else "ほかの施設の保管先"
            yield f"この場所は、{whose}がもう使っています。一つの場所を二つの保管先とは数えられません。"


def _one_place(location: str) -> str:
    location = location.strip()
    return str(Path(location).resolve()) if location.startswith("/") else location.rstrip("/")


def _local(place: str, kind: str) -> Iterable[str]:
    path = Path(place)
    if not place.startswith("/"):
        yield "場所は / から始まる名前で書いてください。"
    elif kind == SourceKind.SQLITE and not path.is_file():
        yield f"{place} がありません。"
    elif kind != SourceKind.SQLITE and not path.is_dir():
        yield f"{place} というフォルダーがありません。"
    elif path.resolve().is_relative_to(keys.room()) or keys.room().is_relative_to(path.resolve()):
        yield f"{place} には、この製品の鍵があります。この製品のデータは、種類「own」で対象にしてください。"


def _refuse(problems: list[str]) -> None:
    if problems:
        raise InputError([Problem(one) for one in problems])
