"""Addresses of the pages of 継続: each screen names its own."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
