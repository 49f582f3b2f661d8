"""How targets stand at a moment: what counts at each, how fresh it is, whether damage is known.

Everything is worked out from the rows; nothing here remembers that it was well once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from django.utils import timezone

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.backups import (
    COVERS,
    CanaryProbe,
    FullRestore,
    Generation,
    MediumKind,
    SampleRestore,
    Schedule,
    Source,
    State,
    Target,
    VerifySlice,
)
from mitasu.server.continuity.proving import WEEK

DAY = timedelta(days=1)
AHEAD = timedelta(minutes=10)
"""A generation may lie so far in the future before we call the clock wrong."""
ALL_READ = 8 * DAY
SAMPLE_LASTS = 8 * DAY
FULL_LASTS = 35 * DAY
CANARY_LASTS = 8 * DAY
DRILL_LASTS = 400 * DAY
FREQUENCIES = (("daily", 36), ("weekly", 8 * 24), ("monthly", 32 * 24))
"""Names of the catalogue, and the longest gap in hours between two generations for each."""


@dataclass(slots=True)
class Health:
    """A target at a moment. `generations`: those that count, each of another day or another content."""

    target: Target
    at: datetime
    generations: list[Generation]
    schedule: Schedule | None
    parts_read: dict[int, VerifySlice]
    sample: SampleRestore | None
    full: FullRestore | None
    canary: CanaryProbe | None

    @property
    def last(self) -> Generation | None:
        """The newest that counts, by our order."""
        return self.generations[-1] if self.generations else None

    @property
    def allowed(self) -> timedelta:
        """How old the newest may be."""
        schedule = self.schedule
        hours = (schedule.every_hours + schedule.grace_hours) if schedule else 30
        return timedelta(hours=hours)

    @property
    def fresh_until(self) -> datetime | None:
        """Until when the newest is fresh."""
        return self.last.at + self.allowed if self.last else None

    @property
    def ahead(self) -> bool:
        """Whether the newest is of a time that has not come: some clock was wrong."""
        return self.last is not None and self.last.at > self.at + AHEAD

    @property
    def fresh(self) -> bool:
        """Whether the newest is neither too old nor of the future."""
        return self.fresh_until is not None and self.at <= self.fresh_until and not self.ahead

    @property
    def damaged(self) -> bool:
        """Whether the last look at some part of the data, or the last restore, found damage."""
        return any(one.well is False for one in (*self.parts_read.values(), self.sample, self.full) if one)

    @property
    def unread(self) -> list[int]:
        """The parts of the data that were not read within the week (none while the target is younger).

        A removable medium is read as a whole each time it is written instead.
        """
        if self.target.medium == MediumKind.REMOVABLE:
            return []
        made = self.target.generations.order_by("number").values_list("at", flat=True).first()
        if made is None or self.at - made < ALL_READ:
            return []
        return [
            part
            for part in range(1, WEEK + 1)
            if part not in self.parts_read or self.at - self.parts_read[part].at > ALL_READ
        ]

    @property
    def covers(self) -> set[str]:
        """The systems whose data the newest holds."""
        return {cover for part in (self.last.parts if self.last else ()) for cover in part["covers"]}

    @property
    def usable(self) -> bool:
        """Whether it counts as a method now: fresh, and no damage known, and all of it read in time."""
        return self.fresh and not self.damaged and not self.unread

    @property
    def frequency(self) -> str | None:
        """How often it really got a generation, by the longest gap of the last eight; None where too few tell."""
        times = [one.at for one in self.generations[-8:]]
        if len(times) < 2:
            return None
        gap = max(after - before for before, after in pairwise(times))
        gap = max(gap, self.at - times[-1])
        return next((name for name, hours in FREQUENCIES if gap <= timedelta(hours=hours)), "less_often")


def health_of(target: Target, at: datetime) -> Health:
    """How a target stands."""
    slices = VerifySlice.objects.filter(target=target, of=WEEK, medium=None).order_by("pk")
    generations = target.generations.filter(state=State.ACCEPTED, forgotten_at=None, missing_since=None)
    return Health(
        target,
        at,
        distinct(generations.order_by("number")),
        Schedule.objects.filter(target=target).first(),
        {one.part: one for one in slices},
        SampleRestore.objects.filter(generation__target=target).order_by("-pk").first(),
        FullRestore.objects.filter(generation__target=target).order_by("-pk").first(),
        CanaryProbe.objects.filter(target=target).order_by("-pk").first(),
    )


def distinct(generations: Iterable[Generation]) -> list[Generation]:
    """Generations of other days or of other content; of several alike the last is taken."""
    found: dict[tuple[Any, str], Generation] = {}
    for one in generations:
        found[timezone.localtime(one.at).date(), one.tree] = one
    return sorted(found.values(), key=lambda one: one.number)


def healths(site: Site, at: datetime) -> list[Health]:
    """How the targets of a site stand."""
    return [health_of(target, at) for target in Target.objects.filter(site=site, active=True)]


def in_scope(site: Site) -> list[str]:
    """The systems named by the standards that some source of the site is the data of."""
    found = {cover for source in Source.objects.filter(site=site, active=True) for cover in source.covers}
    return [cover for cover in COVERS if cover in found]
