"""To-do: tasks and deadlines, the calendar feed, the month on paper."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
