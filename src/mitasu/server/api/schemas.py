"""What the API is given, as types; what it answers is described by the schema files of the core."""

from __future__ import annotations

import datetime as dt
import json
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,119}$")]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 12, 31))]
Month = Annotated[str, Field(pattern=r"^20\d\d-(0[1-9]|1[0-2])$")]
Visits = dict[str, Annotated[int, Field(ge=0, le=10**6)]]


class Strict(Schema):
    """Unknown names are refused: a misspelt one would be silently lost."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class JudgeRequest(Strict):
    """An institution file as JSON, judged without being kept."""

    institution: dict[str, Any] = Field(description="施設ファイル全体（institution、facts、series …）")
    on: Day
    additions: list[Id] | None = Field(None, max_length=100)


class BillRequest(Strict):
    """An institution file and encounters, billed without being kept."""

    institution: dict[str, Any]
    encounters: list[dict[str, Any]] = Field(max_length=10_000)


class FactIn(Strict):
    """A fact's value and the days on which it holds; null: unknown."""

    value: Any
    from_: Day | None = Field(None, alias="from")
    to: Day | None = None
    evidence: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(None, description="証拠の記録番号")
    source: str = Field("", max_length=300, description="どこから分かったか")


class SeriesIn(Strict):
    """A month's value; numerator and denominator are kept with it."""

    value: Any
    numerator: Annotated[int, Field(ge=0, le=10**9)] | None = None
    denominator: Annotated[int, Field(ge=0, le=10**9)] | None = None
    source: str = Field("", max_length=300)


class WhatIfIn(Strict):
    """Other facts and visits to try; nothing is kept."""

    on: Day
    set: dict[Id, Any] = Field(min_length=1, max_length=100)
    visits: Visits | None = None


class FilingIn(Strict):
    """A filing (届出) that was sent."""

    item: Id
    level: str | None = Field(None, max_length=10)
    arrived: Day | None = None
    accepted: Day | None = None
    method: Literal["electronic", "post", "counter"] | None = None
    receipt: str = Field("", max_length=100)
    attributes: dict[Id, Any] = Field(default_factory=dict)


class FilingChange(Strict):
    """What became of a filing: it arrived, was accepted or withdrawn."""

    arrived: Day | None = None
    accepted: Day | None = None
    withdrawn: Day | None = None
    receipt: str | None = Field(None, max_length=100)


ANSWERS = ("judgement", "actions", "bill", "institution")
"""The schema files of the core that answers are described by."""


def described(name: str, part: str = "") -> dict[str, Any]:
    """A reference to the description of an answer, for a response of the OpenAPI document."""
    return {"$ref": f"#/components/schemas/{name}.{part}" if part else f"#/components/schemas/{name}"}


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
    return found


def returns(schema: dict[str, Any], *, status: int = 200) -> dict[str, Any]:
    """What to add to an operation of the OpenAPI document: its answer and its errors."""
    answer = {"description": "答え", "content": {"application/json": {"schema": schema}}}
    fault = {"description": "エラー", "content": {"application/problem+json": {"schema": {"type": "object"}}}}
    errors = (400, 401, 403, 404, 409, 412, 413, 422, 428, 429)
    return {"responses": {status: answer, **dict.fromkeys(errors, fault)}}


def page(item: dict[str, Any]) -> dict[str, Any]:
    """The schema of a page of a list."""
    properties = {"items": {"type": "array", "items": item}, "next": {"type": ["string", "null"]}}
    return {"type": "object", "properties": properties, "required": ["items", "next"]}
