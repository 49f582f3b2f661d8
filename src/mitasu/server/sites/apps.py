"""The sites room as a Django app."""

from django.apps import AppConfig


class Sites(AppConfig):
    name = "mitasu.server.sites"
    label = "sites"
    verbose_name = "施設"

    def ready(self) -> None:
        """Has the tasks about postings follow the ledger."""
        from mitasu.server.sites import posting_state  # noqa: F401  (its receiver registers itself)
