"""The tables of 継続: backups and media (`backups`, `media`), plans, drills and trainings (`plans`)."""

from mitasu.server.continuity.models import backups, media, plans  # noqa: F401 - Django finds the tables there
