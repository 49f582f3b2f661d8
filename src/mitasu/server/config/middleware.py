"""Headers on every answer, and the errors of the core as pages: what a user did wrong is never a server error."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from mitasu.errors import InputError, MitasuError

Answering = Callable[[HttpRequest], HttpResponse]
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


def headers(answer: Answering) -> Answering:
    """Content-Security-Policy, no caching of pages with data, no outside requests."""

    def with_headers(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()"
        )
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return with_headers


class errors:  # noqa: N801 - used as a function by Django
    """An error of the core that reached no form is answered as a page with every fault, status 400."""

    def __init__(self, answer: Answering) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page for an error of the core; None for any other."""
        if not isinstance(error, MitasuError):
            return None
        problems = [str(one) for one in error.problems] if isinstance(error, InputError) else [str(error)]
        return render(request, "problem.html", {"problems": problems}, status=400)
