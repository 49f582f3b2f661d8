"""Why: the requirement tree of one addition, its history, what would change it."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
