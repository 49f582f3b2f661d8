"""What is wrong with a request is told in Japanese, with the field and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pydantic_core._pydantic_core import list_all_errors
from sample_files import sample_document

from mitasu.server.accounts.models import ApiToken, Site, User
from mitasu.server.api.told import sentence
from mitasu.server.ledger.models import canonical

ENGLISH = re.compile(
    r"\b(input|should|valid|field|required|value|must|expected|expecting|error)\b", re.IGNORECASE
)


@pytest.mark.parametrize("kind", [one["type"] for one in list_all_errors()])
def test_every_type_of_fault_becomes_a_japanese_sentence(kind: str) -> None:
    [example] = [one for one in list_all_errors() if one["type"] == kind]
    context = dict(example.get("example_context") or {})
    if kind == "value_error":
        context = {"error": ValueError("2000年からにしてください")}
    told = sentence(
        {
            "type": kind,
            "loc": ("body", "sent", "from"),
            "msg": example["example_message_python"],
            "ctx": context,
        }
    )
    assert told.startswith("「from」")
    assert told.endswith("。")
    assert re.search("[ぁ-ん]", told)
    assert not ENGLISH.search(told.replace("openapi.json", "")), told


def test_a_fault_names_the_place_in_a_list() -> None:
    fault = {"type": "int_type", "loc": ("body", "sent", "visits", 0, 3), "msg": ""}
    assert sentence(fault) == "「visits」の1番目の4番目は整数で書いてください。"


def test_a_fault_of_the_whole_body_has_a_name_too() -> None:
    assert (
        sentence({"type": "missing", "loc": ("body",), "msg": ""}) == "本文がありません。必ず書いてください。"
    )


@pytest.fixture
def send(user: User, site: Site) -> Callable[..., Any]:
    """Sends a request with a token of every scope; the problem that it is answered with."""

    def sent(method: str, path: str, body: Any = None, **headers: str) -> Any:
        secret = ApiToken.made(user, "試験", ["read", "facts", "filings"])
        data = body if isinstance(body, str) else canonical(body)
        extra = {} if body is None else {"data": data, "content_type": "application/json"}
        answer = getattr(Client(), method)(
            f"/api/v1{path}", **extra, headers={"Authorization": f"Bearer {secret}", **headers}
        )
        assert answer["Content-Type"].startswith("application/problem+json")
        return answer.status_code, answer.json()

    return sent


def judged(**more: Any) -> dict[str, Any]:
    return {"institution": sample_document("paper-clinic"), "on": "2026-11-22", **more}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "at", "told"),
    [
        ({"institution": {}}, "body.sent.on", "「on」がありません。必ず書いてください。"),
        (judged(on="11月"), "body.sent.on", "「on」は日付（2026-11-22 の形）で書いてください。"),
        (judged(on="1999-01-01"), "body.sent.on", "「on」は2000-01-01以上にしてください。"),
        (judged(onn=1), "body.sent.onn", "「onn」という項目はありません。名前を確かめてください。"),
        (
            judged(institution=[]),
            "body.sent.institution",
            "「institution」は項目と値の組（{ }）で書いてください。",
        ),
        (judged(additions="x"), "body.sent.additions", "「additions」は一覧（[ ]）で書いてください。"),
        (
            judged(additions=["x", "日本"]),
            "body.sent.additions.1",
            "「additions」の2番目は半角の英小文字・数字と . _ - で、120文字までで書いてください。",
        ),
        (
            judged(additions=["x"] * 101),
            "body.sent.additions",
            "「additions」が多すぎます（101個）。100個までです。",
        ),
    ],
)
def test_a_wrong_body_is_told_field_by_field(send: Any, body: Any, at: str, told: str) -> None:
    status, answer = send("post", "/judge", body)
    assert status == 422
    assert {"at": at, "detail": told} in answer["problems"]
    assert told in answer["detail"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("{", "1行目2文字目"),
        ('{"on":\n 1,}', "2行目"),
        ("[" * 90_000, "入れ子が深すぎます"),
        ('{"a":NaN}', "NaN"),
    ],
)
def test_what_is_no_json_is_told_with_its_place(send: Any, body: str, told: str) -> None:
    status, answer = send("post", "/judge", body)
    assert status == 400
    assert told in answer["detail"]
    assert not ENGLISH.search(answer["detail"])


@pytest.mark.django_db
def test_a_wrong_day_in_the_address_is_told_too(send: Any) -> None:
    status, answer = send("get", "/sites/paper-clinic/judgements?on=soon")
    assert status == 422
    told = "「on」は日付（2026-11-22 の形）で書いてください。"
    assert answer["problems"] == [{"at": "query.on", "detail": told}]
