"""Rules: the rulebook as pages, differences between days, the glossary."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
