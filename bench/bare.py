"""A bare Django page: answers any path with the bytes of the file named in `BARE_BYTES`. To measure beside."""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse
from django.urls import re_path

BYTES = Path(os.environ["BARE_BYTES"]).read_bytes()
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], SECRET_KEY="bench")  # noqa: S106
urlpatterns = [re_path("", lambda request: answer(request))]


def answer(request: HttpRequest) -> HttpResponse:
    """The same bytes for every request."""
    return HttpResponse(BYTES)


application = get_wsgi_application()
