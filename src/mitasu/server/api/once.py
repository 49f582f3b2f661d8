"""Idempotency-Key: a POST that is repeated with the same key is answered as it was the first time, and done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.http.request import RawPostDataException
from ninja.errors import HttpError

from mitasu.server.ledger.models import canonical
from mitasu.server.sites.models import Idempotency

LONGEST = 200


def once(request: Any, do: Callable[[], tuple[int, Any]]) -> HttpResponse:
    """Answers with the (status, body) of `do`, kept under the request's Idempotency-Key if it has one.

    The same key with another content is refused with 409. Whoever may not call is turned away before this.
    """
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > LONGEST or not key.isprintable():
        raise HttpError(400, f"Idempotency-Key は{LONGEST}字までの文字にしてください。")
    if not key:
        return answer(*do())
    where = f"{request.method} {request.get_full_path()} ".encode()
    said = hashlib.sha256(where + _content(request)).hexdigest()
    with transaction.atomic():
        kept, new = Idempotency.objects.get_or_create(
            user=request.auth.user, key=key, defaults={"request": said, "status": 0, "body": ""}
        )
        if not new:
            if kept.request != said:
                raise HttpError(409, "この Idempotency-Key は、別の内容の要求に使われています。")
            return _answer(kept.status, kept.body)
        kept.status, body = do()
        kept.body = canonical(body)
        kept.save(update_fields=["status", "body"])
    return _answer(kept.status, kept.body)


def _content(request: Any) -> bytes:
    """What was sent. A form with files was read as a stream: its fields and the hashes of its files."""
    try:
        return bytes(request.body)
    except RawPostDataException:
        fields: list[Any] = sorted(request.POST.lists())
        for name, files in sorted(request.FILES.lists()):
            for file in files:
                fields.append([name, hashlib.sha256(file.read()).hexdigest()])
                file.seek(0)
        return canonical(fields).encode()


def answer(status: int, body: Any) -> HttpResponse:
    """A JSON answer."""
    return _answer(status, canonical(body))


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json; charset=utf-8")
