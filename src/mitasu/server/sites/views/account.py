"""One's own account: password, two-factor, tokens, calendar links, notices."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
