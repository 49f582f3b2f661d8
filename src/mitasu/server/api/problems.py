"""Errors as `application/problem+json` (RFC 9457): type, title, status, detail and, for input, every fault."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.errors import Throttled as NinjaThrottled

from mitasu.errors import InputError, Problem, UsageError
from mitasu.server.ledger.append import Stale
from mitasu.server.ledger.models import canonical

TITLES = {
    400: "要求が正しくありません",
    401: "トークンが要ります",
    403: "この操作をする権限がありません",
    404: "見つかりません",
    409: "同じ Idempotency-Key が別の内容で使われています",
    412: "先に書き換えられています",
    413: "大きすぎます",
    422: "内容を直してください",
    428: "If-Match が要ります",
    429: "要求が多すぎます",
}


def problem(
    status: int, detail: str, problems: Iterable[Any] = (), headers: dict[str, str] | None = None
) -> HttpResponse:
    """An error as an answer."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(status, "エラー"),
        "status": status,
        "detail": detail,
    }
    faults = list(problems)
    if faults:
        body["problems"] = faults
    return HttpResponse(
        canonical(body),
        status=status,
        content_type="application/problem+json; charset=utf-8",
        headers=headers,
    )


def told(api: NinjaAPI) -> None:
    """Has the API tell every error of the core and of its own in this form."""

    def answer(error_class: type[Exception], make: Any) -> None:
        api.add_exception_handler(error_class, make)

    answer(InputError, lambda request, error: problem(422, str(error), map(_fault, error.problems)))
    answer(UsageError, lambda request, error: problem(412 if isinstance(error, Stale) else 422, str(error)))
    answer(ValidationError, _validation)
    answer(Http404, lambda request, error: problem(404, "この施設・規則・記録は見つかりません。"))
    answer(PermissionDenied, lambda request, error: problem(403, str(error)))
    answer(AuthenticationError, _unknown)
    answer(NinjaThrottled, lambda request, error: problem(429, "少し待ってから送ってください。"))
    answer(HttpError, lambda request, error: problem(error.status_code, str(error)))


def _unknown(request: HttpRequest, error: Any) -> HttpResponse:
    detail = "Authorization: Bearer に、有効なトークンを付けてください。"
    return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def _fault(fault: Problem) -> dict[str, Any]:
    return {"detail": str(fault), "line": fault.line, "nearest": fault.nearest}


def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [
        {"detail": str(one.get("msg", "")), "at": ".".join(str(part) for part in one.get("loc", ()))}
        for one in error.errors
    ]
    return problem(422, "、".join(fault["at"] for fault in faults) + " を直してください。", faults)
