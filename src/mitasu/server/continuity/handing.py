"""From proof to evidence: what backups have shown goes into the ledger, each with the day until which it counts.

No standard is decided here. A family of proofs is one paper with the facts that rest on it; while it shows the
same, each new paper takes the place of the last one with a later last day; when it shows something else the facts
are stated anew from that day. Where nothing is shown any more, nothing is written: the paper ends and the ledger
makes its facts unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.health import (
    CANARY_LASTS,
    DRILL_LASTS,
    FREQUENCIES,
    FULL_LASTS,
    Health,
    healths,
    in_scope,
)
from mitasu.server.continuity.limits import LIMITS
from mitasu.server.continuity.models.backups import COVERS, FullRestore, MediumKind, RestoreDrill
from mitasu.server.continuity.offline import offline_media, removable
from mitasu.server.ledger.append import Draft, Stale, append
from mitasu.server.ledger.fold import Known, known
from mitasu.server.ledger.models import Entry, Kind

ADDITIONS = ("record-management", "electronic-information-sharing-inpatient")
FAMILIES = ("generations", "isolation", "recovery")
TRIES = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """What a family of proofs shows: facts of the catalogue, the last day, and in words by what and how far."""

    family: str
    title: str
    requirements: tuple[str, ...]
    facts: dict[str, Any]
    last_day: date
    told: list[str]
    limits: tuple[str, ...]


def handed_over(site: Site, at: datetime, *, by: Any = None, via: str = "tick") -> list[Entry]:
    """Writes what is shown now and is not in the ledger yet; returns the entries made."""
    today = _day(at)
    shown = {one.family: one for one in shown_now(site, at)}

    def drafts(family: str) -> Callable[[Known], list[Draft]]:
        if family in shown:
            return lambda found: _drafts(found, shown[family], today)
        return lambda found: _ended(found, family, today)

    return [entry for family in FAMILIES for entry in _appended(site, drafts(family), by, via)]


def shown_now(site: Site, at: datetime) -> list[Shown]:
    """What the backups of the systems that the standards name show at a moment; empty where none is backed up here."""
    scope = in_scope(site)
    if not scope:
        return []
    found = [one for one in healths(site, at) if one.generations]
    return [*_generations(found, scope, at), *_isolation(site, found, at), *_recovery(site, found, at)]


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()


def _generations(found: list[Health], scope: list[str], at: datetime) -> Iterator[Shown]:
    """Covers, methods, generations and frequency, by what counts and is fresh."""
    usable = [one for one in found if one.usable and set(scope) <= one.covers]
    if not usable:
        return
    methods: dict[str, list[Health]] = {}
    for one in usable:
        methods.setdefault(one.target.medium, []).append(one)
    counted = {medium: max(len(one.generations) for one in those) for medium, those in methods.items()}
    frequencies = [one.frequency for one in usable if one.frequency]
    names = [name for name, _ in FREQUENCIES]
    facts: dict[str, Any] = {f"backup_covers_{cover}": True for cover in scope}
    facts |= {"backup_methods": len(methods), "backup_generations": min(counted.values())}
    if frequencies:
        facts["backup_frequency"] = min(
            frequencies, key=lambda name: names.index(name) if name in names else len(names)
        )
    told = [
        f"{MediumKind(medium).label}：{counted[medium]}世代"
        f"（{'、'.join(f'{one.target.label}、最後は{timezone.localtime(one.generations[-1].at):%Y-%m-%d %H:%M}' for one in those)}）"
        for medium, those in methods.items()
    ]
    told.append(f"対象：{'、'.join(COVERS[cover] for cover in scope)}")
    last = min(max(one.fresh_until for one in those if one.fresh_until) for those in methods.values())
    yield Shown(
        "generations",
        "バックアップの世代と方式（Mitasu の記録）",
        ("backup-scope", "backup-methods", "backup-generations"),
        facts,
        _day(last),
        told,
        (*LIMITS["generation"], *LIMITS["slice"]),
    )


def _isolation(site: Site, found: list[Health], at: datetime) -> Iterator[Shown]:
    """How far the safest copy is apart: said only where a place here is called immutable or removable."""
    called = [one for one in found if one.target.append_only]
    media = removable(site)
    if not called and not media:
        return
    offline = offline_media(site, at)
    if offline:
        medium, until = offline[0]
        told = [
            f"{medium.target.label}「{medium.label}」が {_time(medium.offline_since)} から切り離されています。"
        ]
        yield _apart("detached_except_transfer", True, until, told, LIMITS["offline"])
        return
    kept = [one for one in called if one.canary and one.canary.well and at - one.canary.at <= CANARY_LASTS]
    if kept:
        last = max((one.canary.at for one in kept if one.canary), default=at)
        told = [f"{one.target.label}：消す・上書きする試みがすべて断られた" for one in kept]
        yield _apart("write_once", False, last + CANARY_LASTS, told, LIMITS["canary"])
        return
    broken = [one for one in called if one.canary and one.canary.well is False]
    if len(broken) < len(called):
        return  # some place that is called immutable has not been tried: not known
    told = [f"{one.target.label}：消すか上書きする試みが通ってしまった" for one in broken]
    told += [f"媒体「{medium.label}」の切り離しを確かめられていません。" for medium in media]
    yield _apart("always_connected", False, at + CANARY_LASTS, told, LIMITS["canary"])


def _apart(value: str, detached: bool, until: datetime, told: list[str], limits: tuple[str, ...]) -> Shown:
    facts = {"backup_safest_copy": value, "backup_detachment_confirmed": detached}
    title = "写しの隔離（Mitasu の試験と確認）"
    return Shown("isolation", title, ("backup-offline",), facts, _day(until), told, limits)


def _recovery(site: Site, found: list[Health], at: datetime) -> Iterator[Shown]:
    """Whether a restore was shown to work, by the last whole restore and the last drill; the later of them counts."""
    targets = [one.target for one in found]
    full = FullRestore.objects.filter(generation__target__in=targets).order_by("-at").first()
    drill = RestoreDrill.objects.filter(site=site).exclude(well=None).order_by("-released_at").first()
    results: list[tuple[datetime, bool, datetime, str, tuple[str, ...]]] = []
    if full is not None:
        word = "復元できた" if full.well else "復元できなかった"
        told = f"全部の復元：世代{full.generation.number}（{full.files:,}ファイル）を{_time(full.at)}に確かめ、{word}"
        results.append((full.at, bool(full.well), full.at + FULL_LASTS, told, LIMITS["full"]))
    if drill is not None and drill.released_at is not None:
        word = "復旧できた" if drill.well else "復旧できなかった"
        told = f"復元訓練：{_time(drill.released_at)}、{word}（復旧まで{minutes(drill.rto)}）"
        until = drill.released_at + DRILL_LASTS
        results.append((drill.released_at, bool(drill.well), until, told, LIMITS["drill"]))
    live = [one for one in results if at <= one[2]]
    if not live:
        return
    _, well, until, _, _ = max(live)
    if well:
        until = max(one[2] for one in live if one[1])
    yield Shown(
        "recovery",
        "バックアップからの復旧（Mitasu の復元試験）",
        ("backup-offline",),
        {"backup_recovery_assured": well},
        _day(until),
        [one[3] for one in live],
        tuple(dict.fromkeys(limit for one in live for limit in one[4])),
    )


def minutes(span: timedelta | None) -> str:
    """A span of time in words."""
    if span is None:
        return "分からない"
    seconds = int(span.total_seconds())
    if abs(seconds) < 3600:
        return f"{seconds // 60}分{seconds % 60}秒"
    return f"{seconds // 3600}時間{seconds % 3600 // 60}分"


def _time(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}" if at else "不明"


def _drafts(found: Known, shown: Shown, today: date) -> list[Draft]:
    """The entries to make: none if the ledger says so already, one to prolong, or a paper and its facts."""
    last = _last(found, shown.family)
    body = {
        "title": shown.title,
        "requirements": [f"{addition}/{id_}" for addition in ADDITIONS for id_ in shown.requirements],
        "note": "\n".join([*shown.told, *(f"限界：{limit}" for limit in shown.limits)]),
        "proof": {"family": shown.family, "facts": shown.facts, "told": shown.told, "limits": shown.limits},
    }
    same = last is not None and last.body["proof"]["facts"] == shown.facts and _stand(found, last)
    if same and last is not None and last.last_day is not None:
        if last.last_day >= shown.last_day and last.body["proof"]["told"] == shown.told:
            return []
        if last.last_day >= today - timedelta(days=1):
            until = max(last.last_day, shown.last_day)
            return [Draft(Kind.EVIDENCE, "", body, last.first_day, until, replaces=last.number)]
    number = found.head[0] + 1
    facts = [
        Draft(Kind.FACT, id_, {"value": value}, today, proof=number) for id_, value in shown.facts.items()
    ]
    return [Draft(Kind.EVIDENCE, "", body, today, shown.last_day), *facts]


def _last(found: Known, family: str) -> Entry | None:
    """The last paper of a family that counts."""
    papers = reversed(found.of(Kind.EVIDENCE))
    return next((one for one in papers if (one.body.get("proof") or {}).get("family") == family), None)


def _ended(found: Known, family: str, today: date) -> list[Draft]:
    """What was shown and is no longer (damage, a copy that is gone) ends now: its facts are unknown from today."""
    last = _last(found, family)
    if last is None or last.last_day is None or last.last_day < today or not _stand(found, last):
        return []
    body = {**last.body, "note": "確かめたことを、いまは示せません。継続の画面で理由を見てください。"}
    return [Draft(Kind.EVIDENCE, "", body, last.first_day, today - timedelta(days=1), replaces=last.number)]


def _stand(found: Known, last: Entry) -> bool:
    """Whether the facts of the last paper are still what counts (nobody wrote over them or took them back)."""
    for id_ in last.body["proof"]["facts"]:
        newest = found.facts.get(id_, [])
        proof = found.proof(newest[-1].entry) if newest else None
        if proof is None or proof.number != last.number:
            return False
    return True


def _appended(site: Site, drafts: Callable[[Known], list[Draft]], by: Any, via: str) -> list[Entry]:
    """Appends drafts that name numbers of their own batch: made anew if someone else wrote in between."""
    for left in reversed(range(TRIES)):
        found = known(site)
        wanted = drafts(found)
        if not wanted:
            return []
        try:
            return append(site, wanted, by=by, via=via, expected=found.head[1] or None)
        except Stale:
            if not left:
                raise
    raise AssertionError("unreachable")
