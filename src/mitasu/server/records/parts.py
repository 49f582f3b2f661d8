"""What pages of the room are put together from: tables, forms, charts and sentences, each with its own small template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from mitasu.server.accounts.models import Records
from mitasu.server.records.search.compiled import Page

ROOM = (
    ("records", "診療録", Records.OWN),
    ("records-search", "検索", Records.READ),
    ("records-outpatient", "外来", Records.READ),
    ("records-summaries", "退院時要約", Records.OWN),
    ("records-statistics", "統計", Records.READ),
    ("records-import", "取り込み", Records.KEEP),
    ("records-lending", "貸出・開示", Records.KEEP),
    ("records-retention", "保存と廃棄", Records.KEEP),
    ("records-staff", "管理者", Records.KEEP),
    ("records-facts", "台帳へ", Records.KEEP),
    ("records-room", "設定", Records.KEEP),
)
"""The pages of the room: address name, label, the least permission."""
RANK = {Records.NONE: 0, Records.OWN: 1, Records.READ: 2, Records.KEEP: 3}


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first cell of a row heads it. `numbers`: columns (from 0) that are right-aligned."""

    template: ClassVar[str] = "records/part_table.html"
    caption: str
    head: Sequence[str]
    rows: Sequence[Sequence[Any]]
    empty: str = "ありません。"
    numbers: frozenset[int] = frozenset()
    page: Page | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class FormPart:
    """A form with its heading and button; `action` names what it does where a page has several."""

    template: ClassVar[str] = "records/part_form.html"
    form: Any
    button: str
    heading: str = ""
    action: str = ""
    text: str = ""
    files: bool = False
    folded: bool = False
    to: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """Sentences under a heading, or a notice."""

    template: ClassVar[str] = "records/part_words.html"
    lines: Sequence[Any]
    heading: str = ""
    style: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """Labels and values."""

    template: ClassVar[str] = "records/part_details.html"
    rows: Sequence[tuple[str, Any]]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Bars:
    """A chart of bars; the same numbers stand in a table beside it."""

    template: ClassVar[str] = "records/part_bars.html"
    label: str
    bars: Sequence[Any]
    height: int
    width: int = 960


@dataclass(frozen=True, slots=True)
class Crumb:
    """A page above this one."""

    label: str
    address: str = ""


@dataclass(slots=True)
class Shown:
    """A page: its heading and parts."""

    title: str
    parts: list[Any] = field(default_factory=list)
    asof: str = ""
    crumbs: Sequence[Crumb] = ()
    problems: Sequence[str] = ()
    status: int = 200


def show(request: HttpRequest, page: Shown, template: str = "records/page.html", **more: Any) -> HttpResponse:
    """The page, with the room's own navigation for what the user may open."""
    may = RANK[getattr(request, "records", Records.NONE)]
    site: Any = request.site
    room = [(reverse(name, args=(site.slug,)), label) for name, label, least in ROOM if RANK[least] <= may]
    context: Mapping[str, Any] = {"page": page, "room": room, "section": "records", **more}
    return render(request, template, context, status=page.status)


def link(address: str, text: object) -> SafeString:
    """A link as a cell."""
    return format_html('<a href="{}">{}</a>', address, text)


def moment(at: datetime) -> str:
    """A moment as people say it: 2026年9月8日 17:00."""
    local = timezone.localtime(at)
    return f"{spoken(local.date())} {local:%H:%M}"


def spoken(day: date) -> str:
    """A day as people say it: 2026年9月8日."""
    return f"{day.year}年{day.month}月{day.day}日"


def percent(part: int, whole: int) -> str:
    """A share with one decimal, cut off; － where there is nothing to share."""
    if whole == 0:
        return "－"
    tenths = part * 1000 // whole
    return f"{tenths // 10}.{tenths % 10}％"
