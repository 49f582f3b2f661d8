"""The evidence ledger: documents and statements by requirement, verification, the binder."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
