"""Addresses of the pages of 診療録管理: each screen names its own."""

from mitasu.server.records.views import (
    importing,
    keeping,
    register,
    room,
    searching,
    staff,
    statistics,
    summaries,
)

SCREENS = (register, searching, summaries, statistics, importing, keeping, staff, room)
urlpatterns = [pattern for screen in SCREENS for pattern in screen.urlpatterns]
