"""Many sites: the matrix of sites by additions, bulk work, what a change of the law means."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
