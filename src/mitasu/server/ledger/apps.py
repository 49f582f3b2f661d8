"""The ledger as a Django app."""

from django.apps import AppConfig


class Ledger(AppConfig):
    name = "mitasu.server.ledger"
    label = "ledger"
    verbose_name = "証拠台帳"

    def ready(self) -> None:
        """Has each connection taught what the audit trail needs."""
        from mitasu.server.ledger import audit  # noqa: F401  (its receiver registers itself)
