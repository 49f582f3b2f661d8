"""What if: other conditions and volumes, before and after."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
