"""Copies of generations at another target: the engine copies, we look at what arrived.

A copy counts if the original was accepted, the copy holds the same tree, and the structure there is whole.
"""

from __future__ import annotations

from datetime import datetime

from mitasu.server.continuity import keys
from mitasu.server.continuity.backing import Work, begun, next_number, prepared
from mitasu.server.continuity.engine import Engine, EngineError, Repository
from mitasu.server.continuity.locking import alone
from mitasu.server.continuity.models.backups import Generation, Run, State, Target
from mitasu.server.continuity.models.media import Medium

MOST = 30
"""So many generations are copied at once at most, the newest first to be there."""


def copied(origin: Target, target: Target, engine: Engine, at: datetime) -> Run:
    """Copies the accepted generations of one target that another lacks; the run says how it went."""
    with alone(origin), alone(target):
        work = begun(target, engine, at)
        try:
            work.phase("copy")
            prepared(work)
            made = arrived(origin, work)
            work.phase("done")
            work.end(
                State.ACCEPTED if made else "nothing", told="" if made else "写す世代はありませんでした。"
            )
        except EngineError as error:
            work.end("failed", code=error.kind, told=str(error), log=error.log)
        return work.run


def arrived(
    origin: Target, work: Work, *, medium: Medium | None = None, repository: Repository | None = None
) -> list[Generation]:
    """Lets the engine copy, then records what is really there; EngineError where the structure there is broken."""
    place = repository or work.repository
    there = Generation.objects.filter(target=work.target, medium=medium, forgotten_at=None)
    have = set(there.values_list("origin_id", flat=True))
    accepted = [
        one for one in origin.generations.filter(state=State.ACCEPTED).order_by("number") if one.counts
    ]
    wanted = [one for one in accepted if one.pk not in have][-MOST:]
    if not wanted:
        return []
    before = {one.snapshot for one in work.engine.snapshots(place)}
    work.engine.copy(keys.repository(origin), place, [one.snapshot for one in wanted])
    checked = work.engine.check(place)
    if not checked.well:
        raise EngineError("damaged", "写した先の構造の確認で、壊れたところが見つかりました。", checked.log)
    known = set(Generation.objects.filter(target=work.target).values_list("snapshot", flat=True))
    listed = [one for one in work.engine.snapshots(place) if one.snapshot not in known]
    fresh = sorted(listed, key=lambda one: one.snapshot in before)
    made = []
    for one in wanted:
        found = next((row for row in fresh if row.tree == one.tree and _run(row.tags) == _run_of(one)), None)
        if found is None:
            continue
        fresh.remove(found)
        made.append(
            Generation.objects.create(
                target=work.target,
                number=next_number(work.target),
                run=work.run,
                origin=one,
                medium=medium,
                snapshot=found.snapshot,
                tree=found.tree,
                at=one.at,
                state=State.ACCEPTED,
                files=one.files,
                size=one.size,
                parts=one.parts,
                witnesses=one.witnesses,
                engine=one.engine,
            )
        )
    return made


def _run(tags: tuple[str, ...]) -> str:
    return next((tag for tag in tags if tag.startswith("mitasu-run-")), "")


def _run_of(generation: Generation) -> str:
    while generation.origin is not None:
        generation = generation.origin
    return f"mitasu-run-{generation.run_id}"
