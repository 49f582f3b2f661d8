"""Errors as `application/problem+json` (RFC 9457): type, title, status, detail and, for input, every fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.errors import Throttled as NinjaThrottled

from mitasu.errors import InputError, Problem, UsageError
from mitasu.server.api.told import path, sentence
from mitasu.server.ledger.append import Stale
from mitasu.server.ledger.models import canonical

TITLES = {
    400: "要求が正しくありません",
    401: "トークンが要ります",
    403: "この操作をする権限がありません",
    404: "見つかりません",
    405: "このアドレスではできない操作です",
    409: "同じ Idempotency-Key が別の内容で使われています",
    412: "先に書き換えられています",
    413: "大きすぎます",
    422: "内容を直してください",
    428: "If-Match が要ります",
    429: "要求が多すぎます",
    500: "Mitasu の誤りです",
}

TOLD = {
    404: "このアドレスはありません。アドレスの一覧は /api/v1/openapi.json にあります。",
    405: "このアドレスでできる操作は Allow に並んでいます。",
    500: "この要求に答えられませんでした。管理する人に、時刻と要求を伝えてください。",
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
    answer(
        RequestDataTooBig, lambda request, error: problem(413, "本文が大きすぎます。分けて送ってください。")
    )
    for unread in (BadRequest, SuspiciousOperation, MultiPartParserError):
        answer(
            unread,
            lambda request, error: problem(400, "本文を読めません。形式と項目の数を確かめてください。"),
        )
    answer(NinjaThrottled, lambda request, error: problem(429, "少し待ってから送ってください。"))
    answer(HttpError, _refusal)


def always(answer: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: what the framework answers itself below /api/ (no such address, no such method, a fault) is a problem too."""

    def answered(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        kind = response.headers.get("Content-Type", "")
        if (
            response.status_code < 400
            or not request.path.startswith("/api/")
            or kind.startswith("application/problem+json")
        ):
            return response
        kept = {"Allow": response.headers["Allow"]} if "Allow" in response.headers else None
        return problem(
            response.status_code, TOLD.get(response.status_code, "要求を直してください。"), headers=kept
        )

    return answered


def _refusal(request: HttpRequest, error: HttpError) -> HttpResponse:
    """The library wraps what our reading of the body says into a sentence of its own; ours says what is wrong."""
    said = error.__cause__ if isinstance(error.__cause__, HttpError) else error
    seconds = getattr(said, "seconds", None)
    return problem(
        said.status_code, str(said), headers={"Retry-After": str(seconds)} if seconds is not None else None
    )


def _unknown(request: HttpRequest, error: Any) -> HttpResponse:
    detail = "Authorization: Bearer に、有効なトークンを付けてください。"
    return problem(401, detail, headers={"WWW-Authenticate": "Bearer"})


def _fault(fault: Problem) -> dict[str, Any]:
    return {"detail": str(fault), "line": fault.line, "nearest": fault.nearest}


def _validation(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [{"detail": sentence(one), "at": path(one)} for one in error.errors]
    return problem(422, "".join(dict.fromkeys(fault["detail"] for fault in faults)), faults)
