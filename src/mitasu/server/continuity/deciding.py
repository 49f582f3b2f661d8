"""A person's word on a copy that did not count: taken as good with a reason, or given up with one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from mitasu.errors import UsageError
from mitasu.server.continuity.models.backups import Generation, State, Target


@transaction.atomic
def decided(generation: Generation, accept: bool, reason: str, at: datetime, by: Any = None) -> Generation:
    """Accepts a rejected or quarantined generation, or gives it up; the reason stays with it.

    A quarantine that is decided lets forgetting go on, once no other is open.
    """
    if not reason.strip():
        raise UsageError("理由を書いてください。")
    generation = Generation.objects.select_for_update().get(pk=generation.pk)
    if generation.state == State.ACCEPTED or generation.decided_at is not None:
        raise UsageError(f"世代{generation.number}は、もう決まっています。")
    if generation.forgotten_at is not None:
        raise UsageError(f"世代{generation.number}は、もう消してあります。")
    generation.state = State.ACCEPTED if accept else State.REJECTED
    generation.decided_by, generation.decided_reason, generation.decided_at = by, reason.strip()[:500], at
    generation.save()
    open_ = Generation.objects.filter(target=generation.target, state=State.QUARANTINED, forgotten_at=None)
    if not open_.exists():
        Target.objects.filter(pk=generation.target_id).update(held_since=None)
    return generation
