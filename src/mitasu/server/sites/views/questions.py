"""The interview: one question a page, with the running verdict."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
