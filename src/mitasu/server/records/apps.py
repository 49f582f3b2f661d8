"""The records room as a Django app."""

from django.apps import AppConfig


class Records(AppConfig):
    name = "mitasu.server.records"
    label = "records"
    verbose_name = "診療録管理"
