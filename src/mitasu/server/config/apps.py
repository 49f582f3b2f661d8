"""The application's frame as a Django app: base page, look and template words live here."""

from django.apps import AppConfig


class Config(AppConfig):
    name = "mitasu.server.config"
    label = "config"
    verbose_name = "設定"

    def ready(self) -> None:
        """Has connections asked whether they answer, and not too often."""
        from mitasu.server.config import connections  # noqa: F401  (its receiver registers itself)
