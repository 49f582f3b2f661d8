"""The sites room as a Django app."""

from django.apps import AppConfig


class Sites(AppConfig):
    name = "mitasu.server.sites"
    label = "sites"
    verbose_name = "施設"
