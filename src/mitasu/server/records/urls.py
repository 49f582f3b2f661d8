"""Addresses of the pages of 診療録管理: each screen names its own."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
