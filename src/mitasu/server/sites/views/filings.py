"""Filings: the road from check to acceptance, forms filled in."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
