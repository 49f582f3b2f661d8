"""The ledger as a Django app."""

from django.apps import AppConfig


class Ledger(AppConfig):
    name = "mitasu.server.ledger"
    label = "ledger"
    verbose_name = "証拠台帳"
