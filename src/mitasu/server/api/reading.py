"""How the API reads: strictly, so that what is misspelt or cannot be stored or compared is refused at the door."""

from __future__ import annotations

import json
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from inspect import signature
from math import isfinite
from typing import Any

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.params.models import Body, File, Form
from ninja.parser import Parser

DEEPEST = 60


class Strict(Parser):
    """JSON without NaN, infinity, NUL, lone surrogates, doubled keys or absurd depth."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The value of the body; HttpError 400 where it is not such JSON."""
        try:
            value = json.loads(request.body, parse_constant=_no_constant, object_pairs_hook=_no_double)
        except (ValueError, RecursionError) as error:
            raise HttpError(400, f"本文を JSON として読めません（{_where(error)}）。") from None
        _sound(value, 0)
        return value


def _where(error: Exception) -> str:
    """What keeps a body from being JSON, in Japanese."""
    match error:
        case json.JSONDecodeError():
            return f"{error.lineno}行目{error.colno}文字目"
        case UnicodeDecodeError():
            return f"{error.start + 1}バイト目が UTF-8 ではありません"
        case RecursionError():
            return "入れ子が深すぎます"
    return str(error)


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} は書けません")


def _no_double(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("同じキーが二度書かれています")
    return found


def _sound(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise HttpError(400, f"入れ子が深すぎます（{DEEPEST}段まで）。")
    if isinstance(value, float) and not isfinite(value):
        raise HttpError(400, "数が大きすぎます。")
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value)):
        raise HttpError(400, "文字として保存できない符号が含まれています。")
    if isinstance(value, dict):
        for key, inner in value.items():
            _sound(key, depth + 1)
            _sound(inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _sound(inner, depth + 1)


def only_known(view: Callable[..., Any]) -> Callable[..., Any]:
    """Refuses names in the query that the operation does not read: `?onn=` would be answered for today."""
    given = signature(view).parameters.values()
    known = [
        str(getattr(one.default, "alias", None) or one.name)
        for one in given
        if not isinstance(one.default, (Body, File, Form))
    ]

    @wraps(view)
    def read(request: HttpRequest, *args: Any, **values: Any) -> Any:
        for name in request.GET:
            if name not in known:
                near = get_close_matches(name, known, 1)
                told = (
                    f"「{near[0]}」ではありませんか。"
                    if near
                    else "アドレスの一覧は /api/v1/openapi.json にあります。"
                )
                raise HttpError(422, f"「{name}」という項目は読みません。{told}")
        return view(request, *args, **values)

    return read
