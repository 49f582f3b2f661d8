"""Settings of a site: profile, members and roles, the audit trail."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
