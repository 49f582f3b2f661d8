"""The application's frame as a Django app: base page, look and template words live here."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "mitasu.server.config"
    label = "config"
    verbose_name = "設定"
