"""Postings: poster and web text from what is judged, and the check of the page as published."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
