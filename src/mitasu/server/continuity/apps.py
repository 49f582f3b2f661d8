"""The continuity room as a Django app."""

from django.apps import AppConfig


class Continuity(AppConfig):
    name = "mitasu.server.continuity"
    label = "continuity"
    verbose_name = "継続"
