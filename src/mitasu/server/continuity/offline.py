"""Media that are shown to be away: detached, seen to be absent, and with something on them worth having."""

from __future__ import annotations

from datetime import datetime, timedelta

from mitasu.server.accounts.models import Site
from mitasu.server.continuity.models.backups import MediumKind, State
from mitasu.server.continuity.models.media import Medium, MediumState

PROBED_WITHIN = timedelta(hours=25)
"""An absence that was last looked at longer ago is not known."""
KEPT_WITHIN = timedelta(days=35)
"""A medium whose newest generation is older is not a copy that one would restore from."""


def removable(site: Site) -> list[Medium]:
    """The media of a site that are in use."""
    media = Medium.objects.filter(target__site=site, target__active=True, target__medium=MediumKind.REMOVABLE)
    return list(media.exclude(state=MediumState.LOST).select_related("target"))


def offline_media(site: Site, at: datetime) -> list[tuple[Medium, datetime]]:
    """The media shown to be offline now, each with the moment until which that counts; the longest first."""
    found = []
    for medium in removable(site):
        newest = (
            medium.generations.filter(state=State.ACCEPTED, forgotten_at=None).order_by("-number").first()
        )
        if (
            medium.state == MediumState.OFFLINE
            and medium.probed_at is not None
            and newest is not None
            and timedelta(0) <= at - medium.probed_at <= PROBED_WITHIN
            and at - newest.at <= KEPT_WITHIN
        ):
            found.append((medium, min(medium.probed_at + PROBED_WITHIN, newest.at + KEPT_WITHIN)))
    return sorted(found, key=lambda one: one[1], reverse=True)
