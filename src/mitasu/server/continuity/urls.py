"""Addresses of the pages of 継続: each screen names its own."""

from django.urls import URLPattern

from mitasu.server.continuity.views import backups, media, setup

SCREENS = (backups, media, setup)
urlpatterns: list[URLPattern] = [pattern for screen in SCREENS for pattern in screen.urlpatterns]
