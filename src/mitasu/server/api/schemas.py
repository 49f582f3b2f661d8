"""What the API is given, as types."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

ID, MONTH = r"^[a-z0-9][a-z0-9_.-]{0,119}$", r"^20\d\d-(0[1-9]|1[0-2])$"
Id = Annotated[str, Field(pattern=ID)]
Day = Annotated[dt.date, Field(ge=dt.date(2000, 1, 1), le=dt.date(2100, 12, 31))]


def _reachable(moment: dt.datetime) -> dt.datetime:
    if not 2000 <= moment.year <= 2100:
        raise ValueError("2000年から2100年までの時刻にしてください")
    return moment


Moment = Annotated[dt.datetime, AfterValidator(_reachable)]
"""A moment whose day can be told in any time zone."""
Month = Annotated[str, Field(pattern=MONTH)]
Size = Literal["A4", "A3"]
Place = Literal["wall", "web"]
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


class PageIn(Strict):
    """A published page to compare with what should stand there."""

    text: str = Field(min_length=1, max_length=500_000, description="ページの文章か HTML")
    on: Day | None = None
    place: Place = "web"


class SiteIn(Strict):
    """A new site. Its name in addresses is made by us: a chosen one would tell which are taken."""

    institution: dict[str, Any] = Field(description="施設ファイル全体（institution、facts、series …）")
