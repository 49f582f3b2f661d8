"""The accounts room as a Django app."""

from django.apps import AppConfig


class Accounts(AppConfig):
    name = "mitasu.server.accounts"
    label = "accounts"
    verbose_name = "利用者"

    def ready(self) -> None:
        """Has sign-ins noted."""
        from mitasu.server.accounts import fresh  # noqa: F401  (its receiver registers itself)
