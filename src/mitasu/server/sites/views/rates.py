"""Rates: the fund's notice, the months that count, the tier of next month."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
