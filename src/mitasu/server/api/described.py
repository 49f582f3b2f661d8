"""How the API describes what it answers: the schema files of the core, and what only the API tells."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

ANSWERS = ("judgement", "actions", "bill", "institution")
"""The schema files of the core that answers are described by."""


ERRORS = (400, 401, 403, 404, 409, 412, 413, 422, 428, 429)


def described(name: str, part: str = "") -> dict[str, Any]:
    """A reference to the description of an answer, for a response of the OpenAPI document."""
    return {"$ref": f"#/components/schemas/{name}.{part}" if part else f"#/components/schemas/{name}"}


TEXT, DAY, NUMBER = {"type": "string"}, {"type": ["string", "null"], "format": "date"}, {"type": "integer"}


def _object(optional: tuple[str, ...] = (), /, **properties: Any) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


OWN: dict[str, Any] = {
    "problem": _object(
        ("problems",),
        type=TEXT,
        title=TEXT,
        status=NUMBER,
        detail=TEXT,
        problems={"type": "array", "items": {"type": "object"}},
    ),
    "site": _object(("head",), id=TEXT, name=TEXT, code=TEXT, sector=TEXT, kind=TEXT, role=TEXT, head=TEXT),
    "entry": _object(
        **{
            "number": NUMBER,
            "kind": TEXT,
            "subject": TEXT,
            "from": DAY,
            "to": DAY,
            "body": {"type": "object"},
        },
        document={"type": ["string", "null"]},
        proof={"type": ["integer", "null"]},
        replaces={"type": ["integer", "null"]},
        recorded_at={"type": "string", "format": "date-time"},
        recorded_by=TEXT,
        digest=TEXT,
    ),
    "written": _object(
        entries={"type": "array", "items": described("entry")},
        at={"type": "string", "format": "date-time"},
    ),
    "filings_needed": _object(on=TEXT, filings={"type": "array", "items": described("actions", "filing")}),
    "next_steps": _object(
        on=TEXT,
        visits={"type": "object", "additionalProperties": NUMBER},
        improvements={"type": "array", "items": described("actions", "improvement")},
    ),
    "check": _object(
        drift=NUMBER,
        matched={"type": "array", "items": _object(id=TEXT, text=TEXT, found=TEXT)},
        missing={
            "type": "array",
            "items": _object(
                id=TEXT,
                text=TEXT,
                duty={"type": "boolean"},
                requirements={"type": "array", "items": TEXT},
                words={"type": "array"},
            ),
        },
        stale={"type": "array", "items": _object(found=TEXT, named=TEXT, why=TEXT)},
    ),
    "verification": _object(
        intact={"type": "boolean"},
        breaks={"type": "array", "items": _object(number={"type": ["integer", "null"]}, what=TEXT)},
    ),
}
"""What only the API tells."""
SEEN = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string"},
    "description": "読んだときの ETag",
}
ONCE = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "同じ鍵の要求は一度だけ行われ、同じ答えが返る",
}


@cache
def components() -> dict[str, Any]:
    """The core's schema files as components of the OpenAPI document."""
    found: dict[str, Any] = {}
    for name in ANSWERS:
        text = files("mitasu").joinpath("schemas", f"{name}.schema.json").read_text()
        schema = json.loads(text.replace('"#/$defs/', f'"#/components/schemas/{name}.'))
        for part, inner in schema.pop("$defs", {}).items():
            found[f"{name}.{part}"] = inner
        schema.pop("$schema", None)
        schema.pop("$id", None)
        found[name] = schema
    return found | OWN


def returns(schema: dict[str, Any], *headers: dict[str, Any], status: int = 200) -> dict[str, Any]:
    """What to add to an operation of the OpenAPI document: its answer, its errors and the headers it reads."""
    return _answers({"application/json": {"schema": schema}}, headers, status)


def gives(*media_types: str) -> dict[str, Any]:
    """The same for an operation that answers with a file of one of these types."""
    return _answers({one.partition(";")[0]: {} for one in media_types}, (), 200)


def _answers(content: dict[str, Any], headers: tuple[dict[str, Any], ...], status: int) -> dict[str, Any]:
    fault = {
        "description": "エラー",
        "content": {"application/problem+json": {"schema": described("problem")}},
    }
    responses = {status: {"description": "答え", "content": content}, **dict.fromkeys(ERRORS, fault)}
    return {"responses": responses, **({"parameters": list(headers)} if headers else {})}


def page(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page of a list."""
    properties = {"items": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}}
    return {"type": "object", "properties": properties, "required": ["items", "next"]}
