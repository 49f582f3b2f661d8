"""Forgetting: by explicit id only, by our own ledger's order, never the last good ones, never to make room.

The engine's own policies go by the times that clients wrote; three empty snapshots with forged times push the
only real one out. So no policy of the engine is ever used, and what is not in our ledger is never touched.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.continuity import keys
from mitasu.server.continuity.engine import Engine
from mitasu.server.continuity.locking import alone
from mitasu.server.continuity.models.backups import Generation, State, Target

FLOOR = 3
"""So many accepted generations are kept whatever a target says."""


def may_forget(target: Target) -> list[Generation]:
    """The generations of a target beyond those to keep, oldest first: accepted ones before the last `keep`, and
    rejected ones older than these. Nothing while a quarantine is unresolved."""
    if target.held_since is not None:
        return []
    there = list(target.generations.filter(forgotten_at=None, medium=None).order_by("number"))
    accepted = [one for one in there if one.counts]
    kept = accepted[-max(FLOOR, target.keep) :]
    if len(kept) < max(FLOOR, target.keep):
        return []
    first = kept[0].number
    return [one for one in there if one.number < first and one.state != State.QUARANTINED]


def forgotten(target: Target, engine: Engine, numbers: Iterable[int], at: datetime) -> list[Generation]:
    """Forgets generations by their numbers in our ledger; UsageError where one of them must stay."""
    wanted = sorted(set(numbers))
    with alone(target):
        target.refresh_from_db()
        if target.held_since is not None:
            raise UsageError(f"「{target.label}」には隔離した世代があります。判断するまで、何も消しません。")
        if target.append_only:
            raise UsageError(f"「{target.label}」は追記だけの保管先です。ここからは消せません。")
        allowed = {one.number: one for one in may_forget(target)}
        kept = [number for number in wanted if number not in allowed]
        if kept:
            raise UsageError(
                f"世代{'、'.join(map(str, kept))}は消せません。"
                f"受け入れた世代を新しい方から{max(FLOOR, target.keep)}個は残します。"
            )
        if not wanted:
            return []
        chosen = [allowed[number] for number in wanted]
        there = {one.snapshot for one in engine.snapshots(keys.repository(target))}
        engine.forget(keys.repository(target), [one.snapshot for one in chosen if one.snapshot in there])
        with transaction.atomic():
            Generation.objects.filter(pk__in=[one.pk for one in chosen]).update(forgotten_at=at)
        return chosen


def looked_for(target: Target, engine: Engine, at: datetime) -> tuple[list[Generation], list[str]]:
    """Compares our ledger with what is there: generations that are missing (noted), and snapshots that are not ours."""
    with alone(target):
        there = {one.snapshot for one in engine.snapshots(keys.repository(target))}
        ours = list(target.generations.filter(forgotten_at=None, medium=None))
        lost = [one for one in ours if one.snapshot not in there]
        for one in ours:
            if one.snapshot not in there and one.missing_since is None:
                one.missing_since = at
                one.save(update_fields=["missing_since"])
            elif one.snapshot in there and one.missing_since is not None:
                one.missing_since = None
                one.save(update_fields=["missing_since"])
        known = {one.snapshot for one in ours}
        return lost, sorted(there - known)
