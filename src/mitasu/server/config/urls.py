"""Every address of the application."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("mitasu.server.accounts.urls")),
    path("", include("mitasu.server.sites.urls")),
]
