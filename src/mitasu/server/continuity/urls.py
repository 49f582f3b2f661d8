"""Addresses of the pages of 継続: each screen names its own."""

from django.urls import URLPattern

from mitasu.server.continuity.views import (
    backups,
    bcp,
    checklist,
    contacts,
    contracts,
    drills,
    managers,
    media,
    plan,
    setup,
    trainings,
)

SCREENS = (backups, media, setup, bcp, plan, drills, contacts, managers, trainings, checklist, contracts)
urlpatterns: list[URLPattern] = [pattern for screen in SCREENS for pattern in screen.urlpatterns]
