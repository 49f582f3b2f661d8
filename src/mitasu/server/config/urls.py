"""Every address of the application."""

from allauth.account.views import password_set
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from mitasu.server.accounts import oidc
from mitasu.server.accounts.fresh import fresh_sign_in
from mitasu.server.api.v1 import api


def health(request: HttpRequest) -> HttpResponse:
    """Whether the application answers and reaches its database; says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("health", health, name="health"),
    path("api/v1/", api.urls),
    path(
        "accounts/password/set/", fresh_sign_in(password_set)
    ),  # before the library's own, which asks for nothing
    *oidc.urlpatterns,
    path("accounts/", include("allauth.urls")),
    path("", include("mitasu.server.accounts.urls")),
    path("", include("mitasu.server.sites.urls")),
    path("", include("mitasu.server.records.urls")),
    path("", include("mitasu.server.continuity.urls")),
]
