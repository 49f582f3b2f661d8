"""Import and export: institution files, notices, accepted filings, staff."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
