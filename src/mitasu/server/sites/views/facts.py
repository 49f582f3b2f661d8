"""Facts: everything that is known of a site, and changing one of it."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
