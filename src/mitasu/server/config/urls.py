"""Every address of the application."""

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from mitasu.server.api.v1 import api


def health(request: HttpRequest) -> HttpResponse:
    """Whether the application answers and reaches its database; says nothing else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns = [
    path("health", health, name="health"),
    path("api/v1/", api.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("mitasu.server.accounts.urls")),
    path("", include("mitasu.server.sites.urls")),
]
